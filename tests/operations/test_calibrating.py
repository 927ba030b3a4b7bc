"""A calibration learns a deployment from a report; sizing then uses it, and only for that one."""

# ruff: noqa: S311  # seeded simulations, not secrets
from __future__ import annotations

import dataclasses
import datetime
import json
import math
import random
from pathlib import Path

import pytest

from aegis.catalog.loader import accelerators, find_model
from aegis.measure.report import BenchReport, RequestRow, Spread
from aegis.measure.report import Load as Offered
from aegis.operations.calibrating import (
    CalibrateQuestion,
    CalibrateResult,
    CannotCalibrateError,
    calibrate,
)
from aegis.operations.size_question import SizeQuestion
from aegis.operations.size_results import SizeResult
from aegis.operations.sizing import size_model
from aegis.sizing.architecture import Architecture, architecture_of
from aegis.sizing.arrivals import Lengths, OpenLoop, drawn
from aegis.sizing.calibration_file import Calibration, Machine
from aegis.sizing.candidates import Load, Objectives, Shape
from aegis.sizing.deployment import Deployment
from aegis.sizing.hardware import Device, device_of
from aegis.sizing.shortlist import Traffic, Ways
from aegis.sizing.simulator import Setup, simulate
from aegis.sizing.simulator_steps import ScaledStepTime

MODEL = "meta-llama/Llama-3.1-8B-Instruct"
DEVICE = "nvidia-l40s"
SLOWER = 1.6
CHAT = Lengths(prompt_tokens=600, output_tokens=120, prompt_cv=0.6, output_cv=0.6)
SHAPE = Shape(device=DEVICE, engine="vllm", precision="bf16", tp=1, pp=1, ep=1, dp=1)


def deployment() -> Deployment:
    entry = find_model(MODEL)
    assert entry is not None
    arch = architecture_of(entry)
    device = device_of(next(a for a in accelerators() if a.id == DEVICE))
    assert isinstance(arch, Architecture)
    assert isinstance(device, Device)
    return Deployment(arch=arch, device=device, shape=SHAPE)


def report(path: Path, *, rate: float, requests: int, seed: int) -> Path:
    """What a load test finds on hardware that is slower than the formula says."""
    one = deployment()
    load = OpenLoop(rate_rps=rate, requests=requests, lengths=CHAT)
    truth = ScaledStepTime(one.step_time, SLOWER)
    outcome = simulate(Setup(limits=one.limits(4096)), load, truth, random.Random(seed))
    sent = drawn(load, random.Random(seed))
    rows = zip(sent, outcome.ttft_s.tolist(), outcome.e2e_s.tolist(), strict=True)
    none = Spread(count=0)
    written = BenchReport(
        target="http://localhost/v1", model=MODEL, started="2026-11-22T00:00:00+00:00",
        duration_s=60, completed=requests, failed=0, achieved_rps=rate, output_tokens_per_s=1,
        load=Offered(rate_rps=rate, concurrency=None, requests=requests, input_tokens=600,
                     output_tokens=120, warmup_requests=3, seed=seed),
        ttft_ms=none, tpot_ms=none, itl_ms=none, latency_ms=none,
        rows=tuple(
            RequestRow(sent_s=r.arrival_s, first_token_s=f, done_s=w, input_tokens=r.prompt_tokens,
                       output_tokens=r.output_tokens)
            for r, f, w in rows
        ),
    )  # fmt: skip
    path.write_text(written.model_dump_json(), "utf-8")
    return path


def asked(accelerator: str = DEVICE) -> CalibrateQuestion:
    return CalibrateQuestion(model=MODEL, arch=None, accelerator=accelerator)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> CalibrateResult:
    folder = tmp_path_factory.mktemp("runs")
    first = report(folder / "first.json", rate=3, requests=120, seed=1)
    second = report(folder / "second.json", rate=5, requests=120, seed=2)
    return calibrate([first], asked(), check=second)


def sized(*calibrations: Calibration, peak: float = 4.0, input_tokens: int = 600) -> SizeResult:
    return size_model(
        SizeQuestion(
            model=MODEL,
            traffic=Traffic(
                load=Load(peak_rps=peak, input_tokens=input_tokens, output_tokens=120),
                length_cv=0.6,
            ),
            objectives=Objectives(ttft_s=2.0, tpot_s=0.1, tpot_percentile=95),
            today=datetime.date(2026, 11, 22),
            only=(DEVICE,),
            simulate=1,
            ways=Ways(calibrations=calibrations),
        )
    )


def test_a_run_it_has_not_seen_is_predicted_better_than_before(learned: CalibrateResult) -> None:
    """The machine is 1.6 times slower than the formula; afterwards TPOT is within 5 %."""
    assert learned.nearer
    tpot = next(row for row in learned.checked if row.figure == "TPOT mean")
    assert tpot.calibrated == pytest.approx(tpot.measured, rel=0.05)
    assert abs(tpot.uncalibrated / tpot.measured - 1) > 0.2


