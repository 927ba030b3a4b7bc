"""The cases that are known to be hard: hardware nobody measured, tight caches, other formats."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from fit import Data, Floats, Mask, Residuals
from rows import Sample
from throughput import Published

FEW_SEQUENCES = 16
"""Sequences that fit below which a cache counts as tight."""


def hardware_folds(sample: Sample) -> dict[str, Mask]:
    """Rows of one generation, and of one device, to be held out together."""
    generations = np.array([row.device.generation for row in sample.rows])
    systems = np.array([row.system for row in sample.rows])
    folds = {str(name): generations == name for name in np.unique(generations)}
    return folds | {str(name): systems == name for name in np.unique(systems)}


def held_out_cases(
    sample: Sample, data: Data, families: Residuals
) -> Iterator[tuple[str, Residuals, Mask]]:
    """Strata of the rows whose family was held out."""
    window = np.array([sample.architectures[r.model].window_layers > 0 for r in sample.rows])
    latent = np.array([sample.architectures[r.model].attention == "mla" for r in sample.rows])
    hybrid = np.array([sample.architectures[r.model].linear_layers > 0 for r in sample.rows])
    four_bits = np.array([r.precision.bits < 8 for r in sample.rows])
    yield "sliding window, mxfp4", families, window
    yield "latent attention (MLA)", families, latent
    yield "linear and softmax layers", families, hybrid
    yield "4-bit weights", families, four_bits
    yield "more clients than the cache holds", families, data.clients > data.most_sequences


def tight(rows: Published, residual: Floats) -> Iterator[tuple[str, Floats]]:
    """Published maxima by how many sequences fit."""
    few = rows.sequences < FEW_SEQUENCES
    yield f"fewer than {FEW_SEQUENCES} sequences fit", residual[few]
    yield "the others", residual[~few]
