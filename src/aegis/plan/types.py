"""The plan: a typed, immutable value with three readings.

Every `Prose` field is in the markup of `aegis.base.prose`; figures in it are ids of `Plan.numbers`.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from aegis.base.model import Frozen
from aegis.base.number import Number
from aegis.base.prose import BareFigureError, numbers_used
from aegis.base.slo import BurnWindow, SliKind
from aegis.brief.schema import Brief


def _prose(text: str) -> str:
    numbers_used(text)  # parses, and so refuses a bare figure
    return text


Prose = Annotated[str, AfterValidator(_prose)]
Environment = Literal["development", "staging", "production"]
ALL: tuple[Environment, ...] = ("development", "staging", "production")
LIVE: tuple[Environment, ...] = ("staging", "production")
PRODUCTION: tuple[Environment, ...] = ("production",)
Role = Literal["service", "security", "data", "model", "platform", "business"]
Rating = Literal["good", "fair", "poor", "unknown"]
Weight = Literal["must", "high", "medium", "low"]


class Criterion(Frozen):
    name: str
    weight: Weight


class Option(Frozen):
    """One way to answer a question, with an honest word on both sides."""

    id: str
    name: str
    verdict: Literal["chosen", "possible", "rejected"]
    advantage: Prose
    drawback: Prose
    because: Prose = Field(description="why chosen, or the requirement it fails")
    ratings: dict[str, Rating] = Field(default_factory=dict, description="criterion → rating")


class SecondOrder(Frozen):
    """What a choice costs later."""

    cognitive_load: Prose
    maintenance: Prose
    lock_in: Prose
    compliance_drift: Prose


class Decision(Frozen):
    """One answered question."""

    id: str
    question: Prose
    chosen: str = Field(description="id of the chosen option, or several joined by +")
    title: Prose = Field(description="the choice as a short sentence")
    reasons: tuple[Prose, ...] = Field(min_length=1)
    criteria: tuple[Criterion, ...] = ()
    options: tuple[Option, ...] = Field(min_length=1)
    second_order: SecondOrder
    improves: tuple[Literal["reliable", "understandable", "valuable"], ...]
    shown_by: Prose = Field(description="the metric that will show the improvement")
    revisit_when: Prose
    applies_to: tuple[Environment, ...] = ALL
    notes: tuple[Prose, ...] = ()

    @property
    def alternatives(self) -> tuple[Option, ...]:
        return tuple(o for o in self.options if o.verdict != "chosen")

    @property
    def winners(self) -> tuple[Option, ...]:
        return tuple(o for o in self.options if o.verdict == "chosen")


class Question(Frozen):
    """Something only the owner of the brief knows."""

    id: str
    asks: Prose
    decides: Prose
    decisions: tuple[str, ...]
    field: str = Field(description="path in the brief that answers it")
    meanwhile: Prose = Field(description="what is assumed until it is answered")
    weight: int = Field(description="how much of the plan the answer moves; higher is asked first")


class Component(Frozen):
    """A node of the architecture."""

    id: str
    name: str
    does: Prose
    kind: Literal[
        "client", "gateway", "engine", "store", "control", "observe", "external", "device"
    ]
    environments: tuple[Environment, ...] = ALL
    emits: tuple[str, ...] = Field(default=(), description="names of the metrics it exports")
    because: tuple[str, ...] = ()


class Flow(Frozen):
    """An edge of the architecture."""

    source: str
    target: str
    label: str
    dashed: bool = False


class Objective(Frozen):
    """One SLO: the same object on the page, in the rule, in the gate."""

    id: str
    name: str
    kind: SliKind
    sli: Prose = Field(description="good events over valid events, in words")
    target: str = Field(description="id of the number: percent of good events")
    threshold: str | None = Field(
        default=None, description="id of the number that makes an event good"
    )
    window_days: str = Field(description="id of the number")
    metric: str = Field(description="name of the metric it is computed from")
    emitted_by: str = Field(description="id of a component")
    measured_by: Literal["requests", "samples", "feedback", "probe", "job"]
    budget_policy: Prose
    alerting: Literal["burn-rate", "verdict", "ticket"] = "burn-rate"


class NotApplicable(Frozen):
    """A quality indicator that this kind of system does not have, with the reason."""

    kind: SliKind
    reason: Prose


class Alert(Frozen):
    """Something that wakes a person, or waits for the morning."""

    id: str
    name: str
    severity: Literal["page", "ticket"]
    objective: str | None = None
    condition: Prose
    metric: str
    runbook: str
    first_step: Prose


class Step(Frozen):
    """One step of a release."""

    weight: str = Field(description="id of the number: percent of traffic")
    hold_minutes: str = Field(description="id of the number")
    analysis: tuple[str, ...] = Field(description="ids of the checks that judge it")


class Check(Frozen):
    """Something a release is judged by."""

    id: str
    name: str
    metric: str
    kind: Literal["guardrail", "model", "business", "goal"]
    margin: str = Field(description="id of the number: how much worse is too much")
    on_breach: Literal["roll back", "hold"] = "roll back"
    no_data: Literal["hold"] = "hold"


class Gate(Frozen):
    """An evaluation that must pass before traffic."""

    id: str
    dataset: str
    path: str
    items: str = Field(description="id of the number")
    metric: str
    threshold: str = Field(description="id of the number")
    better: Literal["higher", "lower"]
    before: Literal["staging", "production"]
    detects: Prose


class Release(Frozen):
    """How a version reaches users, and how it goes back."""

    strategy: Literal["canary", "blue-green", "shadow", "ab", "staged-fleet", "job-swap"]
    steps: tuple[Step, ...] = Field(min_length=2)
    checks: tuple[Check, ...] = Field(min_length=1)
    gates: tuple[Gate, ...] = ()
    way_back: Prose
    automatic: Literal[True] = Field(description="there is no plan without an automated way back")
    way_back_minutes: str = Field(description="id of the number: from breach to the old version")
    alpha: str = Field(description="id of the number: rate of false rollbacks accepted")
    detectability: tuple[Prose, ...] = ()


class Degradation(Frozen):
    """One rung of the ladder when something is too slow or gone."""

    order: int
    trigger: Prose
    behaviour: Prose
    component: str


class FailureMode(Frozen):
    """How it breaks and how to get back."""

    id: str
    title: Prose
    story: Prose = Field(description="what happens, as it happened to somebody")
    trigger: Prose
    first_sign: Prose
    metric: str
    automatic: Prose
    manual: Prose
    alert: str = Field(description="id of the alert that shows it; empty where no expression can")
    runbook: str = Field(description="id of that alert's runbook; empty without one")
    experiment: Prose = Field(description="fault to inject, hypothesis, abort condition")
    commands: tuple[str, ...] = Field(
        default=(), description="the query that shows it, then the commands that mend it"
    )
    likelihood: Literal["rare", "possible", "likely"]
    impact: Literal["low", "moderate", "high"]


class Runbook(Frozen):
    """Steps for one alert."""

    id: str
    title: Prose
    detect: tuple[Prose, ...] = Field(min_length=1)
    diagnose: tuple[Prose, ...] = Field(min_length=1)
    mitigate: tuple[Prose, ...] = Field(min_length=1)
    verify: tuple[Prose, ...] = Field(min_length=1)
    commands: tuple[str, ...] = ()


class Control(Frozen):
    """A security or safety control, with owner and test."""

    id: str
    threat: Literal[
        "model-theft", "prompt-injection", "jailbreak", "data-exfiltration", "data-poisoning",
        "secret-leak", "supply-chain", "denial-of-service", "denial-of-wallet", "privacy",
        "unsafe-output", "excessive-agency", "tenant-isolation", "tampering",
    ]  # fmt: skip
    title: Prose
    what: Prose
    owner: Role
    test: Prose
    component: str
    applies_to: tuple[Environment, ...] = LIVE
    refs: tuple[str, ...] = ()


class LlmControl(Frozen):
    """One of the four checks that every LLM deployment must answer."""

    id: Literal["guardrails", "rate-limiting", "prompt-logging", "evaluation-harness"]
    what: Prose
    privacy: Prose
    artifact: str
    component: str


class CostLine(Frozen):
    """One line of the estimate."""

    name: Prose
    amount: str | None = Field(description="id of the number, USD a month; None is not priced")
    basis: Prose


class Cost(Frozen):
    """What it costs, what is excluded, and what keeps it in bounds."""

    lines: tuple[CostLine, ...]
    total: str | None = Field(description="id of the number, USD a month; None when unpriced")
    excludes: tuple[str, ...]
    unpriced: Prose | None = None
    controls: tuple[Prose, ...] = Field(min_length=2)
    unit_costs: tuple[str, ...] = ()


class LineageItem(Frozen):
    """What must be recorded so that an answer can be reproduced."""

    what: Literal[
        "data", "code", "model", "prompt", "environment", "configuration", "index", "features"
    ]
    identity: Prose
    status: Literal["pinned", "to pin", "not applicable"]
    owner: Role
    where: Prose


class Requirement(Frozen):
    """A legal or framework requirement that may apply. Never a sign-off."""

    regulation: str
    name: str
    article: str
    asks: Prose
    evidence: tuple[str, ...] = Field(description="parts of this plan that speak to it")
    open: Prose
    specialist: str


class Task(Frozen):
    """One step of the roadmap."""

    id: str
    title: Prose
    done_when: Prose
    why: Prose
    owner: Role
    priority: Literal["P0", "P1", "P2"]
    depends_on: tuple[str, ...] = ()
    applies_to: tuple[Environment, ...]
    blocks_production: bool = False


class Phase(Frozen):
    """A stretch of the roadmap."""

    id: str
    name: str
    goal: Prose
    tasks: tuple[Task, ...] = Field(min_length=1)


class Risk(Frozen):
    """One row of the risk register."""

    id: str
    title: Prose
    likelihood: Literal["rare", "possible", "likely"]
    impact: Literal["low", "moderate", "high"]
    owner: Role
    treatment: Prose
    residual: Literal["low", "moderate", "high"]
    decision_asked: Prose
    due: Prose
    against_advice: bool = False


class Stage(Frozen):
    """What one environment is for and how it differs."""

    environment: Environment
    purpose: Prose
    data: Prose
    access: Prose
    capacity: Prose
    change: Prose


class Incident(Frozen):
    """Roles and process when it goes wrong."""

    roles: tuple[tuple[str, Prose], ...]
    severities: tuple[tuple[str, Prose], ...]
    communication: tuple[Prose, ...]
    evidence: tuple[Prose, ...]
    branches: tuple[tuple[Prose, tuple[Prose, ...]], ...] = Field(
        description="what is particular to this kind of AI system"
    )


class AcceptedWaiver(Frozen):
    """An advisory rule set aside."""

    rule: str
    owner: str
    reason: str
    until: datetime.date


class Status(Frozen):
    """A claim about the plan, and why."""

    holds: bool
    because: tuple[Prose, ...]

    @model_validator(mode="after")
    def _a_no_has_a_reason(self) -> Self:
        if not self.holds and not self.because:
            raise ValueError("a status that does not hold says why")
        return self


class Inputs(Frozen):
    """The digests of everything that the plan was made from."""

    brief_sha256: str
    catalog_sha256: str
    aegis_version: str


class Capacity(Frozen):
    """How much is needed, and what limits it; figures are ids of numbers."""

    shape: Literal["accelerators", "instances", "job", "device", "managed"]
    accelerator: str | None = Field(default=None, description="catalog id")
    accelerator_name: str | None = None
    instance: str = Field(default="", description="type of the instance that was measured")
    per_replica: int = Field(default=1, description="devices of one replica")
    replicas: int = Field(default=0, description="serving the peak, spare included; 0 is unknown")
    spare: int = 0
    precision: str = ""
    tensor_parallel: int = 1
    max_sequences: int | None = None
    max_model_len: int | None = None
    numbers: dict[str, str] = Field(
        default_factory=dict, description="replicas, ttft, tpot, concurrency … → id of the number"
    )
    binding: Prose = Field(description="what runs out first")
    our_error: Prose
    measure: str = Field(description="the command that replaces estimates by measurements")


class Plan(Frozen):
    """The immutable answer to a brief."""

    schema_version: Literal[1] = 1
    id: str
    service: str
    purpose: str
    kind: str
    inputs: Inputs
    brief: Brief
    verdict: Prose = Field(description="the direct recommendation, at most 60 words")
    complete: Status
    admissible: Status
    promotable: Status
    numbers: dict[str, Number]
    assumptions: tuple[Prose, ...] = Field(description="what was defaulted, and its effect")
    questions: tuple[Question, ...]
    decisions: tuple[Decision, ...]
    capacity: Capacity
    components: tuple[Component, ...]
    flows: tuple[Flow, ...]
    objectives: tuple[Objective, ...]
    not_applicable: tuple[NotApplicable, ...]
    burn_windows: tuple[BurnWindow, ...]
    alerts: tuple[Alert, ...]
    release: Release
    degradation: tuple[Degradation, ...]
    failure_modes: tuple[FailureMode, ...]
    runbooks: tuple[Runbook, ...]
    controls: tuple[Control, ...]
    llm_controls: tuple[LlmControl, ...]
    cost: Cost
    lineage: tuple[LineageItem, ...]
    requirements: tuple[Requirement, ...]
    roadmap: tuple[Phase, ...]
    risks: tuple[Risk, ...]
    stages: tuple[Stage, ...]
    incident: Incident
    continuous_training: Prose
    waivers: tuple[AcceptedWaiver, ...]

    @model_validator(mode="after")
    def _numbers_exist(self) -> Self:
        missing = sorted(set(_refs(self)) - set(self.numbers))
        if missing:
            raise ValueError(f"no such number in the plan: {', '.join(missing)}")
        return self

    def decision(self, decision_id: str) -> Decision:
        """The decision of that id; a `KeyError` is a bug of the caller."""
        for decision in self.decisions:
            if decision.id == decision_id:
                return decision
        raise KeyError(decision_id)

    def chosen(self, decision_id: str) -> str:
        """What was chosen, or an empty string when the question did not arise."""
        return next((d.chosen for d in self.decisions if d.id == decision_id), "")


_VERBATIM = frozenset({"commands", "measure", "brief", "purpose"})


def _refs(value: object) -> list[str]:
    """Ids of the numbers that any prose inside a value refers to."""
    if isinstance(value, Brief):
        return []
    if isinstance(value, Frozen):
        fields = type(value).model_fields
        return [r for f in fields if f not in _VERBATIM for r in _refs(getattr(value, f))]
    if isinstance(value, dict):
        return [ref for item in value.values() for ref in _refs(item)]
    if isinstance(value, list | tuple):
        return [ref for item in value for ref in _refs(item)]
    if isinstance(value, str) and "{" in value:
        try:
            return list(numbers_used(value))
        except BareFigureError:
            return []  # an identifier or a quotation, not prose
    return []
