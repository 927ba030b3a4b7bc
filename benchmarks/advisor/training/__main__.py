"""`python -m benchmarks.advisor.training`: cross-validates, and writes the weights of the package.

`--check` only prints how well unseen messages are judged, by author, language and thing. It needs
scikit-learn beside what is installed: `uv run --with scikit-learn python -m benchmarks.advisor.training`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.advisor.training.corpus import FOLDS, Message, composed, messages
from benchmarks.advisor.training.vectors import Row, cut, rarity, weighed
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

import aegis.advisor
from aegis.advisor.weighing import HARMLESS, KINDS, Thresholds, Vector

Places = NDArray[np.intp]
ALARMS = {
    "facts": Thresholds(0.005, 0.1),
    "beside": Thresholds(0.015, 0.1),
    "question": Thresholds(0.025, 0.15),
    "plain": Thresholds(0.06, 0.38),
}
"""Share of the harmless messages of each kind that may be declined, and for which it may be unclear.

In cross-validation. The corpus is made of hard ones, which use the words of the pushes; among plain
descriptions of a system it is fewer.
"""
STRENGTH = 8.0
"""Inverse of the ridge."""
COMPOSED, PIECE, FIRST = 0.6, 0.5, 0.5
"""Weight of a message made of two, of a part of one, of the first author, whose harmless ones are easier."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Everything that is learned from: parts with their message, label and weight."""

    messages: Sequence[Message]
    rows: Sequence[Row]
    vectors: sparse.csr_matrix
    labels: tuple[str, ...]

    @property
    def harmless(self) -> int:
        """The column of what gives nothing up."""
        return self.labels.index(HARMLESS)

    def learned_from(self) -> Places:
        """Whole messages, and the parts of harmless ones: a part of a push may be harmless."""
        return np.flatnonzero(
            [
                row.whole
                or row.joined
                or (self._of(row).label == HARMLESS and not self._of(row).composed)
                for row in self.rows
            ]
        )

    def wanted(self, places: Places) -> list[str]:
        """The label of each place."""
        return [self._of(self.rows[at]).label for at in places]

    def weight(self, places: Places) -> Vector:
        """How much each place counts."""
        return np.array([self._weight(self.rows[at]) for at in places], dtype=np.float32)

    def _weight(self, row: Row) -> float:
        message = self._of(row)
        kind = COMPOSED if message.composed or row.joined else 1.0 if row.whole else PIECE
        return kind * (FIRST if message.author == "first" else 1.0)

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
    rare = rarity(vectors)
    examples = Examples(
        found, rows, weighed(vectors, rare), tuple(sorted({m.label for m in found}))
    )
    chances = _leaning(examples, _cross_validated(examples))
    best = _by_kind(examples, chances)
    thresholds = _thresholds(examples, best)
    _report(examples, chances, best, thresholds, show=options.show)
    if not options.check:
        _write(examples, rare, thresholds)


def _fitted(examples: Examples, places: Places) -> LogisticRegression:
    """Multinomial logistic regression with a ridge; its labels are sorted as those of the examples."""
    return LogisticRegression(C=STRENGTH, max_iter=200).fit(
        examples.vectors[places], examples.wanted(places), sample_weight=examples.weight(places)
    )


def _cross_validated(examples: Examples) -> Vector:
    """Chances of each part by weights that saw nothing of its fold."""
    places = examples.learned_from()
    of_row = examples.folds(np.arange(len(examples.rows)))
    chances = np.zeros((len(examples.rows), len(examples.labels)), dtype=np.float32)
    for fold in range(FOLDS):
        learner = _fitted(examples, places[of_row[places] != fold])
        chances[of_row == fold] = learner.predict_proba(examples.vectors[of_row == fold])
    return chances


def _leaning(examples: Examples, chances: Vector) -> Vector:
    """A whole message is weighed alone and, on average with that, after what was said before it."""
    found = chances.copy()
    whole = {row.message: at for at, row in enumerate(examples.rows) if row.whole}
    for at, row in enumerate(examples.rows):
        if row.joined:
            found[at] = (chances[whole[row.message]] + chances[at]) / 2
    return found


def _by_kind(examples: Examples, chances: Vector) -> Vector:
    """For each message the highest chance of a push among its parts of each kind; -1 without any."""
    best = np.full((len(examples.messages), len(KINDS)), -1, dtype=np.float32)
    pushed = 1 - chances[:, examples.harmless]
    at = ([r.message for r in examples.rows], [KINDS.index(r.kind) for r in examples.rows])
    np.maximum.at(best, at, pushed)
    return best


def _thresholds(examples: Examples, best: Vector) -> dict[str, Thresholds]:
    harmless = np.array([m.label == HARMLESS and not m.composed for m in examples.messages])
    found = {}
    for kind, share in ALARMS.items():
        column = best[harmless, KINDS.index(kind)]
        column = column[column >= 0]
        found[kind] = Thresholds(
            *(float(np.quantile(column, 1 - each)) for each in (share.push, share.unclear))
        )
    return found


def _report(
    examples: Examples,
    chances: Vector,
    best: Vector,
    thresholds: dict[str, Thresholds],
    *,
    show: bool,
) -> None:
    declined = (best > np.array([thresholds[kind].push for kind in KINDS])).max(axis=1)
    unclear = (best > np.array([thresholds[kind].unclear for kind in KINDS])).max(axis=1)
    whole = np.flatnonzero([row.whole for row in examples.rows])
    named = np.delete(chances[whole], examples.harmless, axis=1).argmax(axis=1)
    names = np.delete(np.array(examples.labels), examples.harmless)
    right = np.array([names[n] == m.label for n, m in zip(named, examples.messages, strict=True)])
    print(
        "thresholds: "
        + ", ".join(f"{k} {v.push:.2f} {v.unclear:.2f}" for k, v in thresholds.items())
    )
    for key, places in sorted(_groups(examples.messages).items()):
        also = f"; thing named right {100 * right[places].mean():.0f} %" if "pushes" in key else ""
        print(
            f"{key}, {len(places)}: declined {100 * declined[places].mean():.1f} %, "
            f"unclear {100 * (unclear & ~declined)[places].mean():.1f} %{also}"
        )
    for at, message in enumerate(examples.messages) if show else ():
        if not message.composed and unclear[at] != (message.label != HARMLESS):
            print(
                f"  {message.author} {message.lang} {message.label} {best[at].max():.2f} {message.said}"
            )


def _groups(found: Sequence[Message]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for at, m in enumerate(found):
        sort = "harmless" if m.label == HARMLESS else "pushes"
        keys = {sort, f"{sort}, {m.author} author", f"{sort}, {m.lang}", f"{sort}, {m.label}"}
        for key in {f"{sort}, in one breath with another"} if m.composed else keys:
            groups.setdefault(key, []).append(at)
    return groups


def _write(examples: Examples, rare: Vector, thresholds: dict[str, Thresholds]) -> None:
    """One byte a weight, with a scale for each label; small ones become noughts and pack well."""
    learner = _fitted(examples, examples.learned_from())
    table, bias = learner.coef_.T, learner.intercept_.astype(np.float32)
    scale = np.abs(table).max(axis=0) / 127
    path = Path(aegis.advisor.__file__).parent / "data" / "weights.npz"
    with path.open("wb") as file:
        np.savez_compressed(
            file, labels=np.array(examples.labels), scale=scale.astype(np.float32), bias=bias,
            table=np.rint(table / scale).astype(np.int8), rarity=rare.astype(np.float16),
            thresholds=np.array([[thresholds[k].push, thresholds[k].unclear] for k in KINDS]),
        )  # fmt: skip
    print(f"wrote {path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
