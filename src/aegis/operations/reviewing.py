"""Reviews a repository on disk; the only place where the reviewer meets git and the clock."""

from __future__ import annotations

import datetime
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
) -> Review:
    """Findings and questions about a folder; a baseline hides what was known before."""
    known = read_baseline(baseline.read_text("utf-8")) if baseline is not None else frozenset()
    return review_repository(
        root,
        Options(profile=Profile(profile), today=today, baseline=known, only=only, ask_all=ask_all),
    )


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
