"""`aegis evaluate run`: ask a release."""

from __future__ import annotations

import datetime
import random
import sys
from pathlib import Path

import click

from aegis.cli.commands.evaluate.lines import run_lines
from aegis.cli.commands.evaluate.options import (
    EXISTING,
    FILE,
    exit_code,
    headers,
    parameters,
    report_options,
    terms,
    terms_options,
)
from aegis.cli.view import format_option, view_of
from aegis.evaluate.errors import InputError
from aegis.evaluate.models.http import Patience
from aegis.operations.evaluating.asking import Asked, Server, model_of, order_of, scorers_of
from aegis.operations.evaluating.reporting import run_junit, run_metrics, run_page, write
from aegis.operations.evaluating.running import run_evaluation


@click.command("run")
@click.argument("data", type=EXISTING, required=False)
@click.option("--suite", "suite_name", default=None,
              help="attack instead of DATA: a red-team suite of Aegis, or a public set; "
              "`aegis evaluate suites` lists them")  # fmt: skip
@click.option("--suite-from", "suite_from", type=click.Path(exists=True, path_type=Path), default=None,
              help="where a public set lies: its file, a folder, a wheel [the installed package]")  # fmt: skip
@click.option("--endpoint", default=None, help="URL of the model, such as http://localhost:8000/v1")
@click.option("--protocol", type=click.Choice(["openai", "kserve-v2", "http-json", "onnx"]),
              default="openai", show_default=True)  # fmt: skip
@click.option("--model", "model_name", default="", help="model name; the file for onnx")
@click.option("--replay", type=EXISTING, default=None, help="recorded answers; nobody is asked")
@click.option("--prompt", "prompt_file", type=EXISTING, default=None,
              help="what stands around the input: YAML (version, system, user) or plain text")  # fmt: skip
@click.option("--param", "params", multiple=True, help="field of the request: max_tokens=64")
@click.option("--stream/--no-stream", default=False, help="stream, and time the first token")
@click.option("--classes", default="", help="names of classes, for classic models: cat,dog")
@click.option(
    "--answer-at", "answer_at", default="", help="the output that is the answer (classic)"
)
@click.option("--token-env", default=None, help="environment variable with the bearer token")
@click.option("--score", "scores", multiple=True, help="scorer, the first counts [exact]; "
              "`aegis evaluate suites` lists them")  # fmt: skip
@click.option("--judge-endpoint", default=None, help="URL of the judge model")
@click.option("--judge-model", default="")
@click.option("--judge-token-env", default=None)
@click.option("--embed-endpoint", default=None, help="URL of the model for embeddings")
@click.option("--embed-model", default="")
@click.option("--embed-token-env", default=None)
@click.option("--labels", "labels_file", type=EXISTING, default=None,
              help='what people say, to correct the first scorer: {"id": …, "good": true}')  # fmt: skip
@click.option("--against", type=EXISTING, default=None,
              help="results of the release that runs; ends the run when the verdict is certain")  # fmt: skip
@terms_options
@click.option("--stop-early/--no-stop-early", default=True, show_default=True)
@click.option("--at-most", type=click.FloatRange(0, 100), default=None,
              help="percent of attacks that may succeed (suites)")  # fmt: skip
@click.option("--concurrency", type=click.IntRange(1, 512), default=8, show_default=True)
@click.option("--timeout", "timeout_s", type=click.FloatRange(0.1), default=60.0, show_default=True,
              help="longest silence of the endpoint, seconds")  # fmt: skip
@click.option("--attempts", type=click.IntRange(1, 20), default=5, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="order of the samples")
@click.option(
    "-o", "--out", type=FILE, required=True, help="results; taken up again if it is there"
)
@click.option("--metrics", type=FILE, default=None, help="also write scores as Prometheus text")
@report_options
@format_option
def run(
    data: Path | None,
    *,
    suite_name: str | None,
    suite_from: Path | None,
    endpoint: str | None,
    protocol: str,
    model_name: str,
    replay: Path | None,
    prompt_file: Path | None,
    params: tuple[str, ...],
    stream: bool,
    classes: str,
    answer_at: str,
    token_env: str | None,
    scores: tuple[str, ...],
    judge_endpoint: str | None,
    judge_model: str,
    judge_token_env: str | None,
    embed_endpoint: str | None,
    embed_model: str,
    embed_token_env: str | None,
    labels_file: Path | None,
    against: Path | None,
    tolerated_drop: float,
    alpha: float,
    power: float,
    stop_early: bool,
    at_most: float | None,
    concurrency: int,
    timeout_s: float,
    attempts: int,
    seed: int,
    out: Path,
    metrics: Path | None,
    junit: Path | None,
    html: Path | None,
    output: str,
) -> None:
    """Ask a release for every sample of DATA, score the answers and write one line each.

    DATA has one sample a line: {"id": "7", "input": "2+2?", "target": "4"}, and where you have them
    "cluster", "slice", "weight" and "context". A run that was killed goes on where it stopped.

    \b
      aegis evaluate run faq.jsonl --endpoint http://localhost:8000/v1 --model m \\
          --prompt prompt.yaml --score includes --against stable.jsonl -o candidate.jsonl
      aegis evaluate run --suite injection --endpoint http://localhost:8000/v1 --model m -o inj.jsonl
      aegis evaluate run --suite xstest --suite-from xstest_prompts.csv --endpoint … --model m -o x.jsonl
    """  # noqa: D301  # \b is click's mark for text that keeps its lines
    view = view_of(output)
    asked = Asked(
        data=data,
        suite=suite_name,
        suite_from=suite_from,
        out=out,
        server=Server(url=endpoint, model=model_name, headers=headers(token_env)),
        protocol=protocol,
        replay=replay,
        prompt=prompt_file,
        parameters=parameters(params),
        stream=stream,
        classes=tuple(name for name in classes.split(",") if name),
        answer_at=answer_at,
        scores=scores,
        judge=Server(url=judge_endpoint, model=judge_model, headers=headers(judge_token_env)),
        embeddings=Server(url=embed_endpoint, model=embed_model, headers=headers(embed_token_env)),
        labels=labels_file,
        against=against,
        terms=terms(tolerated_drop, alpha, power),
        stop_early=stop_early,
        at_most=at_most,
        concurrency=concurrency,
        patience=Patience(timeout_s=timeout_s, attempts=attempts),
        seed=seed,
    )

    def progress(done: int, total: int) -> None:
        if done == total or done % max(1, total // 10) == 0:
            view.progress(f"{done} of {total} samples answered")

    now = datetime.datetime.now(datetime.UTC)  # noqa: TID251  # the shell reads it
    try:
        model, problems = model_of(asked)
        scorers = scorers_of(asked)
        started = now.isoformat(timespec="seconds")
        order = order_of(asked, scorers, started=started, rng=random.SystemRandom())
        result = run_evaluation(order, model, scorers, progress)
    except InputError as error:
        raise click.UsageError(str(error)) from None
    except KeyboardInterrupt:
        view.progress(f"stopped; the same call goes on from {out}")
        raise
    result = result.model_copy(update={"problems": (*problems, *result.problems)})
    write(junit, lambda: run_junit(result))
    write(html, lambda: run_page(result))
    write(metrics, lambda: run_metrics(result))
    view.show(result, lambda: run_lines(result))
    sys.exit(exit_code(result.verdict))
