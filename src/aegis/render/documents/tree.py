"""The typed document tree: what a page holds, before anybody knows how it will be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from aegis.base.prose import Code, Link, Name, Text
from aegis.plan.types import ALL, Component, Environment, Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where one number of the plan comes from, as a sentence."""

    id: str
    kind: Literal["fact", "estimate", "assumption"]
    sentence: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class NumberText:
    """A number as it is shown, with its origin."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Bold:
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class Ref:
    """A link to another page of the dossier, or to a section of one."""

    inlines: Inlines
    path: str
    section: str = ""


Inline: TypeAlias = Text | Bold | Code | Name | NumberText | Link | Ref
Inlines: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    inlines: Inlines


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`head` names the columns; the first column names the row."""

    head: tuple[Inlines, ...]
    rows: tuple[tuple[Inlines, ...], ...]
    marked: frozenset[int] = frozenset()  # rows to set apart: the chosen option


@dataclass(frozen=True, slots=True, kw_only=True)
class Bullets:
    items: tuple[Inlines, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One line to tick off, with what a reader needs to do it."""

    title: Inlines
    details: tuple[Inlines, ...] = ()
    done: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    items: tuple[Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    text: str
    language: str = "sh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """The components of a plan and what flows between them."""

    title: str
    components: tuple[Component, ...]
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Callout:
    """Something a reader must not miss."""

    tone: Literal["note", "warning", "stop"]
    title: str
    blocks: tuple[Paragraph | Bullets, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing made elsewhere, shown as it is."""

    name: str
    svg: str
    caption: Inlines


Block: TypeAlias = Paragraph | Table | Bullets | Checklist | CodeBlock | Diagram | Callout | Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and what stands under it; deeper levels follow as sections of their own."""

    heading: Inlines
    id: str
    blocks: tuple[Block, ...]
    applies_to: tuple[Environment, ...] = ALL
    level: Literal[2, 3, 4] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One page. `lead` comes before anything else, the title included."""

    path: str = field(metadata={"help": "inside the dossier, without suffix"})
    title: Inlines
    sections: tuple[Section, ...]
    lead: tuple[Block, ...] = ()
    intro: tuple[Block, ...] = ()
    family: Literal["dossier", "annex", "decision", "runbook"] = "annex"
