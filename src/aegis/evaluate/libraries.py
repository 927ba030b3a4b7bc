"""Libraries that only some scorers and models need."""

from __future__ import annotations

import importlib
from types import ModuleType

from aegis.evaluate.errors import InputError


def optional(module: str, purpose: str, *, package: str = "") -> ModuleType:
    """The module, imported with its first use.

    Raises:
        InputError: it is not installed.

    >>> optional("no_such_module", "magic", package="no-such")
    Traceback (most recent call last):
    aegis.evaluate.errors.InputError: `pip install no-such` for magic
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise InputError(f"`pip install {package or module}` for {purpose}") from None
