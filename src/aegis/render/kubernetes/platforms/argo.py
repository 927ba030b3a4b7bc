"""Plain Kubernetes with Argo Rollouts: the workload is a Rollout, which also moves the traffic."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.analysis import templates
from aegis.render.kubernetes.network import service
from aegis.render.kubernetes.objects import Object, Scaled, framed, replace, selector
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.strategy import ARM, ARM_HEADER, SHADOW_LABEL, strategy
from aegis.render.kubernetes.workload import because, pod
from aegis.render.shared.apis import typed
from aegis.render.shared.gap import Gap
from aegis.render.shared.serving import serving, slots


def _rollout(plan: Plan) -> tuple[Artifact, ...]:
    """The workload of the service with the steps of the plan."""
    body: Object = {
        **typed("Rollout"),
        "spec": {
            **_replicas(plan),
            "revisionHistoryLimit": 5,
            "progressDeadlineSeconds": serving(plan).startup_s + 600,
            "selector": {"matchLabels": selector(plan)},
            "template": pod(plan),
            "strategy": strategy(plan),
        },
    }
    return (
        Artifact(
            path="kubernetes/base/rollout.yaml",
            content=framed(plan, plan.service, because(plan), body, _spare(plan)),
            because=because(plan),
        ),
    )


def _spare(plan: Plan) -> dict[str, str]:
    """How many devices an update may take beyond those that serve, for whoever checks surges."""
    room = slots(plan)
    spare = room.devices_needed - room.replicas * max(1, plan.capacity.per_replica)
    return {names.SPARE_ANNOTATION: str(spare)} if spare > 0 else {}


def _replicas(plan: Plan) -> Object:
    """Nothing where an autoscaler owns the number."""
    return {} if plan.chosen("scaling") == "queue-signal" else {"replicas": slots(plan).replicas}


def _scaled(plan: Plan) -> tuple[Scaled, ...]:
    return (Scaled(kind="Rollout", name=plan.service),)


def _one_replica(plan: Plan) -> Changes:
    """One replica and no steps: there is no traffic whose share could be judged."""
    canary: Object = {"maxSurge": 0, "maxUnavailable": 1}
    changes = [replace("/spec/strategy", {"canary": canary})]
    if plan.chosen("scaling") != "queue-signal":
        changes.append(replace("/spec/replicas", 1))
    return (("Rollout", changes),)


def _judged(plan: Plan) -> tuple[Artifact, ...]:
    """The analyses; for a shadow a Service that finds pods only while the step of the mirror runs."""
    if not _mirrored(plan):
        return templates(plan)
    pods = {**selector(plan), SHADOW_LABEL: "yes"}
    return (*templates(plan), service(plan, "-shadow", pods))


def _mirror(plan: Plan) -> Changes:
    """A copy of what one replica would get goes to the shadow; its answers reach nobody."""
    if not _mirrored(plan):
        return ()
    mirror: Object = {
        "backendRef": {"name": f"{plan.service}-shadow", "port": 80},
        "percent": max(1, 100 // slots(plan).replicas),
    }
    filters: list[JsonValue] = [{"type": "RequestMirror", "requestMirror": mirror}]
    return (("HTTPRoute", [{"op": "add", "path": "/spec/rules/0/filters", "value": filters}]),)


def _mirrored(plan: Plan) -> bool:
    return plan.release.strategy == "shadow" and slots(plan).room != "none"


def _gaps(plan: Plan) -> tuple[Gap, ...]:
    found = []
    if plan.release.strategy == "ab":
        found.append(
            Gap(
                what="A/B by user: a route knows requests, not users.",
                instead=f"Let the caller send `{ARM_HEADER}: {ARM}` for the users of the new version; the "
                "release routes by that header while its experiment runs.",
            )
        )
    if slots(plan).room == "none":
        found.append(
            Gap(
                what="A release without downtime: the brief has devices for one replica only, so a new "
                "version starts after the old one has stopped, at all traffic at once.",
                instead="Add devices for a second replica.",
            )
        )
    if plan.chosen("request-routing") == "prefix-aware":
        found.append(
            Gap(
                what="Routing by prefix: a Service spreads requests evenly, and the traffic router knows "
                "Services only.",
                instead="An InferencePool with an endpoint picker gives it, without the weights of this "
                "Rollout.",
            )
        )
    return tuple(found)


def _operate(plan: Plan) -> list[str]:
    at = f"{plan.service} -n production"
    return [
        "## A release",
        "",
        (
            "The traffic router runs inside the controller of Rollouts: name it in the ConfigMap "
            "`argo-rollouts-config`, and let the controller's account get, list, watch and update HTTPRoutes and "
            "ConfigMaps. A changed digest in production starts a release by itself; its steps and what judges them "
            "are in `base/rollout.yaml` and `components/release`."
        ),
        "",
        "```sh",
        "cp overlays/staging/release.env overlays/production/release.env && ./set-images.sh production",
        "kubectl apply --server-side -k overlays/production",
        f"kubectl argo rollouts get rollout {at} --watch",
        f"kubectl argo rollouts abort {at}   # the way back at any time: all traffic to the stable version",
        "```",
        "",
        (
            "After an abort put the digests before back and apply them: until then the Rollout says Degraded, and the "
            "version on trial would be tried again. The gateway's policy is one ConfigMap for both versions and goes "
            "back with the commit, not with the abort."
        ),
        "",
    ]


ARGO = Platform(
    needs=("argo-rollouts",),
    workload=_rollout,
    scaled=_scaled,
    one_replica=_one_replica,
    judged=_judged,
    in_production=_mirror,
    gaps=_gaps,
    operate=_operate,
)
