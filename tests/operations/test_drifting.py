"""Drift from real files: every format, every kind of breakage, and a crash at any byte."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.feather  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegis.base import conventions as names
from aegis.base.verdict import Verdict
from aegis.operations.drifting import (
    Check,
    DriftError,
    check_windows,
    fit_reference,
    merge_references,
)

Rows = list[dict[str, object]]


def draw(rows: int, seed: int, shift: float = 0.0) -> Rows:
    rng = np.random.default_rng(seed)
    ages = np.round(40 + 12 * (rng.standard_normal(rows) + shift), 3)
    countries = rng.choice(["DE", "FR, Sud", 'I"T'], rows, p=[0.5, 0.3, 0.2])
    return [
        {"age": float(a) if i % 50 else None, "country": str(c)}
        for i, (a, c) in enumerate(zip(ages, countries, strict=True))
    ]


def as_csv(path: Path, rows: Rows) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def as_json(path: Path, rows: Rows) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def as_gzip(path: Path, rows: Rows) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()))


def as_parquet(path: Path, rows: Rows) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=300)


def as_arrow(path: Path, rows: Rows) -> None:
    pyarrow.feather.write_feather(pa.Table.from_pylist(rows), str(path))


def as_stream(path: Path, rows: Rows) -> None:
    table = pa.Table.from_pylist(rows)
    with pa.ipc.new_stream(str(path), table.schema) as file:
        file.write_table(table)


WRITERS: Mapping[str, Callable[[Path, Rows], None]] = {
    "w.csv": as_csv,
    "w.jsonl": as_json,
    "w.jsonl.gz": as_gzip,
    "w.parquet": as_parquet,
    "w.feather": as_arrow,
    "w.arrow": as_stream,
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a reference of ten thousand rows and windows in every format."""
    folder = tmp_path_factory.mktemp("drift")
    as_parquet(folder / "reference.parquet", draw(10_000, 1))
    fit_reference([folder / "reference.parquet"], folder / "ref.json")
    for name, write in WRITERS.items():
        write(folder / name, draw(700, 2, shift=0.1))
    for day in range(4):
        as_json(folder / f"day{day}.jsonl", draw(500, 10 + day, shift=0.4 * (day > 1)))
    return folder


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_evidence(home: Path, name: str) -> None:
    """Quotes, commas and missing values included."""
    found = check_windows(home / "ref.json", [home / name])
    same = check_windows(home / "ref.json", [home / "w.parquet"])

    assert found.windows[0].rows == 700
    assert found.evidence == same.evidence
    assert found.verdict is Verdict.PASSED
    assert not found.problems


@pytest.mark.parametrize(
    ("name", "text", "problems"),
    [
        pytest.param(
            "a.csv", 'age,country\n1,DE\n2\n3,FR\n4,DE,x\n5,"unclosed\n6,DE\n',
            ("a.csv:3: 1 values, the header has 2", "a.csv:5: 3 values, the header has 2",
             "a.csv:6: a quote that is never closed"),
            id="csv",
        ),
        pytest.param(
            "a.jsonl", '{"age": 1, "country": "DE"}\n{"age": 2, "coun\n[1]\n{"age": 3}\n',
            ("a.jsonl:2: not JSON: Invalid control character at", "a.jsonl:3: not a JSON object"),
            id="json-lines",
        ),
    ],
)  # fmt: skip
def test_a_broken_line_is_named_and_loses_nothing_else(
    home: Path, tmp_path: Path, name: str, text: str, problems: tuple[str, ...]
) -> None:
    (tmp_path / name).write_text(text)

    found = check_windows(home / "ref.json", [tmp_path / name])

    assert sorted(p.removeprefix(f"{tmp_path}/") for p in found.problems) == sorted(problems)
    broken = len(problems)
    lines = text.count("\n") - (name == "a.csv")
    assert found.windows[0].rows == lines - broken


def test_bytes_that_are_no_text_cost_one_line(home: Path, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"age,country\n1,DE\n2,\xff\n3,FR\n")

    found = check_windows(home / "ref.json", [tmp_path / "b.csv"])

    assert found.windows[0].rows == 2
    assert found.problems == (f"{tmp_path}/b.csv:3: not UTF-8",)


