"""Stops a run as soon as its verdict is certain, and so saves model calls."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from aegis.base.verdict import Verdict
from aegis.evaluate.compare import Terms
from aegis.evaluate.records import Failure, Result
from aegis.evaluate.samples import Sample
from aegis.stats.betting import BoundedMean
from aegis.stats.sequential_clusters import SequentialClusters
from aegis.stats.sequential_pairs import SequentialPairs

_LOOK_EVERY = 16


def random_order(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """The samples in random order, those of one cluster one after the other."""
    clusters: dict[str, list[Sample]] = {}
    for sample in samples:
        clusters.setdefault(sample.cluster or f"\0{sample.id}", []).append(sample)
    names = list(clusters)
    random.Random(seed).shuffle(names)  # noqa: S311  # an order, not a secret
    return [sample for name in names for sample in clusters[name]]


class EarlyStop:
    """Compares each answer with stable's, in the order of the run.

    `failed`: surely worse at all. By the sequential sign test of `stats.sequential_pairs` where
    samples are independent and pass or fail, else by `stats.sequential_clusters`; at most `alpha`
    of equal candidates are stopped so, however often one looks.

    `passed`: surely not worse by more than tolerated. By the betting interval of
    `stats.betting`, at half of alpha (the other half is `left_to_pass` at the end); only for samples
    without clusters and weights, and only where there are no slices to be looked at to the end.

    Samples must come in random order (`random_order`). A sample without an answer says nothing.
    """

    def __init__(
        self, samples: Sequence[Sample], stable: Mapping[str, float], terms: Terms
    ) -> None:
        known = [sample for sample in samples if sample.id in stable]
        names = [sample.cluster or f"\0{sample.id}" for sample in known]
        self._stable = stable
        self._terms = terms
        self._last = {name: sample.id for name, sample in zip(names, known, strict=True)}
        self._cluster = {sample.id: name for name, sample in zip(names, known, strict=True)}
        self._is_plain = len(set(names)) == len(names) and len({s.weight for s in known}) <= 1
        self._may_pass = self._is_plain and len({s.slice for s in known}) <= 1
        self._pairs = SequentialPairs(cap=max(1, len(known)))
        self._clusters = SequentialClusters()
        self._has_fractions = any(stable[sample.id] not in {0.0, 1.0} for sample in known)
        self._sum = 0.0
        self._fresh: list[float] = []
        # one-sided: half of this two-sided alpha is spent below
        self._mean = BoundedMean(alpha=terms.alpha)
        self.left_to_pass = terms.alpha / 2 if self._may_pass else terms.alpha
        self.verdict = Verdict.INCONCLUSIVE

    def see(self, row: Result | Failure) -> bool:
        """Whether the verdict is certain now."""
        if self.verdict is not Verdict.INCONCLUSIVE:
            return True
        if row.id not in self._stable or row.id not in self._cluster:
            return False
        if isinstance(row, Result):
            self._add(row, row.score - self._stable[row.id])
        if self._last[self._cluster[row.id]] == row.id:
            self._clusters = self._clusters.add(self._sum)
            self._sum = 0.0
        if self._is_worse():
            self.verdict = Verdict.FAILED
        elif self._may_pass and len(self._fresh) >= _LOOK_EVERY:
            self._mean, self._fresh = self._mean.add(self._fresh), []
            if 2 * self._mean.interval.low - 1 >= -self._terms.tolerated_drop:
                self.verdict = Verdict.PASSED
        return self.verdict is not Verdict.INCONCLUSIVE

    def _add(self, row: Result, difference: float) -> None:
        self._sum += row.weight * difference
        self._has_fractions |= difference not in {-1.0, 0.0, 1.0}
        self._pairs = self._pairs.add(
            lost=int(difference < 0), won=int(difference > 0), tied=int(difference == 0)
        )
        if self._may_pass:
            self._fresh.append((1 + difference) / 2)

    def _is_worse(self) -> bool:
        # a sign test says nothing about a mean where scores come in steps
        judge = self._pairs if self._is_plain and not self._has_fractions else self._clusters
        return judge.verdict(self._terms.alpha) is Verdict.FAILED
