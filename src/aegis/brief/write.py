"""A brief as YAML for people: fields in the order of the schema, reasons as comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from aegis.brief.positions import Plain
from aegis.brief.questions import QUESTIONS
from aegis.brief.schema import Brief

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_ORDER = {name: place for place, name in enumerate(Brief.model_fields)}


def brief_yaml(data: Mapping[str, Plain], left_open: frozenset[str], *, schema: str) -> str:
    """The text of a brief. Questions that were left open stand as comments where they belong."""
    lines = [
        f"# yaml-language-server: $schema={schema}",
        "# Written by `aegis init`. Go on by hand: an editor explains every field of the schema.",
    ]
    known: dict[str, Plain] = {"version": 1, **data}
    sections = set(known) | {path.split(".")[0] for path in left_open}
    for name in sorted(sections, key=lambda s: (_ORDER.get(s, len(_ORDER)), s)):
        lines += _entry(name, known.get(name), (), left_open)
    return "\n".join(lines) + "\n"


def _entry(
    name: str, value: Plain, above: tuple[str, ...], left_open: frozenset[str]
) -> Iterator[str]:
    path = (*above, name)
    dotted, pad = ".".join(path), "  " * len(above)
    if value is None and any(p == dotted or p.startswith(f"{dotted}.") for p in left_open):
        yield from _left(dotted, {}, left_open, pad, cut=dotted.count("."))
        return
    if isinstance(value, dict) and value:
        yield f"{pad}{_scalar(name)}:"
        for key, item in value.items():
            yield from _entry(key, item, path, left_open)
        yield from _left(dotted, value, left_open, f"{pad}  ", cut=len(path))
        return
    if why := _why(dotted):
        yield f"{pad}# {why}"
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        yield f"{pad}{_scalar(name)}:"
        yield from (f"{pad}  - {_scalar(item)}" for item in value)
        return
    yield f"{pad}{_scalar(name)}: {_scalar(value)}"


def _left(
    dotted: str, value: Mapping[str, Plain], left_open: frozenset[str], pad: str, *, cut: int
) -> Iterator[str]:
    """Comments for what was asked below a path and not answered, unless a deeper one shows it."""
    for path in sorted(p for p in left_open if p == dotted or p.startswith(f"{dotted}.")):
        rest = path.split(".")[cut:]
        if rest[0] not in value:
            why = _why(path)
            yield f"{pad}# {'.'.join(rest)}: not said yet; the plan says what it assumes ({why})"


def _why(path: str) -> str:
    return next((q.why for q in QUESTIONS if q.field == path), "")


def _scalar(value: Plain) -> str:
    """A value on one line, quoted only where YAML would read it as something else."""
    text: str = yaml.dump(
        value,
        Dumper=_DUMPER,
        default_flow_style=True,
        width=10**6,
        sort_keys=False,
        allow_unicode=True,
    )
    return text.removesuffix("\n").removesuffix("\n...")
