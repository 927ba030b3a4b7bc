"""What judges a release: evidence that may be read at every look, and a decision on no data.

The evidence of a harm is an e-value. At share ``q`` of the traffic and a harm that multiplies the
rate of bad events by ``r``, each bad event belongs to the canary with probability ``q`` when the
versions are equal and ``q r / (q r + 1 - q)`` when they are not; so

    log e = bad(canary) · ln(r / (q r + 1 - q)) - bad(stable) · ln(q r + 1 - q)

with the two logarithms given as arguments of each step.

A healthy version reaches ``ln(1 / alpha)`` with probability at most ``alpha``, however often anyone
looks (Ville's inequality). The bad events of the stable version from before the step only lower it.
"""

from __future__ import annotations

import math

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Check, Plan
from aegis.render.kubernetes.objects import PROMETHEUS_ADDRESS, ROOT, Object, framed
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import decimal, value

LOOK_S = 60
PRESENT = "data-present"  # the canary was seen at all: no data holds the release
WATCH = "slo-watch"  # for steps without a comparison: everything or nothing on the new version
_BAD_SHARE_FACTOR = 10  # of the error budget, in a step where there is nobody to compare with
_BAD_EVENTS = 5
_RANGE = "{{args.range}}"


def template_name(plan: Plan, check: str) -> str:
    """The name of the template of a check."""
    return f"{plan.service}-{check}"


def templates(plan: Plan) -> tuple[Artifact, ...]:
    """A template for every check of the release, and two that guard all of them."""
    return (
        *(_comparison(plan, check) for check in plan.release.checks),
        _present(plan),
        _watch(plan),
    )


def _service(plan: Plan, *more: str) -> str:
    return ",".join([f'service="{plan.service}"', 'environment="production"', *more])


def _sum(metric: str, matchers: str) -> str:
    return f"sum(increase({metric}{{{matchers}}}[{_RANGE}]))"


def _counts(plan: Plan, check: Check, track: str) -> tuple[str, str]:
    """Bad events and all events of one version, as PromQL."""
    at = f'track="{track}"'
    if check.metric in contract.BUCKET_EDGES:
        edge = contract.edge_for(check.metric, _threshold_s(plan, check))
        within = _service(plan, at, contract.edge_matcher(edge))
        every = _sum(f"{check.metric}_count", _service(plan, at))
        return f"({every} - {_sum(f'{check.metric}_bucket', within)})", every
    if check.metric == names.BUSINESS_EVENTS:
        kpi = check.id.removeprefix("kpi-")
        requests = _sum(names.GATEWAY_REQUESTS, _service(plan, at))
        return _sum(check.metric, _service(plan, at, f'kpi="{kpi}"')), requests
    wrong = f'outcome=~"{"|".join(contract.BAD_OUTCOMES)}"'
    every = _sum(check.metric, _service(plan, at, 'outcome!="invalid"'))
    return f"({_sum(check.metric, _service(plan, at, wrong))} or 0 * {every})", every


def _threshold_s(plan: Plan, check: Check) -> float:
    objective = next(o for o in plan.objectives if o.metric == check.metric)
    return value(plan, objective.threshold or "") / 1000


def _harm(plan: Plan, check: Check) -> float:
    """By how much the rate of the counted events is multiplied when the version is worse."""
    if check.kind != "business":
        return value(plan, "release.factor")
    name = check.id.removeprefix("kpi-")
    wish = next(k for k in plan.brief.release.kpis if k.name == name)
    change = value(plan, check.margin) / 100
    return 1 - change if wish.better == "higher" else 1 + change


def _weights_of(check: Check) -> tuple[str, str]:
    return f"{check.id}-gain", f"{check.id}-loss"


def weights(plan: Plan, check_id: str, share: float) -> dict[str, str]:
    """What a bad event counts for and against, at a share of the traffic; by argument's name."""
    check = next((c for c in plan.release.checks if c.id == check_id), None)
    if check is None or check.metric == names.EVALUATION_SCORE:
        return {}
    gain, loss = e_weights(harm=_harm(plan, check), share=share)
    names_of = _weights_of(check)
    return {names_of[0]: decimal(gain), names_of[1]: decimal(loss)}


def e_weights(*, harm: float, share: float) -> tuple[float, float]:
    """Log e-value of one bad event on the canary, and minus that of one on the stable version.

    >>> gain, loss = e_weights(harm=2, share=0.25)
    >>> round(0.25 * math.exp(gain) + 0.75 * math.exp(-loss), 12)
    1.0
    """
    mixed = share * harm + 1 - share
    return math.log(harm / mixed), math.log(mixed)


