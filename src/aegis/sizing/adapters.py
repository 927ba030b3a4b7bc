"""Low-rank adapters beside one base model, to first order: memory, extra work, time to load.

Counted: two matrices of the adapter's rank at each projection of attention and of dense
feed-forward parts, in 16 bits; each adapter that a step uses is read once; every token passes one
adapter. Not counted: extra kernel launches, and adapters of routed experts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aegis.sizing.architecture import Architecture
from aegis.sizing.coefficients import fitted
from aegis.sizing.hardware import Device
from aegis.sizing.layout import Layout
from aegis.sizing.simulator_steps import Line, StepTime

BYTES = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """How many adapters there are, their rank, and how many a device keeps ready (all of them
    unless told otherwise).
    """  # noqa: D205

    count: int
    rank: int
    resident: int

    def __post_init__(self) -> None:
        if not (1 <= self.resident <= self.count and self.rank >= 1):
            raise ValueError("adapters need a rank, and at least one of them is kept ready")


def adapter_parameters(arch: Architecture, rank: int) -> int:
    """Weights of one adapter: ``rank * (in + out)`` at each projection.

    The published adapter of rank 16 over all projections of Llama-3.1-8B has 41.9 million.

    >>> from aegis.sizing.examples import LLAMA_3_1_8B
    >>> adapter_parameters(LLAMA_3_1_8B, 16)
    41943040
    """
    wide, kv = arch.heads * arch.head_dim, arch.kv_heads * arch.head_dim
    attention = 2 * (arch.hidden + wide) + 2 * (arch.hidden + kv)
    dense = arch.ffn_matrices * (arch.hidden + arch.intermediate)
    softmax = arch.layers - arch.linear_layers if arch.attention != "none" else 0
    return rank * (attention * softmax + dense * (arch.layers - arch.moe_layers))


def adapter_bytes(arch: Architecture, rank: int) -> float:
    """Bytes of one adapter in 16 bits."""
    return BYTES * adapter_parameters(arch, rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithAdapters:
    """A step time with the adapters' share added; seconds."""

    inner: StepTime
    adapters: int
    read_s: float
    token_s: float

    @classmethod
    def over(
        cls,
        inner: StepTime,
        adapters: Adapters,
        arch: Architecture,
        device: Device,
        spread: Layout,
    ) -> Self:
        """Read and multiplied at the shares of the peak that the roofline was fitted to."""
        k, devices = fitted(), float(spread.devices)
        held = adapter_bytes(arch, adapters.rank)
        work = 2 * adapter_parameters(arch, adapters.rank)
        return cls(
            inner=inner,
            adapters=adapters.count,
            read_s=held / devices / (device.bandwidth_bytes_per_s * k["bandwidth"]),
            token_s=work / devices / (device.bf16_flops * k["flops"]),
        )

    def _added_s(self, sequences: int, tokens: int) -> float:
        used = self.adapters * (1 - (1 - 1 / self.adapters) ** max(sequences, 1))
        return used * self.read_s + tokens * self.token_s

    def decode(self, sequences: int, context_tokens: float, drafts: int) -> Line:
        line = self.inner.decode(sequences, context_tokens, drafts)
        added = self._added_s(sequences, sequences * (1 + drafts))
        return line._replace(fixed_s=line.fixed_s + added)

    def mixed_s(
        self, prompt_tokens: int, pairs: float, sequences: int, context_tokens: float, drafts: int
    ) -> float:
        step = self.inner.mixed_s(prompt_tokens, pairs, sequences, context_tokens, drafts)
        return step + self._added_s(sequences + 1, prompt_tokens + sequences * (1 + drafts))

    def outside_s(self) -> float:
        return self.inner.outside_s()
