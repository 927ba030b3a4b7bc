"""AIPerf's `profile_export.jsonl`.

Fields as AIPerf 0.13 documents them (`docs/tutorials/working-with-profile-exports.md`): one JSON
object a line, `metadata` with times in nanoseconds, `metrics` with a value and its unit.
"""

from __future__ import annotations

from collections.abc import Sequence

from aegis.measure.readers.run import Json, MeasuredRun, Timed, number, run_of, text

TOOL = "aiperf"
_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "sec": 1.0}


def is_aiperf(row: Json) -> bool:
    """Whether a line has the fields of this tool."""
    return number(row, "metadata", "request_start_ns") is not None and "metrics" in row


def read_aiperf(rows: Sequence[Json]) -> MeasuredRun:
    """The requests of a profile; those of the warm-up are not counted."""
    return run_of([None if row.get("error") else _timed(row) for row in rows], tool=TOOL)


def _seconds(row: Json, metric: str) -> float | None:
    value = number(row, "metrics", metric, "value")
    unit = _SECONDS.get(text(row, "metrics", metric, "unit"), 1e-3)
    return None if value is None else value * unit


def _timed(row: Json) -> Timed | None:
    sent = number(row, "metadata", "request_start_ns")
    first, whole = _seconds(row, "time_to_first_token"), _seconds(row, "request_latency")
    prompt = number(row, "metrics", "input_sequence_length", "value")
    output = number(row, "metrics", "output_sequence_length", "value")
    if sent is None or first is None or whole is None or prompt is None or output is None:
        return None
    return Timed(
        sent_s=sent * 1e-9,
        ttft_s=first,
        e2e_s=whole,
        prompt_tokens=int(prompt),
        output_tokens=int(output),
        counts=text(row, "metadata", "benchmark_phase") != "warmup",
    )
