"""The distribution functions that the other modules stand on, without SciPy.

Beta, Student, gamma and Kolmogorov tails, accurate to about 1e-12 (Kolmogorov: 1e-12 absolute).
Normal ones are in the standard library (`statistics.NormalDist`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY = 1e-300
_EPS = 1e-15
_MAX_TERMS = 100_000


def normal_upper_tail(z: float) -> float:
    """P(Z > z) for a standard normal Z, accurate far out in the tail.

    >>> round(normal_upper_tail(1.959963984540054), 12)
    0.025
    >>> f"{normal_upper_tail(10):.5e}"
    '7.61985e-24'
    """
    return 0.5 * math.erfc(z / math.sqrt(2))


def normal_quantile(probability: float) -> float:
    """The z with P(Z <= z) = probability.

    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    return _NORMAL.inv_cdf(probability)


def log_beta(a: float, b: float) -> float:
    """Logarithm of the beta function; keeps its digits when one argument is very large.

    Source: Stirling's series, NIST DLMF 5.11.1, with the large terms cancelled by hand.

    >>> round(math.exp(log_beta(2, 3)) * 12, 12)
    1.0
    >>> round(math.exp(log_beta(1, 1e9)) * 1e9, 12)
    1.0
    """
    a, b = min(a, b), max(a, b)
    if b < 10:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    rest = _stirling_rest(b) - _stirling_rest(a + b) - (b - 0.5) * math.log1p(a / b)
    if a < 10:
        return math.lgamma(a) - a * math.log(a + b) + a + rest
    half_log_two_pi = 0.5 * math.log(2 * math.pi)
    return half_log_two_pi + _stirling_rest(a) - a * math.log1p(b / a) - 0.5 * math.log(a) + rest


def _stirling_rest(x: float) -> float:
    y = 1 / (x * x)
    return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y / 1188)))) / x


def beta_cdf(x: float, a: float, b: float) -> float:
    """P(X <= x) for X ~ Beta(a, b): the regularised incomplete beta function.

    Continued fraction NIST DLMF 8.17.22, evaluated with Lentz's method on the side of the mode
    where it converges fast.

    >>> beta_cdf(0.5, 2, 2), round(beta_cdf(0.2, 1, 3), 12)
    (0.5, 0.488)
    >>> round(beta_cdf(0.9, 300, 20), 10)  # 1 - cdf(0.1; 20, 300)
    0.0071654898
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    log_front = a * math.log(x) + b * math.log1p(-x) - log_beta(a, b)
    if x < (a + 1) / (a + b + 2):
        return min(1.0, math.exp(log_front) * _beta_fraction(x, a, b) / a)
    return max(0.0, 1.0 - math.exp(log_front) * _beta_fraction(1 - x, b, a) / b)


def _beta_fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1.0 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1.0 / _away_from_zero(1 + even * d)
        c = _away_from_zero(1 + even / c)
        value *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1.0 / _away_from_zero(1 + odd * d)
        c = _away_from_zero(1 + odd / c)
        value *= d * c
        if abs(d * c - 1) < _EPS:
            return value
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x with P(X <= x) = probability for X ~ Beta(a, b).

    Bisection: slow by the standards of numerical libraries (about 0.3 ms), and it cannot diverge.

    >>> round(beta_quantile(0.5, 3, 3), 12)
    0.5
    >>> round(beta_quantile(0.05, 1, 10), 12) == round(1 - 0.95 ** (1 / 10), 12)
    True
    >>> f"{beta_quantile(0.95, 1, 10**9):.6e}"  # rule of three, far in the corner
    '2.995732e-09'
    """
    if probability <= 0:
        return 0.0
    if probability >= 1:
        return 1.0
    return bisect(lambda x: beta_cdf(x, a, b) - probability, 0.0, 1.0)


def bisect(rising: Callable[[float], float], low: float, high: float) -> float:
    """The root of a non-decreasing function between low and high, to 1e-14 relative.

    >>> round(bisect(lambda x: x * x - 2, 0, 2), 12) == round(math.sqrt(2), 12)
    True
    """
    for _ in range(400):
        middle = (low + high) / 2
        if high - low <= 1e-14 * abs(middle):
            break
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def binomial_upper_tail(successes: int, trials: int, probability: float) -> float:
    """P(X >= successes) for X ~ Binomial(trials, probability).

    >>> binomial_upper_tail(0, 5, 0.3), round(binomial_upper_tail(9, 10, 0.5) * 1024, 9)
    (1.0, 11.0)
    """
    if successes <= 0:
        return 1.0
    if successes > trials:
        return 0.0
    return beta_cdf(probability, successes, trials - successes + 1)


