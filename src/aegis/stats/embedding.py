"""Do two sets of embeddings come from one distribution? In a fifth of a second, not two minutes.

The maximum mean discrepancy with a Gaussian kernel, where the kernel is replaced by random
Fourier features: the distance of two distributions becomes the distance of two mean vectors, its
cost linear in the rows. Rows enter as means of small blocks, which is all that the permutation
test needs, so nothing grows with rows times features.

Null hypothesis: the rows of both sets are exchangeable. Assumes independent rows.

Source: Gretton, Borgwardt, Rasch, Schölkopf and Smola, JMLR 13, 2012; Rahimi and Recht, NIPS
2007; the bandwidth is the median distance, as is usual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aegis.stats.drift import REFERENCE_RISK
from aegis.stats.edetector import Bets
from aegis.stats.grid import FloatArray
from aegis.stats.special import normal_quantile

Rows = npt.NDArray[np.float32]

_BLOCK = 50
_CHUNK = 1000  # rows at a time; a multiple of the block
_SAMPLE = 500
_TILTS = (0.25, 0.5, 1.0, 2.0)  # bets on the distance, in its standard deviations
_CAUTION = normal_quantile(1 - REFERENCE_RISK)


@dataclass(frozen=True, slots=True, eq=False)
class RandomFeatures:
    """Frequencies of the features; the same ones for the reference and for every window."""

    frequencies: Rows

    @property
    def size(self) -> int:
        """Features a row: a cosine and a sine for each frequency."""
        return 2 * int(self.frequencies.shape[1])

    def of(self, rows: Rows) -> Rows:
        """The features of each row, with norm 1."""
        phase = rows @ self.frequencies
        features = np.empty((len(rows), self.size), np.float32)
        half = self.frequencies.shape[1]
        np.cos(phase, out=features[:, :half])
        np.sin(phase, out=features[:, half:])
        features *= np.float32(1 / math.sqrt(half))
        return features

    def block_means(self, rows: Rows, *, block: int = _BLOCK) -> FloatArray:
        """Means over blocks of neighbouring rows; rows after the last whole block are left out.

        >>> features = RandomFeatures(np.ones((4, 8), np.float32))
        >>> features.block_means(np.zeros((110, 4), np.float32)).shape
        (2, 16)
        """
        blocks = len(rows) // block
        means = np.empty((blocks, self.size))
        step = max(_CHUNK // block, 1)
        for first in range(0, blocks, step):
            last = min(first + step, blocks)
            features = self.of(rows[first * block : last * block])
            means[first:last] = features.reshape(last - first, block, -1).mean(axis=1)
        return means


def random_features(
    sample: Rows, rng: np.random.Generator, *, frequencies: int = 256
) -> RandomFeatures:
    """Features whose kernel is as wide as the median distance between rows of the sample.

    >>> rng = np.random.default_rng(1)
    >>> random_features(rng.standard_normal((100, 8), np.float32), rng).size
    512
    """
    return draw_features(sample.shape[1], median_distance(sample), rng, frequencies=frequencies)


def median_distance(sample: Rows) -> float:
    """Half of the pairs of rows lie closer together; 1 where they all coincide.

    >>> median_distance(np.array([[0.0], [2.0]], np.float32))
    2.0
    """
    some = sample[:: max(len(sample) // _SAMPLE, 1)][:_SAMPLE]
    squares = (some**2).sum(axis=1)
    distances = squares[:, None] + squares[None, :] - 2 * some @ some.T
    median = float(np.median(distances[np.triu_indices(len(some), 1)])) if len(some) > 1 else 1.0
    return math.sqrt(median) if median > 0 else 1.0


def draw_features(
    dimensions: int, width: float, rng: np.random.Generator, *, frequencies: int = 256
) -> RandomFeatures:
    """Features whose kernel is `width` wide; the same generator draws the same ones again."""
    drawn = rng.standard_normal((dimensions, frequencies), np.float32)
    return RandomFeatures(drawn / np.float32(width))


def two_sample_p_value(
    features: RandomFeatures,
    reference: Rows,
    current: Rows,
    rng: np.random.Generator,
    *,
    permutations: int = 999,
) -> float:
    """P-value that the current rows come from the reference's distribution.

    Exact for exchangeable rows whatever the features (blocks are permuted, and the observed order
    counts as one permutation). 1 when either side has fewer than ten blocks of 50 rows.

    >>> rng = np.random.default_rng(1)
    >>> rows = rng.standard_normal((4000, 8), np.float32)
    >>> features = random_features(rows, rng)
    >>> two_sample_p_value(features, rows[:2000], rows[2000:] + np.float32(0.3), rng)
    0.001
    >>> two_sample_p_value(features, rows[:2000], rows[2000:2100], rng)
    1.0
    """
    old, new = features.block_means(reference), features.block_means(current)
    if min(len(old), len(new)) < 10:
        return 1.0
    means = np.concatenate([old, new])
    means -= means.mean(axis=0)
    is_new = np.zeros(len(means))
    is_new[len(old) :] = 1
    picked = rng.permuted(np.tile(is_new, (permutations, 1)), axis=1)
    # centred, so that the sum over the new blocks alone decides the distance
    distances = ((picked @ means) ** 2).sum(axis=1)
    observed = float(((is_new @ means) ** 2).sum())
    at_least = int((distances >= observed * (1 - 1e-9)).sum())
    return (1 + at_least) / (1 + permutations)


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingReference:
    """What is kept of the reference's embeddings: two vectors, a few kilobytes."""

    mean: FloatArray
    eigenvalues: FloatArray  # of the covariance of one row's features, rising
    rows: int

    def merge(self, other: EmbeddingReference) -> EmbeddingReference:
        """The reference of both together, on the safe side of the exact one.

        The eigenvalues of a sum of covariances are majorised by the sums of theirs (Ky Fan, 1949),
        and what lies between the two means is added to the largest; bets on a majorised spectrum
        are smaller, so no false alarm is added.
        """
        rows = self.rows + other.rows
        if not rows:
            return self
        share = other.rows / rows
        apart = other.mean - self.mean
        eigenvalues = (1 - share) * self.eigenvalues + share * other.eigenvalues
        eigenvalues[-1] += share * (1 - share) * float(apart @ apart)
        return EmbeddingReference(self.mean + share * apart, eigenvalues, rows)

    def evidence(self, window_mean: FloatArray, rows: int) -> FloatArray:
        """Logarithms of e-values that a window's mean feature lies too far from the reference's.

        Null hypothesis: the window comes from the reference's distribution. The squared distance
        is then a sum of squared normals with known variances (central limit theorem; windows of
        some hundred rows), whose exponential moments are known, so each bet has mean 1. As in
        `drift`, the reference's own error is given away: it is in every window the same.
        """
        if rows == 0:
            return np.zeros(len(_TILTS))
        variances = self.eigenvalues * (1 / rows + 1 / self.rows)
        own_error = math.sqrt(2 * float((self.eigenvalues**2).sum())) / self.rows
        distance = float(((window_mean - self.mean) ** 2).sum()) - _CAUTION * own_error
        deviation = math.sqrt(2 * float((variances**2).sum()))
        limit = 0.45 / float(variances.max())
        tilts = [min(tilt / deviation, limit) for tilt in _TILTS]
        return np.array(
            [tilt * distance + 0.5 * float(np.log1p(-2 * tilt * variances).sum()) for tilt in tilts]
        )


