"""Experiments of Chaos Mesh: a workflow that looks first, breaks, watches, and looks again.

Its status checks know nothing but the status code of an HTTP answer, and Prometheus answers 200 to
any query that it can evaluate. So the query multiplies one by a vector that has two elements while
the steady state is broken: a many-to-many match, which Prometheus refuses with 422. Durations stand
in `deadline`: inside a workflow the webhook refuses `duration` (`api/v1alpha1/workflow_webhook.go`).
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.plan.types import Plan
from aegis.render.chaos.faults import Fault
from aegis.render.shared.apis import typed
from aegis.render.shared.objects import PROMETHEUS_ADDRESS, Object
from aegis.render.shared.steady import broken, look_s

_INTERVAL_S = 15
_BEFORE_S = 120
_FAILURES = 2  # one look may hit a restart of Prometheus


def refused(plan: Plan, environment: str) -> str:
    """PromQL that is an error while the steady state is broken, and one while it holds."""
    two = f"label_replace(count({broken(plan, environment)}) > 0, 'steady', 'no', '', '')"
    return f"vector(1) * on() (vector(0) or {two})"


def workflow(plan: Plan, fault: Fault, environment: str) -> Object:
    """The body of the workflow of a fault in an environment."""
    kind, spec = fault.mesh(plan, environment)
    lasts = fault.lasts_s(plan)
    watched = lasts + look_s(plan)  # until the last second of the fault is in the window
    templates: list[JsonValue] = [
        {
            "name": "rehearsal",
            "templateType": "Serial",
            "deadline": f"{watched + _BEFORE_S + _after_s(plan) + 60}s",
            "children": ["steady-before", "fault-and-watch", "steady-after"],
        },
        _check(plan, environment, "steady-before", _BEFORE_S, once=True),
        {
            "name": "fault-and-watch",
            "templateType": "Parallel",
            "deadline": f"{watched + 30}s",
            "children": ["fault", "watch"],
        },
        {
            "name": "fault",
            "templateType": kind,
            "deadline": f"{lasts}s",
            f"{kind[0].lower()}{kind[1:]}": spec,
        },
        _check(plan, environment, "watch", watched, once=False),
        _check(plan, environment, "steady-after", _after_s(plan), once=True),
    ]
    return {**typed("Workflow"), "spec": {"entry": "rehearsal", "templates": templates}}


def _after_s(plan: Plan) -> int:
    """Until a burn of the fault's last seconds has left the window."""
    return 2 * look_s(plan)


def _check(plan: Plan, environment: str, name: str, deadline_s: int, *, once: bool) -> Object:
    """A look at the steady state that ends the whole workflow, and so its fault, when it is broken."""
    check: Object = {
        "mode": "Synchronous" if once else "Continuous",
        "type": "HTTP",
        "intervalSeconds": _INTERVAL_S,
        "timeoutSeconds": 5,
        "successThreshold": 3 if once else 1,
        # After a fault the window empties slowly: only the deadline ends that wait.
        "failureThreshold": deadline_s if name == "steady-after" else _FAILURES,
        "http": {
            "url": f"{PROMETHEUS_ADDRESS}/api/v1/query",
            "method": "POST",
            "headers": {"Content-Type": ["application/x-www-form-urlencoded"]},
            "body": f"query={refused(plan, environment)}",
            "criteria": {"statusCode": "200"},
        },
    }
    return {
        "name": name,
        "templateType": "StatusCheck",
        "deadline": f"{deadline_s}s",
        "abortWithStatusCheck": True,
        "statusCheck": check,
    }
