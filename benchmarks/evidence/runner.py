"""What a run costs beside the model, and what ending early saves: `python -m benchmarks.evidence.runner`.

Overhead: CPU time of the runner's process a sample, against a server on loopback in a process of its
own that answers at once. Everything is in it: reading the data set, HTTP, scoring, writing, the
report. The peer is inspect_ai where it is installed (`--inspect PYTHON` names an interpreter that
has it), with its own scorer and log, against the same server.

Calls saved: whole runs with `aegis.operations.evaluating`, eight answers in flight, over data sets
of 1,000 of which stable passes 80 %; the candidate loses ten points, with answers that correlate as
those of real models do (0.56). Every answer that was asked for counts, those in flight too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.evidence.report import Row, rate

from aegis.base.verdict import Verdict
from aegis.evaluate.models.chat import Chat
from aegis.evaluate.models.http import Endpoint
from aegis.evaluate.models.model import Answer
from aegis.evaluate.records import Release, Result
from aegis.evaluate.releases import identified
from aegis.evaluate.samples import Dataset, Sample, read_samples
from aegis.evaluate.scorers.registry import Helpers, scorer
from aegis.operations.evaluating.running import Order, run_evaluation
from aegis.stats.detectability import discordance

_STABLE, _CORRELATION = 0.8, 0.56
_INSPECT = Path(__file__).with_name("inspect_peer.py")


class _Server(asyncio.Protocol):
    """Answers each request at once, with the least HTTP that keeps a connection open."""

    BODY = json.dumps(
        {
            "id": "1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": "Paris is the capital."}}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17},
        }
    ).encode()  # fmt: skip
    ANSWER = (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        % len(BODY)
    ) + BODY

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a type
        self.transport, self.held = transport, b""

    def data_received(self, data: bytes) -> None:
        self.held += data
        while (end := self.held.find(b"\r\n\r\n")) >= 0:
            head = self.held[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.held) < end + 4 + length:
                return
            self.held = self.held[end + 4 + length :]
            self.transport.write(self.ANSWER)


def _serve(ports: multiprocessing.Queue[int]) -> None:
    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(_Server, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a server in another process."""
    context = multiprocessing.get_context("spawn")
    ports: multiprocessing.Queue[int] = context.Queue()
    process = context.Process(target=_serve, args=(ports,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=30)}/v1"
    finally:
        process.terminate()
        process.join()


def overhead(samples: int, inspect: str) -> Iterator[Row]:
    """CPU milliseconds a sample."""
    with serving() as url, tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "d.jsonl"
        rows = [
            {"id": i, "input": f"What is the capital of country {i}?", "target": "Paris"}
            for i in range(samples)
        ]
        data.write_text("".join(json.dumps(row) + "\n" for row in rows))
        peer = _inspect(inspect, url, data) if inspect else ""
        spent = sorted(_once(url, data, Path(folder) / f"r{turn}.jsonl") for turn in range(3))[1]
    yield Row(
        figure="evaluation: CPU ms of the runner a sample, all included",
        measured=f"{1000 * spent / samples:.2f} ms ({samples:,} samples)",
        value=1000 * spent / samples,
        limit=2.0,
        goal=0.5,
        peers=peer,
    )


def _once(url: str, data: Path, out: Path) -> float:
    start = time.process_time()
    dataset = read_samples(data.read_text().splitlines(), path=str(data))
    model = Chat(endpoint=Endpoint(url), model="m")
    order = Order(
        dataset="d", dataset_digest=dataset.digest, samples=dataset.samples, out=out, started="",
    )  # fmt: skip
    result = run_evaluation(order, model, [scorer("includes", Helpers())])
    assert result.failed == 0, result.problems  # noqa: S101 - the figure is that of a whole run
    return time.process_time() - start


