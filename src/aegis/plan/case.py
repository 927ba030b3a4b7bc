"""What decisions work on: the brief, the numbers so far, and what is still open."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from aegis.base.number import Assumption, Estimate, Fact, Given, Number, show_value
from aegis.brief.schema import DEVICE_KINDS, LLM_KINDS, SENSITIVE, Brief
from aegis.plan.types import Capacity, Decision, Question

WEIGHED = frozenset({"kserve", "lws", "llm-d", "ray-serve", "nvidia-dynamo"})
"""Serving platforms without a controller of releases: `aegis rollout` moves the weights of a route."""
ON_CLUSTER = WEIGHED | {"kubernetes", "flagger"}
"""Serving platforms on a cluster whose objects are rendered."""
SERVED_FROM_FILES = ON_CLUSTER | {"single-host", "vendor", "job"}
"""Serving platforms whose model server is rendered; another one is written by hand first."""

# Run by their vendors and nowhere else, by the brief's word for them.
_VENDOR_RUN = frozenset(
    {"aws-secrets-manager", "azure-key-vault", "azure-ml", "bicep", "cloudformation", "databricks",
     "gcp-secret-manager", "github-actions", "hugging-face-hub", "langsmith", "sagemaker", "tecton",
     "vertex-ai"}
)  # fmt: skip


class Numbers:
    """Every figure of the plan, by id. A figure enters once, with its origin."""

    def __init__(self) -> None:
        self._numbers: dict[str, Number] = {}

    def add(self, number_id: str, number: Number) -> str:
        """Registers a number; the same id with another value is a bug."""
        known = self._numbers.setdefault(number_id, number)
        if known != number:
            raise ValueError(f"number {number_id} is given twice: {known} and {number}")
        return number_id

    def given(self, number_id: str, value: float, unit: str, path: str) -> str:
        return self.add(number_id, Fact(value=value, unit=unit, source=Given(path=path)))

    def assume(
        self, number_id: str, value: float, unit: str, *, reason: str, settled_by: str
    ) -> str:
        return self.add(
            number_id, Assumption(value=value, unit=unit, reason=reason, settled_by=settled_by)
        )

    def derive(
        self, number_id: str, value: float, unit: str, *, formula: str, inputs: Iterable[str]
    ) -> str:
        """An exact consequence of other numbers: its interval is its value."""
        return self.add(
            number_id,
            Estimate(
                value=value,
                low=value,
                high=value,
                unit=unit,
                formula=formula,
                inputs=tuple(inputs),
                basis="exact consequence of its inputs",
            ),
        )

    def value(self, number_id: str) -> float:
        return self._numbers[number_id].value

    def __contains__(self, number_id: object) -> bool:
        return number_id in self._numbers

    def all(self) -> dict[str, Number]:
        """In order of their ids, so that two runs give the same bytes."""
        return dict(sorted(self._numbers.items()))


@dataclass(slots=True)
class Case:
    """One planning run. Decisions read it and add to it, in the planner's order."""

    brief: Brief
    numbers: Numbers = field(default_factory=Numbers)
    decisions: dict[str, Decision] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    capacity: Capacity | None = None

    @property
    def kind(self) -> str:
        return self.brief.workload.kind

    @property
    def is_llm(self) -> bool:
        return self.kind in LLM_KINDS

    @property
    def on_device(self) -> bool:
        return self.kind in DEVICE_KINDS

    @property
    def is_batch(self) -> bool:
        return self.kind == "batch"

    @property
    def sensitive(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.brief.data.classes) & SENSITIVE))

    @property
    def personal(self) -> bool:
        return bool(set(self.brief.data.classes) & (SENSITIVE | {"personal"}))

    @property
    def high_impact(self) -> bool:
        return bool(self.brief.high_impact)

    @property
    def where(self) -> str:
        """Where it runs; the cloud unless the brief says otherwise."""
        if self.on_device:
            return "edge"
        return self.brief.placement.where or "cloud"

    @property
    def isolated(self) -> bool:
        return self.brief.placement.where == "air-gapped"

    def out_of_reach(self, tool: str) -> bool:
        """Whether a tool is its vendor's service and nothing here may reach a vendor."""
        return self.isolated and tool in _VENDOR_RUN

    @property
    def internal(self) -> bool:
        """Only people of the own company send requests."""
        return self.brief.users is not None and not self.brief.users.external

    @property
    def managed(self) -> bool:
        return self.chosen("run-where") == "managed-api"

    @property
    def on_cluster(self) -> bool:
        return self.chosen("run-where") == "cluster"

    @property
    def on_host(self) -> bool:
        return self.chosen("run-where") == "single-host"

    @property
    def serves(self) -> bool:
        """The bundle holds what serves the model; devices and vendors serve by themselves."""
        return self.chosen("serving-platform") in SERVED_FROM_FILES | {""}

    def chosen(self, decision_id: str) -> str:
        """What an earlier decision chose; empty when the question did not arise."""
        decision = self.decisions.get(decision_id)
        return decision.chosen if decision else ""

    def ask(self, question: Question) -> None:
        self.questions.append(question)

    def knows(self, *tools: str) -> bool:
        """Whether the team already runs one of these."""
        team = self.brief.team
        mine = {
            team.orchestrator, team.iac, team.gitops, team.registry, team.experiment_tracker,
            team.feature_store, team.pipelines, team.secrets, *team.observability,
        }  # fmt: skip
        return bool(mine & set(tools))


def wait_minutes(*, events: float, rate_per_s: float, share: float) -> float:
    """Minutes until a share of traffic brings so many events, rounded up.

    >>> wait_minutes(events=750, rate_per_s=5, share=0.05)
    50
    """
    return math.ceil(events / (rate_per_s * share) / 60)


def listed(items: Iterable[str], *, last: str = "and") -> str:
    """Items as a phrase.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


__all__ = ["Case", "Numbers", "listed", "show_value", "wait_minutes"]
