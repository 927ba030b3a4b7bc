"""The simulator conserves requests and tokens, repeats itself, and agrees with queueing theory."""

# ruff: noqa: S311  # seeded simulations, not secrets
from __future__ import annotations

import math
import random
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.sizing.arrivals import Arrivals, ClosedLoop, Lengths, OpenLoop, Recorded, Request, drawn
from aegis.sizing.candidates import Objectives
from aegis.sizing.cases import Setting, cases
from aegis.sizing.coefficients import fitted
from aegis.sizing.examples import H100_SXM, LLAMA_3_1_8B
from aegis.sizing.layout import layout
from aegis.sizing.precision import precision_named
from aegis.sizing.roofline import decode_step_s, prefill_s
from aegis.sizing.scheduler_state import GrowingBlocks, Limits, Speculation
from aegis.sizing.simulator import (
    Disaggregation,
    Router,
    Setup,
    accepted_share,
    simulate,
)
from aegis.sizing.simulator_outcome import Outcome
from aegis.sizing.simulator_rate import RateSearch, highest_rate
from aegis.sizing.simulator_steps import AffineStepTime, Experts, Line, RooflineStepTime

AFFINE = AffineStepTime(
    weights_s=0.0055,
    fixed_s=0.001,
    token_s=2.2e-5,
    sequence_s=1e-5,
    context_s=5e-8,
    prompt_step_s=0.002,
    pair_s=1e-9,
)
ROOMY = Limits(kv_blocks=25_000, max_sequences=256)
CHAT = Lengths(prompt_tokens=900, output_tokens=250, prompt_cv=0.5, output_cv=0.5)
SHORT = Lengths(prompt_tokens=120, output_tokens=30, prompt_cv=0.8, output_cv=0.8, most_tokens=600)


class OneByOne(AffineStepTime):
    """The same times, but no two decode steps may be taken as one event."""

    def decode(self, sequences: int, context_tokens: float, drafts: int) -> Line:
        return super().decode(sequences, context_tokens, drafts)._replace(until=context_tokens)


STEPWISE = OneByOne(**{f.name: getattr(AFFINE, f.name) for f in fields(AffineStepTime)})


def run(setup: Setup, arrivals: Arrivals, *, seed: int = 1) -> Outcome:
    return simulate(setup, arrivals, AFFINE, random.Random(seed))


def poisson(rate: float, requests: int, lengths: Lengths = SHORT, cv: float = 1.0) -> OpenLoop:
    return OpenLoop(rate_rps=rate, requests=requests, lengths=lengths, cv=cv)


SETUPS = st.builds(
    Setup,
    limits=st.builds(
        Limits,
        kv_blocks=st.integers(20, 400),
        max_sequences=st.integers(1, 40),
        step_tokens=st.integers(16, 1024),
        prefix_cache=st.booleans(),
        reserve_prompt=st.booleans(),
        steps_ahead=st.integers(0, 1),
        speculation=st.sampled_from([None, Speculation(drafts=3, acceptance_length=2.4)]),
    ),
    replicas=st.integers(1, 3),
    router=st.sampled_from(["round-robin", "least-outstanding"]),
    disaggregation=st.sampled_from(
        [None, Disaggregation(readers=2, limits=Limits(kv_blocks=60), transfer_s=0.01)]
    ),
)
LOADS = st.one_of(
    st.builds(
        OpenLoop,
        rate_rps=st.floats(0.5, 200),
        requests=st.integers(1, 60),
        lengths=st.sampled_from(
            [
                SHORT,
                Lengths(prompt_tokens=200, output_tokens=1),
                Lengths(prompt_tokens=200, output_tokens=20, shared_tokens=100, groups=3),
            ]
        ),
        cv=st.sampled_from([0.0, 1.0, 3.0]),
    ),
    st.builds(
        ClosedLoop,
        clients=st.integers(1, 20),
        requests=st.integers(1, 60),
        lengths=st.just(SHORT),
        think_s=st.sampled_from([0.0, 0.5]),
    ),
)


