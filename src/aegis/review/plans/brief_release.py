"""Briefs that ask for a release nobody could take back."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.brief.schema import Brief
from aegis.review.rule import Hit, rule


@rule("AEG101", checks=Brief, severity=Severity.CRITICAL, hard=True)
def everyone_at_once(brief: Brief) -> Iterator[Hit]:
    """New version for all traffic at once.

    What is wrong with a version then reaches everyone before anyone can look. A share of traffic
    first costs minutes and shows most of what would hurt.
    """
    if brief.release.strategy == "all-at-once":
        yield Hit(
            "release.strategy",
            "the brief wants every user on a new version at once",
            label="no share of traffic meets it first",
            mend="leave the strategy out and Aegis chooses one, or ask for `canary`, `blue-green`, "
            "`shadow` or `ab`",
        )


@rule("AEG108", checks=Brief, severity=Severity.CRITICAL, hard=True)
def no_automated_way_back(brief: Brief) -> Iterator[Hit]:
    """Release without an automated way back.

    A rollback that waits for a person starts when the person has woken up, found the graph and
    dared to decide. Until then every user meets the bad version.
    """
    if brief.release.rollback in {"none", "manual"}:
        yield Hit(
            "release.rollback",
            "no rollback is wanted"
            if brief.release.rollback == "none"
            else "the rollback waits for a person",
            label="nothing goes back by itself",
            mend="`automatic`: the judge of the release sends it back on evidence; people may still "
            "do so earlier",
        )


@rule("AEG109", checks=Brief, severity=Severity.CRITICAL, hard=True)
def no_staging(brief: Brief) -> Iterator[Hit]:
    """No staging environment.

    A release that was never rehearsed is rehearsed on users. Gates, load tests and the way back
    need a place where failing is allowed.
    """
    if not brief.environments.staging:
        yield Hit(
            "environments.staging",
            "there is no place to prove a release before production",
            label="production would be the first try",
            mend="a small staging is enough: the same engine and digest, one replica, synthetic data",
        )
