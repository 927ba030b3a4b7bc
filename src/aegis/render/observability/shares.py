"""Shares of requests that are recorded, objective or not: goodput, and what guardrails refused.

Goodput is the share of valid requests that meet every objective at once. The gateway judges each
request and counts it, so the share is exact whatever the objectives have in common.
"""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.types import Objective, Plan
from aegis.render.observability.indicator import count, service_matcher
from aegis.render.observability.rule import Group, Recording
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import duration

GOODPUT = "aegis:goodput:ratio"
REFUSED = "aegis:refused:ratio"


def window_s(plan: Plan) -> int:
    """The window of these shares: the long one of the quickest alert."""
    return min(window.long_s for window in plan.burn_windows)


def request_objectives(plan: Plan) -> list[Objective]:
    """The objectives that every request meets or misses."""
    return [
        o
        for o in plan.objectives
        if o.alerting == "burn-rate"
        and o.metric in names.GATEWAY_METRICS
        and o.metric != names.GATEWAY_MET
    ]


def share_group(plan: Plan) -> tuple[Group, ...]:
    """The recording rules, for systems whose requests the gateway sees."""
    if not any(o.metric == names.GATEWAY_REQUESTS for o in request_objectives(plan)):
        return ()
    seconds, service = window_s(plan), service_matcher(plan)
    window = duration(seconds)
    refused = [service, f'{contract.OUTCOME}="refused"']
    valid = [service, f'{contract.OUTCOME}!="invalid"']
    met = [service, 'met="yes"']
    marks = {"service": plan.service}
    recordings = (
        Recording(
            record=GOODPUT + window,
            expr=f"{count(names.GATEWAY_MET, met, seconds)} / "
            f"{count(names.GATEWAY_MET, [service], seconds)}",
            labels=marks,
        ),
        Recording(
            record=REFUSED + window,
            expr=f"{count(names.GATEWAY_REQUESTS, refused, seconds)} / "
            f"{count(names.GATEWAY_REQUESTS, valid, seconds)}",
            labels=marks,
        ),
    )
    return (Group(name=f"aegis-{plan.service}-shares", recordings=recordings, alerts=()),)
