"""`python -m benchmarks.advisor.training.prose`: weighs advice against reassurance, and writes the weights.

It learns from `prose.jsonl` (written for it) and from the halves of the corpora that are for learning;
`--check` only prints what cross-validation says.
"""

from __future__ import annotations

import argparse
import json
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
FOLDS, SEED = 6, 0
RIDGE, STEPS, PACE = 5e-5, 200, 0.1
SHOWN = 0.03
"""Share of the reassurance, words outside the list counted, that may stand in cross-validation."""
_LEAST_SEEN = 2
_JUST_BELOW = 0.001  # as thresholds are rounded


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence: whether it violates, what of it is weighed, whether a rule forbids it anyway.

    One that is not made of words of the list has nothing to weigh.
    """

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
    rows = [
        json.loads(line)
        for file in files
        for line in file.read_text("utf-8").splitlines()
        if line.strip()
    ]
    rows = [r for r in rows if r.get("split", "tune") == "tune" and r.get("lang", "en") == "en"]
    found = []
    for row in rows:
        for sentence in sentences([str(row["text"])]):
            said = read_sentence(sentence, TERMS)
            if isinstance(said, str):
                found.append(Example(bool(row["violates"]), frozenset(), forbidden=True))
                continue
            kinds = [kind_of(reason) for reason in reasons(said)]
            doubts = [kind for kind in kinds if kind in rules().doubts]
            features = frozenset(features_of(said, doubts))
            found.append(Example(bool(row["violates"]), features, len(doubts) < len(kinds)))
    return found


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
    """The score of each row by what was learned from the others."""
    fold = np.random.default_rng(SEED).integers(0, FOLDS, len(rows))
    scores: Floats = np.zeros(len(rows))
    for each in range(FOLDS):
        learned = fitted([r for r, at in zip(rows, fold, strict=True) if at != each and r.features])
        for index in np.flatnonzero(fold == each).tolist():
            scores[index] = learned.score(rows[index]) if rows[index].features else np.inf
    return scores


def main() -> None:
    """Cross-validates, prints, and writes the weights unless `--check`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args()
    rows = examples()
    scores = unseen(rows)
    violates = np.array([row.violates for row in rows])
    open_ = ~np.array([row.forbidden for row in rows])
    tempting = np.sort(scores[violates & open_])
    threshold = float(tempting[int(SHOWN * violates.sum())]) - _JUST_BELOW
    for what, which in (("advice", ~violates), ("reassurance", violates)):
        through = float(np.mean((open_ & (scores <= threshold))[which]))
        print(f"{what}: {which.sum()} sentences, {100 * through:.1f} % stand in cross-validation "
              f"({100 * float(np.mean(open_[which])):.1f} % by the rules alone)")  # fmt: skip
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
