"""`rollout/policy.yaml`: what judges a release, decided before the first request.

Its schema is `aegis.rollout.policy.Policy`, which a test holds against every example.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.slo import error_budget
from aegis.plan.types import Check, Objective, Plan
from aegis.render.shared import metrics as contract
from aegis.render.shared.evidence import MINIMUM, WARMUP_S, patience_s
from aegis.render.shared.reading import number_or_none, value
from aegis.render.shared.serving import trial_share, weighed

# Figures that the plan does not hold; each is named in the file as ours.
_LOOK_S = 15.0  # the scrape interval of every Prometheus that a bundle configures
_SETTLE_S = 60.0  # requests that were under way at the old weight finish, and are scraped
_BUSINESS_DELAY_S = 600.0  # an answer is acted upon within ten minutes
_SPLIT = 0.001  # of a rollout whose split is as it should be, so many are held by mistake
_LIMIT_FACTOR = 10  # times the error budget is too much where nobody serves beside
_ASSUMED = (
    "look_s", "warmup_s", "settle_s", "cap", "metrics.minimum", "metrics.delay_s",
    "metrics.limit",
)  # fmt: skip
_IN_CLUSTER = "http://prometheus-operated.monitoring.svc:9090"
_ON_HOST = "http://127.0.0.1:9090"

EVERYBODY = 100.0
Part = dict[str, JsonValue]


def policy(plan: Plan) -> Part:
    """The policy of a plan, as plain data."""
    on_cluster = plan.chosen("run-where") == "cluster"
    mine = weighed(plan)
    most = _most(plan) if mine or plan.chosen("serving-platform") == "flagger" else EVERYBODY
    holds = [value(plan, step.hold_minutes) * 60 for step in plan.release.steps]
    patience = patience_s(plan)
    alpha = value(plan, plan.release.alpha) / 100
    return {
        "version": 1,
        "service": plan.service,
        "plan": plan.id,
        "strategy": plan.release.strategy,
        "unit": "user" if plan.release.strategy == "ab" else "request",
        "look_s": _LOOK_S,
        "warmup_s": WARMUP_S,
        "settle_s": _SETTLE_S,
        "expected_units_per_s": number_or_none(plan, "traffic.mean"),
        "steps": [
            {"weight_percent": value(plan, step.weight), "hold_s": hold}
            for step, hold in zip(plan.release.steps, holds, strict=True)
            if value(plan, step.weight) <= most
        ],
        # Another's weights are not told to us, so their split is not ours to check.
        "alpha": {"rollback": alpha, "promotion": alpha, "split": _SPLIT if mine else None},
        "cap": {"looks": round(patience / _LOOK_S), "seconds": patience, "then": "hold"},
        "metrics": [_metric(plan, check) for check in plan.release.checks],
        "source": {
            "type": "prometheus",
            "url": _IN_CLUSTER if on_cluster else _ON_HOST,
            "arms": {"canary": "canary", "stable": "stable"},
        },
        # One part moves the traffic, and every bundle has one: a controller, update.sh, or we.
        "router": _route(plan) if mine else {"type": "none"},
        "assumed": list(_ASSUMED),
    }


def _most(plan: Plan) -> float:
    """What a version on trial beside the stable one is given at most: what it carries, or the first share."""
    weights = (value(plan, step.weight) for step in plan.release.steps)
    return max(trial_share(plan), min((w for w in weights if w > 0), default=EVERYBODY))


def _route(plan: Plan) -> Part:
    return {
        "type": "httproute",
        "namespace": "production",
        "name": plan.service,
        "stable": plan.service,
        "canary": f"{plan.service}-canary",
    }


def _metric(plan: Plan, check: Check) -> Part:
    if check.metric == names.EVALUATION_SCORE:
        return _score(plan, check)
    if check.metric == names.BUSINESS_EVENTS:
        return _business(plan, check)
    objective = next(o for o in plan.objectives if o.metric == check.metric)
    if check.metric in contract.BUCKET_EDGES:
        return _latency(plan, check, objective)
    budget = error_budget(value(plan, objective.target))
    wrong = f'outcome=~"{"|".join(contract.BAD_OUTCOMES)}"'
    return {
        **_head(check, "rate"),
        "margin": value(plan, check.margin),
        "negligible": budget,
        "limit": _limit(budget),
        "expected_share": value(plan, "release.base_error") / 100,
        "series": {
            "events": _series(plan, check.metric, wrong),
            "total": _series(plan, check.metric, 'outcome!="invalid"'),
        },
    }


def _latency(plan: Plan, check: Check, objective: Objective) -> Part:
    """Judged at every edge; proved at the edge of the objective, by how many are slower."""
    edge = contract.edge_for(check.metric, value(plan, objective.threshold or "") / 1000)
    budget = error_budget(value(plan, objective.target))
    return {
        **_head(check, "latency"),
        "edges": list(contract.BUCKET_EDGES[check.metric]),
        "slow_edge": edge,
        "margin": value(plan, "release.factor"),
        "negligible": budget,
        "limit": _limit(budget),
        "expected_share": budget,
        "series": {"bucket": _series(plan, f"{check.metric}_bucket")},
    }


def _limit(budget: float) -> float:
    return float(f"{min(0.5, _LIMIT_FACTOR * budget):.6g}")


def _score(plan: Plan, check: Check) -> Part:
    """The margin in points as a ratio of what is missing to a perfect score."""
    wishes = plan.brief.objectives.quality
    ids = [f"quality-{w.kind}" if i else "quality" for i, w in enumerate(wishes)]
    kind, better, part = "answers", "higher", {}
    missing = 0.2  # the pass rate of 80 % with which the plan computes its pairs
    margin = value(plan, check.margin)
    if check.id in ids:
        wish = wishes[ids.index(check.id)]
        scale = 100.0 if wish.threshold > 1 else 1.0
        kind, better = wish.kind, wish.better
        missing = (scale - wish.threshold if better == "higher" else wish.threshold) / scale
        margin /= scale
        part = {"negligible": missing} if 0 < missing < 1 else {}
    else:
        margin /= 100  # points
    label = f'kind="{kind}"'
    return {
        **_head(check, "score"),
        "better": better,
        "margin": 1 + margin / missing if missing > 0 else 1 + margin,
        **part,
        "series": {
            "sum": _series(plan, f"{names.EVALUATION_SCORES}_sum", label),
            "count": _series(plan, f"{names.EVALUATION_SCORES}_count", label),
        },
    }


def _business(plan: Plan, check: Check) -> Part:
    """Without a margin: what it would take to prove one seldom fits into a release."""
    name = check.id.removeprefix("kpi-")
    wish = next(k for k in plan.brief.release.kpis if k.name == name)
    is_goal = plan.release.strategy == "ab" and wish is plan.brief.release.kpis[0]
    return {
        **_head(check, "rate"),
        "role": "goal" if is_goal else "business",
        "better": wish.better,
        "delay_s": _BUSINESS_DELAY_S,
        "series": {
            "events": _series(plan, check.metric, f'kpi="{name}"'),
            "total": _series(plan, names.GATEWAY_REQUESTS),
        },
    }


def _head(check: Check, kind: str) -> Part:
    return {"id": check.id, "kind": kind, "role": "guardrail", "minimum": MINIMUM}


def _series(plan: Plan, metric: str, *more: str) -> str:
    at = [f'service="{plan.service}"', 'environment="production"', 'track="$arm"', *more]
    return f"{metric}{{{','.join(at)}}}"
