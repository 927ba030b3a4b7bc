"""What is filled in after a file was written is no defect of the file."""

from __future__ import annotations

import pytest

from aegis.verify.api import verify_files
from aegis.verify.later import WORDS

_SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  selector: {{app: x}}
  ports:
  - port: {port}
"""
_ENCRYPTED = """apiVersion: v1
kind: Secret
metadata:
  name: token
data:
  token: ENC[AES256_GCM,data:abcd,iv:efgh,tag:ijkl,type:str]
sops:
  version: 3.9.0
"""


def names(files: dict[str, str]) -> set[str]:
    return {f.name for f in verify_files(files).findings}


@pytest.mark.parametrize(
    ("name", "namespace", "port"),
    [
        pytest.param("${APP}", "${SPACE:=default}", "${PORT:-80}", id="flux"),
        pytest.param("x", "$NAMESPACE", "$PORT", id="envsubst"),
        pytest.param("${app_name}", "${namespace}", "80", id="terraform"),
    ],
)
def test_a_variable_is_no_bad_name(name: str, namespace: str, port: str) -> None:
    text = _SERVICE.format(name=name, namespace=namespace, port=port)
    judged = verify_files({"a.yaml": text})

    assert {f.name for f in judged.findings} <= {"selector-matches-nothing"}
    assert WORDS in judged.files[0].unchecked


def test_what_nobody_fills_in_is_found_beside_it() -> None:
    """A line without a variable is judged, and the name of a field whatever its value."""
    text = _SERVICE.format(name="Bad_Name", namespace="${SPACE}", port="80")

    assert "bad-metadata" in names({"a.yaml": text})
    assert "unknown-field" in names({"a.yaml": text + "  colour: ${COLOUR}\n"})


def test_a_secret_under_sops_is_none_that_stands_there() -> None:
    assert names({"a.yaml": _ENCRYPTED}) == set()
    plain = _ENCRYPTED.replace("ENC[AES256_GCM,data:abcd,iv:efgh,tag:ijkl,type:str]", "YWJj")
    assert "secret-in-manifest" in names({"a.yaml": plain})


_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {tier: front}}
    spec:
      containers:
      - name: web
        image: web@sha256:0000000000000000000000000000000000000000000000000000000000000000
"""
_WEB = """apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web, tier: front}
  ports: [{port: 80}]
"""


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param("labels:\n- includeSelectors: true\n  pairs: {app: web}\n", id="labels"),
        pytest.param("commonLabels: {app: web}\n", id="common-labels"),
    ],
)
def test_labels_of_a_kustomization_count(labels: str) -> None:
    """They are added to pods and to what selects them; without it the same files are wrong."""
    files = {"base/deployment.yaml": _DEPLOYMENT, "base/service.yaml": _WEB}
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    named = f"{head}resources: [deployment.yaml, service.yaml]\n"

    wrong = {"missing-field", "selector-matches-nothing", "kubernetes-rule"}
    assert names({**files, "base/kustomization.yaml": named}) & wrong
    assert not names({**files, "base/kustomization.yaml": named + labels}) & wrong


def test_flux_completes_what_its_patches_name() -> None:
    child = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: app, namespace: flux-system}
spec:
  path: ./app
  sourceRef: {kind: GitRepository, name: git}
"""
    parent = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: all, namespace: flux-system}
spec:
  interval: 1h
  prune: true
  path: ./apps
  sourceRef: {kind: GitRepository, name: git}
  patches:
  - patch: |
      apiVersion: kustomize.toolkit.fluxcd.io/v1
      kind: Kustomization
      metadata: {name: not-used}
      spec: {interval: 1h, prune: true}
    target: {kind: Kustomization}
"""
    assert "missing-field" in names({"app/ks.yaml": child})
    assert "missing-field" not in names({"app/ks.yaml": child, "all.yaml": parent})


@pytest.mark.parametrize("text", ["name: a\x1b[31mb", "name: a\x00b", "name: a\u202eb"])
def test_no_line_moves_a_terminal(text: str) -> None:
    judged = verify_files({"a.yaml": f"apiVersion: v1\nkind: 3\nmetadata:\n  {text}\n"})
    shown = [f.span.excerpt for f in judged.findings if f.span]

    assert judged.findings
    assert all(line.isprintable() for line in shown)


@pytest.mark.parametrize(
    ("path", "content", "found"),
    [
        pytest.param(
            "values.yaml", "a:\n  b: 1\n  ${indent(4, x)}\n", set(), id="terraform-template"
        ),
        pytest.param("values.yaml", "a: 1\n%{ if x }\nb: 2\n%{ endif }\n", set(), id="directive"),
        pytest.param("tfplan", b"PK\x03\x04\xff\xfe", set(), id="a-plan-of-terraform"),
        pytest.param("a.yaml", b"a: \xff\xfe\n", {"unreadable-file"}, id="no-text-as-yaml"),
        pytest.param("a.yaml", "a: [1\nb: 2\n", {"unreadable-file"}, id="broken"),
        pytest.param("a.yaml", "a:\n\tb: 1\n", {"unreadable-file"}, id="tab"),
        pytest.param("a.yaml", "a: 1\r\na: 2\r\n", {"duplicate-key"}, id="crlf-twice"),
        pytest.param("a.yaml", b"\xef\xbb\xbfa: 1\n", set(), id="byte-order-mark"),
        pytest.param("a.json", '{"a": 1, "a": 2}', {"duplicate-key"}, id="json-twice"),
    ],
)
def test_other_peoples_files_are_read(path: str, content: bytes | str, found: set[str]) -> None:
    judged = verify_files({path: content})

    assert {f.name for f in judged.findings} == found
    assert all(f.span is not None and f.span.line for f in judged.findings)
