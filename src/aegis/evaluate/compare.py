"""Candidate against stable, sample by sample: overall and by slice, with clusters and weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.evaluate.power import Need, needed_after, needed_before
from aegis.evaluate.records import Result
from aegis.stats.paired import PairedDifference, clustered_difference
from aegis.stats.proportions import Interval, upper_bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What both releases scored on one sample."""

    id: str
    candidate: float
    stable: float
    cluster: str
    slice: str | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """When a candidate counts as worse, and how sure that must be."""

    alpha: float = 0.05
    tolerated_drop: float = 0.05
    power: float = 0.8

    def halved(self) -> Terms:
        """The same at half of alpha."""
        return replace(self, alpha=self.alpha / 2)


class Difference(Frozen):
    """Candidate minus stable over some samples."""

    name: str = Field(description="`all`, or the slice")
    verdict: Verdict
    samples: int
    clusters: int
    candidate: float
    stable: float
    mean: float
    low: float
    high: float
    alpha: float = Field(description="the share of the whole alpha that this row spends")
    worse_p_value: float = Field(description="exact, by sign flips of clusters")
    need: Need | None = None
    reason: str


class Comparison(Frozen):
    """The verdict over all samples and every slice, at one alpha together."""

    verdict: Verdict
    overall: Difference
    slices: tuple[Difference, ...] = ()
    unpaired: int = Field(default=0, description="samples that only one release has answered")
    reasons: tuple[str, ...] = ()


def pairs_of(
    candidate: Sequence[Result], stable: Sequence[Result], *, scorer: str = ""
) -> tuple[list[Pair], int]:
    """Samples that both have answered, and how many only one has.

    With `scorer`, the score of that name is compared, where a result has one.
    """
    before = {result.id: result for result in stable}
    pairs = [
        Pair(
            id=result.id,
            candidate=_score(result, scorer),
            stable=_score(before[result.id], scorer),
            cluster=result.cluster or f"\0{result.id}",
            slice=result.slice,
            weight=result.weight,
        )
        for result in candidate
        if result.id in before
    ]
    return pairs, len(candidate) + len(before) - 2 * len(pairs)


def compare(pairs: Sequence[Pair], terms: Terms, *, unpaired: int = 0) -> Comparison:
    """Whether the candidate is worse, at most `alpha` of equal ones being called so.

    Null hypothesis: within each cluster the releases could have changed places. With two slices or
    more, half of alpha goes to the whole and the rest to the slices in equal parts (Bonferroni), so
    that one slice that got worse is found and twenty slices do not cry wolf.
    """
    overall, slices = _rows(pairs, terms)
    return _together(overall, slices, unpaired)


def after_sequence(
    pairs: Sequence[Pair],
    terms: Terms,
    *,
    stopped: Verdict | None,
    left_to_pass: float,
    strict: Sequence[Pair],
    unpaired: int = 0,
) -> Comparison:
    """The comparison at the end of a run that looked at every answer.

    The sequence has spent the alpha of the whole: what it did not call worse is not called so by a
    second test. What it did not certify may pass at the alpha that is `left_to_pass`, and only if
    the `strict` pairs, in which a missing answer is a wrong one, pass too. `stopped` is None for a
    run that did not look.
    """
    if stopped is None:
        found = compare(pairs, terms, unpaired=unpaired)
    else:
        overall, slices = _rows(pairs, terms)
        verdict = stopped
        if verdict is Verdict.INCONCLUSIVE:
            last = difference("all", pairs, terms, alpha=min(left_to_pass, overall.alpha))
            verdict = last.verdict if last.verdict is Verdict.PASSED else verdict
        reason = {
            Verdict.FAILED: "surely worse than the release that runs; the run ended there",
            Verdict.PASSED: f"not worse by more than {100 * terms.tolerated_drop:g} points",
        }.get(verdict, overall.reason if overall.verdict is not Verdict.FAILED else _UNSURE)
        settled = overall.model_copy(update={"verdict": verdict, "reason": reason})
        # slices of a run that ended early hold what chance had brought by then
        found = _together(settled, slices if stopped is not Verdict.FAILED else (), unpaired)
    if found.verdict is not Verdict.PASSED or strict is pairs:
        return found
    if _rows(strict, terms)[0].verdict is Verdict.PASSED:
        return found
    reason = "not passed: it would not hold if the missing answers were wrong"
    return found.model_copy(update={"verdict": Verdict.INCONCLUSIVE, "reasons": (reason,)})


_UNSURE = "neither worse nor surely within the tolerated drop, looked at after every answer"


