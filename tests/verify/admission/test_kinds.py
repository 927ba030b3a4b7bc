"""What servers and webhooks refuse in other kinds, rule by rule."""

from __future__ import annotations

import pytest
import yaml
from pydantic import JsonValue

from aegis.verify.api import verify_files

Spec = dict[str, JsonValue]


def messages(
    api_version: str, kind: str, body: Spec, *, check: str, **meta: JsonValue
) -> list[str]:
    value: Spec = {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "a", **meta},
        **body,
    }
    found = verify_files({"a.yaml": yaml.safe_dump(value)}).findings
    return [f.message for f in found if f.name == check]


def port(**fields: JsonValue) -> Spec:
    return {"spec": {"selector": {"a": "b"}, "ports": [{"port": 80, **fields}]}}


POD: Spec = {
    "metadata": {"labels": {"a": "b"}},
    "spec": {"containers": [{"name": "c", "image": "i@sha256:00"}]},
}
WORKLOAD: Spec = {"selector": {"matchLabels": {"a": "b"}}, "template": POD}
RECREATE: JsonValue = {"type": "Recreate", "rollingUpdate": {}}
RBAC = "rbac.authorization.k8s.io"
ROLE: JsonValue = {"apiGroup": RBAC, "kind": "Role", "name": "r"}


@pytest.mark.parametrize(
    ("api_version", "kind", "body", "words"),
    [
        ("v1", "Service", port(port=0), "1 to 65535"),
        ("v1", "Service", {"spec": {}}, "at least one port"),
        ("v1", "Service", {"spec": {"ports": [{"port": 1}, {"port": 2}]}}, "needs a name"),
        (
            "v1",
            "Service",
            {"spec": {"ports": [{"name": "a", "port": 1}, {"name": "b", "port": 1}]}},
            "given twice",
        ),
        ("v1", "Service", {"spec": {"type": "Internal", "ports": [{"port": 1}]}}, "ClusterIP"),
        ("v1", "ConfigMap", {"data": {"a b": "c"}}, "letters, digits"),
        ("v1", "ConfigMap", {"data": {"a": "x" * 1_048_577}}, "at most 1,048,576"),
        ("v1", "ConfigMap", {"data": {"a": "b"}, "binaryData": {"a": "Yg=="}}, "in `data` too"),
        ("v1", "PersistentVolumeClaim", {"spec": {"accessModes": []}}, "`accessModes` is missing"),
        ("apps/v1", "Deployment", {"spec": {**WORKLOAD, "replicas": -1}}, "not be negative"),
        (
            "apps/v1",
            "Deployment",
            {"spec": {**WORKLOAD, "strategy": RECREATE}},
            "not allowed with type Recreate",
        ),
        (
            "apps/v1",
            "Deployment",
            {
                "spec": {
                    **WORKLOAD,
                    "strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
                }
            },
            "must not be 0 when maxSurge is 0",
        ),
        (
            "apps/v1",
            "Deployment",
            {"spec": {**WORKLOAD, "minReadySeconds": 60, "progressDeadlineSeconds": 60}},
            "greater than minReadySeconds",
        ),
        (
            "batch/v1",
            "CronJob",
            {"spec": {"schedule": "daily", "jobTemplate": {}}},
            "five fields",
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            {"spec": {"maxReplicas": 1, "minReplicas": 2, "scaleTargetRef": {"kind": "D", "name": "d"}}},
            "less than minReplicas",
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            {"spec": {"maxReplicas": 1, "minReplicas": 0, "scaleTargetRef": {"kind": "D", "name": "d"}}},
            "Object or External",
        ),
        (
            "policy/v1",
            "PodDisruptionBudget",
            {"spec": {"minAvailable": 1, "maxUnavailable": 1}},
            "exclude each other",
        ),
        ("policy/v1", "PodDisruptionBudget", {"spec": {"minAvailable": "120%"}}, "at most 100%"),
        ("scheduling.k8s.io/v1", "PriorityClass", {"value": 2_000_000_000}, "1,000,000,000"),
        ("networking.k8s.io/v1", "Ingress", {"spec": {}}, "needs `rules`"),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            {"spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10/8"}}]}]}},
            "is no CIDR",
        ),
        (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            {
                "spec": {
                    "podSelector": {},
                    "egress": [
                        {"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}}]}
                    ],
                }
            },
            "not inside the block",
        ),
        (f"{RBAC}/v1", "Role", {"rules": [{"resources": ["pods"], "apiGroups": [""], "verbs": []}]},
         "needs `verbs`"),
        (
            f"{RBAC}/v1",
            "RoleBinding",
            {"roleRef": ROLE, "subjects": [{"kind": "ServiceAccount", "name": "s"}]},
            "needs its `namespace`",
        ),
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicy",
            {
                "spec": {
                    "matchConstraints": {"resourceRules": [{"operations": ["CREATE"]}]},
                    "validations": [{"expression": "object.spec.replicas <"}],
                }
            },
            "no CEL expression",
        ),
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicyBinding",
            {"spec": {"policyName": "p", "validationActions": ["Deny", "Warn"]}},
            "exclude each other",
        ),
    ],
)  # fmt: skip
def test_the_api_server_refuses(api_version: str, kind: str, body: Spec, words: str) -> None:
    found = messages(api_version, kind, body, check="kubernetes-rule")

    assert any(words in message for message in found), found


