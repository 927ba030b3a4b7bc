"""Compares two files of results, sample by sample."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.evaluate.compare import Comparison, Terms, compare, pairs_of
from aegis.evaluate.jsonlines import read_lines
from aegis.evaluate.records import Records, read_records


class CompareResult(Frozen):
    """Whether the candidate is worse than stable, overall and in each slice."""

    stable: str
    candidate: str
    scorer: str = Field(description="empty: the score of each result")
    verdict: Verdict
    comparison: Comparison
    problems: tuple[str, ...] = ()


def compare_files(
    stable: Path, candidate: Path, terms: Terms, *, scorer: str = ""
) -> CompareResult:
    """The paired comparison of two runs over one data set.

    Results over different data sets are compared where ids agree, and that is said; a pass then
    becomes inconclusive, as it does when a line could not be read.
    """
    before, after = _read(stable), _read(candidate)
    pairs, unpaired = pairs_of(after.results, before.results, scorer=scorer)
    found = compare(pairs, terms, unpaired=unpaired)
    problems = [*before.problems, *after.problems]
    if before.run and after.run and before.run.dataset_digest != after.run.dataset_digest:
        problems.append(
            f"{stable} and {candidate} were run over different data sets "
            f"({before.run.dataset_digest[:19]}…, {after.run.dataset_digest[:19]}…)"
        )
    if before.run and after.run and before.run.scorers[:1] != after.run.scorers[:1] and not scorer:
        problems.append(
            f"{stable} and {candidate} were scored differently "
            f"({', '.join(before.run.scorers)}; {', '.join(after.run.scorers)})"
        )
    verdict = found.verdict
    if verdict is Verdict.PASSED and problems:
        verdict = Verdict.INCONCLUSIVE
    return CompareResult(
        stable=str(stable), candidate=str(candidate), scorer=scorer, verdict=verdict,
        comparison=found, problems=tuple(problems),
    )  # fmt: skip


def _read(path: Path) -> Records:
    return read_records(read_lines(path), path=str(path))
