"""What a person must put right; the text says what is wrong and what to do."""

from __future__ import annotations


class InputError(ValueError):
    """A file, an option or an installed library does not fit what was asked for."""
