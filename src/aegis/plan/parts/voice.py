"""The words of a kind for everything that follows from the decisions.

What is structural (ids, owners, dependencies, metrics, components) stays with the parts; what a
person reads may be said by somebody who has run this kind of system. Empty means: as common.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from aegis.plan.case import Case
from aegis.plan.decisions.told import voice
from aegis.plan.types import (
    Alert,
    Component,
    Control,
    FailureMode,
    LineageItem,
    Runbook,
    Stage,
    Task,
)

Steps = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """A failure mode and when it belongs into a plan.

    `alert` names candidates, best first. `metric` is one of our names or the meaning of a metric
    that the chosen engine exports (`queue_depth`); `METRIC` stands for it in `first_sign` and in
    `query`, the PromQL that shows it. `mend` names intents of `aegis.plan.parts.commands`.
    """

    id: str
    applies: Callable[[Case], bool]
    title: str
    story: str
    trigger: str
    first_sign: str
    metric: str
    automatic: str
    manual: str
    alert: tuple[str, ...]
    experiment: str
    likelihood: str
    impact: str
    query: str = ""
    mend: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTask:
    """A task that only this kind has, and the phase it belongs to."""

    phase: str
    task: Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Texts by the id of what they replace, and parts that only this kind has."""

    tasks: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)  # title, done, why
    own_tasks: tuple[OwnTask, ...] = ()
    goals: Mapping[str, str] = field(default_factory=dict)  # phase → goal
    stages: Mapping[str, tuple[str, str, str, str, str]] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    severities: tuple[str, ...] = ()
    communication: Steps = ()
    evidence: Steps = ()
    branches: tuple[tuple[str, Steps], ...] = ()  # instead of the common ones
    controls: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)  # title, what, test
    own_controls: tuple[Control, ...] = ()
    modes: Mapping[str, tuple[str, str, str, str, str]] = field(default_factory=dict)
    own_modes: tuple[Mode, ...] = ()
    runbooks: Mapping[str, tuple[Steps, Steps, Steps]] = field(default_factory=dict)
    alerts: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # condition, first step
    lineage: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # identity, where
    does: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""
    cost: Steps = ()
    asked: Mapping[str, str] = field(default_factory=dict)  # mode → the decision asked of its owner


VOICES: tuple[str, ...] = (
    "agent", "batch", "citizens", "clinical", "completion", "desk", "embedding", "fraud", "managed",
    "on-device", "rag", "ranking", "reranking", "robotics", "scale", "speech", "tutor", "vision",
)  # fmt: skip
_COMMON = Voice()


@cache
def _of(name: str) -> Voice:
    if name not in VOICES:
        return _COMMON
    found: Voice = importlib.import_module(f"aegis.plan.parts.words.{name.replace('-', '_')}").VOICE
    return found


def voice_of(case: Case) -> Voice:
    """Who speaks in this plan."""
    return _of(voice(case))


def task(said: Voice, each: Task) -> Task:
    """A task in the kind's words; what a review has already answered stays."""
    title, done, why = said.tasks.get(each.id, ("", "", ""))
    if each.done_when.startswith("done:"):
        done = ""
    return each.model_copy(
        update={
            "title": title or each.title,
            "done_when": done or each.done_when,
            "why": why or each.why,
        }
    )


def stage(said: Voice, each: Stage) -> Stage:
    words = said.stages.get(each.environment)
    if words is None:
        return each
    fields = ("purpose", "data", "access", "capacity", "change")
    return each.model_copy(
        update={f: w for f, w in zip(fields, words, strict=True) if w},
    )


def control(said: Voice, each: Control) -> Control:
    title, what, test = said.controls.get(each.id, ("", "", ""))
    return each.model_copy(
        update={
            "title": title or each.title,
            "what": what or each.what,
            "test": test or each.test,
        }
    )


def mode(said: Voice, each: FailureMode) -> FailureMode:
    words = said.modes.get(each.id)
    if words is None:
        return each
    fields = ("story", "trigger", "automatic", "manual", "experiment")
    return each.model_copy(update={f: w for f, w in zip(fields, words, strict=True) if w})


def runbook(said: Voice, each: Runbook) -> Runbook:
    words = said.runbooks.get(each.id)
    if words is None:
        return each
    fields = ("diagnose", "mitigate", "verify")
    return each.model_copy(update={f: w for f, w in zip(fields, words, strict=True) if w})


def alert(said: Voice, each: Alert) -> Alert:
    """By its own id, else by the kind of alert that its id ends with."""
    words = said.alerts.get(each.id)
    if words is None:
        words = next((w for k, w in said.alerts.items() if each.id.endswith(f"-{k}")), ("", ""))
    condition, first = words
    return each.model_copy(
        update={
            "condition": condition or each.condition,
            "first_step": first or each.first_step,
        }
    )


def component(said: Voice, each: Component) -> Component:
    return each.model_copy(update={"does": said.does.get(each.id, each.does)})


def lineage(said: Voice, each: LineageItem) -> LineageItem:
    identity, where = said.lineage.get(each.what, ("", ""))
    return each.model_copy(
        update={"identity": identity or each.identity, "where": where or each.where}
    )
