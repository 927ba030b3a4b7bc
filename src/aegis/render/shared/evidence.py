"""The verdict on a release as PromQL: what the judge's rules record, and whether it was seen.

Thresholds and evidence are those of `rollout/policy.yaml`: `aegis.rollout.rules` compiles it, and the
bundle brings the compiled rules along. Whoever moves the traffic reads three answers here.
"""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.types import Plan
from aegis.render.shared.reading import value

LOOK_S = 60
MINIMUM = 50  # units on the canary before a step may be left
WARMUP_S = 300.0  # graphs, caches and pools of a new version fill
_DAY_S = 86_400.0


def patience_s(plan: Plan) -> float:
    """How long a release may wait for its proof; then it holds."""
    holds = sum(value(plan, step.hold_minutes) * 60 for step in plan.release.steps)
    return max(_DAY_S, 2 * (holds + WARMUP_S))


def worse(plan: Plan) -> str:
    """One when the release has to go back, else zero."""
    return f'{names.ROLLOUT_RULE_WORSE}{{service="{plan.service}"}}'


def may_go_on(plan: Plan, window: str, *, proved: bool) -> str:
    """One when the step may be left, negative when the release has to go back, else zero.

    `proved` asks for every proof as well: the step is the last before everybody meets it.
    """
    seen = f"({seen_requests(plan, window)} >= bool {MINIMUM})"
    wanted = f"{seen} * sum({_proved(plan)})" if proved else seen
    return f"{wanted} - 2 * sum({worse(plan)})"


def _proved(plan: Plan) -> str:
    return f'{names.ROLLOUT_RULE_PROVED}{{service="{plan.service}"}}'


def seen_requests(plan: Plan, window: str) -> str:
    """Requests that the canary was sent."""
    at = f'service="{plan.service}",environment="production",track="canary"'
    return f"sum(increase({names.GATEWAY_REQUESTS}{{{at}}}[{window}]))"
