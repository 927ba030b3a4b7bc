"""Reviews a repository on disk; the only place where the reviewer meets git and the clock."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aegis import __version__
from aegis.base.finding import Finding
from aegis.operations.history import History, HistoryLimits, changed_since
from aegis.review.engine import Options, review_repository
from aegis.review.report.json_report import baseline as baseline_text
from aegis.review.report.json_report import json_report, read_baseline
from aegis.review.review import Review

FORMATS = ("text", "json", "sarif", "junit", "markdown", "html", "github", "gitlab")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """With what a review is compared: a file of known findings, a git revision, the past.

    `baseline` hides what was known before; `since` is a git revision, and then only what lies in
    files changed since is reported; `history` looks for credentials in every version in git.
    """

    baseline: Path | None = None
    since: str | None = None
    history: bool = False


def review_path(
    root: Path,
    options: Options,
    compared: Compared | None = None,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> Review:
    """Findings and questions about a folder; `tell` hears how far a long reading is.

    Raises:
        GitError: git does not know the revision, or the folder is no checkout.
        ValueError: the baseline is none.
    """
    compared = compared or Compared()
    if compared.baseline is not None:
        known = read_baseline(compared.baseline.read_text("utf-8"))
        options = dataclasses.replace(options, baseline=known)
    if compared.since is not None:
        changed = changed_since(root, compared.since)
        options = dataclasses.replace(options, changed=changed, only_changed=True)
    if compared.history:
        past, skipped = _past(root, tell)
        options = dataclasses.replace(options, past=past, past_skipped=skipped)
    return review_repository(root, options)


def _past(
    root: Path, tell: Callable[[str], None], limits: HistoryLimits | None = None
) -> tuple[tuple[Finding, ...], tuple[tuple[str, str], ...]]:
    """Credentials of the history, and what of it was not read."""
    from aegis.review.history import PastText, history_findings  # noqa: PLC0415 - on request only

    history = History(root, limits or HistoryLimits())

    def told() -> Iterator[PastText]:
        for text in history.texts():
            if history.read % 5000 == 0:
                tell(f"history: {history.read} texts read")
            yield text

    found = tuple(history_findings(told()))
    tell(f"history: {history.read} texts read, {len(found)} credentials found")
    return found, tuple(history.skipped)


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
    from aegis.base.report import forges  # noqa: PLC0415  # each when asked for
    from aegis.review.report import pages, text  # noqa: PLC0415

    if form == "sarif":
        from aegis.base.report.sarif import sarif_report  # noqa: PLC0415
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
