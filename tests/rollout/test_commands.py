"""`aegis rollout …` as a person and a program meet it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from tests.rollout.doubles import POLICY, JumpingClock

from aegis.cli.commands.rollout import rollout
from aegis.operations import rolling
from aegis.operations.rolling import RolloutError, run_rollout
from aegis.rollout.report import RolloutResult

RUN = CliRunner()


def counts(rates: dict[str, float], *, minutes: int = 12, start: float = 1_000_000.0) -> str:
    """Recorded totals: 100 and 900 requests a minute, and the bad ones of these shares."""
    lines = []
    for minute in range(minutes):
        arms = {
            arm: {"events": round(units * minute * rates[arm]), "total": units * minute}
            for arm, units in (("canary", 100), ("stable", 900))
        }
        lines.append(json.dumps({"at_s": start + 60 * minute, "metrics": {"errors": arms}}))
    return "\n".join(lines) + "\n"


def folder(tmp_path: Path, rates: dict[str, float], **changes: Any) -> Path:
    """A policy beside a recorded file; the split is what the file holds."""
    (tmp_path / "counts.jsonl").write_text(counts(rates, minutes=40))
    text = yaml.safe_dump({**POLICY, "steps": POLICY["steps"][:1], **changes})
    (tmp_path / "policy.yaml").write_text(text)
    return tmp_path / "policy.yaml"


def ask(*words: object) -> Result:
    return RUN.invoke(rollout, [str(w) for w in words])


SAME = {"canary": 0.02, "stable": 0.02}
WORSE = {"canary": 0.08, "stable": 0.02}


def test_a_rollout_over_a_recorded_file_ends_and_is_told(tmp_path: Path) -> None:
    """Status and evidence read the verified record; a second run has nothing left to do."""
    policy = folder(tmp_path, WORSE)
    result = run_rollout(policy, clock=JumpingClock(), candidate="sha256:abc")
    assert (result.outcome, result.candidate) == ("rolled-back", "sha256:abc")
    assert run_rollout(policy, clock=JumpingClock()) == result

    status, evidence = ask("status", policy), ask("evidence", policy)

    assert status.exit_code == 0
    assert "rolled-back, verdict failed" in status.output
    assert "because worse than stable: errors" in status.output
    assert "the chain is whole" in evidence.output
    again = RolloutResult.model_validate_json(ask("status", policy, "--format", "json").output)
    assert again == result


def test_a_changed_record_is_refused_with_its_line(tmp_path: Path) -> None:
    """Exit 2, and the line."""
    policy = folder(tmp_path, WORSE)
    run_rollout(policy, clock=JumpingClock())
    record = rolling.default_record(policy)
    record.write_text(record.read_text().replace('"looked"', '"looked" ', 1))

    done = ask("status", policy)

    assert done.exit_code == 2
    assert "chain is broken" in done.output


@pytest.mark.parametrize(
    ("rates", "code", "verdict"),
    [
        pytest.param(SAME, 0, "passed", id="equal"),
        pytest.param(WORSE, 4, "failed", id="worse"),
        pytest.param({"canary": 0.0, "stable": 0.0}, 3, "inconclusive", id="nothing-to-compare"),
    ],
)
def test_one_verdict_over_a_file(
    tmp_path: Path, rates: dict[str, float], code: int, verdict: str
) -> None:
    """By exit code for a pipeline, in words for a person."""
    policy = folder(tmp_path, rates, metrics=[{"id": "errors", "kind": "rate", "margin": 2}])

    done = ask("judge", policy, "--counts", tmp_path / "counts.jsonl")

    assert done.exit_code == code, done.output
    assert f"verdict {verdict}" in done.output


def test_a_broken_line_is_named_and_loses_nothing_else(tmp_path: Path) -> None:
    """The verdict over the rest stands."""
    policy = folder(tmp_path, WORSE)
    broken = tmp_path / "broken.jsonl"
    broken.write_text(counts(WORSE).replace("\n", "\n{half a line\n", 1))

    done = ask("judge", policy, "--counts", broken, "--format", "json")

    assert done.exit_code == 4
    result = json.loads(done.output)
    assert "broken.jsonl:2" in result["problems"][0]


def test_counts_that_begin_again_change_no_verdict(tmp_path: Path) -> None:
    """Every process restarts in the middle: the same verdict, and it is said."""
    policy = folder(tmp_path, SAME)
    lines = [json.loads(line) for line in counts(SAME, minutes=30).splitlines()]
    base = lines[15]["metrics"]["errors"]
    for line in lines[16:]:
        for arm, totals in line["metrics"]["errors"].items():
            for counter in totals:
                totals[counter] -= base[arm][counter]
    file = tmp_path / "restarted.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))

    done = ask("judge", policy, "--counts", file)

    assert done.exit_code == 0, done.output
    assert "began again" in done.output


def test_before_it_starts_it_says_what_the_traffic_can_show(tmp_path: Path) -> None:
    """Fifty requests a look and a doubled 1 % need at least fifteen looks."""
    metric = {"id": "errors", "kind": "rate", "expected_share": 0.01, "margin": 2}
    policy = folder(tmp_path, SAME, metrics=[metric], expected_units_per_s=500 / 60)

    done = ask("run", policy, "--dry-run")

    assert done.exit_code == 0
    assert (
        "with 50 requests a look at 10 %, a doubled 1 % (assumed) needs at least 15 looks"
        in done.output
    )
    assert not rolling.default_record(policy).exists()


def test_an_abort_without_a_loop_sets_the_weight_and_records_who_and_why(tmp_path: Path) -> None:
    """The way back at once; afterwards it is over."""
    (tmp_path / "gateway.yaml").write_text(
        "upstreams:\n- track: stable\n  weight_percent: 90\n- track: canary\n  weight_percent: 10\n"
    )
    policy = folder(
        tmp_path, SAME, router={"type": "gateway", "policy": "gateway.yaml"},
        cap={"looks": 3, "seconds": 1e6},
    )  # fmt: skip
    assert run_rollout(policy, clock=JumpingClock()).outcome == "held"

    done = ask("abort", policy, "--reason", "support says so", "--by", "ann")

    assert done.exit_code == 0, done.output
    assert "because ann: support says so" in done.output
    assert "weight_percent: 100" in (tmp_path / "gateway.yaml").read_text()
    again = ask("abort", policy, "--reason", "twice")
    assert again.exit_code == 2
    assert "over already: aborted" in again.output


def test_an_abort_stops_a_loop_in_another_process(tmp_path: Path) -> None:
    """The loop lets go, ends with exit 4, and the record is whole."""
    (tmp_path / "gateway.yaml").write_text(
        "upstreams:\n- track: stable\n  weight_percent: 100\n- track: canary\n  weight_percent: 0\n"
    )
    policy = folder(
        tmp_path, SAME, look_s=0.2, router={"type": "gateway", "policy": "gateway.yaml"},
        cap={"looks": 10**6, "seconds": 1e6},
    )  # fmt: skip
    command = [sys.executable, "-m", "aegis", "rollout", "run", str(policy), "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as loop:
        until = time.monotonic() + 30
        while (
            "weight_percent: 10" not in (tmp_path / "gateway.yaml").read_text().split("canary")[1]
        ):
            assert time.monotonic() < until
            time.sleep(0.05)
        done = ask("abort", policy, "--reason", "support says so", "--by", "ann")
        out, _ = loop.communicate(timeout=30)

    assert done.exit_code == 0, done.output
    assert loop.returncode == 4
    assert json.loads(out)["reason"] == "ann: support says so"
    assert "weight_percent: 0" in (tmp_path / "gateway.yaml").read_text()
    assert "the chain is whole" in ask("evidence", policy).output
    assert not (tmp_path / "policy.evidence.jsonl.abort").exists()


def test_two_loops_do_not_run_one_rollout(tmp_path: Path) -> None:
    """The second says what to do."""
    policy = folder(tmp_path, SAME)
    with (
        rolling.locked(rolling.default_record(policy)),
        pytest.raises(RolloutError, match="another"),
    ):
        run_rollout(policy, clock=JumpingClock())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("version: 1\n", "cap: Field required", id="half-a-policy"),
        pytest.param("a: [", "is not YAML", id="no-yaml"),
    ],
)
def test_a_policy_that_is_none_is_refused_field_by_field(
    tmp_path: Path, text: str, says: str
) -> None:
    """Exit 2; nothing is started."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)

    done = ask("run", file)

    assert done.exit_code == 2
    assert says in done.output


@pytest.mark.parametrize("command", ["status", "evidence"])
def test_without_a_record_there_is_nothing_to_tell(tmp_path: Path, command: str) -> None:
    """Said in a sentence."""
    done = ask(command, folder(tmp_path, SAME))

    assert done.exit_code == 2
    assert "no rollout has begun" in done.output


def test_rules_need_prometheus(tmp_path: Path) -> None:
    """A recorded file has no selectors."""
    done = ask("rules", folder(tmp_path, SAME), "--out", tmp_path / "rules")

    assert done.exit_code == 2
    assert "source of type prometheus" in done.output
