"""What a load test found: one row a request, and the figures over them."""

from __future__ import annotations

import hashlib

from pydantic import Field

from aegis.base.model import Frozen


class RequestRow(Frozen):
    """One request, in seconds from the start of the run."""

    sent_s: float
    first_token_s: float | None = Field(default=None, description="since it was sent (TTFT)")
    done_s: float | None = Field(default=None, description="since it was sent (end to end)")
    input_tokens: int | None = None
    output_tokens: int = 0
    gaps_s: tuple[float, ...] = Field(default=(), description="between tokens (ITL)")
    error: str = ""

    @property
    def tpot_s(self) -> float | None:
        """Mean time per token after the first; None for fewer than two tokens."""
        if self.first_token_s is None or self.done_s is None or self.output_tokens < 2:
            return None
        return (self.done_s - self.first_token_s) / (self.output_tokens - 1)


class Spread(Frozen):
    """Percentiles of one quantity, nearest rank; absent when no request gave it."""

    count: int
    mean: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None


class Load(Frozen):
    """What was offered."""

    rate_rps: float | None = Field(description="open loop, Poisson; None for closed loop")
    concurrency: int | None = Field(description="closed loop; None for open loop")
    requests: int
    input_tokens: int
    output_tokens: int
    warmup_requests: int
    seed: int


class BenchReport(Frozen):
    """A measurement: what was asked, what came back. Times in milliseconds."""

    version: int = 1
    tool: str = "aegis bench"
    target: str = Field(description="URL without credentials or query")
    model: str
    started: str = Field(description="ISO 8601, UTC")
    duration_s: float
    load: Load
    completed: int
    failed: int
    achieved_rps: float
    output_tokens_per_s: float
    ttft_ms: Spread
    tpot_ms: Spread
    itl_ms: Spread
    latency_ms: Spread
    notes: tuple[str, ...] = ()
    rows: tuple[RequestRow, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the report, the identity that a measured fact names."""
        return "sha256:" + hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def spread(values_s: list[float]) -> Spread:
    """Percentiles of seconds, as milliseconds.

    >>> spread([0.1, 0.2, 0.3, 0.4]).p50
    200.0
    """
    if not values_s:
        return Spread(count=0)
    ordered = sorted(values_s)

    def at(percent: int) -> float:
        rank = max(1, -(-percent * len(ordered) // 100))
        return round(1000 * ordered[rank - 1], 3)

    return Spread(
        count=len(ordered),
        mean=round(1000 * sum(ordered) / len(ordered), 3),
        p50=at(50),
        p90=at(90),
        p95=at(95),
        p99=at(99),
    )


def summarise(
    rows: list[RequestRow], *, target: str, model: str, started: str, duration_s: float, load: Load
) -> BenchReport:
    """The report over all rows but the warm-up, which is excluded in advance."""
    counted = rows[load.warmup_requests :]
    good = [r for r in counted if not r.error and r.done_s is not None]
    first = min((r.sent_s for r in counted), default=0.0)
    last = max((r.sent_s + (r.done_s or 0.0) for r in counted), default=0.0)
    window = max(last - first, 1e-9)
    notes = [
        "TPOT excludes the first token; rates count completed requests over the counted window"
    ]
    if len(good) < 30:
        notes.append("fewer than thirty completed requests: tail percentiles are single requests")
    return BenchReport(
        target=target,
        model=model,
        started=started,
        duration_s=round(duration_s, 3),
        load=load,
        completed=len(good),
        failed=len(counted) - len(good),
        achieved_rps=round(len(good) / window, 4),
        output_tokens_per_s=round(sum(r.output_tokens for r in good) / window, 2),
        ttft_ms=spread([r.first_token_s for r in good if r.first_token_s is not None]),
        tpot_ms=spread([t for r in good if (t := r.tpot_s) is not None]),
        itl_ms=spread([g for r in good for g in r.gaps_s]),
        latency_ms=spread([r.done_s for r in good if r.done_s is not None]),
        notes=tuple(notes),
        rows=tuple(rows),
    )