@settings(max_examples=150, deadline=None)
@given(setup=SETUPS, load=LOADS, seed=st.integers(0, 10_000))
def test_every_request_is_answered_once_in_full_or_refused(
    setup: Setup, load: OpenLoop | ClosedLoop, seed: int
) -> None:
    """Nothing is lost, nothing comes before its cause, and every token has its gap."""
    outcome = run(setup, load, seed=seed)
    done = ~np.isnan(outcome.finish_s)

    assert outcome.completed + outcome.refused == load.requests
    assert np.all(outcome.first_token_s[done] > outcome.arrival_s[done])
    assert np.all(outcome.scheduled_s[done] >= outcome.arrival_s[done])
    assert np.all(outcome.finish_s[done] >= outcome.first_token_s[done])
    assert np.all(outcome.longest_gap_s[done] >= np.nan_to_num(outcome.tpot_s[done]) * 0.999 / 4)
    if setup.limits.speculation is None:
        assert outcome.gap_counts.sum() == np.sum(outcome.output_tokens[done] - 1)
    if outcome.preemptions == 0:
        read = outcome.prompt_tokens - outcome.cached_tokens
        assert outcome.computed_tokens == read[done].sum()


@settings(max_examples=60, deadline=None)
@given(setup=SETUPS, load=LOADS, seed=st.integers(0, 10_000))
def test_jumping_over_steps_changes_nothing(
    setup: Setup, load: OpenLoop | ClosedLoop, seed: int
) -> None:
    """Stretches of decode steps as one event give the times of stepping token by token."""
    jumped = simulate(setup, load, AFFINE, random.Random(seed))
    stepped = simulate(setup, load, STEPWISE, random.Random(seed))

    np.testing.assert_allclose(jumped.finish_s, stepped.finish_s, rtol=1e-9)
    np.testing.assert_allclose(jumped.first_token_s, stepped.first_token_s, rtol=1e-9)
    np.testing.assert_allclose(jumped.longest_gap_s, stepped.longest_gap_s, rtol=1e-6)
    assert (jumped.steps, jumped.preemptions) == (stepped.steps, stepped.preemptions)


def test_the_same_seed_gives_the_same_outcome_and_another_one_does_not() -> None:
    setup = Setup(limits=ROOMY)

    first, again = (run(setup, poisson(5, 200), seed=3) for _ in range(2))
    other = run(setup, poisson(5, 200), seed=4)

    assert np.array_equal(first.finish_s, again.finish_s)
    assert not np.array_equal(first.finish_s, other.finish_s)


ONE_AT_A_TIME = Setup(limits=Limits(kv_blocks=1_000_000, max_sequences=1, step_tokens=100_000))


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_one_sequence_of_fixed_length_waits_as_an_m_d_1_queue(load: float) -> None:
    """Pollaczek and Khinchine: the mean wait is load * service / (2 * (1 - load))."""
    fixed = Lengths(prompt_tokens=900, output_tokens=50)
    service = float(run(ONE_AT_A_TIME, poisson(1, 1, fixed)).e2e_s[0])

    outcome = run(ONE_AT_A_TIME, poisson(load / service, 40_000, fixed))

    expected = load * service / (2 * (1 - load))
    assert float(np.mean(outcome.waiting_s)) == pytest.approx(expected, rel=0.06)


def test_one_sequence_of_exponential_length_waits_as_an_m_m_1_queue() -> None:
    """Mean wait is load * service / (1 - load), with exponential lengths of 2,000 tokens."""
    rng, load, token_s = random.Random(5), 0.6, 0.01
    requests, now = [], 0.0
    for _ in range(40_000):
        now += rng.expovariate(load / (2000 * token_s))
        requests.append(Request(now, 1, 1 + math.ceil(rng.expovariate(1 / 2000))))
    plain = AffineStepTime(weights_s=token_s)

    outcome = simulate(ONE_AT_A_TIME, Recorded(requests=requests), plain, rng)

    expected = load * 2000 * token_s / (1 - load)
    assert float(np.mean(outcome.waiting_s)) == pytest.approx(expected, rel=0.08)


def test_a_closed_loop_obeys_littles_law() -> None:
    """Clients without think time are always all in the system: N = X * R."""
    clients = 16
    outcome = run(Setup(limits=ROOMY), ClosedLoop(clients=clients, requests=3000, lengths=CHAT))
    inside = float(np.sum(outcome.e2e_s)) / outcome.duration_s

    assert inside == pytest.approx(clients, rel=0.02)


