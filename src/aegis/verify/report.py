"""What a verification says, and how a hit becomes a finding."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from pydantic import Field

from aegis.base.finding import Finding, Span
from aegis.base.model import Frozen
from aegis.detect.secrets import mask
from aegis.verify.codes import ADMISSION_CHECKS, SCHEMA_CHECKS, TEXT_CHECKS, Check
from aegis.verify.codes_cross import CROSS_CHECKS
from aegis.verify.objects import Hit
from aegis.verify.schema.problem import dotted

ALL_CHECKS: tuple[Check, ...] = (
    *TEXT_CHECKS,
    *SCHEMA_CHECKS,
    *ADMISSION_CHECKS,
    *CROSS_CHECKS,
)


class Judged(Frozen):
    """One file: who judged it, and what nobody did."""

    path: str
    objects: int = Field(default=0, ge=0, description="Kubernetes objects in it")
    judges: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


class Program(Frozen):
    """A real program that was asked."""

    name: str
    version: str


class Verification(Frozen):
    """All findings, worst first; every file once; the programs asked, and those not there."""

    findings: tuple[Finding, ...] = ()
    files: tuple[Judged, ...] = ()
    programs: tuple[Program, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether nothing was found that the platforms would refuse or that a hard rule forbids."""
        return not any(f.hard or f.severity.rank <= 1 for f in self.findings)


@functools.cache
def checks() -> Mapping[str, Check]:
    """Every check by its name."""
    return {check.name: check for check in ALL_CHECKS}


def finding(name: str, message: str, *, span: Span | None, where: str = "") -> Finding:
    """A finding of a named check."""
    row = checks()[name]
    return Finding(
        code=row.code,
        name=row.name,
        title=row.title,
        severity=row.severity,
        message=message,
        hard=row.hard,
        certainty=row.certainty,
        span=span,
        where=where,
        why=row.why,
        mend=row.mend,
        refs=row.refs,
    )


def from_hit(hit: Hit) -> Finding:
    """The finding of a hit: object, field, what is wrong."""
    field = f" `{dotted(hit.path)}`" if hit.path else ""
    message = mask(hit.message)
    made = finding(
        hit.name, f"{hit.object.title}{field}: {message}", span=hit.object.span(hit.path)
    )
    label = message if len(message) <= 80 else ""
    return made.model_copy(update={"label": label, "also": hit.also})
