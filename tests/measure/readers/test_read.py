"""One run, written as five load generators write it, is read as the same requests.

The documents below have the fields of the tools as their sources state them (see each reader's
docstring for version and commit); the values are a simulated run's.
"""

# ruff: noqa: S311  # seeded simulations, not secrets
from __future__ import annotations

import json
import random
from itertools import pairwise

import pytest

from aegis.measure.readers.read import read_report
from aegis.measure.readers.run import MeasuredRun, UnreadableReportError
from aegis.measure.report import BenchReport, Load, RequestRow, Spread
from aegis.sizing.arrivals import Lengths, OpenLoop, drawn
from aegis.sizing.scheduler_state import Limits
from aegis.sizing.simulator import Setup, simulate
from aegis.sizing.simulator_steps import AffineStepTime

TIMES = AffineStepTime(weights_s=0.006, token_s=3e-5, prompt_step_s=0.002, first_s=0.008)
COUNT = 12
CLOCK = 1_790_000_000.0


def the_run() -> list[tuple[float, float, float, int, int]]:
    """Sent, time to first token, whole, prompt and output of each request; seconds, tokens."""
    load = OpenLoop(
        rate_rps=4, requests=COUNT, lengths=Lengths(prompt_tokens=300, output_tokens=40)
    )
    sent = drawn(load, random.Random(5))
    outcome = simulate(Setup(limits=Limits(kv_blocks=9000)), load, TIMES, random.Random(5))
    rows = zip(sent, outcome.ttft_s.tolist(), outcome.e2e_s.tolist(), strict=True)
    return [(r.arrival_s, first, whole, 300, 40) for r, first, whole in rows]


RUN = the_run()


def stamps(row: tuple[float, float, float, int, int]) -> list[float]:
    """When each token came, evenly between the first and the last."""
    sent, first, whole, _, output = row
    step = (whole - first) / (output - 1)
    return [sent + first + step * i for i in range(output)]


def ours() -> str:
    none = Spread(count=0)
    report = BenchReport(
        target="http://localhost/v1", model="m", started="2026-11-22T00:00:00+00:00",
        duration_s=9, completed=COUNT, failed=0, achieved_rps=1, output_tokens_per_s=1,
        load=Load(rate_rps=4, concurrency=None, requests=COUNT, input_tokens=300,
                  output_tokens=40, warmup_requests=2, seed=5),
        ttft_ms=none, tpot_ms=none, itl_ms=none, latency_ms=none,
        rows=tuple(
            RequestRow(sent_s=s, first_token_s=f, done_s=w, input_tokens=p, output_tokens=o)
            for s, f, w, p, o in RUN
        ),
    )  # fmt: skip
    return report.model_dump_json()


def vllm(**changes: object) -> str:
    document: dict[str, object] = {
        "date": "20261122-000000", "backend": "openai-chat", "model_id": "m",
        "num_prompts": COUNT, "request_rate": 4.0, "burstiness": 1.0, "max_concurrency": None,
        "duration": 9.0, "completed": COUNT, "failed": 0, "total_input_tokens": 300 * COUNT,
        "total_output_tokens": 40 * COUNT, "request_throughput": 1.3,
        "input_lens": [r[3] for r in RUN], "output_lens": [r[4] for r in RUN],
        "ttfts": [r[1] for r in RUN],
        "itls": [[b - a for a, b in pairwise(stamps(r))] for r in RUN],
        "start_times": [5000.0 + r[0] for r in RUN],
        "errors": ["" for _ in RUN],
    }  # fmt: skip
    document.update(changes)
    return json.dumps({k: v for k, v in document.items() if v != "left out"})


def guidellm() -> str:
    requests = [
        {
            "type_": "generative_request_stats", "request_id": str(i),
            "request_start_time": CLOCK + s, "request_end_time": CLOCK + s + w,
            "request_latency": w, "prompt_tokens": p, "output_tokens": o,
            "time_to_first_token_ms": 1e3 * f, "time_per_output_token_ms": 1e3 * w / o,
            "inter_token_latency_ms": 1e3 * (w - f) / (o - 1),
            "info": {"timings": {"request_start": CLOCK + s, "first_token_iteration": CLOCK + s + f,
                                 "last_token_iteration": CLOCK + s + w}},
        }
        for i, (s, f, w, p, o) in enumerate(RUN)
    ]  # fmt: skip
    kept = {"successful": requests, "incomplete": [], "errored": [{"request_id": "x"}]}
    return json.dumps({"metadata": {}, "benchmarks": [{"config": {}, "requests": kept}]})