def student_upper_tail(t: float, degrees: float) -> float:
    """P(T > t) for Student's T with `degrees` degrees of freedom.

    >>> student_upper_tail(0, 7), round(student_upper_tail(1, 1), 12)
    (0.5, 0.25)
    >>> round(student_upper_tail(2.085963447265837, 20), 10)
    0.025
    """
    square = t * t
    if square < degrees:  # each form keeps its digits on its side
        tail = 0.5 * (1 - beta_cdf(square / (degrees + square), 0.5, degrees / 2))
    else:
        tail = 0.5 * beta_cdf(degrees / (degrees + square), degrees / 2, 0.5)
    return tail if t >= 0 else 1 - tail


def student_quantile(probability: float, degrees: float) -> float:
    """The t with P(T <= t) = probability.

    >>> round(student_quantile(0.975, 20), 8), round(student_quantile(0.5, 3), 8)
    (2.08596345, 0.0)
    """
    if probability == 0.5:
        return 0.0
    tail = 2 * min(probability, 1 - probability)
    if tail > 0.5:
        near = beta_quantile(1 - tail, 0.5, degrees / 2)
        t = math.sqrt(degrees * near / (1 - near))
    else:
        far = beta_quantile(tail, degrees / 2, 0.5)
        t = math.sqrt(degrees * (1 - far) / far)
    return t if probability > 0.5 else -t


def gamma_upper_tail(x: float, shape: float) -> float:
    """P(X > x) for X ~ Gamma(shape, scale 1); chi-squared with k degrees is (x/2, k/2).

    Series NIST DLMF 8.11.4 below the mode, continued fraction 8.9.2 above it.

    >>> round(gamma_upper_tail(3.841458820694124 / 2, 1 / 2), 10)
    0.05
    >>> gamma_upper_tail(2.5, 1) == math.exp(-2.5)
    True
    """
    if x <= 0:
        return 1.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        return max(0.0, 1.0 - front * _gamma_series(x, shape))
    return front * _gamma_fraction(x, shape)


def _gamma_series(x: float, shape: float) -> float:
    term = total = 1 / shape
    for n in range(1, _MAX_TERMS):
        term *= x / (shape + n)
        total += term
        if term < total * _EPS:
            break
    return total


def _gamma_fraction(x: float, shape: float) -> float:
    b = x + 1 - shape
    c, d = 1 / _TINY, 1 / _away_from_zero(b)
    value = d
    for n in range(1, _MAX_TERMS):
        factor = n * (shape - n)
        b += 2
        d = 1 / _away_from_zero(b + factor * d)
        c = _away_from_zero(b + factor / c)
        value *= d * c
        if abs(d * c - 1) < _EPS:
            break
    return value


def kolmogorov_upper_tail(x: float) -> float:
    """Limit of P(sqrt(n) D > x) for the one-sample Kolmogorov-Smirnov distance D.

    Source: Kolmogorov 1933; of its two equal series each is used where it converges fast.

    >>> round(kolmogorov_upper_tail(1.3580986393225505), 10)
    0.05
    >>> kolmogorov_upper_tail(0.1), f"{kolmogorov_upper_tail(3):.6e}"
    (1.0, '3.045996e-08')
    """
    if x <= 0.2:  # the tail differs from 1 by less than 1e-12
        return 1.0
    if x < 1:
        terms = (math.exp(-((2 * k - 1) ** 2) * math.pi**2 / (8 * x * x)) for k in range(1, 8))
        return 1 - math.sqrt(2 * math.pi) / x * math.fsum(terms)
    signed = ((-1) ** (k - 1) * math.exp(-2 * (k * x) ** 2) for k in range(1, 12))
    return 2 * math.fsum(signed)


def log_sum_exp(values: tuple[float, ...]) -> float:
    """Logarithm of a sum of exponentials, without overflow.

    >>> log_sum_exp((1000.0, 1000.0)) == 1000 + math.log(2)
    True
    >>> log_sum_exp((-math.inf,))
    -inf
    """
    peak = max(values)
    if math.isinf(peak):
        return peak
    return peak + math.log(math.fsum(math.exp(value - peak) for value in values))
