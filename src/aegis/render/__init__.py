"""A plan becomes artifacts: pure functions that choose nothing."""
