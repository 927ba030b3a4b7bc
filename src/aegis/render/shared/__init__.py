"""How a plan is read by every renderer: its figures, its sentences, the names it carries."""
