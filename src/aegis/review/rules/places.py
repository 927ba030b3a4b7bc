"""Where a finding about the whole service stands: where a model is asked."""

from __future__ import annotations

import re

from aegis.review.facts.types import Fact, LlmClient, Route
from aegis.review.repository import Repository

_ASKS = re.compile(
    r"chat|quer|ask|complet|answer|generat|predict|infer|invoke|messag|search|transcri|summar|"
    r"translat|classif|recommend|agent/?$"
)


# Services that read, speak or index for another one, which is the one that people meet.
_READS = re.compile(
    r"(?:^|[\W_])(?:ocr|stt|tts|asr|transcri\w*|embed\w*|rerank\w*|pars(?:e|er|ing))(?:[\W_]|$)"
)


def reads_for_others(path: str) -> bool:
    """Whether the path of a module or a route says that it reads or indexes for another service."""
    return _READS.search(path.lower()) is not None


def asked_at(repository: Repository) -> Fact | None:
    """What stands for the whole; where nothing is asked there, the first place that asks a model."""
    place = repository.anchor()
    if isinstance(place, LlmClient | Route) and not answers_at(place):
        return next(filter(answers_at, repository.clients), place)
    return place


def answers_at(place: Fact) -> bool:
    """Whether a model answers there: a call, LangChain's model itself, or a route that asks one.

    A route that only reads, and whose path says nothing of asking, lists or shows something.
    """
    if isinstance(place, LlmClient):
        return place.is_call or place.sdk.startswith("langchain")
    if not isinstance(place, Route) or not place.spends:
        return False
    return place.method != "get" or _ASKS.search(place.path.lower()) is not None
