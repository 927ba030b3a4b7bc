"""The whole dossier as one self-contained HTML page: nothing is fetched, no script runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from aegis.base.prose import Code, Link, Name, Text
from aegis.plan.types import ALL, Environment
from aegis.render.documents import mermaid, narrow, svg
from aegis.render.documents.stylesheet import CSS
from aegis.render.documents.tree import (
    Block,
    Bold,
    Bullets,
    Callout,
    Chart,
    Checklist,
    CodeBlock,
    Diagram,
    Document,
    Inlines,
    NumberText,
    Origin,
    Paragraph,
    Ref,
    Section,
    Table,
)
from aegis.render.documents.words import flat

_ID_CHARACTERS = 26
_VALUE = re.compile(r"[^\d]*[\d.,]*\d")
_GROUPS = (
    ("dossier", "Dossier"),
    ("decision", "Decisions"),
    ("runbook", "Runbooks"),
    ("annex", "Annexes"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """One claim about the plan in the head of the page."""

    name: str
    holds: bool
    text: str


def write(
    documents: Sequence[Document], *, service: str, purpose: str, badges: Sequence[Badge]
) -> str:
    """One page with every document; the first is the dossier itself."""
    writer = _Writer(documents)
    body = "".join(writer.document(d) for d in documents)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(service)}: deployment dossier</title>\n<style>{CSS}</style>\n</head>\n"
        f'<body>\n<a class="skip" href="#summary">To the recommendation</a>\n'
        f"{_masthead(service, purpose, badges)}\n"
        f'<div class="layout">\n<main>\n{body}{writer.origins()}</main>\n{_contents(documents)}'
        "</div>\n</body>\n</html>\n"
    )


def _masthead(service: str, purpose: str, badges: Sequence[Badge]) -> str:
    chips = "".join(
        f'<li class="{"yes" if b.holds else "no"}"><b>{escape(b.name)}</b> {escape(b.text)}</li>'
        for b in badges
    )
    return (
        '<header class="top"><div>'
        f'<p class="kicker">Deployment dossier</p><p class="service">{escape(service)}</p>'
        f'<p class="purpose">{escape(purpose)}</p><ul class="status">{chips}</ul>'
        '<p class="jump"><a href="#contents">Contents</a></p></div></header>'
    )


def _contents(documents: Sequence[Document]) -> str:
    groups = []
    for family, title in _GROUPS:
        entries = []
        for document in documents:
            if document.family != family:
                continue
            if family == "dossier":
                entries += [_entry(s.id, s.heading) for s in document.sections if s.level == 2]
            else:
                entries.append(_entry(_id(document.path), document.title))
        if entries:
            groups.append(f"<h2>{title}</h2><ul>{''.join(entries)}</ul>")
    return f'<nav class="toc" id="contents" aria-label="Contents">{"".join(groups)}</nav>\n'


def _entry(anchor: str, heading: Inlines) -> str:
    return f'<li><a href="#{escape(anchor)}">{escape(flat(heading))}</a></li>'


def _id(path: str) -> str:
    return path.replace("/", "-")


class _Writer:
    def __init__(self, documents: Sequence[Document]) -> None:
        self._family = {d.path: d.family for d in documents}
        self._origins: dict[str, tuple[int, Origin]] = {}
        self._diagrams = 0

    def document(self, document: Document) -> str:
        dossier = document.family == "dossier"
        level = 1 if dossier else 2
        parts = [f'<article class="{document.family}" id="{escape(_id(document.path))}">']
        if document.lead:
            parts.append(f'<div class="lead">{self._blocks(document.lead)}</div>')
        hidden = ' class="quiet"' if dossier else ""
        parts.append(f"<h{level}{hidden}>{self._inline(document.title)}</h{level}>")
        parts.append(self._blocks(document.intro))
        prefix = "" if dossier else f"{_id(document.path)}--"
        parts += [self._section(s, prefix, level - 1) for s in document.sections]
        return "".join([*parts, "</article>\n"])

    def _section(self, section: Section, prefix: str, deeper: int) -> str:
        level = section.level + deeper
        anchor = escape(prefix + section.id)
        return (
            f'<section aria-labelledby="{anchor}"><div class="head"><h{level} id="{anchor}">'
            f"{self._inline(section.heading)}</h{level}>{_applies(section.applies_to)}</div>"
            f"{self._blocks(section.blocks)}</section>\n"
        )

    def _blocks(self, blocks: Sequence[Block]) -> str:
        return "".join(self._block(b) for b in blocks)

    def _block(self, block: Block) -> str:  # noqa: PLR0911  # one line a kind of block
        match block:
            case Paragraph(inlines):
                return f"<p>{self._inline(inlines)}</p>\n"
            case Table():
                return self._table(block)
            case Bullets():
                tag = "ol" if block.ordered else "ul"
                items = "".join(f"<li>{self._inline(i)}</li>" for i in block.items)
                return f"<{tag}>{items}</{tag}>\n"
            case Checklist():
                return self._checklist(block)
            case CodeBlock(text=text):
                return f'<pre tabindex="0"><code>{escape(text)}</code></pre>\n'
            case Diagram():
                return self._diagram(block)
            case Callout():
                return (
                    f'<aside class="callout {block.tone}"><p class="callout-title">'
                    f"{escape(block.title)}</p>{self._blocks(block.blocks)}</aside>\n"
                )
            case Chart(svg=drawing, caption=caption):
                return (
                    f'<figure class="chart"><div class="wide" tabindex="0">{drawing}</div>'
                    f"<figcaption>{self._inline(caption)}</figcaption></figure>\n"
                )

    def _checklist(self, block: Checklist) -> str:
        items = []
        for task in block.items:
            details = "".join(f"<li>{self._inline(d)}</li>" for d in task.details)
            box = f'<input type="checkbox" aria-label="done"{" checked" if task.done else ""}>'
            items.append(
                f'<li>{box}<div><p class="task">{self._inline(task.title)}</p>'
                + (f"<ul>{details}</ul>" if details else "")
                + "</div></li>"
            )
        return f'<ul class="tasks">{"".join(items)}</ul>\n'

    def _table(self, table: Table) -> str:
        head = "".join(f'<th scope="col">{self._inline(c)}</th>' for c in table.head)
        labels = [escape(flat(c)) for c in table.head[1:]]
        rows = []
        for i, row in enumerate(table.rows):
            first, *others = row
            cells = "".join(
                f'<td{_narrow(c)} data-label="{label}">{self._inline(c) or "–"}</td>'
                for label, c in zip(labels, others, strict=True)
            )
            mark = ' class="chosen"' if i in table.marked else ""
            rows.append(f'<tr{mark}><th scope="row">{self._inline(first)}</th>{cells}</tr>')
        label = escape(f"table: {flat(table.head[0])}")
        two = ' class="two"' if len(table.head) == 2 else ""
        return (
            f'<div class="wide" role="region" tabindex="0" aria-label="{label}">'
            f"<table{two}><thead><tr>{head}</tr></thead>"
            f"<tbody>{''.join(rows)}</tbody></table></div>\n"
        )

    def _diagram(self, block: Diagram) -> str:
        self._diagrams += 1
        drawing = svg.draw(block, key=f"diagram-{self._diagrams}")
        column = narrow.draw(block, key=f"column-{self._diagrams}")
        source = escape(mermaid.source(block))
        return (
            f'<figure class="diagram"><div class="wide" tabindex="0">{drawing}</div>{column}'
            f"<figcaption>{svg.legend(block)}</figcaption>"
            f"<details><summary>Source of the drawing (Mermaid)</summary>"
            f"<pre><code>{source}</code></pre></details></figure>\n"
        )

    def _inline(self, inlines: Inlines) -> str:
        parts = []
        for node in inlines:
            match node:
                case Text(text) | Name(text):
                    parts.append(escape(text, quote=False))
                case Code(text):
                    parts.append(f"<code>{escape(text, quote=False)}</code>")
                case Bold(inner):
                    parts.append(f"<strong>{self._inline(inner)}</strong>")
                case NumberText(text, origin):
                    parts.append(self._number(text, origin))
                case Link(text, target):
                    href = escape(target) if _is_web(target) else "#"
                    parts.append(f'<a href="{href}" rel="noreferrer">{escape(text)}</a>')
                case Ref(inner, path, section):
                    anchor = escape(self._anchor(path, section))
                    parts.append(f'<a href="#{anchor}">{self._inline(inner)}</a>')
        return "".join(parts)

    def _number(self, text: str, origin: Origin) -> str:
        index, _ = self._origins.setdefault(origin.id, (len(self._origins) + 1, origin))
        value = _VALUE.match(text)
        end = value.end() if value else len(text)  # a button cannot wrap: unit and interval follow
        return (
            f'<button type="button" class="n {origin.kind}" popovertarget="o-{index}" '
            f'data-n="{index}" title="{escape(origin.sentence)}">{escape(text[:end])}</button>'
            f"{escape(text[end:])}"
        )

    def _anchor(self, path: str, section: str) -> str:
        if self._family.get(path) == "dossier":
            return section or _id(path)
        return f"{_id(path)}--{section}" if section else _id(path)

    def origins(self) -> str:
        """Where each number comes from: shown on tap, and printed as a list at the end."""
        items = []
        for index, origin in self._origins.values():
            text = escape(origin.sentence, quote=False)
            if origin.url:
                link = escape(origin.url)
                text = text.replace(link, f'<a href="{link}" rel="noreferrer">{link}</a>')
            items.append(
                f'<li popover id="o-{index}" value="{index}" class="origin {origin.kind}">'
                f"<b>{origin.kind}</b> <code>{escape(origin.id)}</code> <span>{text}</span></li>"
            )
        return (
            '<section class="origins" aria-label="Origins of the numbers">'
            f"<h2>Origins of the numbers</h2><ol>{''.join(items)}</ol></section>\n"
        )


def _narrow(cell: Inlines) -> str:
    """A cell that holds one short word of code never breaks it."""
    match cell:
        case (Code(text),) if len(text) <= _ID_CHARACTERS:
            return ' class="id"'
        case _:
            return ""


def _is_web(target: str) -> bool:
    return target.startswith(("https://", "http://", "#"))


def _applies(applies_to: Sequence[Environment]) -> str:
    chips = " ".join(f'<span class="env">{e}</span>' for e in ALL if e in applies_to)
    return f'<p class="applies">Applies to: {chips}</p>'
