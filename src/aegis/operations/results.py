"""What each use case answers. These are also the JSON of `--format json`."""

from __future__ import annotations

from pydantic import Field

from aegis.base.artifact import Artifact
from aegis.base.finding import Finding
from aegis.base.model import Frozen
from aegis.plan.types import Plan


class WrittenFile(Frozen):
    """A file on disk and what it carries out."""

    path: str
    sha256: str
    because: tuple[str, ...] = ()


class PlanResult(Frozen):
    """The answer to a brief: a plan with its bundle, or findings that say why there is none."""

    plan: Plan | None
    findings: tuple[Finding, ...] = ()
    refused: bool = Field(
        default=False, description="a hard rule closed the exit: nothing was written"
    )
    staging_open: bool = False
    production_open: bool = False
    bundle: tuple[Artifact, ...] = Field(default=(), exclude=True)
    written: tuple[WrittenFile, ...] = ()
    folder: str = ""


class Change(Frozen):
    """One difference between two plans, in words."""

    kind: str = Field(description="decision, status, finding, number, question or input")
    what: str
    before: str
    after: str
    why: str = ""


class DiffResult(Frozen):
    """What moved between two plans, and why."""

    same: bool
    changes: tuple[Change, ...]


class CatalogRow(Frozen):
    """One entry of a family, for a list."""

    id: str
    name: str
    facts: int = Field(description="sourced values of the entry")
    summary: str = ""


class CatalogFact(Frozen):
    """One value of an entry with its citation."""

    field: str
    value: str
    note: str = ""
    source: str
    locator: str
    retrieved: str


class CatalogResult(Frozen):
    """A family, or one entry with every citation."""

    family: str
    rows: tuple[CatalogRow, ...] = ()
    entry: str = ""
    facts: tuple[CatalogFact, ...] = ()
    unknown: tuple[str, ...] = ()


class ExplainResult(Frozen):
    """A rule or a decision, explained."""

    id: str
    title: str
    text: str


class Message(Frozen):
    """A plain answer, or an error with what to do."""

    message: str
    help: str = ""
