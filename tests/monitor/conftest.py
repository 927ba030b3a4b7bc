"""Tables of a small service, drawn with a seed, as the monitors read them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from aegis.monitor.columns import Chunk, Texts, Values
from aegis.monitor.reference import Declared, Fitter, Reference
from aegis.monitor.window import Window, WindowReader

WORDS = ["refund", "order", "late", "broken", "invoice", "password", "login", "thanks", "please"]
DECLARED = Declared(feeds=(("score", "defaulted"),))


def texts(values: list[str]) -> Texts:
    found = {value: code for code, value in enumerate(dict.fromkeys(values))}
    return Texts(list(found), np.array([found[v] for v in values], np.int64))


def draw(rows: int, seed: int, **changes: float) -> Chunk:
    """Rows of the service; `changes` moves one of its columns by so much."""
    rng = np.random.default_rng(seed)
    by = {"age": 0.0, "country": 0.0, "length": 0.0, "topic": 0.0, "vector": 0.0, "score": 0.0}
    by |= changes
    shares = np.array([0.5 - by["country"], 0.3 + by["country"], 0.2])
    vocabulary = WORDS if not by["topic"] else [*WORDS, *["crypto"] * 5]
    score = rng.random(rows) ** (1 + by["score"])
    columns: dict[str, Values] = {
        "age": 40 + 12 * (rng.standard_normal(rows) + by["age"]),
        "country": texts(list(rng.choice(["DE", "FR", "IT"], rows, p=shares))),
        "prompt": texts(
            [
                " ".join(rng.choice(vocabulary, int(n)))
                for n in rng.integers(5, 25 + int(by["length"]), rows)
            ]
        ),
        "vector": (rng.standard_normal((rows, 16)) + by["vector"]).astype(np.float32),
        "score": score,
        "defaulted": (rng.random(rows) < score).astype(float),
    }
    return Chunk(rows=rows, columns=columns)


def fit(*chunks: Chunk, declared: Declared = DECLARED, like: Reference | None = None) -> Reference:
    fitter = Fitter(declared, like=like)
    for chunk in chunks:
        fitter.add(chunk)
    return fitter.reference(left_out={})


def window(reference: Reference, chunk: Chunk, name: str = "w") -> Window:
    reader = WindowReader(reference)
    reader.add(chunk)
    return reader.window(name, unread={})


@pytest.fixture(scope="session")
def reference() -> Reference:
    """Twenty thousand rows of the service."""
    return fit(draw(20_000, 1))


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Chunk]:
    """Draws rows of the service."""
    return draw


@pytest.fixture(scope="session")
def fitted() -> Callable[..., Reference]:
    """Fits a reference to chunks."""
    return fit


@pytest.fixture(scope="session")
def windowed() -> Callable[..., Window]:
    """Gathers a chunk as a window of a reference."""
    return window
