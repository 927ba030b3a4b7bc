"""What the scores of a watch say, and how Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from aegis.base import conventions as names
from aegis.base.exposition import labels_text
from aegis.base.model import Frozen
from aegis.evaluate.estimate import estimate
from aegis.evaluate.judged import JudgeReport, judge_report
from aegis.evaluate.records import Result
from aegis.evaluate.watch.ledger import Head, Row, Total, is_turned
from aegis.evaluate.watch.served import TRACKS, Track, key_of

RELEASE_SLO = "release"
"""The `slo` under which the check of a release reads the first kind."""


class Level(Frozen):
    """The mean of one kind on one track over the recent answers, with its 95 % interval."""

    value: float
    low: float
    high: float
    samples: int
    labelled: int = Field(description="labels of people that corrected it; 0: as the scorer says")


class TrackScores(Frozen):
    """What one kind came to on one track."""

    kind: str
    scorer: str
    track: Track
    sum: float
    count: int
    level: Level | None = Field(description="None: no answer was scored in the recent hours")


def track_scores(
    head: Head,
    totals: Mapping[tuple[str, Track], Total],
    rows: Sequence[Row],
    labels: Mapping[str, bool],
) -> list[TrackScores]:
    """Totals since the beginning and levels of recent rows, by kind and track.

    `labels` are by request, and of the first kind.
    """
    first = next(iter(head.measures))
    found = []
    for kind, scorer in head.measures.items():
        for track in TRACKS:
            of = [row for row in rows if (row.kind, row.track) == (kind, track)]
            total = totals.get((kind, track), Total())
            said = people_said(of, labels if kind == first else {})
            level = _level(of, said, turned=is_turned(scorer))
            found.append(
                TrackScores(
                    kind=kind, scorer=scorer, track=track, sum=total.sum, count=total.count,
                    level=level,
                )
            )  # fmt: skip
    return found


def judges(head: Head, rows: Sequence[Row], labels: Mapping[str, bool]) -> list[JudgeReport]:
    """How often each scorer and people disagree, over both tracks; kinds without a label have none."""
    first = next(iter(head.measures))
    found = []
    for kind, scorer in head.measures.items():
        of = [row for row in rows if row.kind == kind]
        said = people_said(of, labels if kind == first else {})
        report = judge_report(scorer, _results(of), said)
        if report is not None:
            found.append(report)
    return found


def people_said(rows: Iterable[Row], labels: Mapping[str, bool]) -> dict[str, bool]:
    """Labels by key: those of a file, else those that came with the samples."""
    by_key = {key_of(name, track): good for name, good in labels.items() for track in TRACKS}
    said = {row.key: by_key.get(row.key, row.label) for row in rows}
    return {key: good for key, good in said.items() if good is not None}


def exposition(head: Head, scores: Sequence[TrackScores], *, scale: float = 1.0) -> str:
    """A textfile: counters of scores in [0, 1], and levels times `scale` with their bounds.

    Counters are there from the beginning, at zero, so that the first score is an increase too. A
    level is there while answers are scored: a gauge that stays would say that all is well.
    """
    at = {"service": head.service, "environment": head.environment}
    lines = [
        f"# HELP {names.EVALUATION_SCORES} Scores of sampled answers, each from 0 to 1.",
        f"# TYPE {names.EVALUATION_SCORES} summary",
    ]
    for each in scores:
        labels = labels_text({**at, "track": each.track, "kind": each.kind})
        lines += [
            f"{names.EVALUATION_SCORES}_sum{{{labels}}} {each.sum!r}",
            f"{names.EVALUATION_SCORES}_count{{{labels}}} {each.count}",
        ]
    lines += [
        f"# HELP {names.EVALUATION_SCORE} Mean score of recent answers with its 95 % interval.",
        f"# TYPE {names.EVALUATION_SCORE} gauge",
    ]
    first = next(iter(head.measures))
    for each in scores:
        for slo in (each.kind, RELEASE_SLO) if each.kind == first else (each.kind,):
            lines += _bounds(each, {**at, "track": each.track, "slo": slo}, scale)
    return "\n".join([*lines, ""])


def _bounds(each: TrackScores, labels: Mapping[str, str], scale: float) -> list[str]:
    if each.level is None:
        return []
    bounds = {"low": each.level.low, "value": each.level.value, "high": each.level.high}
    return [
        f"{names.EVALUATION_SCORE}{{{labels_text({**labels, 'bound': bound})}}} {scale * level:.6g}"
        for bound, level in bounds.items()
    ]


def _level(rows: Sequence[Row], said: Mapping[str, bool], *, turned: bool) -> Level | None:
    results = _results(rows)
    mean = estimate([result.score for result in results], results)
    if mean is None:
        return None
    value, low, high = mean.mean, mean.low, mean.high
    judged = judge_report("", results, said)
    if judged is not None:
        value, low, high = 1 - judged.rate, 1 - judged.high, 1 - judged.low
    if turned:
        value, low, high = 1 - value, 1 - high, 1 - low
    return Level(
        value=value, low=low, high=high, samples=len(rows),
        labelled=judged.labelled if judged else 0,
    )  # fmt: skip


def _results(rows: Sequence[Row]) -> list[Result]:
    return [Result(id=row.key, score=row.score, cluster=row.cluster) for row in rows]