MODEL: Spec = {"modelFormat": {"name": "sklearn"}, "storageUri": "pvc://a/b", "name": "c"}


def inference(*canaries: Spec, predictor: Spec | None = None) -> Spec:
    stable: Spec = {"name": "stable", "model": {"modelFormat": {"name": "sklearn"}}}
    return {"spec": {"predictor": {**stable, **(predictor or {})}, "canary": list(canaries)}}


def canary(share: int = 10, name: str = "trial", **fields: JsonValue) -> Spec:
    return {"trafficPercent": share, "predictor": {"name": name, "model": MODEL, **fields}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(inference(canary()), None, id="fine"),
        pytest.param(inference(canary(name="stable")), "is taken", id="the-stable-name"),
        pytest.param(inference(canary(), canary()), "is taken", id="two-of-one-name"),
        pytest.param(inference(canary(60), canary(60, "b")), "sum to 120", id="sum"),
        pytest.param(inference(canary(maxReplicas=2)), "fixed number", id="scaling"),
        pytest.param(inference(canary(minReplicas=3)), "must not exceed", id="larger-than-stable"),
        pytest.param(
            inference(canary(minReplicas=3), predictor={"minReplicas": 3}), None, id="as-large"
        ),
    ],
)
def test_kserve_judges_canaries(body: Spec, words: str | None) -> None:
    mode: JsonValue = {"serving.kserve.io/deploymentMode": "Standard"}
    found = messages(
        "serving.kserve.io/v1beta1",
        "InferenceService",
        body,
        check="kserve-canary-refused",
        annotations=mode,
    )

    assert (words is None and found == []) or (words or "") in " ".join(found)
    assert bool(found) is (words is not None)


def test_kserve_canaries_need_standard_mode() -> None:
    found = messages(
        "serving.kserve.io/v1beta1",
        "InferenceService",
        inference(canary()),
        check="kserve-canary-refused",
    )

    assert "deploymentMode: Standard" in found[0]


