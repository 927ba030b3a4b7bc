"""Free prose about a plan, held to a closed list of words and of ways to put them together."""
