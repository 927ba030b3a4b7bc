"""`aegis slo`: there and back through OpenSLO, and scores under the names that the rules read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from aegis.base import conventions as names

EXAMPLES = Path(__file__).parents[2] / "examples"


def slo(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aegis.cli.main", "slo", *map(str, arguments)],
        capture_output=True, text=True, check=False, env={"COLUMNS": "100", "PATH": ""},
    )  # fmt: skip


@pytest.mark.parametrize("example", ["support-assistant", "ranking-20k"])
def test_what_is_exported_comes_back(example: str, tmp_path: Path) -> None:
    """The objectives that the plan makes of a brief, through OpenSLO and back."""
    brief = EXAMPLES / example / "brief.yaml"
    exported = tmp_path / "openslo.yaml"
    assert slo("export", brief, "--out", exported).returncode == 0

    back = slo("import", exported)

    assert back.returncode == 0
    stated = yaml.safe_load(brief.read_text())["objectives"]
    found = yaml.safe_load(back.stdout)["objectives"]
    for told_otherwise in ("quality", "latency_p99_ms"):  # a plan alerts on the 95th percentile
        stated.pop(told_otherwise, None)
    assert {name: found[name] for name in stated} == stated


def test_an_exported_document_has_the_shape_of_openslo() -> None:
    """Names, targets and references as the specification asks."""
    text = slo("export", EXAMPLES / "support-assistant" / "brief.yaml").stdout
    documents = list(yaml.safe_load_all(text))
    known = {(d["kind"], d["metadata"]["name"]) for d in documents}

    assert {d["apiVersion"] for d in documents} == {"openslo/v1"}
    assert len(known) == len(documents)
    for document in documents:
        assert len(document["metadata"]["name"]) <= 63
    for document in (d["spec"] for d in documents if d["kind"] == "SLO"):
        [aim] = document["objectives"]
        assert 0 <= aim["target"] < 1
        assert ("Service", document["service"]) in known
        for policy in document.get("alertPolicies", []):
            assert ("AlertPolicy", policy["alertPolicyRef"]) in known
        [indicator] = document["indicator"]["spec"].values()
        assert {"total"} < set(indicator) - {"counter"} or "raw" in indicator


def test_show_says_when_an_outage_is_noticed() -> None:
    shown = slo("show", EXAMPLES / "support-assistant" / "brief.yaml", "--format", "json")

    rows = {r["id"]: r for r in json.loads(shown.stdout)["objectives"]}
    assert rows["availability"]["minutes_to_page"] <= 15
    assert "bucket edge 0.5 s" in rows["ttft"]["note"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["--at-least", "0.8"], 0, id="passed"),
        pytest.param(["--at-least", "0.97"], 4, id="failed"),
        pytest.param(["--at-least", "0.9"], 3, id="inconclusive"),
        pytest.param(["--at-least", "0.9", "--at-most", "0.9"], 2, id="usage"),
    ],
)
def test_exit_codes_follow_the_verdict(tmp_path: Path, arguments: list[str], code: int) -> None:
    samples = tmp_path / "s.jsonl"
    lines = [json.dumps({"id": str(i), "label": i % 10 > 0}) for i in range(500)]
    samples.write_text("\n".join([*lines, "{torn", json.dumps({"id": "3", "label": True})]))

    measured = slo("measure", samples, "--sli", "accuracy", *arguments)

    assert measured.returncode == code, measured.stdout
    if code != 2:
        assert f"{samples}:501: not JSON" in measured.stdout
        assert f"{samples}:502: sample `3`" in measured.stdout


def test_a_score_is_written_as_the_rules_read_it(tmp_path: Path) -> None:
    samples, textfile = tmp_path / "s.jsonl", tmp_path / "q.prom"
    samples.write_text("\n".join(json.dumps({"label": i % 20 > 0}) for i in range(400)))

    slo("measure", samples, "--sli", "groundedness", "--service", "x", "--metrics", textfile)

    found = textfile.read_text()
    for bound in ("low", "value", "high"):
        expected = f'{names.EVALUATION_SCORE}{{slo="groundedness",track="stable",service="x",bound="{bound}"}}'
        assert expected in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a: [", ":1: not YAML", id="no-yaml"),
        pytest.param("", "holds no document", id="empty"),
        pytest.param("apiVersion: v1", "only `openslo/v1` is read", id="kubernetes"),
    ],
)
def test_a_file_that_is_no_openslo_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "o.yaml"
    file.write_text(text)

    refused = slo("import", file)

    assert refused.returncode == 2
    assert said in refused.stderr.replace("\n", " ")
