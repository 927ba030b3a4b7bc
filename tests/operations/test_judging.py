"""The judge of a bundle: one policy, compiled; whoever moves the traffic reads its verdict alone."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from aegis.base import conventions as names
from aegis.operations.planning import plan_brief, to_text
from aegis.operations.results import PlanResult

PROMTOOL = shutil.which("promtool")
EXAMPLES = Path(__file__).parents[2] / "examples"
ON_ARGO = ("support-assistant", "fraud-classifier", "ranking-20k")
ON_HOST = ("stopped-no-evaluation", "startup-two-people")


def made(name: str) -> PlanResult:
    brief = EXAMPLES / name / "brief.yaml"
    return plan_brief(brief.read_text("utf-8"), path=str(brief), today=datetime.date(2026, 11, 22))


@pytest.mark.skipif(PROMTOOL is None, reason="NO RULE IS TESTED: promtool is not installed")
@pytest.mark.parametrize("name", [*ON_ARGO, *ON_HOST])
def test_promtool_finds_in_the_bundle_s_rules_what_the_loop_would_say(
    name: str, tmp_path: Path
) -> None:
    """Every figure of an equal release and of one that is three times worse, and both verdicts."""
    for artifact in made(name).bundle:
        if "-rollout" in artifact.path and artifact.path.startswith("observability/prometheus/"):
            path = tmp_path / artifact.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(to_text(artifact))
    (rules,) = tmp_path.glob("observability/prometheus/rules/*.yaml")
    (tests,) = tmp_path.glob("observability/prometheus/tests/*.yaml")

    for command, file in ((["check", "rules"], rules), (["test", "rules"], tests)):
        done = subprocess.run(
            [PROMTOOL or "", *command, file.name], cwd=file.parent, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [*ON_ARGO, *ON_HOST])
def test_nobody_has_thresholds_of_their_own(name: str) -> None:
    """What moves the traffic reads two recorded series and how often the canary was asked."""
    planned = made(name)
    policy = next(a for a in planned.bundle if a.path == "rollout/policy.yaml")
    assert yaml.safe_load(to_text(policy))["router"] == {"type": "none"}
    readers = [
        to_text(a)
        for a in planned.bundle
        if "/analysis-" in a.path or a.path in {"host/update.sh", "host/rules/release.yaml"}
    ]

    text = "\n".join(readers)
    assert names.ROLLOUT_RULE_WORSE in text
    assert names.ROLLOUT_RULE_PROVED in text
    assert "histogram_quantile" not in text
    assert names.EVALUATION_SCORE not in text
    assert "outcome=" not in text


@pytest.mark.parametrize("name", ON_ARGO)
def test_everybody_is_met_on_proof_only(name: str) -> None:
    """The last step with both versions waits for it; the proof waits, and is never a failure."""
    bundle = {a.path: a for a in made(name).bundle}
    rollout = yaml.safe_load(to_text(bundle["kubernetes/base/rollout.yaml"]))
    steps = rollout["spec"]["strategy"]["canary"]["steps"]
    gates = [
        [t["templateName"].rpartition("-")[2] for t in step["analysis"]["templates"]]
        for step in steps
        if "analysis" in step
    ]

    assert steps[-2] == {"setWeight": 100}
    assert gates[-2:] == [["judge", "proved"], ["judge"]]
    assert all(gate[0] == "judge" for gate in gates)
    gate = yaml.safe_load(to_text(bundle["kubernetes/components/release/analysis-proved.yaml"]))
    (metric,) = gate["spec"]["metrics"]
    assert metric["consecutiveSuccessLimit"] == 1
    assert "count" not in metric
    assert metric["failureCondition"].endswith("result[0] < 0")
    assert json.dumps(metric).count(names.ROLLOUT_RULE_WORSE) == 1
