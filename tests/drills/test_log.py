"""The log outlives its process, says what it does not know, and cannot be changed unseen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.drills import stage

from aegis.cli.commands.drill import drill
from aegis.drills import log as logs
from aegis.drills.types import Begun, Ended
from aegis.plan.types import Plan
from aegis.rollout.record import RecordError


@pytest.fixture(scope="module")
def made() -> Plan:
    return stage.plan()


def started(folder: Path, backend: str, drill_id: str) -> tuple[subprocess.Popen[bytes], Path]:
    """`aegis drill run` in a process of its own, until its fault is in force."""
    log = folder / "drills.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "aegis", "drill", "run", str(folder), "--backend", backend, "--log",
         str(log), "--rate", "20", "--answer-s", "2", "--experiment", drill_id],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ), start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 30
    while not log.exists() and time.monotonic() < until:
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.3)
    return process, log


def report(log: Path, *more: str) -> tuple[int, str]:
    done = CliRunner().invoke(drill, ["report", str(log), *more])
    return done.exit_code, done.output


@pytest.mark.obligation(49)
def test_a_log_survives_a_kill_and_is_read_back(made: Plan, tmp_path: Path) -> None:
    """What was begun stands on disk before its fault; the next run goes on in the same chain."""
    folder = stage.bundle(tmp_path / "out", made)
    with stage.model() as backend:
        process, log = started(folder, backend, "backend-busy")
        os.killpg(process.pid, signal.SIGKILL)  # and its gateway, which nobody else would stop
        process.wait(10)
        (entry,) = logs.read_log(log).entries
        assert isinstance(entry, Begun)
        assert entry.plan == made.id
        assert entry.steady
        assert all(m.verdict == "passed" for m in entry.steady)
        assert report(log)[0] == 3

        with log.open("ab") as file:
            file.write(b'{"previous": "sha')  # the write that the next crash tears
        ran = stage.run(folder, backend, "--environment", "production", "--experiment", "injection")

    assert ran.code == 3
    found = logs.drills_of(logs.read_log(log).entries)
    assert [each.outcome for each in found] == ["interrupted", "refused"]
    code, page = report(log)
    assert code == 3
    assert "**interrupted**" in page
    assert "production is closed" in page


def test_an_interruption_takes_the_fault_back_and_says_so(made: Plan, tmp_path: Path) -> None:
    """Ctrl-C in the middle: exit 130, an entry that says aborted, and no gateway left behind."""
    folder = stage.bundle(tmp_path / "out", made)
    with stage.model() as backend:
        process, log = started(folder, backend, "backend-busy")
        process.send_signal(signal.SIGINT)
        code = process.wait(20)

    begun, ended = logs.read_log(log).entries
    assert code == 130
    assert isinstance(begun, Begun)
    assert isinstance(ended, Ended)
    assert (ended.outcome, ended.why) == ("aborted", "interrupted")


def test_a_changed_line_is_found(made: Plan, tmp_path: Path) -> None:
    """A failed drill cannot be made a held one afterwards."""
    folder = stage.bundle(tmp_path / "out", made)
    for _ in range(2):
        stage.run(
            folder, "http://127.0.0.1:9", "--environment", "production", "--experiment", "injection"
        )
    log = folder / "drills.jsonl"
    first, second = log.read_text("utf-8").splitlines()
    changed = json.loads(first) | {"why": "it went well"}
    log.write_text(json.dumps(changed, separators=(",", ":")) + "\n" + second + "\n", "utf-8")

    with pytest.raises(RecordError, match="the chain is broken"):
        logs.read_log(log)
    assert report(log)[0] == 2
