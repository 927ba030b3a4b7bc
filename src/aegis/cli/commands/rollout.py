"""`aegis rollout`: a release that is promoted on proof and goes back by itself."""

from __future__ import annotations

import getpass
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import click

from aegis.base.verdict import Verdict
from aegis.cli import serving
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_REFUSED
from aegis.cli.view import View, format_option, view_of, wrap
from aegis.operations import rolling
from aegis.operations.rolling import RolloutError
from aegis.rollout.record import Entry, RecordError
from aegis.rollout.report import EvidenceResult, RolloutResult, event_of
from aegis.rollout.state import RolloutState
from aegis.rollout.world import PermanentError, TemporaryError

T = TypeVar("T")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_policy = click.argument("policy", type=_FILE)
_record = click.option("--record", type=click.Path(dir_okay=False, path_type=Path), default=None,
                       help="evidence record [default: <policy>.evidence.jsonl beside the policy]")  # fmt: skip


class _WallClock:
    """The clock of this machine."""

    def now_s(self) -> float:
        return time.time()  # noqa: TID251  # the shell owns the clock

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@click.group("rollout")
def rollout() -> None:
    """Release a version step by step: evidence at every look, a way back by itself.

    \b
      aegis rollout run rollout/policy.yaml        look, step, promote or go back
      aegis rollout status rollout/policy.yaml     where it stands, and what it waits for
      aegis rollout abort rollout/policy.yaml --reason "support says so"
      aegis rollout judge rollout/policy.yaml --counts counts.jsonl
    """  # noqa: D301  # \b is click's mark for text that keeps its lines


@rollout.command("run")
@_policy
@_record
@click.option("--candidate", default="", help="what is on trial, for the record: a digest, a name")
@click.option("--dry-run", is_flag=True, help="say what the traffic can show, and stop")
@format_option
def run(policy: Path, *, record: Path | None, candidate: str, dry_run: bool, output: str) -> None:
    """Run the rollout of POLICY to its end; run it again to go on after an interruption.

    Exit 0: promoted. 4: rolled back or aborted. 3: held, because the proof was not there in time.
    Every look is in the evidence record before anything is done about it.
    """
    view = view_of(output)
    loaded, _ = _said(lambda: rolling.load_policy(policy))
    clock = _WallClock()
    if dry_run or not (record or rolling.default_record(policy)).exists():
        lines = _said(lambda: rolling.foresee(loaded, policy.parent, at_s=clock.now_s()))
        for line in lines:
            (click.echo if dry_run and output == "text" else view.progress)(line)
        if dry_run:
            sys.exit(EXIT_DONE)
    result = _said(
        lambda: rolling.run_rollout(
            policy, clock=clock, record=record, candidate=candidate, told=_teller(view)
        )
    )
    _end(view, result)


def _teller(view: View) -> Callable[[Entry, RolloutState], None]:
    def told(entry: Entry, state: RolloutState) -> None:
        text = event_of(entry)
        if text:
            view.progress(f"look {state.looks}: {text}")

    return told


@rollout.command("status")
@_policy
@_record
@format_option
def status(policy: Path, *, record: Path | None, output: str) -> None:
    """Say where the rollout of POLICY stands, from its verified record."""
    result = _said(lambda: rolling.rollout_status(policy, record=record))
    view_of(output).show(result, lambda: _lines(result))


@rollout.command("evidence")
@_policy
@_record
@format_option
def evidence(policy: Path, *, record: Path | None, output: str) -> None:
    """Verify the evidence record of POLICY and print every look: counts, evidence, decision."""
    result = _said(lambda: rolling.rollout_evidence(policy, record=record))
    view_of(output).show(result, lambda: _evidence_lines(result))


@rollout.command("abort")
@_policy
@_record
@click.option("--reason", required=True, help="why; it is recorded")
@click.option("--by", default=None, help="who; it is recorded [default: your user name]")
@format_option
def abort(policy: Path, *, record: Path | None, reason: str, by: str | None, output: str) -> None:
    """End the rollout of POLICY: all traffic to stable at once, then the record says who and why."""
    result = _said(
        lambda: rolling.abort_rollout(
            policy, by=by or getpass.getuser(), reason=reason, clock=_WallClock(), record=record
        )
    )
    view_of(output).show(result, lambda: _lines(result))


@rollout.command("judge")
@_policy
@click.option("--counts", type=_FILE, required=True, help="JSON lines of running totals")
@format_option
def judge(policy: Path, *, counts: Path, output: str) -> None:
    """Judge a recorded file of counts once, by the metrics of POLICY.

    A line is {"at_s": 1764000000, "metrics": {"errors": {"canary": {"events": 3, "total": 120},
    "stable": {"events": 9, "total": 1080}}}}: totals since the start, not gains. Exit 0 when every
    margin is proved, 4 when the canary is worse, 3 when it cannot be said.
    """
    _end(view_of(output), _said(lambda: rolling.judge_counts(policy, counts)))


