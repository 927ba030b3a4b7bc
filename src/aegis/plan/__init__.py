"""One module a decision, the planner that orders them, and the plan they make."""