def _rows(pairs: Sequence[Pair], terms: Terms) -> tuple[Difference, tuple[Difference, ...]]:
    by_slice: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.slice is not None:
            by_slice.setdefault(pair.slice, []).append(pair)
    if len(by_slice) < 2:
        return difference("all", pairs, terms, alpha=terms.alpha), ()
    half = terms.alpha / 2
    return difference("all", pairs, terms, alpha=half), tuple(
        difference(name, by_slice[name], terms, alpha=half / len(by_slice))
        for name in sorted(by_slice)
    )


def _together(overall: Difference, slices: Sequence[Difference], unpaired: int) -> Comparison:
    worse = [row for row in (overall, *slices) if row.verdict is Verdict.FAILED]
    reasons = [f"{row.name}: {row.reason}" for row in worse] or [overall.reason]
    if unpaired:
        reasons.append(f"{unpaired} samples have an answer of one release only")
    return Comparison(
        verdict=Verdict.FAILED if worse else overall.verdict,
        overall=overall,
        slices=tuple(slices),
        unpaired=unpaired,
        reasons=tuple(reasons),
    )


def difference(name: str, pairs: Sequence[Pair], terms: Terms, *, alpha: float) -> Difference:
    """The paired difference over some samples, with its verdict and what it would need."""
    if not pairs:
        return Difference(
            name=name, verdict=Verdict.INCONCLUSIVE, samples=0, clusters=0, candidate=0.0,
            stable=0.0, mean=0.0, low=-1.0, high=1.0, alpha=alpha, worse_p_value=1.0,
            reason="no sample has an answer of both releases; no data is never a pass",
        )  # fmt: skip
    scale = len(pairs) / sum(pair.weight for pair in pairs)
    found = clustered_difference(
        [scale * p.weight * (p.candidate - p.stable) for p in pairs], [p.cluster for p in pairs]
    )
    stable = scale * sum(p.weight * p.stable for p in pairs) / len(pairs)
    verdict = _verdict(found, terms, alpha)
    need = _need(found, stable, replace(terms, alpha=alpha))
    interval = _interval(found, alpha)
    return Difference(
        name=name,
        verdict=verdict,
        samples=found.samples,
        clusters=found.clusters,
        candidate=stable + found.mean,
        stable=stable,
        mean=found.mean,
        low=max(-1.0, interval.low),
        high=min(1.0, interval.high),
        alpha=alpha,
        worse_p_value=found.worse_p_value,
        need=need,
        reason=_reason(verdict, found, terms, need),
    )


def _verdict(found: PairedDifference, terms: Terms, alpha: float) -> Verdict:
    verdict = found.verdict(alpha=alpha, tolerated_drop=terms.tolerated_drop)
    if verdict is Verdict.INCONCLUSIVE and _interval(found, alpha).low >= -terms.tolerated_drop:
        return Verdict.PASSED
    return verdict


def _interval(found: PairedDifference, alpha: float) -> Interval:
    """Each end at `alpha`. Where not one cluster differs, the share that can be lost at most."""
    if found.mean == 0 and found.standard_error == 0:
        possible = upper_bound(0, found.clusters, confidence=1 - alpha)
        return Interval(-possible, possible)
    return found.interval(1 - 2 * alpha)


def _need(found: PairedDifference, stable: float, terms: Terms) -> Need | None:
    if not terms.tolerated_drop:
        return None
    if found.is_enough and found.samples >= 30:
        return needed_after(
            items=found.samples, standard_error=found.standard_error,
            tolerated_drop=terms.tolerated_drop, power=terms.power, alpha=terms.alpha,
        )  # fmt: skip
    return needed_before(
        items=found.samples, clusters=found.clusters, stable_rate=stable,
        tolerated_drop=terms.tolerated_drop, power=terms.power, alpha=terms.alpha,
    )  # fmt: skip


def _reason(verdict: Verdict, found: PairedDifference, terms: Terms, need: Need | None) -> str:
    if verdict is Verdict.FAILED:
        return (
            f"worse than the release that runs, on the same samples (p = {found.worse_p_value:.2g})"
        )
    points = f"{100 * terms.tolerated_drop:g} points"
    if verdict is Verdict.PASSED:
        return f"not worse by more than {points}"
    if need is not None and need.missing:
        return f"too few samples: {need.sentence}"
    return f"neither worse nor surely within {points}; more samples decide"


def _score(result: Result, scorer: str) -> float:
    return result.scores.get(scorer, result.score) if scorer else result.score
