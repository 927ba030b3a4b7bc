"""Briefs whose reviews are missing or skipped; high impact makes them evidence for production."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.brief.schema import LLM_KINDS, Brief, Review
from aegis.review.rule import Hit, rule

MEND = "name an owner and a date; `status: done` with a `reference` when it is"


def _missing(brief: Brief, review: Review) -> bool:
    return bool(brief.high_impact) and review.status in {"missing", "planned"}


def _message(brief: Brief, what: str, review: Review) -> str:
    status = "planned, not done" if review.status == "planned" else "missing"
    return f"high impact ({brief.high_impact[0]}): {what} is {status}"


@rule("AEG110", checks=Brief, severity=Severity.HIGH)
def security_review_not_done(brief: Brief) -> Iterator[Hit]:
    """High impact without a finished security review.

    What an attacker can reach is changed cheaply on paper and dearly in production. Staging may
    start; production waits for the findings to be closed or accepted by name.
    """
    if _missing(brief, brief.reviews.security):
        yield Hit(
            "reviews.security",
            _message(brief, "the security review", brief.reviews.security),
            mend=MEND,
        )


@rule("AEG111", checks=Brief, severity=Severity.HIGH)
def compliance_assessment_not_done(brief: Brief) -> Iterator[Hit]:
    """High impact without a finished compliance assessment.

    Which laws and frameworks apply is for specialists to say. Aegis lists what may apply and
    collects the evidence; it signs nothing off.
    """
    if _missing(brief, brief.reviews.compliance):
        yield Hit(
            "reviews.compliance",
            _message(brief, "the compliance assessment", brief.reviews.compliance),
            mend=MEND,
        )


@rule("AEG112", checks=Brief, severity=Severity.HIGH)
def red_teaming_not_done(brief: Brief) -> Iterator[Hit]:
    """High impact without red-teaming.

    Somebody will try. People who did not build the system find in days what users with bad
    intentions find in weeks, and their successes become evaluation cases.
    """
    if _missing(brief, brief.reviews.red_team):
        yield Hit(
            "reviews.red_team", _message(brief, "red-teaming", brief.reviews.red_team), mend=MEND
        )


@rule("AEG113", checks=Brief, severity=Severity.CRITICAL, hard=True)
def review_skipped(brief: Brief) -> Iterator[Hit]:
    """Review that must not be skipped.

    A security review is never skipped, whatever the impact. Where a wrong answer can do serious
    harm, neither are the compliance assessment and red-teaming. They can be made small: an agenda
    of an hour and a half finds most of what matters.
    """
    grave = bool(brief.high_impact)
    for name, review, always in (
        ("security", brief.reviews.security, True),
        ("compliance", brief.reviews.compliance, False),
        ("red_team", brief.reviews.red_team, False),
    ):
        if review.status == "skip" and (always or grave):
            yield Hit(
                f"reviews.{name}.status",
                f"`{name}` is to be skipped"
                + (" although the impact is high" if grave and not always else ""),
                label="cannot be skipped",
                mend="`planned`, with an owner and a date; staging may start meanwhile",
            )


@rule("AEG114", checks=Brief, severity=Severity.MEDIUM)
def review_waved_away(brief: Brief) -> Iterator[Hit]:
    """Review skipped below high impact.

    It may be right to skip it; then the reason belongs into a waiver with an owner and an end,
    because impact grows with use and nobody remembers what was skipped.
    """
    if brief.high_impact:
        return
    if brief.reviews.compliance.status == "skip":
        yield Hit("reviews.compliance.status", "the compliance assessment is to be skipped",
                  mend="`planned`, or a waiver of this rule with owner, reason and end")  # fmt: skip
    if brief.reviews.red_team.status == "skip" and brief.workload.kind in LLM_KINDS:
        yield Hit("reviews.red_team.status", "red-teaming of a language model is to be skipped",
                  mend="half a day by two people from another team is a start",
                  severity=Severity.HIGH)  # fmt: skip


@rule("AEG136", checks=Brief, severity=Severity.HIGH)
def impact_understated(brief: Brief) -> Iterator[Hit]:
    """Impact called lower than its area.

    Credit, employment, health and the like are areas where a wrong answer changes a life. Aegis
    plans as if the impact were high, whatever the word says.
    """
    if brief.impact.areas and brief.impact.level in {"low", "moderate"}:
        areas = ", ".join(brief.impact.areas)
        yield Hit(
            "impact.level",
            f"the area is {areas}, the level is called {brief.impact.level}",
            mend="`high`; counsel may say otherwise for your case, in writing",
        )


@rule("AEG137", checks=Brief, severity=Severity.HIGH)
def no_person_decides(brief: Brief) -> Iterator[Hit]:
    """High impact without a person who decides.

    Several laws ask for human oversight here, and every post-mortem of such a system asks who
    could have stopped it.
    """
    if brief.high_impact and brief.impact.human_review is False:
        yield Hit(
            "impact.human_review",
            "nobody looks before something happens to a person",
            mend="let a person confirm what cannot be undone, and measure how often they disagree",
        )
