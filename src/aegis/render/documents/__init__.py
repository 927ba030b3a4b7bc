"""Plan → dossier: Markdown pages and one self-contained HTML page, from the same tree."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan, Status
from aegis.render.documents import capacity, html, markdown
from aegis.render.documents.dossier import documents
from aegis.render.documents.emphasis import Emphasis

FOLDER = "dossier"
_NONE: Mapping[str, str] = MappingProxyType({})


def render_documents(plan: Plan, figures: Mapping[str, str] = _NONE) -> tuple[Artifact, ...]:
    """Every document of a plan, under `dossier/`.

    `figures` maps names such as `pareto`, `latency-load` or `memory` to SVG drawings of ours; they
    are shown as they are.
    """
    emphasis = Emphasis(plan)
    pages = tuple(emphasis.document(d) for d in documents(plan, figures))
    because = tuple(d.id for d in plan.decisions)
    page = html.write(pages, service=plan.service, purpose=plan.purpose, badges=_badges(plan))
    return (
        *(
            Artifact(path=f"{FOLDER}/{p.path}.md", content=markdown.write(p), because=because)
            for p in pages
        ),
        Artifact(path=f"{FOLDER}/index.html", content=page, because=because),
        Artifact(
            path=f"{FOLDER}/capacity-model.json", content=capacity.data(plan), because=because
        ),
    )


def _badges(plan: Plan) -> tuple[html.Badge, ...]:
    return (
        _badge("Complete", plan.complete, "not yet"),
        _badge("Admissible", plan.admissible, "refused"),
        _badge("Promotable", plan.promotable, "not yet"),
    )


def _badge(name: str, status: Status, otherwise: str) -> html.Badge:
    return html.Badge(name=name, holds=status.holds, text="yes" if status.holds else otherwise)


__all__ = ["render_documents"]
