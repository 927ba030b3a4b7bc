"""Measures a real endpoint, and says what the figures mean against the objectives of a brief."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field

from aegis.base.model import Frozen
from aegis.brief.schema import Brief
from aegis.measure.load import Plan, run
from aegis.measure.report import BenchReport, Load, Spread, summarise


class Held(Frozen):
    """One objective of the brief against what was measured."""

    objective: str
    limit_ms: float
    measured_ms: float | None
    verdict: str = Field(description="passed, failed or inconclusive")


class BenchResult(Frozen):
    """A report, and what it says about the objectives."""

    report: BenchReport
    digest: str
    held: tuple[Held, ...] = ()


def bench_endpoint(
    plan: Plan,
    *,
    now: Callable[[], datetime.datetime],
    warmup: int = 0,
    brief: Brief | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> BenchResult:
    """Runs bounded load and reports TTFT, TPOT, ITL and latency percentiles with every request.

    Raises:
        ModuleNotFoundError: the extra `measure` is not installed.
    """
    started = now().astimezone(datetime.UTC).isoformat(timespec="seconds")
    begin = time.perf_counter()
    rows = asyncio.run(run(plan, progress))
    report = summarise(
        rows,
        target=_public(plan.url),
        model=plan.model,
        started=started,
        duration_s=time.perf_counter() - begin,
        load=Load(
            rate_rps=plan.rate_rps,
            concurrency=plan.concurrency,
            requests=plan.requests,
            input_tokens=plan.input_tokens,
            output_tokens=plan.output_tokens,
            warmup_requests=warmup,
            seed=plan.seed,
        ),
    )
    return BenchResult(report=report, digest=report.digest, held=_held(report, brief))


def _public(url: str) -> str:
    """The URL without user, password and query."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port:
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _held(report: BenchReport, brief: Brief | None) -> tuple[Held, ...]:
    if brief is None:
        return ()
    wishes: tuple[tuple[str, float | None, Spread], ...] = (
        ("ttft_p95_ms", brief.objectives.ttft_p95_ms, report.ttft_ms),
        ("tpot_p95_ms", brief.objectives.tpot_p95_ms, report.tpot_ms),
        ("latency_p95_ms", brief.objectives.latency_p95_ms, report.latency_ms),
    )
    found = []
    for name, limit, measured in wishes:
        if limit is None:
            continue
        if measured.p95 is None or measured.count < 20:
            verdict = "inconclusive"  # a p95 of fewer than twenty requests is their maximum
        else:
            verdict = "passed" if measured.p95 <= limit and not report.failed else "failed"
        found.append(
            Held(objective=name, limit_ms=limit, measured_ms=measured.p95, verdict=verdict)
        )
    return tuple(found)
