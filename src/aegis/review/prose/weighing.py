"""How much a sentence sounds like reassurance: a promise, a softened control, a nod of somebody.

Who advises says why, when and what to do; who reassures says that it is so. A logistic regression over
the words of a sentence, their classes and their order tells the two apart; what a single rule only
doubts counts in it too. `python -m benchmarks.advisor.training.prose` makes the weights, and with them
the threshold, from sentences of both kinds. It withholds what the rules let through, and allows nothing
that a rule forbids.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import sqrt

from pydantic import Field

from aegis.base.model import Frozen
from aegis.review.prose.claims import shape
from aegis.review.prose.sentence import Sentence, of_class
from aegis.review.prose.words import Word

WEIGHTS = "weights.json"
_CLASSES = (
    "guard", "opening", "audience", "actor", "measure", "law", "secret", "past", "doubt", "praise", "degree", "soft",
    "takes_away", "imperative", "release_verb", "negator", "hedge", "goal", "vouch", "data", "time_later", "unguarded",
    "well_enough", "quantity", "likens", "dear",
)  # fmt: skip
_RUNS = (2, 3)  # words in a row, as they are written
_WORDS, _LONGEST = 3, 6  # of a step of length; the last step


class Weights(Frozen):
    """What training found."""

    bias: float
    threshold: float = Field(description="from where a sentence is withheld")
    of: dict[str, float]


def reassures(said: Sentence, doubts: Sequence[str]) -> bool:
    """Whether a sentence sounds like reassurance rather than advice."""
    found = weights()
    features = set(features_of(said, doubts))
    score = sum(found.of.get(each, 0.0) for each in features) / sqrt(len(features))
    return score + found.bias > found.threshold


@cache
def weights() -> Weights:
    """The weights of the package."""
    return Weights.model_validate(
        json.loads(files(__package__).joinpath(WEIGHTS).read_text("utf-8"))
    )


def features_of(said: Sentence, doubts: Sequence[str]) -> Iterator[str]:
    """What of a sentence is weighed: its length, words, their classes, two of them in order, its shape."""
    yield f"length {min(sum(bool(w.parts) for w in said.words) // _WORDS, _LONGEST)}"
    for word in said.words:
        yield from (f"word {lemma}" for lemma in word.lemmas)
        yield from (f"class {of}" for of in _classes(word))
    yield from (
        " ".join(each) for each in pairwise(["^", *(_kind(word) for word in said.words), "$"])
    )
    spoken = ["^", *(word.text for word in said.words), "$"]
    for length in _RUNS:
        yield from (
            " ".join(("run", *spoken[at : at + length])) for at in range(len(spoken) - length + 1)
        )
    yield from shape(said)
    yield from _clauses(said)
    yield from (f"doubt {doubt}" for doubt in doubts)
    if doubts:
        yield "doubt"


def _clauses(said: Sentence) -> Iterator[str]:
    """The classes of the words behind a conjunction: what is concluded is not what is given as a reason."""
    joined = ""
    for word in said.words:
        if word.text in _CONJUNCTIONS:
            joined = word.text
        elif joined:
            yield from (f"{joined}: {of}" for of in _classes(word))


_CONJUNCTIONS = frozenset(["so", "which", "because", "since", "but"])


def _classes(word: Word) -> Iterator[str]:
    yield from (of for of in _CLASSES if word.is_of(of_class(of)))
    if word.general and "thing" in word.parts:
        yield "thing"


def _kind(word: Word) -> str:
    if not word.parts or "function" in word.parts:
        return word.text
    return next(
        (f"#{of}" for of in _CLASSES if word.is_of(of_class(of))),
        f"#{'/'.join(sorted(word.parts))}",
    )
