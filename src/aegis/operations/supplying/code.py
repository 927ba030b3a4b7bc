"""A working copy of code as a link: its commit, and that nothing in it differs from it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from aegis.operations.history import GitError, git
from aegis.supply.errors import SupplyError
from aegis.supply.links import Link, Role

_STRICT = ("-c", "core.trustctime=true", "-c", "core.checkStat=default", "-c", "core.fileMode=true")


def code_link(name: str, root: Path) -> Link:
    """The commit that is checked out at `root`.

    Git runs without hooks and network. A filter that the copy's own configuration names would run, so
    point it at copies of yours.

    Files that are not those of the commit are the link's problem.

    Raises:
        SupplyError: no repository, or no commit.
    """
    try:
        commit = git(root, "rev-parse", "--verify", "HEAD").strip()
        changed = git(
            root,
            *_STRICT,
            "status",
            "--porcelain",
            "--untracked-files=all",
            "--ignore-submodules=none",
        )
        hidden = [
            line for line in git(root, "ls-files", "-v").splitlines() if line[:1] not in "HRC"
        ]
        remote = _remote(root)
    except GitError as error:
        raise SupplyError(f"{root} is no repository with a commit: {error}") from None
    return Link(
        role=Role.CODE, name=name, digest={"gitCommit": commit}, uri=remote,
        problem=_problem(root, commit, changed, hidden),
    )  # fmt: skip


def _problem(root: Path, commit: str, changed: str, hidden: list[str]) -> str:
    lines = [*changed.splitlines(), *(f"{line} (git was told not to look)" for line in hidden)]
    if not lines:
        return ""
    return f"{root} is not what {commit[:12]} is: `{lines[0].strip()}`. Commit it, let git ignore it, or take it out"


def _remote(root: Path) -> str:
    """Where the code comes from, without user, password or query."""
    try:
        found = git(root, "config", "--get", "remote.origin.url").strip()
    except GitError:
        return ""
    if "://" not in found:
        return ""  # a path of this machine, or a name that only an ssh client resolves
    parts = urlsplit(found)
    if parts.scheme not in {"http", "https", "ssh", "git"} or not parts.hostname:
        return ""
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return "git+" + urlunsplit((parts.scheme, host, parts.path, "", ""))
