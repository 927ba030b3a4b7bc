"""inference-perf's `per_request_lifecycle_metrics.json`.

Fields as inference-perf writes them (`docs/reports.md`, commit 1327931c4c58): a list of requests,
times of a monotonic clock in seconds. Token counts stand in `info` up to 0.2 and in
`info.request_metrics` and `info.response_metrics` since.
"""

from __future__ import annotations

from collections.abc import Sequence

from aegis.measure.readers.run import Json, MeasuredRun, Timed, number, numbers, run_of

TOOL = "inference-perf"


def is_inference_perf(row: Json) -> bool:
    """Whether a row has the fields of this tool."""
    return "start_time" in row and "end_time" in row and isinstance(row.get("info"), dict)


def read_inference_perf(rows: Sequence[Json]) -> MeasuredRun:
    """The requests of a run that streamed; one without token times has no first token."""
    return run_of([None if row.get("error") else _timed(row) for row in rows], tool=TOOL)


def _timed(row: Json) -> Timed | None:
    info = row.get("info")
    if not isinstance(info, dict):
        return None
    answer = info.get("response_metrics")
    answer = answer if isinstance(answer, dict) else info
    prompt = number(info, "request_metrics", "text", "input_tokens") or number(info, "input_tokens")
    output = number(answer, "output_tokens") or number(info, "output_tokens")
    stamps = numbers(answer.get("output_token_times"))
    sent, end = number(row, "start_time"), number(row, "end_time")
    if not stamps or prompt is None or sent is None or end is None:
        return None
    return Timed(
        sent_s=sent,
        ttft_s=stamps[0] - sent,
        e2e_s=max(stamps[-1], stamps[0]) - sent if len(stamps) > 1 else end - sent,
        prompt_tokens=int(prompt),
        output_tokens=int(output or len(stamps)),
    )
