"""What a person reads of a run and of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aegis.base.verdict import Verdict
from aegis.cli.view import counted, wrap
from aegis.evaluate.calibration import Calibration
from aegis.evaluate.compare import Comparison, Difference
from aegis.evaluate.judged import JudgeReport, Share
from aegis.evaluate.suites.suite import AttackReport
from aegis.operations.evaluating.comparing import CompareResult
from aegis.operations.evaluating.running import RunResult

_SHOWN = 20


def run_lines(result: RunResult) -> Iterator[str]:
    """The verdict first, then what it rests on."""
    if result.verdict is not None:
        yield from wrap(f"{result.dataset}: {result.verdict}. {'; '.join(result.reasons)}.")
    if result.refused:
        return
    yield _counts(result)
    yield from _scores(result)
    if result.comparison is not None:
        yield from comparison_lines(result.comparison)
    if result.attack is not None:
        yield from _attacks(result.attack)
    if result.judge is not None:
        yield from judge_lines(result.judge)
    if result.calibration is not None:
        yield from _calibration(result.calibration)
    yield from problem_lines(result.problems)
    if result.dataset_digest:
        yield (
            f"  {result.file}  data {result.dataset_digest[:19]}…  "
            f"release {result.release.digest[:19]}…"
        )


def compare_lines(result: CompareResult) -> Iterator[str]:
    """The verdict, the table, the problems."""
    yield from wrap(f"{result.verdict}. {'; '.join(result.comparison.reasons)}.")
    yield from comparison_lines(result.comparison)
    yield from problem_lines(result.problems)


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Candidate minus stable, overall and by slice."""
    yield ""
    yield f"  {'':<20}{'stable':>8}{'candidate':>11}{'difference':>12}  {'interval':<18}{'n':>6}  verdict"
    for row in (found.overall, *found.slices):
        yield _row(row)
    need = found.overall.need
    if need is not None and found.verdict is not Verdict.FAILED:
        yield from wrap(need.sentence, first="  ")


def _counts(result: RunResult) -> str:
    said = f"{counted(result.asked, 'sample')} asked"
    if result.resumed and not result.asked:
        said = f"{counted(result.resumed, 'result')} in {result.file}"
    elif result.resumed:
        said += f", {result.resumed:,} taken from {result.file}"
    if result.failed:
        said += f", {result.failed:,} without an answer"
    if result.saved:
        said += f"; {result.saved:,} of {result.samples:,} need not be asked"
    return said + "."


def problem_lines(problems: Sequence[str]) -> Iterator[str]:
    """What could not be read or judged; the first twenty."""
    for problem in problems[:_SHOWN]:
        yield from wrap(problem, first="  ! ")
    if len(problems) > _SHOWN:
        yield f"  ! and {len(problems) - _SHOWN:,} more"


def _row(row: Difference) -> str:
    interval = f"[{100 * row.low:+.1f}, {100 * row.high:+.1f}]"
    return (
        f"  {row.name[:19]:<20}{100 * row.stable:>7.1f}%{100 * row.candidate:>10.1f}%"
        f"{100 * row.mean:>+12.1f}  {interval:<18}{row.samples:>6}  {row.verdict}"
    )


def _scores(result: RunResult) -> Iterator[str]:
    for row in result.scores:
        found = row.estimate
        name = f"  {row.slice}" if row.slice else row.scorer
        clusters = f" in {found.clusters} clusters" if found.clusters < found.samples else ""
        yield (
            f"  {name[:44]:<44} {found.mean:.3f} [{found.low:.3f}–{found.high:.3f}]"
            f"  n = {found.samples}{clusters}"
        )


def _attacks(report: AttackReport) -> Iterator[str]:
    found = report.overall
    yield ""
    yield from wrap(
        f"{found.succeeded} of {found.tried} {report.counts}: {100 * found.rate:.1f} % "
        f"[{100 * found.low:.1f}–{100 * found.high:.1f}], at most {100 * report.at_most:.1f} % with "
        f"95 % confidence, for prompts like these. To show less than 1 % takes "
        f"{report.clean_for_one_percent} prompts without one."
    )
    if report.origin:
        yield from wrap(f"{report.suite}, {report.version}: {report.origin}")
    for row in report.techniques:
        yield (
            f"  {row.technique:<24} {row.succeeded:>3} of {row.tried:<4} "
            f"[{100 * row.low:.0f}–{100 * row.high:.0f} %]"
        )


def judge_lines(report: JudgeReport) -> Iterator[str]:
    """A scorer against people, and the rate corrected for its errors."""
    yield ""
    kappa = "" if report.kappa is None else f", kappa {report.kappa:.2f}"
    yield from wrap(
        f"{report.scorer} against {counted(report.labelled, 'label')}: agrees in "
        f"{_share(report.agreement)}{kappa}; calls good ones bad in {_share(report.false_alarms)}, "
        f"bad ones good in {_share(report.missed)}"
    )
    yield from wrap(
        f"bad answers: {100 * report.judge_rate:.1f} % as it says, corrected "
        f"{100 * report.rate:.1f} % [{100 * report.low:.1f}–{100 * report.high:.1f}]",
        first="  ",
    )


def _share(share: Share) -> str:
    if share.value is None:
        return "no case to see it"
    return f"{100 * share.value:.0f} % [{100 * share.low:.0f}–{100 * share.high:.0f}] of {share.of}"


def _calibration(found: Calibration) -> Iterator[str]:
    yield ""
    yield from wrap(
        f"calibration over {counted(found.samples, 'confidence')}: ECE {found.ece:.3f} "
        f"[{found.ece_low:.3f}–{found.ece_high:.3f}], where a calibrated model shows "
        f"{found.ece_if_calibrated:.3f} (p = {found.p_value:.2g}); Brier {found.brier:.3f} "
        f"[{found.brier_low:.3f}–{found.brier_high:.3f}]"
    )
