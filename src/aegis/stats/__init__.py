"""Tests and intervals whose error rates hold however often anyone looks."""
