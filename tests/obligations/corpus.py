"""Every example brief with its plan and documents, and a pool of generated ones."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.tasklists import tasklists_plugin
from tests.strategies import briefs

from aegis.brief.read import read_brief
from aegis.brief.schema import Brief
from aegis.plan.choose import NoOptionError
from aegis.plan.planner import Versions, make_plan, with_admission
from aegis.plan.types import Plan
from aegis.render.documents import render_documents
from aegis.review.plans.judge import judge_brief, judge_plan, refuses

EXAMPLES = Path(__file__).parents[2] / "examples"
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="0")
_MARKDOWN = MarkdownIt("commonmark").enable("table").use(footnote_plugin).use(tasklists_plugin)


@dataclass(frozen=True, eq=False)
class Case:
    """A brief and its plan; no plan when a decision had no option left."""

    name: str
    brief: Brief
    plan: Plan | None
    crash: str = ""  # an exception that is no answer; one test says that there is none

    def documents(self) -> dict[str, str]:
        """Every document of the plan, path by path."""
        return _documents(self)


@functools.cache
def _documents(case: Case) -> dict[str, str]:
    if case.plan is None:
        return {}
    rendered = render_documents(case.plan)
    return {a.path: a.content for a in rendered if isinstance(a.content, str)}


def _case(name: str, brief: Brief) -> Case:
    try:
        plan = make_plan(brief, VERSIONS)
    except NoOptionError:
        return Case(name, brief, None)
    except Exception as error:  # noqa: BLE001  # collected here, refused by a test of its own
        return Case(name, brief, None, crash=f"{type(error).__name__}: {error}")
    hard = refuses((*judge_brief(brief), *judge_plan(plan)))
    return Case(name, brief, with_admission(plan, tuple(f"`{f.code}`" for f in hard)))


@functools.cache
def examples() -> tuple[Case, ...]:
    """All of `examples/`, those that are refused as well."""
    found = []
    for path in sorted(EXAMPLES.glob("*/brief.yaml")):
        read = read_brief(path.read_text(encoding="utf-8"), path=str(path))
        assert read.brief is not None, (path, read.findings)
        found.append(_case(path.parent.name, read.brief))
    return tuple(found)


@functools.cache
def admissible() -> tuple[Case, ...]:
    """The examples whose documents leave."""
    return tuple(c for c in examples() if c.plan is not None and c.plan.admissible.holds)


def example(name: str) -> Case:
    """The example of a folder."""
    return next(case for case in examples() if case.name == name)


@functools.cache
def generated(count: int) -> tuple[Case, ...]:
    """The plans of `count` random briefs, the same in every run."""
    drawn: list[Brief] = []

    @seed(20261122)
    @settings(max_examples=count, phases=[Phase.generate], database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(briefs())
    def draw(brief: Brief) -> None:
        drawn.append(brief)

    draw()
    return tuple(_case(f"generated-{i}", brief) for i, brief in enumerate(drawn))


def planned(cases: Iterable[Case]) -> Iterator[tuple[Case, Plan]]:
    """Cases with a plan."""
    for case in cases:
        if case.plan is not None:
            yield case, case.plan


# --- reading Markdown back ------------------------------------------------------------------------


@functools.lru_cache(maxsize=400)
def tokens(text: str) -> tuple[Token, ...]:
    """The blocks of a document as a reader of Markdown sees them."""
    return tuple(_MARKDOWN.parse(text))


def headings(text: str) -> list[tuple[int, str]]:
    """Level and plain text of every heading."""
    found = []
    for opening, inline in zip(tokens(text), tokens(text)[1:], strict=False):
        if opening.type == "heading_open":
            found.append((int(opening.tag[1]), plain(inline)))
    return found


def section(text: str, title: str) -> str:
    """The source of the section whose heading begins with a title, its subsections included."""
    lines, level = text.splitlines(), 0
    kept: list[int] = []
    for opening, inline in zip(tokens(text), tokens(text)[1:], strict=False):
        if opening.type != "heading_open" or opening.map is None:
            continue
        here = int(opening.tag[1])
        if level and here <= level:
            return "\n".join(lines[kept[0] : opening.map[0]])
        if not level and plain(inline).lower().startswith(title.lower()):
            level, kept = here, [opening.map[1]]
    return "\n".join(lines[kept[0] :]) if kept else ""


def plain(inline: Token) -> str:
    """Text of an inline token without markup."""
    parts = []
    for child in inline.children or ():
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
    return "".join(parts)


def kinds(text: str) -> list[str]:
    """Types of the blocks on the top level, in order."""
    return [t.type for t in tokens(text) if t.level == 0 and t.nesting >= 0]


def tables(text: str) -> list[list[list[str]]]:
    """Every table as rows of cells, the head first."""
    found: list[list[list[str]]] = []
    for token in tokens(text):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and found and found[-1] and token.level >= 4:
            found[-1][-1].append(plain(token))
    return [table for table in found if table]


def texts(text: str, kind: str) -> list[str]:
    """Contents of every inline child of a kind, such as `code_inline`."""
    return [c.content for t in tokens(text) for c in t.children or () if c.type == kind]


def bold(text: str) -> set[str]:
    """Texts that stand in bold, without inner markup."""
    found: set[str] = set()
    parts: list[str] = []
    depth = 0
    for token in tokens(text):
        for child in token.children or ():
            if child.type == "strong_open":
                depth, parts = depth + 1, []
            elif child.type == "strong_close":
                depth -= 1
                found.add("".join(parts))
            elif depth and child.type in {"text", "code_inline"}:
                parts.append(child.content)
    return found
