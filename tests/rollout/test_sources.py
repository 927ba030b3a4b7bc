"""Where counts come from. The Prometheus here is a recorded one; the real one is in `real/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.rollout.doubles import policy

from aegis.rollout.counts import SeriesKey
from aegis.rollout.policy import Policy, PrometheusSource
from aegis.rollout.sources.documents import FromEndpoint, FromFile
from aegis.rollout.sources.prometheus import FromPrometheus
from aegis.rollout.world import PermanentError, TemporaryError
from aegis.stats.counters import Reading

WATCHED = {
    "source": {"type": "prometheus", "url": "http://prometheus:9090/"},
    "metrics": [
        {"id": "errors", "kind": "rate",
         "series": {"events": 'bad{track="$arm"}', "total": 'all{track="$arm"}'}},
        {"id": "ttft", "kind": "latency", "edges": [0.5, 2],
         "series": {"bucket": 'ttft_bucket{track="$arm"}'}},
    ],
}  # fmt: skip


class RecordedPrometheus:
    """Answers queries with recorded series; remembers what it was asked."""

    def __init__(self, series: dict[str, list[dict[str, Any]]], *, status: int = 200) -> None:
        self.series, self.status, self.asked = series, status, list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.status != 200:
            return httpx.Response(self.status, text="later")
        result = self.series.get(request.url.params["query"], [])
        data = {"resultType": "matrix", "result": result}
        return httpx.Response(200, json={"status": "success", "data": data})


def source_of(double: Any, token: str | None = None) -> tuple[FromPrometheus, Policy]:
    rules = policy(**WATCHED)
    assert isinstance(rules.source, PrometheusSource)
    client = httpx.Client(transport=httpx.MockTransport(double))
    return FromPrometheus(rules.source, rules.metrics, client, token=token), rules


def test_prometheus_gives_raw_samples_by_series() -> None:
    """Restarts between two looks stay visible, and each replica is its own series."""
    pods = [
        {"metric": {"__name__": "bad", "instance": f"pod-{i}", "track": "canary"},
         "values": [[100.0, "4"], [115.0, "1"]]}
        for i in (1, 2)
    ]  # fmt: skip
    double = RecordedPrometheus({'bad{track="canary"}[120s]': pods})
    source, _ = source_of(double, "t")

    found = source.read(since_s=60.0, until_s=120.0)

    key = SeriesKey("errors", "canary", "events", "pod-1|__name__=bad,track=canary")
    assert found[key] == (Reading(100.0, 4.0), Reading(115.0, 1.0))
    assert len(found) == 2
    assert {r.url.params["time"] for r in double.asked} == {"120.000"}
    assert {r.headers["authorization"] for r in double.asked} == {"Bearer t"}


def test_buckets_that_the_policy_does_not_name_are_left_out() -> None:
    """`2.0` and `2` are the same edge."""
    labels = ("0.5", "1.0", "2.0", "+Inf", "odd")
    double = RecordedPrometheus({
        'ttft_bucket{track="stable"}[300s]': [
            {"metric": {"instance": "a", "le": le}, "values": [[1.0, "5"]]} for le in labels
        ]
    })  # fmt: skip

    found = source_of(double)[0].read(since_s=None, until_s=10.0)

    assert sorted(key.counter for key in found) == ["+Inf", "0.5", "2"]


def test_the_past_of_stable_teaches_and_judges_nothing() -> None:
    """Increases by edge over the configured span."""
    double = RecordedPrometheus({
        'sum(increase(all{track="stable"}[3600s]))': [{"metric": {}, "value": [1.0, "7200"]}],
        'sum by (le) (increase(ttft_bucket{track="stable"}[3600s]))': [
            {"metric": {"le": "+Inf"}, "value": [1.0, "NaN"]},
            {"metric": {"le": "0.5"}, "value": [1.0, "30.5"]},
        ],
    })  # fmt: skip

    past = source_of(double)[0].past(until_s=10.0)

    assert past.span_s == 3600
    assert past.gained == {"errors": {"total": 7200.0}, "ttft": {"0.5": 30.5}}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        pytest.param(503, TemporaryError, id="away"),
        pytest.param(429, TemporaryError, id="busy"),
        pytest.param(401, PermanentError, id="not-allowed"),
        pytest.param(400, PermanentError, id="bad-selector"),
    ],
)
def test_failures_are_told_apart(status: int, error: type[Exception]) -> None:
    """What may pass is tried again; what will not ends the rollout with a sentence."""
    with pytest.raises(error, match=str(status)):
        source_of(RecordedPrometheus({}, status=status))[0].read(since_s=None, until_s=1.0)


def test_another_server_s_answer_is_no_data() -> None:
    """A login page is not a Prometheus."""

    def page(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="<html>")

    with pytest.raises(TemporaryError, match="no answer of a Prometheus"):
        source_of(page)[0].read(since_s=None, until_s=1.0)


DOCUMENT = {"at_s": 5.0, "metrics": {"errors": {"canary": {"events": 1, "total": {"a": 9}}}}}


def test_an_endpoint_gives_a_document_of_counts() -> None:
    """Its own time counts, not ours."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=DOCUMENT))
    source = FromEndpoint("http://counts", httpx.Client(transport=transport))

    found = source.read(since_s=1.0, until_s=9.0)

    assert found[SeriesKey("errors", "canary", "total", "a")] == (Reading(5.0, 9.0),)
    assert source.past(until_s=9.0).span_s == 0


def test_an_endpoint_that_talks_nonsense_is_no_data() -> None:
    """The message says where and what."""
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text="{}"))

    with pytest.raises(TemporaryError, match="http://counts: at_s"):
        FromEndpoint("http://counts", httpx.Client(transport=transport)).read(since_s=0, until_s=1)


def test_a_file_is_read_between_two_moments(tmp_path: Path) -> None:
    """A broken line is named, and the lines around it count."""
    file = tmp_path / "counts.jsonl"
    lines = [json.dumps({**DOCUMENT, "at_s": at}) for at in (1.0, 2.0, 3.0)]
    file.write_text("\n".join([lines[0], "{", *lines[1:]]))
    source = FromFile(file)

    found = source.read(since_s=1.0, until_s=2.5)

    assert [r.at_s for r in found[SeriesKey("errors", "canary", "events", "")]] == [2.0]
    assert len(source.problems) == 1
    with pytest.raises(TemporaryError, match="No such file"):
        FromFile(tmp_path / "none").read(since_s=None, until_s=1.0)
