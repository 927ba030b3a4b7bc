"""How long one engine step takes, as the simulator asks for it.

A step reads `sequences` decoding sequences, whose attended contexts add up to `context_tokens`,
and `prompt_tokens` of prompts, whose tokens attend to `pairs` earlier tokens altogether.
"""

from __future__ import annotations

import math
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
    """Seconds of an engine step. Two implementations: affine, and the calibrated roofline."""

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


class RooflineStepTime:
    """The calibrated roofline of one deployment, tabulated: straight between its knots.

    `c` holds one case. Decode times come from `roofline.step_s` at each batch, once; what
    prompts add comes from the difference between a step with and without them.
    """

    def __init__(self, c: Cases, k: Coefficients, *, outside_s: float = 0.0) -> None:
        self._c, self._k = c, k
        self._outside = outside_s
        self._decode: dict[tuple[int, int], list[float]] = {}
        self._prompt: dict[int, Floats] = {}
        self._attention = self._attention_times()
        self._knots: list[float] = KNOTS.tolist()

    def decode(self, sequences: int, context_tokens: float, drafts: int) -> Line:
        times = self._decode.get((sequences, drafts))
        if times is None:
            times = self._decode[sequences, drafts] = self._decode_times(sequences, drafts)
        mean = context_tokens / sequences
        knots, at = self._knots, 0
        while at < len(knots) - 2 and knots[at + 1] <= mean:
            at += 1
        slope = (times[at + 1] - times[at]) / (knots[at + 1] - knots[at])
        until = knots[at + 1] * sequences if at < len(knots) - 2 else math.inf
        return Line(times[at] - slope * knots[at], slope / sequences, until)

    def _decode_times(self, sequences: int, drafts: int) -> list[float]:
        each = floats(sequences / float(self._c.pp.max()))
        step = Step(
            sequences=each,
            context=KNOTS,
            prompt_tokens=floats(each * drafts),
            prompt_context=KNOTS,
            prompts=floats(0.0),
        )
        times = step_s(self._c, self._k, step, launches=False)
        return [float(time) for time in np.broadcast_to(times, KNOTS.shape)]

    def mixed_s(
        self, prompt_tokens: int, pairs: float, sequences: int, context_tokens: float, drafts: int
    ) -> float:
        base = 0.0
        if sequences:
            line = self.decode(sequences, context_tokens, drafts)
            base = line.fixed_s + line.slope_s * context_tokens
        work = self._prompt.get(sequences)
        if work is None:
            work = self._prompt[sequences] = self._prompt_times(sequences)
        context = pairs / max(prompt_tokens, 1)
        each = float(np.interp(context, KNOTS, self._attention))
        return base + float(np.interp(prompt_tokens, PROMPTS, work)) + prompt_tokens * each

    def _prompt_times(self, sequences: int) -> Floats:
        """What prompts add at that batch, apart from their attention."""
        each = floats(sequences / float(self._c.pp.max()))
        after = step_s(self._c, self._k, _prompts(each, PROMPTS, floats(0.0)))
        if not sequences:
            return floats(after)
        return floats(after - step_s(self._c, self._k, decoding(each, 0.0)))

    def _attention_times(self) -> Floats:
        """Attention of one prompt token over a context, at each of the knots."""
        with_context = step_s(self._c, self._k, _prompts(floats(0.0), floats(1.0), KNOTS))
        without = step_s(self._c, self._k, _prompts(floats(0.0), floats(1.0), floats(0.0)))
        return floats(with_context - without)

    def outside_s(self) -> float:
        return self._outside


def _prompts(sequences: Floats, tokens: Floats, context: Floats) -> Step:
    return Step(
        sequences=sequences,
        context=floats(0.0),
        prompt_tokens=tokens,
        prompt_context=context,
        prompts=floats(1.0),
    )