class EmbeddingSums:
    """Sums over the features of rows that come in parts, as a reference or a window needs them."""

    def __init__(self, features: RandomFeatures, *, spread: bool = True) -> None:
        self.features = features
        self.rows = 0
        self._total = np.zeros(features.size)
        self._products = np.zeros((features.size, features.size)) if spread else None

    def add(self, rows: Rows) -> None:
        """Some more rows; without `spread` only their mean is kept, which is all of a window."""
        for first in range(0, len(rows), _CHUNK):
            part = self.features.of(rows[first : first + _CHUNK])
            self._total += part.sum(axis=0)
            if self._products is not None:
                self._products += part.T @ part
        self.rows += len(rows)

    @property
    def mean(self) -> FloatArray:
        """The mean feature of all rows so far; zeros before any."""
        return self._total / max(self.rows, 1)

    def reference(self) -> EmbeddingReference:
        """What is kept of the rows."""
        if self._products is None:
            raise ValueError("sums without `spread` make no reference")
        mean = self.mean
        covariance = self._products / max(self.rows, 1) - np.outer(mean, mean)
        eigenvalues = np.maximum(np.linalg.eigvalsh(covariance), 0.0)
        return EmbeddingReference(mean, eigenvalues, self.rows)


def embedding_reference(features: RandomFeatures, rows: Rows) -> EmbeddingReference:
    """The reference for windows to come; wants some ten thousand rows.

    >>> rng = np.random.default_rng(1)
    >>> rows = rng.standard_normal((5000, 8), np.float32)
    >>> features = random_features(rows, rng)
    >>> reference = embedding_reference(features, rows)
    >>> moved = features.of(rows[:500] + np.float32(0.3)).mean(axis=0)
    >>> bool(reference.evidence(moved, 500).max() > 3)
    True
    """
    sums = EmbeddingSums(features)
    sums.add(rows)
    return sums.reference()


def embedding_bets(name: str) -> Bets:
    """The bets of `EmbeddingReference.evidence`, equally weighted."""
    return Bets(names=(name,) * len(_TILTS), weights=(1 / len(_TILTS),) * len(_TILTS))
