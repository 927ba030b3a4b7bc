"""Results as JUnit XML, as one HTML page, and as Prometheus text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aegis.base.verdict import Verdict
from aegis.evaluate.compare import Comparison, Difference
from aegis.evaluate.jsonlines import read_lines
from aegis.evaluate.records import Failure, Result, read_records
from aegis.evaluate.reports.junit import Case, junit
from aegis.evaluate.reports.metrics import Gauge, metrics_text
from aegis.evaluate.reports.page import Line, Mark, Table, page
from aegis.operations.evaluating.comparing import CompareResult
from aegis.operations.evaluating.gates import EvaluateResult
from aegis.operations.evaluating.running import RunResult

_SHOWN = 100


def write(path: Path | None, make: Callable[[], str]) -> None:
    """Write a report where one was asked for."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), encoding="utf-8")


def gates_junit(result: EvaluateResult) -> str:
    """One test case a gate."""
    cases = [
        Case(name=gate.gate, verdict=gate.verdict, message="; ".join(gate.reasons))
        for gate in result.gates
    ]
    if result.waits_for or not result.gates:
        waits = "; ".join(result.waits_for) or "the plan has no gate for it"
        cases.append(_not_a_pass("the gates of the plan", waits))
    return junit(f"{result.service}: {result.opens}", [*cases, *_problems(result.problems)])


def compare_junit(result: CompareResult) -> str:
    """One test case for the whole, one a slice."""
    return junit(
        f"{result.candidate} against {result.stable}",
        [*_compared(result.comparison), *_problems(result.problems)],
    )


def run_junit(result: RunResult) -> str:
    """One test case a sample, and one for the verdict. A score below one half is a failure."""
    cases = [
        Case(
            name=row.id,
            verdict=Verdict.PASSED if row.score >= 0.5 else Verdict.FAILED,
            message=row.reason or f"score {row.score:.3g}",
            detail=row.answer or "",
            time_s=row.latency_s,
        )
        if isinstance(row, Result)
        else Case(name=row.id, verdict=Verdict.ERROR, message=row.error)
        for row in _rows(result)
    ]
    if result.verdict is not None:
        cases.insert(
            0, Case(name="verdict", verdict=result.verdict, message="; ".join(result.reasons))
        )
    return junit(f"{result.dataset} by {_who(result)}", cases)


def run_metrics(result: RunResult) -> str:
    """Every scorer, corrected by labels where there are some."""
    judge = result.judge
    gauges = []
    for row in result.scores:
        found = row.estimate
        if judge is not None and judge.scorer == row.scorer and not row.slice:
            mean, low, high = 1 - judge.rate, 1 - judge.high, 1 - judge.low
        else:
            mean, low, high = found.mean, found.low, found.high
        gauges.append(
            Gauge(dataset=result.dataset, scorer=row.scorer, slice=row.slice, mean=mean, low=low,
                  high=high, samples=found.samples)
        )  # fmt: skip
    return metrics_text(gauges)


def gates_page(result: EvaluateResult) -> str:
    """The page of a verdict over gates."""
    lines = tuple(
        Line(
            cells=(
                gate.gate,
                "–" if gate.mean is None else f"{gate.mean:.3f}",
                f"{gate.threshold:g}",
                str(gate.samples),
                "; ".join(gate.reasons),
            ),
            verdict=gate.verdict,
            mark=None
            if gate.mean is None or gate.low is None or gate.high is None
            else Mark(low=gate.low, value=gate.mean, high=gate.high, line=gate.threshold),
        )
        for gate in result.gates
    )
    waits = tuple(Line(cells=(text,)) for text in result.waits_for)
    return page(
        f"{result.service}: does {result.opens} open?",
        verdict=result.verdict,
        lead=(f"{len(result.gates)} gates of the plan were judged.",),
        tables=(
            Table(title="Gates", columns=("gate", "#mean", "#threshold", "#n", "why"), lines=lines),
            Table(title="Waits for", columns=("what",), lines=waits),
            _problem_table(result.problems),
        ),
        foot=(f"plan {result.plan}",),
    )


def compare_page(result: CompareResult) -> str:
    """The page of a comparison."""
    return page(
        f"{Path(result.candidate).stem} against {Path(result.stable).stem}",
        verdict=result.verdict,
        lead=[f"{reason}." for reason in result.comparison.reasons],
        tables=(_comparison_table(result.comparison), _problem_table(result.problems)),
        foot=(f"stable {result.stable}", f"candidate {result.candidate}"),
    )


def run_page(result: RunResult) -> str:
    """The page of a run: what it showed, and the samples that did not pass."""
    tables = [
        Table(
            title="Scores",
            columns=("scorer", "slice", "#mean", "#n", "#clusters"),
            lines=tuple(
                Line(
                    cells=(
                        row.scorer, row.slice or "all", f"{row.estimate.mean:.3f}",
                        str(row.estimate.samples), str(row.estimate.clusters),
                    ),
                    mark=Mark(low=row.estimate.low, value=row.estimate.mean, high=row.estimate.high),
                )
                for row in result.scores
            ),
        )
    ]  # fmt: skip
    if result.comparison is not None:
        tables.append(_comparison_table(result.comparison))
    tables += [_attack_table(result), _judge_table(result), _calibration_table(result)]
    tables += [_sample_table(_rows(result)), _problem_table(result.problems)]
    asked = f"{result.asked + result.resumed:,} of {result.samples:,} samples were asked"
    if result.saved:
        asked += f"; {result.saved:,} calls were saved, because the verdict was certain"
    return page(
        f"{result.dataset} by {_who(result)}",
        verdict=result.verdict,
        lead=(*(f"{reason}." for reason in result.reasons), f"{asked}."),
        tables=tables,
        foot=(
            f"data set {result.dataset_digest}",
            f"release {result.release.digest}",
            f"prompt {result.release.prompt} {result.release.prompt_digest}",
            f"{result.release.protocol} {result.release.endpoint}",
        ),
    )


