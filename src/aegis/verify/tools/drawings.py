"""The Mermaid parser for diagrams, in files of their own and in Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from aegis.base.finding import Span
from aegis.verify.access import listing, text
from aegis.verify.files import File, diagrams
from aegis.verify.report import finding
from aegis.verify.tools.answers import Answers, Asked
from aegis.verify.tools.port import Tools

_TASK = "aegis-diagrams.json"
_LINE = re.compile(r"on line ([0-9]+)")


def asked(folder: Path, opened: Sequence[File], tools: Tools) -> Iterator[Asked]:
    """One question about all diagrams: the parser takes a second to start."""
    found = [(file.path, line, source) for file in opened for line, source in diagrams(file)]
    if not found:
        return
    paths = tuple(sorted({path for path, *_ in found}))

    def job() -> Answers:
        answers = Answers()
        (folder / _TASK).write_text(json.dumps([source for *_, source in found]), "utf-8")
        said = tools.run("mermaid", (_TASK,), folder)
        try:
            verdicts = listing(json.loads(said.output)) if said.code == 0 else []
        except ValueError:
            verdicts = []
        if len(verdicts) != len(found):
            answers.unchecked += [(path, f"mermaid: {said.message}") for path in paths]
            return answers
        answers.judged += [(path, f"mermaid {tools.version('mermaid')}") for path in paths]
        for (path, line, _), verdict in zip(found, verdicts, strict=True):
            if isinstance(verdict, str):
                place = _LINE.search(verdict)
                at = line + int(place.group(1)) - 1 if place else line
                words = " ".join(text(verdict).split())[:400]
                span = Span(path=path, line=at, column=1)
                answers.findings.append(finding("mermaid-refused", words, span=span))
        return answers

    yield Asked(tool="mermaid", paths=paths, job=job)
