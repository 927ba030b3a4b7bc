"""The input model: what a person states."""
