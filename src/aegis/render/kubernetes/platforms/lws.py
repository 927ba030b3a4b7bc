"""LeaderWorkerSet: replicas that span machines, started, moved and ended as one.

The gateway stands in the first pod of each replica, which is the only one that a Service picks.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import egress, namespace
from aegis.render.kubernetes.objects import (
    GATEWAY_NAMESPACE,
    MONITORING_NAMESPACE,
    ROLE_LABEL,
    Object,
    Scaled,
    replace,
)
from aegis.render.kubernetes.platforms import groups, tracks
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.platforms.tracks import CANARY, STABLE
from aegis.render.kubernetes.watching import pod_monitor
from aegis.render.kubernetes.workload import gateway, nodes, spread, template
from aegis.render.shared.apis import typed
from aegis.render.shared.gap import Gap
from aegis.render.shared.serving import (
    GATEWAY_PORT,
    serving,
    slots,
    trial_replicas,
)

_WORKER = "worker"


def _workload(plan: Plan) -> tuple[Artifact, ...]:
    return (_set(plan, STABLE),)


def _canary(plan: Plan) -> tuple[Artifact, ...]:
    return (_set(plan, CANARY),) if trial_replicas(plan) else ()


def _set(plan: Plan, track: str) -> Artifact:
    owned = plan.chosen("scaling") == "queue-signal" and track == STABLE
    total = slots(plan).replicas if track == STABLE else trial_replicas(plan)
    worker = _pod(plan, track, _WORKER, [groups.worker(plan)])
    found = groups.spec(plan, None if owned else total, _leader(plan, track), worker)
    body: Object = {**typed("LeaderWorkerSet"), "spec": found}
    return tracks.file(plan, track, "leaderworkerset", body)


def _leader(plan: Plan, track: str) -> Object:
    front = gateway(plan, f"http://127.0.0.1:{serving(plan).start.port}")
    return _pod(plan, track, tracks.FRONT, [groups.leader(plan), front])


def _pod(plan: Plan, track: str, role: str, containers: list[Object]) -> Object:
    mine = tracks.labels(plan, track, role)
    # Zones would tear a group apart that talks at every step: leaders are spread, workers follow.
    zones: Object = (
        {"topologySpreadConstraints": spread(plan, {**mine})} if role == tracks.FRONT else {}
    )
    return template(plan, containers, {**zones, **nodes(plan, serving(plan))}, mine)


def _scaled(plan: Plan) -> tuple[Scaled, ...]:
    return (Scaled(kind="LeaderWorkerSet", name=plan.service),)


def _one_replica(plan: Plan) -> Changes:
    if plan.chosen("scaling") == "queue-signal":
        return ()
    return (("LeaderWorkerSet", [replace("/spec/replicas", 1)]),)


def _policies(plan: Plan) -> tuple[Artifact, ...]:
    """Callers reach the gateway of a first pod; the pods of a replica reach one another."""
    own: Object = {"podSelector": {"matchLabels": tracks.pods(plan)}}
    start = serving(plan).start
    watched: list[JsonValue] = [
        {"protocol": "TCP", "port": port}
        for port in (GATEWAY_PORT, start.metrics_port or start.port)
    ]
    rules: list[JsonValue] = [
        {
            "from": [namespace(GATEWAY_NAMESPACE)],
            "ports": [{"protocol": "TCP", "port": GATEWAY_PORT}],
        },
        {"from": [namespace(MONITORING_NAMESPACE)], "ports": watched},
    ]
    mine = tracks.pods(plan)
    fronts: Object = {**mine, ROLE_LABEL: tracks.FRONT}
    found = [
        tracks.deny(plan),
        tracks.policy(plan, "gateway", fronts, {"policyTypes": ["Ingress"], "ingress": rules}),
        tracks.policy(
            plan, "group", mine, {"policyTypes": ["Ingress"], "ingress": [{"from": [own]}]}
        ),
    ]
    if plan.chosen("network") != "open-egress":
        found.append(tracks.policy(plan, "egress", mine, egress({"to": [own]})))
    return tuple(found)


def _gaps(plan: Plan) -> tuple[Gap, ...]:
    found = []
    if plan.chosen("request-routing") == "prefix-aware":
        found.append(
            Gap(
                what="Routing by prefix: a Service spreads requests evenly over the replicas.",
                instead="State `team.orchestrator: llm-d`: an endpoint picker in front of such groups.",
            )
        )
    if plan.chosen("feature-disaggregation") == "on":
        found.append(
            Gap(
                what="Prompts read by other replicas than those that write: a Service knows no roles.",
                instead="State `team.orchestrator: llm-d`: a DisaggregatedSet behind an endpoint picker.",
            )
        )
    return (*found, *tracks.strategy_gaps(plan), *tracks.room_gaps(plan))


def _operate(plan: Plan) -> list[str]:
    ready = [
        f"kubectl -n production wait leaderworkerset/{plan.service} --for=condition=Available --timeout=90m"
    ]
    if not trial_replicas(plan):
        return tracks.in_place(plan, ready)
    return tracks.steps(plan, begin=[], end=["kubectl delete -k overlays/canary"], ready=ready)


LWS = Platform(
    needs=("lws",),
    workload=_workload,
    canary=_canary,
    services=tracks.services,
    route=tracks.weighed_route,
    policies=_policies,
    monitors=lambda plan: (pod_monitor(plan, {**tracks.pods(plan), ROLE_LABEL: tracks.FRONT}),),
    scaled=_scaled,
    one_replica=_one_replica,
    pods=tracks.pods,
    beside=tracks.followers,
    judged=lambda _: (),
    gaps=_gaps,
    operate=_operate,
    mounted=(
        "spec/leaderWorkerTemplate/leaderTemplate/spec/volumes[]/image/reference",
        "spec/leaderWorkerTemplate/workerTemplate/spec/volumes[]/image/reference",
    ),
)
