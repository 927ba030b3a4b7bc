"""A Dockerfile as instructions with their lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from aegis.review.documents.source import Source

# A stage that somebody asks for by its name: to develop, to debug, to test.
_BY_HAND = re.compile(
    r"(?i)\bAS\s+[\w.-]*?(?:dev(?:el(?:opment)?)?|debug|tests?|lint|hot-?reload)(?:[._-][\w.-]*)?$"
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; `words` are the arguments, of the exec form or split at spaces."""

    name: str
    text: str
    line: int
    stage: int

    @property
    def words(self) -> tuple[str, ...]:
        if self.text.startswith("["):
            try:
                parsed = json.loads(self.text)
            except (ValueError, RecursionError):
                return tuple(self.text.split())
            return tuple(str(word) for word in parsed) if isinstance(parsed, list) else ()
        return tuple(self.text.split())


def is_dockerfile(source: Source) -> bool:
    """Whether the name says so, in one of the usual forms."""
    name = source.name.lower()
    if name.endswith((".dockerignore", ".js", ".md")):
        return False
    return name.startswith(("dockerfile", "containerfile")) or name.endswith(
        (".dockerfile", ".containerfile")
    )


def instructions(source: Source) -> list[Instruction]:
    """Every instruction in order, continued lines joined; comments are left out."""
    found: list[Instruction] = []
    stage = -1
    text, start, heredoc = "", 0, ""
    for number, raw in enumerate(source.lines, start=1):
        line = raw.strip()
        if heredoc:
            heredoc = "" if line == heredoc else heredoc
            continue
        if not line or line.startswith("#"):
            continue
        start = start or number
        joined = line.endswith(("\\", "`"))
        text += (line[:-1] if joined else line) + " "
        if joined:
            continue
        name, _, rest = text.strip().partition(" ")
        stage += name.upper() == "FROM"
        found.append(Instruction(name.upper(), rest.strip(), start, stage))
        heredoc = _heredoc(rest) if name.upper() in {"RUN", "COPY"} else ""
        text, start = "", 0
    return found


def _heredoc(text: str) -> str:
    _, mark, rest = text.partition("<<")
    word = rest.lstrip("-").split(maxsplit=1)[0] if mark and rest.strip() else ""
    return word.strip("\"'") if word.strip("\"'").isidentifier() else ""


def last_stage(found: list[Instruction]) -> list[Instruction]:
    """The instructions of the stage that becomes the image: the last that is not for developers."""
    aside = {
        each.stage
        for each in found
        if each.name == "FROM" and _BY_HAND.search(each.text) is not None
    }
    stages = {each.stage for each in found}
    last = max(stages - aside or stages, default=-1)
    return [each for each in found if each.stage == last]
