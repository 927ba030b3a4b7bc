"""The stack and the memo of a pickle, followed opcode by opcode, with nothing built.

Strings, whole numbers, tuples, dictionaries and globals are kept as symbols; whatever a call returns
is unknown. That is enough to name every global and to know where joblib's raw arrays begin and end.

Sources: `pickle._Unpickler` and `_Unframer` of CPython 3.11 (a frame is read from the file as a whole,
so an array can only begin where the frame ends); `NumpyUnpickler.load_build` of joblib 1.6.0.
"""

from __future__ import annotations

import enum
import io
import pickletools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NoReturn, TypeGuard

from aegis.review.models.pickle_arrays import WRAPPER, raw_array
from aegis.review.models.pickle_values import (
    ElementType,
    EndedError,
    Global,
    Symbol,
    Table,
    UnfollowedError,
    Value,
    element_type,
)

MAX_OPCODES = 5_000_000
MAX_TUPLE = 64
_RECONSTRUCTORS = (
    Global(name="copyreg._reconstructor"),
    Global(name="copy_reg._reconstructor"),
)
_OBJECTS = (Global(name="builtins.object"), Global(name="__builtin__.object"))
_TEXTS = (Global(name="builtins.str"), Global(name="__builtin__.unicode"))


class Loader(enum.Enum):
    """Whose reading is followed: they differ in what comes behind a wrapper of joblib."""

    JOBLIB = "joblib"  # reads the array there
    INNER = "inner"  # the pickle of an object array: a plain loader, called by joblib
    PLAIN = "plain"  # takes the array's bytes for opcodes


