"""`verify_files`: anybody's files in, findings with places out, never a traceback."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from aegis.base.finding import Severity
from aegis.verify.api import Settings, verify_files
from aegis.verify.report import checks
from aegis.verify.schema.library import built_in

PAGES = Path(__file__).resolve().parents[2] / "docs" / "rules"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: llm
spec:
  replica: 2
  selector:
    matchLabels: {app: llm}
  template:
    metadata:
      labels: {app: llm}
    spec:
      containers:
        - name: engine
          image: registry.example/vllm@sha256:00
          resources: {limits: {nvidia.com/gpu: 2}}
"""
SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"


def names(files: dict[str, str | bytes], **options: object) -> list[str]:
    return [f.name for f in verify_files(files, **options).findings]  # type: ignore[arg-type]  # options of the call


def test_a_finding_says_what_where_why_and_what_to_do() -> None:
    """The misspelt field is found at its line, with the field that was meant."""
    found = verify_files({"k8s/llm.yaml": DEPLOYMENT}).findings[0]

    assert (found.code, found.name, found.severity) == ("AEG910", "unknown-field", Severity.HIGH)
    assert found.span is not None
    assert (found.span.path, found.span.line, found.span.column) == ("k8s/llm.yaml", 6, 3)
    assert "did you mean `replicas`?" in found.message
    assert found.why
    assert found.mend


def test_every_file_says_who_judged_it_and_what_nobody_did() -> None:
    made = verify_files(
        {
            "a.yaml": SETTINGS,
            "b.yaml": "apiVersion: a.example/v1\nkind: Zap\nmetadata: {name: z}\n",
            "c.txt": "# text",
            "chart/templates/d.yaml": "name: {{ .Values.name }}\nother: 1\n",
            "e.yaml": "{apiVersion: serving.kserve.io/v1beta1, kind: InferenceService, "
            "metadata: {name: x}, spec: {predictor: {}}}",
        }
    )
    files = {file.path: file for file in made.files}

    assert files["a.yaml"].judges == ("Kubernetes 1.36 API: schema and rules",)
    assert files["b.yaml"].unchecked == ("no schema for Zap of `a.example/v1`",)
    assert files["c.txt"].unchecked == ("no judge for this kind of file",)
    assert files["chart/templates/d.yaml"].unchecked == (
        "a template: render it and verify the result",
    )
    assert files["e.yaml"].judges == ("schema of kserve/kserve v0.20.0 (1fb78105)",)
    assert [files[path].objects for path in sorted(files)] == [1, 1, 0, 0, 1]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        pytest.param(b"\xff\xfe\x00", "unreadable-file", id="not-utf-8"),
        pytest.param("a: [", "unreadable-file", id="broken"),
        pytest.param("[" * 100_000, "unreadable-file", id="nested-without-end"),
        pytest.param("x" * 9_000_000, "unreadable-file", id="nine-megabytes"),
        pytest.param("apiVersion: 1\nkind: [a]\n", "wrong-type", id="a-list-as-kind"),
        pytest.param(SETTINGS + "---\n- a\n", "not-an-object", id="a-list-beside-objects"),
    ],
)
def test_bad_input_is_a_finding_with_a_line(content: str | bytes, name: str) -> None:
    found = verify_files({"bad.yaml": content}).findings

    assert found[0].name == name
    assert found[0].span is not None
    assert found[0].span.line >= 1


@pytest.mark.parametrize(
    ("text", "template"),
    [
        pytest.param("a: 1\n{{- if .Values.b }}\nb: 2\n{{- end }}\n", True, id="helm"),
        pytest.param("{% if b %}\nb: 2\n{% endif %}\n", True, id="jinja"),
        pytest.param("a: {{ .Values.a | quote }}\nb: [\n", True, id="value"),
        pytest.param("count: '{{args.looks}}'\nwhen: !isNaN(a) && b\n", False, id="argument"),
        pytest.param('a: "{{b}}"\nc: [\n', False, id="quoted"),
    ],
)
def test_a_template_is_told_from_a_broken_file(text: str, *, template: bool) -> None:
    """Arguments in quotes are no template: what is broken there is said."""
    made = verify_files({"a.yaml": text})

    assert made.files[0].unchecked[0].startswith("a template" if template else "it cannot be read")
    assert [f.name for f in made.findings] == ([] if template else ["unreadable-file"])


