"""Plots are well-formed, stay inside their frame, and say in words what they show."""

from __future__ import annotations

import doctest
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aegis.render.plots import (
    LoadPlot,
    LoadPoint,
    MemoryPart,
    MemoryPlot,
    Option,
    ParetoPlot,
    Span,
    axis,
    draw_load,
    draw_memory,
    draw_pareto,
    front,
    load,
    marks,
    pareto,
)

SVG = "{http://www.w3.org/2000/svg}"
positive = st.floats(min_value=1e-3, max_value=1e6)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    value = draw(positive)
    return Span(
        value=value, low=value * draw(st.floats(0.1, 1)), high=value * draw(st.floats(1, 5))
    )


def options(*pairs: tuple[float, float], chosen: int = 0) -> tuple[Option, ...]:
    return tuple(
        Option(
            name=f"option {i}",
            latency=Span(value=x, low=x * 0.8, high=x * 1.3),
            cost=Span(value=y, low=y * 0.7, high=y * 1.2),
            chosen=i == chosen,
        )
        for i, (x, y) in enumerate(pairs)
    )


def pareto_of(found: tuple[Option, ...], objective: float | None = 500.0) -> str:
    return draw_pareto(
        ParetoPlot(
            options=found,
            latency_name="TTFT p95",
            latency_unit="ms",
            cost_name="cost",
            cost_unit="USD a month",
            objective=objective,
        )
    )


def load_of(points: tuple[LoadPoint, ...], **more: float) -> str:
    return draw_load(
        LoadPlot(
            points=points,
            latency_name="TTFT p95",
            latency_unit="ms",
            load_name="load",
            load_unit="requests/s",
            chosen=more.get("chosen"),
            objective=more.get("objective"),
            saturation=more.get("saturation"),
        )
    )


CURVE = tuple(
    LoadPoint(load=x, latency=Span(value=y, low=y * 0.8, high=y * 1.5))
    for x, y in ((1, 180), (3, 220), (5, 290), (6, 420), (7, 1900))
)
MEMORY = MemoryPlot(
    device="NVIDIA L40S",
    total_gib=44.7,
    parts=(MemoryPart(name="weights", gib=15.0), MemoryPart(name="KV cache", gib=22.1)),
)
DRAWN = (
    pytest.param(pareto_of(options((120, 14e3), (430, 4900), (700, 9e3))), id="pareto"),
    pytest.param(load_of(CURVE, chosen=5, objective=500, saturation=7.2), id="load"),
    pytest.param(draw_memory(MEMORY), id="memory"),
)


def texts(svg: str) -> list[str]:
    return [found.text or "" for found in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def coordinates(svg: str) -> list[tuple[str, float]]:
    """Name and value of everything that is placed."""
    found = [(n, float(v)) for n, v in re.findall(r' (x|y|x1|x2|y1|y2|cx|cy)="([^"]+)"', svg)]
    for points in re.findall(r'points="([^"]+)"', svg):
        for pair in points.split():
            x, y = pair.split(",")
            found += [("x", float(x)), ("y", float(y))]
    return found


def is_inside(svg: str) -> bool:
    root = ET.fromstring(svg)  # noqa: S314
    _, _, width, height = (float(v) for v in root.attrib["viewBox"].split())
    return all(
        -0.5 <= value <= (width if "x" in name else height) + 0.5
        for name, value in coordinates(svg)
    )


@pytest.mark.parametrize("svg", DRAWN)
def test_a_drawing_says_what_it_is_and_may_stand_twice_on_a_page(svg: str) -> None:
    """Title and description come first for screen readers; no ids that could collide."""
    root = ET.fromstring(svg)  # noqa: S314

    assert [part.tag for part in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert all(part.text for part in root[:2])
    assert root.get("role") == "img"
    assert " id=" not in svg
    assert "prefers-color-scheme:dark" in svg
    assert is_inside(svg)


@pytest.mark.parametrize("module", [axis, load, marks, pareto])
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=12))
def test_the_front_beats_every_option_and_no_option_beats_the_front(
    pairs: list[tuple[float, float]],
) -> None:
    found = options(*pairs)
    best = front(found)

    for option in found:
        assert any(
            b.latency.value <= option.latency.value and b.cost.value <= option.cost.value
            for b in best
        )
        assert not any(
            option.latency.value < b.latency.value and option.cost.value < b.cost.value
            for b in best
        )


@settings(deadline=None)
@given(
    st.lists(st.tuples(spans(), spans()), min_size=1, max_size=9),
    st.one_of(st.none(), positive),
)
def test_a_pareto_plot_stays_inside_whatever_the_figures(
    pairs: list[tuple[Span, Span]], objective: float | None
) -> None:
    found = tuple(
        Option(name=f"{i}", latency=x, cost=y, chosen=i == 0) for i, (x, y) in enumerate(pairs)
    )
    svg = pareto_of(found, objective)

    assert is_inside(svg)
    assert svg == pareto_of(found, objective)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.01, 100), spans()), min_size=2, max_size=9),
    st.one_of(st.none(), positive),
)
def test_a_load_plot_stays_inside_whatever_the_figures(
    steps: list[tuple[float, Span]], objective: float | None
) -> None:
    total, points = 0.0, []
    for step, latency in steps:
        total += step
        points.append(LoadPoint(load=total, latency=latency))
    more = {} if objective is None else {"objective": objective}

    assert is_inside(load_of(tuple(points), chosen=total / 2, saturation=total, **more))


def test_the_chosen_option_is_listed_even_where_many_are_better() -> None:
    pairs = [(100.0 + i, 100.0 - i) for i in range(9)] + [(500.0, 500.0)]
    svg = pareto_of(options(*pairs, chosen=9))

    assert "option 9 (chosen)" in texts(svg)
    assert svg.count('class="pick"') == 1
    assert "Chosen: option 9, 500 ms [400–650], 500 USD a month [350–600]." in svg


def test_the_chosen_load_stands_on_the_curve() -> None:
    """At 4 requests/s the curve is half way between 220 and 290 ms."""
    svg = load_of(CURVE, chosen=4, objective=500)

    assert "chosen: 4 requests/s at 255 ms [204–382]" in texts(svg)
    assert "objective 500 ms" in texts(svg)


def test_the_memory_bar_says_what_is_free_and_what_does_not_fit() -> None:
    tight = MemoryPlot(device="L4", total_gib=22.4, parts=(MemoryPart(name="weights", gib=26.0),))

    assert {"free", "7.6 GiB", "17 %"} <= set(texts(draw_memory(MEMORY)))
    assert {"does not fit", "3.6 GiB"} <= set(texts(draw_memory(tight)))


def test_names_are_escaped() -> None:
    plot = MemoryPlot(device="<b>&", total_gib=1, parts=(MemoryPart(name='"x"', gib=0.5),))

    assert "one <b>&: 1 GiB" in texts(draw_memory(plot))


@pytest.mark.parametrize(
    "draw",
    [
        pytest.param(lambda: pareto_of(()), id="no-options"),
        pytest.param(lambda: load_of(CURVE[:1]), id="one-point"),
        pytest.param(lambda: load_of(CURVE[::-1]), id="load-decreasing"),
        pytest.param(lambda: Span(value=1, low=2, high=3), id="value-outside-its-interval"),
        pytest.param(
            lambda: draw_memory(
                MemoryPlot(device="x", total_gib=1, parts=(MemoryPart(name="y", gib=-1),))
            ),
            id="negative-memory",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw: object) -> None:
    assert callable(draw)
    with pytest.raises(ValueError, match=r".+"):
        draw()
