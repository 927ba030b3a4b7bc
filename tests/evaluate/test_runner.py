"""A run asks each sample once, survives a kill, and ends when it is sure."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluate.endpoint import Reply, chat, serving

from aegis.base.verdict import Verdict
from aegis.evaluate.compare import Terms
from aegis.evaluate.early import EarlyStop, random_order
from aegis.evaluate.errors import InputError
from aegis.evaluate.jsonlines import read_lines
from aegis.evaluate.models.model import Answer, NoAnswerError
from aegis.evaluate.records import Failure, Release, Result, Run, read_records
from aegis.evaluate.releases import identified
from aegis.evaluate.runner import run
from aegis.evaluate.samples import Dataset, Sample
from aegis.evaluate.scorers.registry import Helpers, scorer
from aegis.evaluate.store import open_store
from aegis.operations.evaluating.running import Order, RunResult, run_evaluation

EXACT = scorer("exact", Helpers())
ROOT = Path(__file__).parents[2]


class Table:
    """A model that knows its answers; slow where it is told to be."""

    def __init__(self, answers: dict[str, str], slow: tuple[str, ...] = ()) -> None:
        self.answers = answers
        self.slow = slow
        self.asked: Counter[str] = Counter()
        self.lock = threading.Lock()

    @property
    def release(self) -> Release:
        return identified(Release(model="table", protocol="table", endpoint="here"))

    def answer(self, sample: Sample) -> Answer:
        with self.lock:
            self.asked[sample.id] += 1
        if sample.id in self.slow:
            time.sleep(0.05)
        if sample.id not in self.answers:
            raise NoAnswerError("status 500")
        return Answer(text=self.answers[sample.id])

    def close(self) -> None:
        """Nothing to end."""


def samples(count: int, **changes: object) -> tuple[Sample, ...]:
    return tuple(
        Sample.model_validate({"id": str(i), "input": "q", "target": "yes", **changes})
        for i in range(count)
    )


def order(out: Path, asked: tuple[Sample, ...], **changes: object) -> Order:
    values: dict[str, object] = {
        "dataset": "d", "dataset_digest": Dataset(samples=asked).digest, "samples": asked,
        "out": out, "started": "2026-11-22T00:00:00+00:00",
    }  # fmt: skip
    return Order(**{**values, **changes})  # type: ignore[arg-type]


class Seen:
    """Writes down in which order rows are shown."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def see(self, row: Result | Failure) -> bool:
        self.ids.append(row.id)
        return False


def test_rows_are_shown_in_the_order_of_the_samples_however_they_arrive() -> None:
    """A slow answer is waited for, so that quick ones do not count more."""
    asked = samples(30)
    seen = Seen()
    kept: list[Result | Failure] = []
    model = Table({s.id: "yes" for s in asked}, slow=("0", "7"))
    run(asked, model, [EXACT], concurrency=4, keep=kept.append, watch=seen)

    assert seen.ids == [s.id for s in asked]
    assert kept[0].id != "0"
    assert set(model.asked.values()) == {1}


def test_a_bug_in_a_thread_is_raised_where_it_can_be_seen() -> None:
    """A scorer that breaks ends the run with its own error."""

    class Broken:
        name = "broken"

        def score(self, sample: Sample, answer: str) -> object:
            raise ZeroDivisionError(sample.id + answer)

    with pytest.raises(ZeroDivisionError):
        run(samples(5), Table({"0": "x"}), [Broken()], keep=lambda _: None)  # type: ignore[list-item]


def test_what_failed_is_asked_again_and_what_was_answered_is_not(tmp_path: Path) -> None:
    """The second call completes the first."""
    asked = samples(10)
    out = tmp_path / "r.jsonl"
    first = run_evaluation(order(out, asked), Table({str(i): "yes" for i in range(7)}), [EXACT])
    model = Table({s.id: "no" for s in asked})
    second = run_evaluation(order(out, asked), model, [EXACT])

    assert (first.failed, first.verdict) == (3, Verdict.INCONCLUSIVE)
    assert sorted(model.asked) == ["7", "8", "9"]
    assert (second.asked, second.resumed, second.failed, second.verdict) == (3, 7, 0, None)
    assert second.scores[0].estimate.mean == pytest.approx(0.7)


