"""Two versions side by side, for platforms without a controller of releases.

The stable version stands in the base, the one on trial in `canary/`: the same objects under another
name, with images of its own. `aegis rollout` moves the weights of the HTTPRoute between the two and
judges them; who goes back sets a weight and deletes objects, and the stable version never stopped.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import api_server, egress, namespace, route
from aegis.render.kubernetes.objects import (
    GATEWAY_NAMESPACE,
    MONITORING_NAMESPACE,
    NONE,
    POD_LABEL,
    ROLE_LABEL,
    ROOT,
    Object,
    framed,
)
from aegis.render.kubernetes.watching import monitor
from aegis.render.kubernetes.workload import BECAUSE, gateway, spread, template
from aegis.render.shared.apis import typed
from aegis.render.shared.gap import Gap
from aegis.render.shared.serving import (
    GATEWAY_PORT,
    nodes_per_replica,
    serving,
    slots,
    trial_replicas,
    trial_share,
)

STABLE, CANARY = "stable", "canary"
FRONT, ENGINE, WORKER = "gateway", "engine", "worker"  # roles of pods
_FRONT_CARRIES = 4  # replicas of an engine to one gateway; an assumption that the README names
_RELEASE = ("gateway", "release-strategy")
WEIGHTS_LABEL = "aegis.dev/weights"  # whose the weights of a route are


def named(plan: Plan, track: str) -> str:
    """The name of a version's objects."""
    return plan.service if track == STABLE else f"{plan.service}-{track}"


def place(track: str, file: str) -> str:
    """Where a file of a version lies."""
    return f"{ROOT}/{'base' if track == STABLE else track}/{file}.yaml"


def pods(plan: Plan) -> Object:
    """The label that every pod of both versions carries."""
    return {POD_LABEL: plan.service}


def labels(plan: Plan, track: str, role: str) -> dict[str, str]:
    """The labels of a pod of a version."""
    return {POD_LABEL: plan.service, ROLE_LABEL: role, names.TRACK_LABEL: track}


def because(plan: Plan) -> tuple[str, ...]:
    """The decisions that the objects of a version carry out."""
    return tuple(d for d in BECAUSE if plan.chosen(d))


def spare(plan: Plan) -> dict[str, str]:
    """How many devices an update may take beyond those that serve, for whoever checks surges."""
    extra = trial_replicas(plan) * serving(plan).devices
    return {names.SPARE_ANNOTATION: str(extra)} if extra else {}


def file(
    plan: Plan,
    track: str,
    name: str,
    body: Object,
    *,
    title: str = "",
    notes: Mapping[str, str] = NONE,
) -> Artifact:
    """One object of a version, in its folder."""
    return Artifact(
        path=place(track, name),
        content=framed(plan, title or named(plan, track), because(plan), body, notes),
        because=because(plan),
        environment="" if track == STABLE else "production",
    )


def services(plan: Plan) -> tuple[Artifact, ...]:
    """A Service for each version; the route weighs them, and the second is empty between releases."""
    return (
        service(plan, STABLE, {**labels(plan, STABLE, FRONT)}),
        service(plan, CANARY, {**labels(plan, CANARY, FRONT)}),
    )


def monitors(plan: Plan, fronts_of: Object, engines_of: Object) -> tuple[Artifact, ...]:
    """One for the gateways and one for the engines, whose pods have one port of the two."""
    start = serving(plan).start
    port = "engine-metrics" if start.metrics_port else "engine"
    return (
        monitor(plan, plan.service, fronts_of, (("http", "/metrics"),)),
        monitor(plan, f"{plan.service}-engine", engines_of, ((port, start.metrics),)),
    )


def weighed_route(plan: Plan) -> tuple[Artifact, ...]:
    """The route, with a label by which a promotion leaves it out: its weights are the release's."""
    made = route(plan)
    if isinstance(made.content, dict) and isinstance(made.content["metadata"], dict):
        meta = made.content["metadata"]
        if isinstance(meta["labels"], dict):
            labelled: Object = {**meta, "labels": {**meta["labels"], WEIGHTS_LABEL: "rollout"}}
            return (made.model_copy(update={"content": {**made.content, "metadata": labelled}}),)
    return (made,)


