"""Which of several figures for one field a person means, and figures that lean on the one before.

What is said of others or of the past goes; a correction outranks what it corrects, and what is
wanted outranks what is. «40 rps, no, wait, 14» has its unit in the first half.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aegis.advisor.lexicon import unit
from aegis.advisor.quantities import Figure, Quantity, plain
from aegis.advisor.reading import Reading

_LEANING = ("users.count", "team.size", "workload.traffic.", "objectives.")
_LEANS = re.compile(
    r"(?<!\w)(?:no wait|wait|no|nein|non|moment|scratch that|actually|sorry|i mean|make (?:that|it)|rather|sondern|sino|mais|but|now|jetzt"
    r"|inzwischen|nur noch|ahora|ahora son|today|heute|dieses jahr|this year|this year it's|cette année|este año|below|under|unter|sous|bajo"
    r"|we need|we need it|needs?|needed|want|target|goal|objectif|l'objectif|ziel|objetivo|gefordert sind|gefordert|tomorrow|morgen|demain|mañana|now we are|we are now"
    r"|could be|will be|growing to|rising to|responder en|gets maybe|plan for|necesitamos|il faut|brauchen wir)"
    r"\s*[,:]?\s*(?:it (?:is|must be|should be|has to be)\s*|it's\s*|rather\s*|only\s*|just\s*|de\s*|about\s*|around\s*|rund\s*|etwa\s*)?$"
)
"""Words after which a bare number has the unit of the figure before it."""
_ALONE = re.compile(r"\s*(?:[.,;:!?)]|$|at (?:most|peak)|for |by )")
_REACH = 140
"""Characters back to the figure that a bare number leans on."""
_LIKELY = 60.0
"""Times by which the two may differ."""


def settled(
    reading: Reading, numbers: Sequence[Quantity], found: Sequence[Figure]
) -> Iterator[Figure]:
    """The figures that are meant; of each field the one that is meant most comes first."""
    every = [*found, *_leaning(reading, numbers, found)]
    kept = [f for f in every if not reading.aside(f[2]) and not _corrected(reading, f, every)]
    yield from sorted(kept, key=lambda f: _rank(reading, f))


def _leaning(
    reading: Reading, numbers: Sequence[Quantity], found: Sequence[Figure]
) -> Iterator[Figure]:
    text = reading.text
    for number in numbers:
        if any(start <= number.start < end for _, _, start, end, _ in found):
            continue
        if not _ALONE.match(text, number.end) or not _LEANS.search(
            text, max(0, number.start - 40), number.start
        ):
            continue
        before = [f for f in found if number.start - _REACH < f[2] < number.start]
        figure = max(
            (f for f in before if f[0].startswith(_LEANING)), key=lambda f: f[2], default=None
        )
        if figure is None:
            continue
        scale = _scale(figure, numbers)
        if scale is not None and _fits(figure, number.value * scale):
            field, _, _, _, note = figure
            yield field, plain(number.value * scale), number.start, number.end, note


def _scale(figure: Figure, numbers: Sequence[Quantity]) -> float | None:
    """What a number was multiplied with to give the figure: 1000 for seconds."""
    _, value, start, end, _ = figure
    number = next((n for n in numbers if start <= n.start < end), None)
    if number is None or not number.value or not isinstance(value, int | float):
        return None
    return value / number.value


def _fits(figure: Figure, value: float) -> bool:
    field, before, _, _, _ = figure
    if field == "objectives.availability_percent":
        return 95 <= value < 100
    return isinstance(before, int | float) and before / _LIKELY <= value <= before * _LIKELY


_CORRECTS = re.compile(
    r"(?<!\w)(?:scratch that|actually|no,? wait|wait,|nein,|non,|no,|no:|moment|korrektur|sorry|i meant?|make (?:that|it)|pardon|perdón|mejor dicho|rather,?|correction)(?!\w)|\?\s*no\b"
)
_NEAR = 40


def _corrected(reading: Reading, figure: Figure, every: Sequence[Figure]) -> bool:
    """Whether a later figure of the same field takes this one back."""
    field, _, _, end, _ = figure
    return any(
        other[0] == field
        and 0 <= other[2] - end < _NEAR
        and _CORRECTS.search(reading.text, end, other[2])
        for other in every
    )


_NOW = re.compile(
    r"(?<!\w)(?:today|currently|right now|at the moment|at present|now|was|were|is at|zuletzt|derzeit|aktuell\w*|heute|momentan|actuel\w*|aujourd'hui|était|actual\w*|hoy|era)(?!\w)"
)
_TO_BE = re.compile(
    r"(?<!\w)(?:plan for|planned|expect\w*|will be|could be|grows? to|erwart\w+|geplant|wird|prévu\w*|attend\w*|previst\w+|esper\w+)(?!\w)"
)


_IS_BUDGET = re.compile(r"(?<!\w)(?:budget|presupuesto)(?!\w)")


def _rank(reading: Reading, figure: Figure) -> int:
    """0: wanted; 2: as it is today, where an objective may be another; 1: anything else."""
    field, _, start, end, _ = figure
    clause = reading.clause_at(start)
    said = reading.text[clause.start : max(clause.end, end)]
    if unit("wanted").search(said) or _TO_BE.search(said) or _IS_BUDGET.search(said):
        return 0
    return 2 if field.startswith("objectives.") and _NOW.search(said) else 1
