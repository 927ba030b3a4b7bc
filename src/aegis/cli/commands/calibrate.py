"""`aegis calibrate`: learn from a load test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from aegis.base.number import show_value
from aegis.cli.commands.size_flags import read_architecture
from aegis.cli.view import format_option, view_of, wrap
from aegis.operations.calibrating import (
    CalibrateQuestion,
    CalibrateResult,
    CannotCalibrateError,
    Compared,
)
from aegis.operations.calibrating import (
    calibrate as run_calibration,
)
from aegis.operations.size_question import CannotSizeError
from aegis.sizing.coefficients import EngineName
from aegis.sizing.precision import PrecisionName

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_COUNT = click.IntRange(min=1)
_ABOVE = click.FloatRange(min=0, min_open=True)


@click.command("calibrate")
@click.argument("reports", nargs=-1, required=True, type=_FILE)
@click.option(
    "--model", required=True, help="what was served; `aegis catalog models` lists those known"
)
@click.option("--config", type=_FILE, default=None, help="config.json of a model the catalog lacks")
@click.option("--accelerator", required=True, help="on what: a catalog id, or a name of your own")
@click.option("--engine", type=click.Choice(["vllm", "sglang", "tensorrt-llm", "other"]), default="vllm",
              show_default=True)  # fmt: skip
@click.option("--precision", type=click.Choice(["bf16", "fp8", "int8", "int4", "nvfp4", "mxfp4"]), default=None,
              help="of the weights [as published]")  # fmt: skip
@click.option("--tensor-parallel", type=_COUNT, default=1, show_default=True)
@click.option(
    "--max-sequences",
    type=_COUNT,
    default=None,
    help="requests that the engine runs at once [its default]",
)
@click.option(
    "--step-tokens", type=_COUNT, default=None, help="most tokens of one step [its default]"
)
@click.option(
    "--kv-tokens", type=_COUNT, default=None, help="tokens that the cache holds [as computed]"
)
@click.option(
    "--bandwidth-gb-per-s",
    type=_ABOVE,
    default=None,
    help="memory bandwidth of a machine the catalog lacks",
)
@click.option(
    "--tflops", type=_ABOVE, default=None, help="its speed in the arithmetic used, roughly"
)
@click.option(
    "--check",
    type=_FILE,
    default=None,
    help="another report: is its prediction nearer than before?",
)
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("calibration.json"),
              show_default=True)  # fmt: skip
@format_option
def calibrate(
    reports: tuple[Path, ...],
    *,
    model: str,
    config: Path | None,
    accelerator: str,
    engine: EngineName,
    precision: PrecisionName | None,
    tensor_parallel: int,
    max_sequences: int | None,
    step_tokens: int | None,
    kv_tokens: int | None,
    bandwidth_gb_per_s: float | None,
    tflops: float | None,
    check: Path | None,
    out: Path,
    output: str,
) -> None:
    """Fit the step time of a deployment to one or more REPORTS of load tests.

    Reads aegis bench, vllm bench serve (--save-result --save-detailed), guidellm, aiperf
    (profile_export.jsonl) and inference-perf (per_request_lifecycle_metrics.json). Says which
    parameters the runs pin down; `aegis size --calibration FILE` then uses it, with bounds that are
    narrow where the runs have been and widen beyond.

    \b
      aegis bench https://staging.example/v1 --model my-model --rate 4 --requests 200
      aegis calibrate bench.json --model meta-llama/Llama-3.1-8B-Instruct --accelerator nvidia-l40s
    """  # noqa: D301
    view = view_of(output)
    question = CalibrateQuestion(
        model=model,
        arch=read_architecture(config, model),
        accelerator=accelerator,
        engine=engine,
        precision=precision,
        tensor_parallel=tensor_parallel,
        max_sequences=max_sequences,
        step_tokens=step_tokens,
        kv_tokens=kv_tokens,
        bandwidth_bytes_per_s=None if bandwidth_gb_per_s is None else bandwidth_gb_per_s * 1e9,
        flops=None if tflops is None else tflops * 1e12,
    )
    try:
        result = run_calibration(reports, question, check=check, progress=view.progress)
    except (CannotCalibrateError, CannotSizeError) as error:
        raise click.UsageError(f"{error.reason}. To get an answer: {error.mend}.") from None
    out.write_text(result.calibration.model_dump_json(indent=1) + "\n", encoding="utf-8")
    view.show(result, lambda: _lines(result, out))


def _lines(result: CalibrateResult, out: Path) -> Iterator[str]:
    fit = result.calibration
    yield from wrap(
        f"Fitted {fit.model.rsplit('/', maxsplit=1)[-1]} on {fit.accelerator} ({fit.engine}, {fit.precision}, "
        f"tensor parallelism {fit.tensor_parallel}) to {fit.requests:,} requests of "
        f"{', '.join(sorted({r.tool for r in fit.reports}))}."
    )
    yield ""
    yield from _table("the run it was made from", result.fitted)
    if result.checked:
        yield ""
        yield from _table("the other run, which it had not seen", result.checked)
        verdict = "nearer than" if result.nearer else "no nearer than"
        yield from wrap(
            f"On it the calibrated prediction is {verdict} the uncalibrated one.", first="  "
        )
    yield ""
    yield f"  {'part of a step':<16}{'µs':>12}"
    for part in fit.parameters:
        said = (
            "the run pins it down"
            if part.identified
            else "stays where the guess was: the run says little"
        )
        if part.at_bound:
            said += "; at a physical bound, so something else may be hidden in it"
        yield f"  {part.name:<16}{show_value(float(f'{part.seconds * 1e6:.3g}')):>12}  {said}"
    yield ""
    region = fit.region
    yield from wrap(
        f"seen: up to {region.sequences[1]:.0f} requests at once, prompts of "
        f"{region.prompt_tokens[0]:.0f} to {region.prompt_tokens[1]:.0f} tokens, contexts up to "
        f"{region.context_tokens[1]:.0f}. Each doubling beyond widens the bounds by half of a doubling.",
        first="  ",
    )
    if result.failed:
        yield from wrap(
            f"{result.failed} requests failed or lacked a figure, and are left out",
            first="  note: ",
        )
    for note in result.notes:
        yield from wrap(note, first="  note: ")
    yield from wrap(f"aegis size … --calibration {out}", first="  use it: ")


def _table(title: str, rows: Sequence[Compared]) -> Iterator[str]:
    yield f"  {title + ', ms':<40}{'measured':>11}{'calibrated':>20}{'before':>20}"
    for row in rows:
        yield (
            f"  {row.figure:<40}{show_value(float(f'{row.measured:.3g}')):>11}"
            f"{_against(row.calibrated, row.measured):>20}{_against(row.uncalibrated, row.measured):>20}"
        )


def _against(value: float, measured: float) -> str:
    off = f"{100 * (value / measured - 1):+.0f} %" if measured else "–"
    return f"{show_value(float(f'{value:.3g}'))} ({off})"
