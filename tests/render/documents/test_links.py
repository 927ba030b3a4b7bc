"""Links between the pages lead somewhere."""

# ruff: noqa: ANN001  # fixtures carry plans; their type lives in conftest
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import posixpath
import re
from itertools import pairwise

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from aegis.render.documents.words import slug


def test_every_link_leads_to_a_file_or_a_heading_of_the_dossier(rendered) -> None:
    reader = MarkdownIt("commonmark").enable("table").use(footnote_plugin)
    anchors = {path: _anchors(reader, text) for path, text in rendered.files.items()}
    for path, text in rendered.files.items():
        if not path.endswith(".md"):
            continue
        for token in reader.parse(text):
            for child in token.children or ():
                if child.type != "link_open":
                    continue
                target = str(child.attrGet("href"))
                if target.startswith(("https://", "http://")):
                    continue
                file, _, anchor = target.partition("#")
                full = (
                    posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
                    if file
                    else path
                )
                assert full in rendered.files, (path, target)
                assert not anchor or anchor in anchors[full], (path, target)


def _anchors(reader: MarkdownIt, text: str) -> set[str]:
    tokens = reader.parse(text)
    return {
        slug("".join(c.content for c in tokens[i + 1].children or () if c.type != "softbreak"))
        for i, token in enumerate(tokens)
        if token.type == "heading_open"
    }


def test_pages_are_what_github_reads(rendered) -> None:
    """Tables have as many cells in each row as in their head; nothing stays unparsed."""
    reader = MarkdownIt("commonmark").enable("table").use(footnote_plugin)
    for path, text in rendered.files.items():
        if not path.endswith(".md"):
            continue
        tokens = reader.parse(text)
        lines = _unfenced(text)
        rows = [li for li in lines if li.startswith("| ") and not li.startswith("| ---")]
        assert len([t for t in tokens if t.type == "tr_open"]) == len(rows), path
        for before, line in pairwise(lines):
            if before.startswith("| ") and line.startswith("| "):
                assert _bars(before) == _bars(line), (path, line)


def _bars(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line))


def _unfenced(text: str) -> list[str]:
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE).splitlines()
