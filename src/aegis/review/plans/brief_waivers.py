"""Waivers: an owner, a reason and an end; never of a hard rule."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.review.plans.subjects import WaiverList
from aegis.review.rule import Hit, rule


@rule("AEG130", checks=WaiverList, severity=Severity.HIGH)
def expired_waiver(waivers: WaiverList) -> Iterator[Hit]:
    """Waiver whose end has passed.

    A waiver is a loan. After its end the rule speaks again, so the finding below it counts.
    """
    for i, waiver in enumerate(waivers.brief.waivers):
        if waivers.today is not None and waiver.until < waivers.today:
            yield Hit(
                f"waivers.{i}.until",
                f"the waiver of {waiver.rule} ended on {waiver.until.isoformat()}",
                mend="mend what it waived, or renew it with a reason and a later end",
            )


@rule("AEG131", checks=WaiverList, severity=Severity.CRITICAL, hard=True)
def waiver_of_a_hard_rule(waivers: WaiverList) -> Iterator[Hit]:
    """Waiver of a hard rule.

    Hard rules close the exit. One that could be waived would be waived on the evening before the
    launch, by the person under most pressure.
    """
    for i, waiver in enumerate(waivers.brief.waivers):
        if waiver.rule in waivers.hard:
            yield Hit(
                f"waivers.{i}.rule",
                f"{waiver.rule} is a hard rule and cannot be waived",
                mend="remove the waiver; `aegis explain` shows the smallest change that satisfies the rule",
            )


@rule("AEG132", checks=WaiverList, severity=Severity.MEDIUM)
def waiver_of_nothing(waivers: WaiverList) -> Iterator[Hit]:
    """Waiver of a rule that does not exist.

    Nothing is waived by it; what its author meant still stands, and somebody relies on the waiver.
    """
    for i, waiver in enumerate(waivers.brief.waivers):
        if waiver.rule.startswith("AEG1") and waiver.rule not in waivers.known:
            yield Hit(
                f"waivers.{i}.rule",
                f"there is no rule {waiver.rule}",
                mend="`aegis explain` lists the rules; remove the waiver or correct its code",
            )


@rule("AEG133", checks=WaiverList, severity=Severity.HIGH)
def waiver_of_evidence(waivers: WaiverList) -> Iterator[Hit]:
    """Waiver of the evidence that production needs.

    Evaluation, reviews and pins are not opinions to be overruled but work to be done. The waiver
    has no effect; production stays closed and staging stays open.
    """
    for i, waiver in enumerate(waivers.brief.waivers):
        if waiver.rule in waivers.evidence and waiver.rule not in waivers.hard:
            yield Hit(
                f"waivers.{i}.rule",
                f"{waiver.rule} guards production and cannot be waived",
                mend="remove the waiver and plan the work: staging may start without it",
            )