def _inspect(python: str, url: str, data: Path) -> str:
    """The same data set through inspect_ai, in its own process; its CPU time, import excluded."""
    environment = {**os.environ, "LOCAL_API_KEY": "none", "LOCAL_BASE_URL": url}
    done = subprocess.run(
        [python, str(_INSPECT), str(data)], env=environment, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    if done.returncode:
        return f"inspect_ai: {(done.stderr.strip().splitlines() or ['did not run'])[-1][:80]}"
    return f"inspect_ai {done.stdout.split()[-2]}: {float(done.stdout.split()[-1]):.1f} ms"


class _Candidate:
    """Answers from a list; an answer takes a moment, as an endpoint's does."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.release = identified(Release(model="candidate", protocol="list", endpoint=""))

    def answer(self, sample: Sample) -> Answer:
        time.sleep(0.0005)
        return Answer(text=self.answers[sample.id])

    def close(self) -> None:
        """Nothing to end."""


def calls_saved(seed: int, runs: int, cap: int = 1000) -> Iterator[Row]:
    """Answers asked for until the run ends, by the true drop."""
    for drop in (0.10, 0.05, 0.0):
        asked, failed, passed = [], 0, 0
        for turn in range(runs):
            result = _run(random.Random(f"{seed} {drop} {turn}"), drop, cap)  # noqa: S311
            asked.append(result[0])
            failed += result[1] is Verdict.FAILED
            passed += result[1] is Verdict.PASSED
        mean, median = sum(asked) / runs, sorted(asked)[runs // 2]
        yield Row(
            figure=f"evaluation: model calls of a whole run, true drop of {100 * drop:.0f} points",
            measured=f"{cap / mean:.1f}x fewer by the mean ({mean:.0f} of {cap}), "
            f"{cap / median:.1f}x by the median; called worse {rate(failed, runs)}, "
            f"certified {rate(passed, runs)}",
            value=mean / cap if drop == 0.10 else failed / runs,
            limit={0.10: 1 / 8, 0.0: 0.05}.get(drop, float("inf")),
            goal={0.10: 1 / 10, 0.0: 0.05}.get(drop, float("inf")),
        )


def _run(rng: random.Random, drop: float, cap: int) -> tuple[int, Verdict | None]:
    different = discordance(stable_rate=_STABLE, drop=drop, correlation=_CORRELATION)
    lost, won = (different + drop) / 2, (different - drop) / 2
    samples = tuple(Sample(id=str(i), input="q", target="yes") for i in range(cap))
    stable, answers = [], {}
    for sample in samples:
        draw = rng.random()
        is_lost, is_won = draw < lost, lost <= draw < lost + won
        passes = is_lost or (not is_won and rng.random() < (_STABLE - lost) / (1 - different))
        stable.append(Result(id=sample.id, score=float(passes)))
        answers[sample.id] = "yes" if is_won or (passes and not is_lost) else "no"
    with tempfile.TemporaryDirectory() as folder:
        order = Order(
            dataset="d", dataset_digest=Dataset(samples=()).digest, samples=samples,
            out=Path(folder) / "r.jsonl", started="", stable=stable, seed=rng.randrange(10**6),
        )  # fmt: skip
        result = run_evaluation(order, _Candidate(answers), [scorer("exact", Helpers())])
    return result.asked, result.verdict


def main() -> None:
    """Print a row as soon as it is measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.evidence.runner", description=__doc__
    )
    parser.add_argument("--runs", type=int, default=400, help="runs for calls saved")
    parser.add_argument("--samples", type=int, default=3000, help="samples for the overhead")
    parser.add_argument("--inspect", default="", help="a Python interpreter that has inspect_ai")
    options = parser.parse_args()
    print("| | figure | measured | limit | goal | peers in the same run |")
    print("|---|---|---|---|---|---|")
    missed = False
    for rows in (overhead(options.samples, options.inspect), calls_saved(1200, options.runs)):
        for row in rows:
            missed |= row.mark == "MISSED"
            print(f"| {row.mark} | {row.figure} | {row.measured} | {row.limit:.3g} | {row.goal:.3g} "
                  f"| {row.peers} |", flush=True)  # fmt: skip
    sys.exit(missed)


if __name__ == "__main__":
    main()
