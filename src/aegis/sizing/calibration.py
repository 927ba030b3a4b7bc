"""Fits the step time of the simulator to requests somebody measured, within physical bounds.

One run identifies only what it exercised: a run without long contexts says nothing about them.
So every parameter has bounds and a prior, the fit says which parameters the run moved from their
prior, and `spread_at` widens where the run has not been.
"""

from __future__ import annotations

import dataclasses
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aegis.sizing.arrivals import Recorded, Request
from aegis.sizing.coefficients import Bound
from aegis.sizing.layout import Floats, floats
from aegis.sizing.simulator import Setup, simulate
from aegis.sizing.simulator_outcome import Outcome
from aegis.sizing.simulator_steps import AffineStepTime, Experts, StepTime

STEP_BOUNDS: dict[str, Bound] = {
    name: Bound(low=low, prior=prior, high=high, spread=spread)
    for name, low, prior, high, spread in (
        # Weights read once a step: from 1 GB at 8 TB/s to 80 GB at 0.3 TB/s.
        ("weights_s", 1e-4, 1e-2, 0.3, 1.0),
        ("fixed_s", 5e-5, 1e-3, 2e-2, 1.0),
        # Two operations per active parameter: 0.5e9 at 2 PFLOPS to 400e9 at 1 PFLOPS.
        ("token_s", 5e-7, 3e-5, 1e-3, 1.0),
        ("sequence_s", 1e-7, 1e-5, 1e-3, 1.0),
        # One token's cache, 5 kB to 1 MB, at 0.3 to 8 TB/s.
        ("context_s", 6e-10, 6e-8, 3e-6, 1.0),
        ("prompt_step_s", 1e-5, 1e-3, 5e-2, 1.0),
        ("pair_s", 1e-12, 3e-10, 1e-8, 1.0),
        ("first_s", 1e-4, 5e-3, 0.1, 1.0),
    )
}
"""Bounds of `AffineStepTime`, with priors for when nothing better is known; spread in log units."""

NAMES = tuple(STEP_BOUNDS)
TTFT_SCALE, TPOT_SCALE = 0.10, 0.03
"""Errors, in log units, that count as equally bad."""

ROBUST = 3.0
"""Errors beyond this many scales count linearly."""

LEAST_TTFT_S = 0.02
"""Times to first token below this are compared as if they were this long."""

NUDGE, WIDE_NUDGE, JOLT = 0.05, 0.2, 0.001
"""Changes of a parameter, in log units: for a gradient, for its significance, for the noise."""

POLISH = (0.1, 0.05, 0.02, 0.1, 0.05, 0.02, 0.01)
"""Changes, in log units, that are tried one parameter at a time after the gradients."""

GROUPS = 15
"""Consecutive requests are compared as so many groups: single ones jump with every change."""

SINGLE = 0.3
"""Weight of the single requests beside the groups."""

IDENTIFIED = 0.5
"""A parameter is identified if the run at least halves the uncertainty of its prior."""

WIDENING = 0.5
"""Added to the spread per doubling outside the region, in log units times log 2."""


