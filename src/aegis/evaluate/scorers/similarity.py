"""Similarity of meaning, by the embeddings of a local model."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from pydantic import JsonValue

from aegis.evaluate.models.http import Endpoint
from aegis.evaluate.models.model import NoAnswerError
from aegis.evaluate.samples import Sample
from aegis.evaluate.scorers.scorer import NoScoreError, Score

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Similarity:
    """Cosine between answer and nearest target; below 0 counts as 0.

    The endpoint answers `POST /embeddings` as OpenAI's does: llama-server with `--embeddings`, vLLM,
    TEI. Vectors of targets are kept.
    """

    name: str
    endpoint: Endpoint
    model: str
    kept: dict[str, Vector] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def score(self, sample: Sample, answer: str) -> Score:
        """Judge one answer."""
        if not sample.targets:
            raise NoScoreError("`embedding` needs a target, and the sample has none")
        missing = [t for t in sample.targets if t not in self.kept]
        try:
            vectors = self._embed([answer or " ", *missing])
        except NoAnswerError as error:
            raise NoScoreError(f"no embedding: {error}") from None
        with self.lock:
            self.kept.update(zip(missing, vectors[1:], strict=True))
        best = max(float(vectors[0] @ self.kept[target]) for target in sample.targets)
        return Score(min(1.0, max(0.0, best)))

    def _embed(self, texts: list[str]) -> list[Vector]:
        body: dict[str, JsonValue] = {"model": self.model, "input": list[JsonValue](texts)}
        reply = self.endpoint.post("/embeddings", body)
        data = reply.get("data") if isinstance(reply, dict) else None
        rows = (
            [row.get("embedding") for row in data or () if isinstance(row, dict)]
            if isinstance(data, list)
            else []
        )
        if len(rows) != len(texts):
            raise NoAnswerError("the reply has no embedding for each text")
        vectors = [np.asarray(row, float).ravel() for row in rows]
        return [vector / max(float(np.linalg.norm(vector)), 1e-12) for vector in vectors]
