"""Reads manifests from disk and asks who can judge them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from aegis.verify.api import verify_files
from aegis.verify.report import Verification
from aegis.verify.tools import LocalTools

MAX_FILES = 20_000
MAX_FILE_BYTES = 20_000_000
_SKIPPED = frozenset({".git", ".venv", "node_modules", "__pycache__", ".terraform"})
_ENDINGS = (".yaml", ".yml", ".json", ".tf", ".tf.json", ".rules")


_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


def verify_paths(
    paths: Iterable[Path], *, crds: Iterable[Path] = (), with_tools: bool = True
) -> Verification:
    """What the real platforms would say to these files or folders, and who said it.

    Raises:
        ValueError: more files than `MAX_FILES`; the message says how to name fewer.
    """
    tools = LocalTools() if with_tools else None
    return verify_files(_read(paths), crds=_read(crds), tools=tools)


def _read(paths: Iterable[Path]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in paths:
        for file in [path] if path.is_file() else _walk(path):
            if len(found) >= MAX_FILES:
                raise ValueError(
                    f"more than {MAX_FILES:,} files: name the folders that hold manifests"
                )
            found[file.as_posix()] = file.read_bytes()[: MAX_FILE_BYTES + 1]
    return found


def _walk(folder: Path) -> Iterator[Path]:
    """Files that may be manifests, links not followed, in order; beside a kustomization or Terraform, all."""
    entries = sorted(folder.iterdir())
    whole = any(e.name in _KUSTOMIZATIONS or e.name.endswith((".tf", ".tf.json")) for e in entries)
    for entry in entries:
        if entry.is_symlink() or entry.name in _SKIPPED:
            continue
        if entry.is_dir():
            yield from _walk(entry)
        elif whole or entry.name.endswith(_ENDINGS):
            yield entry