class Observed(NamedTuple):
    """A measured request: when it came, how long it was, what it waited, in seconds."""

    request: Request
    ttft_s: float
    e2e_s: float

    @property
    def tpot_s(self) -> float:
        """Mean time of the tokens after the first; NaN if there are none."""
        more = self.request.output_tokens - 1
        return (self.e2e_s - self.ttft_s) / more if more > 0 else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Where the run has been: smallest and largest of each quantity."""

    sequences: tuple[float, float]
    context_tokens: tuple[float, float]
    prompt_tokens: tuple[float, float]

    def doublings_outside(self, *, sequences: float, context: float, prompt: float) -> float:
        """How many doublings the point lies outside, over all quantities; 0 inside.

        >>> region = Region(sequences=(1, 64), context_tokens=(100, 4000), prompt_tokens=(10, 900))
        >>> region.doublings_outside(sequences=256, context=1000, prompt=500)
        2.0
        """
        return sum(
            max(0.0, math.log2(low / value), math.log2(value / high))
            for value, (low, high) in (
                (sequences, self.sequences),
                (context, self.context_tokens),
                (prompt, self.prompt_tokens),
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTimeFit:
    """A fitted step time, what the run says about each parameter, and how far to trust it.

    `shrinkage`: posterior over prior uncertainty of each parameter, 1 if the run says nothing.
    `at_bound`: parameters that stopped at a bound, which a physical explanation should follow.
    """

    step_time: AffineStepTime
    shrinkage: Mapping[str, float]
    at_bound: tuple[str, ...]
    region: Region
    tpot_error: float
    ttft_error: float
    simulations: int
    covariance: Floats

    @property
    def identified(self) -> tuple[str, ...]:
        """Parameters that the run pins down."""
        return tuple(name for name in NAMES if self.shrinkage[name] <= IDENTIFIED)

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Parameters that still stand where the prior put them."""
        return tuple(name for name in NAMES if self.shrinkage[name] > IDENTIFIED)

    def spread_at(self, *, sequences: float, context_tokens: float, prompt_tokens: float) -> float:
        """Standard error of a step time there, in log units.

        Parameters that are not identified contribute with the spread of their prior; each
        doubling outside the region adds to that.
        """
        gradient = _step_gradient(self.step_time, sequences, context_tokens, prompt_tokens)
        known = float(gradient @ self.covariance @ gradient)
        outside = self.region.doublings_outside(
            sequences=sequences, context=context_tokens, prompt=max(prompt_tokens, 1.0)
        )
        beyond = outside * WIDENING * math.log(2)
        return math.sqrt(known + self.tpot_error**2 + beyond**2)


def _step_gradient(
    times: AffineStepTime, sequences: float, context: float, prompt: float
) -> Floats:
    """Change of the log of a mixed step time with the log of each parameter."""

    def step(chosen: AffineStepTime) -> float:
        pairs = prompt * prompt / 2
        return chosen.mixed_s(round(prompt), pairs, round(sequences), sequences * context, 0)

    whole = step(times)
    changed = [
        step(dataclasses.replace(times, **{name: getattr(times, name) * math.exp(NUDGE)}))
        for name in NAMES
    ]
    return floats([(math.log(value) - math.log(whole)) / NUDGE for value in changed])


def priors_from(
    times: StepTime, *, spread: float = 0.5, beyond: float | None = None
) -> dict[str, Bound]:
    """The same bounds, centred on another step time, such as the calibrated roofline's.

    A guess outside its bounds is left out. With `beyond`, for machines that are no accelerator,
    it is taken, and bounded by so many times less and more.
    """
    guesses = _guesses(times)
    out = {}
    for name, bound in STEP_BOUNDS.items():
        guess = guesses.get(name, bound.prior)
        if bound.low <= guess <= bound.high:
            out[name] = dataclasses.replace(bound, prior=guess, spread=spread)
        elif beyond is not None and guess > 0:
            out[name] = Bound(low=guess / beyond, prior=guess, high=guess * beyond, spread=spread)
        else:
            out[name] = bound
    return out


def _guesses(times: StepTime) -> dict[str, float]:
    """The parts of another step time, from a few of its steps; seconds."""
    one, many = times.decode(1, 0, 0), times.decode(64, 64, 0)
    small, large = (times.mixed_s(n, 0, 0, 0, 0) for n in (256, 4096))
    token = (large - small) / (4096 - 256)
    pairs = times.mixed_s(1024, 1024 * 1024, 0, 0, 0) - times.mixed_s(1024, 0, 0, 0, 0)
    return {
        "weights_s": one.fixed_s * 0.8,
        "fixed_s": one.fixed_s * 0.2,
        "token_s": token,
        "sequence_s": (many.fixed_s - one.fixed_s) / 63,
        "context_s": times.decode(16, 16 * 1000, 0).slope_s,
        "pair_s": pairs / 1024**2,
        "first_s": times.outside_s(),
    }


