"""Multinomial logistic regression with a ridge, fitted in the span of its examples."""

from __future__ import annotations

import numpy as np

from aegis.advisor.weighing import Vector

RIDGE = 3e-5
STEPS = 150


def fitted(gram: Vector, wanted: Vector, weight: Vector) -> tuple[Vector, Vector]:
    """Coefficients over the examples, and the bias of each label (its share).

    ``gram`` holds the inner products of the examples, ``wanted`` a row of zeros and a one for each,
    ``weight`` how much each counts. Accelerated gradient descent (Nesterov 1983) with the step of
    the largest eigenvalue; the objective is convex, so the start does not matter.
    """
    count = len(gram)
    bias = np.log(wanted.mean(axis=0) + 1e-6).astype(np.float32)
    step = 1 / (_largest(gram) / 2 + RIDGE * count)
    now = before = np.zeros_like(wanted)
    for at in range(STEPS):
        ahead = now + at / (at + 3) * (now - before)
        scores = gram @ ahead + bias
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        error = (grown / grown.sum(axis=1, keepdims=True) - wanted) * weight[:, None]
        now, before = (ahead - step * (error + RIDGE * count * ahead)).astype(np.float32), now
    return now, bias


def _largest(gram: Vector) -> float:
    """The largest eigenvalue, by power iteration."""
    vector = np.ones(len(gram), dtype=np.float32)
    size = 1.0
    for _ in range(15):
        vector = gram @ vector
        size = float(np.linalg.norm(vector))
        vector /= size
    return size
