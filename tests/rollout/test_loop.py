"""A rollout that is killed anywhere, or whose world fails, ends as it would have."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from tests.rollout.doubles import JumpingClock, Switch, TwoArms, policy

from aegis.rollout.loop import Rollout, replay
from aegis.rollout.record import (
    Entry,
    Journal,
    Looked,
    Record,
    RecordError,
    Troubled,
    line_of,
    read_record,
)
from aegis.rollout.state import RolloutState
from aegis.rollout.world import PermanentError, TemporaryError

HEALTHY = {"errors": {"canary": 0.02, "stable": 0.02}}
HARMFUL = {"errors": {"canary": 0.06, "stable": 0.02}}


class Killed(BaseException):
    """The process is gone."""


class World:
    """Everything that outlives a process."""

    def __init__(self, path: Path, rates: dict[str, dict[str, float]], *, seed: int = 1) -> None:
        self.path, self.clock, self.switch = path, JumpingClock(), Switch()
        self.source = TwoArms(self.switch, rates=rates, seed=seed)

    def rollout(self, **more: Any) -> Rollout:
        return Rollout(
            policy(), "digest", path=self.path, source=self.source, router=self.switch,
            clock=self.clock, **more,
        )  # fmt: skip


class DyingJournal(Journal[Entry]):
    """Kills its process at the write of a given number: before it, in its middle, or after it."""

    left = 10**9
    how = "after"

    def append(self, entry: Entry) -> None:
        DyingJournal.left -= 1
        if DyingJournal.left > 0:
            super().append(entry)
            return
        DyingJournal.left = 10**9
        if self.how == "after":
            super().append(entry)
        if self.how == "middle":
            line = line_of(entry, self._digest).encode()
            with self._path.open("ab") as file:
                file.write(line[: len(line) // 2])
        raise Killed


class DyingSwitch(Switch):
    """Kills its process right after the weight of a given number was set."""

    left = 10**9

    def set_weight(self, percent: float) -> None:
        super().set_weight(percent)
        self.left -= 1
        if self.left == 0:
            raise Killed


def ended(world: World) -> tuple[RolloutState, list[float]]:
    state = world.rollout().run()
    return state, world.switch.weights


@pytest.mark.parametrize(
    "rates", [pytest.param(HEALTHY, id="healthy"), pytest.param(HARMFUL, id="harmful")]
)
@pytest.mark.parametrize("how", ["before", "middle", "after"])
def test_killed_at_any_write_it_ends_the_same(
    tmp_path: Path, rates: dict[str, dict[str, float]], how: str
) -> None:
    """Same state, field for field; same weights, though one may be set twice."""
    expected, weights = ended(World(tmp_path / "whole.jsonl", rates))
    writes = len(read_record(tmp_path / "whole.jsonl").entries)
    assert writes > 5

    for number in range(1, writes + 1):
        world = World(tmp_path / f"{number}.jsonl", rates)
        DyingJournal.left, DyingJournal.how = number, how
        with pytest.raises(Killed):
            world.rollout(journal=DyingJournal).run()
        state, found = ended(world)

        assert state == expected, number
        assert list(dict.fromkeys(found)) == weights, number


def test_killed_after_a_weight_was_set_it_ends_the_same(tmp_path: Path) -> None:
    """Setting it again is setting it."""
    expected, weights = ended(World(tmp_path / "whole.jsonl", HEALTHY))

    for number in range(1, len(weights) + 1):
        world = World(tmp_path / f"{number}.jsonl", HEALTHY)
        world.switch = DyingSwitch()
        world.switch.left = number
        world.source.switch = world.switch
        with pytest.raises(Killed):
            world.rollout().run()
        state, found = ended(world)

        assert state == expected
        assert list(dict.fromkeys(found)) == weights


def test_a_router_that_is_away_is_asked_until_it_obeys(tmp_path: Path) -> None:
    """Going back is never given up, and the trouble is on record once."""
    world = World(tmp_path / "r.jsonl", HARMFUL)
    world.switch.failures = 5
    state, weights = ended(world)

    assert (state.outcome, weights[-1]) == ("rolled-back", 0)
    troubles = [e for e in read_record(world.path).entries if isinstance(e, Troubled)]
    assert [t.what for t in troubles] == ["the router is away"]


class Refuses(Switch):
    """Takes the weights up to its limit and refuses any above it for good."""

    limit = 10.0

    def set_weight(self, percent: float) -> None:
        if percent > self.limit:
            raise PermanentError("no such step")
        super().set_weight(percent)


def test_a_router_that_refuses_a_step_ends_the_rollout_with_the_way_back(tmp_path: Path) -> None:
    """Nobody is left on a canary that nobody watches."""
    world = World(tmp_path / "r.jsonl", HEALTHY)
    world.switch = world.source.switch = Refuses()
    state, weights = ended(world)

    assert (state.outcome, weights) == ("aborted", [10, 0])
    assert state.reason == "aegis: the router refused 50 %: no such step"


def test_a_router_that_refuses_the_way_back_is_for_a_person(tmp_path: Path) -> None:
    """It is said, and the next run tries again."""
    world = World(tmp_path / "r.jsonl", HARMFUL)
    world.switch = world.source.switch = Refuses()
    world.switch.limit = -1
    with pytest.raises(PermanentError):
        ended(world)
    world.switch.limit = 100

    assert ended(world)[1] == [0]


class Slow(Switch):
    """Takes ten minutes to obey."""

    clock: JumpingClock

    def set_weight(self, percent: float) -> None:
        super().set_weight(percent)
        self.clock.sleep(600)


def test_a_step_begins_when_the_router_has_confirmed_it(tmp_path: Path) -> None:
    """What happened while it did not obey belongs to no step, and its hold is not yet running."""
    world = World(tmp_path / "r.jsonl", HEALTHY)
    world.switch = world.source.switch = Slow()
    world.switch.clock = world.clock
    rollout = world.rollout()
    rollout.begin()
    began = world.clock.at_s
    rollout._route()  # noqa: SLF001  # the loop's step, without its wait

    assert rollout.state.since_s == rollout.now.last_s == began + 600


class Outage:
    """A source that does not answer between two moments."""

    def __init__(self, source: TwoArms, from_s: float, to_s: float) -> None:
        self.source, self.from_s, self.to_s = source, from_s, to_s

    def read(self, *, since_s: float | None, until_s: float) -> Any:
        if self.from_s <= until_s < self.to_s:
            raise TemporaryError("Prometheus is away")
        return self.source.read(since_s=since_s, until_s=until_s)

    def past(self, *, until_s: float) -> Any:
        return self.source.past(until_s=until_s)


def test_while_the_source_is_away_nothing_moves_and_nothing_is_lost(tmp_path: Path) -> None:
    """The counters cover the outage at the next look."""
    world = World(tmp_path / "r.jsonl", HEALTHY)
    began = world.clock.at_s
    source = world.source
    world.source = Outage(source, began + 200, began + 1500)  # type: ignore[assignment]
    state, _ = ended(world)

    looks = [e for e in read_record(world.path).entries if isinstance(e, Looked)]
    silent = [e for e in looks if began + 200 <= e.look.to_s < began + 1500]
    units = sum(e.look.gained.get("errors", {}).get("canary", {}).get("total", 0) for e in looks)
    assert state.outcome == "promoted"
    assert {e.action for e in silent} == {"stay"}
    assert sum("away" in getattr(e, "what", "") for e in read_record(world.path).entries) == 1
    counted = {key: total for key, total in source.totals.items() if key.arm == "canary"}
    # All but the minute before the first reading of each series, which may be of any age.
    assert units >= max(counted.values()) - source.per_minute


def test_silence_from_the_beginning_holds_at_the_cap(tmp_path: Path) -> None:
    """No data is never promoted, and nobody waits for ever."""
    world = World(tmp_path / "r.jsonl", HEALTHY)
    world.source.silent = {"errors"}
    state, weights = ended(world)

    assert (state.outcome, weights) == ("held", [10])
    assert "errors had no data" in state.reason


def test_an_abort_is_heard_within_a_second_and_recorded(tmp_path: Path) -> None:
    """Who and why stand in the record, and stable has everybody."""
    world = World(tmp_path / "r.jsonl", HEALTHY)
    asked_s = world.clock.at_s + 150

    def request() -> tuple[str, str] | None:
        return ("ann", "support says so") if world.clock.at_s >= asked_s else None

    state = world.rollout(aborted=request).run()

    assert (state.outcome, state.reason) == ("aborted", "ann: support says so")
    assert world.switch.weights == [10, 0]
    assert world.clock.at_s <= asked_s + 1


def test_a_policy_is_not_changed_under_a_rollout(tmp_path: Path) -> None:
    """What was decided in advance stays decided."""
    world = World(tmp_path / "r.jsonl", HEALTHY)
    world.rollout().begin()

    with pytest.raises(RecordError, match="another policy"):
        Rollout(policy(), "other", path=world.path, source=world.source, router=world.switch,
                clock=world.clock)  # fmt: skip


def test_a_record_whose_looks_decide_otherwise_is_refused(tmp_path: Path) -> None:
    """A forged decision does not survive a replay, even with a whole chain."""
    world = World(tmp_path / "r.jsonl", HEALTHY)
    world.rollout().run()
    record = read_record(world.path)
    forged = [
        entry.model_copy(update={"action": "finish"})
        if isinstance(entry, Looked) and entry.action == "stay" else copy.copy(entry)
        for entry in record.entries
    ]  # fmt: skip

    with pytest.raises(RecordError, match="decided"):
        replay(Record(entries=tuple(forged)))
