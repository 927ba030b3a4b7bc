"""OpenSLO becomes objectives of a brief, and nothing that has no place there goes unsaid."""

from __future__ import annotations

import pytest
import yaml
from pydantic import JsonValue

from aegis.monitor.openslo import carry_over, objectives_of

RATIO = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: NAME}
spec:
  service: checkout
  indicator:
    metadata: {name: sli}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: Prometheus, spec: {query: 'GOOD'}}}
        total: {metricSource: {type: Prometheus, spec: {query: 'requests_total'}}}
  budgetingMethod: Occurrences
  objectives: [{target: TARGET}]
"""


def slo(name: str, good: str, target: float) -> JsonValue:
    text = RATIO.replace("NAME", name).replace("GOOD", good).replace("TARGET", str(target))
    found: JsonValue = yaml.safe_load(text)
    return found


@pytest.mark.parametrize(
    ("name", "good", "target", "objectives"),
    [
        pytest.param(
            "checkout", 'requests_total{code!~"5.."}', 0.995, {"availability_percent": 99.5},
            id="availability",
        ),
        pytest.param(
            "fast", 'http_request_duration_seconds_bucket{le="0.3"}', 0.95,
            {"latency_p95_ms": 300.0}, id="latency-at-an-edge",
        ),
        pytest.param(
            "fast", 'http_request_duration_seconds_bucket{le="2"}', 0.99,
            {"latency_p99_ms": 2000.0}, id="99th-percentile",
        ),
        pytest.param(
            "first-token", 'vllm:time_to_first_token_seconds_bucket{le="0.5"}', 0.95,
            {"ttft_p95_ms": 500.0}, id="time-to-first-token",
        ),
        pytest.param(
            "goodput", 'aegis_gateway_objectives_total{met="yes"}', 0.98, {"goodput_percent": 98.0},
            id="every-objective-at-once",
        ),
        pytest.param(
            "tpot", 'inter_token_latency_ms_bucket{le="40"}', 0.95, {"tpot_p95_ms": 40.0},
            id="milliseconds",
        ),
    ],
)  # fmt: skip
def test_a_ratio_becomes_an_objective(
    name: str, good: str, target: float, objectives: dict[str, float]
) -> None:
    found = carry_over([slo(name, good, target)], path="o.yaml")

    assert found.objectives == objectives
    assert found.left == ()


@pytest.mark.parametrize(
    ("name", "target", "quality"),
    [
        pytest.param("groundedness", 0.95, ("groundedness", 0.95, "higher"), id="groundedness"),
        pytest.param("hallucination", 0.98, ("hallucination", 0.02, "lower"), id="hallucination"),
        pytest.param("refusals", 0.9, ("refusal", 0.1, "lower"), id="refusal"),
        pytest.param("toxicity", 0.999, ("toxicity", 0.001, "lower"), id="toxicity"),
        pytest.param("user-feedback", 0.7, ("satisfaction", 0.7, "higher"), id="feedback"),
    ],
)
def test_qualities_keep_their_direction(
    name: str, target: float, quality: tuple[str, float, str]
) -> None:
    """An SLO states the share of good samples; a rate of bad ones is its complement."""
    found = objectives_of(carry_over([slo(name, "samples", target)], path="o.yaml"))

    assert [(q.kind, q.threshold, q.better) for q in found.quality] == [quality]


def test_what_a_brief_has_no_place_for_is_named() -> None:
    document = slo("checkout", 'requests_total{code!~"5.."}', 0.99)
    assert isinstance(document, dict)
    spec = document["spec"]
    assert isinstance(spec, dict)
    spec |= {
        "timeWindow": [{"duration": "1M", "calendar": {}}],
        "budgetingMethod": "Timeslices",
        "alertPolicies": [{"alertPolicyRef": "p"}],
        "objectives": [{"target": 0.99, "compositeWeight": 2}],
    }
    policy = yaml.safe_load(
        "{apiVersion: openslo/v1, kind: AlertPolicy, metadata: {name: p}, spec: {}}"
    )

    left = " ".join(carry_over([document, policy], path="o.yaml").left)

    for said in (
        "calendar window of 1M",
        "Timeslices",
        "alert policies",
        "weights",
        "AlertPolicy `p`",
    ):
        assert said in left


def test_of_two_targets_the_stricter_one_stays() -> None:
    both = [slo(n, 'x_total{code!~"5.."}', t) for n, t in (("a", 0.99), ("b", 0.999))]

    found = carry_over(both, path="o.yaml")

    assert found.objectives == {"availability_percent": 99.9}
    assert "set twice" in found.left[0]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        pytest.param(3, "document 1 has apiVersion", id="no-object"),
        pytest.param({"apiVersion": "openslo/v1alpha"}, "v1alpha", id="another-version"),
        pytest.param(
            {"apiVersion": "openslo/v1", "kind": "Slo", "metadata": {}, "spec": {}}, "`Slo`",
            id="another-kind",
        ),
        pytest.param(
            {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "a"},
             "spec": {"objectives": [{"target": 1.5}]}},
            "spec.objectives.0.target", id="impossible-target",
        ),
    ],
)  # fmt: skip
def test_what_is_no_openslo_is_refused_with_its_place(document: JsonValue, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        carry_over([document], path="o.yaml")
