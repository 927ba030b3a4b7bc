"""Rules that live in servers and webhooks and not in schemas, one function each."""
