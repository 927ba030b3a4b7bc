"""Writes `docs/obligations.md` from the list of obligations and the markers of the tests.

Run it after adding a test with the marker `obligation`. With `--check` nothing is written, and the
exit code is 1 when the page is not current.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "src" / "aegis" / "review" / "obligations.yaml"
PAGE = ROOT / "docs" / "obligations.md"
_SEVERITY = {"H": "hard", "S": "strict", "N": "normal"}
_TARGET = {"P": "plan", "D": "document", "A": "artifact", "C": "conversation", "R": "reviewer"}
_KIND = {
    "s": "structure",
    "p": "generated briefs",
    "g": "golden brief",
    "a": "corpus",
    "m": "a person",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One sentence of the founding description, and what proves it."""

    id: int
    says: str
    quote: str
    line: int
    severity: str
    target: tuple[str, ...]
    kind: tuple[str, ...]
    waits: str
    tests: tuple[str, ...]

    @property
    def status(self) -> str:
        if not self.tests:
            return "waits"
        return "in part" if self.waits else "covered"


def rows() -> tuple[Row, ...]:
    """Every row in order, with the tests that name it."""
    proofs: dict[int, set[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for number, test in _marked(path):
            proofs.setdefault(number, set()).add(test)
    return tuple(
        Row(
            id=entry["id"],
            says=entry["says"],
            quote=entry["quote"],
            line=entry["line"],
            severity=entry["severity"],
            target=tuple(entry["target"]),
            kind=tuple(entry["kind"]),
            waits=entry.get("waits", ""),
            tests=tuple(sorted(proofs.get(entry["id"], ()))),
        )
        for entry in yaml.safe_load(LIST.read_text(encoding="utf-8"))
    )


def _marked(path: Path) -> Iterator[tuple[int, str]]:
    """Numbers of rows and the test that names each, without importing anything."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    place = path.relative_to(ROOT).as_posix()
    whole = [n for node in tree.body if _assigns_pytestmark(node) for n in _numbers(node)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for number in {*whole, *(n for each in node.decorator_list for n in _numbers(each))}:
                yield number, f"{place}::{node.name}"


def _assigns_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


def _numbers(node: ast.AST) -> Iterator[int]:
    for call in ast.walk(node):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "obligation"
        ):
            yield from (
                a.value
                for a in call.args
                if isinstance(a, ast.Constant) and isinstance(a.value, int)
            )


def page(found: tuple[Row, ...]) -> str:
    """The page as Markdown."""
    count = {
        status: sum(row.status == status for row in found)
        for status in ("covered", "in part", "waits")
    }
    grave = [row for row in found if row.severity in {"H", "S"}]
    proved = sum(row.status != "waits" for row in grave)
    lines = [
        "# What Aegis promises",
        "",
        "The founding description of Aegis, sentence by sentence, and the tests that prove each one. This",
        "page is written by `python scripts/obligations.py` from `src/aegis/review/obligations.yaml` and the",
        "markers of the tests; a test says when it is out of date.",
        "",
        f"Of {len(found)} rows, **{count['covered']}** are covered, **{count['in part']}** in part,",
        f"and **{count['waits']}** wait.",
        f"Of the {len(grave)} hard and strict rows, {proved} have at least one test.",
        "",
        "| row | what must hold | severity | speaks of | proved by | status |",
        "| ---: | --- | --- | --- | --- | --- |",
        *(_line(row) for row in found),
        "",
        "## What waits, and why",
        "",
        "| row | what must hold | why it waits |",
        "| ---: | --- | --- |",
        *(f"| {r.id} | {r.says} | {r.waits} |" for r in found if r.waits),
        "",
        "## Tests of each row",
        "",
    ]
    for row in found:
        lines += [
            f"### {row.id}. {row.says}",
            "",
            f"> {row.quote}",
            "",
            f"Founding description, line {row.line}.",
            "",
        ]
        lines += [f"- `{test}`" for test in row.tests] or [f"No test yet: {row.waits}."]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _line(row: Row) -> str:
    target = ", ".join(_TARGET[each] for each in row.target)
    kind = ", ".join(_KIND[each] for each in row.kind)
    proof = f"{len(row.tests)} test{'s' * (len(row.tests) != 1)}" if row.tests else "–"
    return (
        f"| [{row.id}](#{_anchor(row)}) | {row.says} | {_SEVERITY[row.severity]} | {target} ({kind}) "
        f"| {proof} | {row.status} |"
    )


def _anchor(row: Row) -> str:
    """The anchor that Markdown gives the heading of a row."""
    kept = (c for c in f"{row.id}. {row.says}".lower() if c.isalnum() or c in " -_")
    return "-".join("".join(kept).split())


def main() -> int:
    """Writes the page, or says whether it is current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    text = page(rows())
    if not arguments.check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    return int(not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != text)


if __name__ == "__main__":
    sys.exit(main())
