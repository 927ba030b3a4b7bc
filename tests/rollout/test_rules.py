"""The judge as Prometheus rules, held against the loop's judge by the real promtool."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.rollout.doubles import policy

from aegis.rollout.policy import Policy
from aegis.rollout.rules import RULES, TESTS, rule_files
from aegis.rollout.selectors import parse_selector

PROMTOOL = shutil.which("promtool")
ERRORS = {
    "id": "errors", "kind": "rate", "margin": 2,
    "series": {"events": 'req_total{service="h",track="$arm",outcome=~"error|shed"}',
               "total": 'req_total{service="h",track="$arm",outcome!="invalid"}'},
}  # fmt: skip
SALES = {
    "id": "sales", "kind": "rate", "better": "higher", "role": "business",
    "series": {"events": 'sales_total{track="$arm"}', "total": 'req_total{track="$arm"}'},
}  # fmt: skip
TTFT = {
    "id": "ttft", "kind": "latency", "edges": [0.1, 0.5, 1, 2, 10], "slow_edge": 0.5,
    "series": {"bucket": 'ttft_bucket{track="$arm"}'},
}  # fmt: skip


def watched(*metrics: dict[str, Any]) -> Policy:
    return policy(
        look_s=15, metrics=list(metrics), source={"type": "prometheus", "url": "http://p"}
    )


@pytest.mark.skipif(PROMTOOL is None, reason="NO RULE IS TESTED: promtool is not installed")
@pytest.mark.parametrize(
    "metrics",
    [
        pytest.param((ERRORS,), id="errors"),
        pytest.param((SALES,), id="good-events"),
        pytest.param((TTFT,), id="buckets"),
        pytest.param((ERRORS, SALES, {**TTFT, "weight": 2}), id="several"),
    ],
)
def test_promtool_runs_the_generated_tests(tmp_path: Path, metrics: tuple[dict[str, Any]]) -> None:
    """Equal stays, three times worse goes, and the evidence is the loop's to 0.01."""
    for name, content in rule_files(watched(*metrics)).items():
        (tmp_path / name).write_text(yaml.safe_dump(content, sort_keys=False))

    for command in (("check", "rules", RULES), ("test", "rules", TESTS)):
        done = subprocess.run(
            [PROMTOOL or "", *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(PROMTOOL is None, reason="NO RULE IS TESTED: promtool is not installed")
def test_the_generated_tests_notice_other_rules(tmp_path: Path) -> None:
    """A rule that weighs events otherwise fails them."""
    files = rule_files(watched(ERRORS))
    text = yaml.safe_dump(files[RULES], sort_keys=False).replace("0.375", "0.125")
    (tmp_path / RULES).write_text(text)
    (tmp_path / TESTS).write_text(yaml.safe_dump(files[TESTS], sort_keys=False))

    done = subprocess.run(
        [PROMTOOL or "", "test", "rules", TESTS], cwd=tmp_path, capture_output=True, check=False
    )

    assert done.returncode != 0


def test_only_edges_near_the_objective_take_part() -> None:
    """Each edge that says nothing takes its share of the bet."""
    group = rule_files(watched(TTFT))[RULES]["groups"]
    text = yaml.safe_dump(group)

    assert "edge: '0.5'" in text
    assert "edge: '10'" not in text


def test_scores_and_other_sources_compile_to_nothing() -> None:
    """Said by the command instead of writing empty rules."""
    score = {
        "id": "answers",
        "kind": "score",
        "series": {"sum": 's{a="$arm"}', "count": 'c{a="$arm"}'},
    }

    assert rule_files(watched(score)) == {}
    assert rule_files(policy()) == {}


@pytest.mark.parametrize("text", ["", "{a='b'}", 'rate(a{b="c"}[5m])', 'a{b="c"} + d', 'a{b~"c"}'])
def test_what_is_no_selector_is_refused(text: str) -> None:
    """Expressions cannot be taken apart into counters."""
    with pytest.raises(ValueError, match="no selector"):
        parse_selector(text)
