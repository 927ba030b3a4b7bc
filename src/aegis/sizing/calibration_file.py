"""The file that a calibration writes and sizing reads: a fitted step time and how far to trust it."""

from __future__ import annotations

import dataclasses
import math
from typing import Literal, Self

from pydantic import Field

from aegis.base.model import Frozen
from aegis.sizing.calibration import Region, StepTimeFit
from aegis.sizing.candidates import Shape
from aegis.sizing.coefficients import EngineName
from aegis.sizing.layout import floats
from aegis.sizing.precision import PrecisionName
from aegis.sizing.scheduler_state import Limits
from aegis.sizing.simulated import Bounds
from aegis.sizing.simulator_steps import AffineStepTime, Experts

CENTRAL_80 = 1.2816
"""Standard errors on either side of the central 80 % of a normal error."""


class ExpertFacts(Frozen):
    """Facts of a mixture of experts that the step time needs."""

    routed_share: float
    always_read: float
    spread: float


class Parameter(Frozen):
    """One fitted part of the step time, in seconds; whether the run pins it down."""

    name: str
    seconds: float
    identified: bool
    at_bound: bool


class SeenRegion(Frozen):
    """Smallest and largest value that the run has seen."""

    sequences: tuple[float, float]
    context_tokens: tuple[float, float]
    prompt_tokens: tuple[float, float]


class Machine(Frozen):
    """A machine that the catalog does not have, as its owner described it."""

    bandwidth_bytes_per_s: float
    flops: float


class ReportUsed(Frozen):
    """A report the fit was made from."""

    file: str
    digest: str = Field(description="SHA-256 of the file")
    tool: str
    requests: int


class Calibration(Frozen):
    """A fitted deployment: what was measured, the step time, its uncertainty and its region."""

    version: Literal[1] = 1
    model: str
    architecture: str = Field(description="the model as sizing knows it")
    accelerator: str = Field(description="id in the catalog, or a name of yours")
    engine: EngineName
    precision: PrecisionName
    tensor_parallel: int
    machine: Machine | None = Field(default=None, description="where the catalog has no entry")
    kv_blocks: int
    max_sequences: int
    step_tokens: int
    reports: tuple[ReportUsed, ...]
    requests: int
    parameters: tuple[Parameter, ...]
    experts: ExpertFacts | None = None
    covariance: tuple[tuple[float, ...], ...] = Field(description="of the logarithms")
    region: SeenRegion
    tpot_error: float = Field(description="root mean square of log errors in the run")
    ttft_error: float
    simulations: int

    @classmethod
    def of(cls, fit: StepTimeFit, **facts: object) -> Self:
        """A fit with what it was made from."""
        experts = fit.step_time.experts
        values = {
            "parameters": [
                Parameter(
                    name=name,
                    seconds=getattr(fit.step_time, name),
                    identified=name in fit.identified,
                    at_bound=name in fit.at_bound,
                )
                for name in fit.shrinkage
            ],
            "experts": None
            if experts is None
            else ExpertFacts(
                routed_share=experts.routed_share,
                always_read=experts.always_read,
                spread=experts.spread,
            ),
            "covariance": fit.covariance.tolist(),
            "region": SeenRegion(
                sequences=fit.region.sequences,
                context_tokens=fit.region.context_tokens,
                prompt_tokens=fit.region.prompt_tokens,
            ),
            "tpot_error": fit.tpot_error,
            "ttft_error": fit.ttft_error,
            "simulations": fit.simulations,
        }
        return cls.model_validate(values | facts)

    @property
    def step_time(self) -> AffineStepTime:
        """The fitted step time."""
        parts = {part.name: part.seconds for part in self.parameters}
        facts = self.experts
        return AffineStepTime(
            **parts, experts=None if facts is None else Experts(**facts.model_dump())
        )

    @property
    def fit(self) -> StepTimeFit:
        """The fit as it was, for its spread."""
        return StepTimeFit(
            step_time=self.step_time,
            shrinkage={p.name: 0.0 if p.identified else 1.0 for p in self.parameters},
            at_bound=tuple(p.name for p in self.parameters if p.at_bound),
            region=Region(
                sequences=self.region.sequences,
                context_tokens=self.region.context_tokens,
                prompt_tokens=self.region.prompt_tokens,
            ),
            tpot_error=self.tpot_error,
            ttft_error=self.ttft_error,
            simulations=self.simulations,
            covariance=floats(self.covariance),
        )

    @property
    def identified(self) -> tuple[str, ...]:
        """Parameters that the run pins down."""
        return tuple(part.name for part in self.parameters if part.identified)

    def describes(self, architecture: str, shape: Shape) -> bool:
        """Whether the fit is of this model on these devices; nothing else takes it over."""
        return (
            self.architecture == architecture
            and self.accelerator == shape.device
            and self.engine == shape.engine
            and self.precision == shape.precision
            and self.tensor_parallel == shape.tp
            and shape.pp == shape.ep == shape.dp == 1
        )

    def limits(self, usual: Limits) -> Limits:
        """The engine's limits as it ran, the rest as usual."""
        return dataclasses.replace(
            usual,
            kv_blocks=self.kv_blocks,
            max_sequences=self.max_sequences,
            step_tokens=self.step_tokens,
        )

    def bounds(self, *, sequences: float, context_tokens: float, prompt_tokens: float) -> Bounds:
        """Factors that bound the central 80 % there; wider for each doubling outside the region."""
        fit = self.fit
        spread = fit.spread_at(
            sequences=sequences, context_tokens=context_tokens, prompt_tokens=prompt_tokens
        )
        outside = fit.region.doublings_outside(
            sequences=sequences, context=context_tokens, prompt=prompt_tokens
        )
        said = (
            "inside what the run has seen"
            if not outside
            else f"{outside:.1f} doublings outside what the run has seen, so widened"
        )
        return Bounds(
            steps=_factors(spread),
            ttft=_factors(math.hypot(spread, self.ttft_error)),
            basis=f"calibrated on {self.requests} requests of your own, "
            f"{100 * math.expm1(self.tpot_error):.0f} % off TPOT in that run; {said}",
        )


def _factors(spread: float) -> tuple[float, float]:
    return math.exp(-CENTRAL_80 * spread), math.exp(CENTRAL_80 * spread)