def test_one_cell_of_another_type_is_named_and_counts_as_missing(
    home: Path, tmp_path: Path
) -> None:
    rows: Rows = [*draw(100, 3), {"age": "unknown", "country": "DE"}]
    as_json(tmp_path / "c.jsonl", rows)

    found = check_windows(home / "ref.json", [tmp_path / "c.jsonl"])

    assert found.verdict is Verdict.PASSED
    assert found.problems == (f"{tmp_path}/c.jsonl:101: `age` is a text, not a number",)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("e.csv", b"", "no rows", id="empty-file"),
        pytest.param("e.csv", b"age,country\n", "no rows", id="header-only"),
        pytest.param("e.jsonl", b"\n\n", "no rows", id="blank-lines"),
        pytest.param("e.parquet", b"PAR1 nonsense", "cannot be read", id="broken-parquet"),
        pytest.param("e.arrow", b"nonsense", "cannot be read", id="broken-arrow"),
        pytest.param("e.xlsx", b"", "cannot tell", id="unknown-format"),
        pytest.param("e.jsonl.gz", b"\x1f\x8b\x08\x00", "no rows", id="broken-archive"),
    ],
)
def test_a_window_that_cannot_be_read_is_inconclusive_and_stops_no_other(
    home: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)

    found = check_windows(home / "ref.json", [tmp_path / name, home / "w.csv"])

    assert found.verdict is Verdict.INCONCLUSIVE
    assert said in found.windows[0].reasons[0]
    assert found.windows[1].verdict is Verdict.PASSED


def test_a_file_can_be_cut_into_windows(home: Path, tmp_path: Path) -> None:
    """Across row groups and formats alike; the last one holds what is left."""
    as_parquet(tmp_path / "long.parquet", draw(1100, 4))
    as_csv(tmp_path / "long.csv", draw(1100, 4))

    found = [
        check_windows(home / "ref.json", [tmp_path / name], Check(rows=500))
        for name in ("long.parquet", "long.csv")
    ]

    assert [w.rows for w in found[0].windows] == [500, 500, 100]
    assert [w.evidence for w in found[0].windows] == [w.evidence for w in found[1].windows]


def days(home: Path) -> list[Path]:
    return [home / f"day{day}.jsonl" for day in range(4)]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.floats(0, 1))
def test_a_crash_at_any_byte_changes_no_verdict(home: Path, tmp_path: Path, at: float) -> None:
    """The history is cut anywhere; giving all windows again ends where an unbroken run does."""
    whole, torn = tmp_path / "whole.jsonl", tmp_path / "torn.jsonl"
    for path in (whole, torn):
        path.unlink(missing_ok=True)
    unbroken = check_windows(home / "ref.json", days(home), Check(state=whole))
    head = whole.read_bytes().index(b"\n") + 1
    text = whole.read_bytes()
    torn.write_bytes(text[: head + round(at * (len(text) - head))])

    again = check_windows(home / "ref.json", days(home), Check(state=torn))

    assert again.evidence == unbroken.evidence
    assert again.verdict is unbroken.verdict is Verdict.FAILED
    assert again.windows[-1].name == unbroken.windows[-1].name
    assert again.windows_so_far == 4


def test_one_call_a_day_is_the_same_as_one_call(home: Path, tmp_path: Path) -> None:
    """Evidence is carried to the digit."""
    together = check_windows(home / "ref.json", days(home))
    state = tmp_path / "state" / "drift.jsonl"
    apart = [check_windows(home / "ref.json", [day], Check(state=state)) for day in days(home)]

    assert apart[-1].evidence == together.evidence
    assert [a.windows[0].verdict for a in apart] == [w.verdict for w in together.windows]
    assert apart[-1].windows[0].moved == together.windows[-1].moved


def test_a_fresh_start_forgets_the_evidence_and_keeps_the_reason(
    home: Path, tmp_path: Path
) -> None:
    state = tmp_path / "drift.jsonl"
    drifted = check_windows(home / "ref.json", days(home), Check(state=state))
    check = Check(state=state, fresh_start="retrained")

    calm = check_windows(home / "ref.json", [home / "w.csv"], check)

    assert drifted.verdict is Verdict.FAILED
    assert calm.verdict is Verdict.PASSED
    assert calm.windows_so_far == 5
    assert "retrained" in state.read_text()


