"""Signatures at the door: every image of staging and production is signed by the release pipeline.

The admission policy by digest stays in every cluster; this is beside it, where the plan's decision
on admission asks for more. Read for it: Kyverno v1.19.0 (`pkg/imageverification`, which adds the
images of `spec.images` to those of a pod's containers, and loads keys with cosign's own reader, so
`k8s://namespace/secret` names a key), policy-controller v0.15.1 (`pkg/webhook/validator.go`, which
looks at containers only, and skips the transparency log where an authority names none).
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import LIVE, Plan
from aegis.render.kubernetes.objects import ROOT, Object, framed
from aegis.render.shared.apis import typed

_BECAUSE = ("admission", "registry")
_NAMESPACE = {"kyverno": "kyverno", "sigstore-policy-controller": "cosign-system"}
INCLUDE_LABEL = "policy.sigstore.dev/include"
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
# With cosign 3, for each image of `release.env`, and nothing in a public log (cosign 4778, 5043).
_SIGN = {
    "kyverno": (
        (
            "cosign signing-config create --no-default-fulcio --no-default-oidc --no-default-rekor "
            "--no-default-tsa --out signing.json"
        ),
        'cosign sign --yes --signing-config signing.json --key "$SIGNING_KEY" "$IMAGE@$DIGEST"',
    ),
    "sigstore-policy-controller": (
        (
            "cosign sign --yes --new-bundle-format=false --use-signing-config=false --tlog-upload=false "
            '--key "$SIGNING_KEY" "$IMAGE@$DIGEST"'
        ),
    ),
}
_MOUNTED = (
    "has(object.spec.volumes) ? "
    "object.spec.volumes.filter(v, has(v.image)).map(v, v.image.reference) : []"
)


def signatures(plan: Plan, pods: Object) -> tuple[Artifact, ...]:
    """The policy of the tool that the plan chose, for these pods; nothing where digests are enough."""
    bodies = {"kyverno": _kyverno, "sigstore-policy-controller": _sigstore}
    body = bodies.get(plan.chosen("admission"))
    if body is None:
        return ()
    return (
        Artifact(
            path=f"{ROOT}/cluster/signatures.yaml",
            content=framed(plan, f"{plan.service}-signed-images", _BECAUSE, body(plan, pods)),
            because=_BECAUSE,
        ),
    )


def needs(plan: Plan) -> tuple[str, ...]:
    """The project that has to stand in the cluster for it."""
    tool = plan.chosen("admission")
    return (tool,) if tool in _NAMESPACE else ()


def namespace_labels(plan: Plan, environment: str) -> Object:
    """The label by which the policy controller is asked to look at a namespace."""
    asked = plan.chosen("admission") == "sigstore-policy-controller" and environment in LIVE
    return {INCLUDE_LABEL: "true"} if asked else {}


def key_name(plan: Plan) -> str:
    """The Secret with the public key, in the namespace of the controller that reads it."""
    return f"{plan.service}-signing-key"


def _kyverno(plan: Plan, pods: Object) -> Object:
    verified: list[JsonValue] = [
        {
            "expression": f"images.{images}.map(i, verifyImageSignatures(i, [attestors.release])).all(n, n > 0)",
            "message": f"{what}: sign the image with the key of the release pipeline",
        }
        for images, what in (*((c, c) for c in _CONTAINERS), ("mounted", "mounted images"))
    ]
    namespaces: JsonValue = [
        {"key": "kubernetes.io/metadata.name", "operator": "In", "values": list(LIVE)}
    ]
    return {
        **typed("ImageValidatingPolicy"),
        "spec": {
            "validationActions": ["Deny"],
            "failurePolicy": "Fail",
            "webhookConfiguration": {"timeoutSeconds": 30},
            # Pods are judged when they start, whoever made them: a Rollout, a group, a person.
            "autogen": {"podControllers": {"controllers": []}},
            "evaluation": {"background": {"enabled": False}},
            "matchConstraints": {
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["pods", "pods/ephemeralcontainers"],
                    }
                ],
                "namespaceSelector": {"matchExpressions": namespaces},
                "objectSelector": {"matchLabels": pods},
            },
            "matchImageReferences": [{"glob": "*"}],
            "images": [{"name": "mounted", "expression": _MOUNTED}],
            "attestors": [
                {
                    "name": "release",
                    "cosign": {
                        "key": {"kms": f"k8s://{_NAMESPACE['kyverno']}/{key_name(plan)}"},
                        # A key of your own: nothing about your images stands in a public log.
                        "ctlog": {"insecureIgnoreTlog": True},
                    },
                }
            ],
            "validationConfigurations": {
                "mutateDigest": False,
                "verifyDigest": True,
                "required": True,
            },
            "validations": verified,
        },
    }


def _sigstore(plan: Plan, pods: Object) -> Object:
    return {
        **typed("ClusterImagePolicy"),
        "spec": {
            "mode": "enforce",
            "images": [{"glob": "**"}],
            "match": [
                {
                    "group": "",
                    "version": "v1",
                    "resource": "pods",
                    "selector": {"matchLabels": pods},
                }
            ],
            "authorities": [
                {
                    "name": "release",
                    "key": {
                        "secretRef": {
                            "name": key_name(plan),
                            "namespace": _NAMESPACE["sigstore-policy-controller"],
                        },
                        "hashAlgorithm": "sha256",
                    },
                    "signatureFormat": "legacy",
                }
            ],
        },
    }


def page(plan: Plan) -> list[str]:
    """Lines of the README: the key, and how what is released gets its signature."""
    tool = plan.chosen("admission")
    if tool not in _NAMESPACE:
        return []
    lines = [
        "## Signatures",
        "",
        (
            "In staging and production no pod of the service starts unless the release pipeline signed each of its "
            "images; digests are asked for everywhere. The public key is a Secret that `cluster/signatures.yaml` names:"
        ),
        "",
        "```sh",
        f"kubectl -n {_NAMESPACE[tool]} create secret generic {key_name(plan)} --from-file=cosign.pub",
        *_SIGN[tool],
        "```",
        "",
        "`SIGNING_KEY` is a reference into your key service, never a file in a repository.",
    ]
    if tool == "kyverno":
        lines += [
            "",
            "Give its admission controller three replicas and an alert: while it is away, no pod of it starts.",
        ]
    else:
        lines += [
            "",
            (
                "The controller reads the images of containers only: verify the weights in the pipeline, before "
                "`set-images.sh` (`cosign verify --key cosign.pub --insecure-ignore-tlog=true "
                '"$MODEL_IMAGE@$MODEL_DIGEST"`). A signature made '
                "with a key is read in the older format only (policy-controller 1958)."
            ),
        ]
    return [*lines, ""]
