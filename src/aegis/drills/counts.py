"""The gateway's own metrics as counts of a release, by the selectors of its policy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from aegis.rollout.policy import Metric, Policy, edge_name

_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"((?:[^"\\]|\\.)*)"')


class Sample(NamedTuple):
    """One line of an exposition."""

    name: str
    labels: Mapping[str, str]
    value: float


def samples(page: str) -> Iterator[Sample]:
    """The samples of a page in Prometheus' text format; comments are passed over."""
    for line in page.splitlines():
        if found := _SAMPLE.match(line):
            name, labels, value = found.groups()
            yield Sample(name, dict(_LABEL.findall(labels or "")), float(value))


def document(policy: Policy, page: str, *, at_s: float) -> dict[str, object]:
    """A document of counts for the judge of a release; metrics that the page lacks are left out.

    A label that the gateway does not write (the environment: a scrape adds it) is not asked for.
    """
    found = tuple(samples(page))
    metrics = {m.id: arms for m in policy.metrics if (arms := _arms(m, found))}
    return {"at_s": at_s, "metrics": metrics}


def _arms(metric: Metric, found: tuple[Sample, ...]) -> dict[str, dict[str, float]]:
    arms: dict[str, dict[str, float]] = {}
    for arm in ("canary", "stable"):
        counters = _counters(metric, arm, found)
        if set(metric.counters) <= set(counters):
            arms[arm] = {name: counters[name] for name in metric.counters}
    return arms


def _counters(metric: Metric, arm: str, found: tuple[Sample, ...]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for counter, selector in metric.series.items():
        for sample in _selected(selector.replace("$arm", arm), found):
            name = edge_name(float(sample.labels["le"])) if counter == "bucket" else counter
            totals[name] = totals.get(name, 0.0) + sample.value
    return totals


def _selected(selector: str, found: tuple[Sample, ...]) -> Iterator[Sample]:
    name, _, rest = selector.partition("{")
    matchers = _MATCHER.findall(rest)
    for sample in found:
        if sample.name == name and all(
            _fits(sample.labels[label], how, wanted)
            for label, how, wanted in matchers
            if label in sample.labels
        ):
            yield sample


def _fits(value: str, how: str, wanted: str) -> bool:
    match how:
        case "=":
            return value == wanted
        case "!=":
            return value != wanted
        case "=~":
            return re.fullmatch(wanted, value) is not None
        case _:
            return re.fullmatch(wanted, value) is None
