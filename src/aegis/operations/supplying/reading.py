"""Folders and options as the commands hand them over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from aegis.supply.errors import SupplyError
from aegis.supply.folder import IGNORED, Folder, Progress, hash_folder

Say = Callable[[str], None]
_OFTEN = 1_000_000_000
"""Bytes between two lines of progress."""


def read_folder(
    path: Path, say: Say, *, ignored: Sequence[str] = IGNORED, follow_links: bool = False,
    may_be_empty: bool = False,
) -> Folder:  # fmt: skip
    """The digests of a folder or file; a line of progress for every gigabyte.

    Raises:
        SupplyError: something in it cannot be read, or there is nothing in it.
    """
    report = _progress(path, say)
    read = hash_folder(path, ignored=ignored, follow_links=follow_links, progress=report)
    if not read.files and not may_be_empty:
        raise SupplyError(f"{path} holds no file: there is nothing to vouch for")
    return read


def _progress(path: Path, say: Say) -> Progress:
    said = 0

    def report(done: int, total: int) -> None:
        nonlocal said
        if total >= _OFTEN and (done - said >= _OFTEN or done == total):
            said = done
            say(f"{path.name}: {done / 1e9:,.1f} of {total / 1e9:,.1f} GB read")

    return report


def named(given: tuple[str, ...]) -> dict[str, Path]:
    """`NAME=PATH`, or a path that is called as its last part.

    Raises:
        SupplyError: no such path, or two of one name.
    """
    found: dict[str, Path] = {}
    for text in given:
        name, mark, rest = text.partition("=")
        path = Path(rest) if mark and not Path(text).exists() else Path(text)
        title = name if mark and path == Path(rest) else path.resolve().name
        if not path.exists():
            raise SupplyError(f"{path} does not exist")
        if title in found:
            raise SupplyError(f"two things are called `{title}`: name them apart with NAME=PATH")
        found[title] = path
    return found


def outside(out: Path, folder: Path) -> None:
    """Nothing, unless a key, or what is written about a folder, lies in that folder.

    Raises:
        SupplyError: it does; what is in the folder is what is vouched for.
    """
    if folder.is_dir() and out.resolve().is_relative_to(folder.resolve()):
        raise SupplyError(f"{out} is in {folder}, which is handed on: keep it beside the folder")


def write(path: Path, text: str) -> None:
    """A text where there may be an older one; whole or not at all.

    Raises:
        SupplyError: it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        raise SupplyError(f"{path} cannot be written: {error.strerror}") from None


def read_text(path: Path) -> str:
    """A text of somebody else's.

    Raises:
        SupplyError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise SupplyError(f"{path} is no text") from None
    except OSError as error:
        raise SupplyError(f"{path} cannot be read: {error.strerror}") from None
