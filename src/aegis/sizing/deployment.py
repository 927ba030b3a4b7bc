"""One replica of a model as the simulator sees it: how long its steps take, what it can hold."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass

from aegis.sizing.adapters import Adapters, WithAdapters, adapter_bytes
from aegis.sizing.architecture import Architecture, kv_cache_bytes_per_token
from aegis.sizing.arrivals import Lengths
from aegis.sizing.candidates import Shape
from aegis.sizing.cases import cases
from aegis.sizing.coefficients import fitted
from aegis.sizing.hardware import Device
from aegis.sizing.layout import Layout, layout
from aegis.sizing.memory import (
    EngineMemory,
    MemorySplit,
    kv_cache_tokens,
    memory_split,
    usual_engine_memory,
)
from aegis.sizing.precision import precision_named
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.roofline import outside_s
from aegis.sizing.scheduler_state import Limits, Speculation
from aegis.sizing.search import setting_of
from aegis.sizing.simulator import Disaggregation
from aegis.sizing.simulator_steps import RooflineStepTime, StepTime

STEPS_AHEAD = {"vllm": 1}
"""Steps that an engine plans before it sees new prompts; fits to public runs of vLLM need one."""

BLOCK_TOKENS = 16


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A model on the devices of one replica, with what the engine is told to do.

    `step_time` is the calibrated one where a run of the user's has been fitted; otherwise the
    roofline's is used.
    """

    arch: Architecture
    device: Device
    shape: Shape
    kv_bits: float = 16
    prefix_cache: bool = False
    speculation: Speculation | None = None
    adapters: Adapters | None = None
    calibrated: StepTime | None = None

    @property
    def layout(self) -> Layout:
        shape = self.shape
        return layout(tp=shape.tp, pp=shape.pp, ep=shape.ep, dp=shape.dp)

    @functools.cached_property
    def step_time(self) -> StepTime:
        """The step time of this replica, adapters included."""
        base = self.calibrated or self._roofline
        if self.adapters is None:
            return base
        return WithAdapters.over(base, self.adapters, self.arch, self.device, self.layout)

    @functools.cached_property
    def _roofline(self) -> RooflineStepTime:
        k, precision = fitted(), precision_named(self.shape.precision)
        setting = setting_of(self.arch, precision, self.shape.engine, kv_bits=self.kv_bits)
        c = cases(self.arch, precision, [self.device], self.layout, setting)
        return RooflineStepTime(c, k, outside_s=float(outside_s(c, k)))

    @property
    def roofline(self) -> RooflineStepTime:
        """The uncalibrated step time, prior of a fit."""
        return self._roofline

    @property
    def _engine(self) -> EngineMemory:
        return usual_engine_memory(self.device.memory_bytes)

    @functools.cached_property
    def memory(self) -> MemorySplit:
        """Bytes of the fullest device; room for adapters is taken from the cache."""
        split = memory_split(
            self.arch,
            precision_named(self.shape.precision),
            self.layout,
            memory_bytes=self.device.memory_bytes,
            engine=self._engine,
        )
        return dataclasses.replace(split, kv_cache=split.kv_cache - self.adapter_bytes)

    @property
    def adapter_bytes(self) -> float:
        """Bytes of one device that hold adapters."""
        if self.adapters is None:
            return 0.0
        held = adapter_bytes(self.arch, self.adapters.rank) * self.adapters.resident
        return held / float(self.layout.devices)

    def limits(self, context_tokens: float) -> Limits:
        """What the engine holds when sequences grow to that length; ranks in lockstep are one."""
        tokens = kv_cache_tokens(
            self.arch, self.layout, self.memory, context_tokens=context_tokens, kv_bits=self.kv_bits
        )
        ranks = self.shape.dp
        return Limits(
            kv_blocks=max(1, int(float(tokens.max()) // BLOCK_TOKENS)),
            max_sequences=int(float(self._engine.max_sequences) * ranks),
            step_tokens=int(float(self._engine.max_step_tokens) * ranks),
            block_tokens=BLOCK_TOKENS,
            prefix_cache=self.prefix_cache,
            steps_ahead=STEPS_AHEAD.get(self.shape.engine, 0),
            speculation=self.speculation,
        )

    def disaggregated(
        self, readers: int, limits: Limits, bytes_per_s: float
    ) -> Disaggregation | Unanswerable:
        """Replicas of the same shape that only read, their cache sent at that rate.

        Without a rate the network of the replica's devices is taken, where the catalog knows it.
        """
        rate = bytes_per_s or self.device.network_bytes_per_s * self.shape.devices
        if not rate:
            return Unanswerable(
                reason=f"the catalog has no network rate of {self.device.name}",
                mend="give the rate at which the cache travels: --transfer-gb-per-s",
            )
        each = kv_cache_bytes_per_token(self.arch, kv_bits=self.kv_bits)
        return Disaggregation(
            readers=readers,
            limits=dataclasses.replace(limits, speculation=None),
            transfer_token_s=each / rate,
        )


def fitting(lengths: Lengths, most_tokens: float) -> Lengths:
    """The same mean lengths, varying only as far as prompt and output fit together.

    >>> long = Lengths(prompt_tokens=60_000, output_tokens=500, prompt_cv=1.0, output_cv=1.0)
    >>> shorter = fitting(long, 131_072)
    >>> round(shorter.prompt_cv, 2), round(shorter.output_cv, 2), shorter.most_tokens
    (0.58, 0.58, 129988)
    """
    whole = lengths.prompt_tokens + lengths.output_tokens
    room = max((most_tokens / whole - 1) / 2, 0.0)
    longest = max(lengths.prompt_tokens, lengths.output_tokens)
    return dataclasses.replace(
        lengths,
        prompt_cv=min(lengths.prompt_cv, room),
        output_cv=min(lengths.output_cv, room),
        most_tokens=max(longest, int(most_tokens * longest / whole)),
    )
