"""An objective on goodput: a brief states it, the gateway counts it, promtool tests its alerts."""

from __future__ import annotations

import datetime
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from aegis.base import conventions as names
from aegis.gateway.policy import read_policy
from aegis.operations.planning import plan_brief, to_text

PROMTOOL = shutil.which("promtool")
BRIEF = Path(__file__).parents[2] / "examples/support-assistant/brief.yaml"


@pytest.fixture(scope="module")
def bundle() -> dict[str, str]:
    """The example with one more objective."""
    brief = yaml.safe_load(BRIEF.read_text("utf-8"))
    brief["objectives"]["goodput_percent"] = 93
    made = plan_brief(yaml.safe_dump(brief), path="b.yaml", today=datetime.date(2026, 11, 22))
    assert made.plan is not None, made.findings
    (objective,) = [o for o in made.plan.objectives if o.id == "goodput"]
    assert made.plan.numbers[objective.target].value == 93
    assert {a.id for a in made.plan.alerts} >= {"goodput-burn-fast", "goodput-burn-slow"}
    return {a.path: to_text(a) for a in made.bundle}


def test_the_gateway_is_told_what_each_request_has_to_meet(bundle: dict[str, str]) -> None:
    """The limits of the brief, in seconds."""
    policy, _ = read_policy(bundle["gateway/policy.yaml"])
    wanted = yaml.safe_load(BRIEF.read_text("utf-8"))["objectives"]

    assert policy.objectives.first_token_s == pytest.approx(wanted["ttft_p95_ms"] / 1000)
    assert policy.objectives.token_s == pytest.approx(wanted["tpot_p95_ms"] / 1000)


@pytest.mark.skipif(PROMTOOL is None, reason="NO RULE IS TESTED: promtool is not installed")
def test_promtool_runs_the_alerts_on_goodput(bundle: dict[str, str], tmp_path: Path) -> None:
    """They fire when the budget burns, and not by chance or by few requests."""
    found = [p for p in bundle if p.startswith("observability/prometheus/") and "goodput" in p]
    for path in found:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(bundle[path])
    tests = sorted(str(p) for p in tmp_path.glob("observability/prometheus/tests/*"))
    assert tests

    done = subprocess.run(
        [PROMTOOL or "", "test", "rules", *tests], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_goodput_is_recorded_exactly_whether_it_has_an_objective_or_not(
    bundle: dict[str, str],
) -> None:
    """One counter of requests that met everything, over all that were judged."""
    rules = next(text for path, text in bundle.items() if path.endswith("-shares.yaml"))
    (rule,) = [r for r in yaml.safe_load(rules)["groups"][0]["rules"] if "goodput" in r["record"]]

    assert rule["expr"].count(names.GATEWAY_MET) == 2
    assert 'met="yes"' in rule["expr"]
