"""All renderers, in order; the only list of them."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.documents import render_documents
from aegis.render.kubernetes import render_kubernetes
from aegis.render.observability import render_observability


def render_all(plan: Plan) -> tuple[Artifact, ...]:
    """Every artifact of a plan. Two artifacts never share a path."""
    bundle = (
        *render_documents(plan),
        *render_kubernetes(plan),
        *render_observability(plan),
    )
    paths = [a.path for a in bundle]
    if len(paths) != len(set(paths)):
        twice = sorted({p for p in paths if paths.count(p) > 1})
        raise ValueError(f"two renderers write the same file: {', '.join(twice)}")
    return bundle
