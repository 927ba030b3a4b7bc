"""What a fleet needs beyond its peak: a spare, a lost zone, a rollout, and time to grow."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.number import Source
from aegis.sizing.data_files import table


def spare_replicas(serving: int, zones: int = 1) -> int:
    """Replicas beyond those that serve the peak: one, or what the loss of a zone takes.

    With the fleet spread evenly, any one of several zones may be lost and the rest still serves.

    >>> spare_replicas(6), spare_replicas(6, zones=3), spare_replicas(1, zones=2)
    (1, 3, 1)
    """
    return 1 if zones < 2 else math.ceil(serving / (zones - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """Replicas: that serve the peak, spare, in a rollout; and bounds for an autoscaler."""

    serving: int
    spare: int
    surge: int
    zones: int
    least: int

    @property
    def replicas(self) -> int:
        """Running at the peak."""
        return self.serving + self.spare

    @property
    def most(self) -> int:
        """Running while a release is rolled out at the peak."""
        return self.replicas + self.surge


def reserve(
    serving: int,
    *,
    zones: int = 1,
    surge: int = 1,
    peak_rps: float = 1.0,
    mean_rps: float | None = None,
) -> Reserve:
    """Spare, surge and the lower bound: what serves the mean with its own spare, or the peak's.

    Traffic below the mean is left to the autoscaler's own judgement: starting replicas takes
    minutes, and a fleet at its least must still lose one.
    """
    spare = spare_replicas(serving, zones)
    if mean_rps is None:
        least = serving + spare
    else:
        at_mean = max(1, math.ceil(serving * min(mean_rps / peak_rps, 1.0) - 1e-9))
        least = at_mean + spare_replicas(at_mean, zones)
    return Reserve(serving=serving, spare=spare, surge=surge, zones=zones, least=least)


class Loading(Frozen):
    """One published time of loading weights, as bytes per second."""

    id: str
    gb_per_s: float = Field(gt=0)
    setting: str
    source: Source


class EngineStart(Frozen):
    """What an engine needs beside its weights before it answers."""

    id: str
    seconds: float = Field(gt=0)
    setting: str
    source: Source


class LoadRates(Frozen):
    """`data/load_rates.yaml` as it is read."""

    loading: tuple[Loading, ...]
    engine: tuple[EngineStart, ...]


@functools.cache
def load_rates() -> LoadRates:
    """The published times of starting an engine."""
    return LoadRates.model_validate(table("load_rates.yaml"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """Seconds from a node with the weights on its storage to the first answer."""

    weight_gb: float
    low_s: float
    high_s: float
    basis: str


def cold_start(weight_bytes: float, gb_per_s: float | None = None) -> ColdStart:
    """Weights over the rate of loading, and the engine's own start.

    Bounds are the fastest and slowest published ordinary loading, or the rate that is given.
    """
    known = load_rates()
    size = weight_bytes / 1e9
    rates = [each.gb_per_s for each in known.loading] if gb_per_s is None else [gb_per_s]
    starts = [each.seconds for each in known.engine]
    said = "published rates" if gb_per_s is None else "the rate given"
    return ColdStart(
        weight_gb=size,
        low_s=size / max(rates) + min(starts),
        high_s=size / min(rates) + max(starts),
        basis=f"{size:,.1f} GB at {min(rates):g}–{max(rates):g} GB/s ({said}), "
        f"engine start {min(starts):g}–{max(starts):g} s (published, one 8B model)",
    )


def bearable_growth(headroom_rps: float, start_s: float) -> float:
    """Requests per second by which traffic may grow in a minute while a replica starts.

    >>> bearable_growth(6.0, 120.0)
    3.0
    """
    return headroom_rps / start_s * 60
