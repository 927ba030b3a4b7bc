"""What the gateway obeys, and for a cluster the ConfigMap that carries it."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.gateway.policy import Policy, policy

_BECAUSE = ("gateway", "data-retention", "release-strategy")
__all__ = ["Policy", "policy", "render_gateway"]


def render_gateway(plan: Plan) -> tuple[Artifact, ...]:
    """The policy of the gateway; nothing where no request passes one."""
    if not plan.chosen("gateway"):
        return ()
    artifacts = [
        Artifact(
            path="gateway/policy.yaml",
            content=policy(plan).model_dump(mode="json"),
            because=_BECAUSE,
        )
    ]
    if plan.chosen("run-where") == "cluster":
        artifacts.append(
            Artifact(
                path="gateway/kustomization.yaml",
                content={
                    "apiVersion": "kustomize.config.k8s.io/v1beta1",
                    "kind": "Kustomization",
                    "generatorOptions": {"disableNameSuffixHash": True},
                    "configMapGenerator": [
                        {"name": f"{plan.service}-gateway", "files": ["policy.yaml"]}
                    ],
                },
                because=("gateway",),
            )
        )
    return tuple(artifacts)
