"""`vllm bench serve --save-result --save-detailed`.

Fields as vLLM's `vllm/benchmarks/serve.py` writes them (main of November 2026, commit
009e6d4a1cd6): parallel lists, times in seconds. Releases before `start_times` are read where the
load tells when each request was sent: an unlimited rate, with or without `max_concurrency`.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

from aegis.measure.readers.run import (
    Json,
    MeasuredRun,
    Timed,
    UnreadableReportError,
    number,
    numbers,
    run_of,
    text,
)

TOOL = "vllm bench serve"


def is_vllm(document: Json) -> bool:
    """Whether the document has the fields of this tool."""
    return "request_throughput" in document and "total_input_tokens" in document


def read_vllm(document: Json) -> MeasuredRun:
    """The requests of a detailed result.

    Raises:
        UnreadableReportError: it has aggregates only, or does not say when requests were sent.
    """
    first, lengths = numbers(document.get("ttfts")), numbers(document.get("input_lens"))
    outputs, itls = numbers(document.get("output_lens")), document.get("itls")
    gaps = [numbers(row) for row in itls] if isinstance(itls, list) else []
    if not first or not len(first) == len(lengths) == len(outputs) == len(gaps):
        raise UnreadableReportError(
            f"{TOOL}: the result has no single requests", "run it again with --save-detailed"
        )
    errors = document.get("errors")
    failures = errors if isinstance(errors, list) else []
    whole = [ttft + math.fsum(gap) for ttft, gap in zip(first, gaps, strict=True)]
    sent = numbers(document.get("start_times")) or _sent(document, whole)
    rows = [
        Timed(
            sent_s=sent[i],
            ttft_s=first[i],
            e2e_s=whole[i],
            prompt_tokens=int(lengths[i]),
            output_tokens=int(outputs[i]),
        )
        if not (i < len(failures) and failures[i])
        else None
        for i in range(len(first))
    ]
    return run_of(rows, tool=TOOL, model=text(document, "model_id"))


def _sent(document: Json, whole: Sequence[float]) -> list[float]:
    """When each request was sent, if clients waited or all came at once."""
    if document.get("request_rate") not in {"inf", None}:
        raise UnreadableReportError(
            f"{TOOL}: the result does not say when requests were sent",
            "use a vLLM release that writes `start_times`, or --request-rate inf with "
            "--max-concurrency",
        )
    clients = int(number(document, "max_concurrency") or len(whole))
    free = [0.0] * min(clients, len(whole))
    sent = []
    for duration in whole:
        start = heapq.heappop(free)
        sent.append(start)
        heapq.heappush(free, start + duration)
    return sent
