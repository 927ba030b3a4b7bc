"""Every `aegis …` that an example's bundle or a page of ours tells somebody to type exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aegis.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
CALL = re.compile(r"(?:^|[`$]\s?)aegis ([a-z][a-z-]*)", re.MULTILINE)
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*/README.md"),
    ]
)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_page_names_only_commands_that_exist(page: Path) -> None:
    """A reader who types what the page says is not told that there is no such command."""
    if page.name == "limits.md":
        pytest.skip("names the commands that do not exist")
    named = set(CALL.findall(page.read_text()))

    assert named <= set(COMMANDS), named - set(COMMANDS)


LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A relative link points at a file of this repository."""
    targets = LINK.findall(FENCE.sub("", page.read_text()))
    broken = [
        target
        for target in targets
        if "://" not in target
        and not target.startswith("mailto:")
        and not (page.parent / target).exists()
    ]

    assert broken == []
