"""What a platform team applies once a cluster: namespaces, admission, priority."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import NONE, PRIORITY, ROOT, Object, framed
from aegis.render.kubernetes.signatures import namespace_labels
from aegis.render.shared.apis import typed

_FOLDER = f"{ROOT}/cluster"
_DIGEST = "'@sha256:[0-9a-f]{64}$'"
_PINNED = (
    ("containers", f"object.spec.containers.all(c, c.image.matches({_DIGEST}))"),
    (
        "init containers",
        (
            "!has(object.spec.initContainers) || "
            f"object.spec.initContainers.all(c, c.image.matches({_DIGEST}))"
        ),
    ),
    (
        "mounted images",
        (
            "!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.image) || "
            f"v.image.reference.matches({_DIGEST}))"
        ),
    ),
)


# Whoever removes the file of a namespace does not mean everything in it.
_KEPT = {
    "argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}


def cluster(plan: Plan, pods: Object, once: tuple[Artifact, ...]) -> tuple[Artifact, ...]:
    """Namespaces, the admission policy for these pods with its binding, the priority class."""
    policy = f"{plan.service}-pinned-images"
    return (
        _file(
            plan, "namespaces", ("environments",), [_namespace(plan, e) for e in names.ENVIRONMENTS]
        ),
        _file(
            plan,
            "admission",
            ("registry", "admission"),
            [_policy(policy, pods), _binding(plan, policy)],
        ),
        _file(plan, "priorityclass", ("scheduling",), [_priority(plan)]),
        Artifact(
            path=f"{_FOLDER}/kustomization.yaml",
            content={
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": [
                    "namespaces.yaml",
                    "priorityclass.yaml",
                    "admission.yaml",
                    *(each.path.removeprefix(f"{_FOLDER}/") for each in once),
                ],
            },
            because=("environments",),
        ),
        *once,
    )


def _file(plan: Plan, name: str, because: tuple[str, ...], objects: list[Object]) -> Artifact:
    framed_objects: list[JsonValue] = [_framed(plan, because, o) for o in objects]
    return Artifact(
        path=f"{_FOLDER}/{name}.yaml", content=framed_objects, because=because, documents=True
    )


def _framed(plan: Plan, because: tuple[str, ...], item: Object) -> Object:
    """An object with its name and labels of its own beside those that all have."""
    name, more = str(item.pop("name")), item.pop("labels", {})
    made = framed(plan, name, because, item, _KEPT if item["kind"] == "Namespace" else NONE)
    metadata = made["metadata"]
    if more and isinstance(metadata, dict) and isinstance(metadata["labels"], dict):
        metadata["labels"] |= more if isinstance(more, dict) else {}
    return made


def _namespace(plan: Plan, environment: str) -> Object:
    return {
        "name": environment,
        **typed("Namespace"),
        "labels": namespace_labels(plan, environment),
    }


def _priority(plan: Plan) -> Object:
    return {
        "name": PRIORITY,
        **typed("PriorityClass"),
        "value": 100000,
        "globalDefault": False,
        "description": f"Serving goes before batch and experiments ({plan.service}).",
    }


def _policy(name: str, pods: Object) -> Object:
    validations: list[JsonValue] = [
        {"expression": rule, "message": f"{what}: name the image by digest"}
        for what, rule in _PINNED
    ]
    return {
        "name": name,
        **typed("ValidatingAdmissionPolicy"),
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["pods"],
                    }
                ],
                "objectSelector": {"matchLabels": pods},
            },
            "validations": validations,
        },
    }


def _binding(plan: Plan, policy: str) -> Object:
    del plan
    return {
        "name": policy,
        **typed("ValidatingAdmissionPolicyBinding"),
        "spec": {
            "policyName": policy,
            "validationActions": ["Deny"],
            "matchResources": {
                "namespaceSelector": {
                    "matchExpressions": [
                        {
                            "key": "kubernetes.io/metadata.name",
                            "operator": "In",
                            "values": list(names.ENVIRONMENTS),
                        }
                    ]
                }
            },
        },
    }
