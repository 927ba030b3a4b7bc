"""Learns a deployment's step time from load tests of any tool, and says how far to trust it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from aegis.base.model import Frozen
from aegis.catalog.loader import accelerators
from aegis.measure.readers.read import read_report
from aegis.measure.readers.run import MeasuredRun, UnreadableReportError
from aegis.operations.size_question import known_architecture, machine_device
from aegis.sizing.architecture import Architecture, active_parameters, expert_parameters
from aegis.sizing.arrivals import Recorded
from aegis.sizing.calibration import Observed, fit_step_time, priors_from
from aegis.sizing.calibration_file import Calibration, Machine, ReportUsed
from aegis.sizing.candidates import Shape
from aegis.sizing.coefficients import Bound, EngineName, fitted
from aegis.sizing.deployment import Deployment
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.layout import Floats, floats
from aegis.sizing.precision import PrecisionName
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.scheduler_state import Limits
from aegis.sizing.simulator import Setup, simulate
from aegis.sizing.simulator_steps import Experts, StepTime

PAUSE_S = 60.0
"""Idle time put between two reports, so that neither delays the other."""

MOST_REQUESTS = 1000
AMPLE_BLOCKS = 1_000_000
BEYOND = 50.0
"""How far a machine that is no accelerator may be from the guess of its bandwidth and speed."""


class CannotCalibrateError(Exception):
    """What stands in the way, and what would make it possible."""

    def __init__(self, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.mend = mend


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateQuestion:
    """What was measured, and on what. Without a catalog entry of the accelerator the guess comes
    from the machine's bandwidth and speed, where they are given.
    """  # noqa: D205

    model: str
    arch: Architecture | None
    accelerator: str
    engine: EngineName = "vllm"
    precision: PrecisionName | None = None
    tensor_parallel: int = 1
    max_sequences: int | None = None
    step_tokens: int | None = None
    kv_tokens: int | None = None
    bandwidth_bytes_per_s: float | None = None
    flops: float | None = None


class Compared(Frozen):
    """One figure of a run: measured, and predicted with and without the calibration, in ms."""

    figure: str
    measured: float
    calibrated: float
    uncalibrated: float


class CalibrateResult(Frozen):
    """A calibration, what it rests on, and what it predicts of another run."""

    calibration: Calibration
    identified: tuple[str, ...]
    not_identified: tuple[str, ...]
    at_bound: tuple[str, ...] = Field(
        description="stopped at a physical bound: look for what the run did not say"
    )
    failed: int
    fitted: tuple[Compared, ...] = Field(description="the run it was made from")
    checked: tuple[Compared, ...] = Field(default=(), description="another run")
    nearer: bool | None = Field(default=None, description="than uncalibrated, over `checked`")
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """The engine as it ran, and what was thought of it before."""

    limits: Limits
    before: StepTime
    bounds: dict[str, Bound]
    experts: Experts | None
    precision: PrecisionName
    name: str
    architecture: str
    machine: Machine | None


def calibrate(
    reports: Sequence[Path],
    question: CalibrateQuestion,
    *,
    check: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> CalibrateResult:
    """Fits the step time to the requests of the reports, which follow one another.

    Raises:
        CannotCalibrateError: a report cannot be used, or the deployment is not known well enough.
    """
    runs = [(_read(path), path) for path in reports]
    target = _target(question)
    observed, counted = _joined([run for run, _ in runs])
    notes = []
    if len(observed) > MOST_REQUESTS:
        notes.append(f"only the first {MOST_REQUESTS:,} of {len(observed):,} requests are fitted")
        observed, counted = observed[:MOST_REQUESTS], counted[:MOST_REQUESTS]
    if sum(counted) < 2:
        raise CannotCalibrateError(
            "fewer than two requests count", "measure more: aegis bench URL --requests 100"
        )
    setup = Setup(limits=target.limits)
    progress(f"fitting {len(target.bounds)} parameters to {sum(counted):,} requests …")
    fit = fit_step_time(
        observed, setup, bounds=target.bounds, counted=counted, experts=target.experts
    )
    progress(f"{fit.simulations:,} simulations of the run")
    calibration = Calibration.of(
        fit,
        model=target.name,
        architecture=target.architecture,
        accelerator=question.accelerator,
        engine=question.engine,
        precision=target.precision,
        tensor_parallel=question.tensor_parallel,
        machine=target.machine,
        kv_blocks=target.limits.kv_blocks,
        max_sequences=target.limits.max_sequences,
        step_tokens=target.limits.step_tokens,
        reports=[_used(run, path) for run, path in runs],
        requests=sum(counted),
    )
    checked: tuple[Compared, ...] = ()
    if check is not None:
        other, kept = _joined([_read(check)])
        checked = _compared(other, kept, setup, fit.step_time, target.before)
    return CalibrateResult(
        calibration=calibration,
        identified=fit.identified,
        not_identified=fit.not_identified,
        at_bound=fit.at_bound,
        failed=sum(run.failed for run, _ in runs),
        fitted=_compared(observed, counted, setup, fit.step_time, target.before),
        checked=checked,
        nearer=_nearer(checked),
        notes=tuple(notes),
    )


def _read(path: Path) -> MeasuredRun:
    try:
        return read_report(path.read_text("utf-8", "replace"))
    except UnreadableReportError as error:
        raise CannotCalibrateError(f"{path}: {error.reason}", error.mend) from None


def _used(run: MeasuredRun, path: Path) -> ReportUsed:
    return ReportUsed(
        file=path.name,
        digest="sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
        tool=run.tool,
        requests=len(run.requests),
    )


def _joined(runs: Sequence[MeasuredRun]) -> tuple[list[Observed], list[bool]]:
    """The requests of all runs on one clock, one run after the other."""
    observed: list[Observed] = []
    counted: list[bool] = []
    start = 0.0
    for run in runs:
        for seen in run.requests:
            moved = seen.request._replace(arrival_s=seen.request.arrival_s + start)
            observed.append(seen._replace(request=moved))
        counted += run.counted
        start = max(seen.request.arrival_s + seen.e2e_s for seen in observed) + PAUSE_S
    return observed, counted


# --- what is known of the deployment before ------------------------------------------------------


def _target(question: CalibrateQuestion) -> _Target:
    name, arch = known_architecture(question.model, question.arch)
    precision = question.precision or _published(arch)
    entry = next((a for a in accelerators() if a.id == question.accelerator), None)
    device = device_of(entry) if entry is not None else None
    is_machine = not isinstance(device, Device)
    if isinstance(device, Unanswerable) or device is None:
        device = _machine(question)
    deployment = Deployment(
        arch=arch,
        device=device,
        shape=Shape(
            device=device.name, engine=question.engine, precision=precision,
            tp=question.tensor_parallel, pp=1, ep=1, dp=1,
        ),
    )  # fmt: skip
    before: StepTime = deployment.roofline
    spread, beyond = (1.5, BEYOND) if is_machine else (0.5, None)
    return _Target(
        limits=_limits(question, deployment, is_machine=is_machine),
        before=before,
        bounds=priors_from(before, spread=spread, beyond=beyond),
        experts=_experts(arch),
        precision=precision,
        name=name,
        architecture=arch.name,
        machine=Machine(bandwidth_bytes_per_s=device.bandwidth_bytes_per_s, flops=device.bf16_flops)
        if is_machine
        else None,
    )


def _published(arch: Architecture) -> PrecisionName:
    """The precision in which the weights are published."""
    if arch.weight_bits < 5:
        return "mxfp4" if arch.experts else "int4"
    return "fp8" if arch.weight_bits <= 8 else "bf16"


def _machine(question: CalibrateQuestion) -> Device:
    """A machine that the catalog does not have, by its bandwidth and speed."""
    if question.bandwidth_bytes_per_s is None or question.flops is None:
        raise CannotCalibrateError(
            f"the catalog has no figures of `{question.accelerator}`",
            "give the machine's memory bandwidth and speed, roughly: --bandwidth-gb-per-s 20 "
            "--tflops 0.1; `aegis catalog accelerators` lists those known",
        )
    return machine_device(
        question.accelerator,
        Machine(bandwidth_bytes_per_s=question.bandwidth_bytes_per_s, flops=question.flops),
    )


def _limits(question: CalibrateQuestion, deployment: Deployment, *, is_machine: bool) -> Limits:
    """The engine's limits: as they were given, else those it has by default."""
    if is_machine:
        usual = Limits(kv_blocks=AMPLE_BLOCKS, max_sequences=1, step_tokens=512)
    else:
        usual = deployment.limits(4096.0)
    block = usual.block_tokens
    blocks = usual.kv_blocks if question.kv_tokens is None else question.kv_tokens // block
    return Limits(
        kv_blocks=max(blocks, 1),
        max_sequences=question.max_sequences or usual.max_sequences,
        step_tokens=question.step_tokens or usual.step_tokens,
        steps_ahead=usual.steps_ahead if question.engine == "vllm" else 0,
    )


