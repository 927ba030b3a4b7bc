"""What judges one answer: a score between 0 and 1, and why."""
