"""What became of files between two readings, in the words that a person would use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from aegis.base.model import Frozen

Kind = Literal["changed", "added", "removed", "renamed"]


class Difference(Frozen):
    """One file that is not as it was vouched for; digests are SHA-256 in hex."""

    kind: Kind
    name: str
    before: str = ""
    """Its digest, or for `renamed` its name, when it was vouched for."""
    now: str = ""


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Difference, ...]:
    """Every file that differs, by digests of names.

    >>> [(d.kind, d.name) for d in differences({"a": "1", "b": "2"}, {"a": "3", "c": "2"})]
    [('changed', 'a'), ('renamed', 'c')]
    """
    found = [
        Difference(kind="changed", name=name, before=before[name], now=now[name])
        for name in before
        if name in now and before[name] != now[name]
    ]
    gone = {name: digest for name, digest in before.items() if name not in now}
    new = {name: digest for name, digest in now.items() if name not in before}
    for name, digest in new.items():
        source = next((old for old, was in gone.items() if was == digest), None)
        if source is None:
            found.append(Difference(kind="added", name=name, now=digest))
        else:
            del gone[source]
            found.append(Difference(kind="renamed", name=name, before=source, now=digest))
    found += [Difference(kind="removed", name=name, before=digest) for name, digest in gone.items()]
    return tuple(sorted(found, key=lambda each: each.name))
