"""What watches a plan: rules with their unit tests, routes, a dashboard, a collector."""

from __future__ import annotations

import dataclasses

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.observability.collector import collector
from aegis.render.observability.dashboard import dashboard
from aegis.render.observability.operator import collector_object
from aegis.render.observability.readme import readme
from aegis.render.observability.routing import alertmanager
from aegis.render.observability.rule import Group
from aegis.render.observability.rules import groups, rules_file, tests_files
from aegis.render.shared.objects import MONITORING_NAMESPACE
from aegis.render.shared.reading import labels

_FOLDER = "observability"
_BECAUSE = ("monitoring-stack",)


def render_observability(plan: Plan, more: tuple[Group, ...] = ()) -> tuple[Artifact, ...]:
    """Prometheus rules (`more` are compiled elsewhere) and their tests, routes, Grafana, OpenTelemetry."""
    found = (*groups(plan), *more)
    artifacts = [part for group in found for part in _rules(group)]
    artifacts += [
        Artifact(path=f"{_FOLDER}/alertmanager.yaml", content=alertmanager(plan), because=_BECAUSE),
        Artifact(
            path=f"{_FOLDER}/grafana/{plan.service}.json",
            content=dashboard(plan),
            because=(*_BECAUSE, "release-strategy"),
        ),
        Artifact(
            path=f"{_FOLDER}/otel-collector.yaml",
            content=collector(plan),
            because=(*_BECAUSE, "data-retention"),
        ),
        readme(plan),
    ]
    if plan.chosen("run-where") in {"cluster", "batch-job"}:
        artifacts += _objects(plan, found)
    return tuple(artifacts)


def _rules(group: Group) -> list[Artifact]:
    name = f"{group.name}.yaml"
    artifacts = [
        Artifact(
            path=f"{_FOLDER}/prometheus/rules/{name}",
            content=rules_file((group,)),
            because=_BECAUSE,
        )
    ]
    for step, tests in tests_files(group, f"../rules/{name}").items():
        artifacts.append(
            Artifact(
                path=f"{_FOLDER}/prometheus/tests/{group.name}-{step}.yaml",
                content=tests,
                because=_BECAUSE,
            )
        )
    return artifacts


def _objects(plan: Plan, found: tuple[Group, ...]) -> list[Artifact]:
    """The same rules as objects of the Prometheus operator, for each cluster."""
    beside = tuple(_elsewhere(group) for group in found)
    return [
        *_cluster(plan, f"{_FOLDER}/kubernetes", found),
        *_cluster(plan, f"{_FOLDER}/non-production", tuple(g for g in beside if g.recordings)),
    ]


def _elsewhere(group: Group) -> Group:
    """The rules of a group that hold outside production too: those about it would be silent or alarmed."""
    about = 'environment="production"'
    return dataclasses.replace(
        group,
        recordings=tuple(r for r in group.recordings if about not in r.expr),
        alerts=tuple(a for a in group.alerts if about not in a.expr),
    )


def _cluster(plan: Plan, folder: str, found: tuple[Group, ...]) -> list[Artifact]:
    """Rules and collector of one cluster, in the namespace of what watches."""
    rule = Artifact(
        path=f"{folder}/prometheusrule.yaml",
        content={
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": plan.service, "labels": dict(labels(plan))},
            "spec": rules_file(found),
        },
        because=_BECAUSE,
    )
    on_cluster = plan.chosen("run-where") == "cluster"
    collectors = [collector_object(plan, folder)] if on_cluster else []
    files: list[JsonValue] = [a.path.rpartition("/")[2] for a in (*collectors, rule)]
    kustomization = Artifact(
        path=f"{folder}/kustomization.yaml",
        content={
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": MONITORING_NAMESPACE,
            "resources": files,
        },
        because=_BECAUSE,
    )
    return [*collectors, rule, kustomization]
