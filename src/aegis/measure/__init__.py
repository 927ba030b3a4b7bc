"""Measures a real endpoint with bounded load; needs the extra `measure` (httpx)."""
