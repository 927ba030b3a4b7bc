"""Asks a model for every sample, several at once; nothing is asked twice, nothing is lost.

Threads rather than coroutines: the standard library's HTTP client costs a tenth of an asynchronous
one (see `models.http`), and scorers may be plain functions.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

from aegis.evaluate.models.model import Model, NoAnswerError
from aegis.evaluate.records import Failure, Result
from aegis.evaluate.samples import Sample
from aegis.evaluate.scorers.scorer import NoScoreError, Score, Scorer

Row: TypeAlias = Result | Failure
_Item: TypeAlias = tuple[int, Row] | BaseException | None


class Watch(Protocol):
    """Looks at rows in the order of the samples, and says when enough is known."""

    def see(self, row: Row) -> bool:
        """Whether to stop now."""


def run(
    samples: Sequence[Sample],
    model: Model,
    scorers: Sequence[Scorer],
    *,
    concurrency: int = 8,
    keep: Callable[[Row], None],
    watch: Watch | None = None,
    earlier: Mapping[str, Result] | None = None,
) -> int:
    """Answers and judges samples in this order, `concurrency` at a time; how many were asked.

    `keep` gets each row as it arrives (write it down). `watch` gets the rows in the order of the
    samples, so that quick answers do not count more than slow ones, those of an `earlier` run
    included; what is under way when it says stop is still kept. An interruption closes the model's
    connections and is raised again.
    """
    known = earlier or {}
    seen = _InOrder(watch)
    for index, sample in enumerate(samples):
        if sample.id in known:
            seen.add(index, known[sample.id])
    todo = [(i, s) for i, s in enumerate(samples) if s.id not in known]
    running = max(1, min(concurrency, len(todo)))
    source = _Source(() if seen.enough else todo, ahead=running)
    rows: queue.SimpleQueue[_Item] = queue.SimpleQueue()
    for _ in range(running):
        threading.Thread(target=_work, args=(source, rows, model, scorers), daemon=True).start()
    asked = 0
    try:
        while running:
            item = rows.get()
            if item is None:
                running -= 1
                continue
            index, row = _raised(item)
            asked += 1
            keep(row)
            seen.add(index, row)
            source.stopped = seen.enough
            source.done_with_one()
    except BaseException:
        source.stopped = True
        model.close()
        raise
    return asked


def _raised(item: tuple[int, Row] | BaseException) -> tuple[int, Row]:
    if isinstance(item, BaseException):
        raise item
    return item


class _InOrder:
    """Shows rows to a watch in the order of the samples, whatever order they arrive in."""

    def __init__(self, watch: Watch | None) -> None:
        self._watch = watch
        self._waiting: dict[int, Row] = {}
        self._next = 0
        self.enough = False

    def add(self, index: int, row: Row) -> None:
        if self._watch is None:
            return
        self._waiting[index] = row
        while not self.enough and self._next in self._waiting:
            self.enough = self._watch.see(self._waiting.pop(self._next))
            self._next += 1


class _Source:
    """Hands samples out to threads, at most `ahead` more than are done with, until it is stopped."""

    def __init__(self, samples: Iterable[tuple[int, Sample]], *, ahead: int) -> None:
        self._samples = iter(samples)
        self._lock = threading.Lock()
        self._free = threading.Semaphore(ahead)
        self.done_with_one = self._free.release
        self.stopped = False

    def __iter__(self) -> Iterator[tuple[int, Sample]]:
        while True:
            self._free.acquire()
            with self._lock:
                item = None if self.stopped else next(self._samples, None)
            if item is None:
                return
            yield item


def _work(
    source: _Source, rows: queue.SimpleQueue[_Item], model: Model, scorers: Sequence[Scorer]
) -> None:
    try:
        for index, sample in source:
            rows.put((index, answer_and_score(sample, model, scorers)))
    except BaseException as error:  # noqa: BLE001  # raised again in the thread that called `run`
        rows.put(error)
    rows.put(None)


def answer_and_score(sample: Sample, model: Model, scorers: Sequence[Scorer]) -> Row:
    """The row of one sample; the first scorer gives its score."""
    try:
        answer = model.answer(sample)
    except NoAnswerError as error:
        return Failure(id=sample.id, error=str(error))
    try:
        scores = {scorer.name: scorer.score(sample, answer.text) for scorer in scorers}
    except NoScoreError as error:
        return Failure(id=sample.id, error=str(error), answer=answer.text)
    first = next(iter(scores.values()), Score(1.0))
    return Result(
        id=sample.id,
        score=first.value,
        cluster=sample.cluster,
        slice=sample.slice,
        weight=sample.weight,
        scores={name: score.value for name, score in scores.items()} if len(scores) > 1 else {},
        reason="; ".join(score.reason for score in scores.values() if score.reason),
        answer=answer.text,
        confidence=answer.confidence,
        latency_s=answer.latency_s,
        first_token_s=answer.first_token_s,
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
    )
