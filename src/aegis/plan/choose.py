"""How a question is answered: the simplest option that fails no requirement.

Options are listed from the simplest to the most demanding. Each says which requirement of the case
it fails, if any. The first that fails none is chosen, and so the choice carries its own proof: for
every simpler option the requirement that it fails, for every richer one that nothing asked for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from aegis.plan.types import (
    ALL,
    Criterion,
    Decision,
    Environment,
    Option,
    Rating,
    SecondOrder,
    Weight,
)


class NoOptionError(Exception):
    """No option of a decision survives the requirements; carries what each one failed."""

    def __init__(self, question: str, failed: Sequence[tuple[str, str]]) -> None:
        super().__init__(question)
        self.question = question
        self.failed = tuple(failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An option before the choice. Texts are prose markup."""

    id: str
    name: str
    good: str
    bad: str
    fails: str = ""  # the requirement it fails, as a sentence; empty: eligible
    wins: str = ""  # what to say when it is chosen
    when: str = ""  # what would make it win, said when it is possible and not needed
    ratings: dict[str, Rating] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Second-order effects, as short sentences."""

    load: str
    maintenance: str
    lock_in: str
    drift: str


def choose(  # the parts of a decision, all named
    *,
    id: str,  # noqa: A002  # the field's word
    question: str,
    candidates: Sequence[Candidate],
    title: str,
    reasons: Sequence[str],
    later: Later,
    improves: Sequence[str],
    shown_by: str,
    revisit_when: str,
    criteria: Sequence[tuple[str, Weight]] = (),
    applies_to: Sequence[Environment] = ALL,
    notes: Sequence[str] = (),
) -> Decision:
    """The decision for the first candidate that fails nothing.

    `title` and `reasons` may contain `<chosen>`, which becomes the name of the choice.

    Raises:
        NoOptionError: every candidate fails something.
    """
    able = [c for c in candidates if not c.fails]
    if not able:
        raise NoOptionError(question, [(c.name, c.fails) for c in candidates])
    best = able[0]
    position = list(candidates).index(best)
    options = tuple(_option(c, best, simpler=i < position) for i, c in enumerate(candidates))
    return Decision.model_validate(
        {
            "id": id,
            "question": question,
            "chosen": best.id,
            "title": title.replace("<chosen>", f"[[{best.name}]]"),
            "reasons": [
                r.replace("<chosen>", f"[[{best.name}]]") for r in (best.wins, *reasons) if r
            ],
            "criteria": [Criterion(name=name, weight=weight) for name, weight in criteria],
            "options": options,
            "second_order": SecondOrder(
                cognitive_load=later.load,
                maintenance=later.maintenance,
                lock_in=later.lock_in,
                compliance_drift=later.drift,
            ),
            "improves": tuple(improves),
            "shown_by": shown_by,
            "revisit_when": revisit_when,
            "applies_to": tuple(applies_to),
            "notes": tuple(notes),
        }
    )


def _option(candidate: Candidate, best: Candidate, *, simpler: bool) -> Option:
    if candidate is best:
        because = candidate.wins or "the simplest option that fails no requirement of the brief"
    elif candidate.fails:
        because = candidate.fails
    elif simpler:  # cannot happen: a simpler one that fails nothing would have been chosen
        raise AssertionError(candidate.id)
    else:
        because = (
            f"would work; it wins when {candidate.when}"
            if candidate.when
            else f"would work; nothing in the brief asks for more than [[{best.name}]] gives"
        )
    return Option(
        id=candidate.id,
        name=candidate.name,
        verdict=("chosen" if candidate is best else "rejected" if candidate.fails else "possible"),
        advantage=candidate.good,
        drawback=candidate.bad,
        because=because,
        ratings=dict(candidate.ratings),
    )
