"""The release as a template of Argo Workflows, submitted by whatever hears of a merge."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.scripts import PROMOTIONS, STEP
from aegis.render.shared.apis import typed
from aegis.render.shared.objects import Object, framed

_BECAUSE = ("pipeline-orchestrator", "release-strategy")
_HOURS_S = 2 * 3600


def argo_workflow(plan: Plan) -> tuple[Artifact, ...]:
    """Gate and promotion as one workflow a target; its only right is to push a branch."""
    targets: list[JsonValue] = [target for _, target in PROMOTIONS]
    body: Object = {
        **typed("WorkflowTemplate"),
        "spec": {
            "entrypoint": "release",
            "activeDeadlineSeconds": _HOURS_S,
            "automountServiceAccountToken": False,
            "synchronization": {"mutexes": [{"name": f"release-{plan.service}"}]},
            "arguments": {
                "parameters": [
                    {"name": "target", "enum": targets, "description": "the environment to open"},
                    {"name": "commit", "description": "full name of a merged commit"},
                    {"name": "repository", "description": "address of the repository, over https"},
                    {"name": "image", "description": "holds aegis and git; by digest"},
                ]
            },
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "fsGroup": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "volumes": [{"name": "work", "emptyDir": {"sizeLimit": "1Gi"}}],
            "templates": [{"name": "release", "container": _container(plan)}],
        },
    }
    return (
        Artifact(
            path="pipelines/argo-workflow.yaml",
            content=framed(plan, f"{plan.service}-release", _BECAUSE, body),
            because=_BECAUSE,
        ),
    )


def _container(plan: Plan) -> Object:
    token: Object = {"secretKeyRef": {"name": f"{plan.service}-release", "key": "token"}}
    return {
        "image": "{{workflow.parameters.image}}",
        "command": ["sh", "-c", STEP, "release.sh"],
        "args": ["propose", "{{workflow.parameters.target}}", "{{workflow.parameters.commit}}"],
        "env": [
            {"name": "HOME", "value": "/work"},
            {"name": "TMPDIR", "value": "/work"},
            {"name": "REPOSITORY", "value": "{{workflow.parameters.repository}}"},
            {"name": "RELEASE_TOKEN", "valueFrom": token},
        ],
        "resources": {
            "requests": {"cpu": "500m", "memory": "512Mi"},
            "limits": {"memory": "512Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "work", "mountPath": "/work"}],
    }
