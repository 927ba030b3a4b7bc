"""Findings in the forms that code forges and CI read; all forms are pure functions."""
