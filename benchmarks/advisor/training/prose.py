"""`python -m benchmarks.advisor.training.prose`: weighs advice against reassurance, and writes the weights.

It learns from `prose.jsonl` (written for it) and from the halves of the corpora that are for learning. What is printed,
and the threshold, come from weights that had not seen the author of a sentence; `--check` writes nothing.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import aegis.review.prose
from aegis.base.prose import TERMS
from aegis.review.prose.judge import kind_of, read_sentence, reasons
from aegis.review.prose.sentence import rules
from aegis.review.prose.sentences import sentences
from aegis.review.prose.weighing import WEIGHTS, Weights, features_of

Floats = NDArray[np.float64]
RIDGE, STEPS, PACE = 1e-5, 300, 0.1
STANDS = 0.82
"""Share of the advice of authors who were not learned from that is to stand; the threshold follows."""
_MANY = 70  # sentences of an author that are told by themselves
_LEAST_SEEN = 2


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence: whether it violates, what of it is weighed, whether a rule forbids it anyway.

    One that is not made of words of the list has nothing to weigh.
    """

    author: str
    violates: bool
    features: frozenset[str]
    forbidden: bool


def examples() -> list[Example]:
    """Every sentence that is learned from."""
    here = Path(__file__).parent
    files = (
        here / "prose.jsonl",
        *(
            here.parent / "data" / f"{name}.jsonl"
            for name in ("commentary", "evasions", "reassurance")
        ),
    )
    found = []
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row.get("split", "tune") != "tune" or row.get("lang", "en") != "en":
                continue
            author = row.get("author") or f"{file.stem} {re.sub(r'[^a-z]', '', row['id'])}"
            found += [
                _example(each, author, violates=row["violates"])
                for each in sentences([row["text"]])
            ]
    return found


def _example(sentence: str, author: str, *, violates: bool) -> Example:
    said = read_sentence(sentence, TERMS)
    if isinstance(said, str):
        return Example(author, violates, frozenset(), forbidden=True)
    kinds = [kind_of(reason) for reason in reasons(said)]
    doubts = [kind for kind in kinds if kind in rules().doubts]
    features = frozenset(features_of(said, doubts))
    return Example(author, violates, features, forbidden=len(doubts) < len(kinds))


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of features, and the bias."""

    of: dict[str, float]
    bias: float

    def score(self, example: Example) -> float:
        """How much an example sounds like reassurance."""
        total = sum(self.of.get(each, 0.0) for each in example.features)
        return float(total / np.sqrt(len(example.features)) + self.bias)


def fitted(rows: Sequence[Example]) -> Fitted:
    """A ridge logistic regression by Adam; the same rows give the same weights.

    A feature counts by how unevenly the two kinds have it, as naive Bayes would weigh it (Wang and
    Manning 2012), by the root.
    """
    seen = Counter(each for row in rows for each in row.features)
    place = {
        each: at for at, each in enumerate(sorted(e for e, n in seen.items() if n >= _LEAST_SEEN))
    }
    known = [[place[each] for each in row.features if each in place] for row in rows]
    at = np.array([i for each in known for i in each])
    row_of = np.repeat(np.arange(len(rows)), [len(each) for each in known])
    wanted = np.array([float(row.violates) for row in rows])
    uneven = _unevenness(at, wanted[row_of], len(place), wanted)
    size = np.array([1 / np.sqrt(len(row.features)) for row in rows])[row_of] * uneven[at]
    weights: Floats = np.zeros(len(place) + 1)  # the last is the bias
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        scores = np.bincount(row_of, size * weights[at], len(rows)) + weights[-1]
        miss = (1 / (1 + np.exp(-scores)) - wanted) / len(rows)
        slope = np.append(np.bincount(at, size * miss[row_of], len(place)), miss.sum())
        slope[:-1] += RIDGE * weights[:-1]
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        weights -= PACE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    found = weights[:-1] * uneven
    return Fitted({each: float(found[i]) for each, i in place.items()}, float(weights[-1]))


def _unevenness(at: NDArray[np.int64], wanted: Floats, count: int, rows: Floats) -> Floats:
    """The root of the absolute logarithm of how many times likelier a feature is in one kind."""
    one = 1 + np.bincount(at, wanted, count)
    other = 1 + np.bincount(at, 1 - wanted, count)
    found: Floats = np.sqrt(np.abs(np.log((one / rows.sum()) / (other / (1 - rows).sum()))))
    return found


def unseen(rows: Sequence[Example]) -> Floats:
    """The score of each row by what was learned from the other authors."""
    scores: Floats = np.full(len(rows), np.inf)
    for author in sorted({row.author for row in rows}):
        learned = fitted([row for row in rows if row.author != author and row.features])
        for index, row in enumerate(rows):
            if row.author == author and row.features:
                scores[index] = learned.score(row)
    return scores


def _share(stands: NDArray[np.bool_]) -> str:
    return f"{100 * stands.mean():.1f} % of {stands.size}" if stands.size else "none"


def main() -> None:
    """Cross-validates, prints, and writes the weights unless `--check`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    rows = examples()
    scores = unseen(rows)
    scores[[row.forbidden for row in rows]] = np.inf
    violates = np.array([row.violates for row in rows])
    threshold = float(np.quantile(scores[~violates], STANDS, method="higher"))
    authors = np.array([row.author for row in rows])
    told = sorted(each for each, count in Counter(authors.tolist()).items() if count > _MANY)
    for who, which in (("all", authors != ""), *((each, authors == each) for each in told)):
        advice, other = scores[which & ~violates], scores[which & violates]
        print(
            f"{who}: {_share(advice <= threshold)} of advice stands, {_share(other <= threshold)} of the other"
        )
    if not options.check:
        learned = fitted([row for row in rows if row.features])
        kept = {each: round(w, 3) for each, w in sorted(learned.of.items()) if abs(w) >= 0.01}
        found = Weights(bias=round(learned.bias, 3), threshold=round(threshold, 3), of=kept)
        path = Path(aegis.review.prose.__file__).with_name(WEIGHTS)
        path.write_text(
            json.dumps(found.model_dump(), indent=0, ensure_ascii=False) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main()