def evidence(plan: Plan, check: Check) -> str:
    """The log of the e-value against a version, in PromQL; NaN or nothing without data."""
    bad_canary, all_canary = _counts(plan, check, "canary")
    bad_stable, all_stable = _counts(plan, check, "stable")
    gain, loss = (f"{{{{args.{name}}}}}" for name in _weights_of(check))
    seen = f"0 * ({all_canary} / {all_canary} + {all_stable} / {all_stable})"
    log_e = f"{bad_canary} * {gain} - {bad_stable} * {loss} + {seen}"
    if check.metric in contract.BUCKET_EDGES:
        return f"({log_e}) * ({_quantile(plan, check)} > bool {_slower(plan, check)})"
    return log_e


def _quantile(plan: Plan, check: Check) -> str:
    """The canary's 95th percentile over the stable version's."""

    def p95(track: str) -> str:
        at = _service(plan, f'track="{track}"')
        rate = f"sum by (le) (rate({check.metric}_bucket{{{at}}}[{_RANGE}]))"
        return f"histogram_quantile(0.95, {rate})"

    return f"{p95('canary')} / {p95('stable')}"


def _slower(plan: Plan, check: Check) -> str:
    return decimal(1 + value(plan, check.margin) / 100)


def _score(plan: Plan, check: Check) -> str:
    """Points by which even the upper bound of the canary misses the stable score."""

    def score(track: str, bound: str) -> str:
        at = _service(plan, f'track="{track}"', 'slo="release"', f'bound="{bound}"')
        return f"max({check.metric}{{{at}}})"

    return f"{score('stable', 'value')} - {score('canary', 'high')}"


def _comparison(plan: Plan, check: Check) -> Artifact:
    scored = check.metric == names.EVALUATION_SCORE
    query = _score(plan, check) if scored else evidence(plan, check)
    limit = (
        value(plan, check.margin) if scored else -math.log(value(plan, plan.release.alpha) / 100)
    )
    metric: Object = {
        "name": check.id,
        "interval": f"{LOOK_S}s",
        "count": "{{args.looks}}",
        **_decide(f"result[0] < {decimal(limit)}", f"result[0] >= {decimal(limit)}"),
        "failureLimit": 0,
        # Looks without data wait for the next; `data-present` decides at the end of the step.
        "inconclusiveLimit": "{{args.looks}}",
        "provider": _prometheus(query),
    }
    args = ("range", "looks") if scored else ("range", "looks", *_weights_of(check))
    return _template(plan, check.id, metric, args)


def _present(plan: Plan) -> Artifact:
    at = _service(plan, 'track="canary"')
    metric: Object = {
        "name": PRESENT,
        "initialDelay": "{{args.last-look}}",
        "interval": f"{LOOK_S}s",
        "count": 1,
        **_decide("result[0] >= 1", "false"),
        "failureLimit": 0,
        "inconclusiveLimit": 0,
        "provider": _prometheus(_sum(names.GATEWAY_REQUESTS, at)),
    }
    return _template(plan, PRESENT, metric, ("range", "last-look"))


def _watch(plan: Plan) -> Artifact:
    availability = next(o for o in plan.objectives if o.id == "availability")
    tolerated = (100 - value(plan, availability.target)) / 100
    wrong = f'outcome=~"{"|".join(contract.BAD_OUTCOMES)}"'
    canary = 'track="canary"'
    every = _sum(names.GATEWAY_REQUESTS, _service(plan, canary, 'outcome!="invalid"'))
    failed = _sum(names.GATEWAY_REQUESTS, _service(plan, canary, wrong))
    bad = f"({failed} or 0 * {every})"
    limit = decimal(min(0.5, _BAD_SHARE_FACTOR * tolerated))
    query = f"({bad} / {every} > bool {limit}) * ({bad} >= bool {_BAD_EVENTS})"
    metric: Object = {
        "name": WATCH,
        "interval": f"{LOOK_S}s",
        "count": "{{args.looks}}",
        **_decide("result[0] < 1", "result[0] >= 1"),
        "failureLimit": 0,
        "inconclusiveLimit": "{{args.looks}}",
        "provider": _prometheus(query),
    }
    return _template(plan, WATCH, metric, ("range", "looks"))


def _decide(success: str, failure: str) -> Object:
    """Conditions that decide the empty result and NaN: neither is a success, neither a failure."""
    there = "len(result) > 0 && !isNaN(result[0]) && "
    return {
        "successCondition": f"{there}{success}",
        "failureCondition": f"{there}{failure}",
    }


def _prometheus(query: str) -> Object:
    return {"prometheus": {"address": PROMETHEUS_ADDRESS, "query": query}}


def _template(plan: Plan, check: str, metric: Object, args: tuple[str, ...]) -> Artifact:
    because = ("release-strategy", "monitoring-stack")
    declared: list[JsonValue] = [{"name": name} for name in args]
    body: Object = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "spec": {"args": declared, "metrics": [metric]},
    }
    return Artifact(
        path=f"{ROOT}/base/analysis-{check}.yaml",
        content=framed(plan, template_name(plan, check), because, body),
        because=because,
    )
