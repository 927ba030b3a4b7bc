"""The specialist to talk to: what a person says becomes a brief, a plan, and an answer in blocks."""
