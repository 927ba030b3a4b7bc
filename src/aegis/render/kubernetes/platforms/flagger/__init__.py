"""Flagger: a plain Deployment, of which Flagger keeps a copy that serves (`-primary`) and releases.

In production Flagger makes Service, route and copy itself and owns them: the base has none of them,
and development and staging get theirs from `components/direct`. The label that Flagger selects by
tells the two versions apart, so everything else of the bundle selects by a label that both carry.

Source: fluxcd/flagger v1.44.0, `pkg/canary/deployment_controller.go`, `pkg/router/gateway_api.go`,
`pkg/router/kubernetes_default.go`, `pkg/controller/scheduler.go`.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import policies, route, service
from aegis.render.kubernetes.objects import Object, manifest, replace, selector
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.flagger.canary import release
from aegis.render.kubernetes.platforms.flagger.gaps import gaps
from aegis.render.kubernetes.platforms.flagger.judge import judge
from aegis.render.kubernetes.platforms.flagger.operate import operate
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.watching import pod_label, pod_monitor
from aegis.render.kubernetes.workload import (
    because,
    engine,
    gateway,
    nodes,
    secret_name,
    spread,
    template,
)
from aegis.render.shared.apis import typed
from aegis.render.shared.serving import serving

_UNTRACKED: JsonValue = {"metadata": {"annotations": {"flagger.app/config-tracking": "disabled"}}}


def _workload(plan: Plan) -> tuple[Artifact, ...]:
    """The Deployment without a number: Flagger and its autoscaler own that."""
    found, pods = serving(plan), tracks.pods(plan)
    front = gateway(plan, f"http://127.0.0.1:{found.start.port}")
    placed: Object = {"topologySpreadConstraints": spread(plan, pods), **nodes(plan, found)}
    labels = {key: str(value) for key, value in pods.items()}
    body: Object = {
        **typed("Deployment"),
        "spec": {
            "revisionHistoryLimit": 5,
            "progressDeadlineSeconds": found.startup_s + 600,
            "selector": {"matchLabels": selector(plan)},
            # The copy takes it over, and is replaced while the version on trial still stands.
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
            },
            "template": template(plan, [engine(plan, found), front], placed, labels),
        },
    }
    return (manifest(plan, "deployment", because(plan), body),)


def _direct(plan: Plan) -> tuple[Artifact, ...]:
    """Service and route where Flagger makes none: one version, all traffic."""
    return (service(plan, "", selector(plan)), route(plan, trial=False))


def _monitors(plan: Plan) -> tuple[Artifact, ...]:
    """A pod is told apart by the label that Flagger gives the copy another value of."""
    source = pod_label(names.SERVICE_LABEL)
    arms: list[JsonValue] = [
        {"sourceLabels": [source], "regex": name, "targetLabel": "track", "replacement": arm}
        for name, arm in ((plan.service, "canary"), (f"{plan.service}-primary", "stable"))
    ]
    return (pod_monitor(plan, tracks.pods(plan), arms),)


def _elsewhere(plan: Plan, environment: str) -> Changes:
    """Before production the one version is the stable one."""
    del plan, environment
    changes = [
        replace(f"/spec/podMetricsEndpoints/{index}/relabelings/2/replacement", "stable")
        for index in range(2)
    ]
    return (("PodMonitor", changes),)


def _judged(plan: Plan) -> tuple[Artifact, ...]:
    return (*release(plan), *judge(plan))


def _in_production(plan: Plan) -> Changes:
    """A rotated key is no release: Flagger would copy the Secret and analyse the change."""
    return (
        (
            f"ExternalSecret/{secret_name(plan, trial=False)}",
            [{"op": "add", "path": "/spec/target/template", "value": _UNTRACKED}],
        ),
    )


def _hosts(plan: Plan, environment: str) -> tuple[str, str]:
    del plan
    if environment == "production":
        return "Canary", "/spec/service/hosts"
    return "HTTPRoute", "/spec/hostnames"


FLAGGER = Platform(
    needs=("flagger",),
    workload=_workload,
    services=lambda _: (),
    route=lambda _: (),
    direct=_direct,
    hosts=_hosts,
    policies=lambda plan: policies(plan, tracks.pods(plan)),
    monitors=_monitors,
    scaled=lambda _: (),
    one_replica=lambda _: (),
    elsewhere=_elsewhere,
    pods=tracks.pods,
    judged=_judged,
    judged_beside=("../../../rollout",),
    in_production=_in_production,
    gaps=gaps,
    operate=operate,
)
