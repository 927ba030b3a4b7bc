"""What a simulation returns: times of every request, their percentiles, and goodput."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aegis.sizing.candidates import Objectives
from aegis.sizing.layout import Floats, floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Mean, median, 95th and 99th percentile, in seconds; NaN where nothing was observed."""

    mean: float
    p50: float
    p95: float
    p99: float


def percentiles(values: Floats, counts: Floats | None = None) -> Percentiles:
    """Of values, each seen `counts` times (once if not given); no interpolation between them.

    >>> percentiles(floats([1, 2, 3, 4]), floats([1, 1, 1, 97])).p50
    4.0
    """
    kept = ~np.isnan(values)
    values = values[kept]
    counts = np.ones_like(values) if counts is None else counts[kept]
    if values.size == 0:
        return Percentiles(mean=math.nan, p50=math.nan, p95=math.nan, p99=math.nan)
    order = np.argsort(values, kind="stable")
    below = np.cumsum(counts[order])
    at = [float(values[order][np.searchsorted(below, q * below[-1])]) for q in (0.5, 0.95, 0.99)]
    mean = float(np.average(values, weights=counts))
    return Percentiles(mean=mean, p50=at[0], p95=at[1], p99=at[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One simulated run. Arrays have one entry per request, in order of arrival; seconds.

    `ttft_s` from arrival to the first token, `tpot_s` mean over the tokens after it (NaN for an
    output of one token), `longest_gap_s` the longest time between two of its tokens. `gaps_s`
    with `gap_counts` are the inter-token latencies of all tokens; with speculative decoding,
    those of the bursts in which tokens come out. `refused`: requests that no empty replica could
    hold, with NaN times.
    """

    arrival_s: Floats
    scheduled_s: Floats
    first_token_s: Floats
    finish_s: Floats
    prompt_tokens: Floats
    output_tokens: Floats
    cached_tokens: Floats
    longest_gap_s: Floats
    gaps_s: Floats
    gap_counts: Floats
    refused: int
    preemptions: int
    queue_most: int
    computed_tokens: int
    steps: int

    @property
    def ttft_s(self) -> Floats:
        return floats(self.first_token_s - self.arrival_s)

    @property
    def e2e_s(self) -> Floats:
        return floats(self.finish_s - self.arrival_s)

    @property
    def waiting_s(self) -> Floats:
        """From arrival until the engine first looks at the prompt."""
        return floats(self.scheduled_s - self.arrival_s)

    @property
    def tpot_s(self) -> Floats:
        more = np.where(self.output_tokens > 1, self.output_tokens - 1, np.nan)
        return floats((self.finish_s - self.first_token_s) / more)

    @property
    def completed(self) -> int:
        return int(np.count_nonzero(~np.isnan(self.finish_s)))

    @property
    def duration_s(self) -> float:
        """From the first arrival to the last answer; 0 if nothing was answered."""
        if self.completed == 0:
            return 0.0
        return float(np.nanmax(self.finish_s) - np.min(self.arrival_s))

    def ttft(self) -> Percentiles:
        return percentiles(self.ttft_s)

    def tpot(self) -> Percentiles:
        return percentiles(self.tpot_s)

    def itl(self) -> Percentiles:
        return percentiles(self.gaps_s, self.gap_counts)

    def e2e(self) -> Percentiles:
        return percentiles(self.e2e_s)

    def holding(self, objectives: Objectives) -> float:
        """Share of requests that hold both objectives; refused ones do not."""
        tpot = np.where(self.output_tokens > 1, self.tpot_s, 0.0)
        good = (self.ttft_s <= objectives.ttft_s) & (tpot <= objectives.tpot_s)
        return float(np.mean(good)) if good.size else math.nan

    def meets(self, objectives: Objectives, *, warm_up: float = 0.0) -> bool:
        """Whether time to first token and TPOT hold at their percentiles, nothing refused.

        Without an objective for the first token no queue may grow: 95 % of the requests must not
        wait longer than requests are served on average. `warm_up`: leading share of the requests
        that is not judged, while the batch still fills.
        """
        if self.refused or self.completed < self.arrival_s.size:
            return False
        start = int(warm_up * self.arrival_s.size)
        if math.isinf(objectives.ttft_s) and not self._keeps_up(start):
            return False
        first = float(np.percentile(self.ttft_s[start:], objectives.ttft_percentile))
        each = self.tpot_s[start:]
        each = each[~np.isnan(each)]
        if not each.size:
            return first <= objectives.ttft_s
        at = objectives.tpot_percentile
        later = float(np.percentile(each, at)) if at else float(np.mean(each))
        return first <= objectives.ttft_s and later <= objectives.tpot_s

    def _keeps_up(self, start: int) -> bool:
        served = float(np.mean((self.finish_s - self.scheduled_s)[start:]))
        return float(np.percentile(self.waiting_s[start:], 95)) <= served

    def settled(self, warm_up: float) -> Outcome:
        """Without the leading share of the requests; gaps and counters stay those of the run."""
        start = int(warm_up * self.arrival_s.size)
        return dataclasses.replace(
            self,
            arrival_s=floats(self.arrival_s[start:]),
            scheduled_s=floats(self.scheduled_s[start:]),
            first_token_s=floats(self.first_token_s[start:]),
            finish_s=floats(self.finish_s[start:]),
            prompt_tokens=floats(self.prompt_tokens[start:]),
            output_tokens=floats(self.output_tokens[start:]),
            cached_tokens=floats(self.cached_tokens[start:]),
            longest_gap_s=floats(self.longest_gap_s[start:]),
        )


def joined(parts: Sequence[tuple[list[float], list[int]]]) -> tuple[Floats, Floats]:
    """Gaps and their counts of several replicas as one."""
    gaps = [gap for values, _ in parts for gap in values]
    counts = [count for _, values in parts for count in values]
    return floats(gaps), floats(counts)
