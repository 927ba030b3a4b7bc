"""Plans whose sentences promise what nobody may, or speak in another voice than a calm one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from aegis.base.finding import Severity
from aegis.base.prose import BareFigureError, parse, plain
from aegis.plan.types import Plan
from aegis.review.plans import words
from aegis.review.plans.brief_place import HOSTED
from aegis.review.plans.subjects import strings
from aegis.review.rule import Hit, rule

MAX_WORDS = 60
_VERBS = frozenset(
    {
        "build", "buy", "choose", "close", "continue", "deploy", "do", "evaluate", "hold", "keep",
        "let", "measure", "move", "name", "open", "pilot", "plan", "put", "release", "replace",
        "run", "serve", "ship", "start", "stay", "stop", "train", "use", "wait",
    }
)  # fmt: skip
# Written by others (names, sources, the brief): not our sentences.
_NOT_OURS = frozenset({"brief", "numbers", "service", "purpose", "inputs", "waivers", "id"})


def _sentences(plan: Plan) -> Iterator[tuple[str, str]]:
    for name in type(plan).model_fields:
        if name not in _NOT_OURS:
            yield from strings(getattr(plan, name), f"plan.{name}")


_TEXTS = 4096
"""Texts remembered: half of a plan says what its other half says, and so does the next plan of a talk."""


@lru_cache(maxsize=_TEXTS)
def _sign_offs(text: str) -> tuple[str, ...]:
    return tuple(match[0] for match in words.sign_offs(text))


@lru_cache(maxsize=_TEXTS)
def _tone(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((match[0], what) for match, what in words.tone(text))


@rule("AEG177", checks=Plan, severity=Severity.HIGH)
def verdict_that_does_not_recommend(plan: Plan) -> Iterator[Hit]:
    """Verdict that does not recommend.

    The first sentence says what to do, in plain prose, and the whole is at most sixty words. A
    reader who stops there knows the answer.
    """
    text = plan.verdict.strip()
    try:
        said = plain(parse(text))
    except BareFigureError:
        yield Hit("plan.verdict", "a figure stands in it without its origin")
        return
    first = re.match(r"[A-Za-z]+", said)
    if first is None or first[0].lower() not in _VERBS or "?" in said:
        yield Hit("plan.verdict", "it does not begin with what to do")
    if (count := len(said.split())) > MAX_WORDS:
        yield Hit("plan.verdict", f"{count} words; at most sixty")


@rule("AEG179", checks=Plan, severity=Severity.CRITICAL, hard=True)
def plan_that_signs_off(plan: Plan) -> Iterator[Hit]:
    """Legal or regulatory sign-off.

    Whether something is lawful, compliant or certified is for counsel and auditors to say. A plan
    names what may apply and who should judge it.
    """
    for path, text in _sentences(plan):
        for said in _sign_offs(text):
            yield Hit(path, f"«{said}» is a verdict that only a specialist may give")


@rule("AEG180", checks=Plan, severity=Severity.CRITICAL, hard=True)
def regulation_without_a_specialist(plan: Plan) -> Iterator[Hit]:
    """Regulation named without the specialist who judges it.

    Naming a law without naming who can read it leaves the reader with a duty and no help.
    """
    for requirement in plan.requirements:
        if not requirement.specialist.strip():
            yield Hit(
                "plan.requirements",
                f"nobody is named for {requirement.name}, {requirement.article}",
            )


@rule("AEG181", checks=Plan, severity=Severity.LOW)
def voice_that_is_not_calm(plan: Plan) -> Iterator[Hit]:
    """Voice that is not calm.

    No praise, no exclamation mark, no apology: they take room and carry nothing that a reader at
    three in the morning can use.
    """
    for path, text in _sentences(plan):
        for said, what in _tone(text):
            yield Hit(path, f"«{said}» ({what})")


@rule("AEG145", checks=Plan, severity=Severity.CRITICAL, hard=True)
def gap_with_a_hole(plan: Plan) -> Iterator[Hit]:
    """Air-gapped plan that needs something outside.

    Behind a gap nothing reaches a vendor. A choice that is run by its vendor cannot work there,
    and making it work would open the gap.
    """
    if plan.brief.placement.where != "air-gapped":
        return
    for decision in plan.decisions:
        for chosen in decision.chosen.split("+"):
            if chosen in HOSTED or chosen in {"managed-api", "hosted"}:
                yield Hit(f"plan.decisions.{decision.id}", f"`{chosen}` is outside the gap")
