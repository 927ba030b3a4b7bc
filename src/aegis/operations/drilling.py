"""Carries out experiments of a plan against its gateway, and logs them. The only place that wires it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aegis.drills import log as logs
from aegis.drills import select
from aegis.drills.between import between
from aegis.drills.bounds import Bounds
from aegis.drills.catalogue import DRILLS, Drill
from aegis.drills.load import MOST_PER_S
from aegis.drills.report import markdown
from aegis.drills.runner import Lengths, Result, Run, lengths
from aegis.drills.subject import Bundle, Where, load_bundle, read_plan
from aegis.drills.types import (
    Begun,
    DrillError,
    Ended,
    Entry,
    FaultLine,
    LoadLine,
    Measured,
    NotDrilledError,
    Refused,
)
from aegis.operations.drill_judges import judge_for
from aegis.operations.results import (
    DrillElsewhere,
    DrillList,
    DrillResult,
    DrillRow,
    DrillRun,
)
from aegis.plan.types import Plan
from aegis.rollout.record import Journal


def list_drills(
    path: Path,
    *,
    policy: Path | None = None,
    answer_s: float | None = None,
    rate: float | None = None,
    seed: int = 0,
) -> DrillList:
    """Every experiment of a bundle: the drills with their claims, and what carries out the others.

    Where no drill can stand before it, the list says why and holds the others only.

    Raises:
        DrillError: there is no plan, or the policy is not its own.
    """
    plan, file = read_plan(path)
    try:
        bundle = load_bundle(path, policy=policy, answer_s=answer_s)
    except NotDrilledError as error:
        return DrillList(
            service=plan.service, plan=plan.id, cannot=str(error), drills=(),
            elsewhere=_elsewhere(plan, file.parent, ()),
        )  # fmt: skip
    return DrillList(
        service=plan.service, plan=plan.id, elsewhere=_elsewhere(plan, file.parent, DRILLS),
        drills=tuple(_row(bundle, drill, _rate(bundle.bounds, rate), seed) for drill in DRILLS),
    )  # fmt: skip


def _rate(bounds: Bounds, wanted: float | None) -> float:
    return min(wanted or bounds.mean_per_s, MOST_PER_S)


def _elsewhere(plan: Plan, folder: Path, drills: tuple[Drill, ...]) -> tuple[DrillElsewhere, ...]:
    return tuple(
        DrillElsewhere(mode=each.mode, experiment=each.experiment, command=each.command)
        for each in select.elsewhere(plan, bundle=str(folder), drills=drills)
    )


def _row(bundle: Bundle, drill: Drill, rate: float, seed: int) -> DrillRow:
    bounds = bundle.bounds
    cannot = drill.needs(bounds)
    times = lengths(drill, bounds, rate)
    return DrillRow(
        drill=drill.id, title=drill.title, whole_s=round(times.whole_s, 1), cannot=cannot,
        fault=_fault(drill, bounds, times, seed), load=_load(drill, bounds, times, seed),
        rehearses=select.rehearses(bundle.plan, drill),
        hypothesis=() if cannot else drill.hypothesis(bounds, times.fault_s), stops_when=drill.stops,
    )  # fmt: skip


def _fault(drill: Drill, bounds: Bounds, times: Lengths, seed: int) -> FaultLine:
    fault = drill.fault(bounds, seed)
    return FaultLine(
        kind=fault.kind, does=fault.does, share=fault.share, lasts_s=times.fault_s, seed=seed
    )


def _load(drill: Drill, bounds: Bounds, times: Lengths, seed: int) -> LoadLine:
    shape = drill.load(bounds, times.rate, seed)
    return LoadLine(
        steady_per_s=times.rate, fault_per_s=shape.per_s if shape else times.rate,
        steady_s=times.steady_s, asks=shape.asks if shape else "the same",
    )  # fmt: skip


# --- a run --------------------------------------------------------------------------------------


def run_drills(
    bundle: Bundle,
    where: Where,
    *,
    log: Path,
    now: Callable[[], str],
    experiments: tuple[str, ...] = (),
    told: Callable[[str], None] = lambda _: None,
) -> DrillResult:
    """Runs drills one after another; each line of the log is on disk before what it speaks of.

    A drill that is interrupted takes its fault back and says so in the log.

    Raises:
        DrillError: an address cannot be used, or no experiment has that name.
        RecordError: the log that is there cannot be trusted.
        ModuleNotFoundError: the extra `gateway` is not installed.
    """
    drills = select.chosen(experiments)
    known = {d.id for d in DRILLS} | {m.id for m in bundle.plan.failure_modes}
    if unknown := [name for name in experiments if name not in known]:
        raise DrillError(
            f"no experiment is called {', '.join(unknown)}: `aegis drill list` shows them all"
        )
    journal = logs.journal(log)
    run = uuid.uuid4().hex[:12]
    done = asyncio.run(_all(bundle, where, drills, journal, run, now, told))
    others = tuple(
        e
        for e in _elsewhere(bundle.plan, bundle.folder, DRILLS)
        if not experiments or e.mode in set(experiments)
    )
    return DrillResult(log=str(log), drills=tuple(done), elsewhere=others)


async def _all(
    bundle: Bundle,
    where: Where,
    drills: tuple[Drill, ...],
    journal: Journal[Entry],
    run: str,
    now: Callable[[], str],
    told: Callable[[str], None],
) -> list[DrillRun]:
    done = []
    for drill in drills:
        one = _One(bundle=bundle, where=where, drill=drill, journal=journal, run=run, now=now)
        why = drill.needs(bundle.bounds) or _missing(drill, bundle, where) or _closed(where)
        if why:
            done.append(one.refused(why))
        else:
            told(f"{drill.id}: {drill.title}; about {one.times.whole_s:.0f} s")
            try:
                done.append(await one.go())
            except DrillError as error:
                done.append(one.refused(str(error)))
        told(f"{drill.id}: {done[-1].outcome}: {done[-1].why}")
    return done


def _closed(where: Where) -> str:
    """Why production stays closed; empty where it does not, or this is not production."""
    if where.environment == "production" and not where.reason:
        return "production is closed to drills: it takes --allow-production and a --reason"
    return ""


def _missing(drill: Drill, bundle: Bundle, where: Where) -> str:
    """What a drill of a release lacks; empty where it is none, or lacks nothing."""
    if drill.judge == "release" and not (bundle.folder / "rollout" / "policy.yaml").is_file():
        return "the bundle has no rollout/policy.yaml: nobody judges a release by its traffic"
    weights = {u.track: u.weight_percent for u in bundle.bounds.policy.upstreams}
    if drill.canary_percent and where.gateway and not weights.get("canary"):
        return (
            "the gateway's policy gives its canary no traffic: give it some, or leave --gateway out"
        )
    return ""


@dataclass(slots=True, kw_only=True)
class _One:
    """One drill of a run."""

    bundle: Bundle
    where: Where
    drill: Drill
    journal: Journal[Entry]
    run: str
    now: Callable[[], str]

    @property
    def times(self) -> Lengths:
        return lengths(self.drill, self.bundle.bounds, _rate(self.bundle.bounds, self.where.rate))

    def refused(self, why: str, steady: tuple[Measured, ...] = ()) -> DrillRun:
        self.journal.append(
            Refused(
                at=self.now(),
                run=self.run,
                drill=self.drill.id,
                plan=self.bundle.plan.id,
                environment=self.where.environment,
                why=why,
                steady=steady,
            )
        )
        return DrillRun(drill=self.drill.id, outcome="refused", why=why)

    async def go(self) -> DrillRun:
        """Between a load and a proxy of its own; the record ends however this ends."""
        begun = False

        def begin(steady: tuple[Measured, ...]) -> None:
            nonlocal begun
            self.journal.append(self._begun(steady, run))
            begun = True

        async with between(self.drill, self.bundle, self.where, self.times) as run:
            run.asked = judge_for(self.drill, self.bundle.folder / "rollout" / "policy.yaml")
            try:
                result = await run.go(begin)
            except BaseException as error:
                if begun:
                    why = (
                        "interrupted" if isinstance(error, asyncio.CancelledError) else repr(error)
                    )
                    self._end(
                        Result(
                            outcome="aborted", why=why, answers=run.counts(), reached=run.reached()
                        )
                    )
                raise
        if not begun:
            return self.refused(result.why, result.hypothesis)
        return self._end(result)

    def _end(self, result: Result) -> DrillRun:
        ended = Ended(
            at=self.now(), run=self.run, drill=self.drill.id, outcome=result.outcome, why=result.why,
            hypothesis=result.hypothesis, recovery=result.recovery,
            recovered_after_s=result.recovered_after_s, answers=result.answers,
            reached=result.reached, fault_s=result.fault_s,
        )  # fmt: skip
        self.journal.append(ended)
        return DrillRun(drill=self.drill.id, outcome=result.outcome, why=result.why, ended=ended)

    def _begun(self, steady: tuple[Measured, ...], run: Run) -> Begun:
        bundle, where, bounds = self.bundle, self.where, self.bundle.bounds
        return Begun(
            at=self.now(), run=self.run, drill=self.drill.id, title=self.drill.title,
            rehearses=select.rehearses(bundle.plan, self.drill), service=bundle.plan.service,
            plan=bundle.plan.id, plan_digest=bundle.plan_digest, policy_digest=bundle.policy_digest,
            environment=where.environment, reason=where.reason,
            gateway=where.gateway or "a gateway of its own", backend=where.backend,
            fault=_fault(self.drill, bounds, run.lengths, where.seed),
            load=_load(self.drill, bounds, run.lengths, where.seed), steady=steady,
            hypothesis=run.hypothesis, stops_when=self.drill.stops,
        )  # fmt: skip


# --- a log --------------------------------------------------------------------------------------


def read_drills(log: Path) -> tuple[DrillResult, str]:
    """Every drill of a log, verified, and the same as a page of Markdown.

    Raises:
        RecordError: the log cannot be trusted.
    """
    record = logs.read_log(log)
    found = logs.drills_of(record.entries)
    rows = tuple(
        DrillRun(
            drill=each.drill, outcome=each.outcome, ended=each.ended,
            why=(
                each.ended.why if each.ended
                else each.refused.why if each.refused
                else "the process ended before the drill did"
            ),
        )
        for each in found
    )  # fmt: skip
    return DrillResult(log=str(log), drills=rows, torn=bool(record.torn)), markdown(found)
