"""The drawing for a phone: everything inside its width, no arc on another, the same graph."""

# ruff: noqa: ANN001  # fixtures carry plans; their type lives in conftest
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import re
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.render.documents.test_diagram import graphs

from aegis.plan.types import Component, Flow
from aegis.render.documents import narrow
from aegis.render.documents.tree import Diagram

PLACES = {f"n{i}": (60.0 * i, 48.0) for i in range(12)}
ENDS = st.sampled_from(sorted(PLACES))


@given(pairs=st.lists(st.tuples(ENDS, ENDS), max_size=20))
def test_arcs_of_one_lane_never_touch(pairs: list[tuple[str, str]]) -> None:
    flows = [Flow(source=a, target=b, label="x") for a, b in pairs]

    for one, other in combinations(narrow.lanes(flows, PLACES), 2):
        low, high = sorted((one.start, one.end))
        apart = max(other.start, other.end) < low or min(other.start, other.end) > high
        assert one.lane != other.lane or apart


@settings(max_examples=40, deadline=None)
@given(graph=graphs())
def test_any_graph_fits_a_phone(graph: tuple[tuple[Component, ...], tuple[Flow, ...]]) -> None:
    """No coordinate lies outside the drawing, however many parts and flows there are."""
    drawing = narrow.draw(Diagram(title="t", components=graph[0], flows=graph[1]), key="k")
    paths = " ".join(re.findall(r' d="([^"]*)"', drawing))
    across = [float(x) for x in re.findall(r"[MH]([\d.]+)", paths)]

    assert all(0 <= x <= narrow.WIDTH for x in across)


def test_each_part_is_a_card_and_each_flow_an_arc(rendered) -> None:
    plan = rendered.plan
    drawing = narrow.draw(Diagram(title="t", components=plan.components, flows=plan.flows), key="k")

    assert drawing.count('<g class="box') == len(plan.components)
    assert drawing.count('<path class="flow') == len(plan.flows)
    for flow in plan.flows:
        assert flow.label.split()[0] in drawing


def test_a_phone_sees_the_column_and_a_desk_the_layers(rendered) -> None:
    """One of the two drawings is shown at each width; print takes the layers."""
    page = rendered.html
    phone = page[page.index("@media (max-width:46rem)") : page.index("@media print")]

    assert ".arch.tall{display:none}" in page
    assert ".diagram .wide{display:none}" in phone
    assert ".arch.tall{display:block" in phone


def test_a_short_id_is_not_broken_in_its_column(rendered) -> None:
    assert '<td class="id" data-label="id"><code>monitoring</code></td>' in rendered.html
    assert "td.id{white-space:nowrap}" in rendered.html
