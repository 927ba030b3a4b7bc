"""A review in the form that a reader or a program expects; all forms are pure functions."""
