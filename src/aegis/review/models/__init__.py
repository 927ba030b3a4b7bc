"""Model files read as bytes: nothing is ever loaded, imported or executed."""
