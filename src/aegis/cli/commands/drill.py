"""`aegis drill`: experiments of a plan, carried out against its gateway."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast, get_args
from urllib.parse import urlsplit

import click

from aegis.cli import serving
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS, EXIT_REFUSED
from aegis.cli.view import format_option, view_of, wrap
from aegis.drills.subject import Where, load_bundle
from aegis.drills.types import Claim, DrillError, Environment, Measured, NotDrilledError
from aegis.operations import drilling
from aegis.operations.results import DrillElsewhere, DrillList, DrillResult, DrillRow, DrillRun
from aegis.rollout.record import RecordError

T = TypeVar("T")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_bundle = click.argument("bundle", type=click.Path(exists=True, path_type=Path))
_policy = click.option("--policy", type=_FILE, default=None,
                       help="what the gateway obeys [default: gateway/policy.yaml of the bundle]")  # fmt: skip
_rate = click.option("--rate", type=click.FloatRange(min=0.1), default=None,
                     help="steady requests per second [default: the plan's mean traffic]")  # fmt: skip
_seed = click.option(
    "--seed", type=int, default=0, show_default=True, help="which requests are hit"
)
_answer = click.option("--answer-s", type=click.FloatRange(min=1), default=None,
                       help="the gateway's --answer-s [default: what the bundle gives its gateway]")  # fmt: skip


@click.group("drill")
def drill() -> None:
    """Inject the faults that a plan expects, and see whether what it promises then holds.

    Each drill watches the steady state, states its hypothesis, injects one fault between the gateway
    and its backend, stops when its end condition holds, and waits for the steady state to return.
    Every threshold comes from the plan or its gateway's policy; everything is logged before it happens.

    \b
      aegis drill list out/                                  what can be rehearsed, and how
      aegis drill run out/ --backend http://127.0.0.1:8000 --log drills.jsonl
      aegis drill run out/ --backend … --experiment injection --log drills.jsonl
      aegis drill report drills.jsonl -o drills.md
    """  # noqa: D301  # \b is click's mark for text that keeps its lines


@drill.command("list")
@_bundle
@_policy
@_rate
@_seed
@_answer
@format_option
def list_(
    bundle: Path,
    *,
    policy: Path | None,
    rate: float | None,
    seed: int,
    answer_s: float | None,
    output: str,
) -> None:
    """Show the experiments of BUNDLE (its folder, or plan.json): drills, claims, times, and the rest.

    What no drill before a gateway can inject (a lost zone, a drained node) stands at the end with the
    command of the bundle that does it.
    """
    found = _said(
        lambda: drilling.list_drills(bundle, policy=policy, answer_s=answer_s, rate=rate, seed=seed)
    )
    view_of(output).show(found, lambda: _listed(found))


@drill.command("run")
@_bundle
@click.option(
    "--backend",
    required=True,
    help="base URL of the model that is to answer, such as http://127.0.0.1:8000",
)
@click.option(
    "--canary-backend", default="", help="base URL of the version on trial [default: --backend]"
)
@click.option("--gateway", default="", metavar="URL",
              help="a gateway that runs already, with the proxy as its upstream [default: one is started "
              "on loopback for each drill]")  # fmt: skip
@click.option("--proxy", "listen", default="127.0.0.1:0", show_default=True,
              help="address of the fault-injecting proxy; name one for --gateway")  # fmt: skip
@click.option("--experiment", "experiments", multiple=True, metavar="ID",
              help="a drill, or a failure mode of the plan; repeat it for several [default: all]")  # fmt: skip
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), required=True,
              help="where the record is appended")  # fmt: skip
@click.option("--environment", type=click.Choice(get_args(Environment)), default=None,
              help="where this is [default: development, if every address is loopback]")  # fmt: skip
@click.option(
    "--allow-production", is_flag=True, help="let a drill into production; takes a --reason"
)
@click.option("--reason", default="", help="why production; it is recorded")
@click.option(
    "--token-env", default=None, help="environment variable that holds the gateway's bearer token"
)
@_policy
@_rate
@_seed
@_answer
@format_option
def run(
    bundle: Path,
    *,
    backend: str,
    canary_backend: str,
    gateway: str,
    listen: str,
    experiments: tuple[str, ...],
    log: Path,
    environment: str | None,
    allow_production: bool,
    reason: str,
    token_env: str | None,
    policy: Path | None,
    rate: float | None,
    seed: int,
    answer_s: float | None,
    output: str,
) -> None:
    """Run drills of BUNDLE (its folder, or plan.json) against a gateway and its backend.

    The proxy stands between the two and is the only place where faults are made; it ends with the
    command. Without --gateway, `aegis gateway` is started with the bundle's policy for each drill.
    With it, start yours with --upstream http://PROXY/stable first; every request that passes it meets
    the fault, those of others too.

    Exit 0: every hypothesis held. 4: one failed. 3: one was stopped, refused or could not be judged.
    """
    for url in filter(None, (backend, canary_backend, gateway)):
        if not url.startswith(("http://", "https://")):
            raise click.UsageError(f"`{url}` is no address; write http://127.0.0.1:8000")
    serving.needs("httpx", what="a drill")
    serving.needs("uvicorn", what="a drill")
    host, port = serving.address(listen)
    if gateway and not port:
        raise click.UsageError(
            "with --gateway, name the proxy's address, such as --proxy 127.0.0.1:8099"
        )
    place = environment or _local((backend, canary_backend, gateway), host)
    if allow_production and not reason:
        raise click.UsageError("--allow-production takes a --reason; it is recorded")
    where = Where(
        backend=backend.rstrip("/"), canary=canary_backend.rstrip("/"), gateway=gateway.rstrip("/"),
        listen=(host, port), environment=cast("Environment", place), rate=rate, seed=seed,
        reason=reason if allow_production else "", headers=_token(token_env),
    )  # fmt: skip
    view = view_of(output)
    try:
        read = _said(lambda: load_bundle(bundle, policy=policy, answer_s=answer_s))
    except NotDrilledError:
        found = drilling.list_drills(bundle, policy=policy, answer_s=answer_s)
        view.show(found, lambda: _listed(found))
        sys.exit(EXIT_REFUSED)
    result = _said(
        lambda: drilling.run_drills(
            read, where, log=log, now=serving.now, experiments=experiments, told=view.progress
        )
    )
    view.show(result, lambda: _ran(result))
    sys.exit(_exit(result))


@drill.command("report")
@click.argument("log", type=_FILE)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default=None,
              help="where the page goes [default: standard output]")  # fmt: skip
@format_option
def report(log: Path, *, out: Path | None, output: str) -> None:
    """Verify LOG and write it as a page of Markdown: every claim, threshold, count and verdict.

    A drill whose process died in the middle is shown as interrupted. Exit codes are those of `run`,
    over the last record of each drill.
    """
    result, page = _said(lambda: drilling.read_drills(log))
    if out is not None:
        out.write_text(page, encoding="utf-8")
    view_of(output).show(result, lambda: [str(out)] if out else page.splitlines())
    last = {each.drill: each for each in result.drills}
    sys.exit(_exit(result.model_copy(update={"drills": tuple(last.values())})))


def _said(operation: Callable[[], T]) -> T:
    """What an operation gives; what it says when it cannot ends the command with a sentence."""
    try:
        return operation()
    except NotDrilledError:
        raise
    except (DrillError, RecordError) as error:
        raise click.UsageError(str(error)) from None
    except KeyboardInterrupt:
        click.echo("interrupted; the fault is taken back, and the log says so", err=True)
        sys.exit(130)


def _local(urls: tuple[str, ...], proxy: str) -> str:
    hosts = [urlsplit(url).hostname or "" for url in urls if url]
    if all(serving.is_loopback(host) for host in (*hosts, proxy)):
        return "development"
    raise click.UsageError(
        "not every address is on this machine: say with --environment whose users would meet the fault"
    )


def _token(name: str | None) -> dict[str, str]:
    if name is None:
        return {}
    token = os.environ.get(name)
    if not token:
        raise click.UsageError(f"the environment variable {name} is empty")
    return {"authorization": f"Bearer {token}"}


def _exit(result: DrillResult) -> int:
    outcomes = {each.outcome for each in result.drills}
    if "failed" in outcomes:
        return EXIT_FINDINGS
    return EXIT_DONE if outcomes == {"held"} else EXIT_REFUSED


# --- for people ---------------------------------------------------------------------------------


def _listed(found: DrillList) -> Iterator[str]:
    yield f"{found.service}, plan {found.plan}"
    if found.cannot:
        yield from wrap(found.cannot, first="No drill: ")
    for row in found.drills:
        yield ""
        yield from _drill(row)
    if found.elsewhere:
        yield ""
        yield "Not before a gateway:"
        yield from _others(found.elsewhere)


def _drill(row: DrillRow) -> Iterator[str]:
    if row.cannot:
        yield from wrap(f"{row.title}. Not with this plan: {row.cannot}", first=f"- {row.drill}  ")
        return
    yield from wrap(f"{row.title}; about {row.whole_s:.0f} s", first=f"{row.drill}  ")
    share = "" if row.fault.share in {0.0, 1.0} else f" ({100 * row.fault.share:g} % of requests)"
    yield from wrap(f"{row.fault.does}{share}, for {row.fault.lasts_s:g} s", first="  fault: ")
    for each in row.rehearses:
        yield from wrap(f"{each.mode}: {each.experiment}", first="  rehearses ")
    for claim in row.hypothesis:
        yield from wrap(f"{claim.says}: {_limit(claim)}  [{claim.source}]", first="  claims: ")


def _limit(claim: Claim) -> str:
    if claim.at_most is not None:
        return f"at most {claim.at_most:g} {claim.unit}".rstrip()
    return f"at least {claim.at_least or 0:g} {claim.unit}".rstrip()


def _others(others: tuple[DrillElsewhere, ...]) -> Iterator[str]:
    for each in others:
        yield from wrap(each.experiment, first=f"  {each.mode}: ", rest="      ")
        yield f"      {each.command or 'by hand: no tool of the bundle injects it'}"


def _ran(result: DrillResult) -> Iterator[str]:
    for each in result.drills:
        yield from _one(each)
    if result.elsewhere:
        yield "Not run here:"
        yield from _others(result.elsewhere)
    yield f"record: {result.log}"


def _one(each: DrillRun) -> Iterator[str]:
    yield from wrap(f"{each.outcome}: {each.why}", first=f"{each.drill}  ")
    if each.ended is None:
        return
    for row in each.ended.hypothesis:
        yield from wrap(_measured(row), first="    ")
    back = each.ended.recovered_after_s
    if back is not None:
        yield f"    last bad answer {back:g} s after the fault, which lasted {each.ended.fault_s:g} s"


def _measured(row: Measured) -> str:
    value = "not measured" if row.value is None else f"{row.value:g}"
    note = f"; {row.note}" if row.note else ""
    return (
        f"{row.verdict}: {row.claim.says}: {value} where {_limit(row.claim)} "
        f"({row.events} of {row.total}{note})"
    )
