"""`aegis bench`: measure a real endpoint."""

from __future__ import annotations

import datetime
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from aegis.brief.read import read_brief
from aegis.cli.main import EXIT_DONE, EXIT_FINDINGS
from aegis.cli.view import format_option, view_of, wrap
from aegis.measure.load import Plan
from aegis.measure.report import Spread
from aegis.operations.benching import BenchResult, bench_endpoint


def _address(ctx: click.Context, param: click.Parameter, url: str) -> str:
    """The URL, refused where it is none."""
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(f"`{url}` is no address; write https://staging.example/v1")
    return url


@click.command("bench")
@click.argument("url", callback=_address)
@click.option("--model", required=True, help="model name as the endpoint knows it")
@click.option("--rate", type=float, default=None, help="requests per second, Poisson, open loop")
@click.option(
    "--concurrency", type=int, default=None, help="clients that wait for their answer, closed loop"
)
@click.option(
    "--requests", type=int, default=100, show_default=True, help="requests in all (bounded)"
)
@click.option(
    "--seconds", type=float, default=300.0, show_default=True, help="stop sending after so long"
)
@click.option(
    "--warmup", type=int, default=5, show_default=True, help="first requests that do not count"
)
@click.option(
    "--input", "input_tokens", type=int, default=None, help="tokens of a prompt [brief, else 600]"
)
@click.option(
    "--output",
    "output_tokens",
    type=int,
    default=None,
    help="longest answer, tokens [brief, else 250]",
)
@click.option(
    "--brief", "brief_path", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
    help="take lengths from this brief and judge its objectives",
)  # fmt: skip
@click.option("--token-env", default=None, help="environment variable that holds the bearer token")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "-o", "--report", "report_path", type=click.Path(dir_okay=False, path_type=Path),
    default=Path("bench.json"), show_default=True, help="where the report is written",
)  # fmt: skip
@format_option
def bench(
    url: str,
    *,
    model: str,
    rate: float | None,
    concurrency: int | None,
    requests: int,
    seconds: float,
    warmup: int,
    input_tokens: int | None,
    output_tokens: int | None,
    brief_path: Path | None,
    token_env: str | None,
    seed: int,
    report_path: Path,
    output: str,
) -> None:
    """Measure the OpenAI-compatible endpoint at URL (such as https://staging.example/v1).

    Sends bounded load, streams the answers and reports TTFT, TPOT, ITL and latency with every
    request. Exit 4 when an objective of the brief is not held.
    """
    view = view_of(output)
    brief = None
    if brief_path is not None:
        brief = read_brief(brief_path.read_text("utf-8", "replace"), path=str(brief_path)).brief
        if brief is None:
            raise click.UsageError(
                f"{brief_path} is not a readable brief; `aegis plan {brief_path}` says why"
            )
    lengths = brief.workload if brief else None
    given_in = lengths.input_tokens.mean if lengths and lengths.input_tokens else 600
    given_out = lengths.output_tokens.mean if lengths and lengths.output_tokens else 250
    if rate is None and concurrency is None:
        rate = (brief.workload.traffic.peak_rps if brief else None) or 1.0
    headers: tuple[tuple[str, str], ...] = ()
    if token_env:
        token = os.environ.get(token_env)
        if not token:
            raise click.UsageError(f"the environment variable {token_env} is empty")
        headers = (("authorization", f"Bearer {token}"),)
    try:
        plan = Plan(
            url=url, model=model, requests=requests, seconds=seconds, seed=seed, rate_rps=rate,
            concurrency=concurrency, input_tokens=input_tokens or given_in,
            output_tokens=output_tokens or given_out, headers=headers,
        )  # fmt: skip
    except ValueError as error:
        raise click.UsageError(str(error)) from None

    def progress(done: int, total: int) -> None:
        if done % max(1, total // 10) == 0:
            view.progress(f"{done} of {total} requests answered")

    try:
        result = bench_endpoint(
            plan,
            now=lambda: datetime.datetime.now(datetime.UTC),  # noqa: TID251  # the shell reads it
            warmup=min(warmup, requests - 1), brief=brief, progress=progress,
        )  # fmt: skip
    except ModuleNotFoundError:
        raise click.UsageError(
            "measuring needs an extra: pip install 'aegis-deploy[measure]'"
        ) from None
    report_path.write_text(result.report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    view.show(result, lambda: _lines(result, report_path))
    failed = any(h.verdict == "failed" for h in result.held) or result.report.completed == 0
    sys.exit(EXIT_FINDINGS if failed else EXIT_DONE)


def _lines(result: BenchResult, path: Path) -> Iterator[str]:
    report = result.report
    load = report.load
    offered = (
        f"{load.rate_rps:g} req/s, Poisson"
        if load.rate_rps
        else f"{load.concurrency} clients in a closed loop"
    )
    yield from wrap(
        f"{report.completed} of {report.completed + report.failed} requests answered at {report.achieved_rps:g} req/s "
        f"({offered}; {load.warmup_requests} warm-up requests not counted), "
        f"{report.output_tokens_per_s:g} output tokens/s"
    )
    yield ""
    yield f"  {'':<9}{'mean':>10}{'p50':>10}{'p95':>10}{'p99':>10}   ms"
    for name, values in (
        ("TTFT", report.ttft_ms), ("TPOT", report.tpot_ms), ("ITL", report.itl_ms), ("latency", report.latency_ms),
    ):  # fmt: skip
        yield f"  {name:<9}{_row(values)}   n = {values.count}"
    for error, count in Counter(row.error for row in report.rows if row.error).most_common(3):
        yield from wrap(f"{count} × {error}{_WHY.get(error, '')}", first="  failed: ")
    if result.held:
        yield ""
        for held in result.held:
            measured = (
                "nothing measured" if held.measured_ms is None else f"{held.measured_ms:g} ms"
            )
            yield f"  {held.verdict:<13} {held.objective}: {measured} against {held.limit_ms:g} ms"
    yield ""
    for note in report.notes:
        yield from wrap(note, first="  note: ")
    yield f"  {path}  {result.digest[:23]}…"
    if report.completed:
        yield from wrap(
            f"aegis calibrate {path} --model REFERENCE --accelerator ID, and in the brief "
            f"`model.measurements`: hardware, requests_per_s: {report.achieved_rps:g}, latency_p95_ms: "
            f"{report.latency_ms.p95:g}, report: {path} (the rate is this run's; the highest that holds "
            "needs several)",
            first="  learn from it: ",
        )


_WHY = {
    "ConnectError": ": nobody answers at that address",
    "ConnectTimeout": ": nobody answers at that address in time",
    "no token arrived": ": an answer without a word in it; other prompts or a larger model",
    "status 401": ": give the token with --token-env",
    "status 404": ": is it /v1, and is that the model's name there?",
    "status 429": ": the endpoint limits the rate; what is measured is that limit",
}
"""What the commonest failures mean."""


def _row(values: Spread) -> str:
    cells = (values.mean, values.p50, values.p95, values.p99)
    return "".join(f"{'–' if c is None else format(c, '.1f'):>10}" for c in cells)
