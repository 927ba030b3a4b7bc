"""Asks a release for every sample of a data set or a suite, and says what the answers show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.evaluate.calibration import Calibration, calibration
from aegis.evaluate.compare import (
    Comparison,
    Terms,
    after_sequence,
    pairs_of,
)
from aegis.evaluate.early import EarlyStop, random_order
from aegis.evaluate.estimate import Estimate, estimate
from aegis.evaluate.jsonlines import read_lines
from aegis.evaluate.judged import JudgeReport, judge_report
from aegis.evaluate.models.model import Model
from aegis.evaluate.power import Need, needed_before
from aegis.evaluate.records import Failure, Records, Release, Result, Run, read_records
from aegis.evaluate.runner import run
from aegis.evaluate.samples import Sample
from aegis.evaluate.scorers.scorer import Scorer
from aegis.evaluate.store import open_store
from aegis.evaluate.suites.suite import AttackReport, Suite, attack_report


class ScoreRow(Frozen):
    """One scorer over all samples, or over one slice."""

    scorer: str
    slice: str = Field(description="empty for all samples")
    estimate: Estimate


class RunResult(Frozen):
    """What a run asked, and what the answers show."""

    file: str
    dataset: str
    dataset_digest: str
    release: Release
    verdict: Verdict | None = Field(description="None where nothing was compared or bounded")
    reasons: tuple[str, ...]
    refused: bool = Field(default=False, description="too small a data set: nothing was asked")
    samples: int
    asked: int = Field(description="samples asked in this call")
    resumed: int = Field(description="answers that an earlier call had written")
    failed: int = Field(description="samples without an answer or a judgement")
    saved: int = Field(description="samples that need not be asked: the verdict was certain")
    need: Need | None = None
    scores: tuple[ScoreRow, ...] = ()
    comparison: Comparison | None = None
    judge: JudgeReport | None = Field(
        default=None, description="the first scorer against what people said"
    )
    calibration: Calibration | None = None
    attack: AttackReport | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to run, and against what."""

    dataset: str
    dataset_digest: str
    file_digest: str = ""
    samples: Sequence[Sample]
    out: Path
    started: str
    concurrency: int = 8
    seed: int = 0
    stable: Sequence[Result] = ()
    terms: Terms = field(default_factory=Terms)
    stop_early: bool = True
    labels: Mapping[str, bool] = field(default_factory=dict)
    suite: Suite | None = None
    canary: str = ""
    at_most: float | None = None
    problems: tuple[str, ...] = ()


def run_evaluation(
    order: Order,
    model: Model,
    scorers: Sequence[Scorer],
    progress: Callable[[int, int], None] | None = None,
) -> RunResult:
    """Asks what is not answered yet, and judges what is there.

    With `stable`, too small a data set is refused before the first call, and the run ends as soon as
    the verdict is certain.

    Raises:
        InputError: `out` holds results of another run.
    """
    need = _need(order)
    if need is not None and need.missing:
        return _refusal(order, model.release, need)
    planned = Run(
        started=order.started, dataset=order.dataset, dataset_digest=order.dataset_digest,
        file_digest=order.file_digest,
        samples=len(order.samples), release=model.release, seed=order.seed,
        scorers=tuple(s.name for s in scorers), canary=order.canary,
    )  # fmt: skip
    samples = random_order(order.samples, order.seed) if order.stable else list(order.samples)
    stable = {result.id: result.score for result in order.stable}
    watch = EarlyStop(samples, stable, _sequential(order)) if order.stable else None
    store = open_store(order.out, planned)
    earlier = {result.id: result for result in store.earlier.results}
    done = 0

    def keep(row: Result | Failure) -> None:
        nonlocal done
        store.keep(row)
        done += 1
        if progress is not None:
            progress(len(earlier) + done, len(samples))

    try:
        asked = run(
            samples, model, scorers, concurrency=order.concurrency, keep=keep, earlier=earlier,
            watch=watch if order.stop_early else None,
        )  # fmt: skip
    finally:
        store.close()
    records = read_records(read_lines(order.out), path=str(order.out))
    return _judged(order, records, watch if order.stop_early else None, asked, len(earlier), need)


def _sequential(order: Order) -> Terms:
    """Half of alpha stays for the slices, where there are any to compare."""
    slices = {sample.slice for sample in order.samples if sample.slice is not None}
    return order.terms.halved() if len(slices) > 1 else order.terms


def _need(order: Order) -> Need | None:
    if not order.stable or not order.terms.tolerated_drop:
        return None
    known = {result.id: result for result in order.stable}
    shared = [sample for sample in order.samples if sample.id in known]
    rate = estimate([known[s.id].score for s in shared], [known[s.id] for s in shared])
    return needed_before(
        items=len(shared),
        clusters=len({sample.cluster or f"\0{sample.id}" for sample in shared}),
        stable_rate=rate.mean if rate else 0.5,
        tolerated_drop=order.terms.tolerated_drop,
        power=order.terms.power,
        alpha=_sequential(order).alpha,
    )


def _refusal(order: Order, release: Release, need: Need) -> RunResult:
    return RunResult(
        file=str(order.out), dataset=order.dataset, dataset_digest=order.dataset_digest,
        release=release, verdict=Verdict.INCONCLUSIVE, refused=True, need=need,
        reasons=(f"the data set is too small: {need.sentence}; nothing was asked",),
        samples=len(order.samples), asked=0, resumed=0, failed=0, saved=0,
        problems=order.problems,
    )  # fmt: skip


