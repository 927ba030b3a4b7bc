"""What Flagger accepts and cannot carry out, and the second copy that its releases need."""

from __future__ import annotations

import pytest

from aegis.verify.api import verify_files

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: llm, namespace: production}
spec:
  selector: {matchLabels: {app: llm}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: llm}}
    spec:
      containers:
        - {name: main, image: "i@sha256:00", resources: {limits: {nvidia.com/gpu: 4}}}
"""
CANARY = """
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: llm, namespace: production, annotations: {aegis.dev/spare-accelerators: "8"}}
spec:
  provider: gatewayapi:v1
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: llm}
  autoscalerRef: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, name: llm}
  service: {port: 80, gatewayRefs: [{name: internal, namespace: gateways}]}
  analysis:
    interval: 1m
    threshold: 5
    stepWeights: [5, 25]
    metrics: [{name: worse, templateRef: {name: worse}, thresholdRange: {max: 0}}]
"""
TEMPLATE = """
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: worse, namespace: production}
spec:
  provider: {type: prometheus, address: "http://prometheus.monitoring:9090"}
  query: max(aegis_rollout:worse) or vector(0)
"""
SCALER = """
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: llm, namespace: production}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: llm}
  minReplicas: 2
  maxReplicas: 2
"""
FILES = {"deployment.yaml": DEPLOYMENT, "canary.yaml": CANARY, "template.yaml": TEMPLATE,
         "scaler.yaml": SCALER}  # fmt: skip


def found(files: dict[str, str], *names: str) -> list[str]:
    return [f.message for f in verify_files(files).findings if f.name in names]


def test_what_flagger_carries_out_has_no_finding() -> None:
    assert found(FILES, "canary-refused", "surge-without-spare-accelerator") == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        pytest.param("canary.yaml", ", gatewayRefs: [{name: internal, namespace: gateways}]", "",
                     "needs `gatewayRefs`", id="no-gateway"),
        pytest.param("canary.yaml", "stepWeights: [5, 25]", "stepWeights: [5, 25]\n    mirror: true",
                     "stays at 0 % for ever", id="a-mirror-with-shares"),
        pytest.param("canary.yaml", "stepWeights: [5, 25]", "stepWeights: [25, 5]",
                     "5 after 25", id="shares-that-fall"),
        pytest.param("canary.yaml", "stepWeights: [5, 25]", "stepWeights: [5, 5, 25]",
                     "5 after 5", id="a-share-twice"),
        pytest.param("canary.yaml", "stepWeights: [5, 25]", "stepWeights: []",
                     "never begins", id="no-share"),
        pytest.param("canary.yaml", "stepWeights: [5, 25]",
                     "stepWeights: [5]\n    match: [{headers: {arm: {exact: b}}}]",
                     "needs `iterations`", id="arms-with-shares"),
        pytest.param("canary.yaml", "provider: gatewayapi:v1", "provider: kubernetes",
                     "by switch only", id="no-router"),
        pytest.param("canary.yaml", "templateRef: {name: worse}, ", "",
                     "needs `templateRef` or `query`", id="a-check-without-a-query"),
        pytest.param("canary.yaml", "templateRef: {name: worse}", "templateRef: {name: wrose}",
                     "no MetricTemplate `wrose`", id="a-template-that-is-not-there"),
        pytest.param("deployment.yaml", "app: llm", "tier: llm",
                     "has none of app", id="a-selector-that-flagger-does-not-know"),
        pytest.param("canary.yaml", "apiVersion: flagger.app/v1beta1",
                     CANARY.replace("name: llm, namespace", "name: other, namespace", 1)
                     + "---\napiVersion: flagger.app/v1beta1",
                     "has the same target", id="two-of-one-target"),
    ],
)  # fmt: skip
def test_what_it_cannot_carry_out_is_found(file: str, old: str, new: str, said: str) -> None:
    """Flagger says these in events, or not at all."""
    assert old in FILES[file]
    changed = {**FILES, file: FILES[file].replace(old, new)}

    assert any(said in message for message in found(changed, "canary-refused"))


@pytest.mark.parametrize(
    ("spare", "needed"),
    [
        pytest.param("7", 8, id="one-device-short"),
        pytest.param("0", 8, id="none"),
    ],
)
def test_a_release_needs_a_second_copy_s_accelerators(spare: str, needed: int) -> None:
    """Two replicas of four devices stand beside the copy that serves."""
    changed = {**FILES, "canary.yaml": CANARY.replace('"8"', f'"{spare}"')}

    (message,) = found(changed, "surge-without-spare-accelerator")
    assert f"needs {needed} more accelerators" in message
