"""The loop that owns clock and I/O: read, decide, write down, act; in that order, always.

Whatever is decided is on disk before it is carried out, and carrying out is setting a weight, which
may be done twice. So a rollout that was killed anywhere goes on from its record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from aegis.base.verdict import Verdict
from aegis.rollout.counts import Gains, SeriesKey, gains
from aegis.rollout.forecast import forecast, histories
from aegis.rollout.policy import Policy
from aegis.rollout.record import (
    Aborted,
    Entry,
    Journal,
    Looked,
    ReadingRow,
    Record,
    RecordError,
    Routed,
    Started,
    Troubled,
    read_record,
)
from aegis.rollout.state import Action, RolloutLook, RolloutState, abort, advance, start, weight_of
from aegis.rollout.world import Clock, Past, PermanentError, Router, Source, TemporaryError
from aegis.stats.counters import Reading

_SLICE_S = 0.5  # how long a wait goes on before an abort is noticed
_LONGEST_RETRY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a record says: the state, the newest readings, and what the router confirmed."""

    state: RolloutState | None = None
    started: Started | None = None
    last: Mapping[SeriesKey, Reading] = field(default_factory=dict)
    last_s: float = 0.0
    routed: float | None = None
    verdict: Verdict = Verdict.INCONCLUSIVE


Decide = Callable[[Policy, RolloutState, RolloutLook], tuple[RolloutState, Verdict, Action]]


def replay(record: Record, decide: Decide = advance) -> Replayed:
    """The state that a record leads to; decisions are made again from the looks, and must agree.

    Raises:
        RecordError: the entries do not begin with a start, or a look decides otherwise today.
    """
    now = Replayed()
    for number, entry in enumerate(record.entries, start=1):
        now = _applied(now, entry, number, decide)
    return now


def _applied(now: Replayed, entry: Entry, number: int, decide: Decide) -> Replayed:
    if isinstance(entry, Started):
        if now.state is not None:
            raise RecordError(f"line {number}: a second start; one record holds one rollout")
        state = start(entry.policy, at_s=entry.at_s, history=entry.history)
        return replace(
            now, state=state, started=entry, last=_from_rows(entry.readings), last_s=entry.at_s
        )
    if now.state is None or now.started is None:
        raise RecordError(f"line {number}: the record does not begin with a start")
    match entry:
        case Looked():
            state, verdict, action = decide(now.started.policy, now.state, entry.look)
            if (action.kind, action.weight_percent) != (entry.action, entry.weight_percent):
                raise RecordError(
                    f"line {number}: the look was decided as «{entry.action}» and is «{action.kind}» now"
                )
            last = {**now.last, **_from_rows(entry.readings)}
            return replace(now, state=state, verdict=verdict, last=last, last_s=entry.look.to_s)
        case Routed():
            is_new = now.state.outcome is None and now.routed != entry.weight_percent
            state = replace(now.state, since_s=entry.at_s) if is_new else now.state
            last_s = max(now.last_s, entry.at_s) if is_new else now.last_s
            return replace(now, state=state, last_s=last_s, routed=entry.weight_percent)
        case Aborted():
            return replace(now, state=abort(now.state, by=entry.by, reason=entry.reason))
        case Troubled():
            return now


