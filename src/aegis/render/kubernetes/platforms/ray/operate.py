"""The commands of a release on Ray, for the README."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.ray.cluster import HEAD_CPU, HEAD_MEMORY_GIB
from aegis.render.shared.serving import slots, trial_replicas

_APPLY = f"kubectl apply --server-side -k overlays/production -l {tracks.WEIGHTS_LABEL}!=rollout"


def operate(plan: Plan) -> list[str]:
    """How a version comes on trial, is promoted, and goes back; and what an upgrade needs."""
    if not trial_replicas(plan):
        made = _made_again(plan, "nobody is served until the weights are loaded")
        return [*tracks.in_place(plan, made), *_upgrades(plan)]
    made = _made_again(plan, "before, the trial must carry all traffic")
    end = ["kubectl delete -k overlays/canary"]
    return [*tracks.steps(plan, begin=[], end=end, ready=made), *_upgrades(plan)]


def _made_again(plan: Plan, meanwhile: str) -> list[str]:
    """A cluster takes new images by being made again."""
    return [
        f"# the cluster is made again with the new images; {meanwhile}",
        f"kubectl -n production delete rayservice {plan.service} --wait",
        _APPLY,
        f"kubectl -n production wait rayservice/{plan.service} --for=condition=Ready --timeout=60m",
    ]


def _upgrades(plan: Plan) -> list[str]:
    """The ways that KubeRay knows, with the devices that each needs."""
    places = slots(plan)
    one = places.replicas * max(1, plan.capacity.per_replica)
    return [
        "## Changes without a release",
        "",
        "- `serveConfigV2`: Serve changes in place, replica by replica, without a second cluster.",
        "- anything in `rayClusterConfig`, images too: a new cluster. This bundle says so by `None`.",
        "",
        "| strategy | devices while it lasts | what it asks |",
        "|---|---|---|",
        f"| `None`, as here | {one} for each version that stands | the steps above |",
        f"| `NewCluster` | {2 * one}, and those of a trial | all at once, without analysis |",
        (
            f"| `NewClusterWithIncrementalUpgrade` | more than {one}, by `maxSurgePercent` | Ray's scaler, a class of "
            "the Gateway API, and KubeRay's feature gate |"
        ),
        "",
        (
            "A second cluster that finds no device waits for ever beside the old one: it never fails. The head's "
            f"{HEAD_CPU} CPUs and {HEAD_MEMORY_GIB} GiB are an assumption."
        ),
        "",
    ]
