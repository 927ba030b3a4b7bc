from __future__ import annotations

import numpy as np

from aegis.base.verdict import Verdict
from aegis.stats.edetector import detector
from aegis.stats.embedding import (
    embedding_bets,
    embedding_reference,
    random_features,
    two_sample_p_value,
)


def test_embeddings_that_move_are_found_and_the_same_ones_are_not() -> None:
    """Five percent of the rows move by half a standard deviation."""
    rng = np.random.default_rng(5)
    old, same, moved = (rng.standard_normal((3000, 96), np.float32) for _ in range(3))
    moved[::20] += np.float32(1.0)
    features = random_features(old, rng)

    assert two_sample_p_value(features, old, moved, rng) <= 0.01
    assert two_sample_p_value(features, old, same, rng) > 0.05


def test_windows_of_embeddings_feed_the_detector() -> None:
    """A shift of a tenth of a standard deviation in every direction, found within three windows."""
    rng = np.random.default_rng(6)
    rows = rng.standard_normal((10_000, 96), np.float32)
    features = random_features(rows, rng)
    old = embedding_reference(features, rows)
    state = detector(embedding_bets("embedding"))
    for window in range(1, 14):
        current = rng.standard_normal((500, 96), np.float32)
        if window > 10:
            current += np.float32(0.1)
        means = features.of(current).mean(axis=0).astype(np.float64)
        state = state.add(old.evidence(means, 500))
        if window == 10:
            assert state.verdict is Verdict.PASSED

    assert state.verdict is Verdict.FAILED
    assert state.suspects()[0].since_window in (9, 10, 11)
