# ruff: noqa: S311  # seeded simulations, not secrets
"""A fit repeats what was measured, knows what it did not see, and never leaves its bounds."""

from __future__ import annotations

import dataclasses
import math
import random

import numpy as np
import pytest

from aegis.sizing.arrivals import Lengths, OpenLoop, drawn
from aegis.sizing.calibration import (
    NAMES,
    STEP_BOUNDS,
    Observed,
    StepTimeFit,
    fit_step_time,
    priors_from,
)
from aegis.sizing.cases import Setting, cases
from aegis.sizing.coefficients import fitted
from aegis.sizing.examples import H100_SXM, LLAMA_3_1_8B
from aegis.sizing.layout import layout
from aegis.sizing.precision import precision_named
from aegis.sizing.scheduler_state import Limits
from aegis.sizing.simulator import Setup, simulate
from aegis.sizing.simulator_steps import AffineStepTime, RooflineStepTime

TRUTH = AffineStepTime(
    weights_s=0.006,
    fixed_s=0.0015,
    token_s=3e-5,
    sequence_s=1.5e-5,
    context_s=5e-8,
    prompt_step_s=0.002,
    pair_s=3e-10,
    first_s=0.008,
)
SETUP = Setup(limits=Limits(kv_blocks=30_000, max_sequences=64, step_tokens=2048))
CHAT = Lengths(prompt_tokens=600, output_tokens=150, prompt_cv=0.8, output_cv=0.6)


def measured(rate: float, requests: int, lengths: Lengths = CHAT, seed: int = 1) -> list[Observed]:
    """What a load generator would report of a replica with the true step time."""
    rng = random.Random(seed)
    load = OpenLoop(rate_rps=rate, requests=requests, lengths=lengths)
    outcome = simulate(SETUP, load, TRUTH, rng)
    sent = drawn(load, random.Random(seed))
    times = zip(sent, outcome.ttft_s.tolist(), outcome.e2e_s.tolist(), strict=True)
    return [Observed(request, first, whole) for request, first, whole in times]


@pytest.fixture(scope="module")
def fit() -> StepTimeFit:
    return fit_step_time(measured(10, 150), SETUP)


def test_a_fit_repeats_the_run_it_was_made_from(fit: StepTimeFit) -> None:
    """A request just misses a step or not: single times to first token scatter by that."""
    assert fit.tpot_error < 0.02
    assert fit.ttft_error < 0.15


def test_a_fit_predicts_a_run_at_another_load(fit: StepTimeFit) -> None:
    """Half and twice the rate it was fitted at: mean TPOT within 3 %, TTFT within 8 %."""
    for rate in (5, 20):
        load = OpenLoop(rate_rps=rate, requests=400, lengths=CHAT)
        guess = simulate(SETUP, load, fit.step_time, random.Random(7))
        real = simulate(SETUP, load, TRUTH, random.Random(7))

        assert guess.tpot().mean == pytest.approx(real.tpot().mean, rel=0.03)
        assert guess.ttft().mean == pytest.approx(real.ttft().mean, rel=0.08)


def test_identified_parameters_are_near_the_truth(fit: StepTimeFit) -> None:
    assert {"weights_s", "token_s"} <= set(fit.identified)
    for name in ("weights_s", "token_s"):
        assert getattr(fit.step_time, name) == pytest.approx(getattr(TRUTH, name), rel=0.25)


def test_what_a_run_does_not_exercise_is_not_identified_and_keeps_its_prior() -> None:
    """Prompts of 16 tokens say nothing about attention over long prompts."""
    short = Lengths(prompt_tokens=16, output_tokens=60)

    fit = fit_step_time(measured(5, 60, short), SETUP, rounds=5)

    assert "pair_s" in fit.not_identified
    assert fit.step_time.pair_s == pytest.approx(STEP_BOUNDS["pair_s"].prior, rel=0.01)


def test_the_spread_grows_outside_the_region_that_was_measured(fit: StepTimeFit) -> None:
    most = fit.region.sequences[1]
    inside = fit.spread_at(sequences=most / 2, context_tokens=700, prompt_tokens=600)
    spreads = [
        fit.spread_at(sequences=most * factor, context_tokens=700, prompt_tokens=600)
        for factor in (1, 2, 4, 8)
    ]

    assert inside < 0.1
    assert spreads == sorted(spreads)
    assert spreads[-1] > 3 * 0.5 * math.log(2)


def test_every_parameter_stays_within_its_bounds() -> None:
    """Even when the truth lies outside: a step ten times longer than the bounds allow."""
    narrow = {
        name: dataclasses.replace(bound, low=bound.prior / 1.1, high=bound.prior * 1.1)
        for name, bound in STEP_BOUNDS.items()
    }

    fit = fit_step_time(measured(5, 40), SETUP, bounds=narrow, rounds=5)

    assert fit.at_bound
    for name in NAMES:
        value = getattr(fit.step_time, name)
        assert narrow[name].low * 0.999 <= value <= narrow[name].high * 1.001


def test_only_counted_requests_are_compared() -> None:
    """Nonsense in the half that is not counted changes nothing."""
    rows = measured(8, 60)
    spoiled = [
        row if index < 30 else row._replace(ttft_s=row.ttft_s * 50, e2e_s=row.e2e_s * 50)
        for index, row in enumerate(rows)
    ]
    counted = [index < 30 for index in range(60)]

    clean, other = (
        fit_step_time(r, SETUP, counted=counted, rounds=3).step_time for r in (rows, spoiled)
    )

    assert clean == other


def test_the_roofline_serves_as_prior() -> None:
    c = cases(LLAMA_3_1_8B, precision_named("bf16"), [H100_SXM], layout(), Setting())

    priors = priors_from(RooflineStepTime(c, fitted(), outside_s=0.005))

    assert set(priors) == set(NAMES)
    for name, bound in priors.items():
        assert STEP_BOUNDS[name].low <= bound.prior <= STEP_BOUNDS[name].high
    assert 0.004 < priors["weights_s"].prior < 0.008
    assert np.isclose(priors["first_s"].prior, 0.005)


def test_one_request_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two measured requests"):
        fit_step_time(measured(1, 1), SETUP)
