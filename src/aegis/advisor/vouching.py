"""What vouches for the sentences of somebody's text about a plan, for a host that paraphrases us."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aegis.advisor import sections
from aegis.advisor.blocks import Answer, Block
from aegis.advisor.showing import markdown
from aegis.advisor.verifying import text_faults
from aegis.base.number import Number, show, show_value
from aegis.plan.types import Plan
from aegis.review.prose.judge import withheld
from aegis.review.prose.names import names_of
from aegis.review.prose.sentence import NAME
from aegis.review.prose.sentences import sentences


@dataclass(frozen=True, slots=True)
class Judged:
    """A text of somebody's about a plan: what must not be said, and what nothing vouches for."""

    faults: tuple[str, ...]
    unvouched: tuple[str, ...]


def judged_text(text: str, plan: Plan) -> Judged:
    """The faults of a text, and its other sentences that are neither ours nor of the closed list.

    A figure is vouched for in the form in which the plan shows it; a sentence that stands word for
    word in an answer of ours is ours.
    """
    known = _Known(plan)
    found: list[str] = []
    before = ""
    for sentence in sentences([text]):
        if not text_faults(sentence, plan) and (why := known.doubts(sentence, before)):
            found.append(f"«{' '.join(sentence.split())[:160]}»: {why}")
        before = sentence
    return Judged(text_faults(text, plan), tuple(found))


class _Known:
    """What a plan says, and the names and figures that a sentence about it may use."""

    def __init__(self, plan: Plan) -> None:
        self._names = names_of(plan)
        shown = {form for number in plan.numbers.values() for form in _forms(number)}
        self._figures = re.compile(
            r"(?<![\w.,])(?:"
            + "|".join(re.escape(form) for form in sorted(shown, key=len, reverse=True))
            + r")(?![\w%])"
        )
        blocks = (block for section in _SECTIONS if (block := section(plan)) is not None)
        verdict = Block(kind="verdict", title="Recommendation", lead=plan.verdict)
        answer = Answer(intent="all", blocks=(verdict, *blocks), numbers=plan.numbers, plan=plan)
        self._ours = {_plain(each) for each in sentences([markdown(answer)])}

    def doubts(self, sentence: str, before: str) -> str:
        """Why nothing vouches for a sentence; empty when something does."""
        if _plain(sentence) in self._ours:
            return ""
        text = self._figures.sub(NAME, sentence)
        return withheld(text, self._names, before=before)


_PEOPLE = ("people", "users", "agents", "employees", "colleagues")
_ALSO = {
    "people": _PEOPLE,
    "users": _PEOPLE,
    "req/s": ("requests per second", "requests a second", "rps"),
}
"""Other words for a unit that people use."""


def _forms(number: Number) -> Iterator[str]:
    """How a figure may be written with its unit."""
    yield show(number)
    value = show_value(number.value)
    yield from (f"{value} {unit}" for unit in (number.unit, *_ALSO.get(number.unit, ())) if unit)


def _plain(sentence: str) -> str:
    """A sentence without markup, marks of a list and spaces that say nothing."""
    return " ".join(re.sub(r"[*`|#>\[\]]|^\s*[-\d.]+\s", " ", sentence).split())


_SECTIONS: tuple[Callable[[Plan], Block | None], ...] = (
    sections.architecture, sections.roadmap, sections.tradeoffs, sections.observability, sections.failure_modes,
    sections.security, sections.cost, sections.lineage, sections.incident, sections.llm_controls,
    sections.environments, sections.second_order, sections.compliance, sections.assumptions, sections.questions,
    sections.risks, sections.release, sections.gates, sections.capacity, sections.evidence,
)  # fmt: skip
