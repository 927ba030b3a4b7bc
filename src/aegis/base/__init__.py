"""The words that every other package shares. No I/O, no clock, nothing but pydantic."""
