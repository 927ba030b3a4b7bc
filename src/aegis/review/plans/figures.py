"""Numerals of a text that are no numbers of a plan: a second reading, apart from the renderer."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from aegis.base.number import Assumption, Estimate, Fact
from aegis.review.plans.words import without_code

_NUMERAL = re.compile(r"(?<![\w.,#/-])[-−]?\d[\d,]*(?:\.\d+)?(?![\w]|[.,]\d)")
# Digits that are no figures: dates, ordinals of lists and headings, footnotes, versions, articles.
_FRAMES = (
    re.compile(r"\b\d{4}-\d{2}-\d{2}\b"),
    re.compile(r"(?m)^\s*\d+[.)]\s"),
    re.compile(r"\[\^?[\w.-]+\](?:\([^)]*\))?"),
    re.compile(r"(?m)^\[\^[^\]]+\]:.*$"),
    re.compile(r"\bhttps?://\S+"),
)


def loose_figures(
    text: str, numbers: Iterable[Fact | Estimate | Assumption]
) -> Iterator[tuple[int, int, str]]:
    """Numerals outside code, dates, list marks and footnotes that match no number."""
    known = sorted({v for number in numbers for v in _values(number)})
    readable = without_code(text)
    for frame in _FRAMES:
        readable = frame.sub(lambda match: re.sub(r"\d", " ", match[0]), readable)
    for match in _NUMERAL.finditer(readable):
        value = float(match[0].replace(",", "").replace("−", "-").rstrip("."))
        if not any(_same(value, each, match[0]) for each in known):
            yield match.start(), match.end(), match[0]


def _values(number: Fact | Estimate | Assumption) -> tuple[float, ...]:
    if isinstance(number, Estimate):
        return (number.value, number.low, number.high)
    return (number.value,)


def _same(written: float, known: float, text: str) -> bool:
    """Equal within what the writing rounds off: half of its last digit, or three digits."""
    digits = len(text.split(".")[1]) if "." in text else 0
    tolerance = max(0.5 * 10**-digits, abs(known) * 0.005) if digits else abs(known) * 0.005
    return math.isclose(written, known, rel_tol=0, abs_tol=tolerance + 1e-9)
