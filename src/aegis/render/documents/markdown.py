"""The tree as GitHub-flavoured Markdown."""

from __future__ import annotations

import posixpath
import re

from aegis.base.prose import Code, Link, Name, Text
from aegis.render.documents import mermaid
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
from aegis.render.documents.words import environments

_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_[]<>#|~$"})
_BLOCK_START = re.compile(r"^(\s*)(\d+)([.)])(\s)|^(\s*)([-+=])(\s|$)")
_ALERTS = {"note": "NOTE", "warning": "WARNING", "stop": "CAUTION"}


_ENTITY = re.compile(r"&(?=#?\w+;)")


def escape(text: str) -> str:
    """Somebody else's text, so that none of it is markup."""
    inner = " ".join(_literal(text).split())
    return f"{' ' if text[:1].isspace() else ''}{inner}{' ' if text[-1:].isspace() else ''}"


def _literal(text: str) -> str:
    return _ENTITY.sub(r"\\&", text.translate(_SPECIAL))


def write(document: Document) -> str:
    """One page, footnotes included."""
    return _Writer(document).page()


class _Writer:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._folder = posixpath.dirname(document.path)
        self._notes: dict[str, Origin] = {}
        self._seen: set[str] = set()  # numbers that carry their note in this section

    def page(self) -> str:
        document = self._document
        parts = [self._block(b) for b in document.lead]
        parts.append(f"# {self._inline(document.title)}")
        parts += [self._block(b) for b in document.intro]
        for section in document.sections:
            parts += self._section(section)
        if self._notes:
            parts.append("\n".join(_note(o) for o in self._notes.values()))
        return "\n\n".join(p for p in parts if p) + "\n"

    def _section(self, section: Section) -> list[str]:
        self._seen.clear()
        label = f"*Applies to: {environments(section.applies_to)}*"
        heading = f"{'#' * section.level} {self._inline(section.heading, notes=False)}"
        return [heading, label, *(self._block(b) for b in section.blocks)]

    def _block(self, block: Block) -> str:  # noqa: PLR0911  # one line a kind of block
        match block:
            case Paragraph(inlines):
                return _start(self._inline(inlines))
            case Table():
                return self._table(block)
            case Bullets():
                return self._bullets(block)
            case Checklist():
                return self._checklist(block)
            case CodeBlock(text=text, language=language):
                return f"```{language}\n{text}\n```"
            case Diagram():
                return f"```mermaid\n{mermaid.source(block)}\n```"
            case Callout():
                return self._callout(block)
            case Chart(caption=caption):
                return f"*{self._inline(caption)}* (drawn in `index.html`)"

    def _bullets(self, block: Bullets) -> str:
        marks = [f"{i}." if block.ordered else "-" for i in range(1, len(block.items) + 1)]
        items = (_start(self._inline(item)) for item in block.items)
        return "\n".join(f"{mark} {item}" for mark, item in zip(marks, items, strict=True))

    def _checklist(self, block: Checklist) -> str:
        lines = []
        for task in block.items:
            lines.append(f"- [{'x' if task.done else ' '}] {self._inline(task.title)}")
            lines += [f"  - {self._inline(detail)}" for detail in task.details]
        return "\n".join(lines)

    def _callout(self, block: Callout) -> str:
        inner = "\n\n".join([f"**{block.title}**", *(self._block(b) for b in block.blocks)])
        quoted = "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
        return f"> [!{_ALERTS[block.tone]}]\n{quoted}"

    def _table(self, table: Table) -> str:
        head = "| " + " | ".join(self._cell(c) for c in table.head) + " |"
        rule = "|" + " --- |" * len(table.head)
        rows = ["| " + " | ".join(self._cell(c) for c in row) + " |" for row in table.rows]
        return "\n".join([head, rule, *rows])

    def _cell(self, inlines: Inlines) -> str:
        return self._inline(inlines, in_table=True) or "–"

    def _inline(self, inlines: Inlines, *, notes: bool = True, in_table: bool = False) -> str:
        parts = []
        for node in inlines:
            match node:
                case Text(text):
                    parts.append(_literal(text))
                case Name(text):
                    parts.append(escape(text))
                case Code(text):
                    parts.append(_code(text, in_table=in_table))
                case Bold(inner):
                    body = self._inline(inner, notes=notes, in_table=in_table)
                    parts.append(f"**{body}**" if body.strip() == body and body else body)
                case NumberText(text, origin):
                    parts.append(_literal(text) + (self._mark(origin) if notes else ""))
                case Link(text, target):
                    parts.append(f"[{escape(text)}]({_target(target)})")
                case Ref(inner, path, section):
                    body = self._inline(inner, notes=False, in_table=in_table)
                    parts.append(f"[{body}]({self._href(path, section)})")
        return "".join(parts)

    def _mark(self, origin: Origin) -> str:
        self._notes[origin.id] = origin
        if origin.id in self._seen:
            return ""
        self._seen.add(origin.id)
        return f"[^{origin.id}]"

    def _href(self, path: str, section: str) -> str:
        anchor = f"#{section}" if section else ""
        if path == self._document.path:
            return anchor or f"{posixpath.basename(path)}.md"
        return posixpath.relpath(f"{path}.md", self._folder or ".") + anchor


def _note(origin: Origin) -> str:
    text = escape(origin.sentence)
    if origin.url:
        text = text.replace(escape(origin.url), f"<{origin.url}>")
    return f"[^{origin.id}]: {text}"


def _start(text: str) -> str:
    """A line that does not begin a list or a heading by accident."""
    return _BLOCK_START.sub(
        lambda m: f"{m[1]}{m[2]}\\{m[3]}{m[4]}" if m[2] else f"{m[5]}\\{m[6]}{m[7]}", text
    )


def _code(text: str, *, in_table: bool) -> str:
    body = " ".join(text.split())
    if in_table:
        body = body.replace("|", "\\|")
    ticks = "`"
    while ticks in body:
        ticks += "`"
    pad = " " if body.startswith("`") or body.endswith("`") else ""
    return f"{ticks}{pad}{body}{pad}{ticks}"


def _target(target: str) -> str:
    return target.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
