"""The 28 known pitfalls of the platforms: each is a check, or is said to be none."""

from __future__ import annotations

import pytest

from aegis.verify.report import checks

PITFALLS: dict[str, tuple[str, ...]] = {
    "P1 objects too large for client-side apply": ("client-side-apply-too-large", "bad-metadata"),
    "P2 unknown fields are pruned in silence": ("unknown-field",),
    "P3 GPU rolling update deadlocks": ("surge-without-spare-accelerator",),
    "P4 LeaderWorkerSet rollout left to defaults": ("group-rollout-unset", "no-startup-budget"),
    "P5 RayService upgrade needs a second cluster": ("ray-upgrade-needs-second-cluster",),
    "P7 KServe canary by mode": ("kserve-canary-refused", "canary-share-ignored"),
    "P8 LLMInferenceService groups are symmetric": ("llm-group-weights", "llm-service-refused"),
    "P9 replicas and scaling": ("replicas-and-scaling",),
    "P10 InferencePool v1 and its picker": ("wrong-endpoint-picker", "unserved-version"),
    "P11 kinds moved to other groups": ("unserved-version",),
    "P12 gateway pairings and token limits": ("unpaired-versions", "token-limit-without-counter"),
    "P13 analysis without traffic": ("analysis-without-no-data-decision",),
    "P14 analysis arguments overridden": ("analysis-argument-overridden",),
    "P15 plugin downloaded at start": ("plugin-downloaded-at-start",),
    "P16 pools behind the Gateway API plugin": ("pool-behind-rollout-plugin",),
    "P17 Flagger with KEDA": ("flagger-with-keda",),
    "P18 scale to zero": ("unguarded-scale-to-zero",),
    "P19 metric names": ("unknown-metric",),
    "P20 External Secrets v1beta1": ("unserved-version",),
    "P21 Kyverno ClusterPolicy": ("deprecated-policy-kind",),
    "P22 Dynamo": ("dynamo-graph-refused", "deprecated-version", "unpaired-versions"),
    "P23 GPU driver upgrades": ("unattended-driver-upgrade",),
    "P24 Crossplane v2": ("crossplane-v1-form", "schema-rule-violated"),
    "P25 Chaos Mesh daemon": ("chaos-daemon-socket", "chaos-without-end"),
    "P26 no health check": ("kind-without-health-check",),
    "P27 Kueue and KServe": ("kueue-on-kserve",),
    "P28 YAML 1.1": ("ambiguous-scalar",),
}
NOT_IN_MANIFESTS = {
    "P6 rayClusterConfig or serveConfigV2": "how two versions differ: a matter of the roadmap",
}


def test_all_28_are_accounted_for() -> None:
    numbers = sorted(int(name[1:].split()[0]) for name in (*PITFALLS, *NOT_IN_MANIFESTS))

    assert numbers == list(range(1, 29))


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_a_pitfall_is_a_check_with_a_page_whose_examples_are_tested(pitfall: str) -> None:
    """`test_pages.py` runs the examples of each."""
    for name in PITFALLS[pitfall]:
        assert name in checks()