@pytest.mark.parametrize(
    ("other", "budget", "said"),
    [
        pytest.param(True, 1000, "another reference", id="another-reference"),
        pytest.param(False, 500, "--budget 1000", id="another-budget"),
    ],
)
def test_evidence_of_another_question_is_refused(
    home: Path, tmp_path: Path, *, other: bool, budget: float, said: str
) -> None:
    state = tmp_path / "drift.jsonl"
    check_windows(home / "ref.json", [home / "w.csv"], Check(state=state))
    reference = home / "ref.json"
    if other:
        reference = tmp_path / "other.json"
        fit_reference([home / "w.parquet"], reference)

    with pytest.raises(DriftError, match=said):
        check_windows(reference, [home / "w.csv"], Check(state=state, budget=budget))


def test_references_of_two_files_merge(home: Path, tmp_path: Path) -> None:
    parts = []
    for seed in (1, 2):
        as_csv(tmp_path / f"{seed}.csv", draw(1000, seed))
        parts.append(tmp_path / f"{seed}.json")
        like = parts[0] if seed > 1 else None
        fit_reference([tmp_path / f"{seed}.csv"], parts[-1], like=like)

    merged = merge_references(parts, tmp_path / "both.json")
    whole = fit_reference(
        [tmp_path / "1.csv", tmp_path / "2.csv"], tmp_path / "whole.json", like=parts[0]
    )

    assert merged.rows == 2000
    assert merged.digest == whole.digest
    with pytest.raises(DriftError, match="--like"):
        merge_references([parts[0], home / "ref.json"], tmp_path / "no.json")


def test_the_metrics_carry_the_name_that_the_rules_read(home: Path, tmp_path: Path) -> None:
    """Whole and by role; after a window that could not be judged, nothing."""
    textfile = tmp_path / "drift.prom"
    check = Check(metrics=textfile, labels={"service": "fraud"})

    drifted = check_windows(home / "ref.json", days(home), check)
    lines = [x for x in textfile.read_text().splitlines() if not x.startswith("#")]
    check_windows(home / "ref.json", [home / "day0.jsonl", home / "none.csv"], check)

    assert (
        lines[0] == f'{names.DRIFT_EVIDENCE}{{service="fraud",signal="all"}} {drifted.evidence:.6g}'
    )
    assert lines[1].startswith(f'{names.DRIFT_EVIDENCE}{{service="fraud",signal="inputs"}}')
    assert [x for x in textfile.read_text().splitlines() if not x.startswith("#")] == []


def test_csv_and_json_lines_need_no_pyarrow(home: Path, tmp_path: Path) -> None:
    """And Parquet says what to install."""
    program = "import sys; sys.modules['pyarrow'] = None\nfrom aegis.cli.main import main; main()"
    as_csv(tmp_path / "r.csv", draw(2000, 1))

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, "drift", *map(str, arguments)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    fitted = run("fit", tmp_path / "r.csv", "--out", tmp_path / "r.json")
    passed = run("check", tmp_path / "r.json", home / "w.jsonl", home / "w.csv")
    refused = run("check", tmp_path / "r.json", home / "w.parquet")

    assert (fitted.returncode, passed.returncode, refused.returncode) == (0, 0, 3), passed.stdout
    assert "aegis-deploy[drift]" in refused.stdout


def test_exit_codes_and_both_views(home: Path, tmp_path: Path) -> None:
    """0 no drift so far, 4 drift, 3 no way to tell, 2 a call that cannot be right."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "aegis.cli.main", "drift", *map(str, arguments)],
            capture_output=True, text=True, check=False, env={"COLUMNS": "100", "PATH": ""},
        )  # fmt: skip

    calm = run("check", home / "ref.json", home / "w.csv")
    drifted = run("check", home / "ref.json", *days(home), "--format", "json")
    unclear = run("check", home / "ref.json", tmp_path / "none.csv")
    wrong = run("check", home / "w.csv", home / "w.csv")

    assert [r.returncode for r in (calm, drifted, unclear, wrong)] == [0, 4, 3, 2]
    assert calm.stdout.startswith("No drift so far.")
    assert json.loads(drifted.stdout)["windows"][-1]["moved"][0]["column"] == "age"
    assert "no such file" in " ".join(unclear.stdout.split())
    assert "no drift reference" in wrong.stderr
