"""What is scraped, and where secrets come from."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import Object, framed
from aegis.render.kubernetes.workload import secret_name
from aegis.render.shared.apis import typed
from aegis.render.shared.serving import serving


def pod_label(label: str) -> str:
    """How Prometheus names a label of a pod while it finds what to scrape."""
    return "__meta_kubernetes_pod_label_" + re.sub("[^0-9A-Za-z]", "_", label)


_BY_LABEL: Object = {"sourceLabels": [pod_label(names.TRACK_LABEL)], "targetLabel": "track"}
# What the gateway reads as files; values live in the secret store of each environment.
SECRETS = ("audit-key", "caller-keys")


def pod_monitor(plan: Plan, pods: Object, arms: Sequence[JsonValue] = (_BY_LABEL,)) -> Artifact:
    """Gateway and engine in one pod; `arms` say which version a pod is."""
    start = serving(plan).start
    engine = "engine-metrics" if start.metrics_port else "engine"
    endpoints = (("http", "/metrics"), (engine, start.metrics))
    return monitor(plan, plan.service, pods, endpoints, arms)


def monitor(
    plan: Plan,
    name: str,
    pods: Object,
    scraped: tuple[tuple[str, str], ...],
    arms: Sequence[JsonValue] = (_BY_LABEL,),
) -> Artifact:
    """Ports and paths of some pods; labels of the target win: a pod does not know that it is on trial."""
    relabel: list[JsonValue] = [
        {"targetLabel": "service", "replacement": plan.service},
        {"targetLabel": "environment", "replacement": "production"},
        *arms,
    ]
    endpoints: list[JsonValue] = [
        {
            "port": port,
            "path": path,
            "interval": "15s",
            "honorLabels": False,
            "relabelings": relabel,
        }
        for port, path in scraped
    ]
    body: Object = {
        **typed("PodMonitor"),
        "spec": {"selector": {"matchLabels": pods}, "podMetricsEndpoints": endpoints},
    }
    return Artifact(
        path=f"kubernetes/base/{name.replace(plan.service, 'podmonitor', 1)}.yaml",
        content=framed(plan, name, ("monitoring-stack",), body),
        because=("monitoring-stack",),
    )


def external_secret(plan: Plan, *, trial: bool = False) -> Artifact:
    """References only: names in the store, an environment's own store, no value anywhere."""
    secret = secret_name(plan, trial=trial)
    data: list[JsonValue] = [
        {
            "secretKey": name,
            "remoteRef": {"key": f"{plan.service}/production", "property": name},
        }
        for name in SECRETS
    ]
    return Artifact(
        path=f"kubernetes/{'canary' if trial else 'base'}/externalsecret.yaml",
        content=framed(plan, secret, ("secrets",), from_store(plan, secret, {"data": data})),
        because=("secrets",),
        environment="production" if trial else "",
    )


def from_store(plan: Plan, secret: str, entries: Object) -> Object:
    """A Secret that an environment's own store fills with those entries."""
    return {
        **typed("ExternalSecret"),
        "spec": {
            "refreshInterval": "1h",
            "secretStoreRef": {"name": plan.chosen("secrets"), "kind": "SecretStore"},
            "target": {"name": secret, "creationPolicy": "Owner"},
            **entries,
        },
    }
