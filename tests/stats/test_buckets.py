from __future__ import annotations

from aegis.stats.buckets import from_cumulative


def test_cumulative_buckets_become_counts() -> None:
    """Prometheus counts everything up to an edge."""
    assert from_cumulative([3, 3, 10]) == (3, 0, 7)
