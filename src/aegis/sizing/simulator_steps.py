"""How long one engine step takes, as the simulator asks for it.

A step reads `sequences` decoding sequences, whose attended contexts add up to `context_tokens`,
and `prompt_tokens` of prompts, whose tokens attend to `pairs` earlier tokens altogether.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from aegis.sizing.cases import Cases
from aegis.sizing.coefficients import Coefficients
from aegis.sizing.layout import Floats, floats
from aegis.sizing.roofline import Step, decoding, step_s


class Line(NamedTuple):
    """Decode step time: `fixed_s + slope_s * context_tokens`, up to `until` context tokens."""

    fixed_s: float
    slope_s: float
    until: float


class StepTime(Protocol):
    """Seconds of an engine step: affine, the calibrated roofline, or one of these changed."""

    def decode(self, sequences: int, context_tokens: float, drafts: int) -> Line:
        """A step that only decodes, as a line through the context it starts from.

        `drafts`: tokens that speculative decoding proposes per sequence and step.
        """
        ...

    def mixed_s(
        self, prompt_tokens: int, pairs: float, sequences: int, context_tokens: float, drafts: int
    ) -> float:
        """Seconds of a step that also reads prompt tokens."""
        ...

    def outside_s(self) -> float:
        """Seconds between the engine and the client, per token that comes out."""
        ...


OVERLAP = 4
"""Power at which overlapping times add: 1 would be their sum, infinity the longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experts:
    """Facts of a mixture of experts that decide how much of the weights a step reads.

    `routed_share`: experts per token over all experts. `always_read`: share of the weights that
    every step reads, that is, all but the experts. `spread`: tokens choose alike, as if there
    were tokens^spread of them (`coefficients`, `routing_spread`).
    """

    routed_share: float
    always_read: float = 0.0
    spread: float = 1.0

    def read(self, tokens: int) -> float:
        """Share of the weights that a step of that many tokens reads.

        >>> [round(Experts(routed_share=4 / 128).read(n), 2) for n in (1, 16, 1000)]
        [0.03, 0.4, 1.0]
        """
        missed = math.pow(1 - self.routed_share, math.pow(tokens, self.spread))
        return self.always_read + (1 - self.always_read) * (1 - missed)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffineStepTime:
    """A step time of seven named parts, each in seconds and none negative.

    Reading the weights (`weights_s`) overlaps with multiplying tokens (`token_s` each): little
    more than the longer of both counts. The rest adds up: `fixed_s` once a step, `sequence_s` per decoding
    sequence, `context_s` per token of attended context, `prompt_step_s` once a step that reads
    prompts, `pair_s` per pair of prompt token and token it attends to. `first_s` passes between
    the engine and the client. With `experts`, few tokens read only part of the weights.
    """

    weights_s: float
    fixed_s: float = 0.0
    token_s: float = 0.0
    sequence_s: float = 0.0
    context_s: float = 0.0
    prompt_step_s: float = 0.0
    pair_s: float = 0.0
    first_s: float = 0.0
    experts: Experts | None = None

    def _work_s(self, tokens: int) -> float:
        read = (
            self.weights_s if self.experts is None else self.weights_s * self.experts.read(tokens)
        )
        work = tokens * self.token_s
        return self.fixed_s + math.pow(work**OVERLAP + read**OVERLAP, 1 / OVERLAP)

    def decode(self, sequences: int, context_tokens: float, drafts: int) -> Line:  # noqa: ARG002
        fixed = self._work_s(sequences * (1 + drafts)) + sequences * self.sequence_s
        return Line(fixed, self.context_s, math.inf)

    def mixed_s(
        self, prompt_tokens: int, pairs: float, sequences: int, context_tokens: float, drafts: int
    ) -> float:
        return (
            self._work_s(prompt_tokens + sequences * (1 + drafts))
            + sequences * self.sequence_s
            + context_tokens * self.context_s
            + self.prompt_step_s
            + pairs * self.pair_s
        )

    def outside_s(self) -> float:
        return self.first_s


KNOTS = floats([0, 128, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144, 1048576])
"""Mean contexts, in tokens, between which the roofline's step time is taken as straight."""

PROMPTS = floats([1, 16, 64, 256, 512, 1024, 2048, 4096, 8192, 16384, 65536])
"""Prompt tokens of a step, between which the added time is taken as straight."""


BLOCK = 64
"""Batch sizes that are tabulated together."""


