"""Distribution functions against closed forms, and against values of SciPy 1.17 (recorded)."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.stats.special import (
    beta_cdf,
    beta_quantile,
    binomial_upper_tail,
    gamma_upper_tail,
    kolmogorov_upper_tail,
    log_beta,
    log_sum_exp,
    normal_upper_tail,
    student_quantile,
    student_upper_tail,
)

SHAPES = st.floats(0.3, 2000)
UNIT = st.floats(0.001, 0.999)


@given(x=UNIT, a=SHAPES, b=SHAPES)
def test_the_beta_distribution_is_symmetric_in_its_arguments(x: float, a: float, b: float) -> None:
    """Reflection about one half."""
    assert beta_cdf(x, a, b) == pytest.approx(1 - beta_cdf(1 - x, b, a), abs=1e-9)


@given(probability=UNIT, a=st.floats(1, 2000), b=st.floats(1, 2000))
def test_the_beta_quantile_inverts_the_distribution(probability: float, a: float, b: float) -> None:
    """There and back, for shapes that counts have (below 1 the quantile crowds the corner)."""
    assert beta_cdf(beta_quantile(probability, a, b), a, b) == pytest.approx(probability, abs=1e-9)


@given(trials=st.integers(1, 40), data=st.data(), chance=UNIT)
def test_binomial_tails_are_sums(trials: int, data: st.DataObject, chance: float) -> None:
    """The incomplete beta function against the sum of probabilities."""
    successes = data.draw(st.integers(0, trials))
    expected = math.fsum(
        math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k)
        for k in range(successes, trials + 1)
    )

    assert binomial_upper_tail(successes, trials, chance) == pytest.approx(expected, abs=1e-11)


@given(x=st.floats(0.001, 60), terms=st.integers(1, 30))
def test_gamma_tails_of_whole_shapes_are_poisson_sums(x: float, terms: int) -> None:
    """P(Gamma(k) > x) is the chance of fewer than k events."""
    expected = math.fsum(math.exp(-x) * x**k / math.factorial(k) for k in range(terms))

    assert gamma_upper_tail(x, terms) == pytest.approx(expected, rel=1e-10, abs=1e-14)


@given(t=st.floats(-50, 50))
def test_students_t_with_one_and_two_degrees_has_closed_forms(t: float) -> None:
    """Cauchy, and ``1/2 - t / (2 sqrt(2 + t^2))``."""
    cauchy = 0.5 - math.atan(t) / math.pi
    two = 0.5 - t / (2 * math.sqrt(2 + t * t))

    assert student_upper_tail(t, 1) == pytest.approx(cauchy, abs=1e-11)
    assert student_upper_tail(t, 2) == pytest.approx(two, abs=1e-11)


@given(probability=UNIT, degrees=st.integers(1, 500))
def test_the_t_quantile_inverts_the_tail(probability: float, degrees: int) -> None:
    """There and back."""
    tail = student_upper_tail(student_quantile(probability, degrees), degrees)
    assert tail == pytest.approx(1 - probability, abs=1e-8)


@given(z=st.floats(-8, 8))
def test_the_normal_tail_is_that_of_the_standard_library(z: float) -> None:
    """Where the standard library has digits left."""
    assert normal_upper_tail(z) == pytest.approx(1 - NormalDist().cdf(z), abs=1e-14)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(beta_quantile(0.95, 3, 48), 0.12061415542204412, id="beta-quantile"),
        pytest.param(beta_cdf(0.9, 300, 20), 0.007165489809358714, id="beta-upper-side"),
        pytest.param(beta_quantile(0.95, 1, 10**9), 2.9957322690667843e-09, id="rule-of-three"),
        pytest.param(log_beta(1e-3, 1e6), math.log(1000) - 0.0138, id="log-beta-unequal"),
    ],
)
def test_recorded_values(value: float, expected: float) -> None:
    """Computed once with SciPy (the last one by its leading terms)."""
    assert value == pytest.approx(expected, rel=1e-3 if abs(expected) > 5 else 1e-10)


@given(x=st.floats(0.21, 4), step=st.floats(0.001, 1))
def test_the_kolmogorov_tail_falls_and_its_two_series_meet(x: float, step: float) -> None:
    """Also across the point where one series takes over from the other."""
    assert kolmogorov_upper_tail(x + step) <= kolmogorov_upper_tail(x) + 1e-12
    assert kolmogorov_upper_tail(1 - 1e-9) == pytest.approx(kolmogorov_upper_tail(1 + 1e-9))


@given(values=st.lists(st.floats(-50, 50), min_size=1, max_size=6), shift=st.floats(-1e4, 1e4))
def test_sums_of_exponentials_do_not_overflow(values: list[float], shift: float) -> None:
    """A common factor comes out, however large."""
    moved = tuple(value + shift for value in values)
    assert log_sum_exp(moved) == pytest.approx(log_sum_exp(tuple(values)) + shift, abs=1e-7)
