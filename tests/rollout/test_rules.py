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
from aegis.rollout.rules_tests import RULES, TESTS, rule_files
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


ANSWERS = {
    "id": "answers", "kind": "score", "better": "higher", "margin": 1.5, "negligible": 0.3,
    "series": {"sum": 's_sum{track="$arm"}', "count": 's_count{track="$arm"}'},
}  # fmt: skip


def watched(*metrics: dict[str, Any], **changes: Any) -> Policy:
    source = {"type": "prometheus", "url": "http://p"}
    return policy(**{"look_s": 15, "metrics": list(metrics), "source": source, **changes})


@pytest.mark.skipif(PROMTOOL is None, reason="NO RULE IS TESTED: promtool is not installed")
@pytest.mark.parametrize(
    "judged",
    [
        pytest.param(watched(ERRORS), id="errors"),
        pytest.param(watched({**ERRORS, "negligible": 0.05}, warmup_s=0), id="a-share-nobody-minds"),
        pytest.param(watched(SALES), id="good-events"),
        pytest.param(watched({**SALES, "delay_s": 120}), id="late-events"),
        pytest.param(watched({**TTFT, "margin": 2, "negligible": 0.1}), id="buckets"),
        pytest.param(watched(ANSWERS), id="scores"),
        pytest.param(
            watched(
                ERRORS, {**SALES, "delay_s": 60}, {**TTFT, "weight": 2}, ANSWERS, warmup_s=300
            ),
            id="several",
        ),
        pytest.param(
            watched(ERRORS, {**SALES, "role": "goal"}, strategy="ab"), id="experiment"
        ),
        pytest.param(
            watched(
                {**ERRORS, "limit": 0.1}, {**TTFT, "limit": 0.5}, strategy="blue-green",
                steps=[{"weight_percent": 0, "hold_s": 60}, {"weight_percent": 100, "hold_s": 60}],
            ),
            id="blue-green",
        ),
    ],
)  # fmt: skip
def test_promtool_runs_the_generated_tests(tmp_path: Path, judged: Policy) -> None:
    """Equal stays, three times worse goes, and every figure is the loop's to 0.01."""
    for name, content in rule_files(judged).items():
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


@pytest.mark.skipif(PROMTOOL is None, reason="NO RULE IS TESTED: promtool is not installed")
def test_the_next_release_inherits_no_evidence(tmp_path: Path) -> None:
    """Two minutes after a bad canary is gone, a good one begins at nothing, and warms up anew."""
    judged = watched(ERRORS, warmup_s=60)
    look, bad, good = "15s", "0+12x40", "0+4x20"
    gone, warm = " stale _x7", 20
    rest = {"canary": f"0+188x40{gone} 0+196x20", "stable": "0+784x80"}
    wrong = {"canary": f"{bad}{gone} {good}", "stable": "0+16x80"}
    series = [
        {"series": f'req_total{{service="h",track="{arm}",outcome="{outcome}"}}', "values": values}
        for outcome, arms in (("error", wrong), ("ok", rest))
        for arm, values in arms.items()
    ]

    def worse(at: int, value: int) -> dict[str, Any]:
        return {
            "expr": "aegis_rollout:worse", "eval_time": f"{15 * at}s",
            "exp_samples": [{"labels": 'aegis_rollout:worse{service="helper"}', "value": value}],
        }  # fmt: skip

    events = {
        "expr": 'sum(aegis_rollout:events:total{at="beside"})', "eval_time": f"{15 * (49 + warm)}s",
        "exp_samples": [{"labels": "{}", "value": 4 * (warm - 3)}],
    }  # fmt: skip
    test = {
        "rule_files": [RULES], "evaluation_interval": look,
        "tests": [{"interval": look, "input_series": series,
                   "promql_expr_test": [worse(40, 1), worse(49 + warm, 0), events]}],
    }  # fmt: skip
    (tmp_path / RULES).write_text(yaml.safe_dump(rule_files(judged)[RULES]))
    (tmp_path / TESTS).write_text(yaml.safe_dump(test))

    done = subprocess.run(
        [PROMTOOL or "", "test", "rules", TESTS], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_edges_near_the_objective_take_part() -> None:
    """Each edge that says nothing takes its share of the bet."""
    text = yaml.safe_dump(rule_files(watched(TTFT))[RULES])

    assert "0.5[.]0|1|1[.]0" in text
    assert "10[.]0" not in text


def test_other_sources_compile_to_nothing() -> None:
    """Said by the command instead of writing empty rules."""
    assert rule_files(policy()) == {}


@pytest.mark.parametrize("text", ["", "{a='b'}", 'rate(a{b="c"}[5m])', 'a{b="c"} + d', 'a{b~"c"}'])
def test_what_is_no_selector_is_refused(text: str) -> None:
    """Expressions cannot be taken apart into counters."""
    with pytest.raises(ValueError, match="no selector"):
        parse_selector(text)
