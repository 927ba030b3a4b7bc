"""What the default profile asks instead of saying: findings that weigh what no file here shows.

A deadline that a gateway sets, a caller who never sees the error, a compose file that only one
machine runs: readers who opened all of it called such findings right as a sentence and moot where
they stood in more than half of the cases (`benchmarks/review`). In `gate` they are questions, the
three that weigh most first; in the other profiles they are findings.
"""

from __future__ import annotations

import re

from aegis.base.finding import Certainty, Finding, Severity
from aegis.detect.placeholders import words
from aegis.review.repository import Repository

_QUESTIONS = {
    "AEG253": "does what runs use this known password or key?",
    "AEG340": "what ends a model call that hangs?",
    "AEG350": "who reads the text of these exceptions?",
    "AEG363": "who reaches these stores where they run?",
    "AEG365": "who is asked who they are before they reach these routes?",
    "AEG367": "whose pages may call this from a visitor's browser?",
    "AEG372": "who may open this page where it runs?",
    "AEG401": "which text of a prompt gave which answer?",
}
# Of these a file that production is made of is the answer.
_OF_FILES = words("AEG253 AEG363 AEG372")
_SAMPLE = re.compile(r"(?:^|/)[\w.-]*env[\w.-]*(?:example|sample|template|dist)|\.env")
_COMPOSE = re.compile(r"compose[^/]*\.ya?ml$")


def asked(finding: Finding, repository: Repository) -> Finding:
    """The finding as a question where its weight rests on what no file shows."""
    question = _QUESTIONS.get(finding.code)
    if question is None or finding.hard or finding.span is None or _shown(finding, repository):
        return finding
    severity = max((finding.severity, Severity.HIGH), key=lambda each: each.rank)
    return finding.model_copy(
        update={"certainty": Certainty.ASK, "message": question, "severity": severity}
    )


def _shown(finding: Finding, repository: Repository) -> bool:
    """Whether a file says what the question would ask."""
    path = finding.span.path.lower() if finding.span is not None else ""
    if finding.code in _OF_FILES:
        if path in {each.lower() for each in repository.named}:
            return True
        return not (_COMPOSE.search(path) or _SAMPLE.search(path) or path.endswith(".py"))
    return finding.code == "AEG365" and repository.reaches_others and repository.asks_large_models
