"""Hand-made labels of public repositories, and whether a review holds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aegis.base.finding import Finding, Span

_HEADING = re.compile(r"^### H\d+\W+(?P<owner>[\w.-]+)/(?P<name>[\w.-]+) @")
_PLACE = re.compile(r"(?P<path>[\w.\-/]*[\w.-]+)(?::(?P<lines>[\d,\s&and\-]+))?")

# Row ids of the catalogue to codes; some rows are found by a rule with a narrower name.
FAMILIES = {
    "MDL": 200, "SEC": 250, "SRV": 300, "LLM": 339, "NET": 360, "PRM": 400, "EVL": 420,
    "REL": 440, "OBS": 460, "CST": 480, "DAT": 500, "AGT": 520,
}  # fmt: skip
ALSO = {
    "NET-01": ("AEG373", "AEG372"),
    "NET-03": ("AEG372",),
    "SRV-18": ("AEG372",),
    "DEP-01": ("AEG220",),
    "SRV-17": ("AEG450",),
    "SRV-01": ("AEG302", "AEG315"),
    "MDL-06": ("AEG206",),
    "SEC-07": ("AEG257", "AEG259", "AEG446"),
    "MDL-04": ("AEG205",),
    "EVL-01": ("AEG422",),
    "EVL-02": ("AEG421",),
    "SEC-03": ("AEG372",),
    "REL-04": ("AEG423",),
}


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
        """Codes of the rules that may hold it."""
        found: set[str] = set()
        for each in self.ids:
            family, _, number = each.partition("-")
            if family in FAMILIES:
                found.add(f"AEG{FAMILIES[family] + int(number)}")
            found.update(ALSO.get(each, ()))
        return frozenset(found)

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
