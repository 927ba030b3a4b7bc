"""Reads a rendered document back and reports every figure that the plan does not know.

The second implementation of «every number knows where it comes from». It shares no code with the
renderer, nor with the markup that the plan is written in: it sees what a reader sees, takes away
what is code, address or proper name, and asks for each numeral that is left which number of the
plan it is. A figure that matches none was made up somewhere.

What it cannot see: numbers written as words; a bare figure without a unit that happens to be the
value of another number of the plan; and drawings that sizing made (marked as charts and skipped).
"""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

from pydantic import JsonValue

from aegis.plan.types import Plan


def _split(words: str) -> list[str]:
    return words.split()


_NUMERAL = re.compile(
    r"\d{1,3}(?:[,\u00a0\u202f\u2009']\d{3})+(?:\.\d+)?(?![\d])"
    r"|\d+(?:\.\d+){2,}"
    r"|\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?"
)
_MULTIPLES = {"k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "B": 1e9, "bn": 1e9, "T": 1e12}
_CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "USD": "USD", "EUR": "EUR", "GBP": "GBP"}
_CURRENCY_BEFORE = re.compile(r"(\$|€|£|USD|EUR|GBP)\s?$")
_RANGE = re.compile(r"\s*(?:–|—|-|to|and|or|\.\.+|/)\s*(?=\d)")
_WORD = re.compile(r"\s?(%|‰|[A-Za-zµμ°$€£]+(?:/[A-Za-z]+)?)")
_FIRST_CELL = re.compile(r"\|?\s*([^|]+?)\s*(?:\||$)")  # of a row; a line of HTML is one cell
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_QUOTED = re.compile(r"\[\[(.+?)\]\]")
_DIGITS = re.compile(r"\d+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Units that people write after a figure, whether this plan uses them or not.
_UNITS = frozenset(
    _split(
        "% ‰ ms s sec second seconds min minute minutes h hour hours day days week "
        "weeks month months year years gb gib mb mib kb kib tb tib w kw kwh usd eur gbp "
        "$ € £ req/s rps qps tokens token tokens/s tok/s requests users people replicas "
        "replica gpus gpu devices nodes points items samples x × times percent fold "
        "million billion thousand"
    )
)
_SAME = {"percent": "%", "sec": "s", "second": "s", "seconds": "s", "minutes": "min",
         "minute": "min", "hour": "h", "hours": "h", "rps": "req/s", "qps": "req/s"}  # fmt: skip
# Terms of the field with a digit after a hyphen; digits right after a letter are never figures.
_TERMS = ("SHA-256", "AES-256", "UTF-8", "HTTP/2", "HTTP/3", "3 a.m.", "N+1")
_CURRENCY_CODES = ("USD", "EUR", "GBP")


@dataclass(frozen=True, slots=True)
class Stray:
    """A figure without a number of the plan behind it."""

    numeral: str
    line: int
    context: str

    def __str__(self) -> str:
        return f"{self.numeral} in «{self.context}»"


def unmatched_numbers(text: str, plan: Plan) -> list[Stray]:
    """Every numeral of a rendered page, Markdown or HTML, that is no number of the plan."""
    return _read(text, _known_by(_Same(plan)))


def unmatched_in_pages(pages: Mapping[str, str], plan: Plan) -> dict[str, list[Stray]]:
    """The same for many pages, by path; pages without a stray figure are left out."""
    known = _known_by(_Same(plan))
    found = {path: _read(text, known) for path, text in pages.items()}
    return {path: strays for path, strays in found.items() if strays}


class _Same:
    """A plan as a key of a cache: rules ask page after page about the same one."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __hash__(self) -> int:
        return id(self.plan)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.plan is self.plan


@lru_cache(maxsize=2)
def _known_by(key: _Same) -> _Known:
    return _Known(key.plan)


def _read(text: str, known: _Known) -> list[Stray]:
    lines = _html_lines(text) if _is_html(text) else _markdown_lines(text)
    return [s for number, line in enumerate(lines, start=1) for s in _strays(line, number, known)]


def _is_html(text: str) -> bool:
    return text.lstrip()[:9].lower().startswith(("<!doctype", "<html"))


def _strays(line: str, number: int, known: _Known) -> Iterator[Stray]:
    for match in _NUMERAL.finditer(line):
        if _is_part_of_a_word(line, match.start()) or known.covers(line, match.start()):
            continue
        if not known.has(line, match):
            yield Stray(match[0], number, _around(line, match.start()))
    for match in () if line.isascii() else _NOT_ASCII.finditer(line):
        position, character = match.start(), match[0]
        if (
            unicodedata.category(character) in {"No", "Nl"}
            and character.isnumeric()
            and not known.covers(line, position)
        ):
            yield Stray(character, number, _around(line, position))


def _is_part_of_a_word(line: str, start: int) -> bool:
    """`L40S`, `p95`, `v2`: digits right after a letter name something, unless it is a currency."""
    before = line[:start]
    if not before or not (before[-1].isalpha() or before[-1] == "_"):
        return False
    return not before.endswith(_CURRENCY_CODES)


def _around(line: str, position: int) -> str:
    return line[max(0, position - 40) : position + 40].strip()


class _Known:
    """What a plan knows: its numbers, and the names that contain digits."""

    def __init__(self, plan: Plan) -> None:
        data: JsonValue = plan.model_dump(mode="json")
        self._names: dict[str, list[tuple[str, int]]] = {}
        self._articles = {r.article for r in plan.requirements}
        for text in sorted({*_TERMS, *_names(data)}):
            self._index(" ".join(text.split()))
        self._figures: list[tuple[float, str]] = []
        for figure in plan.numbers.values():
            values = {figure.value}
            if figure.kind == "estimate":
                values |= {figure.low, figure.high}
            self._figures += [(v, figure.unit) for v in values]
        self._units = _UNITS | {_first(u) for _, u in self._figures if u}

    def _index(self, name: str) -> None:
        for match in re.finditer(r"\d+|[^\x00-\x7f]", name):
            if match[0][0].isnumeric():
                self._names.setdefault(match[0], []).append((name, match.start()))

    def covers(self, line: str, position: int) -> bool:
        """Whether the digits at this place belong to a name."""
        article = _FIRST_CELL.match(line)
        if article and position < article.end() and article[1] in self._articles:
            return True
        digits = _DIGITS.match(line, position)
        key = digits[0] if digits else line[position]
        for name, offset in self._names.get(key, ()):
            start = position - offset
            if start < 0:
                continue
            piece = line[start : start + len(name)]
            if piece[1:] == name[1:] and piece[:1].lower() == name[:1].lower():
                before = line[start - 1 : start]
                after = line[start + len(name) : start + len(name) + 1]
                if not (before.isdigit() or after.isdigit()):
                    return True
        return False

    def has(self, line: str, match: re.Match[str]) -> bool:
        """Whether a number of the plan is shown like this."""
        value = _value(match[0])
        if value is None:
            return False
        rest = line[match.end() :]
        suffix = re.match(r"(bn|[kKMBT])(?![A-Za-z])", rest)
        values = [value, value * _MULTIPLES[suffix[1]]] if suffix else [value]
        unit = self._unit(line, match, rest)
        return any(
            _same_unit(unit, known_unit) and any(_shown_as(known, v) for v in values)
            for known, known_unit in self._figures
        )

    def _unit(self, line: str, match: re.Match[str], rest: str) -> str:
        currency = _CURRENCY_BEFORE.search(line[: match.start()])
        if currency:
            return _CURRENCIES[currency[1]].lower()
        while (between := _RANGE.match(rest)) and (other := _NUMERAL.match(rest, between.end())):
            rest = rest[other.end() :]
        word = _WORD.match(rest)
        found = word[1].lower() if word else ""
        found = _SAME.get(found, found)
        return found if found in self._units else ""


def _first(unit: str) -> str:
    return unit.split(maxsplit=1)[0].lower()


def _same_unit(shown: str, known: str) -> bool:
    if not shown:
        return True
    return bool(known) and _SAME.get(_first(known), _first(known)) == shown


def _value(token: str) -> float | None:
    plain = re.sub(r"[\u00a0\u202f\u2009']", "", token)
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    plain = plain.replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None


def _shown_as(known: float, shown: float) -> bool:
    """Whether a reader sees `shown` for `known`: whole, or to three significant digits."""
    if math.isclose(known, shown, rel_tol=1e-12):
        return True
    if known == 0 or known == int(known):
        return False
    if 99 <= known < 100:  # shares such as an availability keep four decimals
        return abs(known - shown) <= 0.000051
    unit = 10.0 ** (math.floor(math.log10(abs(known))) - 2)
    is_short = math.isclose(round(shown / unit) * unit, shown, rel_tol=1e-9)
    return is_short and abs(known - shown) <= 0.5000001 * unit


def _names(value: JsonValue) -> Iterator[str]:
    """Every string of the plan that contains a digit and is more than a figure."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _names(key)
            yield from _names(item)
    elif isinstance(value, list):
        for item in value:
            yield from _names(item)
    elif isinstance(value, str) and _has_numeral(value):
        candidates = [value, *_QUOTED.findall(value), *_ISO_DATE.findall(value)]
        yield from (c for c in candidates if _is_name(c))


_MAY_COUNT = re.compile(r"[0-9]|[^\x00-\x7f]")


def _has_numeral(text: str) -> bool:
    """Whether a character counts, in any script; plain text without digits is told apart at once."""
    return _MAY_COUNT.search(text) is not None and any(c.isnumeric() for c in text)


def _is_name(text: str) -> bool:
    """Words, dates, versions, long revisions, sections of a code («1798.100»); a short bare figure is no name."""
    if any(c.isalpha() for c in text) or _ISO_DATE.fullmatch(text):
        return True
    return text.count(".") > 1 or bool(re.fullmatch(r"\d{6,}|\d{4}\.\d{3}", text))


# --- Markdown -------------------------------------------------------------------------------------

_MAY_SHOW = re.compile(r"[0-9&]|[^\x00-\x7f]")  # an entity can be a numeral
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_HIDDEN = "\ue000"  # stands for an escaped character while markup is taken away


def _markdown_lines(text: str) -> Iterator[str]:
    fence = ""
    expected = 0
    for raw in text.split("\n"):
        opening = re.match(r"[>\s]*(`{3,}|~{3,})", raw)
        if opening and not fence:
            fence = opening[1]
            yield ""
            continue
        if fence:
            fence = "" if opening and opening[1].startswith(fence) else fence
            yield ""
            continue
        marker = re.match(r"[>\s]*(\d+)[.)]\s", raw)
        expected = expected + 1 if marker else 0
        if marker and int(marker[1]) == expected:
            raw = raw[marker.end() :]  # noqa: PLW2901  # the number of a list item is no figure
        yield _plain_markdown(raw) if _MAY_SHOW.search(raw) else ""


def _plain_markdown(line: str) -> str:
    kept: list[str] = []

    def hide(match: re.Match[str]) -> str:
        kept.append(match[1])
        return _HIDDEN

    line = _without_code(line)
    line = _ESCAPED.sub(hide, line)
    line = re.sub(r"^\[\^[^\]]*\]:", "", line)
    line = re.sub(r"\[\^[^\]]*\]", "", line)
    line = re.sub(r"<(?:https?|mailto):[^>]*>", " ", line)
    line = re.sub(r"<[A-Za-z/!][^>]*>", " ", line)
    line = re.sub(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s\"[^\"]*\")?\)", "", line)
    line = re.sub(r"\*+|~~|(?<!\w)_+|_+(?!\w)|[\[\]]", "", line)
    line = html.unescape(line)
    parts = iter(kept)
    line = re.sub(_HIDDEN, lambda _: next(parts), line)
    return " ".join(line.split())


def _without_code(line: str) -> str:
    """Code spans out: a run of backticks up to the next run of the same length."""
    result, position = [], 0
    while opening := re.compile(r"(?<!\\)`+").search(line, position):
        closing = re.compile(rf"(?<!`)`{{{len(opening[0])}}}(?!`)").search(line, opening.end())
        if closing is None:
            break
        result.append(line[position : opening.start()])
        result.append(" ")
        position = closing.end()
    return "".join(result) + line[position:]


# --- HTML -----------------------------------------------------------------------------------------

_INLINE = frozenset(
    _split("a abbr b bdi em i small span strong sub sup button mark label u s q cite")
)
_SILENT = frozenset(_split("script style code pre template"))
_SPOKEN = frozenset(_split("title alt aria-label placeholder data-label"))
_VOID = frozenset(_split("area base br col embed hr img input link meta source track wbr"))


class _Reader(HTMLParser):
    """What a reader of the page sees or is told, a line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._parts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.lines += [v for k, v in attrs if k in _SPOKEN and v]
        if tag in _VOID:
            self._parts.append(" ")
            return
        chart = tag == "figure" and "chart" in (given.get("class") or "").split()
        silent = tag in _SILENT or chart
        self._open.append((tag, silent))
        self._silent += silent
        self._end_of(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, silent = self._open.pop()
            self._silent -= silent
            if name == tag:
                break
        self._end_of(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(data)

    def _end_of(self, tag: str) -> None:
        if tag in _INLINE:
            return
        if tag in {"code", "text", "tspan"}:
            self._parts.append(" ")
            return
        self.flush()

    def flush(self) -> None:
        line = " ".join("".join(self._parts).split())
        if line:
            self.lines.append(line)
        self._parts = []


def _html_lines(text: str) -> list[str]:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.flush()
    return list(dict.fromkeys(reader.lines))
