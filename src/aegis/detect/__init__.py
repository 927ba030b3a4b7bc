"""A text becomes spans: secrets, personal data, injection."""
