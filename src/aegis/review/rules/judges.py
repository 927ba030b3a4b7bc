"""AEG426: whether the model that judges can be believed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.review.facts.types import HostedModel, JudgeModel
from aegis.review.repository import Repository
from aegis.review.rule import Hit, rule

_DATED = re.compile(r"\d{4}")


@rule(
    "AEG426",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.LIKELY,
    refs=("Zheng et al. 2023, Judging LLM-as-a-Judge, self-enhancement bias", "NIST AI 600-1"),
)
def judge_not_independent(repository: Repository) -> Iterator[Hit]:
    """Judge that is the judged model, or that its vendor may change.

    A model prefers its own answers, and a judge under a moving name makes last month's score
    incomparable with today's.
    """
    judges = repository.all(JudgeModel)
    places = {(judge.span.path, judge.span.line) for judge in judges}
    answering = {
        each.name
        for each in repository.all(HostedModel, production=True)
        if (each.span.path, each.span.line) not in places
    }
    for judge in judges:
        if judge.name in answering:
            yield Hit(
                judge.span,
                "the model that answers also judges the answers",
                label=f"`{judge.name}`",
                mend="a judge of another family, checked against a hundred human labels",
            )
        elif not _DATED.search(judge.name) and "/" not in judge.name:
            yield Hit(
                judge.span,
                "the judge is named by an alias that its vendor moves",
                label=f"`{judge.name}`",
                mend="the dated name, written into each result",
                severity=Severity.LOW,
            )
