"""What the API server refuses in a pod template, rule by rule."""

from __future__ import annotations

import pytest
import yaml
from pydantic import JsonValue

from aegis.verify.api import verify_files

VOLUME: JsonValue = {"name": "v", "emptyDir": {}}
TOLERATION: JsonValue = {"effect": "NoSchedule"}
SKEW: JsonValue = {"maxSkew": 0, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}
CONTAINER: dict[str, JsonValue] = {"name": "engine", "image": "a@sha256:00"}


def messages(spec: dict[str, JsonValue], *, kind: str = "Deployment") -> list[str]:
    """What `kubernetes-rule` says of a workload with this pod spec."""
    template: JsonValue = {"metadata": {"labels": {"a": "b"}}, "spec": spec}
    outer: dict[str, JsonValue] = {"template": template}
    version = "batch/v1"
    if kind != "Job":
        outer["selector"] = {"matchLabels": {"a": "b"}}
        version = "apps/v1"
    value: JsonValue = {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"name": "llm"},
        "spec": outer,
    }
    found = verify_files({"a.yaml": yaml.safe_dump(value)}).findings
    return [f.message for f in found if f.name == "kubernetes-rule"]


def with_container(**fields: JsonValue) -> dict[str, JsonValue]:
    return {"containers": [{**CONTAINER, **fields}]}


def test_a_plain_pod_is_fine() -> None:
    assert messages(with_container()) == []


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        pytest.param({"containers": []}, "at least one container", id="no-container"),
        pytest.param({"containers": [CONTAINER, CONTAINER]}, "two containers", id="twice"),
        pytest.param(with_container(name="A_b"), "lower-case", id="container-name"),
        pytest.param(with_container(image=" "), "has no image", id="no-image"),
        pytest.param(with_container(imagePullPolicy="Often"), "Always", id="pull-policy"),
        pytest.param(
            with_container(ports=[{"containerPort": 70000}]), "1 to 65535", id="port-range"
        ),
        pytest.param(
            with_container(ports=[{"containerPort": 1, "name": "a-very-long-port-name"}]),
            "at most 15",
            id="port-name",
        ),
        pytest.param(
            with_container(ports=[{"containerPort": 1, "protocol": "tcp"}]), "TCP", id="protocol"
        ),
        pytest.param(with_container(env=[{"name": "A=B"}]), "cannot name", id="variable"),
        pytest.param(
            with_container(
                env=[
                    {
                        "name": "A",
                        "value": "x",
                        "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}},
                    }
                ]
            ),
            "both `value` and `valueFrom`",
            id="two-values",
        ),
        pytest.param(
            with_container(env=[{"name": "A", "valueFrom": {}}]), "exactly one", id="no-source"
        ),
        pytest.param(
            with_container(volumeMounts=[{"name": "v", "mountPath": "/v"}]),
            "no volume `v`",
            id="mount-without-volume",
        ),
        pytest.param(
            {**with_container(), "volumes": [{"name": "v"}]},
            "exactly one kind",
            id="no-volume-kind",
        ),
        pytest.param(
            {**with_container(), "volumes": [VOLUME, VOLUME]},
            "two volumes",
            id="volume-twice",
        ),
        pytest.param(
            with_container(resources={"limits": {"gpu": 1}}), "no resource", id="resource-name"
        ),
        pytest.param(
            with_container(resources={"limits": {"memory": "1Gi"}, "requests": {"memory": "2Gi"}}),
            "above the limit",
            id="request-above-limit",
        ),
        pytest.param(
            with_container(resources={"requests": {"nvidia.com/gpu": 1}}),
            "needs a limit",
            id="device-without-limit",
        ),
        pytest.param(
            with_container(
                resources={"requests": {"nvidia.com/gpu": 1}, "limits": {"nvidia.com/gpu": 2}}
            ),
            "must equal the limit",
            id="device-overcommitted",
        ),
        pytest.param(
            with_container(resources={"limits": {"nvidia.com/gpu": "500m"}}),
            "whole devices",
            id="half-a-device",
        ),
        pytest.param(
            with_container(resources={"limits": {"cpu": "-1"}}), "not be negative", id="negative"
        ),
        pytest.param(with_container(livenessProbe={}), "exactly one of exec", id="no-handler"),
        pytest.param(
            with_container(livenessProbe={"tcpSocket": {"port": 1}, "exec": {"command": ["a"]}}),
            "both given",
            id="two-handlers",
        ),
        pytest.param(
            with_container(livenessProbe={"tcpSocket": {"port": 1}, "successThreshold": 2}),
            "must be 1",
            id="liveness-threshold",
        ),
        pytest.param(
            with_container(lifecycle={"preStop": {"sleep": {"seconds": 60}}}),
            "at most the grace period of 30 s",
            id="sleep-above-grace",
        ),
        pytest.param(
            {**with_container(), "restartPolicy": "Never"}, "must be Always", id="restart-policy"
        ),
        pytest.param(
            {**with_container(), "tolerations": [TOLERATION]},
            "needs operator Exists",
            id="toleration-without-key",
        ),
        pytest.param(
            {
                **with_container(),
                "topologySpreadConstraints": [SKEW],
            },
            "at least 1",
            id="skew",
        ),
        pytest.param(
            with_container(securityContext={"privileged": True, "allowPrivilegeEscalation": False}),
            "exclude each other",
            id="privileged",
        ),
        pytest.param(
            {**with_container(), "terminationGracePeriodSeconds": -1}, "negative", id="grace"
        ),
    ],
)
def test_a_pod_template_is_refused(spec: dict[str, JsonValue], words: str) -> None:
    found = messages(spec)

    assert len(found) == 1, found
    assert words in found[0]


def test_a_job_restarts_on_failure_or_never() -> None:
    assert "OnFailure or Never" in messages(with_container(), kind="Job")[0]
    assert messages({**with_container(), "restartPolicy": "Never"}, kind="Job") == []


def test_a_template_of_a_stateful_set_may_mount_its_claims() -> None:
    value: JsonValue = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "store"},
        "spec": {
            "serviceName": "store",
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": with_container(volumeMounts=[{"name": "data", "mountPath": "/data"}]),
            },
            "volumeClaimTemplates": [
                {
                    "metadata": {"name": "data"},
                    "spec": {
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": "1Gi"}},
                    },
                }
            ],
        },
    }

    assert verify_files({"a.yaml": yaml.safe_dump(value)}).findings == ()
