"""The flags of `aegis size`, read into a question; each refusal says how the flag is written."""

from __future__ import annotations

import datetime
import json
import math
import re
from pathlib import Path

import click
from pydantic import ConfigDict, ValidationError

from aegis.base.model import Frozen
from aegis.operations.size_question import Beside, SizeQuestion
from aegis.sizing.adapters import Adapters
from aegis.sizing.architecture import Architecture
from aegis.sizing.arrivals_file import busiest, read_arrivals, summary
from aegis.sizing.calibration_file import Calibration
from aegis.sizing.candidates import Load, Objectives
from aegis.sizing.coefficients import EngineName
from aegis.sizing.config_json import architecture_from_config
from aegis.sizing.prices import Offer, Wanted, from_csv
from aegis.sizing.prices_gpuhunt import from_gpuhunt, is_gpuhunt
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.scheduler_state import Speculation
from aegis.sizing.shortlist import Traffic, Ways

_DURATION = re.compile(r"(?P<value>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|min|h)?")
_SECONDS = {"ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}


class Duration(click.ParamType[float]):
    """`500ms`, `0.5s`, `6h` or milliseconds as a bare number; in seconds."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        match = _DURATION.fullmatch(str(value).strip())
        if match is None or float(match["value"]) <= 0:
            self.fail(f"`{value}` is no duration above zero; write 500ms or 0.5s", param, ctx)
        return float(match["value"]) * _SECONDS[match["unit"] or "ms"]


class SizeFlags(Frozen):
    """Every flag of `aegis size` for language models, as click hands it over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str | None
    config: Path | None
    peak_rps: float | None
    mean_rps: float | None
    input_tokens: int | None
    output_tokens: int | None
    arrivals: str
    clients: int | None
    length_cv: float
    shared_prefix: str | None
    ttft_p95: float | None
    tpot_p95: float | None
    engine: EngineName
    kv_bits: int  # click offers "16" and "8"
    speculative: str | None
    draft_time: float | None
    adapters: str | None
    disaggregate: bool
    transfer_gb_per_s: float | None
    accelerator: tuple[str, ...]
    provider: str | None
    region: str | None
    price_kind: str
    prices: tuple[Path, ...]
    api: tuple[str, ...]
    zones: int
    surge: int
    load_gb_per_s: float | None
    simulate: int
    beside: tuple[str, ...]
    calibration: tuple[Path, ...]


def question(
    flags: SizeFlags, *, curve: bool = False, today: datetime.date, accelerators: tuple[str, ...]
) -> SizeQuestion:
    """The question behind the flags.

    Raises:
        click.UsageError: a flag or a file cannot be read; says where and what to write.
    """
    arch = read_architecture(flags.config, flags.model)
    if flags.model is None and arch is None:
        raise click.UsageError("name the model: --model, or --config config.json for one of yours")
    traffic = _traffic(flags)
    calibrations = tuple(read_calibration(path) for path in flags.calibration)
    own = tuple(found.accelerator for found in calibrations)
    return SizeQuestion(
        model=flags.model or (arch.name if arch else ""),
        arch=arch,
        traffic=traffic,
        objectives=Objectives(
            ttft_s=flags.ttft_p95 or math.inf,
            tpot_s=flags.tpot_p95 or math.inf,
            tpot_percentile=95.0,
        ),
        today=today,
        ways=Ways(
            kv_bits=flags.kv_bits,
            prefix_cache=bool(traffic.shared_tokens)
            or any(request.shared_tokens for request in traffic.recorded),
            speculation=_speculation(flags),
            adapters=_adapters(flags.adapters),
            calibrations=calibrations,
        ),
        engine=flags.engine,
        only=flags.accelerator,
        wanted=Wanted(
            provider=flags.provider,
            region=flags.region,
            kind=None if flags.price_kind == "any" else flags.price_kind,
        ),
        offers=read_offers(flags.prices, accelerators + own),
        apis=flags.api,
        zones=flags.zones,
        surge=flags.surge,
        simulate=flags.simulate,
        disaggregate=flags.disaggregate,
        transfer_bytes_per_s=(flags.transfer_gb_per_s or 0.0) * 1e9,
        load_gb_per_s=flags.load_gb_per_s,
        curve=curve,
        beside=tuple(_beside(text) for text in flags.beside),
    )


def read_architecture(path: Path | None, model: str | None) -> Architecture | None:
    """The architecture of a `config.json`; None without one."""
    if path is None:
        return None
    try:
        config = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise click.UsageError(f"{path} is no JSON: {error}") from None
    if not isinstance(config, dict):
        raise click.UsageError(f"{path} is no config.json of a model: an object is needed")
    built = architecture_from_config(model or path.stem, config)
    if isinstance(built, Unanswerable):
        raise click.UsageError(f"{path}: {built.reason}. To get an answer: {built.mend}.")
    return built


def _traffic(flags: SizeFlags) -> Traffic:
    shared, groups = _numbers(flags.shared_prefix, "--shared-prefix", "TOKENS or TOKENS:GROUPS", 2)
    kind, _, variation = flags.arrivals.partition(":")
    if kind not in {"poisson", "gamma"}:
        return _recorded(flags)
    burstiness = 1.0
    if kind == "gamma":
        try:
            burstiness = float(variation)
        except ValueError:
            burstiness = -1.0
        if not 0 <= burstiness <= 100:
            raise click.UsageError(
                f"--arrivals {flags.arrivals}: write gamma:2 for gaps with a coefficient of "
                "variation of 2 (1 is Poisson)"
            )
    if flags.input_tokens is None or flags.output_tokens is None:
        raise click.UsageError("give mean lengths in tokens: --input 900 --output 250")
    load = Load(
        peak_rps=_peak(flags, flags.output_tokens),
        mean_rps=flags.mean_rps,
        input_tokens=flags.input_tokens,
        output_tokens=flags.output_tokens,
        length_variation=flags.length_cv,
    )
    if shared and shared >= flags.input_tokens:
        raise click.UsageError("--shared-prefix is part of the prompt: give fewer than --input")
    if flags.mean_rps and flags.mean_rps > load.peak_rps:
        raise click.UsageError("--mean-rps is above --peak-rps; the peak is the busiest minute")
    return Traffic(
        load=load,
        burstiness=burstiness,
        length_cv=flags.length_cv,
        shared_tokens=int(shared or 0),
        groups=int(groups or 1),
        clients=flags.clients or 0,
    )


def _peak(flags: SizeFlags, output_tokens: int) -> float:
    """The peak rate; that of waiting clients if they were served just within the objectives."""
    if flags.peak_rps is not None:
        return flags.peak_rps
    if flags.clients is None:
        raise click.UsageError(
            "how much traffic? --peak-rps for the busiest minute, --clients for callers that wait, "
            "or --arrivals FILE for a recording"
        )
    whole = (flags.ttft_p95 or 0.0) + (output_tokens - 1) * (flags.tpot_p95 or 0.0)
    return flags.clients / max(whole, 1e-3)


def _recorded(flags: SizeFlags) -> Traffic:
    path = Path(flags.arrivals)
    if not path.is_file():
        raise click.UsageError(
            f"--arrivals {flags.arrivals}: no such file, and neither `poisson` nor `gamma:CV`"
        )
    found = read_arrivals(path.read_text("utf-8", "replace"), path=str(path))
    if found.problems:
        raise click.UsageError("the recording cannot be read:\n  " + "\n  ".join(found.problems))
    if len(found.requests) < 2:
        raise click.UsageError(f"{path}: one request is no traffic; two or more are needed")
    known = summary(found.requests)
    load = Load(
        peak_rps=flags.peak_rps or known.peak_rps,
        mean_rps=flags.mean_rps or known.mean_rps,
        input_tokens=known.input_tokens,
        output_tokens=known.output_tokens,
        length_variation=flags.length_cv,
    )
    return Traffic(load=load, recorded=busiest(found.requests))


def _numbers(text: str | None, flag: str, how: str, most: int) -> list[float | None]:
    """Numbers with colons between them, filled up with None."""
    if text is None:
        return [None] * most
    parts = text.split(":")
    try:
        values: list[float | None] = [float(part) for part in parts]
    except ValueError:
        values = []
    if not 1 <= len(values) <= most or any(v is not None and v <= 0 for v in values):
        raise click.UsageError(f"{flag} {text}: write {how}, each above zero")
    return values + [None] * (most - len(values))


def _beside(text: str) -> Beside:
    how = "MODEL,RPS,INPUT,OUTPUT, such as Qwen/Qwen3-4B,3,500,100"
    model, *rest = text.split(",")
    numbers = _numbers(":".join(rest) or None, "--beside", how, 3)
    peak, into, out = numbers
    if not model or peak is None or into is None or out is None:
        raise click.UsageError(f"--beside {text}: write {how}")
    return Beside(model=model, load=Load(peak_rps=peak, input_tokens=into, output_tokens=out))


def _speculation(flags: SizeFlags) -> Speculation | None:
    how = "DRAFTS:LENGTH, such as 3:2.5 (tokens proposed, tokens gained per step, from your run)"
    drafts, length = _numbers(flags.speculative, "--speculative", how, 2)
    if drafts is None:
        return None
    if length is None:
        raise click.UsageError(f"--speculative {flags.speculative}: write {how}")
    try:
        return Speculation(
            drafts=int(drafts), acceptance_length=length, draft_s=flags.draft_time or 0.0
        )
    except ValueError as error:
        raise click.UsageError(f"--speculative {flags.speculative}: {error}") from None


def _adapters(text: str | None) -> Adapters | None:
    how = "COUNT:RANK or COUNT:RANK:READY, such as 40:16:8"
    count, rank, ready = _numbers(text, "--adapters", how, 3)
    if count is None:
        return None
    if rank is None:
        raise click.UsageError(f"--adapters {text}: write {how}")
    try:
        return Adapters(count=int(count), rank=int(rank), resident=int(ready or count))
    except ValueError as error:
        raise click.UsageError(f"--adapters {text}: {error}") from None


def read_calibration(path: Path) -> Calibration:
    """A calibration as `aegis calibrate` wrote it."""
    try:
        return Calibration.model_validate_json(path.read_text("utf-8"))
    except (ValidationError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise click.UsageError(
            f"{path} is no calibration ({first}); `aegis calibrate REPORT -o {path.name}` writes one"
        ) from None


def read_offers(paths: tuple[Path, ...], accelerators: tuple[str, ...]) -> tuple[Offer, ...]:
    """The user's prices, ours or gpuhunt's format; every line that cannot be read is named."""
    offers: list[Offer] = []
    problems: list[str] = []
    for path in paths:
        text = path.read_text("utf-8-sig", "replace")
        if is_gpuhunt(text):
            hunted = from_gpuhunt(text, provider=path.stem, path=str(path))
            offers += hunted.offers
            counts = [f"{count:,} {reason}" for reason, count in hunted.left_out.items()]
            if counts:
                click.echo(f"{path}: left out {', '.join(counts)}", err=True)
            if not hunted.offers:
                problems.append(f"{path}: no row names a device that the catalog has")
        else:
            found, wrong = from_csv(text, path=str(path), known=accelerators)
            offers += found
            problems += wrong
    if problems:
        raise click.UsageError("the prices cannot be read:\n  " + "\n  ".join(problems[:20]))
    return tuple(offers)
