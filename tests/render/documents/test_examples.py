"""The example briefs: every page of each, read back and followed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aegis.brief.read import read_brief
from aegis.plan.planner import Versions, make_plan
from aegis.render.documents import render_documents
from aegis.review.readback import unmatched_in_pages

_EXAMPLES = Path(__file__).parents[3] / "examples"
_BRIEFS = sorted(_EXAMPLES.glob("*/brief.yaml"))


@pytest.mark.obligation(71, 76, 95)
@pytest.mark.parametrize("path", [pytest.param(p, id=p.parent.name) for p in _BRIEFS])
def test_an_example_has_no_figure_without_origin_and_no_broken_link(path: Path) -> None:
    """Before any rule has judged it, so with the refusal on its first screen."""
    brief = read_brief(path.read_text(), path=path.name).brief
    assert brief is not None
    plan = make_plan(brief, Versions(catalog_sha256="c" * 64, aegis_version="0.1.0"))
    files = {a.path: a.content for a in render_documents(plan) if isinstance(a.content, str)}
    assert unmatched_in_pages(files, plan) == {}

    page = files["dossier/index.html"]
    ids = set(re.findall(r' id="([^"]+)"', page))
    assert set(re.findall(r' (?:href="#|popovertarget=")([^"]+)"', page)) <= ids
    assert "Refused by a hard rule" in page
    first = files["dossier/README.md"].splitlines()[0]
    assert 0 < len(re.sub(r"\[\^[^\]]+\]", "", first).split()) <= 60


def test_there_are_examples() -> None:
    """An empty folder would pass everything above."""
    assert len(_BRIEFS) >= 10