class Rollout:
    """One rollout, new or continued."""

    def __init__(  # noqa: PLR0913  # everything that a test replaces is passed in
        self,
        policy: Policy,
        digest: str,
        *,
        path: Path,
        source: Source,
        router: Router,
        clock: Clock,
        candidate: str = "",
        decide: Decide = advance,
        journal: Callable[[Path, Record], Journal[Entry]] = Journal,
        told: Callable[[Entry, RolloutState], None] = lambda _entry, _state: None,
        aborted: Callable[[], tuple[str, str] | None] = lambda: None,
    ) -> None:
        self._policy, self._digest, self._candidate = policy, digest, candidate
        self._source, self._router, self._clock = source, router, clock
        self._decide, self._told, self._aborted = decide, told, aborted
        record = read_record(path)
        self.now = replay(record, decide)
        if self.now.started is not None and self.now.started.policy_digest != digest:
            raise RecordError(
                f"{path} belongs to another policy ({self.now.started.policy_digest[:19]}…): a policy "
                "is not changed under a rollout. Abort it, or name another record"
            )
        self._journal = journal(path, record)
        self._trouble = ""

    @property
    def state(self) -> RolloutState:
        """Where it stands."""
        if self.now.state is None:
            raise RecordError("the rollout has not begun")
        return self.now.state

    def run(self) -> RolloutState:
        """Looks until the rollout is over; the traffic is where its outcome says."""
        self.begin()
        while True:
            self._hear_abort()
            self._route()
            if self.state.outcome is not None:
                return self.state
            if self._wait(self.now.last_s + self._policy.look_s):
                self.look()

    def look(self) -> None:
        """One look: what was gained is judged and written down. The weight is set by `run`."""
        at_s = max(self._clock.now_s(), self.now.last_s)
        made = self._gains(at_s)
        look = RolloutLook(from_s=self.now.last_s, to_s=at_s, gained=made.gained)
        state, verdict, action = self._decide(self._policy, self.state, look)
        changed = {k: r for k, r in made.last.items() if self.now.last.get(k) != r}
        self._write(_looked(state, look, verdict, action, changed, made.oddities))

    def begin(self) -> None:
        """Writes down the start, with stable's past and the first readings, unless it has begun."""
        if self.now.state is not None:
            return
        at_s = self._clock.now_s()
        past, fresh = Past(), {}
        try:
            past = self._source.past(until_s=at_s)
            fresh = dict(self._source.read(since_s=None, until_s=at_s))
        except TemporaryError as error:
            self._trouble = str(error)  # the first look then has no data, and says so
        newest = {k: max(v, key=lambda r: r.at_s) for k, v in fresh.items() if v}
        self._write(
            Started(
                at_s=at_s,
                policy_digest=self._digest,
                policy=self._policy,
                candidate=self._candidate,
                history=histories(self._policy, past),
                readings=_rows(newest),
                forecast=forecast(self._policy, past),
            )
        )

    def moved(self, percent: float) -> None:
        """Writes down a share that somebody else gives the canary; its hold begins now."""
        self._write(Routed(at_s=self._clock.now_s(), weight_percent=percent))

    def _gains(self, at_s: float) -> Gains:
        try:
            fresh = self._source.read(since_s=self.now.last_s, until_s=at_s)
        except (
            TemporaryError,
            PermanentError,
        ) as error:  # no data holds; it does not end the watch
            self._say_trouble(str(error), at_s)
            return Gains(gained={}, last=dict(self.now.last))
        self._trouble = ""
        return gains(self.now.last, fresh, since_s=self.now.last_s)

    def _route(self) -> None:
        """Sets the weight that the state asks for, until the router has confirmed it.

        A router that refuses a step for good ends the rollout: the way back is next. One that
        refuses the way back is for a person (`PermanentError`).
        """
        retry_s = 1.0
        while self.now.routed != (wanted := weight_of(self._policy, self.state)):
            at_s = self._clock.now_s()
            try:
                self._router.set_weight(wanted)
                self._write(Routed(at_s=self._clock.now_s(), weight_percent=wanted))
            except TemporaryError as error:
                self._say_trouble(str(error), at_s)
                self._clock.sleep(max(retry_s, error.retry_after_s))
                retry_s = min(2 * retry_s, _LONGEST_RETRY_S)
                self._hear_abort()
            except PermanentError as error:
                self._say_trouble(str(error), at_s)
                if self.state.outcome is not None:
                    raise
                reason = f"the router refused {wanted:g} %: {error}"
                self._write(Aborted(at_s=at_s, by="aegis", reason=reason))

    def _wait(self, until_s: float) -> bool:
        """Whether the moment came without an abort."""
        while (left := until_s - self._clock.now_s()) > 0:
            if self._aborted() is not None:
                return False
            self._clock.sleep(min(left, _SLICE_S))
        return True

    def _hear_abort(self) -> None:
        request = self._aborted()
        if request is not None and self.state.outcome is None:
            by, reason = request
            self._write(Aborted(at_s=self._clock.now_s(), by=by, reason=reason))

    def _say_trouble(self, what: str, at_s: float) -> None:
        if what != self._trouble:
            self._trouble = what
            self._write(Troubled(at_s=at_s, what=what))

    def _write(self, entry: Entry) -> None:
        self._journal.append(entry)
        self.now = _applied(self.now, entry, 0, self._decide)
        self._told(entry, self.state)


def _looked(
    state: RolloutState,
    look: RolloutLook,
    verdict: Verdict,
    action: Action,
    changed: Mapping[SeriesKey, Reading],
    oddities: tuple[str, ...],
) -> Looked:
    return Looked(
        look=look,
        verdict=verdict,
        action=action.kind,
        weight_percent=action.weight_percent,
        reason=action.reason,
        log_harm={m.metric.id: round(m.log_harm, 6) for m in state.metrics},
        log_proof={
            m.metric.id: round(m.log_proof, 6) for m in state.metrics if m.log_proof is not None
        },
        log_harm_together=round(state.log_harm, 6),
        readings=_rows(changed),
        notes=(*state.notes, *oddities),
    )


def _rows(readings: Mapping[SeriesKey, Reading]) -> tuple[ReadingRow, ...]:
    return tuple((*key, r.at_s, r.total) for key, r in readings.items())


def _from_rows(rows: tuple[ReadingRow, ...]) -> dict[SeriesKey, Reading]:
    return {SeriesKey(*row[:4]): Reading(row[4], row[5]) for row in rows}
