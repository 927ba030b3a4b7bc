"""YAML as Kubernetes reads it, with the place of every value and limits on what it may cost.

`kubectl` and the API server read YAML through sigs.k8s.io/yaml (goyaml.v2/resolve.go): unquoted
`y`, `yes`, `on` and their opposites are booleans, integers take a base prefix or a leading zero,
dates stay strings. The loader here resolves scalars the same way and reports the ambiguous ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import yaml
from pydantic import JsonValue

from aegis.base.yaml_text import LOADER

MAX_BYTES = 8 * 2**20
MAX_DEPTH = 100
MAX_NODES = 400_000

_BOOLEAN = {
    word: value
    for value, words in ((True, ("y", "yes", "on")), (False, ("n", "no", "off")))
    for low in words
    for word in (low, low.capitalize(), low.upper())
}
_WORDS: dict[str, JsonValue] = {
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    ".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan,
    ".inf": math.inf, ".Inf": math.inf, ".INF": math.inf, "+.inf": math.inf, "-.inf": -math.inf,
}  # fmt: skip
_FLOAT = re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")
_INT = re.compile(r"^[-+]?(0[xX][0-9a-fA-F]+|0[oO]?[0-7]*|0[bB][01]+|[1-9][0-9]*)$")
_NUMERIC_START = frozenset("0123456789+-.")


_Events = Callable[[], yaml.Event]


class _Mark(Protocol):
    line: int
    column: int


@dataclass(slots=True)
class Place:
    """Where a value stands; lines and columns count from 1, the end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    keys: dict[str, Place] | None = None
    values: dict[str, Place] | None = None
    items: list[Place] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something wrong with the text itself; `kind` is broken, limit, duplicate or ambiguous."""

    kind: str
    message: str
    line: int
    column: int
    end_column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One YAML document: its value and where each part of it stands."""

    value: JsonValue
    place: Place

    def find(self, path: tuple[str | int, ...]) -> Place:
        """The place of a path, or of the deepest part of it that exists."""
        here = self.place
        for position, step in enumerate(path):
            inner = _step(here, step, last=position == len(path) - 1)
            if inner is None:
                return here
            here = inner
        return here


