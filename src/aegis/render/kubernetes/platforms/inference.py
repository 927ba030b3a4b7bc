"""The inference Gateway of a cluster, which leads to pools, and who may ask it."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.network import namespace
from aegis.render.kubernetes.objects import (
    GATEWAY_NAMESPACE,
    INFERENCE_GATEWAY,
    MONITORING_NAMESPACE,
    ROLE_LABEL,
    ROOT,
    Object,
    framed,
)
from aegis.render.kubernetes.platforms.tracks import FRONT
from aegis.render.shared.apis import typed
from aegis.render.shared.gap import Gap

_PROXY = "gateway.networking.k8s.io/gateway-name"
GAP = Gap(
    what="Who calls the inference Gateway: its proxies are not of this bundle, and whoever reaches "
    "them reaches the engine past the guardrails.",
    instead="`cluster/inference-gateway.yaml` lets only gateways of Aegis in, where the proxies run "
    f"in namespace `gateways` with the label `{_PROXY}`; elsewhere restrict them yourself.",
)


def address(name: str) -> str:
    """Where the gateway of a version asks; the path is that of its own namespace."""
    return f"http://{INFERENCE_GATEWAY}.{GATEWAY_NAMESPACE}.svc/$(NAMESPACE)/{name}"


def proxies() -> JsonValue:
    """The proxies of the inference Gateway, as a peer of a policy."""
    return {
        **namespace(GATEWAY_NAMESPACE),
        "podSelector": {"matchLabels": {_PROXY: INFERENCE_GATEWAY}},
    }


def guard(plan: Plan) -> tuple[Artifact, ...]:
    """Only gateways of Aegis reach the proxies of the inference Gateway, once a cluster."""
    body: Object = {
        **typed("NetworkPolicy"),
        "spec": {
            "podSelector": {"matchLabels": {_PROXY: INFERENCE_GATEWAY}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [
                        {
                            "namespaceSelector": {},
                            "podSelector": {"matchLabels": {ROLE_LABEL: FRONT}},
                        },
                        namespace(MONITORING_NAMESPACE),
                    ]
                }
            ],
        },
    }
    content = framed(plan, f"{plan.service}-inference-gateway", ("network",), body)
    metadata = content["metadata"]
    if isinstance(metadata, dict):
        metadata["namespace"] = GATEWAY_NAMESPACE
    return (
        Artifact(
            path=f"{ROOT}/cluster/inference-gateway.yaml", content=content, because=("network",)
        ),
    )
