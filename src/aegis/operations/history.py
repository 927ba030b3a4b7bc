"""Every version of every text that a repository's history holds, read from git's objects.

Git is the only program started, with no shell, no network, no hooks and no monitor; blobs come
from `git cat-file --batch`, so nothing is checked out and nothing of the repository is executed.
Bounds are counts and bytes, so two runs over the same history read the same blobs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from aegis.review.documents.tree import is_text_path
from aegis.review.history import PastText

_QUIET = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_SAFE = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
)
_LONGEST_NAME = 4096
_TIMEOUT_S = 60.0
_BROKEN = " broken"


class GitError(Exception):
    """Git could not answer; the message is git's own."""


@dataclass(frozen=True, slots=True)
class HistoryLimits:
    """Bounds of what is read of a history; sizes in bytes."""

    objects: int = 2_000_000
    texts: int = 200_000
    text_size: int = 1_000_000
    total_size: int = 1_000_000_000


@dataclass(slots=True)
class History:
    """Texts of the past, newest commit first, and what was left out; read it once."""

    root: Path
    limits: HistoryLimits = field(default_factory=HistoryLimits)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    read: int = 0

    def texts(self) -> Iterator[PastText]:
        """Each blob once, under the newest commit that holds it; the present is left out.

        Raises:
            GitError: the folder is no checkout.
        """
        prefix = git(self.root, "rev-parse", "--show-prefix").strip()
        present = {
            line.split(b"\t", 1)[0].split()[2].decode()
            for line in _present(self.root)
            if line.count(b"\t") == 1
        }
        wanted = self._wanted(prefix, present)
        total = 0
        with _Blobs(self.root) as blobs:
            for commit, blob, path in wanted:
                if self.read >= self.limits.texts or total > self.limits.total_size:
                    self._leave(f"the rest of {len(wanted)} texts", "more than the bounds allow")
                    return
                size = blobs.size(blob)
                if size is None:
                    continue
                small = 0 <= size <= self.limits.text_size
                data = blobs.read(blob, size) if small else None
                if data is None:
                    reason = "missing" if size < 0 else f"{size} bytes, more than the bound"
                    self._leave(f"{path} in {commit[:12]}", reason)
                    continue
                self.read += 1
                total += len(data)
                if b"\0" not in data[:8192]:
                    yield PastText(commit=commit, path=path.removeprefix(prefix), data=data)

    def _wanted(self, prefix: str, present: set[str]) -> list[tuple[str, str, str]]:
        """Commit, blob and path of every text that may be read, each blob once."""
        found: list[tuple[str, str, str]] = []
        seen = set(present)
        commit = ""
        for number, line in enumerate(_objects(self.root)):
            if number >= self.limits.objects:
                self._leave("older commits", f"more than {self.limits.objects} objects")
                break
            if line == _BROKEN:
                self._leave("older commits", "git cannot list every object; `git fsck` says which")
                break
            if line.startswith("?"):
                self._leave(f"object {line[1:13]}", "not in this clone")
                continue
            name, space, path = line.rstrip("\n").partition(" ")
            if not space:
                commit = name  # the root folder has a space and an empty path
                continue
            if name not in seen and path.startswith(prefix) and is_text_path(path):
                seen.add(name)
                found.append((commit, name, path))
        return found

    def _leave(self, path: str, reason: str) -> None:
        if len(self.skipped) < 100:
            self.skipped.append((path, f"in the history: {reason}"))


def git(root: Path, *arguments: str) -> str:
    """What a short git command prints.

    Raises:
        GitError: git failed, is missing, or did not answer in time.
    """
    try:
        done = subprocess.run(  # noqa: S603  # git itself, no shell
            _command(root, *arguments),
            capture_output=True, text=True, check=False, timeout=_TIMEOUT_S, env=_environment(),
            encoding="utf-8", errors="backslashreplace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(f"git did not answer: {type(error).__name__}") from None
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise GitError(said[0] if said else "git failed")
    return done.stdout


def _command(root: Path, *arguments: str) -> list[str]:
    return ["git", *_SAFE, "-C", str(root), *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, **_QUIET}


def _present(root: Path) -> list[bytes]:
    """Entries of the newest commit; none before the first."""
    try:
        return git(root, "ls-tree", "-r", "-z", "--full-tree", "HEAD").encode().split(b"\0")
    except GitError:
        return []


def _objects(root: Path) -> Iterator[str]:
    """Commits with the objects that each brought, newest first, one a line."""
    with subprocess.Popen(  # noqa: S603
        _command(root, "rev-list", "--objects", "--in-commit-order", "--missing=print", "--all"),
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(),
        text=True, encoding="utf-8", errors="backslashreplace",
    ) as process:  # fmt: skip
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        try:
            while line := process.stdout.readline(_LONGEST_NAME):
                yield line
            if process.wait():
                yield _BROKEN
        finally:
            process.kill()


class _Blobs:
    """Two `git cat-file`: one says how large a blob is, the other gives those that are not."""

    def __init__(self, root: Path) -> None:
        self._sizes, self._texts = (
            subprocess.Popen(  # noqa: S603
                _command(root, "cat-file", how),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=_environment(),
            )
            for how in ("--batch-check", "--batch")
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in (self._sizes, self._texts):
            process.kill()
            process.communicate()

    def size(self, name: str) -> int | None:
        """Bytes of a blob; nothing for a folder, -1 for what is missing."""
        head = _asked(self._sizes, name)
        if len(head) != 3:
            return -1
        return int(head[2]) if head[1] == b"blob" else None

    def read(self, blob: str, size: int) -> bytes | None:
        """The bytes of a blob of that size; nothing when git has ended."""
        stdout = self._texts.stdout
        if not _asked(self._texts, blob) or stdout is None:
            return None
        data = stdout.read(size)
        stdout.read(1)
        return data


def _asked(process: subprocess.Popen[bytes], blob: str) -> list[bytes]:
    """The words of the line that answers for one object; none when git has ended."""
    if process.stdin is None or process.stdout is None:
        return []
    try:
        process.stdin.write(f"{blob}\n".encode())
        process.stdin.flush()
    except OSError:
        return []
    return process.stdout.readline(_LONGEST_NAME).split()


def changed_since(root: Path, revision: str) -> frozenset[str]:
    """Paths below the folder that differ from a revision, untracked files included.

    Raises:
        GitError: git does not know the revision, or the folder is no checkout.
    """
    if revision.startswith("-"):
        raise GitError(f"`{revision}` is no revision")
    found: set[str] = set()
    for arguments in (
        ("diff", "--name-only", "--relative", "-z", revision, "--"),
        ("ls-files", "--others", "--exclude-standard", "-z"),
    ):
        found |= {name for name in git(root, *arguments).split("\0") if name}
    return frozenset(found)