def rollout(canary_spec: Spec, **spec: JsonValue) -> Spec:
    return {"spec": {**WORKLOAD, "strategy": {"canary": canary_spec}, **spec}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(rollout({"steps": [{"setWeight": 5}, {"pause": {}}]}), None, id="fine"),
        pytest.param(rollout({"steps": [{}]}), "needs one of", id="empty-step"),
        pytest.param(
            rollout({"steps": [{"setWeight": 5, "pause": {}}]}), "in one step", id="two-in-one"
        ),
        pytest.param(rollout({"steps": [{"setWeight": 101}]}), "from 0 to 100", id="weight"),
        pytest.param(
            rollout({"steps": [{"pause": {"duration": "soon"}}]}), "no duration", id="pause"
        ),
        pytest.param(
            rollout({"steps": [{"setCanaryScale": {"replicas": 1}}]}),
            "needs trafficRouting",
            id="scale-without-routing",
        ),
        pytest.param(
            rollout({"stableService": "s", "canaryService": "s"}), "must be different", id="services"
        ),
        pytest.param(
            rollout({"trafficRouting": {"nginx": {"stableIngress": "i"}}}),
            "needs both stableService",
            id="nginx",
        ),
        pytest.param(rollout({"maxSurge": 0, "maxUnavailable": 0}), "both be 0", id="surge"),
        pytest.param(rollout({}, selector={"matchLabels": {"x": "y"}}), "not match", id="selector"),
        pytest.param(
            {"spec": {**WORKLOAD, "strategy": {"blueGreen": {"activeService": "s", "previewService": "s"}}}},
            "must be different",
            id="blue-green",
        ),
        pytest.param({"spec": {**WORKLOAD, "strategy": {}}}, "exactly one of", id="no-strategy"),
        pytest.param(rollout({}, minReadySeconds=900), "greater than", id="deadline"),
    ],
)  # fmt: skip
def test_argo_rollouts_judges_strategies(body: Spec, words: str | None) -> None:
    found = messages("argoproj.io/v1alpha1", "Rollout", body, check="rollout-refused")

    assert bool(found) is (words is not None), found
    assert (words or "") in " ".join(found)


TRIGGER: JsonValue = {"type": "cron", "metadata": {"start": "a", "end": "b"}}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param({"triggers": [TRIGGER]}, None, id="fine"),
        pytest.param({"triggers": []}, "at least one trigger", id="no-trigger"),
        pytest.param(
            {"triggers": [TRIGGER], "minReplicaCount": 0, "maxReplicaCount": 0},
            "more than maxReplicaCount",
            id="zero-at-most",
        ),
        pytest.param(
            {"triggers": [TRIGGER], "idleReplicaCount": 2, "minReplicaCount": 2},
            "less than minReplicaCount",
            id="idle",
        ),
        pytest.param(
            {
                "triggers": [{"type": "cpu", "metricType": "Utilization", "metadata": {"value": "5"}}],
                "fallback": {"failureThreshold": 3, "replicas": 2},
            },
            "AverageValue",
            id="fallback-on-cpu",
        ),
    ],
)  # fmt: skip
def test_keda_judges_scalers(spec: Spec, words: str | None) -> None:
    body: Spec = {"spec": {"scaleTargetRef": {"name": "d"}, **spec}}
    found = messages("keda.sh/v1alpha1", "ScaledObject", body, check="scaler-refused")

    assert bool(found) is (words is not None), found
    assert (words or "") in " ".join(found)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param({"replicas": 1}, None, id="fine"),
        pytest.param({"parallelism": {"data": 2}}, "go together", id="data-alone"),
        pytest.param({"worker": {"containers": [{"name": "main"}]}}, "needs `parallelism`", id="worker"),
        pytest.param(
            {"scaling": {"minReplicas": 3, "maxReplicas": 2, "wva": {"hpa": {}}}},
            "more than maxReplicas",
            id="bounds",
        ),
        pytest.param(
            {"scaling": {"maxReplicas": 2, "wva": {"hpa": {}, "keda": {}}}}, "one of hpa", id="actuators"
        ),
        pytest.param({"router": {"route": {"weight": 5}}}, "go together", id="weight-alone"),
        pytest.param(
            {"router": {"scheduler": {"config": {}}}}, "one of ref and inline", id="scheduler"
        ),
    ],
)  # fmt: skip
def test_kserve_judges_llm_services(spec: Spec, words: str | None) -> None:
    body: Spec = {"spec": {"model": {"uri": "oci://a/b"}, **spec}}
    found = messages(
        "serving.kserve.io/v1alpha2", "LLMInferenceService", body, check="llm-service-refused"
    )

    assert bool(found) is (words is not None), found
    assert (words or "") in " ".join(found)