def test_it_says_what_the_run_pins_down_and_where_it_was(learned: CalibrateResult) -> None:
    assert "weights_s" in learned.identified
    assert set(learned.identified).isdisjoint(learned.not_identified)
    assert len(learned.identified) + len(learned.not_identified) == 8
    region = learned.calibration.region
    assert region.prompt_tokens[0] < 600 < region.prompt_tokens[1]
    assert learned.calibration.reports[0].tool == "aegis bench"
    assert learned.calibration.reports[0].digest.startswith("sha256:")


def test_a_calibration_survives_its_file(learned: CalibrateResult) -> None:
    text = learned.calibration.model_dump_json()

    again = Calibration.model_validate_json(text)

    assert again == learned.calibration
    assert again.step_time == learned.calibration.step_time
    where = {"sequences": 8.0, "context_tokens": 700.0, "prompt_tokens": 600.0}
    assert again.bounds(**where) == learned.calibration.bounds(**where)


def test_bounds_are_narrow_inside_and_widen_with_each_doubling_outside(
    learned: CalibrateResult,
) -> None:
    most = learned.calibration.region.sequences[1]
    widths = []
    for factor in (1, 2, 4, 8):
        bounds = learned.calibration.bounds(
            sequences=most * factor, context_tokens=700, prompt_tokens=600
        )
        widths.append(math.log(bounds.steps[1] / bounds.steps[0]))

    assert widths == sorted(widths)
    assert widths[0] < 0.4
    assert widths[1] - widths[0] > 0.1
    outside = learned.calibration.bounds(sequences=8 * most, context_tokens=700, prompt_tokens=600)
    assert "3.0 doublings outside" in outside.basis


def test_sizing_uses_it_for_the_measured_shape(learned: CalibrateResult) -> None:
    """Slower than the formula, and surer of it."""
    before, after = sized(), sized(learned.calibration)

    assert before.recommended.simulated is not None
    row = next(r for r in after.rows if r.simulated and r.simulated.calibrated)
    assert (row.precision, row.tensor_parallel) == ("bf16", 1)
    assert row.simulated is not None
    assert row.simulated.tpot_ms is not None
    plain = next((r for r in before.rows if r.precision == "bf16" and r.tensor_parallel == 1), None)
    assert plain is not None
    assert row.simulated.tpot_ms.p50.value > 1.3 * plain.tpot_ms.value

    def width(values: tuple[float, float]) -> float:
        return math.log(values[1] / values[0])

    tpot = row.simulated.tpot_ms.p50
    assert width((tpot.low, tpot.high)) < width((plain.tpot_ms.low, plain.tpot_ms.high))
    assert "your own" in row.simulated.basis
    assert any("only rows of the calibrated shape" in note for note in after.notes)


def test_nothing_else_takes_it_over(learned: CalibrateResult) -> None:
    other = learned.calibration.model_copy(update={"accelerator": "nvidia-a10"})

    result = sized(other)

    assert not any(r.simulated and r.simulated.calibrated for r in result.rows)
    assert any("nothing is calibrated" in note for note in result.notes)


def test_a_machine_of_ones_own_is_sized_from_its_calibration(learned: CalibrateResult) -> None:
    """Only the shape that was measured is offered: nothing is known of others there."""
    machine = Machine(bandwidth_bytes_per_s=20e9, flops=1e12)
    own = learned.calibration.model_copy(update={"accelerator": "my-box", "machine": machine})

    result = size_model(
        SizeQuestion(
            model=MODEL,
            traffic=Traffic(
                load=Load(peak_rps=4.0, input_tokens=600, output_tokens=120), length_cv=0.6
            ),
            objectives=Objectives(ttft_s=20.0, tpot_s=2.0, tpot_percentile=95),
            today=datetime.date(2026, 11, 22),
            only=("my-box",),
            ways=Ways(calibrations=(own,)),
        )
    )

    assert [row.precision for row in result.rows] == ["bf16"]
    seen = result.recommended.simulated
    assert seen is not None
    assert seen.calibrated
    assert result.recommended.cost is None
    assert result.memory is None


def test_two_reports_follow_one_another(tmp_path: Path) -> None:
    one = report(tmp_path / "one.json", rate=2, requests=20, seed=1)
    two = report(tmp_path / "two.json", rate=6, requests=20, seed=2)

    found = calibrate([one, two], asked())

    assert found.calibration.requests == 34
    assert len(found.calibration.reports) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"accelerator": "my-box"}, "--bandwidth-gb-per-s", id="unknown-machine"),
    ],
)
def test_an_unknown_machine_needs_its_bandwidth(
    tmp_path: Path, change: dict[str, str], says: str
) -> None:
    path = report(tmp_path / "r.json", rate=2, requests=10, seed=1)

    with pytest.raises(CannotCalibrateError) as raised:
        calibrate([path], dataclasses.replace(asked(), **change))  # type: ignore[arg-type]

    assert says in raised.value.mend


def test_a_report_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"hello": 1}), "utf-8")

    with pytest.raises(CannotCalibrateError, match=r"r\.json"):
        calibrate([path], asked())
