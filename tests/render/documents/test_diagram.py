"""The drawing: the same graph as the Mermaid source, and nothing on top of anything else."""

# ruff: noqa: ANN001  # fixtures carry plans; their type lives in conftest
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline_snapshot import snapshot

from aegis.plan.types import Component, Flow
from aegis.render.documents import mermaid
from aegis.render.documents.diagram import Item, Layout, lay_out
from aegis.render.documents.tree import Diagram

_TOOL = Path(__file__).parents[2] / "tools" / "mermaid"
_NODE = shutil.which("node")
_INSTALLED = _NODE is not None and (_TOOL / "node_modules" / "mermaid").is_dir()
_NAMES = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=60)


def overlaps(one: Item, other: Item) -> bool:
    return (
        abs(one.x - other.x) * 2 < one.width + other.width
        and abs(one.y - other.y) * 2 < one.height + other.height
    )


def assert_readable(layout: Layout) -> None:
    solid = [i for i in layout.items.values() if i.lines]
    for one, other in combinations(solid, 2):
        assert not overlaps(one, other), (one.key, other.key)
    for item in solid:
        assert item.x - item.width / 2 >= 0
        assert item.x + item.width / 2 <= layout.width
        assert item.y - item.height / 2 >= 0
        assert item.y + item.height / 2 <= layout.height


def test_no_box_and_no_label_lies_on_another(rendered) -> None:
    assert_readable(lay_out(rendered.plan.components, rendered.plan.flows))


@st.composite
def graphs(draw: st.DrawFn) -> tuple[tuple[Component, ...], tuple[Flow, ...]]:
    count = draw(st.integers(min_value=1, max_value=20))
    parts = tuple(
        Component(id=f"n{i}", name=draw(_NAMES), does="x", kind="engine") for i in range(count)
    )
    ids = st.sampled_from([p.id for p in parts])
    flows = draw(
        st.lists(
            st.builds(Flow, source=ids, target=ids, label=_NAMES, dashed=st.booleans()), max_size=30
        )
    )
    return parts, tuple(flows)


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_any_graph_of_twenty_is_laid_out_without_overlap(graph) -> None:
    """Cycles, loose parts and double edges included; every edge has its route."""
    parts, flows = graph
    layout = lay_out(parts, flows)
    assert_readable(layout)
    assert len(layout.routes) == sum(1 for f in flows if f.source != f.target)
    for route in layout.routes:
        assert (route.keys[0], route.keys[-1]) == (route.flow.source, route.flow.target)


def test_the_source_names_nodes_by_the_ids_of_components() -> None:
    """Reserved words and quotes do not break the grammar."""
    diagram = Diagram(
        title="t",
        components=(
            Component(id="gateway", name='the "door" #1', does="x", kind="gateway"),
            Component(id="end", name="end", does="x", kind="store"),
        ),
        flows=(Flow(source="gateway", target="end", label="a | b", dashed=True),),
    )
    assert mermaid.source(diagram) == snapshot(
        """\
flowchart TD
  gateway["the #quot;door#quot; #35;1"]
  end_[("end")]
  gateway -.->|"a | b"| end_\
"""
    )


@pytest.mark.obligation(76)
@pytest.mark.skipif(
    not _INSTALLED,
    reason="the real Mermaid parser is not installed: npm ci --prefix tests/tools/mermaid",
)
def test_the_real_parser_reads_every_drawing(kinds) -> None:
    """Mermaid itself finds the nodes and edges of the plan, no phantom, none missing."""
    hostile = Diagram(
        title="t",
        components=(
            Component(id="end", name='a"]; click b <b> `x` %% \\', does="x", kind="client"),
        ),
        flows=(),
    )
    diagrams = [
        Diagram(title=k, components=r.plan.components, flows=r.plan.flows) for k, r in kinds.items()
    ]
    answers = parsed([mermaid.source(d) for d in (*diagrams, hostile)])
    for diagram, answer in zip((*diagrams, hostile), answers, strict=True):
        assert "error" not in answer, answer
        assert set(answer["nodes"]) == {mermaid.node_id(c.id) for c in diagram.components}
        assert len(answer["edges"]) == len(diagram.flows)


def parsed(sources: list[str]) -> list[dict[str, list[str]]]:
    assert _NODE is not None
    done = subprocess.run(
        [_NODE, str(_TOOL / "parse.mjs")],
        input=json.dumps(sources), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    answers: list[dict[str, list[str]]] = json.loads(done.stdout)
    return answers
