"""What every report is read into: requests with their times, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from aegis.sizing.arrivals import Request
from aegis.sizing.calibration import Observed

Json = Mapping[str, JsonValue]


class UnreadableReportError(Exception):
    """Why a report cannot be used, and what would make it usable."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(f"{reason}; {mend}")
        self.reason = reason
        self.mend = mend


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRun:
    """One run. Times in seconds from its first request; `counted` marks those to compare.

    Requests that are not counted (warm-up) still delay the others.
    """

    tool: str
    model: str
    requests: tuple[Observed, ...]
    counted: tuple[bool, ...]
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One request as a report has it: seconds on any clock, tokens, and whether it counts."""

    sent_s: float
    ttft_s: float
    e2e_s: float
    prompt_tokens: int
    output_tokens: int
    counts: bool = True


def run_of(
    rows: Sequence[Timed | None], *, tool: str, model: str = "", failed: int = 0
) -> MeasuredRun:
    """The rows in order of sending, the first at time 0; None is a request that failed.

    `failed` counts those of which the report has no row.

    Raises:
        UnreadableReportError: nothing usable is in it.
    """
    usable = sorted(
        (
            r
            for r in rows
            if r and r.prompt_tokens > 0 and r.output_tokens > 0 and r.e2e_s >= r.ttft_s > 0
        ),
        key=lambda r: r.sent_s,
    )
    if not usable:
        raise UnreadableReportError(
            f"{tool}: no request has its lengths, its time to first token and its end",
            "let the load generator stream answers and ask for token usage",
        )
    start = usable[0].sent_s
    return MeasuredRun(
        tool=tool,
        model=model,
        requests=tuple(
            Observed(Request(r.sent_s - start, r.prompt_tokens, r.output_tokens), r.ttft_s, r.e2e_s)
            for r in usable
        ),
        counted=tuple(r.counts for r in usable),
        failed=failed + len(rows) - len(usable),
    )


def number(row: Json, *path: str) -> float | None:
    """The number at that path, None where any part is missing."""
    value: JsonValue = dict(row)
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def text(row: Json, *path: str) -> str:
    """The text at that path, empty where any part is missing."""
    value: JsonValue = dict(row)
    for name in path:
        if not isinstance(value, dict):
            return ""
        value = value.get(name)
    return value if isinstance(value, str) else ""


def rows_of(value: JsonValue) -> list[Json]:
    """The objects of a list; empty for anything else."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def numbers(value: JsonValue) -> list[float]:
    """The numbers of a list, NaN-free; anything else in it counts as 0."""
    if not isinstance(value, list):
        return []
    return [
        float(v) if isinstance(v, int | float) and not isinstance(v, bool) else 0.0 for v in value
    ]