def aiperf() -> str:
    lines = [
        {
            "metadata": {
                "session_num": i, "x_request_id": str(i),
                "benchmark_phase": "profiling" if i else "warmup",
                "request_start_ns": int((CLOCK + s) * 1e9),
                "request_end_ns": int((CLOCK + s + w) * 1e9), "was_cancelled": False,
            },
            "metrics": {
                "time_to_first_token": {"value": 1e3 * f, "unit": "ms"},
                "request_latency": {"value": 1e3 * w, "unit": "ms"},
                "input_sequence_length": {"value": p, "unit": "tokens"},
                "output_sequence_length": {"value": o, "unit": "tokens"},
            },
            "error": None,
        }
        for i, (s, f, w, p, o) in enumerate(RUN)
    ]  # fmt: skip
    return "\n".join(json.dumps(line) for line in lines)


def inference_perf(*, newer: bool) -> str:
    rows = []
    for row in RUN:
        sent, _, whole, prompt, output = row
        counts: dict[str, object] = {"output_tokens": output, "output_token_times": stamps(row)}
        info = (
            {"request_metrics": {"text": {"input_tokens": prompt}}, "response_metrics": counts}
            if newer else {"input_tokens": prompt, **counts}
        )  # fmt: skip
        rows.append({"start_time": sent, "end_time": sent + whole, "error": None, "info": info})
    return json.dumps(rows)


REPORTS = [
    pytest.param(ours(), "aegis bench", 0, id="aegis-bench"),
    pytest.param(vllm(), "vllm bench serve", 0, id="vllm"),
    pytest.param(guidellm(), "guidellm", 1, id="guidellm"),
    pytest.param(aiperf(), "aiperf", 0, id="aiperf"),
    pytest.param(inference_perf(newer=True), "inference-perf", 0, id="inference-perf"),
    pytest.param(inference_perf(newer=False), "inference-perf", 0, id="inference-perf-before"),
]


@pytest.mark.parametrize(("text", "tool", "failed"), REPORTS)
def test_five_tools_say_the_same(text: str, tool: str, failed: int) -> None:
    found = read_report(text)

    assert found.tool == tool
    assert found.failed == failed
    assert len(found.requests) == COUNT
    start = RUN[0][0]
    for seen, (sent, first, whole, prompt, output) in zip(found.requests, RUN, strict=True):
        assert seen.request.arrival_s == pytest.approx(sent - start, abs=1e-5)
        assert seen.ttft_s == pytest.approx(first, abs=1e-6)
        assert seen.e2e_s == pytest.approx(whole, abs=1e-6)
        assert (seen.request.prompt_tokens, seen.request.output_tokens) == (prompt, output)


@pytest.mark.parametrize(
    ("text", "uncounted"),
    [pytest.param(ours(), 2, id="aegis-bench"), pytest.param(aiperf(), 1, id="aiperf")],
)
def test_a_warm_up_is_kept_and_not_counted(text: str, uncounted: int) -> None:
    found = read_report(text)

    assert found.counted == (False,) * uncounted + (True,) * (COUNT - uncounted)


def closed(found: MeasuredRun) -> list[float]:
    return [seen.request.arrival_s for seen in found.requests]


def test_an_older_vllm_tells_the_times_of_waiting_clients() -> None:
    """Three clients: the fourth request leaves when the first answer is complete."""
    text = vllm(start_times="left out", request_rate="inf", max_concurrency=3)

    sent = closed(read_report(text))

    assert sent[:3] == [0, 0, 0]
    assert sent[3] == pytest.approx(min(r[2] for r in RUN[:3]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(vllm(start_times="left out"), "does not say when", id="vllm-no-times"),
        pytest.param(vllm(ttfts="left out"), "--save-detailed", id="vllm-aggregates"),
        pytest.param('{"request_throughput": {"avg": 3}}', "profile_export.jsonl", id="aiperf-summary"),
        pytest.param('{"successes": {}}', "per_request_lifecycle", id="inference-perf-summary"),
        pytest.param('{"benchmarks": [{"requests": {}}]}', "kept its requests", id="guidellm-empty"),
        pytest.param('{"tool": "aegis bench"}', "fields are wrong", id="ours-broken"),
        pytest.param("not json", "line 1 is no JSON", id="text"),
        pytest.param("[]", "no tool that is known", id="empty-list"),
        pytest.param("3", "no report", id="a-number"),
        pytest.param("", "no tool that is known", id="nothing"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_says_what_would_be(text: str, says: str) -> None:
    with pytest.raises(UnreadableReportError) as raised:
        read_report(text)

    assert says in str(raised.value)


def test_a_run_without_one_usable_request_is_refused() -> None:
    text = vllm(errors=["timed out"] * COUNT)

    with pytest.raises(UnreadableReportError, match="no request has its lengths"):
        read_report(text)
