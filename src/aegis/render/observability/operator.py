"""The collector as an object of the OpenTelemetry operator: one on each node of the cluster."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.observability.collector import CHECKPOINTS, collector
from aegis.render.shared.apis import typed
from aegis.render.shared.objects import MONITORING_NAMESPACE, Object, framed

_BECAUSE = ("monitoring-stack", "data-retention")
_LOGS = "/var/log/pods"


def collector_object(plan: Plan, folder: str) -> Artifact:
    """The same configuration as `otel-collector.yaml`; where things go is a ConfigMap of yours.

    On each node, because it reads the gateway's audit records from the node's logs. Those belong to
    root, so it runs as root without any capability, and mounts them for reading only; it writes to one
    folder of the node, which holds how far it has read.
    """
    body: Object = {
        **typed("OpenTelemetryCollector"),
        "spec": {
            "mode": "daemonset",
            "config": collector(plan),
            "envFrom": [{"configMapRef": {"name": f"{plan.service}-telemetry"}}],
            "env": [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
            "resources": {
                "requests": {"cpu": "100m", "memory": "256Mi"},
                "limits": {"memory": "256Mi"},
            },
            "securityContext": {
                "runAsUser": 0,
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            # Accelerated nodes are tainted, and the gateways stand there.
            "tolerations": [{"operator": "Exists", "effect": "NoSchedule"}],
            "volumes": _volumes(plan),
            "volumeMounts": [
                {"name": "logs", "mountPath": _LOGS, "readOnly": True},
                {"name": "ca", "mountPath": "/etc/otel/tls", "readOnly": True},
                {"name": "checkpoints", "mountPath": CHECKPOINTS},
            ],
        },
    }
    item = framed(plan, plan.service, _BECAUSE, body)
    metadata = item["metadata"]
    if isinstance(metadata, dict):
        metadata["namespace"] = MONITORING_NAMESPACE
    return Artifact(path=f"{folder}/opentelemetrycollector.yaml", content=item, because=_BECAUSE)


def _volumes(plan: Plan) -> JsonValue:
    return [
        {"name": "logs", "hostPath": {"path": _LOGS, "type": "Directory"}},
        {
            "name": "checkpoints",
            "hostPath": {"path": f"{CHECKPOINTS}/{plan.service}", "type": "DirectoryOrCreate"},
        },
        {"name": "ca", "configMap": {"name": f"{plan.service}-telemetry-ca"}},
    ]
