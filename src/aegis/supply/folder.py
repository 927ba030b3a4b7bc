"""A folder of files as names and digests, read in pieces: however large, little is in memory."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from aegis.supply.errors import OddFileError, SupplyError

PIECE = 4 * 1024 * 1024
"""Bytes that are read at once."""
AT_ONCE = 8
"""Files that are read side by side, at most."""
IGNORED = (".git",)
"""What changes without the model changing. Anything else that is left out is named by a person."""

Progress = Callable[[int, int], None]
"""Called with the bytes read so far and the bytes in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HashedFile:
    """One file: its path in the folder with forward slashes, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Every file of a folder in the order of their names, and what was left out by name."""

    name: str
    files: tuple[HashedFile, ...]
    ignored: tuple[str, ...] = ()
    follows_links: bool = False
    single: bool = False
    """It is one file, which gave the folder its name."""

    @property
    def digests(self) -> dict[str, str]:
        """SHA-256 by name."""
        return {file.name: file.sha256 for file in self.files}

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    @property
    def digest(self) -> str:
        """SHA-256 in hex: of the one file, or `dir_hash` of several."""
        return self.files[0].sha256 if self.single else self.dir_hash

    @property
    def dir_hash(self) -> str:
        """Digest of names and contents together, in hex.

        It is `dirHash` of in-toto's digest sets, which coreutils can compute as well:
        ``find . -type f | cut -c3- | LC_ALL=C sort | xargs sha256sum | sha256sum``.

        Source: in-toto/attestation, spec/v1/digest_set.md, version 1.1.
        """
        lines = sorted((file.name.encode(), file.sha256) for file in self.files)
        summary = b"".join(b"%s  %s\n" % (digest.encode(), name) for name, digest in lines)
        return hashlib.sha256(summary).hexdigest()


def hash_folder(
    root: Path, *, ignored: Sequence[str] = IGNORED, follow_links: bool = False,
    progress: Progress | None = None,
) -> Folder:  # fmt: skip
    """The digests of every file below `root`, or of `root` itself where that is a file.

    Raises:
        OddFileError: a link, a device, or a name that no manifest can carry.
        SupplyError: a file that cannot be read.
    """
    single = root.is_file()
    names = [root.name] if single else sorted(_names(root, frozenset(ignored), follow_links))
    base = base_of(root)
    sizes = [(base / name).stat().st_size for name in names]
    report = _counted(sum(sizes), progress)
    # Hashing leaves the interpreter's lock, so files are read side by side.
    with ThreadPoolExecutor(min(AT_ONCE, os.cpu_count() or 1)) as pool:
        try:
            files = list(pool.map(lambda name: _hashed(base, name, report), names))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever interrupts does not wait
            raise
    return Folder(
        name=root.resolve().name, files=tuple(files), ignored=tuple(ignored),
        follows_links=follow_links, single=single,
    )  # fmt: skip


def base_of(root: Path) -> Path:
    """The folder against which names of files are read: `root`, or that of a single file."""
    return root.parent if root.is_file() else root


def _counted(total: int, progress: Progress | None) -> Callable[[int], None]:
    """Adds up what several threads read."""
    lock, done = Lock(), 0

    def report(size: int) -> None:
        nonlocal done
        with lock:
            done += size
            if progress is not None:
                progress(done, total)

    return report


def _hashed(base: Path, name: str, report: Callable[[int], None]) -> HashedFile:
    digest, size, piece = hashlib.sha256(), 0, memoryview(bytearray(PIECE))
    try:
        with (base / name).open("rb", buffering=0) as file:
            while read := file.readinto(piece):
                digest.update(piece[:read])
                size += read
                report(read)
    except OSError as error:
        raise SupplyError(f"{base / name} cannot be read: {error.strerror}") from None
    return HashedFile(name=name, size=size, sha256=digest.hexdigest())


def _names(root: Path, ignored: frozenset[str], follow_links: bool) -> Iterator[str]:  # noqa: FBT001
    """Paths of the files below, relative and with forward slashes."""
    if not root.is_dir():
        raise SupplyError(f"{root} is neither a folder nor a file")
    for place, folders, files in os.walk(root, onerror=_unreadable):
        here = Path(place)
        inside = [(name, (here / name).relative_to(root).as_posix()) for name in folders]
        folders[:] = sorted(name for name, path in inside if path not in ignored)
        for name in (*folders, *files):
            path = (here / name).relative_to(root).as_posix()
            if path not in ignored and _is_file(here / name, follow_links=follow_links):
                yield _named(path)


def _unreadable(error: OSError) -> None:
    raise SupplyError(f"{error.filename} cannot be read: {error.strerror}")


def _is_file(path: Path, *, follow_links: bool) -> bool:
    """Whether it is a file to be read. What is neither file nor folder is no part of a model."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        if not follow_links:
            raise OddFileError(
                f"{path} is a link: what it leads to can change. Copy the folder with `cp -rL`, or "
                "follow links to files with --follow-links"
            )
        mode = _target(path)
        if stat.S_ISDIR(mode):
            raise OddFileError(f"{path} is a link to a folder: copy the folder with `cp -rL`")
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OddFileError(f"{path} is neither a file nor a folder: take it out")
    return stat.S_ISREG(mode)


def _target(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError as error:
        raise OddFileError(f"{path} is a link that leads nowhere: {error.strerror}") from None


def _named(path: str) -> str:
    """The path, if a manifest can carry it.

    Raises:
        OddFileError: it is no UTF-8, or it has a line break, by which two folders could read alike.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode(errors="backslashreplace").decode()
        raise OddFileError(f"the name `{shown}` is not UTF-8: rename the file") from None
    if "\n" in path or "\r" in path:
        raise OddFileError(f"the name {path!r} has a line break: rename the file")
    return path
