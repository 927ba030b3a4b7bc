"""How many bytes of an array stand raw in a file of joblib, from what its wrapper says of it.

`joblib.dump` puts a `NumpyArrayWrapper` where an array was and writes the array itself right behind
the opcode that sets the wrapper's state. What its own loader would read is worked out here from the
symbols of `pickle_values`; a wrapper as joblib writes none is not followed, because a length that
can be argued about is a place to hide opcodes in.

Sources: `joblib/numpy_pickle.py` of joblib 1.6.0 (`write_array`, `read_array`, `load_build`);
`numpy.dtype.__reduce__` and `__setstate__` as numpy 2.4.6 answers them (the flags of a state and
the size of a text are taken from it unchecked, so both must agree with the type's name).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from aegis.review.models.pickle_values import ElementType, Global, Table, UnfollowedError, Value

WRAPPER = Global(name="joblib.numpy_pickle.NumpyArrayWrapper")

_NEEDED = frozenset(("subclass", "shape", "order", "dtype"))
_ALLOWED = _NEEDED | {"allow_mmap", "numpy_array_alignment_bytes"}
_HAS_OBJECTS = 1  # NPY_ITEM_REFCOUNT in the flags of a dtype
_SCALAR = re.compile(
    r"[<>=|]?(?:b1|[iu]([1248])|f(2|4|8|12|16)|c(8|16|24|32)|[mM](8)(?:\[\w+\])?)\Z"
)
_SIZED = re.compile(r"[<>=|]?([USV])(\d{1,9})\Z")
_OBJECT = re.compile(r"\|?O[48]?\Z")
_LETTER_BYTES = {"U": 4, "S": 1, "V": 1}


class UnknownTypeError(Exception):
    """The array's type is none whose size is known here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawArray:
    """What follows a wrapper: a padding that names its own length, or none, and so many bytes."""

    is_padded: bool
    length_bytes: int


def raw_array(state: Value) -> RawArray | None:
    """What joblib would read behind a wrapper with this state; nothing for a second pickle."""
    if not isinstance(state, Table) or not state.is_whole or state.is_shared:
        raise UnfollowedError("the state of an array is not spelt out")
    said = state.items
    shape, alignment = said.get("shape"), said.get("numpy_array_alignment_bytes")
    is_mapped = said.get("allow_mmap", False)
    if (
        not _NEEDED <= said.keys() <= _ALLOWED
        or not isinstance(shape, tuple)
        or type(is_mapped) is not bool
        or type(alignment) not in {int, type(None)}
    ):
        raise UnfollowedError("the state of an array is not what joblib writes")
    lengths = [each for each in shape if type(each) is int and each >= 0]
    if len(lengths) != len(shape):
        raise UnfollowedError("the shape of an array is not made of whole numbers")
    item_bytes = _item_bytes(said["dtype"])
    if item_bytes is None:
        if is_mapped:
            raise UnfollowedError("an array of objects says that it can be mapped")
        return None
    return RawArray(is_padded=alignment is not None, length_bytes=math.prod(lengths) * item_bytes)


def _item_bytes(value: Value) -> int | None:
    """Bytes of one element; nothing for objects, which are pickled."""
    if not isinstance(value, ElementType):
        raise UnknownTypeError("the type of an array is not spelt out")
    if _OBJECT.match(value.text):
        _check(value, elsize=-1, objects=True)
        return None
    if scalar := _SCALAR.match(value.text):
        _check(value, elsize=-1, objects=False)
        return int(next((each for each in scalar.groups() if each), "1"))
    if sized := _SIZED.match(value.text):
        size = _LETTER_BYTES[sized[1]] * int(sized[2])
        _check(value, elsize=size, objects=False)
        if size:
            return size
    raise UnknownTypeError("the type of an array is not known")


def _check(value: ElementType, *, elsize: int, objects: bool) -> None:
    """The state that a dtype is given must say what its name says; the loader believes the state."""
    state = value.state
    if state is None:
        return
    if not isinstance(state, tuple) or (len(state), state[:1]) not in {(8, (3,)), (9, (4,))}:
        raise UnknownTypeError("the state of an array's type is of another version")
    subtype, names, fields, size, flags = state[2], state[3], state[4], state[5], state[7]
    if type(flags) is not int or size != elsize or bool(flags & _HAS_OBJECTS) is not objects:
        raise UnfollowedError("the type of an array contradicts itself")
    if subtype is not None or ((names, fields) != (None, None) and not _are_plain(value, fields)):
        raise UnknownTypeError("the type of an array is made of others")


def _are_plain(value: ElementType, fields: Value) -> bool:
    """Whether the fields of a structured type are plain numbers and texts, as in trees of sklearn."""
    return (
        "V" in value.text
        and isinstance(fields, Table)
        and fields.is_whole
        and all(
            isinstance(field, tuple)
            and len(field) >= 2
            and isinstance(field[0], ElementType)
            and "V" not in field[0].text
            and _item_bytes(field[0]) is not None
            for field in fields.items.values()
        )
    )
