"""A gate: is the metric beyond its threshold, and is the candidate no worse than what runs?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.evaluate.compare import Comparison, Pair, Terms, compare
from aegis.evaluate.estimate import estimate
from aegis.evaluate.power import Need
from aegis.evaluate.records import Result


class GateVerdict(Frozen):
    """What a gate says, with the interval that it rests on."""

    gate: str
    verdict: Verdict
    samples: int
    mean: float | None
    low: float | None
    high: float | None
    threshold: float
    compared: Verdict | None = None
    need: Need | None = Field(default=None, description="what the comparison needs, and has")
    reasons: tuple[str, ...]


def judge_gate(
    gate: str,
    results: Sequence[Result],
    *,
    threshold: float,
    better: Literal["higher", "lower"],
    planned: int,
    terms: Terms,
    slices: Sequence[str] = (),
) -> GateVerdict:
    """The verdict over the results of one data set.

    Null hypothesis: the mean is on the wrong side of `threshold`; `passed` only when the mean is on
    the right side, `failed` when the whole interval is on the wrong one, `inconclusive` between or
    with fewer than half of the planned samples. The interval respects clusters and weights
    (`estimate`). Where results name slices, every one of `slices` must be there. With scores of the
    running release, a clustered paired comparison must not find it worse, overall or in a slice, and
    must have items enough to see the tolerated drop: else the gate is inconclusive and says how many
    are missing. That is only asked of metrics where higher is better.
    """
    found = estimate([r.score for r in results], results, alpha=terms.alpha)
    if found is None:
        return GateVerdict(
            gate=gate, verdict=Verdict.INCONCLUSIVE, samples=0, mean=None, low=None, high=None,
            threshold=threshold, reasons=("there is no result; no data is never a pass",),
        )  # fmt: skip
    reasons = []
    right = found.mean >= threshold if better == "higher" else found.mean <= threshold
    wholly_wrong = found.high < threshold if better == "higher" else found.low > threshold
    verdict = Verdict.PASSED if right else Verdict.FAILED if wholly_wrong else Verdict.INCONCLUSIVE
    if not right:
        reasons.append("the mean is on the wrong side of the threshold")
    if verdict is Verdict.PASSED and len(results) < planned / 2:
        verdict = Verdict.INCONCLUSIVE
        reasons.append(f"{len(results)} of {planned} samples have a result")
    absent = _absent(results, slices)
    if absent and verdict is Verdict.PASSED:
        verdict = Verdict.INCONCLUSIVE
        reasons.append(f"no result of the slices {', '.join(absent)}")
    compared = _compare(results, terms) if better == "higher" else None
    if compared is not None and compared.verdict is not Verdict.PASSED:
        reasons += compared.reasons
        if compared.verdict is Verdict.FAILED or verdict is Verdict.PASSED:
            verdict = compared.verdict
    return GateVerdict(
        gate=gate, verdict=verdict, samples=len(results), mean=found.mean, low=found.low,
        high=found.high, threshold=threshold,
        compared=compared.verdict if compared else None,
        need=compared.overall.need if compared else None,
        reasons=tuple(reasons) or ("the mean is on the right side of the threshold",),
    )  # fmt: skip


def _absent(results: Sequence[Result], slices: Sequence[str]) -> list[str]:
    """Slices without a result; none where the results name no slice at all."""
    named = {result.slice for result in results} - {None}
    return [name for name in slices if named and name not in named]


def _compare(results: Sequence[Result], terms: Terms) -> Comparison | None:
    """Candidate against the running release, pair by pair; None without pairs."""
    pairs = [
        Pair(
            id=r.id, candidate=r.score, stable=r.stable, cluster=r.cluster or f"\0{r.id}",
            slice=r.slice, weight=r.weight,
        )
        for r in results
        if r.stable is not None
    ]  # fmt: skip
    return compare(pairs, terms) if pairs else None