def service(plan: Plan, track: str, picked: Object) -> Artifact:
    """The Service of a version over the pods with some labels."""
    body: Object = {
        **typed("Service"),
        "spec": {
            "selector": picked,
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }
    return Artifact(
        path=place(STABLE, "service" if track == STABLE else "service-canary"),
        content=framed(plan, named(plan, track), _RELEASE, body),
        because=_RELEASE,
    )


def assumed(plan: Plan) -> tuple[str, ...]:
    """What the numbers of gateways and of roles rest on."""
    halves = ("half of the replicas read prompts, and half of them write",)
    divided = plan.chosen("feature-disaggregation") == "on"
    return (
        f"a gateway carries what {_FRONT_CARRIES} replicas answer, and two of them stand at least",
        *(halves if divided else ()),
    )


def fronts(plan: Plan) -> int:
    """Gateways before the engines of a version; two at least, so that one may leave."""
    return max(2, math.ceil(slots(plan).replicas / _FRONT_CARRIES))


def followers(plan: Plan) -> int:
    """Pods of a version that follow the first one of their replica."""
    return slots(plan).replicas * (nodes_per_replica(plan) - 1)


def front(plan: Plan, track: str, upstream: str) -> Artifact:
    """The gateway of a version as pods of their own, before an address that picks the engine.

    `$(NAMESPACE)` in the address becomes the namespace of the pod.
    """
    mine = labels(plan, track, FRONT)
    container = gateway(plan, upstream)
    environment = container["env"]
    if isinstance(environment, list):
        where: JsonValue = {"fieldRef": {"fieldPath": "metadata.namespace"}}
        container["env"] = [{"name": "NAMESPACE", "valueFrom": where}, *environment]
    placed: Object = {"topologySpreadConstraints": spread(plan, {**mine})}
    body: Object = {
        **typed("Deployment"),
        "spec": {
            "replicas": fronts(plan),
            "revisionHistoryLimit": 5,
            "selector": {"matchLabels": {**mine}},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": template(plan, [container], placed, mine),
        },
    }
    return file(plan, track, "gateway", body, title=f"{named(plan, track)}-gateway")


def policies(
    plan: Plan, engine_from: list[JsonValue], *, ports: tuple[int, ...], calls_api: bool = False
) -> tuple[Artifact, ...]:
    """Callers reach the gateway, its side reaches the engines, and pods of the service one another.

    `engine_from` says who may reach the `ports` of an engine; `calls_api` is whether pods here ask
    the API server, which no selector can name: private addresses stand for it.
    """
    mine = pods(plan)
    own: JsonValue = {"podSelector": {"matchLabels": mine}}
    watched: JsonValue = namespace(MONITORING_NAMESPACE)
    inbound: dict[str, tuple[Object, list[JsonValue]]] = {
        "gateway": (
            {**mine, ROLE_LABEL: FRONT},
            [{"from": [namespace(GATEWAY_NAMESPACE), watched], "ports": [_tcp(GATEWAY_PORT)]}],
        ),
        "engine": (
            {**mine, ROLE_LABEL: ENGINE},
            [
                {"from": [*engine_from, watched], "ports": [_tcp(port) for port in ports]},
                # Ranks of a group and roles that hand a cache over choose their ports themselves.
                {"from": [own]},
            ],
        ),
        "group": ({**mine, ROLE_LABEL: WORKER}, [{"from": [own]}]),
    }
    found = [deny(plan)]
    for name, (chosen, rules) in inbound.items():
        found.append(policy(plan, name, chosen, {"policyTypes": ["Ingress"], "ingress": rules}))
    if plan.chosen("network") != "open-egress":
        to: list[JsonValue] = [{"to": [own]}, {"to": [namespace(GATEWAY_NAMESPACE)]}]
        found.append(
            policy(plan, "egress", mine, egress(*to, *([api_server()] if calls_api else [])))
        )
    return tuple(found)


def _tcp(port: int) -> JsonValue:
    return {"protocol": "TCP", "port": port}


def deny(plan: Plan) -> Artifact:
    """Nothing but what the other policies name."""
    closed = ["Egress"] if plan.chosen("network") != "open-egress" else []
    return policy(plan, "deny", pods(plan), {"policyTypes": ["Ingress", *closed]})


def policy(plan: Plan, name: str, chosen: Object, spec: Object) -> Artifact:
    """One network policy of the base over some pods."""
    body: Object = {
        **typed("NetworkPolicy"),
        "spec": {"podSelector": {"matchLabels": chosen}, **spec},
    }
    return Artifact(
        path=place(STABLE, f"networkpolicy-{name}"),
        content=framed(plan, f"{plan.service}-{name}", ("network",), body),
        because=("network",),
    )


def room_gaps(plan: Plan) -> tuple[Gap, ...]:
    """What two versions side by side cannot do with the devices that there are."""
    share = trial_share(plan)
    if share >= 100:
        return ()
    if not trial_replicas(plan):
        return (
            Gap(
                what="A release by share: the brief has no device for a second version, so a new one "
                "starts after the old one has stopped, at all traffic at once.",
                instead="Add devices for a second replica.",
            ),
        )
    return (
        Gap(
            what=f"Shares above {share:.0f} %: there is one spare replica for the version on trial, and "
            "it carries no more.",
            instead="The steps of `rollout/policy.yaml` end there; the stable version is then replaced "
            "replica by replica, with the weight of the trial as it is.",
        ),
    )


def strategy_gaps(plan: Plan) -> tuple[Gap, ...]:
    """What weights between two Services cannot do."""
    if plan.release.strategy == "shadow":
        return (
            Gap(
                what="Shadow traffic: the step without weight sends the version on trial nothing.",
                instead="Add the filter `RequestMirror` to the HTTPRoute while that step runs.",
            ),
        )
    if plan.release.strategy == "ab":
        return (
            Gap(
                what="A/B by user: the route splits requests, not users.",
                instead="Let the caller send its arm as a header and add a match on it to the HTTPRoute.",
            ),
        )
    return ()


def steps(plan: Plan, *, begin: list[str], end: list[str], ready: list[str]) -> list[str]:
    """Lines of the README: a trial begins, is judged, is promoted or goes back."""
    job = f"job/{plan.service}-rollout"
    return [
        "## A release",
        "",
        (
            "The stable version never stops. The version on trial has objects and images of its own. A "
            "Job beside it runs `aegis rollout`: it moves the weights of the HTTPRoute, judges by "
            "`../rollout/policy.yaml`, and goes back by itself. A trial begins by the commands below and "
            "not by GitOps, which applies the environments; where a pipeline is, `promote.sh staging "
            "production` writes and pins the trial, and `promote.sh canary production` takes step 3."
        ),
        "",
        "```sh",
        "# 1. the version on trial stands, without traffic, and the Job begins",
        "$EDITOR overlays/canary/release.env",
        "./set-images.sh canary",
        "kubectl apply --server-side -k overlays/canary",
        *begin,
        "# 2. complete: promoted by proof; failed: the weight is back at 0, and the log says why",
        f"kubectl -n production logs -f {job}",
        f"kubectl -n production wait {job} --for=condition=complete --timeout=10s",
        "# 3. the stable version takes the images of the trial, which serves meanwhile",
        "cp overlays/canary/release.env overlays/production/release.env",
        "./set-images.sh production",
        f"kubectl apply --server-side -k overlays/production -l {WEIGHTS_LABEL}!=rollout",
        *ready,
        "```",
        "",
        "After 3, or to go back at any time, the stable version takes all traffic and the trial ends:",
        "",
        "```sh",
        f"kubectl -n production delete {job} --ignore-not-found",
        back(plan.service),
        *end,
        "```",
        "",
    ]


def back(service: str) -> str:
    """The command that gives the stable version all traffic."""
    return (
        f"kubectl -n production patch httproute {service} --type json -p "
        '\'[{"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":100},'
        '{"op":"replace","path":"/spec/rules/0/backendRefs/1/weight","value":0}]\''
    )


def in_place(plan: Plan, ready: list[str]) -> list[str]:
    """Lines of the README where there is no room for a second version."""
    del plan
    return [
        "## A release",
        "",
        "There is no room for a second version: keep the file of the last release, for the way back.",
        "",
        "```sh",
        "cp overlays/production/release.env last-release.env",
        "$EDITOR overlays/production/release.env",
        "./set-images.sh production",
        "kubectl apply --server-side -k overlays/production",
        *ready,
        "# the way back: cp last-release.env overlays/production/release.env, and the same again",
        "```",
        "",
    ]
