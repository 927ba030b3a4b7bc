"""Gives a decision the words of its kind, wherever it is made."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from aegis.plan.case import Case
from aegis.plan.decisions.told import tell, voice
from aegis.plan.decisions.words import words
from aegis.plan.types import Decision

Rest = ParamSpec("Rest")
Answer = TypeVar("Answer", Decision, Decision | None)


def spoken(
    decide: Callable[Concatenate[Case, Rest], Answer],
) -> Callable[Concatenate[Case, Rest], Answer]:
    """The same decision, told for the kind of the case."""

    @functools.wraps(decide)
    def told(case: Case, /, *rest: Rest.args, **named: Rest.kwargs) -> Answer:
        decision = decide(case, *rest, **named)
        if decision is None:
            return decision
        return tell(decision, words(voice(case), decision.id))

    return told
