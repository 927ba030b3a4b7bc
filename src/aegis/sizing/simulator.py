"""Discrete-event simulation of one deployment under load: what each request waits for.

Time to first token under load is a matter of queues, bursts and the order in which an engine
serves; means do not give it. `simulate` answers it request by request.
"""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aegis.sizing.arrivals import Arrivals, ClosedLoop, Request, drawn
from aegis.sizing.layout import Floats, floats
from aegis.sizing.scheduler import NEVER, Replica
from aegis.sizing.scheduler_state import Limits, Sequence, Speculation
from aegis.sizing.simulator_outcome import Outcome, joined
from aegis.sizing.simulator_steps import StepTime

Router = Literal["round-robin", "least-outstanding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disaggregation:
    """Replicas that only read prompts, and the way of the cache to those that decode.

    A prompt's cache travels in `transfer_s` plus `transfer_token_s` per token; readers have
    `limits` of their own. Blocks of a reader are taken as free once the prompt is read.
    """

    readers: int
    limits: Limits
    transfer_s: float = 0.0
    transfer_token_s: float = 0.0

    def __post_init__(self) -> None:
        if self.readers < 1:
            raise ValueError("disaggregation needs at least one replica that reads prompts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """Replicas of one engine behind a router; with `disaggregation` they only decode."""

    limits: Limits
    replicas: int = 1
    router: Router = "round-robin"
    disaggregation: Disaggregation | None = None

    def __post_init__(self) -> None:
        if self.replicas < 1:
            raise ValueError("a deployment has at least one replica")


def simulate(setup: Setup, arrivals: Arrivals, step_time: StepTime, rng: random.Random) -> Outcome:
    """Run all requests to their end; equal arguments and an equal seed give an equal outcome."""
    requests = drawn(arrivals, rng)
    speculation = setup.limits.speculation
    sequences = [
        Sequence(index, request, _decode_steps(request.output_tokens - 1, speculation, rng))
        for index, request in enumerate(requests)
    ]
    run = _Run(setup, step_time)
    fitting = [s for s in sequences if _fits(setup, s.request)]
    if isinstance(arrivals, ClosedLoop):
        run.closed(fitting, arrivals.clients, arrivals.think_s)
    else:
        for sequence in fitting:
            run.arrive(sequence, sequence.request.arrival_s)
    run.to_the_end()
    return _outcome(sequences, run, len(sequences) - len(fitting), step_time.outside_s())


def _fits(setup: Setup, request: Request) -> bool:
    """Whether an empty replica could ever finish it."""
    tokens = request.prompt_tokens + request.output_tokens - 1
    limits = setup.limits
    if math.ceil(tokens / limits.block_tokens) > limits.kv_blocks:
        return False
    apart = setup.disaggregation
    if apart is None:
        return True
    return math.ceil(request.prompt_tokens / apart.limits.block_tokens) <= apart.limits.kv_blocks


def _decode_steps(tokens: int, speculation: Speculation | None, rng: random.Random) -> int:
    """Steps in which that many tokens come out.

    Each draft is accepted with one probability, independently, up to the first that is not.
    """
    if speculation is None or speculation.drafts == 0 or tokens <= 0:
        return tokens
    share = accepted_share(speculation)
    if share <= 0:
        return tokens
    if share >= 1:
        return math.ceil(tokens / (speculation.drafts + 1))
    scale = math.log(share)
    steps = 0
    while tokens > 0:
        steps += 1
        run = int(math.log(1 - rng.random()) / scale)
        tokens -= 1 + min(run, speculation.drafts)
    return steps


def accepted_share(speculation: Speculation) -> float:
    """Probability that one draft is accepted, from the mean acceptance length.

    1 + p + … + p^drafts is the mean number of tokens per step.

    >>> round(accepted_share(Speculation(drafts=1, acceptance_length=1.7)), 6)
    0.7
    """
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = sum(middle**position for position in range(speculation.drafts + 1))
        low, high = (middle, high) if mean < speculation.acceptance_length else (low, middle)
    return (low + high) / 2


class _Pool:
    """Replicas of one kind and their router."""

    def __init__(self, replicas: list[Replica], router: Router) -> None:
        self.replicas = replicas
        self.ends = [NEVER] * len(replicas)
        self._router = router
        self._next = -1

    def submit(self, sequence: Sequence, at_s: float) -> None:
        index = self._choose()
        replica = self.replicas[index]
        if replica.submit(sequence, at_s):
            self.ends[index] = replica.end

    def _choose(self) -> int:
        count = len(self.replicas)
        if count == 1:
            return 0
        self._next = (self._next + 1) % count
        if self._router == "round-robin":
            return self._next
        order = [(self._next + step) % count for step in range(count)]
        return min(order, key=lambda index: self.replicas[index].outstanding)

    def apply(self, end: float) -> list[Sequence]:
        index = self.ends.index(end)
        replica = self.replicas[index]
        finished = replica.apply()
        replica.plan()
        self.ends[index] = replica.end
        return finished


class _Run:
    """The clock: takes the earliest of arrivals and ends of steps."""

    def __init__(self, setup: Setup, step_time: StepTime) -> None:
        apart = setup.disaggregation
        engines = [Replica(setup.limits, step_time) for _ in range(setup.replicas)]
        self.decoders = _Pool(engines, setup.router)
        self.readers = self.decoders
        self.pools = [self.decoders]
        self._apart = apart
        if apart is not None:
            readers = [
                Replica(apart.limits, step_time, reads_only=True) for _ in range(apart.readers)
            ]
            self.readers = _Pool(readers, setup.router)
            self.pools = [self.readers, self.decoders]
        self._coming: list[tuple[float, int, Sequence]] = []
        self._later: list[Sequence] = []
        self._think_s = 0.0
        self.arrived: dict[int, float] = {}

    def arrive(self, sequence: Sequence, at_s: float) -> None:
        heapq.heappush(self._coming, (at_s, sequence.index, sequence))

    def closed(self, sequences: list[Sequence], clients: int, think_s: float) -> None:
        """All clients start at once; the rest wait for an answer."""
        self._think_s = think_s
        for sequence in sequences[:clients]:
            self.arrived[sequence.index] = 0.0
            self.arrive(sequence, 0.0)
        self._later = sequences[clients:][::-1]

    def to_the_end(self) -> None:
        coming, pools = self._coming, self.pools
        single = pools[0] if len(pools) == 1 else None
        while True:
            end = min(single.ends) if single else min(min(pool.ends) for pool in pools)
            if coming and coming[0][0] <= end:
                at_s, _, sequence = heapq.heappop(coming)
                pool = self.decoders if sequence.transferred else self.readers
                pool.submit(sequence, at_s)
            elif end == NEVER:
                return
            else:
                pool = single or next(pool for pool in pools if end in pool.ends)
                for sequence in pool.apply(end):
                    self._leave(sequence, end, pool)

    def _leave(self, sequence: Sequence, now: float, pool: _Pool) -> None:
        apart = self._apart
        if apart is not None and pool is self.readers and sequence.steps > 0:
            sequence.transferred = True
            moved = apart.transfer_s + apart.transfer_token_s * sequence.read
            self.arrive(sequence, now + moved)
        elif self._later:
            following = self._later.pop()
            self.arrived[following.index] = now + self._think_s
            self.arrive(following, now + self._think_s)


def _outcome(sequences: list[Sequence], run: _Run, refused: int, outside_s: float) -> Outcome:
    replicas = [replica for pool in run.pools for replica in pool.replicas]
    gaps, counts = joined([(replica.gaps, replica.gap_counts) for replica in replicas])

    def column(values: list[float]) -> Floats:
        array = floats(values)
        return floats(np.where(array < 0, np.nan, array))

    return Outcome(
        arrival_s=floats([run.arrived.get(s.index, s.request.arrival_s) for s in sequences]),
        scheduled_s=column([s.scheduled_s for s in sequences]),
        first_token_s=floats(column([s.first_s for s in sequences]) + outside_s),
        finish_s=floats(column([s.finish_s for s in sequences]) + outside_s),
        prompt_tokens=floats([s.request.prompt_tokens for s in sequences]),
        output_tokens=floats([s.output for s in sequences]),
        cached_tokens=floats([s.cached_tokens for s in sequences]),
        longest_gap_s=floats([s.longest_gap_s for s in sequences]),
        gaps_s=gaps,
        gap_counts=counts,
        refused=refused,
        preemptions=sum(replica.preemptions for replica in replicas),
        queue_most=max(replica.queue_most for replica in replicas),
        computed_tokens=sum(replica.computed_tokens for replica in replicas),
        steps=sum(replica.steps for replica in replicas),
    )
