"""The page beside the manifests: what they need, what they assume, what they cannot say."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import (
    GATEWAY_NAME,
    GATEWAY_NAMESPACE,
    MONITORING_NAMESPACE,
    ROOT,
)
from aegis.render.kubernetes.strategy import PLUGIN
from aegis.render.kubernetes.watching import SECRETS
from aegis.render.kubernetes.workload import ACCELERATOR_LABEL
from aegis.render.shared.engines import engine_start
from aegis.render.shared.serving import serving, slots

# What has to stand in the cluster, at the versions whose schemas these objects were checked with.
PREREQUISITES = (
    ("Kubernetes", "1.35 or newer", "image volumes, native sleep in preStop, admission by CEL"),
    ("Argo Rollouts", "1.9", f"with the traffic router plugin `{PLUGIN}` 0.15"),
    ("Gateway API", "1.4 to 1.6", f"a Gateway `{GATEWAY_NAME}` in namespace `{GATEWAY_NAMESPACE}`"),
    ("Prometheus operator", "0.93", f"Prometheus in namespace `{MONITORING_NAMESPACE}`"),
    ("External Secrets", "2.9", "a SecretStore in each namespace, each with its own credentials"),
)
_KEDA = ("KEDA", "2.20", "scales by the signal of the plan")


def cannot_express(plan: Plan) -> tuple[str, ...]:
    """What the plan asks and this target cannot say, each with what is done instead."""
    found = []
    if plan.release.strategy == "shadow":
        found.append(
            "Shadow traffic: Argo Rollouts cannot mirror through the Gateway API. The step without "
            "weight runs one replica of the new version that probes alone reach; add the filter "
            "`RequestMirror` to the HTTPRoute while that step runs."
        )
    if plan.release.strategy == "ab":
        found.append(
            "A/B by user: the route splits requests, not users. Let the caller send its arm as a "
            "header and add a match on it to the HTTPRoute."
        )
    if slots(plan).room == "none":
        found.append(
            "A release without downtime: the brief has devices for one replica only, so a new "
            "version starts after the old one has stopped, at all traffic at once. Add devices for "
            "a second replica."
        )
    if plan.chosen("request-routing") == "prefix-aware":
        found.append(
            "Routing by prefix: a Service spreads requests evenly, and the traffic router knows "
            "Services only. An InferencePool with an endpoint picker gives it, without the weights "
            "of this Rollout."
        )
    return tuple(found)


def readme(plan: Plan) -> Artifact:
    """How to apply it, in order."""
    text = "\n".join([*_head(plan), *_needs(plan), *_order(), *_room(plan), *_limits(plan)])
    return Artifact(path=f"{ROOT}/README.md", content=text + "\n", because=("serving-platform",))


def _head(plan: Plan) -> list[str]:
    return [
        f"# {plan.service} on Kubernetes",
        "",
        (
            f"Rendered from plan `{plan.id}`. Every object carries that id as a label and the decisions "
            "it carries out as an annotation."
        ),
        "",
        (
            "`base` is what the environments share; `overlays/*` is what differs; `cluster` is applied "
            "once by whoever owns the cluster; `components/release` judges releases in production. "
            "Files named `site.yaml` and `release.env` are yours: they are not written over."
        ),
        "",
    ]


def _needs(plan: Plan) -> list[str]:
    rows = [*PREREQUISITES, *([_KEDA] if plan.chosen("scaling") == "queue-signal" else [])]
    lines = ["## What must be there", "", "| project | version | for |", "|---|---|---|"]
    lines += [f"| {name} | {version} | {why} |" for name, version, why in rows]
    if serving(plan).resource:
        lines.append(
            f"| device plugin | – | offers `{serving(plan).resource}`; nodes carry the label "
            f"`{ACCELERATOR_LABEL}={plan.capacity.accelerator}` |"
        )
    if plan.chosen("network") == "isolated":
        lines += [
            "",
            (
                "Nothing may leave: install the plugin of Argo Rollouts by `file://` from an image, and "
                "put your own registry into `release.env`."
            ),
        ]
    start = engine_start(plan.chosen("engine"))
    if not start.command:
        lines += [
            "",
            (
                f"`{plan.chosen('engine')}` brings no server: the engine's image is yours. It listens on "
                f"port {start.port}, answers `{start.health}` and `{start.metrics}`, and reads the model "
                "from `/model`."
            ),
        ]
    return [*lines, ""]


def _order() -> list[str]:
    return [
        "## Order",
        "",
        "```sh",
        "kubectl apply --server-side -k cluster",
        "$EDITOR overlays/staging/site.yaml overlays/staging/release.env",
        "./set-images.sh staging",
        "kubectl apply --server-side -k overlays/staging",
        "```",
        "",
        (
            "**Images have no digest yet.** A plan cannot know what the pipeline will build: it writes "
            "names and digests into `release.env` and runs `set-images.sh`. Until then every image ends "
            "in `unset-run-set-images`, which the admission policy and the kubelet refuse: nothing "
            "unpinned can start. The weights are an image too, mounted read-only: a rollback brings back "
            "the same bytes. Promotion copies `release.env` from one environment to the next."
        ),
        "",
        "Secrets are names: put "
        + ", ".join(f"`{s}`" for s in SECRETS)
        + " into the store of each "
        "environment.",
        "",
    ]


def _room(plan: Plan) -> list[str]:
    places = slots(plan)
    there = (
        "the cloud must lend them for the time of the release"
        if places.devices_there is None
        else f"of the {places.devices_there} that the brief names"
    )
    how = {
        "double": "both versions stand in full, so the way back is a weight",
        "one": "the stable version shrinks as the new one grows; the spare replica is the room",
        "none": "one replica is replaced in place, with downtime",
    }[places.room]
    lines = ["## Room for a release", ""]
    if serving(plan).resource:
        lines.append(
            f"{places.replicas} replicas serve; a release needs {places.devices_needed} devices, "
            f"{there}: {how}."
        )
    else:
        lines.append(f"{places.replicas} replicas serve; {how}.")
    return [*lines, ""]


def _limits(plan: Plan) -> list[str]:
    found = serving(plan)
    lines = [
        "## Assumed here, to be measured in staging",
        "",
        f"- requests of the engine: {found.cpu} CPUs and {found.memory_gib} GiB of memory",
        f"- the model is loaded within {found.startup_s} s",
        f"- the longest answer worth waiting for when a replica leaves: {found.drain_s} s",
        "- ten times the error budget ends the step where there is no second version to compare with",
        "",
        "## What this target cannot say",
        "",
    ]
    missing = cannot_express(plan) or ("Nothing of this plan.",)
    return lines + [f"- {line}" for line in missing]
