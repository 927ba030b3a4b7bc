"""The page: well formed, self-contained, safe, linked, and fit for a phone and for paper."""

# ruff: noqa: ANN001  # fixtures carry plans; their type lives in conftest
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

_VOID = {"br", "hr", "img", "input", "link", "meta", "wbr", "col"}


class Structure(HTMLParser):
    """Tags that do not nest, ids, and what points at them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []
        self.fetches: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag not in _VOID:
            self.open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and given.get("href", "").startswith("#"):
            self.anchors.append(given["href"][1:])
        if "popovertarget" in given:
            self.anchors.append(given["popovertarget"])
        self.fetches += [f"{tag} {k}={v}" for k, v in given.items() if _fetches(tag, k)]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-3:]} at line {self.getpos()}")
        else:
            self.open.pop()


def _fetches(tag: str, name: str) -> bool:
    if name.startswith("on") or name in {"src", "srcset", "action", "data", "background", "poster"}:
        return True
    return name in {"href", "xlink:href"} and tag != "a"


def structure(page: str) -> Structure:
    found = Structure()
    found.feed(page)
    found.close()
    return found


def test_every_tag_is_closed_in_order(rendered) -> None:
    found = structure(rendered.html)
    assert found.faults == []
    assert found.open == []


def test_ids_are_unique_and_every_inner_link_arrives(rendered) -> None:
    found = structure(rendered.html)
    assert len(found.ids) == len(set(found.ids))
    assert set(found.anchors) <= set(found.ids)


def test_the_page_fetches_nothing_and_runs_nothing(rendered) -> None:
    """No script, no handler, no address outside a plain link to a source."""
    found = structure(rendered.html)
    assert found.fetches == []
    assert "<script" not in rendered.html
    assert not re.search(r"url\((?!#)|@import", rendered.html)


def test_every_number_tells_its_origin_on_hover_tap_and_paper(rendered) -> None:
    """A button with a title and a popover, and the same popover printed as a list."""
    buttons = re.findall(
        r'<button type="button" class="n \w+" popovertarget="(o-\d+)"', rendered.html
    )
    assert buttons
    titles = re.findall(r'class="n \w+"[^>]* title="([^"]*)"', rendered.html)
    assert len(titles) == len(buttons)
    assert all(titles)
    origins = set(re.findall(r'<li popover id="(o-\d+)"', rendered.html))
    assert set(buttons) == origins
    assert ".origins [popover]{display:list-item" in rendered.html


def test_what_strangers_wrote_is_text(chat) -> None:
    """A brief with markup in it shows the markup and obeys none of it."""
    hostile = "<script>alert(1)</script> ![x](http://evil.example/p.png) **b** | `c` </style>"
    plan = chat.plan.model_copy(update={"purpose": hostile, "service": "x<img src=y>"})
    page, dossier = _render(plan)
    found = structure(page)
    assert found.faults == []
    assert found.fetches == []
    assert html.escape(hostile, quote=False) in page
    summary = next(line for line in dossier.splitlines() if "alert(1)" in line)
    assert r"\!\[x\]" in summary or r"!\[x\](http" in summary
    assert r"\<script\>" in summary


def _render(plan) -> tuple[str, str]:
    from aegis.render.documents import render_documents  # noqa: PLC0415

    files = {a.path: str(a.content) for a in render_documents(plan)}
    return files["dossier/index.html"], files["dossier/README.md"]


def test_drawings_given_by_sizing_are_shown_as_they_are(chat) -> None:
    from aegis.render.documents import render_documents  # noqa: PLC0415

    drawing = '<svg viewBox="0 0 1 1"><path d="M0 0"/></svg>'
    page = str(render_documents(chat.plan, {"pareto": drawing})[-2].content)
    assert page.count(f'<figure class="chart"><div class="wide" tabindex="0">{drawing}') == 2
    assert '<figure class="chart"' not in chat.html


_CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
_PROBE = """<body><iframe width="{width}" height="900" srcdoc="{page}"></iframe><script>
addEventListener("load", () => {{
  const frame = document.querySelector("iframe"), inner = frame.contentDocument;
  const wide = [...inner.querySelectorAll("main *, header *, nav *")].filter(e =>
    !e.closest(".wide, pre, .origins, .skip") && e.getBoundingClientRect().right > {width} + 1);
  document.title = JSON.stringify([inner.documentElement.scrollWidth,
    wide.slice(0, 3).map(e => e.outerHTML.slice(0, 80))]);
}});</script></body>"""


@pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium here: the page is not seen in a browser")
@pytest.mark.parametrize(
    ("kind", "width"),
    [
        pytest.param("chat", 360, id="chat on a phone"),
        pytest.param("fraud", 360, id="fraud on a phone"),
        pytest.param("robot", 360, id="robot on a phone"),
        pytest.param("chat", 1280, id="chat on a desk"),
    ],
)
def test_nothing_runs_out_of_the_window(kinds, kind: str, width: int, tmp_path: Path) -> None:
    """Laid out by a real browser, the page is no wider than a phone, nor than a desk."""
    probe = tmp_path / "probe.html"
    probe.write_text(_PROBE.format(width=width, page=html.escape(kinds[kind].html)))
    dom = subprocess.run(
        [
            str(_CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
            f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", probe.as_uri(),
        ],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    title = re.search(r"<title>(\[.*?\])</title>", dom)
    assert title, dom[-500:]
    used, outside = json.loads(html.unescape(title[1]))
    assert used <= width
    assert outside == []
