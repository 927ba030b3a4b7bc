from __future__ import annotations

import os
import subprocess
import tracemalloc
from pathlib import Path

import pytest
from tests.supply.making import model

from aegis.supply.errors import OddFileError, SupplyError
from aegis.supply.folder import PIECE, hash_folder


def test_the_digest_of_a_folder_is_what_coreutils_compute(tmp_path: Path) -> None:
    """in-toto states `dirHash` as a pipeline of find, sort and sha256sum; both say the same."""
    root = model(tmp_path / "model")
    (root / "with a space.txt").write_text("x")
    pipeline = (
        "find . -type f | cut -c3- | LC_ALL=C sort | tr '\\n' '\\0' | xargs -0 -r sha256sum "
        "| sha256sum | cut -f1 -d' '"
    )
    said = subprocess.run(
        ["bash", "-c", pipeline], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )

    assert hash_folder(root).dir_hash == said.stdout.strip()


def test_what_git_keeps_is_no_part_of_a_model(tmp_path: Path) -> None:
    """Only `.git` at the top is left out, and the folder says so."""
    root = model(tmp_path / "model")
    before = hash_folder(root)
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text("ref: refs/heads/main")
    (root / "extra" / ".git").mkdir()
    (root / "extra" / ".git" / "HEAD").write_text("hidden")
    now = hash_folder(root)

    assert now.ignored == (".git",)
    assert {f.name for f in now.files} - {f.name for f in before.files} == {"extra/.git/HEAD"}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda p: (p / "w").symlink_to("config.json"), "is a link", id="link"),
        pytest.param(lambda p: (p / "w").symlink_to("extra"), "is a link", id="link-to-a-folder"),
        pytest.param(lambda p: os.mkfifo(p / "w"), "neither a file nor a folder", id="pipe"),
        pytest.param(lambda p: (p / "a\nb").write_text(""), "line break", id="line-break"),
        pytest.param(lambda p: (p / os.fsdecode(b"\xff")).write_text(""), "not UTF-8", id="bytes"),
    ],
)
def test_what_no_manifest_can_carry_is_refused(tmp_path: Path, make: object, says: str) -> None:
    """A list of names and digests would say less than there is."""
    root = model(tmp_path / "model")
    assert callable(make)
    make(root)

    with pytest.raises(OddFileError, match=says):
        hash_folder(root)


def test_links_to_files_are_followed_where_that_is_asked(tmp_path: Path) -> None:
    """The cache of the hub is made of them; links to folders and to nowhere stay refused."""
    root = model(tmp_path / "blobs")
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "config.json").symlink_to(root / "config.json")
    read = hash_folder(snapshot, follow_links=True)
    (snapshot / "gone").symlink_to(tmp_path / "nowhere")

    assert [f.name for f in read.files] == ["config.json"]
    with pytest.raises(OddFileError, match="leads nowhere"):
        hash_folder(snapshot, follow_links=True)


def test_a_large_file_is_read_in_pieces_with_progress(tmp_path: Path) -> None:
    """A quarter of a gigabyte takes a few pieces of memory, and every piece is reported."""
    size = 256 * 1024 * 1024
    with (tmp_path / "weights.bin").open("wb") as file:
        file.truncate(size)
    seen: list[tuple[int, int]] = []
    tracemalloc.start()
    hash_folder(tmp_path, progress=lambda done, total: seen.append((done, total)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * PIECE
    assert seen[-1] == (size, size)
    assert len(seen) == size // PIECE


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Not a folder, not a file: what and where."""
    with pytest.raises(SupplyError, match="nowhere is neither a folder nor a file"):
        hash_folder(tmp_path / "nowhere")
