"""Parsed views of files, with places; parsing is lazy and never executes anything."""
