"""What a search over deployments returns: candidates, why they stop where they stop, refusals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from aegis.sizing.coefficients import EngineName
from aegis.sizing.intervals import Interval
from aegis.sizing.precision import PrecisionName
from aegis.sizing.refusal import Unanswerable

Constraint = Literal["kv_cache", "tpot", "ttft", "engine_limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Requests per second at the peak and on average, and mean lengths in tokens."""

    peak_rps: float
    input_tokens: float
    output_tokens: float
    mean_rps: float | None = None
    length_variation: float = 1.0
    """Coefficient of variation of the input length; 1 is as variable as exponential."""

    def refusal(self, most_context: int) -> Unanswerable | None:
        """Why this load cannot be sized, if so."""
        if not (self.peak_rps > 0 and math.isfinite(self.peak_rps)):
            return Unanswerable(
                reason="the peak rate is not above zero", mend="give a peak in requests per second"
            )
        if self.input_tokens < 1 or self.output_tokens < 1:
            return Unanswerable(
                reason="input and output need at least one token each",
                mend="give mean lengths in tokens; size embedding models from a service time",
            )
        context = self.input_tokens + self.output_tokens
        if most_context and context > most_context:
            return Unanswerable(
                reason=f"{context:,.0f} tokens exceed the model's context of {most_context:,}",
                mend="shorten input or output, or choose a model with a longer context",
            )
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectives:
    """Time to first token at a percentile, and time per output token, in seconds.

    The search holds the mean time per output token. A simulation, which knows each request,
    also holds it at `tpot_percentile`; 0 is the mean there too.
    """

    ttft_s: float = math.inf
    tpot_s: float = math.inf
    ttft_percentile: float = 95.0
    tpot_percentile: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """The constraint that stops the batch from growing, with its number."""

    constraint: Constraint
    batch: int
    value: float
    limit: float
    unit: str

    @property
    def concurrent(self) -> int:
        """Concurrent requests of one replica at which it stops."""
        at_limit = self.constraint in {"kv_cache", "engine_limit"}
        return int(self.limit) if at_limit else self.batch

    def __str__(self) -> str:
        match self.constraint:
            case "kv_cache":
                return f"KV cache runs out at {self.limit:,.0f} concurrent requests per replica"
            case "tpot":
                return (
                    f"time per output token passes {self.limit * 1e3:,.0f} ms "
                    f"beyond {self.batch:,} concurrent requests"
                )
            case "ttft":
                return (
                    f"time to first token passes {self.limit * 1e3:,.0f} ms "
                    f"beyond {self.batch:,} concurrent requests"
                )
            case "engine_limit":
                return f"the engine admits at most {self.limit:,.0f} concurrent requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one replica is made of."""

    device: str
    engine: EngineName
    precision: PrecisionName
    tp: int
    pp: int
    ep: int
    dp: int

    @property
    def devices(self) -> int:
        return self.tp * self.pp * self.dp


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A deployment that holds the objectives at the peak, by the central estimate.

    `ttft` and `tpot` are those at the peak, spread evenly over the replicas; `holds_at_upper`
    tells whether the upper bounds of both still meet the objectives.
    """

    shape: Shape
    replicas: int
    replicas_n_plus_1: int
    max_batch: int
    batch_at_peak: float
    rps_per_replica: Interval
    ttft: Interval
    tpot: Interval
    binding: Binding
    utilisation_peak: float
    utilisation_mean: float | None
    max_sequences: int
    weight_bytes: float
    kv_cache_bytes: float
    needs_evaluation: bool
    holds_at_upper: bool
    price_per_hour: float | None = None

    @property
    def devices(self) -> int:
        return self.replicas * self.shape.devices

    @property
    def cost_per_hour(self) -> float | None:
        """Of all replicas, in the unit of the price; None without a price."""
        return None if self.price_per_hour is None else self.price_per_hour * self.devices

    def latency_s(self, output_tokens: float) -> float:
        """Mean time to the last token at the peak."""
        return self.ttft.value + (output_tokens - 1) * self.tpot.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A deployment that cannot hold the objectives at any load, and the number that says so."""

    shape: Shape
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The outcome of a search."""

    candidates: tuple[Candidate, ...]
    misses: tuple[Miss, ...]
    refusals: tuple[Unanswerable, ...]
    points: int