@pytest.mark.parametrize("router", ["round-robin", "least-outstanding"])
@pytest.mark.parametrize("cv", [1.0, 3.0])
def test_a_second_replica_never_makes_requests_wait_longer(router: Router, cv: float) -> None:
    """Mean time to the first token and mean time to the last, same arrivals, ten seeds."""
    for seed in range(10):
        means = [
            run(
                Setup(limits=Limits(kv_blocks=2500, max_sequences=32), replicas=n, router=router),
                poisson(12, 400, CHAT, cv=cv),
                seed=seed,
            )
            for n in (1, 2, 4)
        ]
        first = [float(np.mean(outcome.ttft_s)) for outcome in means]
        whole = [float(np.mean(outcome.e2e_s)) for outcome in means]

        assert first == sorted(first, reverse=True)
        assert whole == sorted(whole, reverse=True)


def test_the_least_outstanding_router_waits_less_than_round_robin_under_bursts() -> None:
    waits = {
        router: np.mean(
            run(
                Setup(limits=Limits(kv_blocks=1500, max_sequences=8), replicas=4, router=router),
                poisson(20, 2000, CHAT, cv=3),
            ).ttft_s
        )
        for router in ("round-robin", "least-outstanding")
    }

    assert waits["least-outstanding"] < waits["round-robin"]


@pytest.mark.parametrize("seed", range(4))
def test_more_blocks_mean_fewer_preemptions_until_there_are_none(seed: int) -> None:
    """While the queue is stable, and nobody is served later for it.

    With a queue that only grows, counts scatter by some per cent: fewer blocks also admit fewer.
    """
    outcomes = [
        run(
            Setup(limits=Limits(kv_blocks=blocks, max_sequences=64)),
            poisson(5, 400, CHAT),
            seed=seed,
        )
        for blocks in (600, 800, 1200, 3200)
    ]
    preemptions = [outcome.preemptions for outcome in outcomes]
    whole = [float(np.mean(outcome.e2e_s)) for outcome in outcomes]

    assert preemptions[0] > 0
    assert preemptions == sorted(preemptions, reverse=True)
    assert preemptions[-1] == 0
    assert whole == sorted(whole, reverse=True)