def _comparison_table(found: Comparison) -> Table:
    need = found.overall.need
    return Table(
        title="Candidate minus stable, on the same samples",
        columns=("slice", "#stable", "#candidate", "#points", "#n", "#clusters", "why"),
        lines=tuple(_difference_line(row) for row in (found.overall, *found.slices)),
        note=f"{need.sentence[:1].upper()}{need.sentence[1:]}." if need else "",
    )


def _difference_line(row: Difference) -> Line:
    low, mean, high = (100 * end for end in (row.low, row.mean, row.high))
    reach = max(10.0, min(100.0, 1.5 * max(abs(low), abs(high))))
    return Line(
        cells=(
            row.name, f"{100 * row.stable:.1f} %", f"{100 * row.candidate:.1f} %",
            f"{100 * row.mean:+.1f}", str(row.samples), str(row.clusters), row.reason,
        ),
        verdict=row.verdict,
        mark=Mark(low=low, value=mean, high=high, scale=(-reach, reach), line=0.0),
    )  # fmt: skip


def _attack_table(result: RunResult) -> Table:
    found = result.attack
    rows = (found.overall, *found.techniques) if found else ()
    return Table(
        title="Attacks",
        columns=("technique", "#tried", "#succeeded", "#rate"),
        lines=tuple(
            Line(
                cells=(
                    row.technique,
                    str(row.tried),
                    str(row.succeeded),
                    f"{100 * row.rate:.1f} %",
                ),
                mark=Mark(low=row.low, value=row.rate, high=row.high),
            )
            for row in rows
        ),
        note=f"At most {100 * found.at_most:.1f} % with 95 % confidence, for prompts like these "
        "(Clopper-Pearson)."
        if found
        else "",
    )


def _judge_table(result: RunResult) -> Table:
    return Table(
        title="The first scorer against people",
        columns=("scorer", "#labels", "#agree", "#kappa", "#bad, as it says", "#bad, corrected"),
        lines=tuple(
            Line(
                cells=(
                    judge.scorer, str(judge.labelled),
                    "–" if judge.agreement.value is None else f"{100 * judge.agreement.value:.0f} %",
                    "–" if judge.kappa is None else f"{judge.kappa:.2f}",
                    f"{100 * judge.judge_rate:.1f} %", f"{100 * judge.rate:.1f} %",
                ),
                mark=Mark(low=judge.low, value=judge.rate, high=judge.high),
            )
            for judge in ([result.judge] if result.judge else [])
        ),
    )  # fmt: skip


def _calibration_table(result: RunResult) -> Table:
    found = result.calibration
    return Table(
        title="Calibration",
        columns=("#said", "#right", "#n"),
        lines=tuple(
            Line(
                cells=(f"{each.confidence:.2f}", f"{each.right:.2f}", str(each.samples)),
                mark=Mark(
                    low=each.right_low, value=each.right, high=each.right_high, line=each.confidence
                ),
            )
            for each in (found.bins if found else ())
        ),
        note=f"ECE {found.ece:.3f}, where a calibrated model shows {found.ece_if_calibrated:.3f} "
        f"(p = {found.p_value:.2g}); Brier {found.brier:.3f}. The line is what the model said."
        if found
        else "",
    )


def _sample_table(rows: Sequence[Result | Failure]) -> Table:
    bad = [row for row in rows if isinstance(row, Failure) or row.score < 1]
    bad.sort(key=lambda row: row.score if isinstance(row, Result) else -1.0)
    return Table(
        title="Samples that did not pass",
        columns=("sample", "#score", "answer", "why"),
        lines=tuple(
            Line(cells=(row.id, "–", row.answer or "", row.error))
            if isinstance(row, Failure)
            else Line(cells=(row.id, f"{row.score:.2f}", (row.answer or "")[:600], row.reason))
            for row in bad[:_SHOWN]
        ),
        note=f"The {_SHOWN} lowest of {len(bad):,}." if len(bad) > _SHOWN else "",
    )


def _problem_table(problems: Sequence[str]) -> Table:
    lines = tuple(Line(cells=(problem,)) for problem in problems)
    return Table(title="Problems", columns=("what",), lines=lines)


def _who(result: RunResult) -> str:
    """Who answered: the name of the model, or the file that stands for one."""
    release = result.release
    return release.endpoint if release.model.startswith("sha256:") else release.model


def _rows(result: RunResult) -> list[Result | Failure]:
    path = Path(result.file)
    if result.refused or not path.is_file():
        return []
    records = read_records(read_lines(path), path=result.file)
    return [*records.results, *records.failures]


def _compared(found: Comparison) -> list[Case]:
    return [
        Case(name=row.name, verdict=row.verdict, message=row.reason)
        for row in (found.overall, *found.slices)
    ]


def _problems(problems: Sequence[str]) -> list[Case]:
    return [_not_a_pass("input", "; ".join(problems))] if problems else []


def _not_a_pass(name: str, message: str) -> Case:
    return Case(name=name, verdict=Verdict.INCONCLUSIVE, message=message)
