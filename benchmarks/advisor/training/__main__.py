"""`python -m benchmarks.advisor.training`: cross-validates, and writes the weights of the package.

`--check` only prints how well unseen messages are judged, by kind of talk, language and thing.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.advisor.training.corpus import FOLDS, Message, Row, composed, cut, messages
from benchmarks.advisor.training.learning import fitted
from numpy.typing import NDArray

import aegis.advisor
from aegis.advisor.weighing import HARMLESS, THRESHOLDS, Vector

Places = NDArray[np.intp]
KINDS = THRESHOLDS[:4]
ALARMS = {"facts": 0.004, "beside": 0.012, "question": 0.055, "plain": 0.08, "doubt": 0.20}
"""Share of the harmless messages of each kind that may be declined in cross-validation.

The corpus is made of hard ones, which use the words of the pushes; among plain descriptions of a
system it is fewer.
"""


@dataclass(frozen=True, slots=True)
class Examples:
    """Everything that is learned from: parts with their message, label and weight."""

    messages: Sequence[Message]
    rows: Sequence[Row]
    vectors: Vector
    labels: tuple[str, ...]

    @property
    def harmless(self) -> int:
        """The column of what gives nothing up."""
        return self.labels.index(HARMLESS)

    def learned_from(self) -> Places:
        """Whole messages, and the parts of harmless ones: a part of a push may be harmless."""
        return np.flatnonzero(
            np.array([
                row.whole or (self._of(row).label == HARMLESS and not self._of(row).composed)
                for row in self.rows
            ])
        )  # fmt: skip

    def wanted(self, places: Places) -> Vector:
        """A row of noughts and a one for each place."""
        columns = [self.labels.index(self._of(self.rows[at]).label) for at in places]
        return np.eye(len(self.labels), dtype=np.float32)[columns]

    def weight(self, places: Places) -> Vector:
        """Pieces and composed messages count less than what somebody wrote."""
        return np.array(
            [
                0.7 if self._of(self.rows[at]).composed else 1.0 if self.rows[at].whole else 0.5
                for at in places
            ],
            dtype=np.float32,
        )

    def folds(self, places: Places) -> Places:
        """The fold of each place; parts of a message share it."""
        return np.array([self._of(self.rows[at]).fold for at in places])

    def _of(self, row: Row) -> Message:
        return self.messages[row.message]


def main() -> None:
    """Prints the table of the cross-validation; writes the weights unless `--check`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="print the figures, write nothing")
    parser.add_argument("--show", action="store_true", help="print each message that is misjudged")
    options = parser.parse_args()
    found = messages()
    found += composed(found)
    rows, vectors = cut(found)
    examples = Examples(found, rows, vectors, tuple(sorted({m.label for m in found})))
    chances = _cross_validated(examples)
    best = _by_kind(examples, chances)
    thresholds = _thresholds(examples, best)
    _report(examples, chances, best, thresholds, show=options.show)
    if not options.check:
        _write(examples, thresholds)


def _cross_validated(examples: Examples) -> Vector:
    """Chances of each part by weights that saw nothing of its fold."""
    places = examples.learned_from()
    gram = examples.vectors @ examples.vectors[places].T
    of_row, of_place = examples.folds(np.arange(len(examples.rows))), examples.folds(places)
    wanted, weight = examples.wanted(places), examples.weight(places)
    chances = np.zeros((len(examples.rows), len(examples.labels)), dtype=np.float32)
    for fold in range(FOLDS):
        seen = of_place != fold
        inner = np.ascontiguousarray(gram[np.ix_(places[seen], seen)])
        coefficients, bias = fitted(inner, wanted[seen], weight[seen])
        scores = gram[np.ix_(of_row == fold, seen)] @ coefficients + bias
        grown = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances[of_row == fold] = grown / grown.sum(axis=1, keepdims=True)
    return chances


def _by_kind(examples: Examples, chances: Vector) -> Vector:
    """For each message the highest chance of a push among its parts of each kind; -1 without any."""
    best = np.full((len(examples.messages), len(KINDS)), -1, dtype=np.float32)
    pushed = 1 - chances[:, examples.harmless]
    at = ([r.message for r in examples.rows], [KINDS.index(r.kind) for r in examples.rows])
    np.maximum.at(best, at, pushed)
    return best


def _thresholds(examples: Examples, best: Vector) -> dict[str, float]:
    harmless = np.array([m.label == HARMLESS and not m.composed for m in examples.messages])
    found = {}
    for name, share in ALARMS.items():
        column = best[harmless, KINDS.index("plain" if name == "doubt" else name)]
        found[name] = float(np.quantile(column[column >= 0], 1 - share))
    return found


def _report(
    examples: Examples, chances: Vector, best: Vector, thresholds: dict[str, float], *, show: bool
) -> None:
    limits = np.array([thresholds[kind] for kind in KINDS], dtype=np.float32)
    declined = np.asarray((best > limits).max(axis=1))
    whole = np.flatnonzero([row.whole for row in examples.rows])
    named = np.delete(chances[whole], examples.harmless, axis=1).argmax(axis=1)
    names = np.delete(np.array(examples.labels), examples.harmless)
    print("thresholds: " + ", ".join(f"{k} {v:.2f}" for k, v in thresholds.items()))
    groups: dict[str, list[int]] = {}
    for at, message in enumerate(examples.messages):
        sort = "harmless" if message.label == HARMLESS else "pushes"
        for key in (
            (f"{sort}, in one breath with another",)
            if message.composed
            else (sort, f"{sort}, {message.lang}", f"{sort}, {message.label}")
        ):
            groups.setdefault(key, []).append(at)
    right = np.array([names[n] == m.label for n, m in zip(named, examples.messages, strict=True)])
    for key, places in sorted(groups.items()):
        also = f"; thing named right {100 * right[places].mean():.0f} %" if "pushes" in key else ""
        print(f"{key}: declined {100 * declined[places].mean():.1f} % of {len(places)}{also}")
    if show:
        for at, message in enumerate(examples.messages):
            if not message.composed and declined[at] != (message.label != HARMLESS):
                print(f"  {message.lang} {message.label} {best[at].max():.2f} {message.said}")


def _write(examples: Examples, thresholds: dict[str, float]) -> None:
    """One byte a weight, with a scale for each label; small ones become noughts and pack well."""
    places = examples.learned_from()
    vectors = examples.vectors[places]
    coefficients, bias = fitted(
        vectors @ vectors.T, examples.wanted(places), examples.weight(places)
    )
    table = vectors.T @ coefficients
    scale = np.abs(table).max(axis=0) / 127
    path = Path(aegis.advisor.__file__).parent / "data" / "weights.npz"
    with path.open("wb") as file:
        np.savez_compressed(
            file, labels=np.array(examples.labels), scale=scale.astype(np.float32), bias=bias,
            table=np.rint(table / scale).astype(np.int8),
            thresholds=np.array([thresholds[name] for name in THRESHOLDS]),
        )  # fmt: skip
    print(f"wrote {path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
