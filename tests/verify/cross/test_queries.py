"""Queries wherever they stand: metrics and labels that exist, and those that do not."""

from __future__ import annotations

import pytest

from aegis.verify.api import verify_files

RULE = "groups:\n  - name: a\n    rules:\n      - {alert: A, expr: 'sum(%s) > 1'}\n"
MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata: {name: llm}
spec:
  selector: {matchLabels: {app: llm}}
  podTargetLabels: [example.org/rack]
  podMetricsEndpoints:
    - {port: http, relabelings: [{targetLabel: site, replacement: north}]}
"""
WAITING = "vllm:num_requests_waiting"


def names(query: str, **files: str) -> list[str]:
    rules = {"rules.yaml": RULE % query}
    return [f.name for f in verify_files({**rules, **files}).findings]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param('{model_name="llama"}', [], id="given-by-the-engine"),
        pytest.param('{namespace="prod",pod=~"llm.*"}', [], id="given-by-the-scraping"),
        pytest.param('{model="llama"}', ["unknown-label"], id="given-by-nobody"),
        pytest.param('{model=~"llama|qwen"}', ["unknown-label"], id="a-pattern"),
        pytest.param('{model!="llama"}', [], id="what-lacks-the-label-is-selected-too"),
        pytest.param('{model=""}', [], id="what-lacks-the-label-is-meant"),
        pytest.param('{model!=""}', ["unknown-label"], id="what-lacks-the-label-is-left-out"),
        pytest.param('{model=~".*"}', [], id="anything-or-nothing"),
    ],
)
def test_a_label_that_nobody_gives_is_found(query: str, found: list[str]) -> None:
    """Such a query is valid and always empty."""
    assert names(f"{WAITING}{query}") == found


def test_the_label_that_was_meant_is_named() -> None:
    """The nearest of those that exist."""
    found = verify_files({"rules.yaml": RULE % f'{WAITING}{{model="a"}}'}).findings

    assert found[0].message.endswith("has no label `model`; did you mean `model_name`?")


def test_labels_that_the_bundles_scraping_adds_are_known() -> None:
    """Relabelled ones, and those taken from pods."""
    query = f'{WAITING}{{site="north",example_org_rack="1"}}'

    assert names(query) == ["unknown-label", "unknown-label"]
    assert names(query, **{"monitor.yaml": MONITOR}) == []


def test_a_histograms_buckets_have_its_labels() -> None:
    """`_bucket`, `_sum` and `_count` are one metric."""
    series = "rate(vllm:time_to_first_token_seconds_bucket{%s}[5m])"

    assert names(series % 'le="1",model_name="a"') == []
    assert names(series % 'served="a"') == ["unknown-label"]


def test_experiments_ask_queries_too() -> None:
    """What Chaos Mesh and Litmus ask is judged as a rule would be."""
    mesh = """\
apiVersion: chaos-mesh.org/v1alpha1
kind: StatusCheck
metadata: {name: steady}
spec:
  type: HTTP
  intervalSeconds: 15
  http:
    {url: "http://prometheus:9090/api/v1/query", body: "query=sum(", criteria: {statusCode: "200"}}
"""
    litmus = """\
apiVersion: litmuschaos.io/v1alpha1
kind: ChaosEngine
metadata: {name: lose}
spec:
  chaosServiceAccount: litmus
  experiments:
    - name: pod-delete
      spec:
        probe:
          - name: steady
            type: promProbe
            mode: Edge
            promProbe/inputs:
              endpoint: http://prometheus:9090
              query: rate(up)
              comparator: {criteria: ">", value: "1"}
            runProperties: {probeTimeout: 5s, interval: 5s}
"""

    found = verify_files({"a.yaml": mesh, "b.yaml": litmus}).findings

    assert [(f.name, f.span.path) for f in found if f.span] == [
        ("invalid-promql", "a.yaml"),
        ("invalid-promql", "b.yaml"),
    ]
