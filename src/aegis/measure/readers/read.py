"""Which tool wrote a report, and its requests."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import JsonValue, ValidationError

from aegis.measure.readers.aiperf import is_aiperf, read_aiperf
from aegis.measure.readers.guidellm import is_guidellm, read_guidellm
from aegis.measure.readers.inference_perf import is_inference_perf, read_inference_perf
from aegis.measure.readers.run import Json, MeasuredRun, Timed, UnreadableReportError, run_of
from aegis.measure.readers.vllm import is_vllm, read_vllm
from aegis.measure.report import BenchReport

TOOLS = (
    "aegis bench (bench.json), vllm bench serve (--save-result --save-detailed), guidellm "
    "(benchmarks.json), aiperf (profile_export.jsonl), inference-perf "
    "(per_request_lifecycle_metrics.json)"
)
_AGGREGATES = {
    "request_throughput": "aiperf: this is its summary; give profile_export.jsonl from beside it",
    "successes": "inference-perf: this is a summary; give per_request_lifecycle_metrics.json",
}


def read_report(text: str) -> MeasuredRun:
    """The measured requests of a report of any tool that is known.

    Raises:
        UnreadableReportError: no tool that is known wrote it, or it has no single requests.
    """
    try:
        document: JsonValue = json.loads(text)
    except ValueError:
        return _lines(text)
    if isinstance(document, list):
        rows = [row for row in document if isinstance(row, dict)]
        if rows and is_inference_perf(rows[0]):
            return read_inference_perf(rows)
        return _lines_of(rows)
    if isinstance(document, dict):
        return _object(document, text)
    raise UnreadableReportError("this is no report of a load test", f"known are {TOOLS}")


def _object(document: Json, text: str) -> MeasuredRun:
    if document.get("tool") == "aegis bench":
        try:
            return read_bench(BenchReport.model_validate_json(text))
        except ValidationError as error:
            raise UnreadableReportError(
                f"aegis bench: {error.error_count()} fields are wrong, first {error.errors()[0]['loc']}",
                "run `aegis bench` again, or give the file as it was written",
            ) from None
    if is_vllm(document):
        return read_vllm(document)
    if is_guidellm(document):
        return read_guidellm(document)
    if is_aiperf(document):
        return read_aiperf([document])
    for field, said in _AGGREGATES.items():
        if field in document:
            raise UnreadableReportError(said, "single requests are needed")
    raise UnreadableReportError("no tool that is known wrote this", f"known are {TOOLS}")


def _lines(text: str) -> MeasuredRun:
    rows: list[Json] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise UnreadableReportError(
                f"line {number} is no JSON", f"a report is JSON or JSON lines; known are {TOOLS}"
            ) from None
        if isinstance(row, dict):
            rows.append(row)
    return _lines_of(rows)


def _lines_of(rows: Sequence[Json]) -> MeasuredRun:
    if rows and is_aiperf(rows[0]):
        return read_aiperf(rows)
    raise UnreadableReportError("no tool that is known wrote this", f"known are {TOOLS}")


def read_bench(report: BenchReport) -> MeasuredRun:
    """The requests of a report of ours; warm-up requests are not counted."""
    rows: list[Timed | None] = []
    for index, row in enumerate(report.rows):
        if row.error or row.first_token_s is None or row.done_s is None or not row.input_tokens:
            rows.append(None)
            continue
        rows.append(
            Timed(
                sent_s=row.sent_s,
                ttft_s=row.first_token_s,
                e2e_s=row.done_s,
                prompt_tokens=row.input_tokens,
                output_tokens=row.output_tokens,
                counts=index >= report.load.warmup_requests,
            )
        )
    return run_of(rows, tool="aegis bench", model=report.model)
