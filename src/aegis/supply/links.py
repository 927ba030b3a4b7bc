"""The links of a model's history, and what became of each; no signature is needed to compare them."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from aegis.base.model import Frozen
from aegis.supply.differences import Difference, differences
from aegis.supply.folder import Folder


class Role(enum.StrEnum):
    """What a link is, in the statement and on the command line."""

    WEIGHTS = "weights"
    DATA = "data"
    EVALUATION = "evaluation"
    BASE = "base-model"
    ADAPTER = "adapter"
    CODE = "code"
    INVENTORY = "inventory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One thing with its digests: in-toto's algorithm → hex."""

    role: Role
    name: str
    digest: dict[str, str]
    uri: str = ""
    problem: str = ""
    """Why the thing itself cannot be what it was, whatever its digest."""

    @property
    def title(self) -> str:
        """How messages call it: «data train.jsonl»."""
        return f"{self.role} {self.name}"


def folder_link(role: Role, name: str, folder: Folder) -> Link:
    """The link to a folder by its `dirHash`, or to a single file by its SHA-256."""
    algorithm = "sha256" if folder.single else "dirHash"
    return Link(role=role, name=name, digest={algorithm: folder.digest})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What a statement says: the model's files, everything they came from, and who made them."""

    files: dict[str, str]
    links: tuple[Link, ...]
    builder: str


class State(enum.StrEnum):
    """`unchecked`: it is in the statement, and nobody gave the thing itself."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNCHECKED = "unchecked"
    UNKNOWN = "unknown"


class Checked(Frozen):
    """One link, held against the thing itself."""

    role: Role
    name: str
    state: State
    why: str = ""
    differences: tuple[Difference, ...] = ()


def check(attested: Attested, weights: Folder | None, given: Iterable[Link]) -> tuple[Checked, ...]:
    """Every link of the statement and every thing that was given, each with what became of it.

    Names are labels: where a role has one link and one thing, they belong together.
    """
    left = list(given)
    pairs = [
        (link, _taken(left, [x for x in left if x.title == link.title])) for link in attested.links
    ]
    checked = [_weights(attested, weights)]
    for link, found in pairs:
        alone = sum(other.role is link.role for other, _ in pairs) == 1
        near = [x for x in left if x.role is link.role] if alone and found is None else []
        checked.append(_compare(link, found or _taken(left, near)))
    checked += [_unnamed(link, attested.links) for link in left]
    return tuple(checked)


def _taken(left: list[Link], found: list[Link]) -> Link | None:
    """The only one found, which is then no longer left."""
    if len(found) != 1:
        return None
    left.remove(found[0])
    return found[0]


def _unnamed(link: Link, known: Iterable[Link]) -> Checked:
    names = ", ".join(each.name for each in known if each.role is link.role)
    why = (
        f"the statement names {names}: say which with NAME=PATH"
        if names
        else "the statement has no such link"
    )
    return Checked(role=link.role, name=link.name, state=State.UNKNOWN, why=why)


def _weights(attested: Attested, weights: Folder | None) -> Checked:
    if weights is None:
        return Checked(role=Role.WEIGHTS, name="", state=State.UNCHECKED)
    found = differences(attested.files, weights.digests)
    return Checked(
        role=Role.WEIGHTS, name=weights.name, differences=found,
        state=State.BROKEN if found else State.HOLDS,
        why="; ".join(f"{each.name} {each.kind}" for each in found),
    )  # fmt: skip


def _compare(link: Link, found: Link | None) -> Checked:
    if found is None:
        return Checked(role=link.role, name=link.name, state=State.UNCHECKED)
    shared = [name for name in link.digest if name in found.digest]
    if (
        not found.problem
        and shared
        and all(link.digest[name] == found.digest[name] for name in shared)
    ):
        return Checked(role=link.role, name=link.name, state=State.HOLDS)
    return Checked(
        role=link.role, name=link.name, state=State.BROKEN,
        why=found.problem or f"attested {_shown(link.digest)}, found {_shown(found.digest)}",
    )  # fmt: skip


def _shown(digest: dict[str, str]) -> str:
    return ", ".join(f"{name} {value[:16]}…" for name, value in digest.items()) or "no digest"
