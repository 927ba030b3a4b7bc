"""What a bundle can know of itself, and where it keeps silent."""

from __future__ import annotations

import pytest

from aegis.verify.api import verify_files

PODS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: llm}
spec:
  selector: {matchLabels: {app: llm}}
  template:
    metadata: {labels: {app: llm, tier: gpu}}
    spec:
      containers:
        - name: engine
          image: registry.example/vllm@sha256:00
          ports: [{name: http, containerPort: 8000}]
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: llm, labels: {app: llm}}
spec:
  selector: {app: llm}
  ports: [{name: web, port: 80, targetPort: http}]
"""
ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: llm, namespace: edge}
spec:
  parentRefs: [{name: gateway}]
  rules:
    - backendRefs: [{name: llm, namespace: ml, port: 80}]
"""
GRANT = """\
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: {name: edge, namespace: %s}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: edge}]
  to: [{group: '', kind: Service}]
"""
MONITOR = """\
apiVersion: monitoring.coreos.com/v1
kind: %s
metadata: {name: llm}
spec:
  selector: {matchLabels: {app: llm}}
  %s: [{port: %s}]
"""
OPERATED = """\
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: ray}
spec:
  headGroupSpec:
    template: {spec: {containers: [{name: head, image: 'a@sha256:00'}]}}
"""
CHART = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: redis}
spec:
  project: default
  source: {repoURL: "https://charts.example", chart: redis, targetRevision: 1.0.0}
  destination: {namespace: a, name: in-cluster}
"""
EXPRESSION = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: llm}
spec:
  maxUnavailable: 1
  selector: {matchExpressions: [{key: tier, operator: %s, values: [%s]}]}
"""


def names(*texts: str) -> list[str]:
    return [f.name for f in verify_files({"a.yaml": "---\n".join(texts)}).findings]


@pytest.mark.parametrize(
    ("texts", "name", "flagged"),
    [
        pytest.param((PODS, SERVICE), "selector-matches-nothing", False, id="selected"),
        pytest.param((SERVICE,), "selector-matches-nothing", False, id="no-pods-to-compare"),
        pytest.param(
            (PODS, SERVICE.replace("{app: llm}\n  ports", "{app: x}\n  ports")),
            "selector-matches-nothing",
            True,
            id="other-label",
        ),
        pytest.param(
            (PODS, OPERATED, SERVICE.replace("{app: llm}\n  ports", "{app: ray-head}\n  ports")),
            "selector-matches-nothing",
            False,
            id="an-operator-makes-pods-named-so",
        ),
        pytest.param(
            (PODS, OPERATED, SERVICE.replace("{app: llm}\n  ports", "{app: x}\n  ports")),
            "selector-matches-nothing",
            True,
            id="an-operator-makes-other-pods",
        ),
        pytest.param(
            (PODS, CHART, SERVICE.replace("{app: llm}\n  ports", "{app: x}\n  ports")),
            "selector-matches-nothing",
            False,
            id="a-chart-may-make-anything",
        ),
        pytest.param(
            (PODS, EXPRESSION % ("In", "gpu")), "selector-matches-nothing", False, id="in"
        ),
        pytest.param(
            (PODS, EXPRESSION % ("NotIn", "gpu")), "selector-matches-nothing", True, id="not-in"
        ),
        pytest.param((PODS, SERVICE), "missing-port-name", False, id="target-port"),
        pytest.param(
            (PODS, SERVICE.replace("targetPort: http", "targetPort: web")),
            "missing-port-name",
            True,
            id="wrong-target-port",
        ),
        pytest.param(
            (PODS, SERVICE, MONITOR % ("ServiceMonitor", "endpoints", "web")),
            "missing-port-name",
            False,
            id="service-monitor",
        ),
        pytest.param(
            (PODS, SERVICE, MONITOR % ("ServiceMonitor", "endpoints", "http")),
            "missing-port-name",
            True,
            id="a-service-monitor-names-the-services-port",
        ),
        pytest.param(
            (PODS, MONITOR % ("PodMonitor", "podMetricsEndpoints", "http")),
            "missing-port-name",
            False,
            id="pod-monitor",
        ),
        pytest.param(
            (PODS, MONITOR % ("PodMonitor", "podMetricsEndpoints", "web")),
            "missing-port-name",
            True,
            id="a-pod-monitor-names-the-pods-port",
        ),
        pytest.param((ROUTE,), "missing-reference-grant", True, id="no-grant"),
        pytest.param((ROUTE, GRANT % "ml"), "missing-reference-grant", False, id="granted"),
        pytest.param((ROUTE, GRANT % "other"), "missing-reference-grant", True, id="elsewhere"),
        pytest.param((PODS, ROUTE), "missing-backend", False, id="no-service-to-compare"),
        pytest.param(
            (SERVICE, ROUTE.replace("name: llm, namespace: ml", "name: lm, namespace: ml")),
            "missing-backend",
            True,
            id="misspelt-backend",
        ),
        pytest.param(
            (SERVICE, ROUTE.replace("port: 80}", "port: 8000}")),
            "missing-backend",
            True,
            id="the-containers-port-on-a-service",
        ),
    ],
)
def test_what_is_named_exists(texts: tuple[str, ...], name: str, *, flagged: bool) -> None:
    assert (name in names(*texts)) is flagged


FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: llm}
spec:
  interval: 5m
  prune: true
  wait: true
  sourceRef: {kind: GitRepository, name: ml}
%s"""
EXPRS = """\
  healthCheckExprs:
    - apiVersion: serving.kserve.io/v1alpha2
      kind: LLMInferenceService
      current: status.?conditions.orValue([]).exists(c, c.type == 'Ready' && c.status == 'True')
"""
LLM = """\
apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata: {name: llm}
spec: {model: {uri: 'oci://a/b'}, replicas: 1}
"""


def test_flux_waits_only_for_what_it_can_judge() -> None:
    assert "kind-without-health-check" in names(FLUX % "", LLM)
    assert "kind-without-health-check" not in names(FLUX % EXPRS, LLM)


def test_a_dashboard_is_read_for_its_queries() -> None:
    """Grafana's variables stand for a value; a query that is none is found in its panel."""
    panel = (
        '{"title": "a", "panels": [{"targets": [{"expr": "%s"}]}], "schemaVersion": 39, '
        '"templating": {"list": [{"name": "job"}]}}'
    )

    good = verify_files({"d.json": panel % "rate(x{job='$job'}[$__rate_interval])"})
    bad = verify_files({"d.json": panel % "rate(x{job='$job'})"})

    assert good.findings == ()
    assert [f.name for f in bad.findings] == ["invalid-promql"]
    assert bad.findings[0].message.startswith("grafana `panels[0].targets[0].expr`")


@pytest.mark.parametrize(
    ("expr", "flagged"),
    [
        ("sum(vllm:num_requests_waiting)", False),
        ("rate(vllm:time_to_first_token_seconds_bucket[5m])", False),
        ("sum(vllm_num_requests_waiting)", True),
        ("sum(vllm:num_request_waiting)", True),
        ("up == 0", False),
        ("sum(rate(aegis_gateway_requests_total[5m]))", False),
        ("sum(rate(aegis_gateway_request_total[5m]))", True),
    ],
)
def test_a_metric_of_an_engine_is_one_that_it_exports(expr: str, *, flagged: bool) -> None:
    """Names of others are nobody's business here."""
    text = f"groups: [{{name: a, rules: [{{alert: A, expr: '{expr}'}}]}}]\n"
    found = [f.name for f in verify_files({"r.yaml": text}).findings]

    assert ("unknown-metric" in found) is flagged


def test_a_name_that_a_rule_records_is_known() -> None:
    """Recording rules make series; another file may read them, also one that is not here."""
    record = "groups: [{name: a, rules: [{record: 'aegis:errors:rate5m', expr: up}]}]\n"
    alert = "groups: [{name: b, rules: [{alert: A, expr: 'aegis:errors:rate5m > 1'}]}]\n"

    other = record.replace("rate5m", "rate1h")

    found = verify_files({"a.yaml": other, "b.yaml": alert}).findings

    assert [f.name for f in found] == ["unknown-metric"]
    assert verify_files({"a.yaml": record, "b.yaml": alert}).findings == ()
    assert verify_files({"b.yaml": alert}).findings == ()
