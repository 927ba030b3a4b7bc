"""Drift: what moved in inputs, outputs and labels, with a stated false-alarm budget."""
