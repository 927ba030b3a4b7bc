"""The release of the plan as a Canary: its shares, its mirror or its arms, and the gates between.

The judge is asked by webhooks: before each share, before everybody meets the version, and at every
look whether to go back. A MetricTemplate reads the same policy as compiled rules, so that a judge
that is down does not let a bad version stay. What no data means is decided in both: Flagger counts a
query without values as a failed check, so the query gives 0 where nothing is recorded, and then the
judge's gates stay shut; an unreachable Prometheus ends the release after a few looks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.brief.schema import LLM_KINDS
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import (
    GATEWAY_NAME,
    GATEWAY_NAMESPACE,
    NONE,
    PROMETHEUS_ADDRESS,
    ROOT,
    Object,
    framed,
)
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.flagger.judge import NAMESPACE, address
from aegis.render.kubernetes.strategy import ARM, ARM_HEADER
from aegis.render.shared import evidence
from aegis.render.shared.apis import typed
from aegis.render.shared.evidence import LOOK_S
from aegis.render.shared.limits import CALLER_HEADER
from aegis.render.shared.reading import labels, value
from aegis.render.shared.serving import serving, slots, trial_replicas, trial_share

TESTER = f"http://flagger-loadtester.{NAMESPACE}"
FAILED_LOOKS = 3  # of one release: Flagger counts them up and never down
_BECAUSE = ("release-strategy", "monitoring-stack")
_ASKED: Mapping[str, tuple[str, Object]] = {
    "completion": ("/v1/completions", {"prompt": "ping", "max_tokens": 1}),
    "embedding": ("/v1/embeddings", {"input": "ping"}),
}
_CHAT: tuple[str, Object] = (
    "/v1/chat/completions",
    {"messages": [{"role": "user", "content": "ping"}], "max_tokens": 1},
)
_ACCEPTANCE_S = 60


def release(plan: Plan) -> tuple[Artifact, ...]:
    """The Canary, what it reads, and how many replicas each version has."""
    return (
        _file(plan, "canary", plan.service, _canary(plan), tracks.spare(plan)),
        _file(plan, "metrictemplate", f"{plan.service}-worse", _worse(plan)),
        _file(plan, "horizontalpodautoscaler", plan.service, _number(plan)),
    )


def _file(
    plan: Plan, file: str, name: str, body: Object, notes: Mapping[str, str] = NONE
) -> Artifact:
    content = framed(plan, name, _BECAUSE, body, notes)
    return Artifact(path=f"{ROOT}/base/{file}.yaml", content=content, because=_BECAUSE)


def shares(plan: Plan) -> list[int]:
    """The shares below all that the version on trial can carry; the first in any case."""
    weights = [w for s in plan.release.steps if 0 < (w := round(value(plan, s.weight))) < 100]
    return [w for w in weights if w <= trial_share(plan)] or weights[:1]


def style(plan: Plan) -> str:
    """How Flagger releases it: `shares`, `arms`, `mirror` or `switch`.

    Where the version on trial has fewer replicas than the stable one, only shares fit it.
    """
    if slots(plan).room == "one":
        return "shares"
    return {"ab": "arms", "shadow": "mirror", "blue-green": "switch"}.get(
        plan.release.strategy, "shares"
    )


def _canary(plan: Plan) -> Object:
    return {
        **typed("Canary"),
        "spec": {
            "provider": "gatewayapi:v1",
            "targetRef": _named(plan, "Deployment"),
            "autoscalerRef": {
                **_named(plan, "HorizontalPodAutoscaler"),
                "primaryScalerReplicas": {
                    "minReplicas": slots(plan).replicas,
                    "maxReplicas": slots(plan).replicas,
                },
            },
            "progressDeadlineSeconds": serving(plan).startup_s + 600,
            "service": _service(plan),
            "analysis": _analysis(plan),
        },
    }


def _named(plan: Plan, kind: str) -> Object:
    """A reference to an object of the service's name."""
    return {**typed(kind), "name": plan.service}


def _service(plan: Plan) -> Object:
    own = {k: v for k, v in labels(plan).items() if not k.endswith("/name")}
    made: JsonValue = {"labels": {**own}}
    return {
        "port": 80,
        "portName": "http",
        "targetPort": "http",
        "hosts": [f"{plan.service}.production.internal"],
        "gatewayRefs": [{"name": GATEWAY_NAME, "namespace": GATEWAY_NAMESPACE}],
        # Proxies end a request after 15 s by themselves; the gateway of the plan ends what hangs.
        "timeout": "0s",
        "apex": made,
        "primary": made,
        "canary": made,
    }