def test_objects_in_a_list_are_judged_where_they_stand() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Pod\n    spec: {}\n"
    found = [f for f in verify_files({"a.yaml": text}).findings if f.name == "missing-field"]

    assert [f.span.line for f in found if f.span] == [4, 6]


def test_definitions_that_are_given_judge_unknown_kinds() -> None:
    """`--crds` files and definitions among the files count alike."""
    crd = yaml.safe_dump(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "zaps.a.example"},
            "spec": {
                "group": "a.example",
                "names": {"kind": "Zap", "plural": "zaps"},
                "scope": "Namespaced",
                "versions": [
                    {
                        "name": "v1",
                        "served": True,
                        "storage": True,
                        "schema": {
                            "openAPIV3Schema": {
                                "type": "object",
                                "properties": {
                                    "spec": {
                                        "type": "object",
                                        "properties": {"volts": {"type": "integer"}},
                                    }
                                },
                            }
                        },
                    }
                ],
            },
        }
    )
    zap = "apiVersion: a.example/v1\nkind: Zap\nmetadata: {name: z}\nspec: {volts: high}\n"

    assert names({"z.yaml": zap}) == ["unknown-kind"]
    assert names({"z.yaml": zap}, crds={"crd.yaml": crd}) == ["wrong-type"]
    assert names({"z.yaml": zap, "crd.yaml": crd}) == ["wrong-type"]


def test_environments_are_judged_apart() -> None:
    """The same Service in two environments is no duplicate, and each looks at its own pods."""
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  selector: {app: %s}\n"
    service += "  ports: [{port: 80}]\n"
    deployment = DEPLOYMENT.replace("replica:", "replicas:").replace("gpu: 2", "gpu: 0")
    files: dict[str, str | bytes] = {
        "development/a.yaml": service % "llm" + "---\n" + deployment,
        "production/a.yaml": service % "other" + "---\n" + deployment,
    }

    found = [f for f in verify_files(files).findings if f.name == "selector-matches-nothing"]

    assert [f.span.path for f in found if f.span] == ["production/a.yaml"]


def test_spare_accelerators_are_the_readers_to_state() -> None:
    """One replica of two devices surges by one pod: two spare devices are enough, one is not."""
    files: dict[str, str | bytes] = {"a.yaml": DEPLOYMENT.replace("replica:", "replicas:")}
    surge = "surge-without-spare-accelerator"

    assert surge in names(files)
    assert surge in names(files, settings=Settings(spare_accelerators=1))
    assert surge not in names(files, settings=Settings(spare_accelerators=2))


def test_metrics_may_be_given() -> None:
    rules = "groups:\n  - name: a\n    rules:\n      - {alert: A, expr: 'sum(acme_queue) > 1'}\n"
    known = Settings(metrics=frozenset({"acme:queue"}))

    assert names({"r.yaml": rules}) == []
    assert names({"r.yaml": rules}, settings=known) == ["unknown-metric"]


def test_a_secret_is_never_repeated_in_a_finding() -> None:
    """The message names the place and the kind of credential."""
    token = "ghp_" + hashlib.sha256(b"no real token").hexdigest()[:36]
    text = SETTINGS + f"data: {{note: 'use {token}'}}\n"

    found = verify_files({"a.yaml": text}).findings

    assert [f.name for f in found] == ["secret-in-manifest"]
    assert found[0].hard
    assert token not in found[0].model_dump_json()


