"""Configurations of the OpenTelemetry Collector: what it would refuse at start."""

from __future__ import annotations

import pytest
import yaml

from aegis.verify.api import verify_files

GOOD = """\
receivers: {otlp: {}}
processors: {batch: {}}
exporters: {otlp: {}, debug: {}}
connectors: {spanmetrics: {}}
extensions: {health_check: {}}
service:
  extensions: [health_check]
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [otlp, spanmetrics]}
    metrics/spans: {receivers: [spanmetrics], exporters: [debug]}
"""


def messages(text: str) -> list[str]:
    found = verify_files({"collector.yaml": text}).findings
    return [f.message for f in found if f.name == "collector-refused"]


def test_pipelines_may_be_joined_by_connectors() -> None:
    """What ends one pipeline begins another."""
    assert messages(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("processors: [batch]", "processors: [memory_limiter]", "not among the processors"),
        ("exporters: [debug]", "exporters: [logging]", "`logging` is not among the exporters"),
        ("exporters: [debug]", "exporters: []", "has no exporters"),
        ("metrics/spans", "spans", "a pipeline is for traces"),
        ("exporters: [debug]", "exporters: [[debug]]", "is not among the exporters"),
        ("[health_check]", "[pprof]", "no extension `pprof`"),
    ],
)
def test_what_a_pipeline_names_is_defined(old: str, new: str, words: str) -> None:
    """One change each, in a file and in an object of the operator."""
    text = GOOD.replace(old, new)
    made = {
        "apiVersion": "opentelemetry.io/v1beta1",
        "kind": "OpenTelemetryCollector",
        "metadata": {"name": "gateway"},
        "spec": {"config": yaml.safe_load(text)},
    }

    assert any(words in message for message in messages(text))
    assert any(words in message for message in messages(yaml.safe_dump(made)))


def test_real_promtool_is_asked_about_the_configuration_of_prometheus() -> None:
    """A scrape job without a name is refused."""
    from aegis.verify.tools import LocalTools  # noqa: PLC0415  # the one real tool here

    tools = LocalTools()
    if tools.version("promtool") is None:
        pytest.skip("PROMTOOL IS NOT ON THIS MACHINE: configurations of Prometheus are unchecked")

    made = verify_files({"prometheus.yml": "scrape_configs: [{job_name: ''}]\n"}, tools=tools)

    assert [f.name for f in made.findings] == ["promtool-refused"]
