"""Every expression of every example reads a metric that its pinned engine, or Aegis, exports."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import JsonValue

from aegis.base import conventions
from aegis.base.artifact import Artifact
from aegis.catalog.loader import engines
from aegis.operations.bundle import render_all
from aegis.operations.judging import judge_groups
from aegis.operations.planning import decide
from aegis.plan.types import Plan
from aegis.render.kubernetes import render_kubernetes
from aegis.render.observability import render_observability
from aegis.verify.cross.queries import base_name, plain
from aegis.verify.promql.parser import parse

EXAMPLES = Path(__file__).parents[3] / "examples"
TEMPLATE = "x"  # what `plain` leaves of an argument
OURS = {v for v in vars(conventions).values() if isinstance(v, str) and v.startswith("aegis_")}


@cache
def example(name: str) -> Plan | None:
    """The plan of an example; none where it is refused."""
    brief = EXAMPLES / name / "brief.yaml"
    found = decide(brief.read_text(), path=str(brief), today=datetime.date(2026, 11, 22))
    return found.plan


def expressions(content: JsonValue, key: str = "") -> Iterator[str]:
    """PromQL wherever a renderer writes it."""
    match content:
        case dict():
            for name, value in content.items():
                yield from expressions(value, name)
        case list():
            for value in content:
                yield from expressions(value, key)
        case str() if key in {"expr", "query"} and "{" in plain(content):
            yield plain(content)  # what is all template is written out where it is filled in
        case _:
            pass


def recorded(content: JsonValue) -> Iterator[str]:
    """Names that recording rules make."""
    match content:
        case dict():
            if isinstance(name := content.get("record"), str):
                yield name
            for value in content.values():
                yield from recorded(value)
        case list():
            for value in content:
                yield from recorded(value)
        case _:
            pass


WATCHING: tuple[Callable[[Plan], tuple[Artifact, ...]], ...] = (
    lambda plan: render_observability(plan, judge_groups(plan)),
    render_kubernetes,
)
_QUICK = {"fraud-classifier", "phone-speech", "support-assistant"}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(p.name, marks=() if p.name in _QUICK else (pytest.mark.slow,))
        for p in sorted(EXAMPLES.iterdir())
        if p.is_dir()
    ],
)
def test_every_expression_reads_a_metric_that_exists(name: str) -> None:
    """The engine is the one that the plan chose, in the version of its catalogue entry."""
    plan = example(name)
    if plan is None:
        pytest.skip("refused: nothing is rendered")
    bundle = render_all(plan)
    chosen = plan.chosen("engine")
    exported = {m.name for engine in engines() if engine.id == chosen for m in engine.metrics}
    known = OURS | exported | {TEMPLATE} | {n for a in bundle for n in recorded(a.content)}
    found = [e for a in bundle for e in expressions(a.content)]

    assert found
    unknown = {
        metric
        for expression in found
        for metric in parse(expression).metrics
        if metric not in known and base_name(metric) not in known
    }
    assert unknown == set()


@pytest.mark.parametrize("engine", [e.id for e in engines() if e.metrics])
def test_whatever_the_engine_is_only_its_own_metrics_are_read(engine: str) -> None:
    """Rules, dashboard and scaler of one plan, with each engine of the catalogue in its place."""
    plan = example("support-assistant")
    assert plan is not None
    exported = tuple(m.name for e in engines() if e.id == engine for m in e.metrics)
    components = tuple(
        c.model_copy(update={"emits": exported}) if c.kind == "engine" else c
        for c in plan.components
    )
    turned = plan.model_copy(update={"components": components})
    bundle = [a for render in WATCHING for a in render(turned)]
    known = OURS | {*exported, TEMPLATE} | {n for a in bundle for n in recorded(a.content)}
    read = {
        metric
        for artifact in bundle
        for expression in expressions(artifact.content)
        for metric in parse(expression).metrics
    }

    assert {m for m in read if m not in known and base_name(m) not in known} == set()
    assert {m for m in read if m in exported or base_name(m) in exported}


def test_a_misspelt_metric_is_noticed() -> None:
    """Which promtool does not do."""
    read = parse('sum(rate(aegis_gateway_request_total{service="x"}[5m]))').metrics

    assert not {m for m in read if m in OURS or base_name(m) in OURS}


def test_the_catalogue_knows_the_metrics_of_at_least_eight_engines() -> None:
    assert len([e for e in engines() if e.metrics]) >= 8