def _experts(arch: Architecture) -> Experts | None:
    if not arch.is_moe:
        return None
    routed = expert_parameters(arch)
    shared = active_parameters(arch) - routed * arch.experts_per_token / arch.experts
    return Experts(
        routed_share=arch.experts_per_token / arch.experts,
        always_read=shared / (shared + routed),
        spread=fitted()["routing_spread"],
    )


# --- what it predicts ----------------------------------------------------------------------------


def _compared(
    observed: Sequence[Observed],
    counted: Sequence[bool],
    setup: Setup,
    after: StepTime,
    before: StepTime,
) -> tuple[Compared, ...]:
    """Mean and 95th percentile of a run, measured and predicted both ways."""
    load = Recorded(requests=[seen.request for seen in observed])
    kept = np.asarray(counted)
    runs = [simulate(setup, load, times, random.Random(0)) for times in (after, before)]  # noqa: S311
    ttft = floats([seen.ttft_s for seen in observed])[kept]
    tpot = floats([seen.tpot_s for seen in observed])[kept]
    rows = []
    for name, real, predicted in (
        ("TTFT", ttft, [run.ttft_s[kept] for run in runs]),
        ("TPOT", tpot, [run.tpot_s[kept] for run in runs]),
    ):
        for figure, of in (("mean", _mean), ("p95", _p95)):
            rows.append(
                Compared(
                    figure=f"{name} {figure}",
                    measured=1e3 * of(real),
                    calibrated=1e3 * of(floats(predicted[0])),
                    uncalibrated=1e3 * of(floats(predicted[1])),
                )
            )
    return tuple(rows)


def _mean(values: Floats) -> float:
    return float(np.nanmean(values)) if np.any(~np.isnan(values)) else 0.0


def _p95(values: Floats) -> float:
    return float(np.nanpercentile(values, 95)) if np.any(~np.isnan(values)) else 0.0


def _nearer(checked: Sequence[Compared]) -> bool | None:
    """Whether the calibration is nearer on average, in log units."""
    useful = [c for c in checked if min(c.measured, c.calibrated, c.uncalibrated) > 0]
    if not useful:
        return None
    after = sum(abs(np.log(c.calibrated / c.measured)) for c in useful)
    before = sum(abs(np.log(c.uncalibrated / c.measured)) for c in useful)
    return bool(after < before)
