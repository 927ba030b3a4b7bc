"""Reviews a repository on disk; the only place where the reviewer meets git and the clock."""

from __future__ import annotations

import datetime
import subprocess
from pathlib import Path

from aegis import __version__
from aegis.review.engine import Options, review_repository
from aegis.review.report.json_report import baseline as baseline_text
from aegis.review.report.json_report import json_report, read_baseline
from aegis.review.review import Review
from aegis.review.rule import Profile

FORMATS = ("text", "json", "sarif", "junit", "markdown", "html", "github", "gitlab")


def review_path(
    root: Path,
    *,
    profile: str,
    today: datetime.date,
    baseline: Path | None = None,
    only: frozenset[str] = frozenset(),
    ask_all: bool = False,
    since: str | None = None,
) -> Review:
    """Findings and questions about a folder.

    A baseline hides what was known before; `since` is a git revision, and then only what lies in
    files changed since is reported.

    Raises:
        NoSuchRevisionError: git does not know `since`, or the folder is no checkout.
    """
    known = read_baseline(baseline.read_text("utf-8")) if baseline is not None else frozenset()
    changed = changed_since(root, since) if since is not None else frozenset()
    return review_repository(
        root,
        Options(
            profile=Profile(profile),
            today=today,
            baseline=known,
            only=only,
            ask_all=ask_all,
            changed=changed,
            only_changed=since is not None,
        ),
    )


class NoSuchRevisionError(Exception):
    """Git cannot say what changed; the message is git's own."""


def changed_since(root: Path, revision: str) -> frozenset[str]:
    """Paths below the folder that differ from a revision, untracked files included."""
    if revision.startswith("-"):
        raise NoSuchRevisionError(f"`{revision}` is no revision")
    found: set[str] = set()
    for arguments in (
        ("diff", "--name-only", "--relative", "-z", revision, "--"),
        ("ls-files", "--others", "--exclude-standard", "-z"),
    ):
        done = subprocess.run(  # noqa: S603  # git itself, no shell, a checked revision
            ["git", "-C", str(root), *arguments],  # noqa: S607  # the git of the user's path
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        if done.returncode != 0:
            raise NoSuchRevisionError(
                done.stderr.strip().splitlines()[0] if done.stderr else "git failed"
            )
        found |= {name for name in done.stdout.split("\0") if name}
    return frozenset(found)


def mend(root: Path, review: Review, *, write: bool) -> str:
    """The patch of every mend that is safe and exact; written to the files when asked."""
    from aegis.review import fix  # noqa: PLC0415  # only for mends

    found = fix.fixes(root, review)
    text = fix.patch(root, found)
    if write:
        fix.apply(root, found)
    return text


def report(review: Review, form: str) -> str:
    """The review in one of `FORMATS`."""
    from aegis.review.report import forges, pages, text  # noqa: PLC0415  # each when asked for

    if form == "sarif":
        from aegis.review.report.sarif import sarif_report  # noqa: PLC0415
        from aegis.review.rules import REPOSITORY_RULES  # noqa: PLC0415

        return sarif_report(review, tuple(REPOSITORY_RULES), version=__version__)
    writers = {
        "text": text.text_report,
        "json": json_report,
        "junit": forges.junit_report,
        "markdown": pages.markdown_report,
        "html": pages.html_report,
        "github": forges.github_report,
        "gitlab": forges.gitlab_report,
    }
    return writers[form](review)


def new_baseline(review: Review) -> str:
    """A baseline file for the findings of a review: fingerprints only."""
    return baseline_text(review)
