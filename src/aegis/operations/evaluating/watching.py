"""Follows a log of served answers: scores a share of them, and publishes what the rules read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.evaluate.errors import InputError
from aegis.evaluate.jsonlines import parse_lines
from aegis.evaluate.judged import JudgeReport
from aegis.evaluate.models.model import Answer
from aegis.evaluate.models.replay import Replay
from aegis.evaluate.records import Failure
from aegis.evaluate.runner import Row as Scored
from aegis.evaluate.runner import run
from aegis.evaluate.scorers.registry import Helpers, scorer
from aegis.evaluate.scorers.scorer import Scorer
from aegis.evaluate.watch.growing import Growing
from aegis.evaluate.watch.ledger import Head, Ledger, Row, open_ledger
from aegis.evaluate.watch.levels import TrackScores, exposition, judges, track_scores
from aegis.evaluate.watch.served import Served, is_sampled, read_served
from aegis.operations.evaluating.asking import labels_of

_BATCH = 200
_BUSY_S, _IDLE_S = 5.0, 60.0
"""How often the textfile is replaced at least, while much comes and while nothing does."""
_PROBLEMS = 50
_KIND = re.compile(r"[a-z][a-z0-9-]*")
Measures = dict[str, tuple[str, Scorer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOrder:
    """The options of `aegis evaluate watch`; shares and hours as numbers."""

    samples: Path
    metrics: Path
    state: Path
    service: str
    environment: str
    measures: Measures
    share: float = 1.0
    hours: float = 24.0
    scale: float = 1.0
    labels: Path | None = None
    concurrency: int = 8


class WatchResult(Frozen):
    """What was read, what was scored, and what the textfile now says."""

    samples: str
    metrics: str
    state: str
    service: str
    environment: str
    verdict: Verdict | None = Field(description="inconclusive: no score, or scores are missing")
    reasons: tuple[str, ...] = ()
    read: int = Field(description="samples that could be read, of this start")
    chosen: int = Field(description="of these, in the share that is scored")
    scored: int = Field(description="scores given at this start; several kinds, several scores")
    repeated: int = Field(description="scores that were there already")
    unscored: int = Field(description="scores that a scorer could not give; the next start tries")
    broken: int = Field(description="lines that could not be read")
    passed_over: dict[str, int] = Field(description="records without a sample, by reason")
    scores: tuple[TrackScores, ...]
    judges: tuple[JudgeReport, ...] = Field(description="each scorer against the labels of people")
    problems: tuple[str, ...] = Field(description="the first fifty")


def measures_of(scores: tuple[str, ...], helpers: Helpers) -> Measures:
    """The scorer of each kind, from `kind=scorer` or `kind=not:scorer`.

    >>> [(kind, name) for kind, (name, _) in measures_of(("refusal=refusal",), Helpers()).items()]
    [('refusal', 'refusal')]

    Raises:
        InputError: a kind is named twice or not at all, or there is no such scorer.
    """
    found: Measures = {}
    for each in scores:
        kind, equals, asked = each.partition("=")
        if not equals or not _KIND.fullmatch(kind):
            raise InputError(
                f"--score {each}: write it as kind=scorer, such as groundedness=rubric:groundedness"
            )
        if kind in found:
            raise InputError(f"--score {each}: `{kind}` has a scorer already; give each kind one")
        bare = asked.removeprefix("not:")
        by = scorer(bare, helpers)
        found[kind] = ("not:" if bare != asked else "") + by.name, by
    if not found:
        raise InputError("by what? Give --score kind=scorer at least once")
    return found


@dataclass(slots=True, kw_only=True)
class _Watch:
    """One start of a watch: counts what it meets, keeps what is scored."""

    order: WatchOrder
    ledger: Ledger
    now_s: Callable[[], float]
    told: Callable[[str], None]
    file: Growing
    read: int = 0
    chosen: int = 0
    scored: int = 0
    repeated: int = 0
    unscored: int = 0
    broken: int = 0
    published: int = 0
    published_s: float = 0.0
    passed_over: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def step(self, *, to_the_end: bool) -> bool:
        """Score what came since; whether anything came."""
        lines = self.file.fresh(at_most=_BATCH, to_the_end=to_the_end)
        path, problems = str(self.order.samples), list[str]()
        batch: dict[str, tuple[int, Served]] = {}
        found = parse_lines(
            lines.texts, read_served, path=path, problems=problems, first=lines.first
        )
        for number, served in found:
            if isinstance(served, str):
                self.passed_over[served] += 1
                continue
            self.read += 1
            if not is_sampled(served.request, self.order.share):
                continue
            self.chosen += 1
            if served.key in batch:
                self.repeated += len(self.order.measures)
            else:
                batch[served.key] = number, served
        self.broken += len(problems)
        self._tell(problems)
        for kind in self.order.measures:
            self._score(kind, batch)
        return bool(lines.texts)

    def _score(self, kind: str, batch: dict[str, tuple[int, Served]]) -> None:
        """Ask one scorer about every sample that it has not scored yet."""
        todo = {key: each for key, each in batch.items() if (kind, key) not in self.ledger.done}
        self.repeated += len(batch) - len(todo)
        now_s, first = self.now_s(), next(iter(self.order.measures))

        def keep(row: Scored) -> None:
            number, served = todo[row.id]
            if isinstance(row, Failure):
                self.unscored += 1
                self._tell([f"{self.order.samples}:{number}: no score of `{kind}`: {row.error}"])
                return
            self.scored += 1
            self.ledger.keep(
                Row(
                    key=row.id, kind=kind, track=served.track, at_s=served.at_s(now_s),
                    score=row.score, label=served.labels(first).get(kind), cluster=served.group,
                )
            )  # fmt: skip

        answers = {key: Answer(text=served.answer) for key, (_, served) in todo.items()}
        run(
            [served.sample() for _, served in todo.values()],
            Replay(path=str(self.order.samples), answers=answers, digest=""),
            [self.order.measures[kind][1]],
            concurrency=self.order.concurrency,
            keep=keep,
        )

    def _tell(self, problems: list[str]) -> None:
        for problem in problems:
            self.told(problem)
        self.problems += problems[: max(0, _PROBLEMS - len(self.problems))]

    def is_due(self, *, moved: bool) -> bool:
        """Whether to publish: when all that came is scored, and now and then."""
        since_s = self.now_s() - self.published_s
        return since_s >= (_BUSY_S if moved else _IDLE_S) or (
            not moved and self.scored > self.published
        )

    def publish(self) -> tuple[list[TrackScores], list[JudgeReport]]:
        """Put the state on the disk, then what it says in place of the textfile."""
        order, head = self.order, self.ledger.head
        rows = self.ledger.recent(self.now_s() - 3600 * order.hours)
        labels, problems = labels_of(order.labels)
        self._tell([each for each in problems if each not in self.problems])
        scores = track_scores(head, self.ledger.totals, rows, labels)
        self.published, self.published_s = self.scored, self.now_s()
        self.ledger.sync()
        order.metrics.parent.mkdir(parents=True, exist_ok=True)
        part = order.metrics.with_name(f".{order.metrics.name}.part")
        part.write_text(exposition(head, scores, scale=order.scale), "utf-8")
        part.replace(order.metrics)
        return scores, judges(head, rows, labels)


def watch(
    order: WatchOrder,
    *,
    now_s: Callable[[], float],
    wait: Callable[[], None] | None,
    told: Callable[[str], None],
) -> WatchResult:
    """Score what the file holds, and between waits what is appended to it.

    An interruption ends the waiting; without `wait` the file is read to its end once. The state is
    on the disk before the textfile is replaced, so that a counter never falls back, whenever the
    process is killed.

    Raises:
        InputError: the state belongs to another watch.
    """
    head = Head(
        service=order.service, environment=order.environment,
        measures={kind: name for kind, (name, _) in order.measures.items()},
    )  # fmt: skip
    file = Growing(order.samples)
    with open_ledger(order.state, head) as ledger:
        made = _Watch(
            order=order, ledger=ledger, now_s=now_s, told=told, file=file,
            problems=list(ledger.problems),
        )  # fmt: skip
        try:
            made.publish()
            while True:
                moved = made.step(to_the_end=wait is None)
                if made.is_due(moved=moved):
                    made.publish()
                    told(f"{made.read} samples read, {made.chosen} chosen, {made.scored} scores")
                if moved:
                    continue
                if wait is None:
                    break
                wait()
        except KeyboardInterrupt:
            if wait is None:
                raise
        finally:
            file.close()
        return _result(made, *made.publish())


def _result(made: _Watch, scores: list[TrackScores], reports: list[JudgeReport]) -> WatchResult:
    order = made.order
    reasons = []
    if not any(each.count for each in scores):
        reasons.append("no answer is scored; no data is never a pass")
        reasons += [f"{count} {what}" for what, count in made.passed_over.items()]
    if made.unscored:
        reasons.append(f"{made.unscored} scores are missing; start again to try them again")
    return WatchResult(
        samples=str(order.samples), metrics=str(order.metrics), state=str(order.state),
        service=order.service, environment=order.environment,
        verdict=Verdict.INCONCLUSIVE if reasons else None, reasons=tuple(reasons),
        read=made.read, chosen=made.chosen, scored=made.scored, repeated=made.repeated,
        unscored=made.unscored, broken=made.broken, passed_over=dict(made.passed_over),
        scores=tuple(scores), judges=tuple(reports), problems=tuple(made.problems),
    )  # fmt: skip
