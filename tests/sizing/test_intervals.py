"""Every estimate carries bounds, and admits what was not measured."""

from __future__ import annotations

from typing import Literal

import pytest

from aegis.sizing.intervals import CaseKind, interval, interval_file, stratum_of, width

SEEN = CaseKind(kind="dense", engine="vllm", generation="hopper", load="high")
UNSEEN = CaseKind(kind="dense", engine="vllm", generation="ampere", load="high")


@pytest.mark.parametrize("metric", ["tpot", "ttft", "throughput"])
def test_bounds_contain_the_value(metric: Literal["tpot", "ttft", "throughput"]) -> None:
    found = interval(metric, 0.02, SEEN)

    assert found.low <= 0.02 <= found.high
    assert found.rows >= 60
    assert 0 < found.median_error_percent < 100
    assert "held out" in found.basis


def test_hardware_nobody_measured_gets_wider_bounds_and_says_so() -> None:
    seen, unseen = interval("tpot", 0.02, SEEN), interval("tpot", 0.02, UNSEEN)

    assert unseen.high / unseen.low > seen.high / seen.low
    assert "no measurement on ampere" in unseen.basis


def test_the_last_stratum_describes_anything() -> None:
    last = interval_file().strata[-1]

    assert last.kind == last.engine == last.generation == last.load == ""
    assert stratum_of(UNSEEN).rows > 0
    assert all(width(s.tpot) > 0 for s in interval_file().strata)


def test_bounds_rest_on_several_families() -> None:
    """Rows of one family err alike; four families is the least that stands for another one."""
    assert all(stratum.families >= 4 for stratum in interval_file().strata)
