"""Notebooks: the code of their cells as one module, with the lines of the file."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator

from aegis.review.documents.python_module import module_of
from aegis.review.documents.source import Source
from aegis.review.facts.commands import read_command
from aegis.review.facts.compose import places_from
from aegis.review.facts.python import python_facts
from aegis.review.facts.types import Fact


def notebook_facts(source: Source) -> Iterator[Fact]:
    """Facts of the cells, read as one module, and of the commands in them; lines are the file's."""
    try:
        content = json.loads(source.text)
    except (ValueError, RecursionError):
        return
    cells = content.get("cells") if isinstance(content, dict) else None
    body: list[ast.stmt] = []
    near = 1
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        lines = cell.get("source")
        text = "".join(str(line) for line in lines) if isinstance(lines, list) else str(lines or "")
        offset = near = _line_of(source, lines, near)
        yield from _commands(source, text, offset)
        plain = "\n".join(
            "" if line.lstrip().startswith(("%", "!")) else line for line in text.split("\n")
        )
        try:
            tree = ast.parse(plain)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        ast.increment_lineno(tree, offset - 1)
        body += tree.body
    if body:
        yield from python_facts(module_of(source, ast.Module(body=body, type_ignores=[])))


def _commands(source: Source, text: str, offset: int) -> Iterator[Fact]:
    """What the lines that go to a shell say, as in `!ollama pull …`."""
    if "!" in text:
        for number, line in enumerate(text.split("\n"), start=offset):
            if line.lstrip().startswith("!"):
                yield from read_command(line.lstrip()[1:], places_from(source, number))


def _line_of(source: Source, lines: object, near: int) -> int:
    """The line of the file on which the cell's first line stands, at or after `near`."""
    texts = [str(each) for each in lines] if isinstance(lines, list) else [str(lines or "")]
    number, first = next(
        ((at, text) for at, text in enumerate(texts) if text.strip()),
        (0, texts[0] if texts else ""),
    )
    written = json.dumps(first, ensure_ascii=False)[1:-1].removesuffix("\\n")
    return max(source.find(written[:80], near=near).line - number, 1) if written else near
