"""How much a message sounds like giving up something that the hard rules hold, and what.

Logistic regression over hashed features: the concepts of `concepts.yaml` (alone, in pairs, in
order) beside words and pieces of words. The weights are a small file that
`python -m benchmarks.advisor.training` makes from the messages in `benchmarks/advisor/training`,
with the thresholds that its cross-validation chose: from where a message counts as a push, and from
where it is unclear. Nothing is decided here about a plan.
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise, product

import numpy as np
from numpy.typing import NDArray

from aegis.advisor.concepts import DENSE, Sign, Signs, group, signs
from aegis.advisor.lexicon import DATA
from aegis.advisor.reading import read
from aegis.advisor.understanding import Understood

Vector = NDArray[np.float32]
BLOCK = 8192
"""Buckets of each of the two kinds of features."""
HARMLESS = "none"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a message that is weighed alone, with how many fields of a brief it states.

    `beside`: the message states fields, here or elsewhere.
    """

    start: int
    end: int
    facts: int
    asks: bool
    beside: bool

    @property
    def kind(self) -> str:
        """What sort of talk it is; each has thresholds of its own."""
        if self.facts:
            return "facts"
        return "beside" if self.beside else "question" if self.asks else "plain"


KINDS = ("facts", "beside", "question", "plain")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which chance something counts as a push, and from which it is unclear."""

    push: float
    unclear: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The learned table: one column a label, how rare each feature is, thresholds for each kind of talk."""

    labels: tuple[str, ...]
    table: Vector
    bias: Vector
    rarity: Vector
    thresholds: dict[str, Thresholds]

    def chances(self, features: Vector) -> Vector:
        """Probability of each label, a row for each row of `features`."""
        return softmax(scaled(features, self.rarity) @ self.table + self.bias)


def softmax(scores: Vector) -> Vector:
    """Probabilities, row by row."""
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True), dtype=np.float32)


def scaled(features: Vector, rarity: Vector) -> Vector:
    """Rare features count more than common ones; each of the two kinds has length one in a row."""
    rows = features * rarity
    for kind in (slice(0, BLOCK), slice(BLOCK, None)):
        lengths = np.linalg.norm(rows[:, kind], axis=1, keepdims=True)
        rows[:, kind] /= np.where(lengths, lengths, 1)
    return rows


@cache
def learned() -> Weights:
    """The weights in the package."""
    with (DATA / "weights.npz").open("rb") as file, np.load(file) as kept:
        return Weights(
            labels=tuple(str(label) for label in kept["labels"]),
            table=kept["table"].astype(np.float32) * kept["scale"],
            bias=kept["bias"],
            rarity=kept["rarity"].astype(np.float32),
            thresholds={
                kind: Thresholds(*map(float, both))
                for kind, both in zip(KINDS, kept["thresholds"], strict=True)
            },
        )


_FIRM = (
    "users.count", "workload.traffic", "workload.batch", "objectives", "placement", "model.", "budget", "team.size",
    "team.orchestrator",
)  # fmt: skip
"""Fields that nobody names while giving something up; «GDPR» or «an agent» stand in pushes too."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Where a message states what a brief takes: places of characters, `end` exclusive."""

    spans: tuple[tuple[int, int], ...] = ()
    firm: tuple[int, ...] = ()


def facts_of(understood: Understood) -> Facts:
    """The stated fields of a message, as places of its folded text."""
    offsets = read(understood.said).offsets
    return Facts(
        tuple(
            (bisect_left(offsets, s.start), bisect_left(offsets, s.end)) for s in understood.stated
        ),
        tuple(
            bisect_left(offsets, s.start) for s in understood.stated if s.field.startswith(_FIRM)
        ),
    )


# --- parts of a message --------------------------------------------------------------------------

_SENTENCE = re.compile(r"[;!?\n。！？]+|\.(?=\s|$)")
_CLAUSE = re.compile(
    r"[,:]\s+|\s+-\s+|[，、：]"
    r"|\s+(?:and|but|so|und|aber|also|et|mais|donc|y|pero|e|mas|ma|en|maar|i|ale|ve|ama)\s+"
)


