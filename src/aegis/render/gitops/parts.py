"""What is applied, in which order, and to which cluster."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.base import conventions as names
from aegis.plan.case import ON_CLUSTER
from aegis.plan.types import Plan
from aegis.render.shared.objects import MONITORING_NAMESPACE

# Names to replace by yours: a repository that holds this bundle, and the clusters by name.
REPOSITORY = "https://git.internal/{service}.git"
CLUSTERS = {
    "development": "non-production",
    "staging": "non-production",
    "production": "production",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A folder of the bundle, applied as one."""

    name: str
    path: str
    cluster: str
    namespace: str
    wave: int
    environment: str = ""


def parts(plan: Plan) -> tuple[Part, ...]:
    """Foundations before environments; an environment never waits for another."""
    rules = tuple(_rules(plan, cluster) for cluster in dict.fromkeys(CLUSTERS.values()))
    if plan.chosen("run-where") == "batch-job":
        return (*rules, *_environments(plan, "batch"))
    if plan.chosen("serving-platform") not in ON_CLUSTER:
        return ()
    foundations = [
        Part(
            name=f"{plan.service}-cluster-{cluster}",
            path="kubernetes/cluster",
            cluster=cluster,
            namespace="default",
            wave=0,
        )
        for cluster in dict.fromkeys(CLUSTERS.values())
    ]
    return (*foundations, *rules, *_environments(plan, "kubernetes"))


def _rules(plan: Plan, cluster: str) -> Part:
    """What watches: rehearsals in staging are judged by rules too."""
    production = cluster == CLUSTERS["production"]
    return Part(
        name=f"{plan.service}-rules" if production else f"{plan.service}-rules-{cluster}",
        path="observability/kubernetes" if production else f"observability/{cluster}",
        cluster=cluster,
        namespace=MONITORING_NAMESPACE,
        wave=1,
    )


def _environments(plan: Plan, root: str) -> tuple[Part, ...]:
    return tuple(
        Part(
            name=f"{plan.service}-{environment}",
            path=f"{root}/overlays/{environment}",
            cluster=CLUSTERS[environment],
            namespace=environment,
            wave=2,
            environment=environment,
        )
        for environment in names.ENVIRONMENTS
    )


def repository(plan: Plan) -> str:
    """Where the bundle lies in version control."""
    return REPOSITORY.format(service=plan.service)
