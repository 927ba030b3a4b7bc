"""No page holds a figure that its plan does not know, and a planted one is found."""

# ruff: noqa: ANN001  # fixtures carry plans; their type lives in conftest
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import pytest

from aegis.review.readback import unmatched_in_pages, unmatched_numbers


@pytest.mark.obligation(95)
def test_every_figure_on_every_page_is_a_number_of_the_plan(rendered) -> None:
    assert unmatched_in_pages(rendered.files, rendered.plan) == {}


@pytest.mark.parametrize("path", ["dossier/README.md", "dossier/index.html"])
def test_a_figure_planted_in_the_page_is_found(rendered, path: str) -> None:
    """At the end of a sentence and of a cell in the middle of the real page."""
    text = rendered.files[path]
    places = ("</p>", "</td>") if path.endswith("html") else (".\n\n", " |\n| ")
    for place in places:
        middle = text.index(place, len(text) // 2)
        for planted in (" It answers in 4,711 ms", " saves 73.1 % of the cost"):
            found = unmatched_numbers(f"{text[:middle]}{planted}{text[middle:]}", rendered.plan)
            assert len(found) == 1, (planted, place)
