"""Time per output token and time to first token of a busy engine, from its step times.

Mean values. In one step every decoding sequence gets a token; meanwhile prompts arrive, one per
`output` tokens and sequence, and are read between or inside the steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aegis.sizing.cases import Cases
from aegis.sizing.coefficients import ENGINES, Coefficients
from aegis.sizing.layout import Floats, floats
from aegis.sizing.roofline import (
    decode_step_s,
    decoding,
    outside_s,
    prefill_s,
    prompt_launch_s,
    step_s,
    with_prompts,
)

Flags = NDArray[np.bool_]
SGLANG = ENGINES.index("sglang")
ROUNDS = 5

COHORT_CLIENTS = 3.0
"""Other clients with which half of the largest cohort is reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompts:
    """Work that prompts bring: tokens in and out, and how the engine admits them.

    `step_tokens`: most prompt tokens of one step; `wait_steps`: steps for which the engine waits
    before it looks for new prompts (0 unless told so).
    """

    input_tokens: Floats
    output_tokens: Floats
    step_tokens: Floats
    wait_steps: Floats


def prompts(
    input_tokens: ArrayLike,
    output_tokens: ArrayLike,
    *,
    step_tokens: ArrayLike = 8192,
    wait_steps: ArrayLike = 0,
) -> Prompts:
    """Prompts from plain numbers or sequences; 8,192 tokens a step is vLLM's server default."""
    return Prompts(
        input_tokens=floats(input_tokens),
        output_tokens=floats(output_tokens),
        step_tokens=floats(step_tokens),
        wait_steps=floats(wait_steps),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Mean times with a given number of decoding sequences in a replica, in seconds.

    `prompt_s` is what one prompt adds to the work of a device; `alone_s` its time on an idle
    engine; `together_s` its share of a full batch of prompts.
    """

    step_s: Floats
    tpot_s: Floats
    prompt_s: Floats
    alone_s: Floats
    together_s: Floats


def busy(
    c: Cases, k: Coefficients, work: Prompts, sequences: Floats, *, in_step: Floats | float = 0.0
) -> Busy:
    """Step and token times at that batch; `in_step` marks clients that march in lockstep."""
    tokens_in, tokens_out = work.input_tokens, work.output_tokens
    context = tokens_in + tokens_out / 2
    each = floats(sequences / c.pp)
    step = decode_step_s(c, k, sequences, context)
    mixed = with_prompts(decoding(each, context), c.dp, tokens_in)
    added = step_s(c, k, mixed, launches=False) - step
    arriving = each / c.dp / tokens_out
    launch = prompt_launch_s(c, k)
    some = -np.expm1(-arriving)
    held_back = np.where(in_step, 1 - 0.5 * min(k["lockstep_prompts_first"], 1.0), 1.0)
    held_back = np.where(c.engine == SGLANG, held_back, 1.0)
    interference = arriving * added * k.of("interference", c.engine) * held_back
    most = np.maximum(np.floor(work.step_tokens / tokens_in), 1.0)
    group = np.minimum(most, np.maximum(sequences / c.dp, 1.0))
    ranks = np.minimum(c.dp, np.maximum(sequences, 1.0))
    return Busy(
        step_s=step,
        tpot_s=floats(step + interference + some * launch),
        prompt_s=floats((added + launch * some / arriving) / c.pp),
        alone_s=prefill_s(c, k, ranks, tokens_in),
        together_s=floats(prefill_s(c, k, group * c.dp, tokens_in) / group),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Mean times and completed requests per second of a replica under a closed loop."""

    tpot_s: Floats
    ttft_s: Floats
    requests_per_s: Floats
    sequences: Floats


def closed_loop(
    c: Cases,
    k: Coefficients,
    work: Prompts,
    *,
    clients: ArrayLike,
    most_sequences: ArrayLike,
    in_step: ArrayLike = False,
) -> Loop:
    """What a load generator with that many clients, each waiting for its answer, measures.

    `in_step`: all requests have the same lengths, so clients stay synchronised; otherwise
    lengths vary by 20 % and ten requests a client are sent, all clients starting at once.
    """
    asking = floats(clients)
    marching = np.asarray(in_step, dtype=np.bool_)
    held = floats(np.minimum(asking, floats(most_sequences)))
    sequences = held
    for _ in range(ROUNDS - 1):
        now, ttft = _round(c, k, work, sequences, held, marching)
        generation = work.output_tokens * now.tpot_s
        sequences = floats(0.5 * sequences + 0.5 * held * generation / (ttft + generation))
    now, ttft = _round(c, k, work, sequences, held, marching)
    service = ttft + work.output_tokens * now.tpot_s
    ttft = floats(ttft + np.where(asking > held, (asking - held) / held * service, 0.0))
    whole = ttft + (work.output_tokens - 1) * now.tpot_s
    return Loop(
        tpot_s=now.tpot_s,
        ttft_s=ttft,
        requests_per_s=floats(asking / whole),
        sequences=sequences,
    )


def _round(
    c: Cases, k: Coefficients, work: Prompts, sequences: Floats, held: Floats, marching: Flags
) -> tuple[Busy, Floats]:
    """Times at that batch, and the time to first token that goes with them.

    Prompts queue at one first-come-first-served server of a closed network (Schweitzer's
    approximation of mean value analysis).
    """
    now = busy(c, k, work, sequences, in_step=floats(marching))
    per_rank = np.maximum(held / c.dp, 1.0)
    generation = work.output_tokens * now.tpot_s
    gap = generation - now.prompt_s * per_rank
    response = (-gap + np.sqrt(gap * gap + 4 * now.prompt_s * generation)) / 2
    queue = Queue(
        per_rank=floats(per_rank),
        waiting_s=floats(response - now.prompt_s),
    )
    return now, _first_token_s(c, k, work, now, queue, marching)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Prompts waiting to be read, per attention-parallel rank."""

    per_rank: Floats
    waiting_s: Floats


def _first_token_s(
    c: Cases, k: Coefficients, work: Prompts, now: Busy, queue: Queue, marching: Flags
) -> Floats:
    """The prompt itself, the running step, prompts ahead, the first wave, and the way out.

    Clients of equal lengths that read together also end together: few prompts stay ahead of each
    other, or all of them where an engine lets prompts go first. Otherwise only the first wave,
    in which all clients start at once, stands in line.
    """
    ahead = queue.per_rank - 1
    waits = (k["wait_steps"] + work.wait_steps) * now.step_s
    wave = k["first_wave"] * now.together_s * ahead / 2
    together = np.where(
        c.engine == SGLANG,
        k["lockstep_prompts_first"] * now.together_s * ahead / 2,
        wave + k.of("cohort", c.engine) * now.alone_s * ahead / (ahead + COHORT_CLIENTS),
    )
    return floats(
        now.alone_s
        + waits
        + k["queue"] * queue.waiting_s
        + np.where(marching, together, wave)
        + outside_s(c, k)
    )
