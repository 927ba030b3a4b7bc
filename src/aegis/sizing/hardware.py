"""The figures of a device that decide how fast it works and how much it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegis.catalog.types import Accelerator, Num
from aegis.sizing.precision import Compute, Precision
from aegis.sizing.refusal import Unanswerable

Generation = Literal["ampere", "ada", "hopper", "blackwell", "other"]

PCIE_4_X16_BYTES_PER_S = 32e9
"""One direction of PCI Express 4.0 ×16, where an entry names no link between devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One accelerator. Zero throughput in a format means that the hardware does not have it.

    `missing` names the figures the catalog does not have and that were set from a stated default.
    """

    name: str
    generation: Generation
    memory_bytes: float
    bandwidth_bytes_per_s: float
    bf16_flops: float
    fp8_flops: float = 0.0
    int8_flops: float = 0.0
    fp4_flops: float = 0.0
    link_bytes_per_s: float = PCIE_4_X16_BYTES_PER_S
    network_bytes_per_s: float = 0.0
    devices_per_node: int = 8
    board_power_w: float = 0.0
    missing: tuple[str, ...] = ()

    def flops(self, compute: Compute) -> float:
        """Dense operations per second in that format, 0 where the hardware lacks it.

        >>> from aegis.sizing.examples import H100_SXM
        >>> H100_SXM.flops("fp4")
        0.0
        """
        match compute:
            case "bf16":
                return self.bf16_flops
            case "fp8":
                return self.fp8_flops
            case "int8":
                return self.int8_flops
            case "fp4":
                return self.fp4_flops


def runs(device: Device, precision: Precision) -> bool:
    """Whether the device can serve weights of that precision.

    8-bit formats need hardware that multiplies in them. 4-bit weights are also served by
    hardware without 4-bit arithmetic, which expands them to 16 bits on the way.

    >>> from aegis.sizing.examples import H100_SXM
    >>> from aegis.sizing.precision import precision_named
    >>> runs(H100_SXM, precision_named("mxfp4")), runs(H100_SXM, precision_named("nvfp4"))
    (True, False)
    """
    if precision.name in {"int4", "mxfp4"}:
        return device.bf16_flops > 0
    return device.flops(precision.compute) > 0


def effective_compute(device: Device, precision: Precision) -> Compute:
    """What multiplications really run in: 4-bit weights are expanded where 4 bits are missing."""
    return precision.compute if device.flops(precision.compute) > 0 else "bf16"


def device_of(accelerator: Accelerator) -> Device | Unanswerable:
    """The figures of a catalog entry, or which it would have to have."""
    dense = accelerator.bf16_dense_tflops or accelerator.fp16_dense_tflops
    needed: dict[str, Num] = {
        "memory_gib or memory_gb": accelerator.memory_gib or accelerator.memory_gb,
        "memory_bandwidth_gb_per_s": accelerator.memory_bandwidth_gb_per_s,
        "bf16_dense_tflops or fp16_dense_tflops": dense,
    }
    missing = tuple(name for name, value in needed.items() if value is None)
    if missing:
        return Unanswerable(
            reason=f"{accelerator.name} lacks {', '.join(missing)}",
            mend="add the figures with their source to the accelerator's catalog entry",
            missing=missing,
        )
    link = accelerator.link_gb_per_s
    return Device(
        name=accelerator.id,
        generation=_generation(accelerator),
        memory_bytes=_memory_bytes(accelerator),
        bandwidth_bytes_per_s=_value(accelerator.memory_bandwidth_gb_per_s) * 1e9,
        bf16_flops=_value(dense) * 1e12,
        fp8_flops=_value(accelerator.fp8_dense_tflops) * 1e12,
        int8_flops=_value(accelerator.int8_dense_tops) * 1e12,
        fp4_flops=_value(accelerator.fp4_dense_tflops) * 1e12,
        link_bytes_per_s=_value(link) * 1e9 if link else PCIE_4_X16_BYTES_PER_S,
        network_bytes_per_s=_value(accelerator.network_gb_per_s) * 1e9,
        devices_per_node=int(_value(accelerator.devices_per_node)) or 8,
        board_power_w=_value(accelerator.board_power_w),
        missing=() if link else ("link_gb_per_s",),
    )


def _value(number: Num) -> float:
    return 0.0 if number is None else number.value


def _memory_bytes(accelerator: Accelerator) -> float:
    if accelerator.memory_gib is not None:
        return accelerator.memory_gib.value * 2**30
    return _value(accelerator.memory_gb) * 1e9


def _generation(accelerator: Accelerator) -> Generation:
    known: tuple[Generation, ...] = ("ampere", "ada", "hopper", "blackwell")
    text = accelerator.architecture.lower()
    return next((name for name in known if name in text), "other")