def test_a_finding_shows_its_line_but_nothing_of_a_file_with_secrets() -> None:
    """A value of a Secret looks like any text, so the whole file stays unseen."""
    beside = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"

    shown = verify_files({"a.yaml": DEPLOYMENT}).findings[0]
    hidden = verify_files({"a.yaml": DEPLOYMENT + beside}).findings[0]

    assert shown.span is not None
    assert shown.span.excerpt == "  replica: 2"
    assert hidden.span is not None
    assert hidden.span.excerpt == ""


def test_a_kustomize_patch_is_not_judged_as_an_object() -> None:
    files: dict[str, str | bytes] = {
        "kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        "resources: [settings.yaml]\npatches:\n  - path: replicas.yaml\n",
        "settings.yaml": SETTINGS,
        "replicas.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
        "spec: {replicas: 3}\n",
    }

    made = verify_files(files)

    assert made.findings == ()
    assert "a kustomize patch: judged where it is built in" in {
        words for file in made.files for words in file.unchecked
    }


@pytest.mark.parametrize("path", ["/abs/a.yaml", "../a.yaml", "a.yaml", "./a.yaml", "//a.yaml"])
def test_any_path_may_name_a_file(path: str) -> None:
    """Absolute and relative paths end like any other (an endless walk to the root once did not)."""
    kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"

    made = verify_files({path: SETTINGS, f"{path}/kustomization.yaml": kustomization})

    assert made.files[0].path == path


def test_two_runs_give_the_same_findings_in_the_same_order() -> None:
    files: dict[str, str | bytes] = {
        f"{number}.yaml": text
        for number, text in enumerate((DEPLOYMENT, SETTINGS, "a: [", DEPLOYMENT))
    }
    backwards = dict(reversed(files.items()))

    assert verify_files(files) == verify_files(backwards)


def test_accepted_means_nothing_high_and_nothing_hard() -> None:
    assert verify_files({"a.yaml": SETTINGS}).accepted
    assert not verify_files({"a.yaml": DEPLOYMENT}).accepted


EXAMPLES = [
    text.split("```", 1)[0]
    for page in sorted(PAGES.glob("AEG9*.md"))
    for text in page.read_text("utf-8").split("```yaml flags\n")[1:]
]
VALUES: st.SearchStrategy[JsonValue] = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "a", "{{ x }}", [], {}, [{}], [None], {"a": None}, "9" * 400]
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.sampled_from(EXAMPLES), data=st.data())
def test_no_object_however_odd_breaks_a_check(text: str, data: st.DataObject) -> None:
    """Any value of an object may be replaced by anything; the answer is findings."""
    for_files: list[JsonValue] = (
        list(yaml.safe_load_all(text)) if "{name: settings\n" not in text else []
    )
    if not for_files:
        return
    documents = [document for document in for_files if isinstance(document, dict)]
    victim = data.draw(st.sampled_from(documents)) if documents else {}
    here: JsonValue = victim
    for _ in range(data.draw(st.integers(1, 9))):
        if isinstance(here, dict) and here:
            key = data.draw(st.sampled_from(sorted(map(str, here))))
            child = here.get(key)
            if not isinstance(child, dict | list) or data.draw(st.integers(0, 3)) == 0:
                here[key] = data.draw(VALUES)
                break
            here = child
        elif isinstance(here, list) and here:
            index = data.draw(st.integers(0, len(here) - 1))
            if not isinstance(here[index], dict | list):
                here[index] = data.draw(VALUES)
                break
            here = here[index]
    made = verify_files({"odd.yaml": yaml.safe_dump_all(for_files)})

    known = checks()
    assert all(f.name in known and f.span is not None for f in made.findings)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200), name=st.sampled_from(["a.yaml", "a.json", "a.tf", "a"]))
def test_no_bytes_break_it(content: bytes, name: str) -> None:
    """Whatever a file holds, it is in the report."""
    made = verify_files({name: content})

    assert [file.path for file in made.files] == [name]


def test_schemas_load_within_a_second() -> None:
    """All kinds that come with Aegis; the limit of the project is one second."""
    assert len(built_in().tables[0].kinds) > 250
