"""Python dependencies as they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.review.documents.source import Source
from aegis.review.facts.types import Dependency

_LINE = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*(?P<spec>[^;#]*)")
_PINNED = re.compile(
    r"===?\s*\d[^*]*$|~=\s*\d+\.\d+\.\d+|>=?[^,]+,\s*<=?\s*\d|@\s*\S+@[0-9a-f]{40}|--hash"
)


# Every version of a line but its mends: `==1.4.*`, `~=1.4.2`.
_PATCHES = re.compile(r"==\s*\d+\.\d+\.\*$")


def is_requirements(source: Source) -> bool:
    """Whether the name is that of a requirements file for a running service."""
    name = source.name.lower()
    return (
        name.startswith("requirements")
        and name.endswith(".txt")
        and not re.search(r"dev|test|doc|lint|build|ci\b", name)
        and not re.search(r"(?:^|/)(?:build|ci|\.github|scripts|tools)/", source.path)
    )


def requirement_facts(source: Source) -> Iterator[Dependency]:
    """One fact per named package."""
    for number, line in enumerate(source.lines, start=1):
        text = line.strip()
        if not text or text.startswith(("#", "-", "http", "git+", ".")):
            continue
        match = _LINE.match(text)
        if match:
            yield Dependency(
                span=source.at(number, 1, len(line.rstrip()) + 1),
                name=match["name"],
                pinned=_PINNED.search(match["spec"].strip()) is not None,
                file=source.path,
                only_patches=_PATCHES.fullmatch(match["spec"].strip()) is not None,
            )
