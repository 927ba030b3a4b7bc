"""How long an answer may take: durations with what they hold for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.advisor.lexicon import after_unit, unit
from aegis.advisor.quantities import Figure, Quantity, plain
from aegis.advisor.reading import Reading

_MS = {"milliseconds": 1.0, "seconds": 1000.0, "minutes": 60_000.0}
_P99 = re.compile(r"p ?99|99th|99 ?%|99 percent|p ?99\.9")
_P50 = re.compile(r"p ?50|median\w*|50th|médiane|mediana")
_P95 = re.compile(r"p ?9[05]|9[05]th|9[05] ?%|9[05] percent")
_NO_LATENCY = re.compile(
    r"\s*(?:of (?:audio|video|speech)|clips?|audio|video|utterances?|chunks?|windows?|ago|long|retention|timeouts?|"
    r"(?:per|a) (?:week|day|month|year))"
)
_WITHIN = re.compile(
    r"(?<!\w)(?:in|within|inside|innerhalb|binnen|en|dans|sous|<|≤|under|after|nach|back in)\s*(?:about |rund |etwa |les )?$|[<≤]\s*$"
)
_EVERY = re.compile(r"(?:every|each|alle|jede|toutes les|cada)\s+$")


def latencies(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    """Durations that an answer may take, in milliseconds, with the percentile they hold for."""
    text = reading.text
    scale = 0.0
    for number in numbers:
        end, factor = _duration(text, number)
        if factor:
            scale = factor
        elif scale and _BOUND.search(text, 0, number.start) and _alone(text, number):
            factor = scale
        if not factor or not _is_latency(reading, number, end, factor):
            continue
        field, note = _objective(reading, number, end)
        if not field:  # a median of the first token: objectives are on the p95
            continue
        yield field, plain(number.value * factor), number.start, end, number.note or note


_BOUND = re.compile(r"\b(?:under|below|within|unter|sous|bajo)\s+$")


def _duration(text: str, number: Quantity) -> tuple[int, float]:
    """Where a number with its unit of time ends, and how many milliseconds the unit has; 0 without one."""
    for name, ms in _MS.items():
        match = after_unit(name).match(text, number.end)
        if match:
            return match.end(), ms
    return number.end, 0.0


def _is_latency(reading: Reading, number: Quantity, end: int, factor: float) -> bool:
    """Whether a duration is what an answer may take, and not a timeout, a length or a meeting."""
    text = reading.text
    before = text[max(0, number.start - 24) : number.start]
    clause, sentence = reading.clause_at(number.start), reading.sentence_at(number.start)
    if (
        _NO_LATENCY.match(text, end)
        or _EVERY.search(before)
        or factor * number.value > _LONGEST_MS
        or unit("other_times").search(text, clause.start, min(clause.end, end + 24))
    ):
        return False
    alone = text[clause.start : clause.end].strip(" .,;!?") == text[number.start : end].strip()
    context = text[sentence.start : sentence.end]
    return bool(unit("latency").search(context) or _WITHIN.search(before) or alone)


_LONGEST_MS = 600_000


def _objective(reading: Reading, number: Quantity, end: int) -> tuple[str, str]:
    """The field of a latency and a note on how it was read."""
    text = reading.text
    clause, sentence = reading.clause_at(number.start), reading.sentence_at(number.start)
    near = text[max(clause.start, number.start - 48) : min(sentence.end, end + 40)]
    ahead = text[max(clause.start, number.start - 24) : number.start]
    own = None if unit("first_token").search(near) else _right_before(ahead)
    return own or _which(near, text[sentence.start : sentence.end])


def _alone(text: str, number: Quantity) -> bool:
    return re.match(r"\s*(?:[.,;!?)]|$|for\b|at\b)", text[number.end :]) is not None


_PERCENTILES = re.compile(
    r"(?P<p99>p ?99|99th|99\. ?perzentil|(?:das|le|el|the) 99\.?e? |never more)|(?P<p50>p ?50|median\w*|médiane|mediana)|(?P<p95>p ?9[05]|9[05]th|9[05]\. ?perzentil)"
)
_OF_PERCENTILE = {
    "p99": ("objectives.latency_p99_ms", ""),
    "p50": ("objectives.latency_p50_ms", "a median; objectives of a plan are on the p95"),
    "p95": ("objectives.latency_p95_ms", ""),
}


def _right_before(before: str) -> tuple[str, str] | None:
    """The percentile that stands right before a number outranks every other."""
    found = list(_PERCENTILES.finditer(before))
    return _OF_PERCENTILE[str(found[-1].lastgroup)] if found else None


def _which(near: str, context: str) -> tuple[str, str]:
    if unit("first_token").search(near):
        median = _P50.search(near) and not _P95.search(near)
        return ("", "") if median else ("objectives.ttft_p95_ms", "")
    if unit("per_token").search(near):
        return "objectives.tpot_p95_ms", ""
    if unit("first_token").search(context) and not re.search(
        r"end to end|total|whole|complete|full|ganze|complète|completa", near
    ):
        return "objectives.ttft_p95_ms", ""
    percentile = next(
        (p for p in (near, context) if _P99.search(p) or _P50.search(p) or _P95.search(p)), ""
    )
    if _P99.search(percentile) and not _P95.search(near):
        return _OF_PERCENTILE["p99"]
    if _P50.search(percentile) and not _P95.search(near):
        return _OF_PERCENTILE["p50"]
    return "objectives.latency_p95_ms", "" if _P95.search(percentile) else "read as a p95"
