"""How many requests there are in a time: at the peak, or as a mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from aegis.advisor.currency import is_money
from aegis.advisor.lexicon import after_unit, unit, unit_words
from aegis.advisor.quantities import Figure, Quantity, plain
from aegis.advisor.reading import Reading

_PER = (("per_second", 1.0), ("per_minute", 60.0), ("per_hour", 3600.0), ("per_day", 86400.0),
        ("per_month", 30 * 86400.0))  # fmt: skip


_A_MINUTE = 60.0
"""Seconds up to which a bare rate («70/s», «5 per minute») counts requests."""


def rates(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    """Rates of the system's own load, in requests a second."""
    text = reading.text
    peaks = list(_bare_peaks(reading, numbers))
    for number in numbers:
        direct = after_unit("rate").match(text, number.end)
        at_once = (direct.end(), 1.0) if direct else None
        found = at_once or _per_time(text, number) or _time_before(text, number) or (0, 0.0)
        end, seconds = found
        if not seconds or _not_our_load(reading, number, end):
            continue
        sentence = reading.sentence_at(number.start)
        beside = [b for b in peaks if reading.sentence_at(b.start) == sentence and b != number]
        busy = seconds <= _A_MINUTE and not beside
        yield _rate(reading, number, end, number.value / seconds, busy=busy)
        for bare in beside:
            value = plain(bare.value / seconds)
            yield "workload.traffic.peak_rps", value, bare.start, bare.end, ""


def _per_time(text: str, number: Quantity) -> tuple[int, float] | None:
    """Where «70/s», «300 texts per second», «8 million pictures a day» ends, and its seconds."""
    for name, seconds in _PER:
        bare = _per(name).match(text, number.end)
        if bare and seconds <= _A_MINUTE and not is_money(text, number):
            return bare.end(), seconds
        match = _things_per(name).match(text, number.end)
        if match and not is_money(text, number) and not _not_requests().search(match["things"]):
            return match.end(), seconds
    return None


def _time_before(text: str, number: Quantity) -> tuple[int, float] | None:
    """«Pro Tag kommen 3.000 E-Mails»: the time stands first."""
    match = after_unit("requests", gap=r"\s*(?:[\w'-]+\s+){0,2}?").match(text, number.end)
    if match is None:
        return None
    for name, seconds in _PER:
        before = _time_first(name).search(text, max(0, number.start - 48), number.start)
        if before:
            return match.end(), seconds
    return None


@cache
def _per(name: str) -> re.Pattern[str]:
    return re.compile(rf"\s?(?:{unit_words(name)})")


@cache
def _things_per(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"\s*(?P<things>(?:[^\W\d][\w'&-]*\s+){{1,4}}?|[^\W\d][\w'-]*(?=/))\s*(?:are sent |arrive |come in )?(?:{unit_words(name)})"
    )


@cache
def _time_first(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|[.;,:]\s*|\s)(?:{unit_words(name)})\s+(?:[\w'-]+\s+){{0,4}}$")


@cache
def _not_requests() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{unit_words('not_requests')}|{unit_words('people')}|{unit_words('money')}|is|are|was|at|in|for|of|with)(?!\w)"
    )


def _not_our_load(reading: Reading, number: Quantity, end: int) -> bool:
    """Load of one person, and limits or tests of something else."""
    sentence = reading.sentence_at(number.start)
    clause = reading.clause_at(number.start)
    said = reading.text[clause.start : max(clause.end, end)]
    return bool(
        unit("limits").search(said)
        or unit("per_head").search(reading.text, sentence.start, min(sentence.end, end + 24))
    )


_AT_PEAK = re.compile(
    r"\s*(?:at (?:the )?peak|in (?:der )?spitze|en pointe|de pico|en pico|im peak|during peaks?|in peak|at most|peak)(?!\w)"
)
_PEAK_OF = re.compile(
    r"(?:peaks?|peaking|peak load|spitze|pointe|pico)\s*(?:up to|of|at|is|:|=|de|von|bis|hasta|à)?\s*$"
)


def _bare_peaks(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Quantity]:
    """«8 requests a second, 45 at peak»: a number whose unit stands elsewhere in the sentence."""
    text = reading.text
    for number in numbers:
        if _AT_PEAK.match(text, number.end) or (
            _PEAK_OF.search(text, 0, number.start)
            and re.match(r"\s*(?:[.,;)]|$)", text[number.end :])
        ):
            yield number


def _rate(reading: Reading, number: Quantity, end: int, value: float, *, busy: bool) -> Figure:
    sentence = reading.sentence_at(number.start)
    after = _JOINT.split(reading.text[end : min(sentence.end, end + 24)])[0]
    ahead = reading.text[max(sentence.start, number.start - 30) : number.start]
    before = _JOINT.split(ahead)[-1]
    near = next(
        (
            part
            for part in (after, before)
            if unit("mean").search(part) or unit("peak").search(part)
        ),
        "",
    )
    if near:
        busy = unit("peak").search(near) is not None
    field = "workload.traffic.peak_rps" if busy else "workload.traffic.mean_rps"
    return field, plain(value), number.start, end, number.note


_JOINT = re.compile(r"[,;]|\b(?:and|und|et|y)\b")
