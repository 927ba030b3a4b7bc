"""What the default profile asks instead of saying: findings that weigh what no file here shows.

A compose file that only one machine runs, a deadline that a gateway sets, an evaluation that is
kept elsewhere: readers who opened all of it called such findings right as a sentence and moot where
they stood in more than half of the cases (`benchmarks/review`). In `gate` they stand under three
questions, each with the places that its answer decides; in the other profiles they are findings.
"""

from __future__ import annotations

import re

from aegis.base.finding import Certainty, Finding, Severity
from aegis.detect.placeholders import words
from aegis.review.repository import Repository

_RUNS = "does production run this? If so,"
_BEFORE = "does anything stand between callers and this? If not,"
_KNOWS = "is this kept elsewhere? If not,"
_QUESTIONS = {
    **dict.fromkeys(words("AEG253 AEG363 AEG372"), _RUNS),
    **dict.fromkeys(words("AEG340 AEG347 AEG350 AEG365 AEG367"), _BEFORE),
    **dict.fromkeys(words("AEG401 AEG421 AEG461 AEG467"), _KNOWS),
}
_SAMPLE = re.compile(r"(?:^|/)[\w.-]*env[\w.-]*(?:example|sample|template|dist)|\.env")
_COMPOSE = re.compile(r"compose[^/]*\.ya?ml$")


def asked(finding: Finding, repository: Repository) -> Finding:
    """The finding under its question where its weight rests on what no file shows."""
    question = _QUESTIONS.get(finding.code)
    if question is None or finding.hard or finding.span is None or _shown(finding, repository):
        return finding
    severity = max((finding.severity, Severity.MEDIUM), key=lambda each: each.rank)
    return finding.model_copy(
        update={
            "certainty": Certainty.ASK,
            "message": f"{question} {finding.message}",
            "severity": severity,
        }
    )


def question_of(finding: Finding) -> str:
    """The question under which a finding stands; its own message where it has none."""
    question, mark, _ = finding.message.partition("? ")
    return question + mark.strip()


def _shown(finding: Finding, repository: Repository) -> bool:
    """Whether a file says what the question would ask."""
    path = finding.span.path.lower() if finding.span is not None else ""
    if _QUESTIONS[finding.code] == _RUNS:
        if path in {each.lower() for each in repository.named}:
            return True
        return not (_COMPOSE.search(path) or _SAMPLE.search(path) or path.endswith(".py"))
    return finding.code == "AEG365" and repository.reaches_others and repository.asks_large_models
