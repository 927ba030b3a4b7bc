"""One file a command: parse, call one operation, show the result."""
