"""Progressive delivery: steps, anytime-valid judgement, promotion and the way back."""
