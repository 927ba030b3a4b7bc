"""Recordings in three formats; what is wrong is named with its line."""

from __future__ import annotations

import json

import pytest

from aegis.sizing.arrivals import Request
from aegis.sizing.arrivals_file import busiest, read_arrivals, summary

OURS = "arrival_s,prompt_tokens,output_tokens\n10.5,100,20\n10.0,300,5\n"
AZURE = (
    "TIMESTAMP,ContextTokens,GeneratedTokens\n"
    "2024-05-10 00:00:00.0099300+00:00,300,5\n"
    "2024-05-10 00:00:00.5099300+00:00,100,20\n"
)
MOONCAKE = "\n".join(
    json.dumps({"timestamp": t, "input_length": i, "output_length": o, "hash_ids": [1]})
    for t, i, o in ((27482, 300, 5), (27982, 100, 20))
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(OURS, id="ours"),
        pytest.param(AZURE, id="azure"),
        pytest.param(MOONCAKE, id="mooncake"),
    ],
)
def test_three_formats_say_the_same(text: str) -> None:
    found = read_arrivals(text, path="a")

    assert found.problems == ()
    assert [(r.prompt_tokens, r.output_tokens) for r in found.requests] == [(300, 5), (100, 20)]
    assert found.requests[0].arrival_s == 0
    assert found.requests[1].arrival_s == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(OURS + "11,zero,5\n", "a:4: prompt_tokens: `zero`", id="no-number"),
        pytest.param(OURS + "11,0,5\n", "a:4: prompt_tokens: at least one", id="no-tokens"),
        pytest.param(OURS + "-1,5,5\n", "a:4: arrival_s: `-1`", id="before-time"),
        pytest.param("a,b\n1,2\n", "a:2: no `arrival_s`", id="other-columns"),
        pytest.param("", "a:1: no request", id="empty"),
        pytest.param('{"timestamp": 1\n', "a:1: no `arrival_s`", id="broken-json"),
        pytest.param(AZURE + "yesterday,1,1\n", "a:4: TIMESTAMP", id="no-date"),
    ],
)
def test_a_wrong_line_is_named(text: str, says: str) -> None:
    assert read_arrivals(text, path="a").problems[0].startswith(says)


def test_the_busiest_stretch_is_kept() -> None:
    slow = [Request(10.0 * i, 10, 1) for i in range(50)]
    fast = [Request(500 + 0.1 * i, 20, 1) for i in range(50)]

    kept = busiest([*slow, *fast], most=30)

    assert len(kept) == 30
    assert kept[0].arrival_s == 0
    assert all(request.prompt_tokens == 20 for request in kept)


def test_the_peak_is_the_busiest_minute() -> None:
    calls = [Request(float(i), 10, 1) for i in range(600)]
    calls += [Request(300 + i / 10, 10, 1) for i in range(600)]
    known = summary(sorted(calls, key=lambda r: r.arrival_s))

    assert known.peak_rps == pytest.approx(11, rel=0.05)
    assert known.mean_rps == pytest.approx(2, rel=0.05)
