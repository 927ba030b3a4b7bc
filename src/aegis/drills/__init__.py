"""Experiments of a plan, run against a real gateway: a fault, a hypothesis, an end, a record."""
