"""M/G/c with batch service agrees with closed forms; jobs and devices are arithmetic."""

# ruff: noqa: S311  # seeded simulations, not secrets
from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.sizing.classic import (
    Service,
    arriving,
    queue,
    size_classic,
    size_edge,
    size_job,
)
from aegis.sizing.queueing import erlang_c, mean_wait_s

COUNT = 60_000


@pytest.mark.parametrize(
    ("workers", "busy", "cv"),
    [
        pytest.param(1, 0.7, 0.0, id="M/D/1"),
        pytest.param(1, 0.6, 1.0, id="M/G/1-log-normal"),
        pytest.param(3, 0.8, 1.0, id="M/G/3"),
    ],
)
def test_a_queue_without_batches_waits_as_theory_says(workers: int, busy: float, cv: float) -> None:
    service_s = 0.01
    rate = busy * workers / service_s
    arrivals = arriving(rate, COUNT, random.Random(3))

    seen = queue(Service(batches=((1, service_s),), cv=cv), workers, arrivals, random.Random(4))

    wait = float(np.mean(seen.latency_s)) - service_s
    assert wait == pytest.approx(mean_wait_s(workers, rate, service_s, cv), rel=0.12)
    assert seen.busy == pytest.approx(busy, rel=0.03)


def test_erlang_c_has_its_limits() -> None:
    assert erlang_c(1, 0.5) == pytest.approx(0.5)
    assert erlang_c(4, 4.0) == 1.0
    assert erlang_c(50, 1.0) < 1e-9
    assert mean_wait_s(2, 100, 0.02, 1.0) == math.inf


def test_batches_serve_more_than_single_requests_could() -> None:
    """One worker at 8 ms holds 125 requests/s alone and 400 with batches of eight."""
    single = size_classic(Service(batches=((1, 0.008),)), rate=300, latency_p95_s=0.1)
    batched = size_classic(Service(batches=((1, 0.008), (8, 0.02))), rate=300, latency_p95_s=0.1)

    assert not isinstance(single, str)
    assert not isinstance(batched, str)
    assert batched.workers == 1
    assert single.workers >= 3
    assert batched.mean_batch > 2


@settings(max_examples=5, deadline=None)
@given(rate=st.floats(20, 400), more=st.floats(1.5, 4), objective=st.floats(0.03, 0.5))
def test_more_load_never_needs_fewer_workers_nor_a_wider_objective_more(
    rate: float, more: float, objective: float
) -> None:
    service = Service(batches=((1, 0.01), (4, 0.02)), cv=0.3)

    few = size_classic(service, rate=rate, latency_p95_s=objective)
    many = size_classic(service, rate=rate * more, latency_p95_s=objective)
    wide = size_classic(service, rate=rate, latency_p95_s=objective * 2)

    assert not isinstance(few, str)
    assert not isinstance(many, str)
    assert not isinstance(wide, str)
    assert many.workers >= few.workers >= wide.workers
    assert few.p95_s <= objective


def test_an_objective_below_the_service_time_is_refused_with_the_number() -> None:
    found = size_classic(Service(batches=((1, 0.05),)), rate=1, latency_p95_s=0.04)

    assert isinstance(found, str)
    assert "50.0 ms" in found


def test_a_delay_fills_batches_and_costs_time() -> None:
    arrivals = arriving(100, 5000, random.Random(1))
    eager = Service(batches=((1, 0.005), (8, 0.008)))
    patient = Service(batches=((1, 0.005), (8, 0.008)), delay_s=0.05)

    quick, slow = (queue(s, 1, arrivals, random.Random(1)) for s in (eager, patient))

    assert slow.mean_batch > quick.mean_batch
    assert slow.at(50) > quick.at(50)


@pytest.mark.parametrize(
    "batches", [(), ((0, 0.1),), ((8, 0.1), (1, 0.2)), ((1, 0.0),), ((1, math.inf),)]
)
def test_impossible_services_are_refused(batches: tuple[tuple[int, float], ...]) -> None:
    with pytest.raises(ValueError, match="batch"):
        Service(batches=batches)


@given(items=st.floats(1, 1e9), rate=st.floats(0.1, 1e4), hours=st.floats(0.1, 1000))
def test_a_job_ends_before_its_deadline(items: float, rate: float, hours: float) -> None:
    found = size_job(items=items, items_per_s=rate, deadline_s=hours * 3600)

    assert found.hours <= hours * (1 + 1e-6)
    assert found.hours_low <= found.hours
    assert found.fewest <= found.workers


def test_a_figure_without_budget_is_left_out() -> None:
    found = size_edge([("latency", 20.0, 33.0, "ms"), ("energy", 5.0, None, "mJ")])

    assert [(row.figure, row.holds) for row in found] == [("latency", True)]
