"""How a model is spread over devices, one layout or a whole grid of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aegis.sizing.architecture import Architecture

Floats = NDArray[np.float64]


def floats(values: ArrayLike) -> Floats:
    """The values as an array of float64, so that one formula serves one case and a million."""
    return np.asarray(values, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Tensor, pipeline, expert and attention-data parallelism; each a number or an array.

    A replica has ``tp * pp * dp`` devices. Routed experts are always spread over all devices of
    a pipeline stage: `ep` ways by whole experts, the rest by slicing each.
    """

    tp: Floats
    pp: Floats
    ep: Floats
    dp: Floats

    @property
    def devices(self) -> Floats:
        return floats(self.tp * self.pp * self.dp)

    @property
    def stage(self) -> Floats:
        """Devices of one pipeline stage."""
        return floats(self.tp * self.dp)


def layout(*, tp: ArrayLike = 1, pp: ArrayLike = 1, ep: ArrayLike = 1, dp: ArrayLike = 1) -> Layout:
    """A layout from plain numbers or sequences.

    >>> float(layout(tp=4, pp=2).devices)
    8.0
    """
    return Layout(tp=floats(tp), pp=floats(pp), ep=floats(ep), dp=floats(dp))


def divides(arch: Architecture, spread: Layout) -> NDArray[np.bool_]:
    """Whether heads, layers and experts can be divided that way.

    >>> from aegis.sizing.examples import LLAMA_3_1_8B
    >>> divides(LLAMA_3_1_8B, layout(tp=[1, 3, 8, 64])).tolist()
    [True, False, True, False]
    """
    heads = max(arch.heads, 1)
    even = (heads % spread.tp == 0) & (arch.layers >= spread.pp)
    if arch.is_moe:
        even &= (arch.experts % spread.ep == 0) & (spread.stage % spread.ep == 0)
    else:
        even &= spread.ep == 1
    return np.asarray(even, dtype=np.bool_)


def kv_shards(arch: Architecture, spread: Layout) -> Floats:
    """Over how many devices the cache of one sequence is spread.

    Key-value heads are not cut: beyond ``tp == kv_heads`` they are repeated. MLA keeps one
    latent vector, which every rank repeats.

    >>> from aegis.sizing.examples import DEEPSEEK_V3, LLAMA_3_1_8B
    >>> float(kv_shards(LLAMA_3_1_8B, layout(tp=16))), float(kv_shards(DEEPSEEK_V3, layout(tp=8)))
    (8.0, 1.0)
    """
    heads = 1 if arch.attention == "mla" else max(arch.kv_heads, 1)
    return floats(np.minimum(spread.tp, heads) * spread.pp)