def parts(said: str, facts: Facts, *, pieces: bool = False) -> tuple[Part, ...]:
    """The whole message first; where it states facts, or for `pieces`, also its sentences and their clauses.

    A push among facts is a small part of what is said. Without facts the whole says more than its
    parts, of which one may sound like a push and another take it back.
    """
    text, stated = signs(said).text, facts.firm
    spans = [(0, len(text))]
    for sentence in _cut(text, 0, len(text), _SENTENCE) if stated or pieces else ():
        spans += [sentence, *_cut(text, *sentence, _CLAUSE)]
    return tuple(
        Part(
            start,
            end,
            sum(start <= at < end for at in stated),
            text[start:end].rstrip(_CLOSING).endswith("?"),
            bool(stated),
        )
        for at, (start, end) in enumerate(dict.fromkeys(spans))
        if at == 0 or _says_something(text[start:end])
    )


_CLOSING = " \"'»“”)!.\n"


def _cut(text: str, start: int, end: int, at: re.Pattern[str]) -> list[tuple[int, int]]:
    """The stretches between matches; a mark of a question stays with its sentence."""
    pieces, begin = [], start
    for match in at.finditer(text, start, end):
        stop = match.end() if match[0].startswith("?") else match.start()
        pieces.append((begin, stop))
        begin = match.end()
    return [(a, b) for a, b in [*pieces, (begin, end)] if text[a:b].strip()]


def _says_something(text: str) -> bool:
    return len(text.split()) >= 2 or DENSE.search(text) is not None  # a verb and a thing


def joined(before: str, said: str) -> str:
    """What was said after something else, as one text: words lean on the ones before them."""
    return f"{before.rstrip('.?!。 ')}: {said}"


# --- features ------------------------------------------------------------------------------------


def features(said: str, places: Sequence[Part], facts: Facts) -> Vector:
    """Which features each part of a message has; a word that states a fact is no sign of anything else."""
    found = signs(said)
    found = Signs(found.text, tuple(_unless_stated(sign, facts) for sign in found.found))
    rows = np.zeros((len(places), 2 * BLOCK), dtype=np.float32)
    for row, place in zip(rows, places, strict=True):
        text = found.text[place.start : place.end]
        _fill(row[:BLOCK], _of_words(text))
        _fill(row[BLOCK:], _of_signs(text, found.within(place.start, place.end), place.facts))
    return rows


def _unless_stated(sign: Sign, facts: Facts) -> Sign:
    stated = any(start < sign.end and sign.start < end for start, end in facts.spans)
    return Sign("stated", sign.start, sign.end) if stated else sign


def _fill(row: Vector, names: Iterator[str]) -> None:
    for feature in set(names):
        row[zlib.crc32(feature.encode()) % BLOCK] += 1


_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[?%]")


def _of_words(text: str) -> Iterator[str]:
    """Words, pairs of neighbours, and pieces of three to five letters."""
    words = _WORD.findall(text)
    for word in words:
        if DENSE.search(word):
            yield from (f"c{word[i : i + n]}" for n in (1, 2, 3) for i in range(len(word) - n + 1))
        else:
            yield f"w{word}"
            ends = f"<{word}>"
            yield from (f"c{ends[i : i + n]}" for n in (3, 4, 5) for i in range(len(ends) - n + 1))
    yield from (f"b{a} {b}" for a, b in pairwise(words))
    yield from (f"s{a} {b}" for a, b in zip(words, words[2:], strict=False))
    if words:
        yield f"F{words[0]}"


_NEAR = 25
"""Characters between two signs that belong together."""


def _of_signs(text: str, found: Sequence[Sign], facts: int) -> Iterator[str]:
    """Concepts and their groups: which there are, which stand together, and in what order."""
    concepts = sorted({s.concept for s in found})
    groups = sorted({group(c) for c in concepts})
    both = sorted({*concepts, *groups})
    asked = "?" in text
    yield f"asked {asked}"
    yield f"facts {min(3, facts)}"
    yield f"length {min(4, len(text.split()) // 4)}"
    yield f"figure {'0' in text}"
    for each in both:
        yield f"C {each}"
        if asked:
            yield f"asked {each}"
        if facts:
            yield f"stated {min(2, facts)} {each}"
    yield from (f"U {a} {b}" for a, b in combinations(concepts, 2))
    yield from (f"G {a} {b}" for a, b in product(both, groups) if a != b)
    for at, first in enumerate(found):
        for second in found[at + 1 :]:
            if first.end <= second.start < first.end + _NEAR:
                a, b = first.concept, second.concept
                yield from (f"O {a} {b}", f"O {group(a)} {group(b)}", f"O {a} {group(b)}")
    yield f"first {found[0].concept if found else 'nothing'}"
    yield f"first {group(found[0].concept) if found else 'nothing'}"
