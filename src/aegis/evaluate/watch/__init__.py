"""Scores served answers as they come, and counts the scores for the rules and for rollouts."""