def fit_step_time(
    observed: Sequence[Observed],
    setup: Setup,
    *,
    bounds: Mapping[str, Bound] | None = None,
    counted: Sequence[bool] | None = None,
    experts: Experts | None = None,
    rounds: int = 12,
) -> StepTimeFit:
    """The affine step time under which the simulator repeats what was measured.

    All requests are simulated, since each delays the others; only those `counted` (all unless
    given) are compared. `experts` are facts of the model, not fitted. Levenberg-Marquardt in the
    logarithms of the parameters, bounded, with the prior as one more residual each, then a
    search along each parameter. Simulates the run at most ``96 * rounds + 150`` times.
    """
    if len(observed) < 2:
        raise ValueError("a fit needs at least two measured requests")
    problem = _Problem(observed, setup, bounds or STEP_BOUNDS, counted, experts)
    point = problem.minimum(rounds)
    times = problem.step_time(point)
    covariance = np.linalg.inv(problem.information(point))
    spreads = np.array([problem.bounds[name].spread for name in NAMES])
    shrinkage = np.sqrt(np.diag(covariance)) / spreads
    outcome = problem.run(point)
    ttft, tpot = problem.errors(outcome)
    near = (point - problem.low < 1e-6) | (problem.high - point < 1e-6)
    return StepTimeFit(
        step_time=times,
        shrinkage=dict(zip(NAMES, shrinkage.tolist(), strict=True)),
        at_bound=tuple(name for name, stuck in zip(NAMES, near, strict=True) if stuck),
        region=_region(observed, outcome),
        tpot_error=float(np.sqrt(np.nanmean(tpot**2))),
        ttft_error=float(np.sqrt(np.mean(ttft**2))),
        simulations=problem.simulations,
        covariance=floats(covariance),
    )


def _region(observed: Sequence[Observed], outcome: Outcome) -> Region:
    prompts = [row.request.prompt_tokens for row in observed]
    whole = [row.request.prompt_tokens + row.request.output_tokens for row in observed]
    events = np.concatenate([outcome.first_token_s, outcome.finish_s])
    change = np.concatenate([np.ones(len(observed)), -np.ones(len(observed))])
    inside = np.cumsum(change[np.argsort(events, kind="stable")])
    return Region(
        sequences=(1.0, float(max(inside.max(), 1.0))),
        context_tokens=(float(min(prompts)), float(max(whole))),
        prompt_tokens=(float(min(prompts)), float(max(prompts))),
    )


