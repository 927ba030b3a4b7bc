"""How well the conversation understands, stays firm, keeps secrets and traces its figures."""
