"""The Common Expression Language, as far as schemas of custom resources use it."""
