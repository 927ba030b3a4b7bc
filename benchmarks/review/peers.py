"""Other reviewers, from their wheels, over the same checkouts: findings, labels held, CPU seconds."""

from __future__ import annotations

import json
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labels import Label

Place = tuple[str, int]
TIMEOUT_S = 90


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool: what it is asked, and how its answer is read.

    `{root}` is the checkout, `{out}` a file it may write, `{files}` the files of `pattern`.
    """

    name: str
    arguments: tuple[str, ...]
    read: Callable[[str, Path], Iterator[Place]]
    pattern: str = ""


def _sarif(text: str, root: Path) -> Iterator[Place]:
    for run in json.loads(text).get("runs", []):
        for result in run.get("results", []):
            for location in result.get("locations", [])[:1]:
                place = location.get("physicalLocation", {})
                path = place.get("artifactLocation", {}).get("uri", "")
                yield _inside(path, root), int(place.get("region", {}).get("startLine", 1))


def _bandit(text: str, root: Path) -> Iterator[Place]:
    for each in json.loads(text)["results"]:
        yield _inside(each["filename"], root), int(each["line_number"])


def _detect_secrets(text: str, root: Path) -> Iterator[Place]:
    for path, found in json.loads(text)["results"].items():
        for each in found:
            yield _inside(path, root), int(each["line_number"])


def _checkov(text: str, root: Path) -> Iterator[Place]:
    documents = json.loads(text)
    for document in documents if isinstance(documents, list) else [documents]:
        for each in document.get("results", {}).get("failed_checks", []):
            yield _inside(each["file_path"], root), int(each["file_line_range"][0])


def _picklescan(text: str, root: Path) -> Iterator[Place]:
    for line in text.splitlines():
        if "dangerous import" in line:
            yield _inside(line.partition(":")[0], root), 1


def _modelscan(text: str, root: Path) -> Iterator[Place]:
    for each in json.loads(text[text.index("{") :]).get("issues", []):
        yield _inside(each.get("source", ""), root), 1


def _inside(path: str, root: Path) -> str:
    return path.removeprefix("file://").removeprefix(str(root)).lstrip("/").removeprefix("./")


PEERS = (
    Peer("bandit", ("bandit", "-q", "-r", "-f", "json", "{root}"), _bandit),
    Peer(
        "detect-secrets", ("detect-secrets", "-C", "{root}", "scan", "--all-files"), _detect_secrets
    ),
    Peer(
        "checkov",
        ("checkov", "-d", "{root}", "-o", "json", "--compact", "--quiet", "--skip-download"),
        _checkov,
    ),
    Peer("zizmor", ("zizmor", "--offline", "--format", "sarif", "{root}"), _sarif),
    Peer("hadolint", ("hadolint", "-f", "sarif", "{files}"), _sarif, "*ockerfile*"),
    Peer(
        "compose-lint", ("compose-lint", "--format", "sarif", "{files}"), _sarif, "*compose*.y*ml"
    ),
    Peer("picklescan", ("picklescan", "-p", "{root}"), _picklescan),
    Peer("modelscan", ("modelscan", "-p", "{root}", "-r", "json"), _modelscan),
)


def compare(folder: Path, roots: dict[str, Path], labels: list[Label], near: int) -> None:
    """Print a row for each peer that is installed in `folder`, and name those that are not.

    A label counts as held when anything is said within `near` lines of one of its places, by
    whatever rule: that favours the peers.
    """
    held: set[tuple[str, str]] = set()
    total, absent = 0, []
    for peer in PEERS:
        program = folder / peer.arguments[0]
        if not program.exists():
            absent.append(peer.name)
            continue
        found, seconds, failed = 0, 0.0, 0
        mine: set[tuple[str, str]] = set()
        for name, root in roots.items():
            places, spent = _ask(peer, program, root)
            seconds += spent
            failed += places is None
            found += len(places or ())
            mine |= {
                (name, each.number)
                for each in labels
                if each.repository == name and each.near_any(places or (), near=near)
            }
        held |= mine
        total += found
        cold = _cold(program)
        print(
            f"  {peer.name}: {found} findings, {len(mine)} of {len(labels)} rows,"
            f" {seconds:.1f} CPU s, alone {cold:.2f} CPU s"
            + (f", no answer on {failed}" if failed else "")
        )
    print(f"peers together: {len(held)} of {len(labels)} rows, {total} findings")
    if absent:
        print(f"  not installed here: {', '.join(absent)}")


def _ask(peer: Peer, program: Path, root: Path) -> tuple[tuple[Place, ...] | None, float]:
    files = (
        [str(each) for each in sorted(root.rglob(peer.pattern)) if each.is_file()]
        if peer.pattern
        else []
    )
    if peer.pattern and not files:
        return (), 0.0
    arguments: list[str] = [str(program)]
    for each in peer.arguments[1:]:
        arguments += files if each == "{files}" else [each.format(root=root)]
    text, spent = _run(arguments)
    try:
        return tuple(peer.read(text, root)), spent
    except (ValueError, KeyError, IndexError):
        return None, spent


def _cold(program: Path) -> float:
    return _run([str(program), "--version"])[1]


def _run(arguments: list[str]) -> tuple[str, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                arguments, capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
                stdin=subprocess.DEVNULL, cwd=folder,
            )  # fmt: skip
            text = done.stdout
        except subprocess.TimeoutExpired:
            text = ""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return text, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
