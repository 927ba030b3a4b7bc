"""Time of one engine step from bytes, operations, messages and launches; array in, array out.

A step reads every weight once and one cache entry per sequence, multiplies each token with the
weights it passes, exchanges hidden states between devices, and launches kernels. The shares of
the peak that are reached, and the launch times, are fitted within physical bounds
(`coefficients`). All times are in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from aegis.sizing.cases import Cases
from aegis.sizing.coefficients import Coefficients
from aegis.sizing.layout import Floats, floats

INDEX_HEADS, INDEX_WIDTH = 32, 128
"""Shape of the index that picks the tokens of sparse attention (GLM-5 and DeepSeek-V3.2)."""

MEASURED_YEARS = (-0.18, 0.31)
"""Oldest and newest dated measurement of the fit, in years after 2026-01-01."""

HIGHEST_FLOPS = 0.9
DISPATCH_BYTES = 1.5
"""Bytes of one element sent to an expert: one byte out, two back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step holds, over the whole replica: decoding sequences with their context, and
    prompt tokens with the mean context they attend to.
    """  # noqa: D205

    sequences: Floats
    context: Floats
    prompt_tokens: Floats
    prompt_context: Floats
    prompts: Floats


def decoding(sequences: ArrayLike, context: ArrayLike) -> Step:
    """A step that only decodes."""
    zero = floats(0.0)
    return Step(
        sequences=floats(sequences),
        context=floats(context),
        prompt_tokens=zero,
        prompt_context=zero,
        prompts=zero,
    )


def with_prompts(step: Step, prompts: ArrayLike, tokens_each: ArrayLike) -> Step:
    """The step and some whole prompts; causal attention sees half of a prompt on average."""
    count, each = floats(prompts), floats(tokens_each)
    return Step(
        sequences=step.sequences,
        context=step.context,
        prompt_tokens=floats(count * each),
        prompt_context=floats(each / 2),
        prompts=count,
    )


def step_s(c: Cases, k: Coefficients, step: Step, *, launches: bool = True) -> Floats:
    """Seconds of one step; `launches` adds what a step with prompts costs beyond its work."""
    total = (
        _dense_s(c, k, step)
        + _experts_s(c, k, step)
        + _cache_s(c, k, step)
        + _prompt_attention_s(c, k, step)
        + _passes_s(c, k, step)
        + _collectives_s(c, k, step)
        + _launch_s(c, k)
        + _host_s(c, k, step)
    )
    if launches:
        total = total + np.where(step.prompt_tokens > 0, prompt_launch_s(c, k), 0.0)
    return floats(total)


def decode_step_s(
    c: Cases, k: Coefficients, sequences: ArrayLike, context_tokens: ArrayLike
) -> Floats:
    """Seconds in which every sequence of the batch gets one token, no prompt in between.

    Pipeline stages work on different parts of the batch at the same time.
    """
    return step_s(c, k, decoding(floats(sequences) / c.pp, context_tokens))


def prefill_s(c: Cases, k: Coefficients, prompts: ArrayLike, tokens_each: ArrayLike) -> Floats:
    """Seconds to read some prompts of equal length together, nothing else running."""
    return step_s(c, k, with_prompts(decoding(0.0, 0.0), prompts, tokens_each))


def _joined(first: Floats, second: Floats, power: float) -> Floats:
    """Sum at power 1, the longer of both at infinity."""
    return floats((first**power + second**power) ** (1 / power))


def _reached(c: Cases, k: Coefficients, *, experts: bool) -> Floats:
    """Operations per second reached by matrix products, at most 90 % of the dense peak."""
    by_format = np.array([1.0, k["flops_8_bit"], k["flops_4_bit"]])
    kind = c.expert_format if experts else c.dense_format
    share = k["flops"] * by_format[kind] * (k["flops_experts"] if experts else 1.0)
    peak = c.expert_flops if experts else c.dense_flops
    return floats(peak * np.minimum(share, HIGHEST_FLOPS))


def _dense_s(c: Cases, k: Coefficients, step: Step) -> Floats:
    tokens = (step.sequences + step.prompt_tokens) / c.dp
    sampled = (step.sequences + step.prompts) / c.dp
    weights = (c.dense_parameters * c.dense_bytes + c.head_parameters * 2) / c.tp
    products = 2 * c.dense_parameters * tokens / c.tp / _reached(c, k, experts=False)
    head = 2 * c.head_parameters * sampled / c.tp / (c.bf16_flops * k["flops"])
    return _joined(
        floats(weights / (c.bandwidth * k["bandwidth"])), floats(products + head), k["overlap"]
    )


def coverage(tokens: ArrayLike, experts: ArrayLike, per_token: ArrayLike, spread: float) -> Floats:
    """Share of the experts that at least one of the tokens is routed to.

    Independent routing gives 1 - (1 - k/E)^tokens; real tokens choose alike, as if there were
    tokens^spread of them.

    >>> [round(float(coverage(n, 128, 4, 1.0)), 2) for n in (1, 16, 1000)]
    [0.03, 0.4, 1.0]
    """
    count = np.maximum(floats(tokens), 1e-9) ** spread
    return floats(1 - (1 - floats(per_token) / floats(experts)) ** count)


def _experts_s(c: Cases, k: Coefficients, step: Step) -> Floats:
    """Experts: each one that is hit is read once; the fullest device sets the pace."""
    tokens = step.sequences + step.prompt_tokens
    covered = coverage(tokens, c.experts, c.per_token, k["routing_spread"])
    ranks = np.log(np.maximum(c.ep, 1.0001)) * 2
    each = c.experts / c.ep
    mean = np.maximum(each * covered, 1e-9)
    fullest = np.minimum(mean + np.sqrt(ranks * mean * (1 - covered)), each) / mean
    read = c.expert_parameters * c.expert_bytes * covered / c.stage
    read = read * np.where(c.ep > 1, fullest, 1.0)
    routed = np.maximum(tokens * c.per_token / c.ep, 1.0)
    uneven = np.where(c.ep > 1, k["imbalance"] + np.sqrt(ranks / routed), 1.0)
    products = 2 * c.expert_parameters * c.per_token / c.experts * tokens / c.stage * uneven
    reached = c.bandwidth * k["bandwidth_experts"] * np.where(c.expands > 0, k["expansion"], 1.0)
    return floats(
        c.is_moe
        * _joined(
            floats(read / reached),
            floats(products / _reached(c, k, experts=True)),
            k["overlap"],
        )
    )


def _attended(c: Cases, context: Floats) -> Floats:
    """Cache entries that one token attends to, over all softmax layers."""
    return floats(
        c.full_layers * np.minimum(context, c.top_k)
        + c.window_layers * np.minimum(context, c.window)
    )


def _cache_s(c: Cases, k: Coefficients, step: Step) -> Floats:
    sequences = step.sequences / c.dp
    attended = _attended(c, step.context)
    read = (
        sequences * c.cache_bytes * attended / c.shards
        + 2 * sequences * c.state_bytes / c.tp
        + c.is_sparse * sequences * INDEX_WIDTH * step.context * c.full_layers
    )
    products = 2 * sequences * c.heads * c.decode_width * attended / c.tp
    return _joined(
        floats(read / (c.bandwidth * k["bandwidth_cache"])),
        floats(products / (c.bf16_flops * k["flops_decode_attention"])),
        k["overlap"],
    )


def _prompt_attention_s(c: Cases, k: Coefficients, step: Step) -> Floats:
    tokens = 2 * step.prompt_tokens / c.dp / c.tp
    attended = _attended(c, step.prompt_context)
    index = c.is_sparse * INDEX_HEADS * INDEX_WIDTH * step.prompt_context * c.full_layers
    products = tokens * (c.heads * c.prompt_width * attended + index)
    return floats(products / (c.bf16_flops * k["flops_prefill_attention"]))


def _passes_s(c: Cases, k: Coefficients, step: Step) -> Floats:
    """Norms, activations and routing: passes over the hidden state, bound by bandwidth."""
    tokens = (step.sequences + step.prompt_tokens) / c.dp
    local = np.where(c.ep > 1, np.minimum(c.per_token / c.ep * c.dp, c.per_token), c.per_token)
    passes = c.layers * (k.of("passes", c.engine) + k["passes_shared"] / c.tp)
    passes = passes + c.moe_layers * local * k["passes_per_expert"]
    return floats(tokens * c.hidden * 2 * passes / (c.bandwidth * k["bandwidth"]))


def _collectives_s(c: Cases, k: Coefficients, step: Step) -> Floats:
    """Two ring all-reduces a layer; with attention data parallelism two all-to-alls instead."""
    tokens = (step.sequences + step.prompt_tokens) / c.dp
    reduced = tokens * c.hidden * 2 * c.layers * 2 * 2 * (c.tp - 1) / c.tp
    sent = 2 * tokens * c.per_token * c.hidden * DISPATCH_BYTES * c.moe_layers
    sent = np.where(c.dp > 1, sent * (c.ep - 1) / c.ep, 0.0)
    count = np.where(c.tp > 1, 2 * c.layers, 0.0) + np.where(c.dp > 1, 2 * c.moe_layers, 0.0)
    hops = (c.pp - 1) * (tokens * c.hidden * 2 / (c.link * k["link"]) + k["collective_us"] * 1e-6)
    return floats(
        (reduced + sent) / (c.link * k["link"]) + count * k["collective_us"] * 1e-6 + hops
    )


def _launch_s(c: Cases, k: Coefficients) -> Floats:
    per_step = (
        c.layers * k.of("layer_us", c.engine)
        + c.moe_layers * (k["moe_layer_us"] + k["per_128_experts_us"] * c.experts / 128)
        + c.moe_layers * c.has_shared_experts * k["shared_layer_us"]
        + c.layers * c.is_block_scaled * k.of("block_scaling_us", c.engine)
        + c.full_layers * (c.is_mla + c.is_sparse) * k["mla_layer_us"]
        + c.linear_layers * k["linear_layer_us"]
    )
    newer = np.where(c.is_older > 0, k["before_blackwell"], 1.0) * k["per_year"] ** c.years
    return floats(per_step * 1e-6 * newer)


def prompt_launch_s(c: Cases, k: Coefficients) -> Floats:
    """What any step with a prompt costs beyond its work: kernels outside a captured graph."""
    per_step = (
        c.layers * k.of("prompt_layer_us", c.engine) + c.moe_layers * k["prompt_moe_layer_us"]
    )
    return floats(per_step * 1e-6)


def outside_s(c: Cases, k: Coefficients) -> Floats:
    """Time to a first token that no step of the engine explains: the way in, the way out.

    It has fallen from release to release; beyond the releases measured nothing is concluded.
    """
    newer = k["first_token_per_year"] ** np.clip(c.years, *MEASURED_YEARS)
    return floats(k.of("first_token_ms", c.engine) * 1e-3 * newer)


def _host_s(c: Cases, k: Coefficients, step: Step) -> Floats:
    return floats(
        k.of("step_ms", c.engine) * 1e-3
        + step.sequences / c.dp * k.of("sequence_us", c.engine) * 1e-6
        + step.prompts / c.dp * k.of("prompt_ms", c.engine) * 1e-3
    )