@dataclass(slots=True, kw_only=True)
class PickleReading:
    """One pickle of a stream: the globals it names, in order, as far as it was read."""

    stream: io.BytesIO
    size: int
    loader: Loader = Loader.JOBLIB
    names: list[str] = field(default_factory=list)
    arrays: int = 0
    opcodes: int = 0
    _stacks: list[list[Value]] = field(default_factory=lambda: [[]])
    _memo: dict[int, Value] = field(default_factory=dict)
    _frame_end: int = 0

    def read(self) -> None:
        """Read to the pickle's end. Raises, with `names` filled so far, where that fails."""
        for opcode, argument, _ in pickletools.genops(self.stream):
            self.opcodes += 1
            if self.opcodes > MAX_OPCODES:
                raise UnfollowedError(f"more than {MAX_OPCODES} opcodes")
            if (follow := _FOLLOW.get(opcode.name)) is not None:
                follow(self, argument)
            else:
                self._inert(opcode.name)

    def push(self, value: Value) -> None:
        self._stacks[-1].append(value)

    def pop(self, *, holds_wrapper: bool = False) -> Value:
        """The top of the stack; a wrapper is handed out only to those who know what to do."""
        value = self.top()
        if not holds_wrapper:
            self._refuse_wrapper((value,))
        return self._stacks[-1].pop()

    def top(self) -> Value:
        if not self._stacks[-1]:
            raise EndedError("the stack is empty")
        return self._stacks[-1][-1]

    def pop_to_mark(self, *, holds_wrapper: bool = False) -> list[Value]:
        if len(self._stacks) < 2:
            raise EndedError("there is no mark on the stack")
        items = self._stacks.pop()
        if not holds_wrapper:
            self._refuse_wrapper(items)
        return items

    def _refuse_wrapper(self, values: Iterable[Value]) -> None:
        """Joblib makes a wrapper and sets its state at once; elsewhere it would escape us."""
        if self.loader is Loader.PLAIN:
            return
        for value in values:
            first = value[0] if isinstance(value, tuple) and value else value
            if value is Symbol.WRAPPER or first == WRAPPER:
                raise UnfollowedError("an array's wrapper stands where joblib puts none")

    def _inert(self, name: str) -> None:
        to_mark, below, left = _INERT[name]
        if to_mark:
            self.pop_to_mark()
        for _ in range(below):
            self.pop()
        self._stacks[-1] += left

    def named(self, name: str) -> Global:
        if self.loader is Loader.INNER and name == WRAPPER.name:
            raise UnfollowedError("an array's wrapper stands inside an array")
        self.names.append(name)
        return Global(name=name)

    def mark(self, _: object) -> None:
        self._stacks.append([])

    def pop_one(self, _: object) -> None:
        """A mark counts as one where nothing stands above it."""
        if self._stacks[-1]:
            self.pop()
        else:
            self.pop_to_mark()

    def duplicate(self, _: object) -> None:
        self._push_again(self.top())

    def _push_again(self, value: Value) -> None:
        if value is Symbol.WRAPPER:
            self._refuse_wrapper((value,))
        if isinstance(value, Table):
            value.is_shared = True
        self.push(value)

    def remember(self, argument: object) -> None:
        at = len(self._memo) if argument is None else int(str(argument))
        self._memo[at] = self.top()

    def recall(self, argument: object) -> None:
        at = int(str(argument))
        if at not in self._memo:
            raise EndedError("the memo holds no such entry")
        self._push_again(self._memo[at])

    def tuple_of(self, items: list[Value]) -> None:
        made = tuple(items)
        if not _rebuilds_object(made):
            self._refuse_wrapper(items)
        self.push(made if len(items) <= MAX_TUPLE else Symbol.OBJECT)

    def tuple_of_last(self, count: int) -> None:
        items = [self.pop(holds_wrapper=True) for _ in range(count)]
        self.tuple_of(items[::-1])

    def table(self, items: list[Value]) -> None:
        table = Table()
        table.put(items)
        self.push(table)

    def set_items(self, items: list[Value]) -> None:
        if isinstance(table := self.top(), Table):
            table.put(items)

    def let_go(self, _: list[Value]) -> None:
        """What a list or set holds is not kept."""
        self.top()

    def find_by_stack(self, _: object) -> None:
        name, module = self.pop(), self.pop()
        if isinstance(name, str) and isinstance(module, str):
            self.push(self._misread(module, name) or self.named(f"{module}.{name}"))
        elif self.loader is Loader.PLAIN and not (_may_be_text(name) and _may_be_text(module)):
            raise EndedError("a global is named by something that is no text")
        else:
            raise UnfollowedError("names a global that cannot be followed")

    def _misread(self, module: str, name: str) -> Global | None:
        """The one global that a plain loader makes up in an object array as joblib writes it.

        That array is a pickle with a memo of its own, in which entry 3 is `numpy` and `dtype` is
        asked of it. Entry 3 of the pickle around it is any text: the name of a class, of which no
        module is called, so the loader stops; or a word, of which we do not know that. That one
        is not judged, and what comes behind it is.
        """
        if self.loader is not Loader.PLAIN or name != "dtype":
            return None
        if module[:1].isupper() and "." not in module:
            raise EndedError("a class is no module")
        return Global(name=f"{module}.{name}")

    def extension(self, _: object) -> NoReturn:
        if self.loader is Loader.PLAIN:
            raise LookupError("an extension that is hardly registered")
        raise UnfollowedError("uses the extension registry")

    def instance(self, argument: object) -> None:
        self._refuse_wrapper((self.named(str(argument).replace(" ", ".", 1)),))
        self.pop_to_mark()
        self.push(Symbol.UNKNOWN)

    def call(self, _: object) -> None:
        arguments, function = self.pop(holds_wrapper=True), self.pop()
        if function in _RECONSTRUCTORS and _rebuilds_object(arguments):
            is_wrapper = arguments[0] == WRAPPER and self.loader is not Loader.PLAIN
            self.push(Symbol.WRAPPER if is_wrapper else Symbol.OBJECT)
            return
        self._refuse_wrapper((arguments,))
        is_dtype = function == Global(name="numpy.dtype")
        self.push(element_type(arguments) if is_dtype else Symbol.UNKNOWN)

    def new_object(self, _: object) -> None:
        arguments, made = self.pop(), self.pop(holds_wrapper=True)
        if made == WRAPPER and arguments == () and self.loader is not Loader.PLAIN:
            self.push(Symbol.WRAPPER)
            return
        self._refuse_wrapper((made,))
        is_text = not isinstance(made, Global) or made in _TEXTS
        self.push(Symbol.UNKNOWN if is_text else Symbol.OBJECT)

    def build(self, _: object) -> None:
        state, target = self.pop(), self.top()
        if isinstance(target, Global) and state != ():
            raise UnfollowedError("sets the state of a class or function")
        if isinstance(target, ElementType):
            if target.state is not None:
                raise UnfollowedError("sets the state of an array's type twice")
            target.state = state
        elif target is Symbol.WRAPPER:
            self._stacks[-1][-1] = Symbol.OBJECT
            self._pass_array(state)

    def _pass_array(self, state: Value) -> None:
        """Go to the end of the array that joblib would read here."""
        self.arrays += 1
        if self.stream.tell() < self._frame_end:
            raise UnfollowedError("an array begins inside a frame")
        raw = raw_array(state)
        if raw is None:
            inner = PickleReading(
                stream=self.stream,
                size=self.size,
                loader=Loader.INNER,
                names=self.names,
                opcodes=self.opcodes,
            )
            inner.read()
            self.opcodes = inner.opcodes
            return
        padding = (self.stream.read(1) or b"\0")[0] if raw.is_padded else 0
        end = self.stream.tell() + padding + raw.length_bytes
        if end > self.size:
            raise UnfollowedError("an array reaches beyond the end of the file")
        self.stream.seek(end)

    def frame(self, argument: object) -> None:
        self._frame_end = max(self._frame_end, self.stream.tell() + int(str(argument)))

    def stop(self, _: object) -> None:
        self.pop()
        if self.stream.tell() < self._frame_end and self.loader is not Loader.PLAIN:
            raise UnfollowedError("a frame reaches beyond its pickle")


