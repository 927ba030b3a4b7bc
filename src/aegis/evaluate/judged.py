"""A judge beside people: how often they disagree, and the rate that follows.

Groundedness, hallucination, toxicity, refusal: what a judge model, a phrase list or a detector says
is wrong sometimes. A subset that people labelled measures how often, and corrects the rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pydantic import Field

from aegis.base.model import Frozen
from aegis.evaluate.jsonlines import parse_lines
from aegis.evaluate.records import Result
from aegis.evaluate.samples import SampleId
from aegis.stats.judged import Labelled, judged_rate
from aegis.stats.proportions import clopper_pearson

_THRESHOLD = 0.5


class Label(Frozen):
    """What a person said of one answer."""

    id: SampleId
    good: bool
    by: str = Field(default="", description="who labelled it; not used")


class Share(Frozen):
    """A share with its exact 95 % interval."""

    value: float | None
    low: float
    high: float
    count: int
    of: int


class JudgeReport(Frozen):
    """How a scorer compares with people, and the rate of bad answers corrected for it."""

    scorer: str
    labelled: int
    judged: int = Field(description="judged answers without a label")
    agreement: Share
    kappa: float | None = Field(description="Cohen's kappa; None where one of them never varies")
    false_alarms: Share = Field(description="called bad, of those that people called good")
    missed: Share = Field(description="called good, of those that people called bad")
    judge_rate: float = Field(description="rate of bad answers as the judge says")
    rate: float = Field(description="corrected")
    low: float
    high: float
    judge_weight: float = Field(description="0: the labels alone; 1: the judge, corrected")


def read_labels(lines: Iterable[str], *, path: str) -> tuple[dict[str, bool], tuple[str, ...]]:
    """Good or not by sample, and what is wrong with other lines.

    >>> read_labels(['{"id": "a", "good": true}', '{"id": "b"}'], path="l.jsonl")
    ({'a': True}, ('l.jsonl:2: good: Field required',))
    """
    problems: list[str] = []
    labels: dict[str, bool] = {}
    for number, label in parse_lines(lines, Label.model_validate, path=path, problems=problems):
        if labels.setdefault(label.id, label.good) != label.good:
            problems.append(
                f"{path}:{number}: `{label.id}` has another label before; the first counts"
            )
    return labels, tuple(problems)


def judge_report(
    scorer: str, results: Sequence[Result], labels: Mapping[str, bool]
) -> JudgeReport | None:
    """What labels say about a scorer; None where no result has a label.

    A score of at least one half is «good». The corrected rate is prediction-powered inference
    (`stats.judged`); labels must be of samples drawn at random. With fewer than 100 labels the
    interval is the exact one of the labels alone.
    """
    said = {r.id: r.scores.get(scorer, r.score) >= _THRESHOLD for r in results}
    both = [(said[name], good) for name, good in labels.items() if name in said]
    if not both:
        return None
    counts = Labelled(
        both_bad=both.count((False, False)),
        judge_only=both.count((False, True)),
        person_only=both.count((True, False)),
        both_good=both.count((True, True)),
    )
    unlabelled = [good for name, good in said.items() if name not in labels]
    # without further answers the judge adds nothing to the labels
    rate = judged_rate(counts, judge_bad=unlabelled.count(False), judged=len(unlabelled))
    agreed = counts.both_bad + counts.both_good
    return JudgeReport(
        scorer=scorer,
        labelled=counts.samples,
        judged=len(unlabelled),
        agreement=_share(agreed, counts.samples),
        kappa=_kappa(counts),
        false_alarms=_share(counts.judge_only, counts.judge_only + counts.both_good),
        missed=_share(counts.person_only, counts.person_only + counts.both_bad),
        judge_rate=sum(not good for good in said.values()) / len(said),
        rate=rate.rate,
        low=rate.interval.low,
        high=rate.interval.high,
        judge_weight=rate.judge_weight,
    )


def _share(count: int, of: int) -> Share:
    interval = clopper_pearson(count, of)
    return Share(
        value=count / of if of else None, low=interval.low, high=interval.high, count=count, of=of
    )


def _kappa(counts: Labelled) -> float | None:
    """Agreement beyond chance.

    Source: Cohen, Educational and Psychological Measurement 20, 1960.

    >>> _kappa(Labelled(both_bad=20, judge_only=5, person_only=10, both_good=15))
    0.4
    """
    samples = counts.samples
    judge = (counts.both_bad + counts.judge_only) / samples
    person = counts.bad / samples
    chance = judge * person + (1 - judge) * (1 - person)
    if chance == 1:
        return None
    agreed = (counts.both_bad + counts.both_good) / samples
    return round((agreed - chance) / (1 - chance), 6)