class RooflineStepTime:
    """The calibrated roofline of one deployment, tabulated: straight between its knots.

    `c` holds one case. Decode times come from `roofline.step_s`, a block of batch sizes at a
    time; what prompts add comes from the difference between a step with and without them.
    """

    def __init__(self, c: Cases, k: Coefficients, *, outside_s: float = 0.0) -> None:
        self._c, self._k = c, k
        self._stages = float(c.pp.max())
        self._outside = outside_s
        self._decode: dict[tuple[int, int], list[list[float]]] = {}
        self._prompt: dict[int, list[list[float]]] = {}
        self._attention: list[float] = self._attention_times().tolist()
        self._knots: list[float] = KNOTS.tolist()
        self._prompt_knots: list[float] = PROMPTS.tolist()

    def decode(self, sequences: int, context_tokens: float, drafts: int) -> Line:
        block, row = divmod(sequences, BLOCK)
        table = self._decode.get((block, drafts))
        if table is None:
            table = self._decode[block, drafts] = self._decode_times(block, drafts)
        times = table[row]
        knots = self._knots
        at = _segment(knots, context_tokens / sequences)
        slope = (times[at + 1] - times[at]) / (knots[at + 1] - knots[at])
        until = knots[at + 1] * sequences if at < len(knots) - 2 else math.inf
        return Line(times[at] - slope * knots[at], slope / sequences, until)

    def _decode_times(self, block: int, drafts: int) -> list[list[float]]:
        each = self._sequences(block)
        step = Step(
            sequences=each,
            context=KNOTS,
            prompt_tokens=floats(each * drafts),
            prompt_context=KNOTS,
            prompts=floats(0.0),
        )
        times = step_s(self._c, self._k, step, launches=False)
        table: list[list[float]] = np.broadcast_to(times, (BLOCK, KNOTS.size)).tolist()
        return table

    def _sequences(self, block: int) -> Floats:
        """Sequences of one pipeline stage, for each batch size of a block, as a column."""
        return floats(np.arange(block * BLOCK, (block + 1) * BLOCK)[:, None] / self._stages)

    def mixed_s(
        self, prompt_tokens: int, pairs: float, sequences: int, context_tokens: float, drafts: int
    ) -> float:
        base = 0.0
        if sequences:
            line = self.decode(sequences, context_tokens, drafts)
            base = line.fixed_s + line.slope_s * context_tokens
        block, row = divmod(sequences, BLOCK)
        table = self._prompt.get(block)
        if table is None:
            table = self._prompt[block] = self._prompt_times(block)
        each = _between(self._knots, self._attention, pairs / max(prompt_tokens, 1))
        return base + _between(self._prompt_knots, table[row], prompt_tokens) + prompt_tokens * each

    def _prompt_times(self, block: int) -> list[list[float]]:
        """What prompts add at each batch of the block, apart from their attention."""
        each = self._sequences(block)
        after = step_s(self._c, self._k, _prompts(each, PROMPTS, floats(0.0)))
        before = step_s(self._c, self._k, decoding(each, 0.0))
        added = after - np.where(each > 0, before, 0.0)
        table: list[list[float]] = np.broadcast_to(added, (BLOCK, PROMPTS.size)).tolist()
        return table

    def _attention_times(self) -> Floats:
        """Attention of one prompt token over a context, at each of the knots."""
        with_context = step_s(self._c, self._k, _prompts(floats(0.0), floats(1.0), KNOTS))
        without = step_s(self._c, self._k, _prompts(floats(0.0), floats(1.0), floats(0.0)))
        return floats(with_context - without)

    def outside_s(self) -> float:
        return self._outside


@dataclass(frozen=True, slots=True)
class ScaledStepTime:
    """Another step time with every step `factor` times as long; the way to the client stays."""

    inner: StepTime
    factor: float

    def decode(self, sequences: int, context_tokens: float, drafts: int) -> Line:
        line = self.inner.decode(sequences, context_tokens, drafts)
        return Line(line.fixed_s * self.factor, line.slope_s * self.factor, line.until)

    def mixed_s(
        self, prompt_tokens: int, pairs: float, sequences: int, context_tokens: float, drafts: int
    ) -> float:
        step = self.inner.mixed_s(prompt_tokens, pairs, sequences, context_tokens, drafts)
        return step * self.factor

    def outside_s(self) -> float:
        return self.inner.outside_s()


def _segment(knots: list[float], value: float) -> int:
    """Index of the knot at or before the value; the last segment goes on for ever."""
    return min(max(bisect_right(knots, value) - 1, 0), len(knots) - 2)


def _between(knots: list[float], values: list[float], at: float) -> float:
    """Straight between the knots, constant beyond the last."""
    index = _segment(knots, at)
    left, right = knots[index], knots[index + 1]
    share = min((at - left) / (right - left), 1.0)
    return values[index] + (values[index + 1] - values[index]) * share


def _prompts(sequences: Floats, tokens: Floats, context: Floats) -> Step:
    return Step(
        sequences=sequences,
        context=floats(0.0),
        prompt_tokens=tokens,
        prompt_context=context,
        prompts=floats(1.0),
    )
