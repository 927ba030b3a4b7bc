"""`python -m benchmarks.guardrails.training`: cross-validates, and writes the weights of the package.

`--check` writes nothing, `--show` prints what is misjudged. It needs scikit-learn beside what is
installed: `uv run --with scikit-learn python -m benchmarks.guardrails.training`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from benchmarks.guardrails.training.corpus import FOLDS, HARMLESS, NO_FOLD, Example, examples
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

import aegis.detect.orders
from aegis.detect.orders.features import BUCKETS, KINDS, Places, features
from aegis.detect.orders.finding import windows

Vector = NDArray[np.float32]
ALARMS = (0.02, 0.04)
"""Share of the hard harmless texts that may count as orders, and that may be unclear."""
STRENGTH = 30.0
"""Inverse of the ridge."""
COMPOSED, PLAIN = 0.5, 0.4
"""Weight of a text put together, and of plain talk."""
_ALL, _SOME = 0.8, 0.05
"""Share of the shorter of window and order that must lie in the other, and that makes it unclear."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Windows of texts: whose, and whether an order stands in it (1), none does (0), or a part of one (-1)."""

    example: Places
    order: Places
    counts: tuple[sparse.csr_matrix, ...]


def main() -> None:
    """Prints the cross-validation; writes the weights unless `--check`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="print the figures, write nothing")
    parser.add_argument("--show", action="store_true", help="print each text that is misjudged")
    options = parser.parse_args()
    found = examples()
    rows = cut(found)
    rarity = _rarity(rows)
    matrix = _scaled(rows, rarity)
    best = _best(found, rows, _cross_validated(found, rows, matrix))
    thresholds = _thresholds(found, best)
    _report(found, best, thresholds, show=options.show)
    if not options.check:
        _write(found, rows, matrix, rarity, thresholds)


def cut(found: Sequence[Example]) -> Rows:
    """Every window of every text with its features."""
    example, order = [], []
    counts: list[list[sparse.csr_matrix]] = [[] for _ in KINDS]
    for at, each in enumerate(found):
        spans = windows(each.text)
        seen = features(each.text)
        example += [at] * len(spans)
        order += [_holds(each, *span) for span in spans]
        for kind, (buckets, places) in enumerate(zip(seen.buckets, seen.places, strict=True)):
            counts[kind].append(_counted(buckets, places, spans))
    stacked = tuple(sparse.vstack(kind, format="csr") for kind in counts)
    return Rows(np.array(example), np.array(order), stacked)


def _counted(
    buckets: Places, places: Places, spans: Sequence[tuple[int, int]]
) -> sparse.csr_matrix:
    parts = [buckets[slice(*np.searchsorted(places, span))] for span in spans]
    ends = np.cumsum([0, *map(len, parts)])
    columns = np.concatenate(parts) if parts else np.array([], dtype=np.intp)
    made = sparse.csr_matrix(
        (np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(spans), BUCKETS)
    )
    made.sum_duplicates()
    return made


def _holds(each: Example, start: int, end: int) -> int:
    if not each.is_attack:
        return 0
    common = min(end, each.end) - max(start, each.start)
    share = common / max(1, min(end - start, each.end - each.start))
    if share >= _ALL and common >= _ALL * (each.end - each.start):
        return 1
    return 0 if share < _SOME else -1


def _rarity(rows: Rows) -> list[Vector]:
    """The logarithm of rows by rows that have a feature (Spärck Jones 1972)."""
    return [
        np.log((1 + kind.shape[0]) / (1 + kind.getnnz(axis=0)))
        .astype(np.float16)
        .astype(np.float32)
        for kind in rows.counts
    ]


def _scaled(rows: Rows, rarity: Sequence[Vector]) -> sparse.csr_matrix:
    """As the package weighs them: each kind by its length, where a feature counts as often as it stands."""
    kinds = []
    for counts, rare in zip(rows.counts, rarity, strict=True):
        size = np.sqrt(np.maximum(counts @ (rare * rare), 1e-6))
        kinds.append(sparse.diags(1 / size) @ counts @ sparse.diags(rare))
    return sparse.csr_matrix(sparse.hstack(kinds, format="csr"), dtype=np.float32)


def _weight(each: Example) -> float:
    return COMPOSED if each.composed else 1.0 if each.hard else PLAIN


def _fitted(
    found: Sequence[Example], rows: Rows, matrix: sparse.csr_matrix, places: Places
) -> LogisticRegression:
    weight = np.array([_weight(found[at]) for at in rows.example[places]])
    return LogisticRegression(C=STRENGTH, max_iter=300).fit(
        matrix[places], rows.order[places], sample_weight=weight
    )


def _cross_validated(found: Sequence[Example], rows: Rows, matrix: sparse.csr_matrix) -> Vector:
    """Log odds of each window by weights that saw nothing of its fold."""
    fold = np.array([each.fold for each in found])[rows.example]
    odds = np.zeros(len(fold), dtype=np.float32)
    for part in range(FOLDS):
        learner = _fitted(found, rows, matrix, np.flatnonzero((fold != part) & (rows.order >= 0)))
        odds[fold == part] = learner.decision_function(matrix[fold == part])
    return odds


def _best(found: Sequence[Example], rows: Rows, odds: Vector) -> Vector:
    best = np.full(len(found), -np.inf, dtype=np.float32)
    np.maximum.at(best, rows.example, odds)
    return best


def _thresholds(found: Sequence[Example], best: Vector) -> tuple[float, float]:
    hard = best[[each.label == HARMLESS and each.hard and not each.composed for each in found]]
    strong, weak = (float(np.quantile(hard, 1 - share)) for share in ALARMS)
    return strong, weak


def _report(
    found: Sequence[Example], best: Vector, thresholds: tuple[float, float], *, show: bool
) -> None:
    print("thresholds: strong {:.2f}, weak {:.2f}".format(*thresholds))
    groups: dict[str, list[int]] = {}
    for at, each in enumerate(found):
        if each.fold == NO_FOLD:
            continue
        sort = "put together" if each.composed else "written" if each.hard else "plain"
        groups.setdefault(f"{each.label}, {sort}", []).append(at)
        groups.setdefault(f"{'attacks' if each.is_attack else 'harmless'}, {sort}", []).append(at)
        if each.is_attack and not each.composed:
            groups.setdefault(f"attacks in {each.language}", []).append(at)
    for name, places in sorted(groups.items()):
        strong, weak = (100 * (best[places] >= t).mean() for t in thresholds)
        print(f"{name}, {len(places)}: found {strong:.1f} %, or unclear {weak:.1f} %")
    for at in np.argsort(-best) if show else ():
        each = found[at]
        if (
            each.fold != NO_FOLD
            and not each.composed
            and each.is_attack != (best[at] >= thresholds[0])
        ):
            print(f"  {each.label} {best[at]:.2f} {each.text[:160]!r}")


def _write(
    found: Sequence[Example],
    rows: Rows,
    matrix: sparse.csr_matrix,
    rarity: Sequence[Vector],
    thresholds: tuple[float, float],
) -> None:
    """One byte a weight, with a scale for each column; small ones become noughts and pack well."""
    places = np.flatnonzero(rows.order >= 0)
    attack = _fitted(found, rows, matrix, places)
    orders = np.flatnonzero(rows.order == 1)
    sorts = LogisticRegression(C=STRENGTH, max_iter=300).fit(
        matrix[orders], [found[at].label for at in rows.example[orders]]
    )
    table = np.vstack([attack.coef_, sorts.coef_])
    scale = np.abs(table).max(axis=1) / 127
    packed = (
        np.rint(table / scale[:, None]).astype(np.int8).reshape(len(table), len(KINDS), BUCKETS)
    )
    place = Path(aegis.detect.orders.__file__).parent / "data" / "weights.npz"
    with place.open("wb") as file:
        np.savez_compressed(
            file, rarity=np.array(rarity).astype(np.float16), attack=packed[0],
            sort=np.moveaxis(packed[1:], 0, 2), sorts=np.array(sorts.classes_, dtype=str),
            scale=scale.astype(np.float32),
            bias=np.concatenate([attack.intercept_, sorts.intercept_]).astype(np.float32),
            thresholds=np.array(thresholds),
        )  # fmt: skip
    print(f"wrote {place.name}: {place.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
