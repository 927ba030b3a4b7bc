"""What other judges do with the same counts, small enough to run beside ours.

Written from the descriptions of their methods, not copied: a repeated two-proportion z-test;
Argo Rollouts' condition with a cumulative failure limit (`analysis.go`, `failureLimit`); Kayenta's
Mann-Whitney classifier over per-look values with its 98 % interval and the rule that the lower
end must exceed a quarter of the estimated shift (`MannWhitneyClassifier.scala`).

Each returns the first look at which a run would be rolled back, or `NEVER`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from benchmarks.evidence.traffic import Counts, FloatArray, IntArray

BoolArray = npt.NDArray[np.bool]
NEVER = 10**9
_KAYENTA_FEWEST = 5
_Z98 = 2.3263478740408408
_NUDGE = 1e-6
_SAME = 1e-12  # rates closer than this are ties


def first_look(crossed: BoolArray) -> IntArray:
    """The first look, from 1, at which each run crossed."""
    return np.where(crossed.any(axis=1), crossed.argmax(axis=1) + 1, NEVER)


def z_test(counts: Counts, *, critical: float = 1.6448536269514722) -> IntArray:
    """One-sided, pooled over all looks so far, asked again at every look."""
    bad_c, bad_s = counts.canary_bad.cumsum(axis=1), counts.stable_bad.cumsum(axis=1)
    all_c, all_s = counts.canary.cumsum(), counts.stable.cumsum()
    pooled = (bad_c + bad_s) / (all_c + all_s)
    error = np.sqrt(np.maximum(pooled * (1 - pooled) * (1 / all_c + 1 / all_s), 1e-300))
    return first_look((bad_c / all_c - bad_s / all_s) / error > critical)


def argo_threshold(counts: Counts, *, success: float = 0.95, failure_limit: int = 3) -> IntArray:
    """A success rate below the threshold in more looks than the limit."""
    failed = 1 - counts.canary_bad / counts.canary < success
    return first_look(failed.cumsum(axis=1) > failure_limit)


def argo_relative(
    counts: Counts, *, factor: float = 2.0, window: int = 5, failure_limit: int = 3
) -> IntArray:
    """The canary's rate above twice stable's, over a window of looks, more often than the limit."""
    canary = _rolling(counts.canary_bad, window) / _rolling(counts.canary[None, :], window)
    stable = _rolling(counts.stable_bad, window) / _rolling(counts.stable[None, :], window)
    return first_look((canary > factor * stable).cumsum(axis=1) > failure_limit)


def _rolling(values: IntArray, window: int) -> FloatArray:
    total = np.cumsum(values, axis=1, dtype=float)
    total[:, window:] -= total[:, :-window].copy()
    return total


def kayenta(canary: FloatArray, stable: FloatArray) -> IntArray:
    """Per-look values of both arms, judged at every look from the fifth on."""
    runs, looks = canary.shape
    found = np.full(runs, NEVER)
    for look in range(_KAYENTA_FEWEST, looks + 1):
        open_ = np.flatnonzero(found == NEVER)
        if not len(open_):
            break
        high = kayenta_says_high(canary[open_, :look], stable[open_, :look])
        found[open_[high]] = look
    return found


def kayenta_rates(counts: Counts) -> IntArray:
    """Kayenta on the error rate of each look."""
    return kayenta(counts.canary_bad / counts.canary, counts.stable_bad / counts.stable)


def kayenta_says_high(canary: FloatArray, stable: FloatArray) -> BoolArray:
    """Whether the 98 % interval of the shift lies above a quarter of its estimate.

    The estimate is the shift at which the standardised rank sum changes sign; the lower end lies
    above a quarter of it exactly when the rank sum after that shift still exceeds the quantile.
    With tied values both roots can be the same jump at zero; the solver then ends, within its
    tolerance of 1e-4, on the side where the score is closer to the root's level.
    """
    estimate = _middle_shift(canary, stable)
    at_zero = np.abs(estimate) <= _SAME
    beyond = _rank_score(canary, stable, np.where(at_zero, _NUDGE, 0.25 * np.abs(estimate)))
    before = _rank_score(canary, stable, np.full(len(canary), -_NUDGE))
    ends_above = (before > _Z98) & (np.abs(beyond - _Z98) < np.abs(before - _Z98))
    rises = canary.mean(axis=1) >= stable.mean(axis=1)
    says_high: BoolArray = ((beyond > _Z98) | (at_zero & ends_above)) & rises
    return says_high


def _middle_shift(canary: FloatArray, stable: FloatArray) -> FloatArray:
    differences = canary[:, :, None] - stable[:, None, :]
    return np.median(differences.reshape(len(canary), -1), axis=1)


def _rank_score(canary: FloatArray, stable: FloatArray, shift: FloatArray) -> FloatArray:
    """The standardised rank sum of the canary after a shift, corrected for ties."""
    size = canary.shape[1]
    moved = canary - shift[:, None]
    above = moved[:, :, None] - stable[:, None, :]
    wins = (above > _SAME).sum(axis=(1, 2)) + 0.5 * (np.abs(above) <= _SAME).sum(axis=(1, 2))
    excess = wins - size**2 / 2
    pooled = np.sort(np.concatenate([moved, stable], axis=1), axis=1)
    ties = np.array([_tie_sum(row) for row in pooled])
    sigma = np.sqrt(size**2 / 12 * (2 * size + 1 - ties / (2 * size * (2 * size - 1))))
    score: FloatArray = (excess - 0.5 * np.sign(excess)) / np.maximum(sigma, 1e-9)
    return score


def _tie_sum(ordered: FloatArray) -> float:
    starts = np.flatnonzero(np.concatenate([[True], np.diff(ordered) > _SAME]))
    sizes = np.diff(np.concatenate([starts, [len(ordered)]])).astype(float)
    return float((sizes**3 - sizes).sum())