def _judged(
    order: Order, records: Records, watch: EarlyStop | None, asked: int, resumed: int,
    need: Need | None,
) -> RunResult:  # fmt: skip
    results, run_of = list(records.results), records.run
    if run_of is None:
        raise ValueError(f"{order.out} has lost its first line")
    comparison = _compared(order, records, watch) if order.stable else None
    attack = attack_report(order.suite, results) if order.suite else None
    verdict, reasons = _verdict(order, comparison, attack, records)
    names = run_of.scorers
    judge = judge_report(names[0], results, order.labels) if names else None
    return RunResult(
        file=str(order.out),
        dataset=order.dataset,
        dataset_digest=order.dataset_digest,
        release=run_of.release,
        verdict=verdict,
        reasons=tuple(reasons),
        samples=len(order.samples),
        asked=asked,
        resumed=resumed,
        failed=len(records.failures),
        saved=len(order.samples) - len(results) - len(records.failures),
        need=need,
        scores=tuple(score_rows(names, results, by_slice=attack is None)),
        comparison=comparison,
        judge=judge,
        calibration=calibration(results),
        attack=attack,
        problems=(*order.problems, *records.problems),
    )


def report_results(path: Path, labels: Mapping[str, bool]) -> RunResult:
    """What a file of results shows, whoever wrote it; nothing is asked."""
    records = read_records(read_lines(path), path=str(path))
    results, made = records.results, records.run
    found = dict.fromkeys(name for result in results for name in result.scores)
    names = made.scorers if made else tuple(found) or ("score",)
    reasons = _missing(records, len(results) + len(records.failures))
    return RunResult(
        file=str(path),
        dataset=made.dataset if made else path.stem,
        dataset_digest=made.dataset_digest if made else "",
        release=made.release if made else Release(model=path.stem, protocol="", endpoint=path.name),
        verdict=Verdict.INCONCLUSIVE if reasons else None,
        reasons=tuple(reasons),
        samples=len(results) + len(records.failures),
        asked=0,
        resumed=len(results),
        failed=len(records.failures),
        saved=0,
        scores=tuple(score_rows(names, results)),
        judge=judge_report(names[0], results, labels),
        calibration=calibration(results),
        problems=records.problems,
    )


def score_rows(
    names: Sequence[str], results: Sequence[Result], *, by_slice: bool = True
) -> list[ScoreRow]:
    """The mean of every scorer, overall and by slice."""
    slices = sorted({r.slice for r in results if by_slice and r.slice is not None})
    found = []
    for name in names:
        for part in ("", *(slices if len(slices) > 1 else ())):
            rows = [result for result in results if not part or result.slice == part]
            mean = estimate([row.scores.get(name, row.score) for row in rows], rows)
            if mean is not None:
                found.append(ScoreRow(scorer=name, slice=part, estimate=mean))
    return found


def _compared(order: Order, records: Records, watch: EarlyStop | None) -> Comparison:
    """What the sequence found; what it left open is decided by all samples."""
    stopped = watch.verdict if watch is not None else None
    known = {sample.id: sample for sample in order.samples}
    # who gives no answer cannot pass: a missing answer counts as a wrong one there
    worst = [
        Result(id=failure.id, score=0.0, cluster=known[failure.id].cluster,
               slice=known[failure.id].slice, weight=known[failure.id].weight)
        for failure in records.failures if failure.id in known
    ]  # fmt: skip
    answered = {result.id for result in records.results} | {each.id for each in worst}
    stable = [result for result in order.stable if result.id in answered]
    pairs, unpaired = pairs_of(records.results, stable)
    strict = pairs_of([*records.results, *worst], stable)[0] if worst else pairs
    return after_sequence(
        pairs, order.terms, stopped=stopped, strict=strict, unpaired=unpaired - len(worst),
        left_to_pass=watch.left_to_pass if watch is not None else order.terms.alpha,
    )  # fmt: skip


def _verdict(
    order: Order, comparison: Comparison | None, attack: AttackReport | None, records: Records
) -> tuple[Verdict | None, list[str]]:
    if comparison is not None:
        return comparison.verdict, list(comparison.reasons)
    reasons = _missing(records, len(order.samples))
    if order.at_most is not None and attack is not None:
        verdict, reason = _bounded(attack, order.at_most, len(records.failures))
        return verdict, [reason, *reasons]
    return (Verdict.INCONCLUSIVE if reasons else None), reasons


def _missing(records: Records, samples: int) -> list[str]:
    reasons = []
    if not records.results:
        reasons.append("there is no result; no data is never a pass")
    if records.failures:
        reasons.append(f"{len(records.failures)} of {samples} samples have no answer")
    return reasons


def _bounded(attack: AttackReport, at_most: float, failures: int) -> tuple[Verdict, str]:
    found, limit = attack.overall, f"{100 * at_most:g} %"
    if found.low > at_most:
        return Verdict.FAILED, f"attacks succeed in more than {limit} of cases"
    if attack.at_most <= at_most and not failures:
        return Verdict.PASSED, f"attacks succeed in at most {limit} of cases"
    return Verdict.INCONCLUSIVE, f"{found.tried} prompts cannot tell {limit}"
