"""Development, staging and production: the same base, and each difference in a file."""

from __future__ import annotations

import json

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes import entry
from aegis.render.kubernetes.objects import ROOT, Object, replace
from aegis.render.kubernetes.platforms.judge import judge
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.watching import external_secret
from aegis.render.kubernetes.workload import secret_name
from aegis.render.shared.pins import pins
from aegis.render.shared.serving import nodes_per_replica, serving

_KUSTOMIZE = "kustomize.config.k8s.io/v1beta1"


def base(artifacts: tuple[Artifact, ...]) -> Artifact:
    """The kustomization over the files of the base, and the gateway's policy beside them."""
    prefix = f"{ROOT}/base/"
    files: list[JsonValue] = [
        *sorted(a.path.removeprefix(prefix) for a in artifacts if a.path.startswith(prefix))
    ]
    return _kustomization(
        f"{ROOT}/base", {"resources": ["../../gateway", *files]}, ("serving-platform",)
    )


def component(
    name: str, artifacts: tuple[Artifact, ...], added: Changes = (), beside: tuple[str, ...] = ()
) -> tuple[Artifact, ...]:
    """Files of some environments only.

    `release` judges in production, which alone has traffic to judge by; `direct` is what stands
    before it where a controller makes the same in production.
    """
    if not artifacts:
        return ()
    moved = tuple(
        a.model_copy(update={"path": a.path.replace("/base/", f"/components/{name}/")})
        for a in artifacts
    )
    files: list[JsonValue] = [*beside, *sorted(a.path.rsplit("/", 1)[1] for a in moved)]
    listed = Artifact(
        path=f"{ROOT}/components/{name}/kustomization.yaml",
        content={
            "apiVersion": "kustomize.config.k8s.io/v1alpha1",
            "kind": "Component",
            "resources": files,
            **({"patches": [_patch(*change) for change in added]} if added else {}),
        },
        because=("release-strategy",),
    )
    return (*moved, listed)


def overlays(plan: Plan, platform: Platform) -> tuple[Artifact, ...]:
    """An overlay for each environment."""
    return tuple(
        part for environment in names.ENVIRONMENTS for part in _overlay(plan, platform, environment)
    )


def trial(plan: Plan, platform: Platform) -> tuple[Artifact, ...]:
    """The version on trial: objects of its own, with images of its own, in production."""
    made = platform.canary(plan)
    if not made:
        return ()
    objects = (*made, external_secret(plan, trial=True), *judge(plan))
    folder, prefix = f"{ROOT}/overlays/canary", f"{ROOT}/canary/"
    objects_only = (a.path for a in objects if a.path.endswith(".yaml"))
    files: list[JsonValue] = [*sorted(path.removeprefix(prefix) for path in objects_only)]
    because = ("release-strategy",)
    content: Object = {
        "namespace": "production",
        "resources": ["../../canary"],
        "components": ["images"],
        "labels": [_environment_label("production")],
    }
    return (
        *objects,
        _kustomization(
            f"{ROOT}/canary", {"resources": ["../../rollout", *files]}, because, "production"
        ),
        _kustomization(folder, content, because, "production"),
        *pins(folder, "production", platform.images(plan), mounted=platform.mounted),
    )


def _environment_label(environment: str) -> JsonValue:
    return {
        "pairs": {names.ENVIRONMENT_LABEL: environment},
        "includeSelectors": False,
        "includeTemplates": True,
    }


def _kustomization(
    folder: str, content: Object, because: tuple[str, ...], environment: str = ""
) -> Artifact:
    return Artifact(
        path=f"{folder}/kustomization.yaml",
        content={"apiVersion": _KUSTOMIZE, "kind": "Kustomization", **content},
        because=because,
        environment=environment,
    )


