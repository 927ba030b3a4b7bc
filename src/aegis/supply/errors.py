"""What a person must put right; the text says what is wrong, where, and what to do."""

from __future__ import annotations


class SupplyError(Exception):
    """A folder, a key, a signature or an option does not fit what was asked for."""


class OddFileError(SupplyError):
    """Something in a folder is no plain file with a plain name, so nobody can vouch for it."""
