"""The page beside the manifests: what they need, what they assume, what they cannot say."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes import entry
from aegis.render.kubernetes.nodes import needs as node_needs
from aegis.render.kubernetes.nodes import page as node_page
from aegis.render.kubernetes.objects import ROOT
from aegis.render.kubernetes.platforms.platform import Platform
from aegis.render.kubernetes.signatures import needs, page
from aegis.render.kubernetes.watching import SECRETS
from aegis.render.kubernetes.workload import ACCELERATOR_LABEL
from aegis.render.shared.apis import PROJECTS
from aegis.render.shared.engines import engine_start
from aegis.render.shared.serving import serving, slots

# Beside the platform's own, at the versions whose schemas these objects were checked with.
_ALWAYS = ("gateway-api", "prometheus-operator", "external-secrets")


def readme(plan: Plan, platform: Platform) -> Artifact:
    """How to apply it, in order."""
    text = "\n".join(
        [
            *_head(plan, platform),
            *_needs(plan, platform),
            *_order(plan),
            *page(plan),
            *node_page(plan),
            *platform.operate(plan),
            *entry.page(plan),
            *_room(plan),
            *_limits(plan, platform),
        ]
    )
    return Artifact(path=f"{ROOT}/README.md", content=text + "\n", because=("serving-platform",))


def _head(plan: Plan, platform: Platform) -> list[str]:
    judged = "; `components/release` judges releases in production" if platform.judged(plan) else ""
    if platform.direct(plan):
        judged += ", and `components/direct` is what the environments before it have instead"
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
            f"once by whoever owns the cluster{judged}. "
            "Files named `site.yaml` and `release.env` are yours: they are not written over."
        ),
        "",
    ]


def _needs(plan: Plan, platform: Platform) -> list[str]:
    scaler = ("keda",) if plan.chosen("scaling") == "queue-signal" and platform.scaled(plan) else ()
    needed = [
        PROJECTS[p]
        for p in (
            "kubernetes",
            *platform.needs,
            *platform.also(plan),
            *_ALWAYS,
            *(entry.NEEDS if entry.entered(plan) else ()),
            *scaler,
            *needs(plan),
            *node_needs(plan),
        )
    ]
    lines = ["## What must be there", "", "| project | version | for |", "|---|---|---|"]
    lines += [f"| {p.name} | {p.versions} | {p.why} |" for p in needed]
    if serving(plan).resource:
        lines.append(
            f"| device plugin | – | offers `{serving(plan).resource}`; nodes carry the label "
            f"`{ACCELERATOR_LABEL}={plan.capacity.accelerator}` |"
        )
    if plan.chosen("network") == "isolated":
        lines += [
            "",
            (
                "Nothing may leave: `../mirror/README.md` carries the images in and prints the lines of "
                "`release.env`."
                + (
                    " Install the plugin of Argo Rollouts by `file://` from an image."
                    if "argo-rollouts" in platform.needs
                    else ""
                )
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


def _order(plan: Plan) -> list[str]:
    return [
        "## Order",
        "",
        "```sh",
        "kubectl apply --server-side -k cluster",
        "kubectl apply --server-side -k ../observability/non-production   # its README says what it needs",
        "$EDITOR overlays/staging/site.yaml overlays/staging/release.env",
        "./set-images.sh staging",
        "kubectl apply --server-side -k overlays/staging",
        "```",
        "",
        (
            "Production is the same on its cluster, with `../observability/kubernetes` and `overlays/production`. "
            "Where GitOps applies the environments, `../gitops/README.md` begins it and the commands below become "
            "commits."
            if plan.chosen("gitops")
            else "Production is the same on its cluster, with `../observability/kubernetes` and `overlays/production`."
        ),
        "",
        (
            "**Images have no digest yet.** A plan cannot know what the pipeline will build: it writes "
            "names and digests into `release.env` and runs `set-images.sh`. Until then every image ends "
            "in `unset-run-set-images`, which the admission policy and the kubelet refuse: nothing "
            "unpinned can start. The weights are an image too, mounted read-only: a rollback brings back "
            "the same bytes. Promotion copies `release.env` from one environment to the next."
        ),
        "",
        "Secrets are names: each namespace has a SecretStore "
        f"`{plan.chosen('secrets')}`, and its entry `{plan.service}/ENVIRONMENT` holds "
        + ", ".join(f"`{s}`" for s in SECRETS)
        + ".",
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


def _limits(plan: Plan, platform: Platform) -> list[str]:
    found = serving(plan)
    lines = [
        "## Assumed here, to be measured in staging",
        "",
        f"- requests of the engine: {found.cpu} CPUs and {found.memory_gib} GiB of memory",
        f"- the model is loaded within {found.startup_s} s",
        f"- the longest answer worth waiting for when a replica leaves: {found.drain_s} s",
        "- ten times the error budget ends the step where there is no second version to compare with",
        *(f"- {line}" for line in platform.assumed(plan)),
        "",
        "## What this target cannot say",
        "",
    ]
    missing = [f"{gap.what} {gap.instead}" for gap in platform.gaps(plan)]
    return lines + [f"- {line}" for line in missing or ["Nothing of this plan."]]