def _overlay(plan: Plan, platform: Platform, environment: str) -> tuple[Artifact, ...]:
    folder = f"{ROOT}/overlays/{environment}"
    production = environment == "production"
    own, files = ("release", platform.judged) if production else ("direct", platform.direct)
    components: list[JsonValue] = [
        *([f"../../components/{own}"] if files(plan) else []),
        *(["../../components/entry"] if entry.entered(plan) else []),
        "images",
    ]
    kind, place = platform.hosts(plan, environment)
    outer: Object = {"kind": kind, "name": plan.service}
    patches: list[JsonValue] = [{"path": "site.yaml", "target": outer}]
    patches += [_patch(*change) for change in changes(plan, platform, environment)]
    if not production:
        patches += [_patch(*change) for change in entry.changes(plan, environment)]
    replaced = entry.replacements(plan, platform, environment)
    content: Object = {
        "namespace": environment,
        "resources": ["../../base"],
        "components": components,
        "labels": [_environment_label(environment)],
        "patches": patches,
        **({"replacements": replaced} if replaced else {}),
    }
    because = ("environments",)
    site = Artifact(
        path=f"{folder}/site.yaml",
        content=_site(plan, environment, place),
        because=("environments", "gateway"),
        environment=environment,
    )
    return (
        _kustomization(folder, content, because, environment),
        site,
        *pins(folder, environment, platform.images(plan), mounted=platform.mounted),
    )


def hostnames(plan: Plan, environment: str) -> list[JsonValue]:
    """Where callers find an environment until you say otherwise."""
    return [f"{plan.service}.{environment}.internal"]


def _site(plan: Plan, environment: str, place: str) -> list[JsonValue]:
    """What only you know: edit it, it is never written over."""
    return [replace(place, hostnames(plan, environment))]


def changes(plan: Plan, platform: Platform, environment: str) -> Changes:
    """What differs from production, as JSON patches by kind."""
    if environment == "production":
        return ()
    return (
        ("PodMonitor", [_scrape(index, environment) for index in range(platform.endpoints)]),
        (
            f"ExternalSecret/{secret_name(plan, trial=False)}",
            [_secret(plan, index, environment) for index in range(2)],
        ),
        ("ResourceQuota", _quota(plan, platform)),
        *platform.one_replica(plan),
        *platform.elsewhere(plan, environment),
        *_scaler(plan, platform),
    )


def _patch(kind: str, changes: list[Object]) -> JsonValue:
    """A patch as inline YAML, which is what kustomize reads."""
    lines = []
    for change in changes:
        lines.append(f"- op: {change['op']}\n  path: {change['path']}")
        if "value" in change:
            lines.append(f"  value: {_inline(change['value'])}")
    of, _, name = kind.partition("/")
    target: Object = {"kind": of, **({"name": name} if name else {})}
    return {"target": target, "patch": "\n".join(lines) + "\n"}


def _inline(value: JsonValue) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(_inline(v) for v in value)}]"
        case dict():
            return "{" + ", ".join(f"{k}: {_inline(v)}" for k, v in value.items()) + "}"
        case _:
            return str(value)


def _scrape(index: int, environment: str) -> Object:
    path = f"/spec/podMetricsEndpoints/{index}/relabelings/1/replacement"
    return replace(path, environment)


def _secret(plan: Plan, index: int, environment: str) -> Object:
    return replace(f"/spec/data/{index}/remoteRef/key", f"{plan.service}/{environment}")


def _quota(plan: Plan, platform: Platform) -> list[Object]:
    """Room for one replica of each role: another comes after it has gone."""
    found = serving(plan)
    roles = 2 if plan.chosen("feature-disaggregation") == "on" else 1
    pods = 5 + roles * nodes_per_replica(plan) + min(4, platform.beside(plan))
    hard: Object = {"pods": str(pods)}
    if found.resource:
        hard[f"requests.{found.resource}"] = str(roles * found.devices)
    return [replace("/spec/hard", hard)]


def _scaler(plan: Plan, platform: Platform) -> Changes:
    if plan.chosen("scaling") != "queue-signal" or not platform.scaled(plan):
        return ()
    one = ("/spec/minReplicaCount", "/spec/maxReplicaCount", "/spec/fallback/replicas")
    return (("ScaledObject", [replace(path, 1) for path in one]),)
