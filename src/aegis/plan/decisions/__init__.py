"""One module a decision. `ALL` is the planner's order, written by hand."""
