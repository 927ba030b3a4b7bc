"""Rules that the real promtool accepts, with unit tests that it runs, both ways."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.observability import render_observability, rules
from aegis.render.observability.rules import groups
from aegis.render.shared.metrics import BUCKET_EDGES, edge_for

promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is absent: rules were NOT judged by it"
)
amtool = pytest.mark.skipif(
    shutil.which("amtool") is None, reason="amtool is absent: routes were NOT judged by it"
)


def write(artifacts: tuple[Artifact, ...], folder: Path) -> None:
    for artifact in artifacts:
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(artifact.content, str):
            path.write_text(artifact.content)
        elif artifact.path.endswith(".json"):
            path.write_text(json.dumps(artifact.content))
        else:
            path.write_text(yaml.safe_dump(artifact.content, sort_keys=False))


def test_every_alert_of_the_plan_is_a_rule(plan: Plan) -> None:
    """No alert is lost on the way, and none is invented."""
    rendered = {a.labels["alert_id"]: a for g in groups(plan) for a in g.alerts}

    assert rendered.keys() == {alert.id for alert in plan.alerts}
    for alert in plan.alerts:
        rule = rendered[alert.id]
        assert rule.labels[names.SEVERITY_LABEL] == alert.severity
        assert rule.annotations[names.RUNBOOK_ANNOTATION] == f"runbooks/{alert.runbook}.md"


def test_every_alert_is_proven_to_fire_and_to_stay_silent(plan: Plan) -> None:
    for group in groups(plan):
        for alert in group.alerts:
            assert {s.fires for s in alert.scenarios} == {True, False}, alert.name


@promtool
def test_the_budget_left_is_the_share_of_bad_events_over_the_tolerated(
    plans: dict[str, Plan], tmp_path: Path
) -> None:
    """One bad event in a hundred, where one in a thousand is tolerated, for six hours."""
    plan = plans["cluster-chat"]
    (group,) = (g for g in groups(plan) if g.name.endswith("-availability"))
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump({"groups": [group.data()]}))
    at = f'service="{plan.service}",environment="production",track="stable"'
    outcomes = {"ok": "0+99x360", "error": "0+1x360", "shed": "0+0x360"}
    target = next(o.target for o in plan.objectives if o.id == "availability")
    tolerated = 1 - plan.numbers[target].value / 100
    left = "aegis:slo_budget_remaining:ratio"
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'{names.GATEWAY_REQUESTS}{{{at},outcome="{o}"}}', "values": v}
                    for o, v in outcomes.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": f"abs({left} - {1 - 0.01 / tolerated}) < bool 0.05",
                        "eval_time": "6h",
                        "exp_samples": [
                            {
                                "labels": f'{{environment="production",service="{plan.service}",'
                                'slo="availability"}',
                                "value": 1,
                            }
                        ],
                    }
                ],
            }
        ],
    }
    (tmp_path / "test.yaml").write_text(yaml.safe_dump(test))
    ran = subprocess.run(
        ["promtool", "test", "rules", "test.yaml"], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert any("[4w:5m]" in r.expr for r in group.recordings)
    assert not any("increase(" in r.expr and "[4w]" in r.expr for r in group.recordings)


def test_days_of_a_burn_rate_are_not_walked_through_minute_by_minute(plan: Plan) -> None:
    """What rests on nothing evaluated before is evaluated at the end; what holds or ranges is not."""
    for group in groups(plan):
        held = {a.name for a in group.alerts if a.hold_s}
        for step, tests in rules.tests_files(group, "rules.yaml").items():
            cases: Any = tests["tests"]
            for case in cases:
                (asked,) = case.get("alert_rule_test", [{}])
                if asked:
                    at_end = asked["eval_time"] == step
                    assert at_end is not (asked["alertname"] in held | {"GuardrailShift"})


def metrics(expr: str) -> set[str]:
    """Names of metrics in an expression, histograms by their base name."""
    found = re.findall(r"(aegis[a-z0-9_:]+)\{", expr)
    return {re.sub(r"_(bucket|count)$", "", name) for name in found}


def test_rules_read_only_metrics_that_exist(plan: Plan) -> None:
    """A metric in a rule is ours by name, or was recorded before it."""
    ours = {
        *names.GATEWAY_METRICS, *names.MONITOR_METRICS, *names.JOB_METRICS, *names.DEVICE_METRICS,
    }  # fmt: skip
    recorded: set[str] = set()
    for group in groups(plan):
        for recording in group.recordings:
            assert metrics(recording.expr) <= ours | recorded
            recorded.add(recording.record)
        for alert in group.alerts:
            assert metrics(alert.expr) <= ours | recorded


@pytest.mark.parametrize("metric", sorted(BUCKET_EDGES))
@pytest.mark.parametrize("threshold", [0.0001, 0.033, 0.05, 0.8, 1.0, 7.4, 1e9])
def test_a_threshold_is_measured_at_an_edge_not_above_it(metric: str, threshold: float) -> None:
    edge = edge_for(metric, threshold)

    assert edge in BUCKET_EDGES[metric]
    assert edge <= threshold or edge == BUCKET_EDGES[metric][0]
    assert not any(edge < other <= threshold for other in BUCKET_EDGES[metric])


_QUICK = {"cluster-chat", "batch"}


@pytest.mark.obligation(15)
@promtool
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in _QUICK else (pytest.mark.slow,))
        for name in (
            "air-gapped",
            "batch",
            "cluster-chat",
            "host-rag",
            "managed",
            "ranking",
            "robot",
        )
    ],
)
def test_promtool_accepts_and_runs_every_test(
    plans: dict[str, Plan], name: str, tmp_path: Path
) -> None:
    """`promtool check rules` and `promtool test rules` on all that one plan renders."""
    write(render_observability(plans[name]), tmp_path)
    folder = tmp_path / "observability/prometheus"

    rules = sorted(str(p) for p in (folder / "rules").iterdir())
    checked = subprocess.run(
        ["promtool", "check", "rules", *rules], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr

    tests = sorted(str(p) for p in (folder / "tests").iterdir())
    assert tests
    ran = subprocess.run(
        ["promtool", "test", "rules", *tests], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@promtool
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(r">= 4", ">= 1", id="no-guard-against-few-events"),
        pytest.param(r">= 10[.]\d+", ">= 0", id="no-guard-against-chance"),
        pytest.param(r"> 0\.\d+", "> 0", id="no-threshold"),
        pytest.param(r"> 0\.\d+", "> 1", id="a-threshold-never-reached"),
        pytest.param(r"increase(5|30)m", "increase6h", id="no-short-window"),
    ],
)
def test_the_unit_tests_notice_a_broken_rule(
    plans: dict[str, Plan], tmp_path: Path, old: str, new: str
) -> None:
    """Each part of a burn-rate alert is held by a scenario that fails without it."""
    write(render_observability(plans["cluster-chat"]), tmp_path)
    folder = tmp_path / "observability/prometheus"
    rules = folder / "rules/aegis-support-assistant-availability.yaml"
    data = yaml.safe_load(rules.read_text())
    for rule in data["groups"][0]["rules"]:
        if "alert" in rule:
            rule["expr"] = re.sub(old, new, rule["expr"])
    rules.write_text(yaml.safe_dump(data))

    ran = subprocess.run(
        ["promtool", "test", "rules", str(folder / "tests/aegis-support-assistant-availability-1m.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert ran.returncode == 1


@amtool
def test_amtool_accepts_the_routes(plan: Plan, tmp_path: Path) -> None:
    """Judged whole from Alertmanager 0.26 on; before, `url_file` is unknown and a URL stands in."""
    config = next(a for a in render_observability(plan) if a.path.endswith("alertmanager.yaml"))
    text = yaml.safe_dump(config.content)
    version = (
        subprocess.run(["amtool", "--version"], capture_output=True, text=True, check=True).stdout
        + ""
    )
    known = re.search(r"version (\d+)\.(\d+)", version)
    if known and (int(known[1]), int(known[2])) < (0, 26):
        text = re.sub(r"url_file: \S+", "url: http://127.0.0.1:9/", text)
    path = tmp_path / "alertmanager.yaml"
    path.write_text(text)

    ran = subprocess.run(
        ["amtool", "check-config", str(path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr

    def receiver(*labels: str) -> str:
        return subprocess.run(
            ["amtool", "config", "routes", "test", "--config.file", str(path), *labels],
            capture_output=True, text=True, check=True,
        ).stdout.strip()  # fmt: skip

    service = f"service={plan.service}"
    assert receiver(service, "severity=page", "environment=production") == "page"
    assert receiver(service, "severity=page", "environment=staging") == "ticket"
    assert receiver(service, "severity=ticket", "environment=production") == "ticket"


def test_no_receiver_address_is_written_down(plan: Plan) -> None:
    """Addresses of receivers are secrets: the configuration names files."""
    text = "".join(str(a.content) for a in render_observability(plan))

    assert not re.search(r"https?://", text)
    assert "'url':" not in text


def test_traces_lose_what_people_wrote(plan: Plan) -> None:
    config = next(a for a in render_observability(plan) if "otel" in a.path).content

    assert isinstance(config, dict)
    text = str(config["processors"])
    assert "gen_ai.input.messages" in text
    assert "attributes/private" in str(config["service"])
