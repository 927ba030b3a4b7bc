"""llm-d: plain pods behind an InferencePool, whose endpoint picker knows prefixes, queues and roles.

As with KServe the gateway stands in front as pods of its own, and asks the inference Gateway of the
cluster, because a picker has to see a request before a replica does.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import (
    ROLE_LABEL,
    Object,
    Scaled,
    replace,
)
from aegis.render.kubernetes.platforms import inference, tracks
from aegis.render.kubernetes.platforms.llmd import engines, picker
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.platforms.tracks import CANARY, STABLE
from aegis.render.kubernetes.workload import parts
from aegis.render.shared.gap import Gap
from aegis.render.shared.pins import Parts
from aegis.render.shared.serving import nodes_per_replica, serving, trial_replicas


def _version(plan: Plan, track: str) -> tuple[Artifact, ...]:
    upstream = inference.address(tracks.named(plan, track))
    return (
        *engines.engines(plan, track),
        *picker.pool(plan, track),
        tracks.front(plan, track, upstream),
    )


def _canary(plan: Plan) -> tuple[Artifact, ...]:
    return _version(plan, CANARY) if trial_replicas(plan) else ()


def _scaled(plan: Plan) -> tuple[Scaled, ...]:
    """A divided fleet keeps its numbers: one signal does not say which role is short."""
    if engines.divided(plan):
        return ()
    return (Scaled(kind=engines.kind(plan), name=plan.service),)


def _one_replica(plan: Plan) -> Changes:
    """One replica of each role, and one gateway."""
    scaled = plan.chosen("scaling") == "queue-signal" and not engines.divided(plan)
    path = "/spec/roles/0/spec/replicas", "/spec/roles/1/spec/replicas"
    one = [replace(each, 1) for each in (path if engines.divided(plan) else ("/spec/replicas",))]
    front = (f"Deployment/{plan.service}-gateway", [replace("/spec/replicas", 1)])
    return (front, *(() if scaled else ((f"{engines.kind(plan)}/{plan.service}", one),)))


def _policies(plan: Plan) -> tuple[Artifact, ...]:
    """Proxies of the inference Gateway reach engines and pickers; pods of the service one another."""
    proxies: list[JsonValue] = [inference.proxies()]
    picking: Object = {**tracks.pods(plan), ROLE_LABEL: picker.ROLE}
    rule: list[JsonValue] = [{"from": proxies, "ports": [{"protocol": "TCP", "port": picker.PORT}]}]
    return (
        *tracks.policies(plan, proxies, ports=(engines.PORT,), calls_api=True),
        tracks.policy(plan, "picker", picking, {"policyTypes": ["Ingress"], "ingress": rule}),
    )


def _monitors(plan: Plan) -> tuple[Artifact, ...]:
    fronts, found = ({**tracks.pods(plan), ROLE_LABEL: r} for r in (tracks.FRONT, tracks.ENGINE))
    return tracks.monitors(plan, fronts, found)


def _images(plan: Plan) -> Parts:
    more = (("PICKER", picker.IMAGE), ("SIDECAR", engines.SIDECAR_IMAGE))
    return (*parts(plan), *(more if engines.divided(plan) else more[:1]))


def _gaps(plan: Plan) -> tuple[Gap, ...]:
    found = [
        inference.GAP,
        Gap(
            what="Priorities of callers: the gateway names no objective with a request, so all of them "
            "have the priority of the one InferenceObjective of this bundle.",
            instead="Limits of the gateway's policy hold each caller back; for classes of callers give "
            "each a service of its own.",
        ),
    ]
    if serving(plan).engine != "vllm":
        found.append(
            Gap(
                what=f"Picking by queue and cache: the picker reads vLLM's metrics, and "
                f"`{serving(plan).engine}` has others.",
                instead="Give the names of its metrics as `engineConfigs` in the picker's file.",
            )
        )
    if engines.divided(plan):
        found.append(
            Gap(
                what="A picker that never leaves: it is one pod, and without it pods with roles answer "
                "nobody.",
                instead="It starts within seconds, and the gateway's breaker and ladder answer meanwhile.",
            )
        )
    if engines.divided(plan) and plan.chosen("scaling") == "queue-signal":
        found.append(
            Gap(
                what="Scaling a divided fleet: one signal does not say whether readers or writers are short.",
                instead="Their numbers are fixed at the peak; `aegis size --disaggregate` says the division.",
            )
        )
    return (*found, *tracks.strategy_gaps(plan), *tracks.room_gaps(plan))


def _operate(plan: Plan) -> list[str]:
    kind, name = engines.kind(plan), plan.service
    ready = [
        f"kubectl -n production rollout status deployment/{name} --timeout=90m"
        if kind == "Deployment"
        else f"kubectl -n production wait {kind.lower()}/{name} --for=condition=Available --timeout=90m"
    ]
    if not trial_replicas(plan):
        return tracks.in_place(plan, ready)
    return tracks.steps(plan, begin=[], end=["kubectl delete -k overlays/canary"], ready=ready)


LLM_D = Platform(
    needs=("gateway-api-inference-extension", "llm-d-router"),
    also=lambda plan: ("lws",) if engines.divided(plan) or nodes_per_replica(plan) > 1 else (),
    workload=lambda plan: _version(plan, STABLE),
    canary=_canary,
    services=tracks.services,
    route=tracks.weighed_route,
    policies=_policies,
    monitors=_monitors,
    endpoints=1,
    beside=lambda plan: tracks.fronts(plan) + 1 + tracks.followers(plan),
    once=inference.guard,
    assumed=tracks.assumed,
    scaled=_scaled,
    one_replica=_one_replica,
    elsewhere=picker.elsewhere,
    pods=tracks.pods,
    images=_images,
    judged=lambda _: (),
    gaps=_gaps,
    operate=_operate,
    mounted=engines.MOUNTED,
)
