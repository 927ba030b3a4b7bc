"""A rollout from its policy file: run, look at, end, judge once. The only place that wires it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import yaml
from pydantic import ValidationError

from aegis.base.verdict import Verdict
from aegis.rollout.connect import make_router, make_source
from aegis.rollout.counts import gains, read_snapshots
from aegis.rollout.forecast import forecast
from aegis.rollout.loop import Replayed, Rollout, replay
from aegis.rollout.policy import (
    Policy,
    read_policy,
)
from aegis.rollout.record import Aborted, Entry, Journal, Looked, Routed, read_record
from aegis.rollout.report import EvidenceResult, RolloutResult, event_of, report
from aegis.rollout.rules_tests import rule_files
from aegis.rollout.service import JudgeService, judging_only
from aegis.rollout.sources.documents import merged
from aegis.rollout.state import RolloutLook, RolloutState, judge, start
from aegis.rollout.world import Clock, Past, Router, TemporaryError


class RolloutError(Exception):
    """A policy, a record or an answer that cannot be used; the message says what to do."""


def load_policy(path: Path) -> tuple[Policy, str]:
    """The policy and its digest; paths in it are relative to its folder.

    Raises:
        RolloutError: it is no policy; the message names each field.
    """
    try:
        policy, digest = read_policy(path.read_text("utf-8"))
    except ValidationError as error:
        wrong = [
            f"{'.'.join(str(p) for p in e['loc']) or 'policy'}: {e['msg']}" for e in error.errors()
        ]
        raise RolloutError(f"{path} is no rollout policy:\n  " + "\n  ".join(wrong)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RolloutError(f"{path} is not YAML: {error}") from None
    return policy, digest


def default_record(policy_path: Path) -> Path:
    """Where the evidence lies when nobody says otherwise."""
    return policy_path.with_name(policy_path.stem + ".evidence.jsonl")


def run_rollout(
    policy_path: Path,
    *,
    clock: Clock,
    record: Path | None = None,
    candidate: str = "",
    told: Callable[[Entry, RolloutState], None] = lambda _e, _s: None,
) -> RolloutResult:
    """Runs a rollout to its end, or goes on with one that was interrupted.

    Raises:
        RolloutError: the policy cannot be used, or another process runs this rollout.
        RecordError: the record cannot be trusted.
        PermanentError: the router or the source refused.
    """
    policy, digest = load_policy(policy_path)
    path = record or default_record(policy_path)
    folder = policy_path.parent
    with locked(path):
        rollout = Rollout(
            policy, digest, path=path, source=make_source(policy, folder),
            router=make_router(policy, folder), clock=clock, candidate=candidate,
            told=told, aborted=lambda: _abort_request(path),
        )  # fmt: skip
        rollout.run()
        _abort_file(path).unlink(missing_ok=True)
        return report(rollout.now, path)


def rollout_status(policy_path: Path, *, record: Path | None = None) -> RolloutResult:
    """Where a rollout stands, from its record.

    Raises:
        RolloutError: there is no record yet.
        RecordError: the record cannot be trusted.
    """
    path = record or default_record(policy_path)
    now = replay(read_record(path))
    if now.state is None:
        raise RolloutError(f"no rollout has begun: {path} is not there or empty")
    return report(now, path)


def rollout_evidence(policy_path: Path, *, record: Path | None = None) -> EvidenceResult:
    """The verified record, with every look and what else happened.

    Raises:
        RolloutError: there is no record.
        RecordError: the record cannot be trusted.
    """
    path = record or default_record(policy_path)
    found = read_record(path)
    if not found.entries:
        raise RolloutError(f"no rollout has begun: {path} is not there or empty")
    replay(found)
    return EvidenceResult(
        record=str(path),
        lines=len(found.entries),
        digest=found.digest,
        torn=bool(found.torn),
        looks=tuple(e for e in found.entries if isinstance(e, Looked)),
        events=tuple(text for e in found.entries if (text := event_of(e))),
    )


def abort_rollout(
    policy_path: Path,
    *,
    by: str,
    reason: str,
    clock: Clock,
    record: Path | None = None,
    patience_s: float = 15.0,
) -> RolloutResult:
    """The way back at once: first the weight, then the record. A running loop is told to stop.

    Raises:
        RolloutError: there is nothing to end, or the running loop does not let go.
        TemporaryError, PermanentError: the router did not obey; the request to abort stays.
    """
    policy, _ = load_policy(policy_path)
    path = record or default_record(policy_path)
    now = replay(read_record(path))
    if now.state is None:
        raise RolloutError(f"no rollout has begun: {path} is not there or empty")
    if now.state.outcome in {"promoted", "rolled-back", "aborted"}:
        raise RolloutError(f"the rollout is over already: {now.state.outcome}")
    request = _abort_file(path)
    new = request.with_name(request.name + ".new")
    new.write_text(json.dumps({"by": by, "reason": reason}), encoding="utf-8")
    new.replace(request)
    router = make_router(policy, policy_path.parent)
    router.set_weight(0.0)
    until = clock.now_s() + patience_s
    while True:
        try:
            with locked(path):
                return _finish_abort(path, router, by=by, reason=reason, clock=clock)
        except RolloutError:
            if clock.now_s() >= until:
                raise
            clock.sleep(0.2)


def _finish_abort(
    path: Path, router: Router, *, by: str, reason: str, clock: Clock
) -> RolloutResult:
    record = read_record(path)
    now = replay(record)
    journal = Journal(path, record)
    if now.state is not None and now.state.outcome in {None, "held"}:
        router.set_weight(0.0)
        journal.append(Aborted(at_s=clock.now_s(), by=by, reason=reason))
        journal.append(Routed(at_s=clock.now_s(), weight_percent=0.0))
    _abort_file(path).unlink(missing_ok=True)
    return report(replay(read_record(path)), path)


def judge_counts(policy_path: Path, counts: Path) -> RolloutResult:
    """One verdict over a recorded file of counts; nothing is routed and no clock is read.

    Each line is one look at running totals. The weight is what the counts show, so steps, holds
    and caps play no part: `failed` at the first look that proves harm, `passed` when every margin
    is proved and every metric has its minimum, otherwise `inconclusive`.

    Raises:
        RolloutError: the policy cannot be used, or the file holds no document at all.
    """
    policy, _ = load_policy(policy_path)
    lines = counts.read_text("utf-8", "replace").splitlines()
    snapshots, problems = read_snapshots(lines, path=str(counts))
    if not snapshots:
        said = f": {problems[0]}" if problems else ""
        raise RolloutError(f"{counts} holds no document of counts{said}")
    policy = judging_only(policy)
    first = merged(snapshots[:1])
    state = start(policy, at_s=snapshots[0].at_s - policy.warmup_s, history={})
    last = {key: readings[-1] for key, readings in first.items()}
    verdict, last_s = Verdict.INCONCLUSIVE, snapshots[0].at_s
    notes: list[str] = []
    for snapshot in snapshots[1:]:
        if state.outcome is not None:
            break
        made = gains(last, snapshot.samples(), since_s=last_s)
        look = RolloutLook(from_s=last_s, to_s=snapshot.at_s, gained=made.gained)
        state, verdict, _ = judge(policy, state, look)
        notes += [*made.oddities, *(n for n in state.notes if not n.endswith("no data"))]
        last, last_s = made.last, snapshot.at_s
    now = Replayed(state=replace(state, notes=tuple(dict.fromkeys(notes))), verdict=verdict)
    return report(now, counts, policy=policy, problems=tuple(problems))


def foresee(policy: Policy, folder: Path, *, at_s: float) -> tuple[str, ...]:
    """What the traffic can show, before anything starts."""
    try:
        past = make_source(policy, folder).past(until_s=at_s)
    except TemporaryError:
        past = Past()
    return forecast(policy, past)


def write_rules(policy_path: Path, out: Path) -> tuple[Path, ...]:
    """The judge as Prometheus rules with unit tests; the files that were written.

    Raises:
        RolloutError: the policy cannot be used, or nothing in it can be a rule.
    """
    policy, _ = load_policy(policy_path)
    files = rule_files(policy)
    if not files:
        raise RolloutError(
            "nothing to compile: rules need a source of type prometheus and a metric with `series`"
        )
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
        (out / name).write_text(text, encoding="utf-8")
    return tuple(out / name for name in files)


def judge_service(policy_path: Path, *, clock: Clock, record: Path | None = None) -> JudgeService:
    """The judge as an ASGI application; it looks when it is asked.

    Raises:
        RolloutError: the policy cannot be used.
        RecordError: the record cannot be trusted.
    """
    policy, digest = load_policy(policy_path)
    path = record or default_record(policy_path)
    return JudgeService(
        judging_only(policy), digest, path=path,
        source=make_source(policy, policy_path.parent), clock=clock, steps=policy.steps,
    )  # fmt: skip


def _abort_file(record: Path) -> Path:
    return record.with_name(record.name + ".abort")


def _abort_request(record: Path) -> tuple[str, str] | None:
    try:
        found = json.loads(_abort_file(record).read_text("utf-8"))
        return str(found["by"]), str(found["reason"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return "somebody", "an abort request that cannot be read"


@contextlib.contextmanager
def locked(record: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process, however it ends."""
    record.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(record.with_name(record.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RolloutError(
                f"another process runs this rollout ({record}); `aegis rollout abort` ends it"
            ) from None
        yield
    finally:
        os.close(handle)
