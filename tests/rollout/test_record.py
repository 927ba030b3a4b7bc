"""The evidence record: what is changed is noticed, what is torn is kept, nothing before it is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.rollout.doubles import policy

from aegis.rollout.record import (
    Aborted,
    Journal,
    Record,
    RecordError,
    Routed,
    Started,
    Troubled,
    read_record,
)

ENTRIES = (
    Started(at_s=1.0, policy_digest="sha256:x", policy=policy(), candidate="v2 – «naïve»"),
    Routed(at_s=2.0, weight_percent=10.0),
    Troubled(at_s=3.0, what="no answer\nat all"),
    Aborted(at_s=4.0, by="ann", reason="enough"),
)


def written(path: Path) -> Path:
    path.unlink(missing_ok=True)
    journal = Journal(path, Record())
    for entry in ENTRIES:
        journal.append(entry)
    return path


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every entry, and the chain goes on from the last line."""
    path = written(tmp_path / "r.jsonl")
    record = read_record(path)

    assert record.entries == ENTRIES
    Journal(path, record).append(Routed(at_s=5.0, weight_percent=0.0))
    assert len(read_record(path).entries) == 5


def test_each_line_is_on_disk_before_anything_else_happens(tmp_path: Path) -> None:
    """One sync of the file a line, and one of the folder for the new file."""
    synced: list[int] = []
    journal = Journal(tmp_path / "r.jsonl", Record(), sync=synced.append)

    journal.append(ENTRIES[0])
    journal.append(ENTRIES[1])

    assert len(synced) == 3


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_changed_record_is_refused(tmp_path: Path, data: st.DataObject) -> None:
    """Any line but the last, in any character of its meaning, removed or moved."""
    path = written(tmp_path / "r.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 2))
    match data.draw(st.sampled_from(["change", "remove", "swap"])):
        case "change":
            document = json.loads(lines[number])
            document["at_s"] += 0.5
            lines[number] = json.dumps(document).encode() + b"\n"
        case "remove":
            del lines[number]
        case _:
            lines[number], lines[number + 1] = lines[number + 1], lines[number]
    path.write_bytes(b"".join(lines))

    with pytest.raises(RecordError, match=r"r\.jsonl:\d"):
        read_record(path)


def test_a_torn_line_is_set_aside_at_every_length(tmp_path: Path) -> None:
    """A crash in the middle of a write costs that line, which was not yet acted upon."""
    whole = written(tmp_path / "whole.jsonl").read_bytes()
    last = whole[:-1].rindex(b"\n") + 1
    for size in range(last + 1, len(whole)):
        path = tmp_path / "r.jsonl"
        path.write_bytes(whole[:size])
        record = read_record(path)
        Journal(path, record).append(ENTRIES[3])

        assert record.entries == ENTRIES[:3]
        assert path.read_bytes() == whole
        assert (tmp_path / "r.jsonl.torn").read_text("utf-8")


def test_no_record_is_an_empty_one(tmp_path: Path) -> None:
    """Nothing has begun."""
    assert read_record(tmp_path / "none.jsonl") == Record()
