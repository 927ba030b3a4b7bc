"""Number formats of weights, key-value cache and arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PrecisionName = Literal["bf16", "fp8", "int8", "int4", "nvfp4", "mxfp4"]
Compute = Literal["bf16", "fp8", "int8", "fp4"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How the weights are stored, and what the multiplications run in where hardware has it.

    `bits` includes the scales. `experts_only`: in a mixture of experts only the experts are
    stored this way, attention and the shared parts stay at 16 bits.
    """

    name: PrecisionName
    bits: float
    compute: Compute
    experts_only: bool = False


PRECISIONS: dict[PrecisionName, Precision] = {
    "bf16": Precision(name="bf16", bits=16, compute="bf16"),
    "fp8": Precision(name="fp8", bits=8, compute="fp8"),
    "int8": Precision(name="int8", bits=8, compute="int8"),
    # 4 bits and a 16-bit scale for every 128 (AWQ and GPTQ default group); multiplies in bf16.
    "int4": Precision(name="int4", bits=4.125, compute="bf16", experts_only=True),
    # 4 bits and an 8-bit scale for every 16.
    "nvfp4": Precision(name="nvfp4", bits=4.5, compute="fp4", experts_only=True),
    # 4 bits and an 8-bit scale for every 32 (OCP Microscaling Formats 1.0).
    "mxfp4": Precision(name="mxfp4", bits=4.25, compute="fp4", experts_only=True),
}


def precision_named(name: PrecisionName) -> Precision:
    """The precision of that name.

    >>> precision_named("mxfp4").bits
    4.25
    """
    return PRECISIONS[name]
