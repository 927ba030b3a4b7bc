"""Evidence against a release, as PromQL that may be read at every look.

The evidence of a harm is an e-value. At share ``q`` of the traffic and a harm that multiplies the
rate of bad events by ``r``, each bad event belongs to the canary with probability ``q`` when the
versions are equal and ``q r / (q r + 1 - q)`` when they are not; so

    log e = bad(canary) · ln(r / (q r + 1 - q)) - bad(stable) · ln(q r + 1 - q)

A healthy version reaches ``ln(1 / alpha)`` with probability at most ``alpha``, however often anyone
looks (Ville's inequality). Bad events of the stable version from before the step only lower it.
"""

from __future__ import annotations

import math

from aegis.base import conventions as names
from aegis.base.slo import error_budget
from aegis.plan.types import Check, Plan
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import decimal, value

LOOK_S = 60
# Where there is nobody to compare with: this many times the error budget, on so many bad events.
BAD_SHARE_FACTOR = 10
BAD_EVENTS = 5
_WRONG = f'outcome=~"{"|".join(contract.BAD_OUTCOMES)}"'


def is_scored(check: Check) -> bool:
    """Whether a check compares scores with intervals, not counts of events."""
    return check.metric == names.EVALUATION_SCORE


def limit(plan: Plan, check: Check) -> float:
    """What the evidence of a check must not reach: points of score, or the log of 1 / alpha."""
    if is_scored(check):
        return value(plan, check.margin)
    return -math.log(value(plan, plan.release.alpha) / 100)


def e_weights(*, harm: float, share: float) -> tuple[float, float]:
    """Log e-value of one bad event on the canary, and minus that of one on the stable version.

    >>> gain, loss = e_weights(harm=2, share=0.25)
    >>> round(0.25 * math.exp(gain) + 0.75 * math.exp(-loss), 12)
    1.0
    """
    mixed = share * harm + 1 - share
    return math.log(harm / mixed), math.log(mixed)


def harm(plan: Plan, check: Check) -> float:
    """By how much the rate of the counted events is multiplied when the version is worse."""
    if check.kind != "business":
        return value(plan, "release.factor")
    wish = next(k for k in plan.brief.release.kpis if k.name == _kpi(check))
    change = value(plan, check.margin) / 100
    return 1 - change if wish.better == "higher" else 1 + change


def log_evidence(plan: Plan, check: Check, *, window: str, gain: str, loss: str) -> str:
    """The log of the e-value against the canary; NaN or nothing without data on either side.

    A check of latency counts only while the canary's 95th percentile is beyond its margin.
    """
    bad_canary, all_canary = _counts(plan, check, "canary", window)
    bad_stable, all_stable = _counts(plan, check, "stable", window)
    seen = f"0 * ({all_canary} / {all_canary} + {all_stable} / {all_stable})"
    log_e = f"{bad_canary} * {gain} - {bad_stable} * {loss} + {seen}"
    if check.metric not in contract.BUCKET_EDGES:
        return log_e
    slower = decimal(1 + value(plan, check.margin) / 100)
    ratio = f"{_p95(plan, check, 'canary', window)} / {_p95(plan, check, 'stable', window)}"
    return f"({log_e}) * ({ratio} > bool {slower})"


def score_gap(plan: Plan, check: Check) -> str:
    """Points by which even the upper bound of the canary misses the stable score."""

    def score(track: str, bound: str) -> str:
        at = _at(plan, f'track="{track}"', 'slo="release"', f'bound="{bound}"')
        return f"max({check.metric}{{{at}}})"

    return f"{score('stable', 'value')} - {score('canary', 'high')}"


def seen_requests(plan: Plan, window: str) -> str:
    """Requests that the canary was sent."""
    return _sum(names.GATEWAY_REQUESTS, _at(plan, 'track="canary"'), window)


def burning(plan: Plan, window: str) -> str:
    """One when the canary alone spends the error budget far too fast, else zero."""
    availability = next(o for o in plan.objectives if o.id == "availability")
    tolerated = error_budget(value(plan, availability.target))
    bad, every = _outcomes(plan, names.GATEWAY_REQUESTS, "canary", window)
    share = decimal(min(0.5, BAD_SHARE_FACTOR * tolerated))
    return f"({bad} / {every} > bool {share}) * ({bad} >= bool {BAD_EVENTS})"


def _kpi(check: Check) -> str:
    return check.id.removeprefix("kpi-")


def _at(plan: Plan, *more: str) -> str:
    return ",".join([f'service="{plan.service}"', 'environment="production"', *more])


def _sum(metric: str, matchers: str, window: str) -> str:
    return f"sum(increase({metric}{{{matchers}}}[{window}]))"


def _counts(plan: Plan, check: Check, track: str, window: str) -> tuple[str, str]:
    """Counted events and all events of one version."""
    at = f'track="{track}"'
    if check.metric in contract.BUCKET_EDGES:
        edge = contract.edge_for(check.metric, _threshold_s(plan, check))
        within = _at(plan, at, contract.edge_matcher(edge))
        every = _sum(f"{check.metric}_count", _at(plan, at), window)
        return f"({every} - {_sum(f'{check.metric}_bucket', within, window)})", every
    if check.metric == names.BUSINESS_EVENTS:
        requests = _sum(names.GATEWAY_REQUESTS, _at(plan, at), window)
        events = _sum(check.metric, _at(plan, at, f'kpi="{_kpi(check)}"'), window)
        return f"({events} or 0 * {requests})", requests
    return _outcomes(plan, check.metric, track, window)


def _outcomes(plan: Plan, metric: str, track: str, window: str) -> tuple[str, str]:
    at = f'track="{track}"'
    every = _sum(metric, _at(plan, at, 'outcome!="invalid"'), window)
    return f"({_sum(metric, _at(plan, at, _WRONG), window)} or 0 * {every})", every


def _threshold_s(plan: Plan, check: Check) -> float:
    objective = next(o for o in plan.objectives if o.metric == check.metric)
    return value(plan, objective.threshold or "") / 1000


def _p95(plan: Plan, check: Check, track: str, window: str) -> str:
    at = _at(plan, f'track="{track}"')
    rate = f"sum by (le) (rate({check.metric}_bucket{{{at}}}[{window}]))"
    return f"histogram_quantile(0.95, {rate})"
