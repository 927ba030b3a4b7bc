"""Libraries that only some scorers and models need."""

from __future__ import annotations

import importlib
from types import ModuleType


class MissingLibraryError(Exception):
    """A library is not installed; the text says how it is."""


def optional(module: str, purpose: str, *, package: str = "") -> ModuleType:
    """The module, imported with its first use.

    Raises:
        MissingLibraryError: it is not installed.

    >>> optional("no_such_module", "magic", package="no-such")
    Traceback (most recent call last):
    aegis.evaluate.libraries.MissingLibraryError: `pip install no-such` for magic
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise MissingLibraryError(f"`pip install {package or module}` for {purpose}") from None