@given(setup=SETUPS, load=LOADS, seed=st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_a_cache_that_holds_all_requests_never_preempts(
    setup: Setup, load: OpenLoop | ClosedLoop, seed: int
) -> None:
    tokens = sum(r.prompt_tokens + r.output_tokens + 16 for r in drawn(load, random.Random(seed)))
    roomy = replace(setup, limits=replace(setup.limits, kv_blocks=tokens // 16 + 1))

    assert run(replace(roomy, disaggregation=None), load, seed=seed).preemptions == 0


def test_the_sequence_admitted_last_is_the_one_preempted() -> None:
    """Two sequences of 10 blocks in 15: the second loses its blocks, the first never waits."""
    requests = [Request(0.0, 80, 80), Request(0.001, 80, 80)]
    tight = Setup(limits=Limits(kv_blocks=15))

    outcome = run(tight, Recorded(requests=requests))
    alone = run(tight, Recorded(requests=requests[:1]))

    assert outcome.preemptions == 1
    assert outcome.longest_gap_s[1] > 20 * outcome.longest_gap_s[0]
    assert outcome.finish_s[0] < 1.1 * alone.finish_s[0]


@given(
    tokens=st.lists(st.integers(0, 200), min_size=1, max_size=8),
    gone=st.integers(0, 7),
    between=st.integers(0, 50),
    later=st.integers(0, 50),
)
def test_blocks_counted_by_remainder_are_the_blocks_of_each_sequence(
    tokens: list[int], gone: int, between: int, later: int
) -> None:
    """Sequences join at steps 0, 1, 2, …; one leaves; the rest grows on."""
    book, end = GrowingBlocks(16), len(tokens) + between
    for step, held in enumerate(tokens):
        book.change(held, step, 1)
    left = gone % len(tokens)
    book.change(tokens[left] + end - left, end, -1)

    assert book.at(end + later) == sum(
        math.ceil((held + end + later - step) / 16)
        for step, held in enumerate(tokens)
        if step != left
    )


def test_a_request_longer_than_the_cache_is_refused_and_the_others_served() -> None:
    requests = [Request(0.0, 100, 10), Request(0.1, 5000, 10), Request(0.2, 100, 10)]

    outcome = run(Setup(limits=Limits(kv_blocks=20)), Recorded(requests=requests))

    assert (outcome.refused, outcome.completed) == (1, 2)
    assert not outcome.meets(Objectives())


def test_a_prompt_is_read_in_chunks_within_the_budget_while_others_decode() -> None:
    """5,000 tokens with 1,000 a step and one decoding: five chunks of 999 and a rest."""
    setup = Setup(limits=Limits(kv_blocks=1000, step_tokens=1000))
    flat = AffineStepTime(weights_s=1.0)
    requests = [Request(0.0, 10, 100), Request(0.5, 5000, 2)]

    outcome = simulate(setup, Recorded(requests=requests), flat, random.Random(1))

    assert outcome.scheduled_s[1] == 1.0
    assert outcome.first_token_s[1] == 1.0 + 6


@pytest.mark.parametrize("ahead", [0, 1])
def test_a_request_misses_the_steps_that_are_already_scheduled(ahead: int) -> None:
    """Steps of one second, one sequence decoding; a prompt that comes at 4.5 s."""
    setup = Setup(limits=Limits(kv_blocks=1000, steps_ahead=ahead))
    requests = [Request(0.0, 10, 100), Request(4.5, 10, 2)]

    outcome = simulate(
        setup, Recorded(requests=requests), AffineStepTime(weights_s=1.0), random.Random(1)
    )

    assert outcome.scheduled_s[0] == 0
    assert outcome.scheduled_s[1] == pytest.approx(5.0 + ahead)


def test_a_shared_prefix_is_computed_and_stored_once() -> None:
    lengths = Lengths(prompt_tokens=1000, output_tokens=10, shared_tokens=800)
    requests = drawn(poisson(50, 40, lengths), random.Random(1))
    cached = Setup(limits=Limits(kv_blocks=150, prefix_cache=True))
    plain = Setup(limits=Limits(kv_blocks=150))

    with_cache, without = (run(s, Recorded(requests=requests)) for s in (cached, plain))

    assert with_cache.computed_tokens == 1000 + 39 * 200
    assert without.computed_tokens >= 40 * 1000
    assert with_cache.ttft().p95 < without.ttft().p95 / 4


def test_speculation_saves_the_steps_that_it_accepts() -> None:
    """2.4 tokens a step on average: 2.4 times fewer decode steps, within 3 %."""
    lengths = Lengths(prompt_tokens=100, output_tokens=2001)
    speculation = Speculation(drafts=3, acceptance_length=2.4)
    setup = Setup(limits=Limits(kv_blocks=1_000_000, speculation=speculation))

    outcome = run(setup, poisson(0.001, 40, lengths))

    assert outcome.steps == pytest.approx(40 * 2000 / 2.4, rel=0.03)
    assert accepted_share(speculation) == pytest.approx(0.665, abs=0.001)


def test_disaggregation_adds_the_transfer_and_keeps_prompts_out_of_decoding() -> None:
    """No decode step lasts as long as one that reads a prompt, after the transfer."""
    reader = Disaggregation(readers=1, limits=ROOMY, transfer_s=0.02, transfer_token_s=1e-5)
    apart, together = Setup(limits=ROOMY, disaggregation=reader), Setup(limits=ROOMY)
    load = poisson(8, 400, Lengths(prompt_tokens=900, output_tokens=250))

    split, mixed = run(apart, load), run(together, load)

    assert split.itl().p99 < mixed.itl().p99 / 2
    assert np.all(split.longest_gap_s >= 0.02 + 900e-5)
    assert split.completed == mixed.completed == 400


def test_bursts_raise_the_tail_of_the_first_token() -> None:
    smooth, even, bursty = (
        run(Setup(limits=ROOMY), poisson(12, 3000, CHAT, cv=cv)).ttft().p95 for cv in (0, 1, 4)
    )

    assert smooth < even < bursty


def test_the_highest_rate_holds_and_a_little_more_does_not() -> None:
    objectives = Objectives(ttft_s=0.5, tpot_s=0.030)

    found = highest_rate(
        Setup(limits=ROOMY), CHAT, AFFINE, objectives, random.Random(1), RateSearch()
    )

    assert found.outcome.meets(objectives, warm_up=0.5)
    assert found.rate_rps < found.fails_at_rps < found.rate_rps * 1.03
    assert found.simulated <= RateSearch().most_simulated


def test_the_usual_number_of_requests_finds_the_rate_of_a_run_three_times_as_long() -> None:
    """Within 5 %; with 250 requests the rate found would be about twice as high."""
    objectives = Objectives(ttft_s=0.5, tpot_s=0.04)
    usual, longer = (
        highest_rate(Setup(limits=ROOMY), CHAT, AFFINE, objectives, random.Random(3), search)
        for search in (RateSearch(), RateSearch(requests=6000, most_simulated=120_000))
    )

    assert usual.rate_rps == pytest.approx(longer.rate_rps, rel=0.05)


@pytest.mark.parametrize(
    "objectives",
    [
        pytest.param(Objectives(ttft_s=0.5, tpot_s=0.001), id="faster-than-a-step"),
        pytest.param(Objectives(ttft_s=0.001), id="faster-than-a-prompt"),
    ],
)
def test_objectives_that_nothing_holds_give_the_rate_zero(objectives: Objectives) -> None:
    found = highest_rate(
        Setup(limits=ROOMY), CHAT, AFFINE, objectives, random.Random(1), RateSearch(requests=50)
    )

    assert found.rate_rps == 0


def test_wider_objectives_never_lower_the_highest_rate() -> None:
    rates = [
        highest_rate(
            Setup(limits=ROOMY),
            CHAT,
            AFFINE,
            Objectives(ttft_s=limit, tpot_s=0.05),
            random.Random(1),
            RateSearch(requests=300),
        ).rate_rps
        for limit in (0.1, 0.3, 1.0)
    ]

    assert rates == sorted(rates)


def test_a_small_batch_reads_only_the_experts_it_is_routed_to() -> None:
    """One token reads 8 of 128 experts and the rest of the weights; many tokens read all."""
    moe = AffineStepTime(
        weights_s=0.02, experts=Experts(routed_share=8 / 128, always_read=0.1), sequence_s=0.0
    )

    alone, many = (moe.decode(n, 0, 0).fixed_s for n in (1, 256))

    assert alone == pytest.approx(0.02 * (0.1 + 0.9 / 16))
    assert many == pytest.approx(0.02, rel=1e-3)


def test_the_roofline_gives_its_own_times_when_asked_by_the_simulator() -> None:
    """At the knots, and within 1 % between them: decode steps and whole prompts."""
    c = cases(LLAMA_3_1_8B, precision_named("bf16"), [H100_SXM], layout(), Setting())
    times = RooflineStepTime(c, fitted())

    for sequences, context in ((1, 512), (32, 1000), (200, 3000)):
        line = times.decode(sequences, sequences * context, 0)
        expected = float(decode_step_s(c, fitted(), sequences, context).item())
        assert line.fixed_s + line.slope_s * sequences * context == pytest.approx(
            expected, rel=0.01
        )
    read = times.mixed_s(1024, 1024 * 512, 0, 0, 0)
    assert read == pytest.approx(float(prefill_s(c, fitted(), 1, 1024).item()), rel=0.01)


def test_the_roofline_runs_in_the_simulator() -> None:
    """Eight requests a second on one H100: a token takes 6 to 20 ms, nobody waits long."""
    c = cases(LLAMA_3_1_8B, precision_named("bf16"), [H100_SXM], layout(), Setting())

    outcome = simulate(
        Setup(limits=ROOMY), poisson(8, 500, CHAT), RooflineStepTime(c, fitted()), random.Random(1)
    )

    assert 0.006 < outcome.tpot().p50 < 0.020
    assert outcome.ttft().p95 < 0.5
