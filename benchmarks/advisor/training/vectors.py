"""Messages as the learner sees them: parts with the features that the package weighs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.advisor.training.corpus import Message
from scipy import sparse

from aegis.advisor.understanding import understand
from aegis.advisor.weighing import Facts, Vector, facts_of, features, joined, parts, scaled


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a message; `whole` is the message itself, `joined` the message after what was said before."""

    message: int
    kind: str
    whole: bool = False
    joined: bool = False


def cut(found: Sequence[Message]) -> tuple[list[Row], sparse.csr_matrix]:
    """Every part of every message with its features."""
    rows: list[Row] = []
    vectors: list[sparse.csr_matrix] = []
    for at, message in enumerate(found):
        facts = facts_of(understand(message.said))
        places = parts(message.said, facts)
        vectors.append(sparse.csr_matrix(features(message.said, places, facts)))
        rows += [Row(at, place.kind, whole=i == 0) for i, place in enumerate(places)]
        if message.before:
            text = joined(message.before, message.said)
            vectors.append(sparse.csr_matrix(features(text, parts(text, Facts()), Facts())))
            rows.append(Row(at, places[0].kind, joined=True))
    return rows, sparse.vstack(vectors, format="csr")


def rarity(vectors: sparse.csr_matrix) -> Vector:
    """How rare each feature is: the logarithm of rows by rows that have it (Spärck Jones 1972)."""
    having = vectors.getnnz(axis=0)
    return np.log((1 + vectors.shape[0]) / (1 + having)).astype(np.float32)


_AT_ONCE = 1000


def weighed(vectors: sparse.csr_matrix, rare: Vector) -> sparse.csr_matrix:
    """The features as the package scales them."""
    blocks = (vectors[at : at + _AT_ONCE] for at in range(0, vectors.shape[0], _AT_ONCE))
    return sparse.vstack(
        [sparse.csr_matrix(scaled(block.toarray(), rare)) for block in blocks], format="csr"
    )