def _analysis(plan: Plan) -> Object:
    return {
        "interval": f"{LOOK_S}s",
        "threshold": FAILED_LOOKS,
        **_style(plan),
        "metrics": [
            {
                "name": "worse",
                "templateRef": {"name": f"{plan.service}-worse"},
                "thresholdRange": {"max": 0},
                "interval": f"{LOOK_S}s",
            }
        ],
        "webhooks": [*_before(plan), *_gates(plan)],
    }


def _style(plan: Plan) -> Object:
    match style(plan):
        case "shares":
            return {"stepWeights": [*shares(plan)]}
        case "arms":
            match: Object = {"headers": {ARM_HEADER: {"exact": ARM}}}
            return {"iterations": _looks(plan), "match": [match]}
        case "mirror":
            return {"iterations": _looks(plan), "mirror": True}
        case _:
            return {"iterations": _looks(plan)}


def _looks(plan: Plan) -> int:
    """Looks before everybody meets it: the holds of all steps but the last."""
    held_s = sum(value(plan, step.hold_minutes) * 60 for step in plan.release.steps[:-1])
    return max(1, round(held_s / LOOK_S))


def _hook(name: str, kind: str, url: str, **more: JsonValue) -> Object:
    return {"name": name, "type": kind, "url": url, "timeout": "15s", **more}


def _before(plan: Plan) -> list[JsonValue]:
    """One real request before any share; and requests all along where no caller sends any."""
    asked = _request(plan)
    if not asked:
        return []
    once: Object = {"type": "bash", "cmd": asked}
    found: list[JsonValue] = [
        _hook("acceptance", "pre-rollout", f"{TESTER}/", metadata=once)
        | {"timeout": f"{_ACCEPTANCE_S + 15}s"}
    ]
    if style(plan) == "switch":
        held = _looks(plan)
        each = max(1, -(-2 * evidence.MINIMUM // held))  # twice what the judge has to see
        load: Object = {"type": "cmd", "cmd": "; ".join([asked] * each)}
        found.append(_hook("load-test", "rollout", f"{TESTER}/", metadata=load))
    return found


def _request(plan: Plan) -> str:
    """A command that sends one request to the version on trial; empty where its form is the team's."""
    if plan.kind not in LLM_KINDS and plan.kind not in _ASKED:
        return ""
    path, body = _ASKED.get(plan.kind, _CHAT)
    sent = json.dumps({"model": plan.service, **body})
    return (
        f"curl -fsS --max-time {_ACCEPTANCE_S} -o /dev/null -H 'content-type: application/json' "
        f"-H '{CALLER_HEADER}: release' -d '{sent}' "
        f"http://{plan.service}-canary.production{path}"
    )


def _gates(plan: Plan) -> list[JsonValue]:
    judge = address(plan)
    found: list[JsonValue] = [_hook("judge-back", "rollback", f"{judge}/flagger/rollback")]
    if style(plan) == "shares":
        url = f"{judge}/flagger/confirm-traffic-increase"
        found.append(_hook("judge-share", "confirm-traffic-increase", url, muteAlert=True))
    url = f"{judge}/flagger/confirm-promotion"
    found.append(_hook("judge-proof", "confirm-promotion", url, muteAlert=True))
    if plan.brief.high_impact:
        found.append(_hook("approval", "confirm-promotion", f"{TESTER}/gate/check"))
    return found


def _worse(plan: Plan) -> Object:
    query = f"max({evidence.worse(plan)}) or vector(0)"
    provider: Object = {"type": "prometheus", "address": PROMETHEUS_ADDRESS}
    return {**typed("MetricTemplate"), "spec": {"provider": provider, "query": query}}


def _number(plan: Plan) -> Object:
    """A fixed number for the version on trial; the copy's stands in the Canary.

    Without it a promotion would give the copy as many replicas as the version on trial has.
    """
    number = trial_replicas(plan)
    bounds: Object = {"minReplicas": number, "maxReplicas": number}
    spec: Object = {"scaleTargetRef": _named(plan, "Deployment"), **bounds}
    return {**typed("HorizontalPodAutoscaler"), "spec": spec}
