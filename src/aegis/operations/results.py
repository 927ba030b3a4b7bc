"""What each use case answers. These are also the JSON of `--format json`."""

from __future__ import annotations

from pydantic import Field

from aegis.base.artifact import Artifact
from aegis.base.finding import Finding
from aegis.base.model import Frozen
from aegis.drills.types import Claim, Ended, FaultLine, LoadLine, Outcome, Rehearsed
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


class DrillRow(Frozen):
    """A drill of a plan: what it would do, for how long, and against which claims."""

    drill: str
    title: str
    fault: FaultLine
    load: LoadLine
    whole_s: float = Field(description="from its first request to its last, in seconds")
    rehearses: tuple[Rehearsed, ...] = Field(
        default=(), description="experiments of the plan; without one, its breaker and ladder"
    )
    hypothesis: tuple[Claim, ...] = ()
    stops_when: tuple[Claim, ...] = ()
    cannot: str = Field(
        default="", description="why this plan does not allow it; empty where it does"
    )


class DrillElsewhere(Frozen):
    """An experiment of the plan that no drill before a gateway carries out."""

    mode: str
    experiment: str
    command: str = Field(description="the bundle's command; empty where a person does it by hand")


class DrillList(Frozen):
    """The experiments of a plan, by what carries them out."""

    service: str
    plan: str
    cannot: str = Field(default="", description="why no drill stands before this plan's gateway")
    drills: tuple[DrillRow, ...]
    elsewhere: tuple[DrillElsewhere, ...]


class DrillRun(Frozen):
    """How one drill ended; without a record of its end it was refused or interrupted."""

    drill: str
    outcome: Outcome
    why: str
    ended: Ended | None = None


class DrillResult(Frozen):
    """What the drills of a run, or of a whole log, found."""

    log: str
    drills: tuple[DrillRun, ...]
    elsewhere: tuple[DrillElsewhere, ...] = ()
    torn: bool = Field(
        default=False, description="the log's last line was being written at a crash"
    )