def _may_be_text(value: Value) -> bool:
    return isinstance(value, str) or value is Symbol.UNKNOWN


def _rebuilds_object(arguments: Value) -> TypeGuard[tuple[Value, ...]]:
    """Whether these are what protocols 0 and 1 make an object of a class from: class, base, state."""
    return (
        isinstance(arguments, tuple)
        and len(arguments) == 3
        and isinstance(arguments[0], Global)
        and arguments[1] in _OBJECTS
        and arguments[2] is None
    )


_Follow = Callable[[PickleReading, object], None]


def _pushing(value: Callable[[object], Value]) -> _Follow:
    return lambda reading, argument: reading.push(value(argument))


def _whole(argument: object) -> Value:
    return argument if isinstance(argument, int) else Symbol.OBJECT


def _each(names: str, follow: _Follow) -> dict[str, _Follow]:
    return dict.fromkeys(names.split(), follow)


_FOLLOW: dict[str, _Follow] = {
    **_each(
        "SHORT_BINUNICODE BINUNICODE BINUNICODE8 UNICODE STRING BINSTRING SHORT_BINSTRING",
        _pushing(str),
    ),
    **_each("INT BININT BININT1 BININT2 LONG LONG1 LONG4", _pushing(_whole)),
    "NONE": _pushing(lambda _: None),
    "NEWTRUE": _pushing(lambda _: True),
    "NEWFALSE": _pushing(lambda _: False),
    "MARK": PickleReading.mark,
    "POP": PickleReading.pop_one,
    "DUP": PickleReading.duplicate,
    **_each("MEMOIZE PUT BINPUT LONG_BINPUT", PickleReading.remember),
    **_each("GET BINGET LONG_BINGET", PickleReading.recall),
    "EMPTY_TUPLE": _pushing(lambda _: ()),
    "TUPLE1": lambda reading, _: reading.tuple_of_last(1),
    "TUPLE2": lambda reading, _: reading.tuple_of_last(2),
    "TUPLE3": lambda reading, _: reading.tuple_of_last(3),
    "TUPLE": lambda reading, _: reading.tuple_of(reading.pop_to_mark(holds_wrapper=True)),
    "EMPTY_DICT": lambda reading, _: reading.table([]),
    "DICT": lambda reading, _: reading.table(reading.pop_to_mark()),
    "SETITEM": lambda reading, _: reading.set_items([reading.pop(), reading.pop()][::-1]),
    "SETITEMS": lambda reading, _: reading.set_items(reading.pop_to_mark()),
    "APPEND": lambda reading, _: reading.let_go([reading.pop()]),
    **_each("APPENDS ADDITEMS", lambda reading, _: reading.let_go(reading.pop_to_mark())),
    "GLOBAL": lambda reading, argument: reading.push(
        reading.named(str(argument).replace(" ", ".", 1))
    ),
    "STACK_GLOBAL": PickleReading.find_by_stack,
    "INST": PickleReading.instance,
    **_each("EXT1 EXT2 EXT4", PickleReading.extension),
    "REDUCE": PickleReading.call,
    "NEWOBJ": PickleReading.new_object,
    "BUILD": PickleReading.build,
    "FRAME": PickleReading.frame,
    "STOP": PickleReading.stop,
}

_RETURNS_ANYTHING = frozenset(("OBJ", "NEWOBJ_EX", "PERSID", "BINPERSID"))


def _effect(opcode: pickletools.OpcodeInfo) -> tuple[bool, int, list[Value]]:
    """Whether it takes all down to the mark, how many it takes below, and what it leaves."""
    taken = [each.name for each in opcode.stack_before]
    to_mark = "mark" in taken
    left = Symbol.UNKNOWN if opcode.name in _RETURNS_ANYTHING else Symbol.OBJECT
    below = taken.index("mark") if to_mark else len(taken)
    return to_mark, below, [left] * len(opcode.stack_after)


_INERT = {each.name: _effect(each) for each in pickletools.opcodes if each.name not in _FOLLOW}
