"""Bold at first mention in each section: names of objectives, metrics and criteria."""

from __future__ import annotations

import dataclasses
import re

from aegis.base.prose import Code, Name, Text
from aegis.plan.types import Plan
from aegis.render.documents.tree import (
    Block,
    Bold,
    Bullets,
    Callout,
    Checklist,
    Document,
    Inline,
    Inlines,
    Paragraph,
    Ref,
    Section,
    Table,
    Task,
)

_FIELD = ("error budget", "burn rate", "goodput", "TTFT", "TPOT")


class Emphasis:
    """The terms of one plan."""

    def __init__(self, plan: Plan) -> None:
        terms = {
            *_FIELD,
            *(o.name for o in plan.objectives),
            *(c.name for c in plan.release.checks),
        }
        terms |= {c.name for d in plan.decisions for c in d.criteria}
        terms |= {g.metric for g in plan.release.gates}
        words = sorted((t for t in terms if len(t) > 2), key=lambda t: (-len(t), t))
        self._terms = re.compile(rf"\b(?:{'|'.join(re.escape(w) for w in words)})\b", re.IGNORECASE)
        self.metrics = frozenset(
            {o.metric for o in plan.objectives}
            | {a.metric for a in plan.alerts}
            | {c.metric for c in plan.release.checks}
        )

    def document(self, document: Document) -> Document:
        """The same page with its terms set in bold."""
        return dataclasses.replace(
            document, sections=tuple(self._section(s) for s in document.sections)
        )

    def _section(self, section: Section) -> Section:
        pass_ = _Pass(self._terms, self.metrics)
        return dataclasses.replace(section, blocks=tuple(pass_.block(b) for b in section.blocks))


class _Pass:
    """One section: remembers what was bold before."""

    def __init__(self, terms: re.Pattern[str], metrics: frozenset[str]) -> None:
        self._terms = terms
        self._metrics = metrics
        self._seen: set[str] = set()

    def block(self, block: Block) -> Block:
        match block:
            case Paragraph(inlines):
                return Paragraph(self.inlines(inlines))
            case Table():
                rows = tuple(tuple(self.inlines(cell) for cell in row) for row in block.rows)
                return Table(head=block.head, rows=rows, marked=block.marked)
            case Bullets():
                items = tuple(self.inlines(i) for i in block.items)
                return Bullets(items=items, ordered=block.ordered)
            case Checklist():
                return Checklist(items=tuple(self._task(t) for t in block.items))
            case Callout():
                inner = tuple(self._simple(b) for b in block.blocks)
                return Callout(tone=block.tone, title=block.title, blocks=inner)
            case _:
                return block

    def _simple(self, block: Paragraph | Bullets) -> Paragraph | Bullets:
        if isinstance(block, Paragraph):
            return Paragraph(self.inlines(block.inlines))
        return Bullets(items=tuple(self.inlines(i) for i in block.items), ordered=block.ordered)

    def _task(self, task: Task) -> Task:
        details = tuple(self.inlines(d) for d in task.details)
        return Task(title=self.inlines(task.title), details=details, done=task.done)

    def inlines(self, inlines: Inlines) -> Inlines:
        found: list[Inline] = []
        for node in inlines:
            if isinstance(node, Text | Name):
                found.extend(self._text(node))
            elif isinstance(node, Ref):
                found.append(Ref(self.inlines(node.inlines), node.path, node.section))
            elif isinstance(node, Bold):
                self._remember(node.inlines)
                found.append(node)
            elif isinstance(node, Code) and self._first(node.text, node.text in self._metrics):
                found.append(Bold((node,)))
            else:
                found.append(node)
        return tuple(found)

    def _first(self, term: str, known: object) -> bool:
        if not known or term.lower() in self._seen:
            return False
        self._seen.add(term.lower())
        return True

    def _remember(self, inlines: Inlines) -> None:
        for node in inlines:
            if isinstance(node, Text | Name):
                self._seen.update(m[0].lower() for m in self._terms.finditer(node.text))
            elif isinstance(node, Code):
                self._seen.add(node.text.lower())

    def _text(self, node: Text | Name) -> list[Inline]:
        found: list[Inline] = []
        text, make, position = node.text, type(node), 0
        for match in self._terms.finditer(text):
            if not self._first(match[0], known=True):
                continue
            if match.start() > position:
                found.append(make(text[position : match.start()]))
            found.append(Bold((make(match[0]),)))
            position = match.end()
        if position < len(text):
            found.append(make(text[position:]))
        return found
