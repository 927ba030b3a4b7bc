"""Numbers in a person's text: digits, words, multiples, fractions and ranges, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from aegis.advisor.reading import Reading
from aegis.brief.positions import Plain

Figure: TypeAlias = tuple[str, Plain, int, int, str]
"""Field, value, start, end (in the reading's text), note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number as it was said; of a range the upper end, because load is sized for it."""

    value: float
    start: int
    end: int
    spread: bool = False

    @property
    def note(self) -> str:
        """How a range was read; empty for a single number."""
        return "the upper end of your range" if self.spread else ""


def plain(value: float) -> float | int:
    """A whole number as one; any other to six places."""
    return int(value) if float(value).is_integer() else round(value, 6)


def quantities(reading: Reading) -> tuple[Quantity, ...]:
    """Every number of the text by place; none overlaps another."""
    found = sorted((*_digits(reading.text), *_words(reading.text)), key=lambda q: (q.start, -q.end))
    apart: list[Quantity] = []
    for each in found:
        if not apart or each.start >= apart[-1].end:
            apart.append(each)
    return tuple(_ranges(reading.text, _factors(reading.text, apart)))


_MULTIPLE = {
    "k": 1e3, "thousand": 1e3, "tausend": 1e3, "mille": 1e3, "mil": 1e3, "tsd": 1e3, "grand": 1e3,
    "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6, "millions": 1e6, "millionen": 1e6, "millón": 1e6,
    "millones": 1e6, "billion": 1e9, "hundred": 1e2, "hundert": 1e2, "billions": 1e9, "dozen": 12.0,
    "dutzend": 12.0, "douzaine": 12.0, "docena": 12.0, "mrd": 1e9, "milliard": 1e9, "milliarden": 1e9, "milliards": 1e9,
}  # fmt: skip
_MULTIPLES = "|".join(sorted(_MULTIPLE, key=len, reverse=True))
_NUMBER = re.compile(
    r"(?<![\w.,'])(?P<sign>[<>≤~≈+]?)"
    r"(?P<digits>\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}(?:\.\d{3})+(?![\d.])|\d+(?:[.,]\d+)?)"
    rf"(?:\s?(?P<multiple>{_MULTIPLES})(?![a-z])(?:\.(?=\s[a-zà-ÿ]))?)?"
)


def _digits(text: str) -> Iterator[Quantity]:
    for match in _NUMBER.finditer(text):
        value = _value(match["digits"])
        multiple = match["multiple"]
        end = match.end()
        if (
            multiple == "m"
            and re.match(r"\s*(?:/|params?|par)", text[end:]) is None
            and " " in match[0]
        ):
            multiple, end = None, match.end("digits")  # «5 m» is a length or minutes, «5m» is not
        if multiple == "million" and re.match(r"(?:en|s)\b", text[end:]):
            end += 1
        yield Quantity(
            value=value * _MULTIPLE.get(multiple or "", 1.0), start=match.start("digits"), end=end
        )


def _value(digits: str) -> float:
    """English and continental ways of writing: a group of three is a group, else a decimal."""
    plain = re.sub(r"[' \u00a0\u202f]", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        return float(plain.replace(",", ""))
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3})+", plain) and plain.count(".") >= 1:
        return float(plain.replace(".", ""))
    return float(plain.replace(",", "."))