def _step(here: Place, step: str | int, *, last: bool) -> Place | None:
    if isinstance(step, int):
        inside = here.items
        return inside[step] if inside is not None and step < len(inside) else None
    table = here.keys if last else here.values
    return (table or {}).get(step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a text holds, as far as it could be read."""

    documents: tuple[Document, ...]
    troubles: tuple[Trouble, ...]


class _TooMuchError(Exception):
    def __init__(self, message: str, event: yaml.Event) -> None:
        super().__init__(message)
        self.mark = event.start_mark


class _UnreadableError(_TooMuchError):
    """Nothing is too much; the text just cannot be read."""


def load(text: str) -> Loaded:
    """All documents of a text; what cannot be read is a `Trouble` and ends the reading."""
    if len(text) > MAX_BYTES:
        message = f"{len(text):,} characters; more than {MAX_BYTES:,} are not read"
        return Loaded(
            documents=(), troubles=(Trouble(kind="limit", message=message, line=1, column=1),)
        )
    builder = _Builder()
    try:
        builder.read(LOADER(text).get_event)
    except _TooMuchError as error:
        kind = "broken" if isinstance(error, _UnreadableError) else "limit"
        builder.trouble(kind, str(error), error.mark)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        builder.trouble("broken", error.problem or "cannot be read as YAML", mark)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, min(error.position, len(text))) + 1
        builder.troubles.append(
            Trouble(kind="broken", message=f"{error.reason}", line=line, column=1)
        )
    return Loaded(documents=tuple(builder.done), troubles=tuple(builder.troubles))


@dataclass(slots=True)
class _Anchor:
    value: JsonValue
    place: Place
    nodes: int


@dataclass(slots=True)
class _Builder:
    done: list[Document] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    anchors: dict[str, _Anchor] = field(default_factory=dict)
    nodes: int = 0
    depth: int = 0

    def trouble(self, kind: str, message: str, mark: _Mark | None, *, width: int = 0) -> None:
        line, column = _start(mark)
        end = column + width if width else None
        self.troubles.append(
            Trouble(kind=kind, message=message, line=line, column=column, end_column=end)
        )

    def read(self, events: _Events) -> None:
        """Reads documents until the stream ends; those before a fault are kept."""
        while not isinstance(event := events(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors.clear()
                value, place = self._node(events(), events)
                self.done.append(Document(value=value, place=place))

    def _node(self, event: yaml.Event, events: _Events) -> tuple[JsonValue, Place]:
        before = self.nodes
        self._count(1, event)
        if isinstance(event, yaml.ScalarEvent):
            value, place = self._scalar(event), _place(event, event)
        elif isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        else:
            value, place = self._collection(event, events)
        anchor = getattr(event, "anchor", None)
        if isinstance(anchor, str):
            self.anchors[anchor] = _Anchor(value, place, self.nodes - before)
        return value, place

    def _count(self, more: int, event: yaml.Event) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise _TooMuchError(f"more than {MAX_NODES:,} values once aliases are followed", event)

    def _alias(self, event: yaml.AliasEvent) -> tuple[JsonValue, Place]:
        known = self.anchors.get(event.anchor or "")
        if known is None:
            raise _UnreadableError(f"alias `*{event.anchor}` names no anchor", event)
        self._count(known.nodes, event)
        return known.value, known.place

    def _collection(self, event: yaml.Event, events: _Events) -> tuple[JsonValue, Place]:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooMuchError(f"nested deeper than {MAX_DEPTH} levels", event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        value, place = self._mapping(event, events) if mapping else self._sequence(event, events)
        self.depth -= 1
        return value, place

    def _sequence(self, start: yaml.Event, events: _Events) -> tuple[JsonValue, Place]:
        values: list[JsonValue] = []
        places: list[Place] = []
        while type(event := events()) is not yaml.SequenceEndEvent:
            value, place = self._node(event, events)
            values.append(value)
            places.append(place)
        return values, _place(start, event, items=places)

    def _mapping(self, start: yaml.Event, events: _Events) -> tuple[JsonValue, Place]:
        values: dict[str, JsonValue] = {}
        key_places: dict[str, Place] = {}
        value_places: dict[str, Place] = {}
        merged: list[tuple[JsonValue, Place]] = []
        while type(event := events()) is not yaml.MappingEndEvent:
            if type(event) is yaml.ScalarEvent and event.value == "<<" and event.implicit[0]:
                merged.append(self._node(events(), events))
                continue
            key, key_place = self._key(event, events)
            value, place = self._node(events(), events)
            if key in values:
                self.trouble("duplicate", f"`{key}` is given twice", event.start_mark,
                             width=len(key))  # fmt: skip
            values[key] = value
            key_places[key] = key_place
            value_places[key] = place
        place = _place(start, event, key_places, value_places)
        for value, source in merged:
            _merge(values, place, value, source)
        return values, place

    def _key(self, event: yaml.Event, events: _Events) -> tuple[str, Place]:
        if type(event) is yaml.ScalarEvent and event.tag is None and event.anchor is None:
            text: str = event.value
            if not event.implicit[0] or (
                text
                and text[0] not in _NUMERIC_START
                and text not in _BOOLEAN
                and text not in _WORDS
            ):
                self.nodes += 1  # its value is counted, and checked against the bound
                return text, _place(event, event)
        value, place = self._node(event, events)
        if isinstance(value, str):
            return value, place
        if value is None or isinstance(value, dict | list):
            raise _UnreadableError("a key must be a text", event)
        return _spelled(value), place

    def _scalar(self, event: yaml.ScalarEvent) -> JsonValue:
        text: str = event.value
        tag = event.tag
        if tag is not None and tag != "!":
            return _tagged(tag, text)
        if not event.implicit[0]:
            return text
        if text in _BOOLEAN:
            self.trouble("ambiguous", f"`{text}` is read as a boolean", event.start_mark,
                         width=len(text))  # fmt: skip
            return _BOOLEAN[text]
        return resolve(text)


def resolve(text: str) -> JsonValue:
    """The value of a plain scalar, without the booleans of YAML 1.1.

    >>> [resolve(t) for t in ("0644", "1e3", "1.20", "v1", "~", "2026-11-22")]
    [420, 1000.0, 1.2, 'v1', None, '2026-11-22']
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START:
        return text
    plain = text.replace("_", "")
    if _INT.match(plain):
        return _integer(plain)
    return float(plain) if _FLOAT.match(plain) else text


def _integer(plain: str) -> int:
    digits = plain.lstrip("+-")
    sign = -1 if plain[0] == "-" else 1
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        return sign * int(digits, 8)
    if len(digits) > 400:
        return sign * 10**400
    return sign * int(digits, 0)


def _tagged(tag: str, text: str) -> JsonValue:
    if tag == "tag:yaml.org,2002:str" or not tag.startswith("tag:yaml.org,2002:"):
        return text
    return _BOOLEAN[text] if text in _BOOLEAN else resolve(text) if text else None


def _spelled(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _merge(values: dict[str, JsonValue], place: Place, value: JsonValue, source: Place) -> None:
    """YAML's merge key: what the mapping says itself comes first."""
    parts = zip(value, source.items or [], strict=False) if isinstance(value, list) else [
        (value, source)
    ]  # fmt: skip
    for part, where in parts:
        if not isinstance(part, dict):
            continue
        for key, item in part.items():
            if key not in values and place.keys is not None and place.values is not None:
                values[key] = item
                place.keys[key] = (where.keys or {}).get(key, where)
                place.values[key] = (where.values or {}).get(key, where)


def _start(mark: _Mark | None) -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _place(
    begun: yaml.Event,
    ended: yaml.Event,
    keys: dict[str, Place] | None = None,
    values: dict[str, Place] | None = None,
    items: list[Place] | None = None,
) -> Place:
    start, end = begun.start_mark, ended.end_mark
    if start is None or end is None:
        return Place(1, 1, 1, 1, keys, values, items)
    return Place(
        start.line + 1, start.column + 1, end.line + 1, end.column + 1, keys, values, items
    )
