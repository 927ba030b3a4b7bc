"""Configurations of the OpenTelemetry Collector, in files and in objects of its operator.

Source: open-telemetry/opentelemetry-collector, `otelcol/config.go` (Validate) and
`service/pipelines/config.go`: a pipeline has a receiver and an exporter, and what it names is defined.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, listing, mapping, text
from aegis.verify.objects import Bundle, Hit

_PARTS = ("receivers", "processors", "exporters")
_NEEDED = ("receivers", "exporters")
_SIGNALS = ("traces", "metrics", "logs", "profiles")


def collectors(bundle: Bundle) -> Iterator[Hit]:
    """What the Collector refuses at start."""
    for item in bundle.of("otel-collector"):
        for path, message in _refused(item.full, ()):
            yield Hit(name="collector-refused", object=item, path=path, message=message)
    for item in bundle.of("OpenTelemetryCollector", group="opentelemetry.io"):
        config = dig(item.full, "spec", "config")
        for path, message in _refused(mapping(config), ("spec", "config")) if config else ():
            yield Hit(name="collector-refused", object=item, path=path, message=message)


def _refused(config: Map, where: Steps) -> Iterator[tuple[Steps, str]]:
    service = mapping(config.get("service"))
    pipelines = mapping(service.get("pipelines"))
    path: Steps = (*where, "service")
    if not pipelines:
        yield path, "has no pipelines"
    for index, name in enumerate(listing(service.get("extensions"))):
        if text(name) not in mapping(config.get("extensions")):
            yield (*path, "extensions", index), f"there is no extension `{name}`"
    for title, pipeline in pipelines.items():
        yield from _pipeline(config, title, pipeline, (*path, "pipelines", title))


def _pipeline(
    config: Map, title: str, pipeline: JsonValue, path: Steps
) -> Iterator[tuple[Steps, str]]:
    if title.partition("/")[0] not in _SIGNALS:
        yield path, f"a pipeline is for {', '.join(_SIGNALS)}"
    for part in _NEEDED:
        if not listing(mapping(pipeline).get(part)):
            yield path, f"has no {part}"
    connectors = mapping(config.get("connectors"))
    for part in _PARTS:
        defined = mapping(config.get(part))
        for index, name in enumerate(listing(mapping(pipeline).get(part))):
            joins = part != "processors" and text(name) in connectors
            if text(name) not in defined and not joins:
                yield (*path, part, index), f"`{name}` is not among the {part}"
