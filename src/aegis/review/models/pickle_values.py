"""What stands on the stack of a pickle that is read and not loaded: symbols, never objects."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TypeAlias

MAX_TABLE = 64
"""Entries up to which a dictionary is kept; a wrapper's state has six, a tree's type eight."""


class UnfollowedError(Exception):
    """The pickle does something that the reader does not follow."""


class EndedError(Exception):
    """Every loader stops here with an error: the stack or the memo lacks what the opcode needs."""


class Symbol(enum.Enum):
    """Something of which only this much is known."""

    UNKNOWN = "unknown"  # whatever a call returned
    OBJECT = "object"  # no text, so it names no global
    WRAPPER = "wrapper"  # a new `NumpyArrayWrapper`, whose state is still to be set


@dataclass(frozen=True, slots=True, kw_only=True)
class Global:
    """A function or class that the pickle names."""

    name: str


@dataclass(slots=True, kw_only=True, eq=False)
class Table:
    """A dictionary: its entries when they are few and their keys are literal texts."""

    items: dict[str, Value] = field(default_factory=dict)
    is_whole: bool = True
    is_shared: bool = False

    def put(self, items: list[Value]) -> None:
        """Set keys and values, which alternate."""
        for key, value in zip(items[::2], items[1::2], strict=False):
            if isinstance(key, str) and len(self.items) < MAX_TABLE:
                self.items[key] = value
            else:
                self.is_whole = False


@dataclass(slots=True, kw_only=True, eq=False)
class ElementType:
    """A `numpy.dtype` by the text it was called with, and the state it was given later."""

    text: str
    state: Value = None


Value: TypeAlias = "str | int | Symbol | Global | Table | ElementType | tuple[Value, ...] | None"


def element_type(arguments: Value) -> ElementType | Symbol:
    """The result of calling `numpy.dtype` as its own pickles do: a text, alignment, copy."""
    if isinstance(arguments, tuple) and arguments and isinstance(arguments[0], str):
        rest = arguments[1:]
        if len(rest) <= 2 and all(isinstance(each, int) for each in rest):
            return ElementType(text=arguments[0])
    return Symbol.OBJECT
