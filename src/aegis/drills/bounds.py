"""The figures that a drill is held against. Each comes from the plan or its gateway's policy."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.drills.types import NotDrilledError
from aegis.gateway.limits import WINDOW
from aegis.gateway.policy import Policy
from aegis.plan.types import Plan
from aegis.render.shared.reading import number_or_none
from aegis.render.shared.serving import GATEWAY_PATIENCE_S, drain_s

# What must be there, and the field of the brief that states it.
_ASKED = {
    "slo.availability": "objectives.availability",
    "traffic.mean": "workload.traffic.mean_rps",
    "tokens.input.mean": "workload.input_tokens",
    "tokens.output.mean": "workload.output_tokens",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Thresholds and rates. Times in seconds, rates a second, shares from 0 to 1."""

    service: str
    availability: float
    ttft_s: float | None
    latency_s: float | None
    mean_per_s: float
    peak_per_s: float
    input_tokens: int
    output_tokens: int
    answer_s: float
    answer_source: str
    policy: Policy

    @property
    def opens_after(self) -> int:
        """Bad answers after which the breaker is open, whatever its window held before.

        Its window holds `WINDOW` answers; after a long healthy run the bad ones must first outweigh
        the good ones in it.
        """
        breaker = self.policy.breaker
        return max(breaker.minimum_requests, -int(-breaker.bad_share * WINDOW // 1))

    @property
    def fast_s(self) -> tuple[float, str] | None:
        """How soon an answer begins by the plan's objective, with its source."""
        if self.ttft_s is not None:
            return self.ttft_s, "plan: slo.ttft"
        if self.latency_s is not None:
            return self.latency_s, "plan: slo.latency"
        return None

    @property
    def slow_s(self) -> float | None:
        """From which wait on the breaker calls an answer bad."""
        breaker = self.policy.breaker
        found = [ms for ms in (breaker.slow_first_token_ms, breaker.slow_request_ms) if ms]
        return max(found) / 1000 if found else None

    def guards(self, detector: str, side: str) -> str:
        """What the policy does about what a detector finds on a side; empty where it does not look."""
        order = ("allow", "flag", "redact", "block")
        found = [
            rail.action
            for rail in self.policy.guardrails
            if rail.detector == detector and rail.on in {side, "both"}
        ]
        return max(found, key=order.index, default="")


def bounds_of(plan: Plan, policy: Policy, *, answer_s: float | None = None) -> Bounds:
    """The bounds of a plan; `answer_s` is the gateway's `--answer-s` where it is not the bundle's.

    Raises:
        NotDrilledError: a threshold is in neither; the message asks for it by its field of the brief.
    """
    missing = [n for n in _ASKED if number_or_none(plan, n) is None]
    if missing:
        asked = ", ".join(f"`{_ASKED[n]}`" for n in missing)
        raise NotDrilledError(
            f"the plan of {plan.service} does not say {', '.join(missing)}, and no drill invents a "
            f"threshold: state {asked} in the brief and plan again"
        )
    ttft, latency = number_or_none(plan, "slo.ttft"), number_or_none(plan, "slo.latency")
    mean = plan.numbers["traffic.mean"].value
    return Bounds(
        service=plan.service,
        availability=plan.numbers["slo.availability"].value / 100,
        ttft_s=None if ttft is None else ttft / 1000,
        latency_s=None if latency is None else latency / 1000,
        mean_per_s=mean,
        peak_per_s=number_or_none(plan, "traffic.peak") or mean,
        input_tokens=round(plan.numbers["tokens.input.mean"].value),
        output_tokens=round(plan.numbers["tokens.output.mean"].value),
        answer_s=answer_s or float(max(GATEWAY_PATIENCE_S, drain_s(plan))),
        answer_source="--answer-s" if answer_s else "the bundle's gateway: --answer-s",
        policy=policy,
    )
