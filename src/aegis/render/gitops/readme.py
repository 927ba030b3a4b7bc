"""The page beside the objects of GitOps: who applies them first, and what they find by name."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.gitops.parts import CLUSTERS, repository
from aegis.render.shared.health import health_of


def readme(plan: Plan) -> Artifact:
    """How it begins; afterwards git is the only way in."""
    body = _argo(plan) if plan.chosen("gitops") == "argo-cd" else _flux(plan)
    lines = [
        f"# GitOps of {plan.service}",
        "",
        (
            f"Rendered from plan `{plan.id}`. The bundle lies in `{repository(plan)}`, a name to replace by yours. "
            "A person applies these files once; from then on what is merged is applied, and what is changed by "
            "hand is put back. Weights, replicas and hashes that a release or a scaler owns are left alone."
        ),
        "",
        *body,
        "",
        (
            "The way back is a revert of the commit: digests stand in git. Namespaces are never pruned: with them "
            "everything in them would go."
        ),
    ]
    return Artifact(path="gitops/README.md", content="\n".join(lines) + "\n", because=("gitops",))


def _argo(plan: Plan) -> list[str]:
    clusters = " and ".join(f"`{name}`" for name in dict.fromkeys(CLUSTERS.values()))
    health = (
        [
            "kubectl apply --server-side -f gitops/argo-cd/cluster/health.yaml   # health of kinds that have none"
        ]
        if health_of(plan)
        else []
    )
    return [
        (
            f"Argo CD 3.5 knows the clusters {clusters} by name (`argocd cluster add CONTEXT --name NAME`) and the "
            "repository by credentials of its own. Then, where Argo CD runs:"
        ),
        "",
        "```sh",
        *health,
        "kubectl apply --server-side -f gitops/argo-cd/project.yaml",
        "kubectl apply --server-side -f gitops/argo-cd/",
        "```",
        "",
        (
            "All applications begin at once; one that finds no namespace yet tries again. Sync waves order them "
            "only under an application of applications, with a health check for the kind `Application`."
        ),
    ]


def _flux(plan: Plan) -> list[str]:
    service = plan.service
    return [
        (
            "Flux 2.9 runs in each cluster. Before its file is applied there, it needs an account that may apply what "
            "the bundle holds (namespaces and admission policies among it: bind it to a role of yours, `cluster-admin` "
            "is the widest) and the credentials of the repository:"
        ),
        "",
        "```sh",
        f"kubectl -n flux-system create serviceaccount {service}-deployer",
        (
            f"kubectl create clusterrolebinding {service}-deployer --clusterrole=ROLE "
            f"--serviceaccount=flux-system:{service}-deployer"
        ),
        f'flux create secret git {service}-git --url={repository(plan)} --username=NAME --password="$TOKEN"',
        "kubectl apply --server-side -f gitops/flux/CLUSTER.yaml   # "
        + " or ".join(dict.fromkeys(CLUSTERS.values())),
        "```",
    ]
