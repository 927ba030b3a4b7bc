"""guidellm's `benchmarks.json`.

Fields as guidellm 0.8 writes them (`schemas/base/request_stats.py`, commit 31c74ea27242): each
benchmark of the file has `requests.successful`, each with times of the wall clock in seconds and
`time_to_first_token_ms`. Its `time_per_output_token_ms` counts the first token, so it is not used:
TPOT follows from the last token's time.
"""

from __future__ import annotations

from aegis.measure.readers.run import (
    Json,
    MeasuredRun,
    Timed,
    UnreadableReportError,
    number,
    rows_of,
    run_of,
    text,
)

TOOL = "guidellm"


def is_guidellm(document: Json) -> bool:
    """Whether the document has the fields of this tool."""
    return any("requests" in row for row in rows_of(document.get("benchmarks")))


def read_guidellm(document: Json) -> MeasuredRun:
    """The successful requests of all benchmarks of the file, on one clock.

    Raises:
        UnreadableReportError: no benchmark kept its requests.
    """
    rows: list[Timed | None] = []
    failed, model = 0, ""
    for benchmark in rows_of(document.get("benchmarks")):
        kept = benchmark.get("requests")
        if not isinstance(kept, dict):
            continue
        model = model or text(benchmark, "config", "backend", "model")
        failed += len(rows_of(kept.get("errored"))) + len(rows_of(kept.get("incomplete")))
        rows += [_timed(request) for request in rows_of(kept.get("successful"))]
    if not any(rows):
        raise UnreadableReportError(
            f"{TOOL}: no benchmark of the file kept its requests",
            "keep them: a JSON output without sampling of requests",
        )
    return run_of(rows, tool=TOOL, model=model, failed=failed)


def _timed(request: Json) -> Timed | None:
    sent = number(request, "request_start_time")
    first, latency = number(request, "time_to_first_token_ms"), number(request, "request_latency")
    last = number(request, "info", "timings", "last_token_iteration")
    prompt, output = number(request, "prompt_tokens"), number(request, "output_tokens")
    if sent is None or first is None or latency is None or prompt is None or output is None:
        return None
    return Timed(
        sent_s=sent,
        ttft_s=first / 1e3,
        e2e_s=latency if last is None else last - sent,
        prompt_tokens=int(prompt),
        output_tokens=int(output),
    )
