"""The source of a diagram for tools that read Mermaid."""

from __future__ import annotations

from aegis.render.documents.tree import Diagram

# Words of Mermaid's flowchart grammar that cannot name a node.
_RESERVED = frozenset(
    {"end", "graph", "flowchart", "subgraph", "style", "class", "click", "default", "linkstyle",
     "classdef", "direction", "call", "href", "interpolate", "o", "x"}
)  # fmt: skip
_SHAPES = {"client": ("([", "])"), "store": ("[(", ")]"), "control": ("{{", "}}")}


def source(diagram: Diagram) -> str:
    """A flowchart whose node ids are the ids of the components."""
    lines = ["flowchart TD"]
    for component in diagram.components:
        before, after = _SHAPES.get(component.kind, ("[", "]"))
        lines.append(f'  {node_id(component.id)}{before}"{_quoted(component.name)}"{after}')
    for flow in diagram.flows:
        arrow = "-.->" if flow.dashed else "-->"
        label = f'|"{_quoted(flow.label)}"|' if flow.label.strip() else ""
        lines.append(f"  {node_id(flow.source)} {arrow}{label} {node_id(flow.target)}")
    return "\n".join(lines)


def node_id(component_id: str) -> str:
    """The id itself, unless Mermaid reserves the word."""
    return f"{component_id}_" if component_id.lower() in _RESERVED else component_id


def _quoted(text: str) -> str:
    replaced = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\\": "#92;"}
    return "".join(replaced.get(c, c) for c in " ".join(text.split()))
