"""Which of several models or devices a person means: production outranks a prototype, a role is no model."""

from __future__ import annotations

import re

from aegis.advisor.models import Named, models_named
from aegis.advisor.reading import Reading

_STAGE = re.compile(
    r"(?<!\w)(?:staging|dev|development|test(?:ing)?|prototype|poc|pilot|laptops?|macbook|portátil|draft|guard|judge"
    r"|checks? the (?:input|output)|filters?|writes? the (?:test|training))(?!\w)"
)
_LIVE = re.compile(
    r"(?<!\w)(?:prod(?:uction)?|produktion|en producción|en production|real thing|live)(?!\w)"
)


def stage(reading: Reading, position: int) -> int:
    """0 where a clause speaks of production, 2 where of a prototype or of a helper's role, else 1."""
    clause = reading.clause_at(position)
    said = reading.text[clause.start : clause.end]
    label = reading.text[max(0, clause.start - 24) : position]
    if _LIVE.search(said) or re.search(r"prod(?:uction)?\s*:", label):
        return 0
    return 2 if _STAGE.search(said) else 1


def elsewhere_live(reading: Reading, position: int) -> bool:
    """Whether another part of the text speaks of production."""
    clause = reading.clause_at(position)
    return bool(_LIVE.search(reading.text[: clause.start] + " " + reading.text[clause.end :]))


def model_meant(reading: Reading) -> Named | None:
    """The model that is to be served; None where none is named or each is taken back."""
    meant = [
        named for named in models_named(reading.text) if not reading.denies(named.start, named.end)
    ]
    return min(
        meant,
        key=lambda n: (
            stage(reading, n.start),
            n.reference is None and n.parameters_b is None and not n.managed,
            n.start,
        ),
        default=None,
    )
