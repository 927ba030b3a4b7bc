"""Indicators that no single counter holds: goodput between its bounds, and requests refused.

Goodput is the share of requests that meet every objective at once. Counters of one objective each
cannot tell which requests they share, so it is recorded between the two bounds that hold whatever
the overlap (Fréchet): at best the misses fall on the same requests, at worst on different ones.
"""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.types import Objective, Plan
from aegis.render.observability.indicator import count, service_matcher
from aegis.render.observability.rule import Group, Recording
from aegis.render.shared import metrics as contract
from aegis.render.shared.reading import duration
from aegis.render.shared.steady import BAD, EVENTS

GOODPUT_LOW = "aegis:goodput_low:ratio"
GOODPUT_HIGH = "aegis:goodput_high:ratio"
REFUSED = "aegis:refused:ratio"


def window_s(plan: Plan) -> int:
    """The window of these shares: the long one of the quickest alert."""
    return min(window.long_s for window in plan.burn_windows)


def request_objectives(plan: Plan) -> list[Objective]:
    """The objectives that every request meets or misses."""
    return [
        o
        for o in plan.objectives
        if o.alerting == "burn-rate" and o.metric in names.GATEWAY_METRICS
    ]


def share_group(plan: Plan) -> tuple[Group, ...]:
    """The recording rules, for systems whose requests the gateway sees."""
    objectives = request_objectives(plan)
    if not any(o.metric == names.GATEWAY_REQUESTS for o in objectives):
        return ()
    seconds, service = window_s(plan), service_matcher(plan)
    window, ids = duration(seconds), "|".join(o.id for o in objectives)
    at = f'{{{service},slo=~"{ids}"}}'
    missed = f"{BAD}{window}{at} / {EVENTS}{window}{at}"
    refused = [service, f'{contract.OUTCOME}="refused"']
    valid = [service, f'{contract.OUTCOME}!="invalid"']
    marks = {"service": plan.service}
    recordings = (
        Recording(
            record=GOODPUT_LOW + window,
            expr=f"clamp_min(1 - sum by ({contract.ENVIRONMENT}) ({missed}), 0)",
            labels=marks,
        ),
        Recording(
            record=GOODPUT_HIGH + window,
            expr=f"1 - max by ({contract.ENVIRONMENT}) ({missed})",
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
