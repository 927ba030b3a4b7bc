"""The fitted numbers of the roofline, each with the physical bounds that a fit must respect.

The values are in `data/coefficients.yaml` together with what they were fitted to.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from aegis.base.model import Frozen
from aegis.sizing.data_files import table

EngineName = Literal["vllm", "sglang", "tensorrt-llm", "other"]
ENGINES: tuple[EngineName, ...] = ("vllm", "sglang", "tensorrt-llm", "other")
FITTED_ENGINES = ENGINES[:3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Where a coefficient may lie, and how far from `prior` a fit expects it (log units)."""

    low: float
    prior: float
    high: float
    spread: float


BOUNDS: dict[str, Bound] = {
    name: Bound(low=low, prior=prior, high=high, spread=spread)
    for name, low, prior, high, spread in (
        # Share of the memory bandwidth reached by weights, experts and cache.
        ("bandwidth", 0.2, 0.8, 0.9, 0.2),
        ("bandwidth_experts", 0.2, 0.6, 0.9, 0.3),
        ("bandwidth_cache", 0.2, 0.6, 1.0, 0.3),
        # … when 4-bit weights are expanded to 16 bits on the way, times the above.
        ("expansion", 0.3, 0.7, 1.0, 0.3),
        # Share of the dense peak in bf16; the others multiply it.
        ("flops", 0.1, 0.6, 0.9, 0.3),
        ("flops_8_bit", 0.5, 0.9, 1.5, 0.15),
        ("flops_4_bit", 0.3, 0.7, 1.5, 0.15),
        ("flops_experts", 0.2, 0.6, 1.5, 0.3),
        # Share of the bf16 peak in attention over a prompt and over the cache.
        ("flops_prefill_attention", 0.1, 0.4, 0.9, 0.4),
        ("flops_decode_attention", 0.1, 0.3, 0.9, 0.4),
        # How bytes and operations overlap: 1 is one after the other, large is the longer one.
        ("overlap", 1.0, 1.5, 8.0, 0.5),
        # Microseconds per layer of a decode step, and what each kind of layer adds.
        ("layer_us", 1, 20, 100, 0.7),
        ("moe_layer_us", 0.1, 10, 100, 0.7),
        ("per_128_experts_us", 0.1, 8, 60, 0.7),
        ("shared_layer_us", 0.1, 10, 60, 0.7),
        ("mla_layer_us", 0.1, 5, 60, 0.7),
        ("linear_layer_us", 0.1, 10, 100, 0.7),
        ("block_scaling_us", 0.05, 5, 60, 0.7),
        ("before_blackwell", 0.3, 1, 3, 0.2),
        ("per_year", 0.5, 0.85, 1.2, 0.1),
        # Microseconds per layer that a step with a prompt adds (no captured graph).
        ("prompt_layer_us", 1, 40, 300, 0.7),
        ("prompt_moe_layer_us", 0.5, 20, 300, 0.7),
        ("step_ms", 0.01, 0.8, 10, 0.8),
        ("sequence_us", 0.1, 5, 100, 0.8),
        ("prompt_ms", 0.01, 0.3, 20, 0.8),
        # Collectives: microseconds each, and share of the link's bandwidth.
        ("collective_us", 0.5, 6, 60, 0.5),
        ("link", 0.3, 0.75, 1.0, 0.12),
        # Passes over the hidden state per layer: repeated on every device, shared, per expert.
        ("passes", 1, 6, 60, 0.4),
        ("passes_shared", 1, 12, 80, 0.6),
        ("passes_per_expert", 0.1, 4, 40, 0.6),
        # Experts: the fullest device over the mean; tokens routed alike (1: independently).
        ("imbalance", 1.0, 1.3, 4.0, 0.3),
        ("routing_spread", 0.6, 0.9, 1.0, 0.1),
        # Prompts among decodes, and the way to the first token.
        ("interference", 0.3, 0.9, 1.5, 0.2),
        ("first_token_ms", 1, 25, 300, 0.7),
        ("first_token_per_year", 0.3, 0.8, 1.2, 0.3),
        ("wait_steps", 0.3, 1.0, 30, 0.4),
        ("queue", 0.05, 0.7, 4.0, 0.5),
        # Closed-loop clients: share of the first wave (one in ten requests); prompts ahead where
        # equal lengths keep clients in cohorts; all clients in one cohort.
        ("first_wave", 0.08, 0.12, 0.4, 0.2),
        ("cohort", 0.2, 2.0, 8.0, 0.5),
        ("lockstep_prompts_first", 0.1, 0.5, 1.5, 0.5),
    )
}

ENGINE_SPREAD: dict[str, float] = {
    "layer_us": 0.35,
    "block_scaling_us": 0.4,
    "prompt_layer_us": 0.4,
    "step_ms": 0.5,
    "sequence_us": 0.5,
    "prompt_ms": 0.5,
    "passes": 0.2,
    "interference": 0.1,
    "first_token_ms": 0.5,
    "cohort": 0.2,
}
"""Coefficients that differ between engines, and how far (log units) a fit expects them to."""


@dataclass(frozen=True, slots=True)
class Coefficients:
    """One value a coefficient of `BOUNDS`, and one factor an engine for those that differ."""

    values: Mapping[str, float]
    factors: Mapping[str, tuple[float, ...]]

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def of(self, name: str, engine: NDArray[np.intp]) -> NDArray[np.float64]:
        """The coefficient for each case, by the index of its engine."""
        return self.values[name] * np.asarray(self.factors[name], dtype=np.float64)[engine]


class Provenance(Frozen):
    """What a fit was made from, so that it can be made again."""

    data_set: str
    rows: int
    rows_left_out: dict[str, int] = Field(description="rule → rows")
    fitted: str = Field(description="date")
    command: str
    families: tuple[str, ...]


class FittedFile(Frozen):
    """`data/coefficients.yaml` as it is read."""

    provenance: Provenance
    values: dict[str, float]
    factors: dict[str, dict[str, float]]


def defaults() -> Coefficients:
    """The priors, before any fit."""
    return Coefficients(
        values={name: bound.prior for name, bound in BOUNDS.items()},
        factors={name: (1.0,) * len(ENGINES) for name in ENGINE_SPREAD},
    )


@functools.cache
def fitted_file() -> FittedFile:
    """The committed fit; refuses a file with another set of names."""
    parsed = FittedFile.model_validate(table("coefficients.yaml"))
    if set(parsed.values) != set(BOUNDS) or set(parsed.factors) != set(ENGINE_SPREAD):
        raise ValueError("coefficients.yaml does not fit this version: run the fit again")
    return parsed


@functools.cache
def fitted() -> Coefficients:
    """The committed coefficients; engines that were not fitted get the factor 1."""
    parsed = fitted_file()
    return Coefficients(
        values=parsed.values,
        factors={
            name: tuple(by_engine.get(engine, 1.0) for engine in ENGINES)
            for name, by_engine in parsed.factors.items()
        },
    )


def replaced(coefficients: Coefficients, **values: float) -> Coefficients:
    """The same coefficients with some values changed."""
    return dataclasses.replace(coefficients, values={**coefficients.values, **values})