def test_results_of_another_run_are_not_mixed(tmp_path: Path) -> None:
    """Another data set, release, scorer or order is refused by name."""
    out = tmp_path / "r.jsonl"
    asked = samples(3)
    run_evaluation(order(out, asked), Table({s.id: "yes" for s in asked}), [EXACT])
    other = samples(3, target="no")

    with pytest.raises(InputError, match="another data set"):
        run_evaluation(order(out, other), Table({}), [EXACT])
    with pytest.raises(InputError, match="another scorers"):
        run_evaluation(order(out, asked), Table({}), [scorer("match", Helpers())])
    out.write_text('{"id": "a", "score": 1}\n')
    with pytest.raises(InputError, match="not written by"):
        run_evaluation(order(out, asked), Table({}), [EXACT])


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 4000))
def test_a_file_torn_anywhere_is_taken_up(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    """Wherever a kill cut the file, whole lines stay and the rest is asked again."""
    out = tmp_path_factory.mktemp("torn") / "r.jsonl"
    asked = samples(12)
    complete = {s.id: "yés\u2028\x85\x1c." for s in asked}  # line ends to Unicode, not to JSON
    run_evaluation(order(out, asked), Table(complete), [EXACT])
    out.write_bytes(out.read_bytes()[:cut])
    kept = {r.id for r in read_records(_whole(out), path="r").results}
    model = Table(complete)
    result = run_evaluation(order(out, asked), model, [EXACT])

    assert set(model.asked) == {s.id for s in asked} - kept
    records = read_records(read_lines(out), path="r")
    assert {r.id for r in records.results} == {s.id for s in asked}
    assert records.problems == ()
    assert result.resumed == len(kept)


def _whole(path: Path) -> list[str]:
    data = path.read_bytes()
    return data[: data.rfind(b"\n") + 1].decode().split("\n")


def test_a_killed_process_repeats_nothing_and_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL in the middle; the second process asks only what is not on disk."""
    data, out = tmp_path / "d.jsonl", tmp_path / "r.jsonl"
    data.write_text(
        "".join(json.dumps({"id": i, "input": f"q{i}", "target": "yes"}) + "\n" for i in range(60))
    )

    def slowly(*_: object) -> Reply:
        time.sleep(0.01)
        return chat("yes")

    with serving(slowly) as served:
        call = [
            sys.executable, "-m", "aegis.cli.main", "evaluate", "run", str(data), "--endpoint",
            served.url, "--model", "m", "-o", str(out), "--concurrency", "2",
        ]  # fmt: skip
        process = subprocess.Popen(call, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while not out.exists() or out.read_text().count("\n") < 15:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(0.2)  # requests of the dead process that the server still holds
        on_disk = {r.id for r in read_records(_whole(out), path="r").results}
        first = len(served.asked)
        done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=60)
        second = [_question(body) for _, body in served.asked[first:]]

    assert 10 <= len(on_disk) < 60
    assert done.returncode == 0, done.stderr
    assert sorted(second) == sorted(f"q{i}" for i in range(60) if str(i) not in on_disk)
    assert len(read_records(out.read_text().splitlines(), path="r").results) == 60


def _question(body: dict[str, object]) -> str:
    messages = body["messages"]
    assert isinstance(messages, list)
    return str(messages[0]["content"])


# --- ending early ---


def stable_of(asked: tuple[Sample, ...], passes: set[str]) -> list[Result]:
    return [Result(id=s.id, score=float(s.id in passes)) for s in asked]


def against(
    tmp_path: Path, lost: float, *, count: int = 1000, seed: int = 1, **changes: object
) -> tuple[RunResult, Table]:
    """A run of a candidate that loses this share of what stable passes (80 %)."""
    rng = random.Random(seed)  # noqa: S311  # a seeded simulation
    asked = changes.pop("asked", samples(count))
    assert isinstance(asked, tuple)
    passes = {s.id for s in asked if rng.random() < 0.8}
    answers = {
        s.id: ("no" if rng.random() < lost else "yes")
        if s.id in passes
        else ("yes" if rng.random() < 0.15 else "no")
        for s in asked
    }
    model = Table(answers)
    ordered = order(
        tmp_path / f"r{seed}.jsonl",
        asked,
        stable=stable_of(asked, passes),
        concurrency=4,
        **changes,
    )
    return run_evaluation(ordered, model, [EXACT]), model


def test_a_worse_candidate_ends_the_run_and_saves_calls(tmp_path: Path) -> None:
    """Thirteen points worse: the verdict is certain long before the end."""
    result, model = against(tmp_path, 0.2)

    assert result.verdict is Verdict.FAILED
    assert result.asked == sum(model.asked.values()) < 400
    assert result.saved == 1000 - result.asked


def test_an_equal_candidate_is_certified_before_the_end(tmp_path: Path) -> None:
    """«Surely not worse by more than tolerated» may end a run too."""
    result, _ = against(tmp_path, 0.02, terms=Terms(tolerated_drop=0.08))

    assert result.verdict is Verdict.PASSED
    assert result.saved > 0


def test_a_run_that_is_taken_up_remembers_what_it_saw(tmp_path: Path) -> None:
    """A verdict that was certain is certain again, without one more call."""
    first, _ = against(tmp_path, 0.2)
    second, model = against(tmp_path, 0.2)

    assert second.verdict is first.verdict is Verdict.FAILED
    assert not model.asked


def test_too_small_a_data_set_is_refused_before_the_first_call(tmp_path: Path) -> None:
    """It says how many items are missing, and asks nothing."""
    result, model = against(tmp_path, 0.0, count=100)

    assert (result.verdict, result.refused, result.asked) == (Verdict.INCONCLUSIVE, True, 0)
    assert result.need is not None
    assert f"{result.need.missing} are missing" in result.reasons[0]
    assert not model.asked
    assert not (tmp_path / "r1.jsonl").exists()


def test_without_an_answer_nothing_passes(tmp_path: Path) -> None:
    """A tenth of the answers is missing: if they were wrong, the candidate would be worse."""
    asked = samples(1000)
    model = Table({s.id: "yes" for s in asked if int(s.id) % 10})
    ordered = order(
        tmp_path / "r.jsonl", asked, stable=stable_of(asked, {s.id for s in asked}),
        stop_early=False,
    )  # fmt: skip
    result = run_evaluation(ordered, model, [EXACT])

    assert result.verdict is Verdict.INCONCLUSIVE
    assert "missing answers" in result.reasons[0]


def test_samples_of_a_cluster_follow_one_another() -> None:
    """Whole clusters are drawn at random, the same for one seed."""
    asked = [Sample(id=f"{c}-{i}", input="q", cluster=str(c)) for c in range(20) for i in range(3)]
    drawn = [s.cluster for s in random_order(asked, seed=5)]

    assert drawn == [s.cluster for s in random_order(asked, seed=5)]
    assert drawn != [s.cluster for s in asked]
    assert all(len(set(drawn[i : i + 3])) == 1 for i in range(0, 60, 3))


def test_clusters_stop_by_their_sums_and_not_by_their_samples() -> None:
    """Eight lost samples of one document are one piece of evidence, not eight."""
    one_cluster = [Sample(id=str(i), input="q", cluster="one") for i in range(30)]
    alone = [Sample(id=str(i), input="q") for i in range(30)]
    verdicts = []
    for asked in (one_cluster, alone):
        watch = EarlyStop(asked, {s.id: 1.0 for s in asked}, Terms())
        for sample in asked:
            watch.see(Result(id=sample.id, score=0.0))
        verdicts.append(watch.verdict)

    assert verdicts == [Verdict.INCONCLUSIVE, Verdict.FAILED]


@pytest.mark.slow
@pytest.mark.parametrize("clustered", [False, True], ids=["alone", "clusters"])
def test_simulated_an_equal_candidate_is_rarely_stopped(*, clustered: bool) -> None:
    """At alpha 5 %, of 1,000 equal candidates at most 5 % (99 % point of the binomial) fail."""
    rng = random.Random(20261122)  # noqa: S311  # a seeded simulation
    failed = 0
    for _ in range(1000):
        asked = [
            Sample(id=f"{c}-{i}", input="q", cluster=str(c) if clustered else None)
            for c in range(100)
            for i in range(4)
        ]
        ease = {str(c): rng.random() for c in range(100)}
        stable = {s.id: float(rng.random() < 0.6 + 0.4 * ease[s.id.split("-")[0]]) for s in asked}
        watch = EarlyStop(asked, stable, Terms(tolerated_drop=0.05))
        for sample in asked:
            score = float(rng.random() < 0.6 + 0.4 * ease[sample.id.split("-")[0]])
            if watch.see(Result(id=sample.id, score=score)):
                break
        failed += watch.verdict is Verdict.FAILED

    assert failed <= 67


@pytest.mark.slow
def test_simulated_a_candidate_at_the_tolerated_drop_is_rarely_certified() -> None:
    """At a true drop of exactly the tolerated five points, at most alpha pass early."""
    rng = random.Random(20261123)  # noqa: S311  # a seeded simulation
    passed = 0
    for _ in range(500):
        asked = [Sample(id=str(i), input="q") for i in range(1500)]
        stable = {s.id: float(rng.random() < 0.8) for s in asked}
        watch = EarlyStop(asked, stable, Terms(alpha=0.05, tolerated_drop=0.05))
        for sample in asked:
            chance = 0.875 if stable[sample.id] else 0.25
            if watch.see(Result(id=sample.id, score=float(rng.random() < chance))):
                break
        passed += watch.verdict is Verdict.PASSED

    assert passed <= 37  # 25 expected at most; the 99 % point of Binomial(500, 0.05) is 37


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"id": "a", "score": 1}\n{"torn', id="results-of-somebody"),
        pytest.param("a letter without an end of line", id="one-line"),
        pytest.param('{"rules": []}', id="json"),
    ],
)
def test_a_run_of_the_wrong_file_does_not_touch_it(tmp_path: Path, text: str) -> None:
    """A refused file stays as it was, to the byte."""
    out = tmp_path / "r.jsonl"
    out.write_text(text)
    planned = Run(
        started="", dataset="d", dataset_digest="x", samples=1, scorers=("exact",),
        release=Release(model="m", protocol="openai", endpoint=""),
    )  # fmt: skip
    with pytest.raises(InputError):
        open_store(out, planned)
    assert out.read_text() == text
