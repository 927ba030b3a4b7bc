"""Recorded arrivals from a file: CSV or JSON lines, in our own or two public formats.

Ours: `arrival_s`, `prompt_tokens`, `output_tokens`, and optionally `group` and `shared_tokens`.
Azure's public traces: `TIMESTAMP`, `ContextTokens`, `GeneratedTokens`. Mooncake's: `timestamp`
in milliseconds, `input_length`, `output_length`.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aegis.sizing.arrivals import Request

MOST_SIMULATED = 3000
"""Requests of a recording that are simulated: its busiest stretch."""

PEAK_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What a file says: all requests in order, and what is wrong with it, line by line."""

    requests: tuple[Request, ...]
    problems: tuple[str, ...]


def read_arrivals(text: str, *, path: str) -> Recording:
    """The requests of a recording, the first at time 0."""
    rows = _json_rows(text) if text.lstrip().startswith("{") else _csv_rows(text)
    requests, problems = [], []
    for line, cells in rows:
        try:
            requests.append(_request(cells))
        except ValueError as error:
            problems.append(f"{path}:{line}: {error}")
    if not requests and not problems:
        problems.append(f"{path}:1: no request in it; a header and a line for each are needed")
    requests.sort(key=lambda request: request.arrival_s)
    start = requests[0].arrival_s if requests else 0.0
    moved = tuple(r._replace(arrival_s=r.arrival_s - start) for r in requests)
    return Recording(requests=moved, problems=tuple(problems[:20]))


Cells = Mapping[str, object]


def _csv_rows(text: str) -> Iterator[tuple[int, Cells]]:
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        yield reader.line_num, {str(k).strip(): v for k, v in row.items()}


def _json_rows(text: str) -> Iterator[tuple[int, Cells]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError:
                row = {}
            yield number, row if isinstance(row, dict) else {}


def _request(cells: Cells) -> Request:
    if "TIMESTAMP" in cells:
        return Request(
            _instant(cells["TIMESTAMP"]),
            _tokens(cells, "ContextTokens"),
            _tokens(cells, "GeneratedTokens"),
        )
    if "input_length" in cells:
        return Request(
            _number(cells, "timestamp") / 1000,
            _tokens(cells, "input_length"),
            _tokens(cells, "output_length"),
        )
    return Request(
        _number(cells, "arrival_s"),
        _tokens(cells, "prompt_tokens"),
        _tokens(cells, "output_tokens"),
        int(_number(cells, "group", 0.0)),
        int(_number(cells, "shared_tokens", 0.0)),
    )


def _number(cells: Cells, name: str, default: float | None = None) -> float:
    cell = cells.get(name)
    if cell is None or cell == "":
        if default is not None:
            return default
        raise ValueError(f"no `{name}`; arrival_s, prompt_tokens and output_tokens are needed")
    try:
        value = float(str(cell))
    except ValueError:
        raise ValueError(f"{name}: `{cell}` is no number") from None
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name}: `{cell}` is below zero or endless")
    return value


def _tokens(cells: Cells, name: str) -> int:
    value = _number(cells, name)
    if value < 1:
        raise ValueError(f"{name}: at least one token")
    return int(value)


def _instant(cell: object) -> float:
    """Seconds of a date and time; fractions beyond microseconds are cut."""
    text = str(cell).strip()
    whole, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    shortened = f"{whole}{dot}{rest[: min(digits, 6)]}{rest[digits:]}"
    try:
        moment = datetime.datetime.fromisoformat(shortened)
    except ValueError:
        raise ValueError(f"TIMESTAMP: `{text}` is no date and time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.timestamp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Rates and mean lengths of a recording: requests per second and tokens."""

    peak_rps: float
    mean_rps: float
    input_tokens: float
    output_tokens: float


def summary(requests: Sequence[Request]) -> Summary:
    """Of all requests; the peak is the busiest minute, or the whole where it is shorter.

    >>> calls = [Request(float(i), 100, 10) for i in range(120)]
    >>> round(summary(calls).peak_rps, 2), summary(calls).input_tokens
    (1.02, 100.0)
    """
    times = [request.arrival_s for request in requests]
    span = max(times[-1] - times[0], 1e-9)
    window = min(PEAK_WINDOW_S, span)
    busiest, first = 1, 0
    for last, time in enumerate(times):
        while time - times[first] > window:
            first += 1
        busiest = max(busiest, last - first + 1)
    count = len(requests)
    return Summary(
        peak_rps=busiest / window,
        mean_rps=count / span,
        input_tokens=sum(request.prompt_tokens for request in requests) / count,
        output_tokens=sum(request.output_tokens for request in requests) / count,
    )


def busiest(requests: Sequence[Request], most: int = MOST_SIMULATED) -> tuple[Request, ...]:
    """So many consecutive requests that came in the shortest time, from time 0."""
    if len(requests) > most:
        ends = range(most - 1, len(requests))
        last = min(ends, key=lambda i: requests[i].arrival_s - requests[i - most + 1].arrival_s)
        requests = requests[last - most + 1 : last + 1]
    start = requests[0].arrival_s
    return tuple(request._replace(arrival_s=request.arrival_s - start) for request in requests)
