"""How many people a text speaks of: those who use the system, and those who run it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.advisor.lexicon import family, unit_words
from aegis.advisor.quantities import Figure, Quantity, plain
from aegis.advisor.reading import Reading

_PEOPLE = re.compile(rf"\s*(?:of them|(?:[\w'-]+\s+){{0,3}}?(?:{unit_words('people')}))(?![\w])")
_AT_ONCE = r"\s*(?:at once|at the same time|concurrent|simultan\w*|gleichzeitig|a la vez|en même temps|en simultané)"
_OUR_TEAM = re.compile(r"(?:team|équipe|equipo|mannschaft)\b[^.;]{0,30}$")
_A_TEAM = 60
"""People up to which «our team counts …» means who operates it."""
_ADJECTIVE_STOPS = re.compile(
    r"\b(?:per|a|an|for|and|or|of|with|by|und|für|pro|et|pour|par|y|para|por|in|on|from|to|each|every|tokens?|ms|s|gpus?|percent)\b|[.,;:%$€]"
)
_SEEN_OR_SCORED = frozenset({"vision", "batch"})
_USE = re.compile(r"\b(?:use|uses|using|for|für|nutz\w+|utilis\w+|pour|usa\w*|para)\b")


def _are_subjects(reading: Reading, number: Quantity, end: int) -> bool:
    """People whom the model looks at or scores, and nobody says that they use it."""
    sentence = reading.sentence_at(number.start)
    near = reading.text[max(sentence.start, number.start - 24) : min(sentence.end, end + 40)]
    return not _USE.search(near) and any(
        entry.value in _SEEN_OR_SCORED and entry.pattern.search(reading.text)
        for entry in family("kinds")
    )


_SHARE = re.compile(
    r"(?P<percent>\d+(?:[.,]\d+)?)\s?%\s+(?:of (?:them|those|these|users)\s+)?(?:use|uses|are active|try|nutzen|utilisent|usan)"
)


_LABELLED_PEOPLE = re.compile(
    r"(?:^|[;,\n|])\s*(?:users?|nutzer|utilisateurs|usuarios)\s*[:=|]\s*$"
)


def people(reading: Reading, numbers: Sequence[Quantity]) -> Iterator[Figure]:
    """Users and operators; people whom the model only looks at are neither."""
    text = reading.text
    for number in numbers:
        if _LABELLED_PEOPLE.search(text, 0, number.start):
            yield "users.count", plain(number.value), number.start, number.end, ""
    for number in numbers:
        match = _PEOPLE.match(text, number.end)
        if match is None or number.value < 1 or not _counts(reading, number, match):
            continue
        if _operate(text, number, match):
            yield "team.size", plain(number.value), number.start, match.end(), ""
            continue
        value, end, note = number.value, match.end(), ""
        share = _SHARE.search(text, match.end(), match.end() + 60)
        if share:
            value *= float(share["percent"].replace(",", ".")) / 100
            end, note = share.end(), "the share that you name, of all"
        if number.lower is not None:
            note = "the upper end of your range"
        yield "users.count", plain(round(value)), number.start, end, note
    yield from _team(reading, numbers)


_RATE = re.compile(
    r"\s*(?:/|per |a |pro |par |por )(?:second|sec|minute|hour|day|month|sekunde|seconde|segundo)"
)
_OF_PEOPLE = re.compile(
    r"\s+(?:records?|data|rows|questions|requests|tickets|messages|calls|stories|hours)\b"
)


def _counts(reading: Reading, number: Quantity, match: re.Match[str]) -> bool:
    """Whether a number and the people after it belong together, and they are counted as such."""
    between = "" if "of them" in match[0] else match[0].strip().rpartition(" ")[0]
    rest = reading.text[match.end() :]
    return not (
        _ADJECTIVE_STOPS.search(between)
        or _RATE.match(rest)
        or _OF_PEOPLE.match(rest)
        or re.match(_AT_ONCE, rest)
        or _are_subjects(reading, number, match.end())
    )


_OPERATORS = re.compile(r"^\s*(?:sre|ops|platform|ml|devops|infra\w*|mlops)\b")
_RUN_IT = re.compile(
    r"\s+(?:startup|team|run|running|operate|look after|betreiben|betreuen|exploitent|lo mantienen)"
)


def _operate(text: str, number: Quantity, match: re.Match[str]) -> bool:
    """Whether they run the system."""
    before = text[max(0, number.start - 28) : number.start]
    ours = _OUR_TEAM.search(before) is not None and number.value <= _A_TEAM
    led = re.search(rf"\b(?:{unit_words('team')})\s*(?:only |just |about )?$", before)
    return bool(ours or led or _OPERATORS.search(match[0]) or _RUN_IT.match(text, match.end()))


_TEAM = re.compile(
    r"\b(?:team (?:of|is)|we(?: a|')re(?: a team of| only| just)?|wir sind(?: zu)?|nous sommes|somos|équipe de|equipo de|team von)\s*$"
)


def _team(reading: Reading, numbers: Sequence[Quantity]) -> Iterator[Figure]:
    for number in numbers:
        before = reading.text[max(0, number.start - 30) : number.start]
        if re.match(
            r"\s+(?:of us|admins?|personas? en el equipo|personnes dans l'équipe)\b",
            reading.text[number.end :],
        ) or (_TEAM.search(before) and 1 <= number.value <= 500):
            yield "team.size", plain(number.value), number.start, number.end, ""