@rollout.command("rules")
@_policy
@click.option("-o", "--out", type=click.Path(file_okay=False, path_type=Path), required=True,
              help="folder for rules and their unit tests")  # fmt: skip
def rules(policy: Path, *, out: Path) -> None:
    """Write the judge of POLICY as plain Prometheus rules, with unit tests for `promtool`.

    For those who cannot run another process: `aegis_rollout:worse` and `aegis_rollout:proved` hold its
    verdict, and one alert says when to go back.
    """
    for path in _said(lambda: rolling.write_rules(policy, out)):
        click.echo(str(path))


@rollout.command("serve")
@_policy
@_record
@click.option("--listen", default="127.0.0.1:8091", show_default=True, help="address and port")
def serve(policy: Path, *, record: Path | None, listen: str) -> None:
    """Serve the judge of POLICY as a web metric for Argo Rollouts, Flagger and Spinnaker.

    GET /v1/verdict looks when `look_s` has passed and answers {"verdict": "rollback" | "promote" |
    "continue", …}; /flagger/rollback and /flagger/confirm-promotion answer by status; /metrics has
    the same as gauges. Whoever asks moves the traffic.
    """
    serving.needs("uvicorn", what="serving")
    app = _said(lambda: rolling.judge_service(policy, clock=_WallClock(), record=record))
    serving.serve(app, listen)


def _said(operation: Callable[[], T]) -> T:
    """What an operation gives; what it says when it cannot ends the command with a sentence."""
    try:
        return operation()
    except (RolloutError, RecordError) as error:
        raise click.UsageError(str(error)) from None
    except (PermanentError, TemporaryError) as error:
        click.echo(f"error: {error}\nThe traffic is where it was: look at it now.", err=True)
        sys.exit(EXIT_REFUSED)
    except KeyboardInterrupt:
        click.echo(
            "interrupted; nobody judges the canary now. `aegis rollout run` goes on, `aegis rollout abort` "
            "sends it back",
            err=True,
        )
        sys.exit(130)


def _end(view: View, result: RolloutResult) -> None:
    view.show(result, lambda: _lines(result))
    if result.verdict is Verdict.PASSED and result.outcome in {"promoted", "running"}:
        sys.exit(EXIT_DONE)
    gone = result.outcome in {"rolled-back", "aborted"}
    sys.exit(EXIT_FINDINGS if gone else EXIT_REFUSED)


def _lines(result: RolloutResult) -> Iterator[str]:
    yield f"{result.service}: {result.outcome}, verdict {result.verdict}"
    if result.reason:
        yield from wrap(result.reason, first="  because ")
    unsure = "" if result.confirmed or result.outcome == "running" else ", not confirmed"
    yield (
        f"  canary at {result.weight_percent:g} %{unsure}, step {result.step} of {result.steps}, "
        f"{result.looks} looks ({result.counted} counted)"
    )
    yield (
        f"  against it: {result.evidence_of_harm:.3g} to 1 over all metrics; "
        f"it goes back at {result.threshold:.3g}"
    )
    for m in result.metrics:
        safe = (
            ""
            if m.evidence_of_safety is None
            else f", within its margin {m.evidence_of_safety:.3g}"
        )
        mark = " (proved)" if m.certified else ""
        yield (
            f"    {m.id}: worse {m.evidence_of_harm:.3g} to 1{safe}{mark}; "
            f"{m.canary_units:,.0f} on the canary, {m.stable_units:,.0f} on stable"
        )
    if result.outcome == "held":
        yield "  nobody judges it now: `aegis rollout abort` sends it back, a new record begins again"
    for waiting in result.waits_for:
        yield from wrap(waiting, first="  waits for: ")
    for note in (*result.notes, *result.problems):
        yield from wrap(note, first="  ! ")
    yield f"  record: {result.record}"


def _evidence_lines(result: EvidenceResult) -> Iterator[str]:
    yield f"{result.record}: {result.lines} lines, the chain is whole, last {result.digest[:19]}…"
    if result.torn:
        yield "  ! the last line was being written when the process ended; it is not counted"
    for number, looked in enumerate(result.looks, start=1):
        harm = ", ".join(f"{k} {v:+.2f}" for k, v in looked.log_harm.items())
        yield (
            f"  {number:4d}  {looked.look.to_s - looked.look.from_s:6.0f} s  "
            f"{looked.weight_percent:5g} %  ln e {looked.log_harm_together:+.2f} ({harm})  "
            f"{looked.action}"
        )
        yield from (f"        ! {note}" for note in looked.notes)
    for event in result.events:
        yield from wrap(event, first="  * ")
