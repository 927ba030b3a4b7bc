"""Aegis: an AI deployment specialist as software."""

__version__ = "0.1.0"
