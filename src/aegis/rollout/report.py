"""What a rollout says about itself: its state and its record, for people and programs."""

from __future__ import annotations

import math
from pathlib import Path

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.rollout.loop import Replayed
from aegis.rollout.policy import Policy
from aegis.rollout.record import Aborted, Entry, Looked, RecordError, Routed
from aegis.rollout.state import waits_for, weight_of


class MetricStatus(Frozen):
    """One metric as it stands."""

    id: str
    kind: str
    role: str
    evidence_of_harm: float = Field(
        description="e-value: at 1/alpha, averaged, the release goes back"
    )
    evidence_of_safety: float | None = Field(
        description="e-value that it is within its margin; None without a margin"
    )
    certified: bool
    improved: bool | None = Field(description="for a goal: whether it is surely better")
    canary_units: float
    stable_units: float


class RolloutResult(Frozen):
    """Where a rollout stands, or how it ended."""

    service: str
    plan: str
    strategy: str
    candidate: str
    verdict: Verdict
    outcome: str = Field(description="running, promoted, rolled-back, held or aborted")
    reason: str
    weight_percent: float
    confirmed: bool = Field(description="whether the router confirmed that weight")
    step: int
    steps: int
    looks: int
    counted: int = Field(description="looks that were not excluded in advance")
    evidence_of_harm: float
    threshold: float
    metrics: tuple[MetricStatus, ...]
    waits_for: tuple[str, ...]
    notes: tuple[str, ...]
    forecast: tuple[str, ...]
    record: str
    problems: tuple[str, ...] = ()


class EvidenceResult(Frozen):
    """The record of a rollout, verified line by line."""

    record: str
    lines: int
    digest: str
    torn: bool
    looks: tuple[Looked, ...]
    events: tuple[str, ...]


def event_of(entry: Entry) -> str:
    """An entry in words; nothing for a look that changed nothing."""
    match entry:
        case Looked():
            return f"{entry.verdict}: {entry.reason}" if entry.action != "stay" else ""
        case Routed():
            return f"the canary has {entry.weight_percent:g} %"
        case Aborted():
            return f"ended by {entry.by}: {entry.reason}"
        case _:
            return getattr(entry, "what", "") or f"begun: {getattr(entry, 'candidate', '')}".strip(
                ": "
            )


def report(
    now: Replayed, path: Path, *, policy: Policy | None = None, problems: tuple[str, ...] = ()
) -> RolloutResult:
    """What a replayed record, or a judged file, says.

    Raises:
        RecordError: nothing has begun.
    """
    state = now.state
    policy = policy or (now.started.policy if now.started else None)
    if state is None or policy is None:
        raise RecordError(f"no rollout has begun: {path}")
    weight = weight_of(policy, state)
    return RolloutResult(
        service=policy.service,
        plan=policy.plan,
        strategy=policy.strategy,
        candidate=now.started.candidate if now.started else "",
        verdict=now.verdict,
        outcome=state.outcome or "running",
        reason=state.reason,
        weight_percent=weight,
        confirmed=now.routed == weight,
        step=min(state.step + 1, len(policy.steps)),
        steps=len(policy.steps),
        looks=state.looks,
        counted=state.counted,
        evidence_of_harm=_e(state.log_harm),
        threshold=1 / policy.alpha.rollback,
        metrics=tuple(
            MetricStatus(
                id=m.metric.id,
                kind=m.metric.kind,
                role=m.metric.role,
                evidence_of_harm=_e(m.log_harm),
                evidence_of_safety=None if m.log_proof is None else _e(m.log_proof),
                certified=m.certified,
                improved=m.improved if m.gain is not None else None,
                canary_units=m.units[0],
                stable_units=m.units[1],
            )
            for m in state.metrics
        ),
        waits_for=waits_for(policy, state),
        notes=state.notes,
        forecast=now.started.forecast if now.started else (),
        record=str(path),
        problems=problems,
    )


def _e(log_evidence: float) -> float:
    return float(f"{math.exp(min(log_evidence, 700.0)):.6g}")