class _Problem:
    """Residuals as a function of the logarithms of the parameters."""

    def __init__(
        self,
        observed: Sequence[Observed],
        setup: Setup,
        bounds: Mapping[str, Bound],
        counted: Sequence[bool] | None,
        experts: Experts | None,
    ) -> None:
        ordered = sorted(
            zip(observed, counted or [True] * len(observed), strict=True),
            key=lambda pair: pair[0].request.arrival_s,
        )
        rows = [row for row, _ in ordered]
        self.bounds = bounds
        self.low = floats([math.log(bounds[name].low) for name in NAMES])
        self.high = floats([math.log(bounds[name].high) for name in NAMES])
        self._prior = floats([math.log(bounds[name].prior) for name in NAMES])
        self._spread = floats([bounds[name].spread for name in NAMES])
        self._setup, self._experts = setup, experts
        self._load = Recorded(requests=[row.request for row in rows])
        self._counted = np.array([keep for _, keep in ordered])
        self._ttft = np.log(np.maximum([row.ttft_s for row in rows], LEAST_TTFT_S))
        self._tpot = np.log([row.tpot_s for row in rows])
        self.simulations = 0

    def step_time(self, point: Floats) -> AffineStepTime:
        values = dict(zip(NAMES, np.exp(point).tolist(), strict=True))
        return AffineStepTime(**values, experts=self._experts)

    def run(self, point: Floats) -> Outcome:
        self.simulations += 1
        seeded = random.Random(0)  # noqa: S311  # the load is recorded, nothing else is drawn
        return simulate(self._setup, self._load, self.step_time(point), seeded)

    def errors(self, outcome: Outcome) -> tuple[Floats, Floats]:
        """Log errors of time to first token and of TPOT of the counted requests."""
        ttft = np.log(np.maximum(outcome.ttft_s, LEAST_TTFT_S)) - self._ttft
        tpot = np.log(outcome.tpot_s) - self._tpot
        return floats(ttft[self._counted]), floats(tpot[self._counted])

    def residuals(self, point: Floats) -> Floats:
        ttft, tpot = self.errors(self.run(point))
        parts = []
        for errors, scale in ((ttft, TTFT_SCALE), (np.nan_to_num(tpot), TPOT_SCALE)):
            groups = np.array_split(errors, min(GROUPS, errors.size))
            means = floats([np.mean(group) for group in groups])
            parts.append(_robust(means / scale) / math.sqrt(means.size))
            parts.append(_robust(floats(errors / scale)) / math.sqrt(errors.size) * SINGLE)
        data = np.concatenate(parts) * WEIGHT
        return floats(np.concatenate([data, (point - self._prior) / self._spread]))

    def minimum(self, rounds: int) -> Floats:
        """The point with the least sum of squares; wide nudges first, which see past jumps."""
        point = self._prior.copy()
        for nudge in (WIDE_NUDGE, NUDGE, WIDE_NUDGE, NUDGE):
            point = self._descended(point, rounds, nudge)
        now = self.residuals(point)
        return self._polished(point, float(now @ now))

    def _descended(self, point: Floats, rounds: int, nudge: float) -> Floats:
        now, damping = self.residuals(point), 1.0
        for _ in range(rounds):
            step, better = self._step(point, now, self._jacobian(point, nudge), damping)
            if better is None:
                break
            gained = float(now @ now - better @ better)
            point, now, damping = step, better, max(damping / 5, 1e-4)
            if gained < 1e-2 * float(now @ now):
                break
        return point

    def _polished(self, point: Floats, least: float) -> Floats:
        """One parameter after the other, up and down: gradients miss what lies behind a jump."""
        for size in POLISH:
            for index in range(point.size):
                for change in (-size, size):
                    tried = point.copy()
                    tried[index] = np.clip(tried[index] + change, self.low[index], self.high[index])
                    there = self.residuals(tried)
                    if float(there @ there) < least:
                        point, least = tried, float(there @ there)
                        break
        return point

    def information(self, point: Floats) -> Floats:
        """What prior and run say about the parameters: the inverse of their covariance.

        The smallest change reorders a busy queue, and times jump. What a parameter does to the
        times counts only as far as it exceeds that noise.
        """
        now = self.residuals(point)
        jumps = [self.residuals(floats(point + jolt)) - now for jolt in (-JOLT, JOLT)]
        data = now.size - point.size
        noise = float(np.mean([jump[:data] @ jump[:data] for jump in jumps])) / 2
        columns = self._jacobian(point, WIDE_NUDGE)
        size = np.sum(columns[:data] ** 2, axis=0)
        beyond = 1 - noise / (2 * WIDE_NUDGE**2) / np.maximum(size, 1e-12)
        columns[:data] *= np.sqrt(np.maximum(beyond, 0.0))
        return floats(columns.T @ columns)

    def _step(
        self, point: Floats, now: Floats, jacobian: Floats, damping: float
    ) -> tuple[Floats, Floats | None]:
        normal = jacobian.T @ jacobian
        for factor in (1.0, 4.0, 16.0, 100.0, 1000.0, 1e4):
            lifted = normal + damping * factor * np.diag(np.diag(normal))
            change = np.clip(-np.linalg.solve(lifted, jacobian.T @ now), -1.0, 1.0)
            tried = np.clip(point + change, self.low, self.high)
            there = self.residuals(floats(tried))
            if float(there @ there) < float(now @ now):
                return floats(tried), there
        return point, None

    def _jacobian(self, point: Floats, nudge: float = NUDGE) -> Floats:
        columns = []
        for index in range(point.size):
            up, down = point.copy(), point.copy()
            up[index] += nudge
            down[index] -= nudge
            columns.append((self.residuals(up) - self.residuals(down)) / (2 * nudge))
        return floats(np.stack(columns, axis=1))


WEIGHT = 5.0
"""How much the run as a whole weighs against the prior of one parameter."""


def _robust(errors: Floats) -> Floats:
    """Errors as they are up to `ROBUST`; beyond, their square grows linearly (Huber)."""
    size = np.abs(errors)
    beyond = np.sqrt(np.maximum(2 * ROBUST * size - ROBUST**2, 0.0))
    return floats(np.where(size <= ROBUST, errors, np.sign(errors) * beyond))