_LANGUAGES = ("en", "de", "fr", "es")
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[.,;:!?]")
_NO_NUMBER = frozenset({
    "a", "an", "one", "unos", "unas", "un", "une", "uno", "una", "ein", "eine", "einen", "einem", "einer", "eins", "and",
    "second", "sec", "seconde", "segundo", "segunda", "first", "nines", "million", "billion",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Word:
    """What `text2num` asks of a token."""

    said: str
    start: int
    end: int

    def text(self) -> str:
        return self.said

    def nt_separated(self, previous: object) -> bool:
        del previous
        return False

    def not_a_number_part(self) -> bool:
        return False


def _words(text: str) -> Iterator[Quantity]:
    """Numbers in words, in four languages; a lone article is no number."""
    from text_to_num import (  # type: ignore[import-untyped]  # noqa: PLC0415  # only where somebody talks
        find_numbers,
    )

    tokens = [_Word(m[0], m.start(), m.end()) for m in _TOKEN.finditer(text)]
    seen: set[int] = set()
    for language in _LANGUAGES:
        for found in find_numbers(tokens, language, threshold=0.0):
            inside = tokens[found.start : found.end]
            if found.is_ordinal or not inside or inside[0].start in seen:
                continue
            if len(inside) == 1 and inside[0].said in _NO_NUMBER:
                continue
            seen.add(inside[0].start)
            yield Quantity(value=float(found.value), start=inside[0].start, end=inside[-1].end)
    yield from _halves(text)


_ONE_OF_MANY = re.compile(
    r"(?<!\w)(?<!half )(?:an?|one|une?|eine?|una) "
    r"(?P<multiple>dozen|dutzend|douzaine|docena|hundred|thousand|million|billion|millón|milliard)(?!\w)"
)
_HALF = re.compile(
    r"(?<!\w)(?P<one>one|1|two|2|three|3|anderthalb|eineinhalb|une?)?\s*(?:and an? |et )?"
    r"(?P<half>half|halbe[nrs]?|demi[e]?|medio|media)(?:[\s-]+(?:an?|of a|une?))?(?!\w)"
    r"|(?<!\w)(?:anderthalb|eineinhalb)(?!\w)|(?<!\w)(?:une?|1) (?P<unit>seconde|heure) et demie?(?!\w)"
)
_ONES = {"one": 1.0, "1": 1.0, "two": 2.0, "2": 2.0, "three": 3.0, "3": 3.0}
_WHAT_IS_HALVED = re.compile(
    r"[\s-]*(?:seconde?s?|sekunden?|segundos?|s\b|hour|stunde|heure|hora|day|million\w*|millón|dozen|dutzend|douzaine|docena)"
)
_ABOUT = {
    "dizaine": 10.0, "quinzaine": 15.0, "vingtaine": 20.0, "trentaine": 30.0, "quarantaine": 40.0,
    "cinquantaine": 50.0, "soixantaine": 60.0, "centaine": 100.0, "decena": 10.0, "veintena": 20.0,
    "treintena": 30.0, "centenar": 100.0,
}  # fmt: skip
_ABOUT_SO_MANY = re.compile(rf"(?<!\w)une?a? (?P<about>{'|'.join(_ABOUT)})(?: d[e'])?(?!\w)")
_A_UNIT = re.compile(
    r"(?<!\w)(?:within|under|below|in|after|inside|than|most|innerhalb|unter|nach|binnen|höchstens|spätestens|als|moins d'|moins de |en|sous|menos de|después de|máximo)"
    r"\s*(?:about |around |rund |etwa )?(?P<one>one|an?|1|einer?|eine|une|un) (?=second|sekunde|seconde|segundo|minute|minuto|minuta)"
)
"""«Within a second»: an article is a number where a duration is asked for."""


def _halves(text: str) -> Iterator[Quantity]:
    for match in _ONE_OF_MANY.finditer(text):
        if not _VAGUE.search(text, max(0, match.start() - 20), match.start("multiple")):
            value = _MULTIPLE[match["multiple"]]
            yield Quantity(value=value, start=match.start(), end=match.end())
    for match in _ABOUT_SO_MANY.finditer(text):
        yield Quantity(value=_ABOUT[match["about"]], start=match.start(), end=match.end("about"))
    for match in _A_UNIT.finditer(text):
        yield Quantity(value=1.0, start=match.start("one"), end=match.end("one"))
    for match in _HALF.finditer(text):
        if match["half"] is None:
            end = match.start("unit") if match["unit"] else match.end()
            yield Quantity(value=1.5, start=match.start(), end=end)
        elif match["one"] in _ONES and re.search(r"and an?|et", match[0]):
            yield Quantity(value=_ONES[match["one"]] + 0.5, start=match.start(), end=match.end())
        elif _WHAT_IS_HALVED.match(text, match.end()):
            yield Quantity(value=0.5, start=match.start("half"), end=match.end())


_VAGUE = re.compile(
    r"(?<!\w)(?:couple of|several|some|a few|few|einige|mehrere|ein paar|quelques|plusieurs|varios|unos cuantos) ?$"
)
"""Words that leave open how many hundreds there are."""


_FACTOR = re.compile(
    rf"[\s-]*(?P<multiple>{'|'.join(m for m in _MULTIPLES.split('|') if len(m) > 2)})(?![a-z])(?:\s+d[e'])?"
)


def _factors(text: str, found: list[Quantity]) -> list[Quantity]:
    """«half a million», «twenty-five hundred», «dos mil»: a multiple that follows a number."""
    out: list[Quantity] = []
    for each in found:
        if out and each.start < out[-1].end:
            continue
        if text[each.start : each.end] in _MULTIPLE and _VAGUE.search(text, 0, each.start):
            continue
        match = _FACTOR.match(text, each.end)
        follows = text[each.start : each.end]
        if match and not any(follows.endswith(m) for m in _MULTIPLE if len(m) > 2):
            value = each.value * _MULTIPLE[match["multiple"]]
            out.append(Quantity(value=value, start=each.start, end=match.end("multiple")))
        else:
            out.append(each)
    return out


_BETWEEN = re.compile(r"\s*(?:-|to|bis|à|a|and|und|et|y|or)\s*")


def _ranges(text: str, found: list[Quantity]) -> Iterator[Quantity]:
    skip = -1
    for at, each in enumerate(found):
        if at <= skip:
            continue
        after = found[at + 1] if at + 1 < len(found) else None
        between = text[each.end : after.start] if after else ""
        joined = (
            after is not None and _BETWEEN.fullmatch(between) and between.strip() not in {"a", "or"}
        )
        opened = re.search(r"(?:between|zwischen|entre)\s+$", text[: each.start]) is not None
        plain = between.strip() not in {"and", "und", "et", "y"} or opened
        if after is not None and joined and plain and each.value < after.value:
            skip = at + 1
            yield Quantity(
                value=after.value,
                start=each.start,
                end=after.end,
                spread=True,
            )
        else:
            yield each
