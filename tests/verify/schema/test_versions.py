"""Core kinds of each Kubernetes version: which are served, and with which fields."""

from __future__ import annotations

import gzip
import importlib.resources

import pytest
from pydantic import JsonValue

from aegis.verify.api import Settings, verify_files
from aegis.verify.schema.compact import Kind, Table, read_versions
from aegis.verify.schema.library import KUBERNETES, KUBERNETES_VERSIONS, Library, built_in

POLICY = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: digests}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  validations: [{expression: "true"}]
"""
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: llm}
spec:
  containers: [{name: a, image: 'registry.example/a@sha256:00'}]
  volumes: [{name: model, image: {reference: 'registry.example/m@sha256:00'}}]
"""
CLAIM = """\
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: gpu}
spec: {devices: {requests: [{name: a, exactly: {deviceClassName: gpu}}]}}
"""


def found(text: str, kubernetes: str) -> list[str]:
    made = verify_files({"a.yaml": text}, settings=Settings(kubernetes=kubernetes))
    return [f.name for f in made.findings]


def expanded(table: Table, number: int, depth: int = 0) -> JsonValue:
    """A node with its children in place of their numbers, as deep as objects are written."""
    node = dict(table.nodes[number])
    if depth > 12:
        return None
    properties = node.get("p")
    if isinstance(properties, dict):
        node["p"] = {
            name: expanded(table, child, depth + 1)
            for name, child in properties.items()
            if isinstance(child, int) and not (depth == 0 and name in {"apiVersion", "kind"})
        }
    for name in ("ap", "it"):
        child = node.get(name)
        if isinstance(child, int) and not isinstance(child, bool):
            node[name] = expanded(table, child, depth + 1)
    return node


def core(library: Library) -> dict[tuple[str, str], tuple[Kind, Table]]:
    return {
        (kind.api_version, kind.kind): (kind, table)
        for table in library.tables
        for kind in table.kinds
        if kind.core
    }


def test_two_publications_of_one_version_are_the_same_schemas() -> None:
    """1.36 by the Python client's OpenAPI document, and by the one of the release."""
    data = importlib.resources.files("aegis.verify") / "data" / "core.json.gz"
    tables = read_versions(gzip.decompress(data.read_bytes()))
    table = tables[KUBERNETES]
    theirs = core(Library((table,)))
    ours = core(built_in())

    assert tuple(tables) == KUBERNETES_VERSIONS
    assert set(theirs) == set(ours)
    for key, (kind, where) in ours.items():
        other, there = theirs[key]
        assert kind.namespaced is other.namespaced
        assert expanded(where, kind.root) == expanded(there, other.root), key


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
def test_each_version_serves_what_everybody_uses(version: str) -> None:
    """And names itself as the judge."""
    made = verify_files(
        {"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"},
        settings=Settings(kubernetes=version),
    )

    assert made.findings == ()
    assert made.files[0].judges == (f"Kubernetes {version} API: schema and rules",)


@pytest.mark.parametrize(
    ("text", "version", "names"),
    [
        pytest.param(POLICY, "1.29", ["unserved-version"], id="policy-before-it-was-stable"),
        pytest.param(POLICY, "1.30", [], id="policy-since"),
        pytest.param(POD, "1.30", ["unknown-field", "kubernetes-rule"], id="image-volume-before"),
        pytest.param(POD, "1.31", [], id="image-volume-since"),
        pytest.param(CLAIM, "1.33", ["unserved-version"], id="claim-before-it-was-stable"),
        pytest.param(CLAIM, "1.34", [], id="claim-since"),
    ],
)
def test_what_a_version_does_not_know_is_found(text: str, version: str, names: list[str]) -> None:
    """The dates of ValidatingAdmissionPolicy v1, image volumes and dynamic resource allocation."""
    assert found(text, version) == names


def test_a_gateway_is_paired_with_the_version_of_the_cluster() -> None:
    """Envoy AI Gateway 1.0 wants Kubernetes 1.32."""
    chart = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec:\n"
        "  interval: 10m\n  chart: {spec: {chart: ai-gateway-helm, version: v1.0.0, "
        "sourceRef: {kind: HelmRepository, name: charts}}}\n"
    )

    assert found(chart, "1.31") == ["unpaired-versions"]
    assert found(chart, "1.32") == []
