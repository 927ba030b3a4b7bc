"""`aegis evaluate watch`: score served answers, and count the scores for rules and rollouts."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from aegis.base import conventions
from aegis.cli.commands.evaluate.lines import judge_lines, problem_lines
from aegis.cli.commands.evaluate.options import EXISTING, FILE, exit_code, headers
from aegis.cli.view import counted, format_option, view_of, wrap
from aegis.evaluate.errors import InputError
from aegis.evaluate.models.http import Patience
from aegis.operations.evaluating.asking import Server, helpers_of
from aegis.operations.evaluating.watching import WatchOrder, WatchResult, measures_of
from aegis.operations.evaluating.watching import watch as watch_served


@click.command("watch")
@click.argument("samples", type=EXISTING)
@click.option("--metrics", type=FILE, required=True, help="Prometheus textfile, replaced whole")
@click.option("--state", type=FILE, default=None,
              help="what was scored so far, appended [default: METRICS with .state.jsonl]")  # fmt: skip
@click.option("--service", required=True, help="`service` of the brief, a label of every series")
@click.option("--environment", type=click.Choice(conventions.ENVIRONMENTS), default="production",
              show_default=True)  # fmt: skip
@click.option("--score", "scores", multiple=True, required=True, metavar="KIND=[not:]SCORER",
              help="kind of the quality objective and its scorer; the first is what releases are "
              "checked by; `not:` counts one minus the score")  # fmt: skip
@click.option("--share", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True,
              help="share of requests to score, chosen by a hash of their id")  # fmt: skip
@click.option("--judge-endpoint", default=None, help="URL of the judge model")
@click.option("--judge-model", default="")
@click.option("--judge-token-env", default=None)
@click.option("--embed-endpoint", default=None, help="URL of the model for embeddings")
@click.option("--embed-model", default="")
@click.option("--embed-token-env", default=None)
@click.option("--labels", type=EXISTING, default=None,
              help='what people say of the first kind, by request: {"id": …, "good": true}')  # fmt: skip
@click.option("--hours", type=click.FloatRange(0, min_open=True), default=24.0, show_default=True,
              help="how far back the gauge looks; the counters look at everything")  # fmt: skip
@click.option("--scale", type=click.Choice(["1", "100"]), default="1", show_default=True,
              help="100 where the brief's objectives are percentages, or it has none (gauge only)")  # fmt: skip
@click.option("--once", is_flag=True, help="read to the end and stop, as a timer would call it")
@click.option("--every", "every_s", type=click.FloatRange(0.1), default=5.0, show_default=True,
              help="seconds between looks at the file")  # fmt: skip
@click.option("--concurrency", type=click.IntRange(1, 512), default=8, show_default=True)
@click.option("--timeout", "timeout_s", type=click.FloatRange(0.1), default=60.0, show_default=True,
              help="longest silence of the judge, seconds")  # fmt: skip
@click.option("--attempts", type=click.IntRange(1, 20), default=5, show_default=True)
@format_option
def watch(
    samples: Path,
    *,
    metrics: Path,
    state: Path | None,
    service: str,
    environment: str,
    scores: tuple[str, ...],
    share: float,
    judge_endpoint: str | None,
    judge_model: str,
    judge_token_env: str | None,
    embed_endpoint: str | None,
    embed_model: str,
    embed_token_env: str | None,
    labels: Path | None,
    hours: float,
    scale: str,
    once: bool,
    every_s: float,
    concurrency: int,
    timeout_s: float,
    attempts: int,
    output: str,
) -> None:
    """Score the served answers in SAMPLES as they come, and write what rules and rollouts read.

    A line of SAMPLES is {"id": "7", "prompt": "…", "answer": "…", "track": "canary"}, and where you
    have them "context", "target", "label", "cluster" and "time"; or a record of the gateway's audit
    that keeps text. Each is scored once, however often it is read.

    \b
      aegis evaluate watch audit.jsonl --metrics textfile/quality.prom --service helper \\
          --score groundedness=rubric:groundedness --score toxicity=not:toxicity --share 0.1 \\
          --judge-endpoint http://localhost:8001/v1 --judge-model judge

    Ctrl-C ends it with a summary; the next call goes on. Exit 3 where nothing or not all is scored.
    """  # noqa: D301  # \b is click's mark for text that keeps its lines
    view = view_of(output)

    try:
        helpers = helpers_of(
            Server(url=judge_endpoint, model=judge_model, headers=headers(judge_token_env)),
            Server(url=embed_endpoint, model=embed_model, headers=headers(embed_token_env)),
            Patience(timeout_s=timeout_s, attempts=attempts),
        )
        order = WatchOrder(
            samples=samples, metrics=metrics, state=state or metrics.with_suffix(".state.jsonl"),
            service=service, environment=environment, measures=measures_of(scores, helpers),
            share=share, hours=hours, scale=float(scale), labels=labels, concurrency=concurrency,
        )  # fmt: skip
        result = watch_served(
            order,
            now_s=time.time,  # noqa: TID251  # the shell owns the clock
            wait=None if once else lambda: time.sleep(every_s),
            told=view.progress,
        )
    except InputError as error:
        raise click.UsageError(str(error)) from None
    view.show(result, lambda: _lines(result))
    sys.exit(exit_code(result.verdict))


def _lines(result: WatchResult) -> Iterator[str]:
    if result.verdict is not None:
        yield from wrap(f"{result.service}: {result.verdict}. {'; '.join(result.reasons)}.")
    yield from wrap(
        f"{counted(result.read, 'sample')} read, {result.chosen} chosen, "
        f"{counted(result.scored, 'score')} given, {result.repeated} there already, "
        f"{result.broken} lines broken"
    )
    for what, count in result.passed_over.items():
        yield f"  passed over: {count:,} {what}"
    for each in result.scores:
        level = each.level
        shown = (
            "none recently"
            if level is None
            else f"{level.value:.3f} [{level.low:.3f}–{level.high:.3f}] of {level.samples}"
            + (f", corrected by {counted(level.labelled, 'label')}" if level.labelled else "")
        )
        yield f"  {each.kind:<16} {each.track:<7} {shown}  (counted {each.sum:g} of {each.count})"
    for report in result.judges:
        yield from judge_lines(report)
    yield from problem_lines(result.problems)
    yield f"  {result.metrics}  {result.state}"
