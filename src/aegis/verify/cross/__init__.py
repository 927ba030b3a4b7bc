"""What no schema can see: checks over several objects, one function each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aegis.verify.objects import Bundle, Hit

CROSS: tuple[Callable[[Bundle], Iterator[Hit]], ...] = ()
"""In the order they run."""
