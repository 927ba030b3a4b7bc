"""Fits the roofline's coefficients to measured rows: bounded, with priors, single-threaded.

Levenberg-Marquardt in the logarithm of every coefficient, on the logarithm of prediction over
measurement, with a pseudo-Huber loss so that mislabelled rows do not steer, and a Gaussian prior
around each coefficient's expected value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rows import Row, Sample

from aegis.sizing.cases import Cases, Setting, cases, chosen, stacked
from aegis.sizing.coefficients import (
    BOUNDS,
    ENGINE_SPREAD,
    FITTED_ENGINES,
    Coefficients,
)
from aegis.sizing.layout import Floats, floats, layout
from aegis.sizing.memory import (
    EngineMemory,
    max_sequences,
    memory_split,
    weight_bytes_per_device,
)
from aegis.sizing.serving import Loop, Prompts, closed_loop

Mask = NDArray[np.bool_]
HUBER = 0.15
"""Residuals (log) beyond which a row counts linearly."""
TTFT_WEIGHT = 0.4
PRIOR_STRENGTH = 0.5
FACTOR_BOUND = 5.0
GROWN_SHARE = 0.5
"""Share of its answer that a running sequence holds on average, where an engine gives out cache
blocks as answers grow (vLLM, SGLang). TensorRT-LLM reserves the whole answer at admission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Rows as columns, with what was measured."""

    cases: Cases
    work: Prompts
    clients: Floats
    most_sequences: Floats
    in_step: Mask
    tpot_s: Floats
    ttft_s: Floats
    requests_per_s: Floats

    def keep(self, mask: Mask) -> Data:
        """The rows of the mask."""
        work = self.work
        return Data(
            cases=chosen(self.cases, mask),
            work=Prompts(
                input_tokens=work.input_tokens[mask],
                output_tokens=work.output_tokens[mask],
                step_tokens=work.step_tokens[mask],
                wait_steps=work.wait_steps[mask],
            ),
            clients=self.clients[mask],
            most_sequences=self.most_sequences[mask],
            in_step=self.in_step[mask],
            tpot_s=self.tpot_s[mask],
            ttft_s=self.ttft_s[mask],
            requests_per_s=self.requests_per_s[mask],
        )


def data_of(sample: Sample) -> Data:
    """The rows as columns; the cache is taken to use what weights and workspace leave of 92 %."""
    rows = sample.rows
    parts = [_cases(row, sample) for row in rows]
    tokens_out = floats([row.output_tokens for row in rows])
    ttft = floats([row.ttft_s for row in rows])
    tpot = floats([row.tpot_s for row in rows])
    clients = floats([row.concurrency for row in rows])
    return Data(
        cases=stacked(parts, [1] * len(parts)),
        work=Prompts(
            input_tokens=floats([row.input_tokens for row in rows]),
            output_tokens=tokens_out,
            step_tokens=floats([row.step_tokens for row in rows]),
            wait_steps=floats([row.wait_steps for row in rows]),
        ),
        clients=clients,
        most_sequences=floats([_most_sequences(row, sample) for row in rows]),
        in_step=np.array([row.is_nvidia_run for row in rows]),
        tpot_s=tpot,
        ttft_s=ttft,
        requests_per_s=floats(clients / (ttft + (tokens_out - 1) * tpot)),
    )


def _cases(row: Row, sample: Sample) -> Cases:
    halved = row.precision.name != "bf16" and not row.is_nvidia_run
    setting = Setting(
        engine=row.engine,
        kv_bits=row.kv_bits,
        state_bits=16 if halved else 32,
        block_scaled=row.block_scaled,
        years=row.years,
    )
    spread = layout(tp=row.tp, dp=row.dp, ep=row.ep)
    return cases(sample.architectures[row.model], row.precision, [row.device], spread, setting)


def _most_sequences(row: Row, sample: Sample) -> float:
    arch = sample.architectures[row.model]
    spread = layout(tp=row.tp, dp=row.dp, ep=row.ep)
    engine = EngineMemory(utilization=0.92, max_sequences=int(min(row.concurrency, 512)))
    memory = row.device.memory_bytes
    split = memory_split(arch, row.precision, spread, memory_bytes=memory, engine=engine)
    weights = weight_bytes_per_device(arch, row.precision, spread)
    # Whoever publishes a run on a tight device has tuned it until a cache fits.
    least = 0.25 * (memory - weights)
    room = type(split)(
        usable=split.usable,
        weights=split.weights,
        activations=split.activations,
        non_torch=split.non_torch,
        kv_cache=floats(np.maximum(split.kv_cache, least)),
    )
    grown = 1.0 if row.engine == "tensorrt-llm" else GROWN_SHARE
    context = row.input_tokens + grown * row.output_tokens
    found = max_sequences(arch, spread, room, context_tokens=context, kv_bits=row.kv_bits)
    return max(float(found), float(row.dp))


def predicted(data: Data, k: Coefficients) -> Loop:
    """What the model says the load generator would have measured."""
    return closed_loop(
        data.cases,
        k,
        data.work,
        clients=data.clients,
        most_sequences=data.most_sequences,
        in_step=data.in_step,
    )


@dataclass(frozen=True, slots=True)
class Residuals:
    """Logarithms of prediction over measurement."""

    tpot: Floats
    ttft: Floats
    throughput: Floats


def residuals(data: Data, k: Coefficients) -> Residuals:
    loop = predicted(data, k)
    return Residuals(
        floats(np.log(loop.tpot_s / data.tpot_s)),
        floats(np.log(loop.ttft_s / data.ttft_s)),
        floats(np.log(loop.requests_per_s / data.requests_per_s)),
    )


_PRIOR = np.log(
    [bound.prior for bound in BOUNDS.values()] + [1.0] * (len(ENGINE_SPREAD) * len(FITTED_ENGINES))
)
_SPREAD = np.array(
    [bound.spread for bound in BOUNDS.values()]
    + [spread for spread in ENGINE_SPREAD.values() for _ in FITTED_ENGINES]
)
_LOW = np.log(
    [bound.low for bound in BOUNDS.values()]
    + [1 / FACTOR_BOUND] * (len(ENGINE_SPREAD) * len(FITTED_ENGINES))
)
_HIGH = np.log(
    [bound.high for bound in BOUNDS.values()]
    + [FACTOR_BOUND] * (len(ENGINE_SPREAD) * len(FITTED_ENGINES))
)


def coefficients_of(point: Floats) -> Coefficients:
    """The coefficients at a point of the search (logarithms, in the order of `BOUNDS`)."""
    numbers = np.exp(point)
    count = len(BOUNDS)
    rest = numbers[count:].reshape(len(ENGINE_SPREAD), len(FITTED_ENGINES))
    return Coefficients(
        values=dict(zip(BOUNDS, numbers[:count].tolist(), strict=True)),
        factors={name: (*row.tolist(), 1.0) for name, row in zip(ENGINE_SPREAD, rest, strict=True)},
    )


def point_of(k: Coefficients) -> Floats:
    """The inverse of `coefficients_of`."""
    values = [k[name] for name in BOUNDS]
    factors = [k.factors[n][i] for n in ENGINE_SPREAD for i in range(len(FITTED_ENGINES))]
    return floats(np.log([*values, *factors]))


Objective = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class _State:
    point: Floats
    residual: Floats
    cost: float


@dataclass(frozen=True, slots=True)
class _Search:
    """What is minimised: a residual vector, and how far the point is from where it should be."""

    objective: Objective
    centre: Floats

    def at(self, point: Floats) -> _State:
        residual = self.objective(point)
        loss = 2 * HUBER**2 * np.sum(np.sqrt(1 + (residual / HUBER) ** 2) - 1)
        away = PRIOR_STRENGTH * (point - self.centre) / _SPREAD
        return _State(floats(point), residual, float(loss + away @ away))

    def jacobian(self, state: _State) -> Floats:
        columns = np.empty((len(state.residual), len(state.point)))
        for j in range(len(state.point)):
            shifted = state.point.copy()
            size = 1e-4 if shifted[j] + 1e-4 < _HIGH[j] else -1e-4
            shifted[j] += size
            columns[:, j] = (self.objective(floats(shifted)) - state.residual) / size
        return floats(columns)


def fit(data: Data, *, start: Floats | None = None, rounds: int = 60) -> Floats:
    """The best point found for these rows; deterministic."""

    def objective(point: Floats) -> Floats:
        found = residuals(data, coefficients_of(point))
        return floats(np.concatenate([found.tpot, TTFT_WEIGHT * found.ttft]))

    centre = floats(_PRIOR)
    return minimise(objective, centre if start is None else start, centre=centre, rounds=rounds)


def minimise(objective: Objective, start: Floats, *, centre: Floats, rounds: int) -> Floats:
    """Levenberg-Marquardt within the bounds, pulled towards `centre`."""
    search = _Search(objective, centre)
    best = search.at(floats(start.copy()))
    damping = 0.1
    for _ in range(rounds):
        jacobian = search.jacobian(best)
        weight = 1 / np.sqrt(1 + (best.residual / HUBER) ** 2)
        prior = PRIOR_STRENGTH / _SPREAD
        gradient = jacobian.T @ (weight * best.residual) + prior**2 * (best.point - centre)
        hessian = jacobian.T @ (jacobian * weight[:, None]) + np.diag(prior**2)
        stuck = (best.point <= _LOW + 1e-6) & (gradient > 0)
        free = ~(stuck | ((best.point >= _HIGH - 1e-6) & (gradient < 0)))
        found, damping = _step(search, best, (floats(hessian), floats(gradient), free), damping)
        if found is None or best.cost - found.cost < 3e-5 * best.cost:
            return (found or best).point
        best = found
    return best.point


def _step(
    search: _Search, best: _State, quadratic: tuple[Floats, Floats, Mask], damping: float
) -> tuple[_State | None, float]:
    hessian, gradient, free = quadratic
    inner = hessian[np.ix_(free, free)]
    for _ in range(14):
        move = np.zeros_like(gradient)
        damped = inner + damping * np.diag(np.diag(inner))
        move[free] = -np.linalg.solve(damped, gradient[free])
        point = np.clip(best.point + np.clip(move, -1, 1), _LOW, _HIGH)
        state = search.at(floats(point))
        if state.cost < best.cost:
            return state, max(damping / 6, 1e-6)
        damping *= 4
    return None, damping
