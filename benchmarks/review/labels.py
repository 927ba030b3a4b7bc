"""Hand-made labels of public repositories, and whether a review holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aegis.base.finding import Finding, Span
from aegis.review.facts.world import checks

_HEADING = re.compile(r"^### H\d+\W+(?P<owner>[\w.-]+)/(?P<name>[\w.-]+) @")
_PLACE = re.compile(r"(?P<path>[\w.\-/]*[\w.-]+)(?::(?P<lines>[\d,\s&and\-]+))?")


@dataclass(frozen=True, slots=True)
class Label:
    """One true finding: ids of the catalogue, places, severity letter."""

    repository: str
    number: str
    ids: tuple[str, ...]
    places: tuple[tuple[str, tuple[int, ...]], ...]
    severity: str
    what: str

    @property
    def codes(self) -> frozenset[str]:
        """Codes of the rules that may hold it, by the catalogue of checks."""
        return frozenset(code for each in self.ids for code in checks().get(each, ()))

    def near_any(self, places: Iterable[tuple[str, int]], *, near: int) -> bool:
        """Whether something is said near one of its places, whatever it is."""
        return any(
            _near(self.places, Span(path=path, line=max(line, 1), column=1), near)
            for path, line in places
            if path
        )

    def held_by(self, findings: list[Finding], *, near: int | None) -> bool:
        """Whether a finding of the right rule stands at one of the places.

        With `near`, within that many lines; without, anywhere in the same file. Rows about the
        whole repository ask for the rule alone.
        """
        for finding in findings:
            if finding.code in self.codes:
                spans = (*((finding.span,) if finding.span else ()), *finding.also)
                if not self.places or any(_near(self.places, span, near) for span in spans):
                    return True
        return False


def _near(places: tuple[tuple[str, tuple[int, ...]], ...], span: Span, near: int | None) -> bool:
    for path, lines in places:
        same = span.path == path or span.path.endswith(f"/{path}")
        close = near is None or not lines or any(abs(span.line - line) <= near for line in lines)
        if same and close:
            return True
    return False


def read_labels(path: Path) -> list[Label]:
    """Every row of the label file."""
    found: list[Label] = []
    repository = ""
    for line in path.read_text("utf-8").splitlines():
        heading = _HEADING.match(line)
        if heading:
            repository = heading["name"]
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if repository and line.startswith("|") and cells[0].isdigit() and len(cells) >= 5:
            found.append(
                Label(
                    repository=repository,
                    number=cells[0],
                    ids=tuple(re.findall(r"[A-Z]{3}-\d\d", cells[3])),
                    places=_places(cells[1]),
                    severity=cells[4][:1],
                    what=cells[2],
                )
            )
    return found


def _places(cell: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    if cell == "R" or cell.startswith("R "):
        return ()
    found: list[tuple[str, tuple[int, ...]]] = []
    for part in re.split(r",\s+(?=[\w./-]*[A-Za-z])|\s+and\s+", cell):
        match = _PLACE.match(part.strip())
        if match and match["path"]:
            numbers: list[int] = []
            for piece in re.findall(r"\d+(?:-\d+)?", match["lines"] or ""):
                first, _, last = piece.partition("-")
                numbers += range(int(first), int(last or first) + 1)
            found.append((match["path"], tuple(numbers)))
    return tuple(found)
