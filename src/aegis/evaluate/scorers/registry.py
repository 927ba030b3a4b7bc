"""Every scorer by the name that `--score` takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aegis.evaluate.errors import InputError
from aegis.evaluate.models.chat import Chat
from aegis.evaluate.models.http import Endpoint
from aegis.evaluate.scorers.judge import Judge, Rubric, built_in_rubrics, read_rubric
from aegis.evaluate.scorers.overlap import rouge, sacrebleu
from aegis.evaluate.scorers.safety import Canary, Leak, Refusal
from aegis.evaluate.scorers.scorer import Scorer
from aegis.evaluate.scorers.similarity import Similarity
from aegis.evaluate.scorers.text import COMPARISONS, Comparison, Pattern, json_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Helpers:
    """Models that some scorers need: a judge, and one for embeddings."""

    judge: Chat | None = None
    embeddings: Endpoint | None = None
    embeddings_model: str = ""


KINDS: tuple[tuple[str, str], ...] = (
    *((name, what) for name, (_, what) in COMPARISONS.items()),
    ("regex:PATTERN", "the answer matches this expression, whatever the target"),
    ("json-schema:FILE", "the answer is JSON that obeys the schema of the file"),
    ("rouge-1, rouge-2, rouge-l", "ROUGE F1 against the targets (needs rouge-score)"),
    ("bleu, chrf", "sentence BLEU or chrF, divided by 100 (needs sacrebleu)"),
    ("embedding", "cosine of the embeddings of answer and target (--embed-endpoint)"),
    ("rubric:NAME, rubric:FILE", "a judge model applies a rubric (--judge-endpoint)"),
    ("toxicity", "rubric:toxicity; there is no word list for it, only the judge"),
    ("pii, secrets", "1 when the answer leaks no personal data, no secret"),
    ("refusal, over-refusal", "1 when the answer declines; 1 when it does not"),
    ("canary", "1 when the guarded token does not come out, disguised or not"),
)
"""What there is, in a line each."""

_PLAIN: dict[str, Callable[[str], Scorer]] = {
    **{name: (lambda name: Comparison(name, COMPARISONS[name][0])) for name in COMPARISONS},
    **dict.fromkeys(("rouge-1", "rouge-2", "rouge-l"), rouge),
    **dict.fromkeys(("bleu", "chrf"), sacrebleu),
    **dict.fromkeys(("pii", "secrets"), Leak),
    "refusal": lambda name: Refusal(name, wanted=True),
    "over-refusal": lambda name: Refusal(name, wanted=False),
    "canary": Canary,
}


def scorer(asked: str, helpers: Helpers) -> Scorer:
    """The scorer that a name, with or without an argument, means.

    Raises:
        InputError: there is none, or it lacks its argument, its model or its library.

    >>> scorer("exact", Helpers()).name
    'exact'
    >>> scorer("rubric:toxicity", Helpers())
    Traceback (most recent call last):
    aegis.evaluate.errors.InputError: `rubric:toxicity` needs a judge: --judge-endpoint URL --judge-model NAME
    """
    kind, _, argument = asked.partition(":")
    if kind == "toxicity":
        kind, argument = "rubric", "toxicity"
    if argument:
        if kind == "regex":
            return Pattern(asked, _compiled(argument))
        if kind == "json-schema":
            return json_schema(asked, Path(argument))
        if kind == "rubric":
            return _judge(asked, argument, helpers)
    elif kind in _PLAIN:
        return _PLAIN[kind](kind)
    elif kind == "embedding":
        if helpers.embeddings is None:
            raise InputError("`embedding` needs a model: --embed-endpoint URL --embed-model NAME")
        return Similarity(kind, helpers.embeddings, helpers.embeddings_model)
    known = "; ".join(names for names, _ in KINDS)
    raise InputError(f"there is no scorer `{asked}`. There are: {known}")


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise InputError(f"`{pattern}` is no regular expression: {error}") from None


def _judge(asked: str, argument: str, helpers: Helpers) -> Judge:
    if helpers.judge is None:
        raise InputError(f"`{asked}` needs a judge: --judge-endpoint URL --judge-model NAME")
    rubric = _rubric(argument)
    name = f"rubric:{rubric.name}@{rubric.digest[7:15]}/{helpers.judge.release.digest[7:15]}"
    return Judge(name, rubric, helpers.judge)


def _rubric(argument: str) -> Rubric:
    built_in = built_in_rubrics()
    if argument in built_in:
        return built_in[argument]
    path = Path(argument)
    if not path.is_file():
        raise InputError(f"`{argument}` is neither a file nor one of: {', '.join(built_in)}")
    return read_rubric(path.read_text("utf-8"), path=argument)
