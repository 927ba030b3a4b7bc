"""Results of an evaluation become a verdict with a stated error rate."""
