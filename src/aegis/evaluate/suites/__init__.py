"""Red-team suites: prompts, what guards them, and what counts as success of the attack."""
