"""Where audit records go, and when they are erased."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aegis.gateway.audit import audit_to


class Clock:
    """The time, as it is set."""

    def __init__(self, at: str) -> None:
        self.at = at

    def __call__(self) -> str:
        return self.at


def test_a_folder_gets_a_file_a_day_and_forgets_on_time(tmp_path: Path) -> None:
    clock = Clock("2026-11-01T09:00:00.000+00:00")
    (tmp_path / "notes.jsonl").write_text("not ours\n")
    write = audit_to(f"{tmp_path}/", keep_days=2, now=clock)
    for day in (1, 2, 3, 4):
        clock.at = f"2026-11-0{day}T09:00:00.000+00:00"
        write({"request": day})
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "2026-11-02.jsonl",
        "2026-11-03.jsonl",
        "2026-11-04.jsonl",
        "notes.jsonl",
    ]
    last = tmp_path / "2026-11-04.jsonl"
    assert json.loads(last.read_text()) == {"time": clock.at, "request": 4}
    assert last.stat().st_mode & 0o777 == 0o600


def test_records_past_their_time_go_when_the_gateway_starts(tmp_path: Path) -> None:
    (tmp_path / "2026-01-01.jsonl").write_text("{}\n")
    audit_to(str(tmp_path), keep_days=30, now=Clock("2026-11-01T09:00:00.000+00:00"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    file = tmp_path / "deep/audit.jsonl"
    for request in (1, 2):
        audit_to(str(file), keep_days=1, now=Clock("2026-11-01T09:00:00Z"))({"request": request})
    assert [json.loads(line)["request"] for line in file.read_text().splitlines()] == [1, 2]


def test_standard_output_marks_each_record(capsys: pytest.CaptureFixture[str]) -> None:
    audit_to("-", keep_days=1, now=Clock("2026-11-01T09:00:00Z"))({"request": 1})
    assert json.loads(capsys.readouterr().out) == {
        "time": "2026-11-01T09:00:00Z",
        "aegis.audit": True,
        "request": 1,
    }
