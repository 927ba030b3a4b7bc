"""The exits: what every brief, plan, bundle and text has to pass before it leaves."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from aegis.base.artifact import Artifact
from aegis.base.finding import Finding
from aegis.brief.schema import Brief
from aegis.plan.types import Plan
from aegis.review.plans import ALL, BLOCKS_PRODUCTION
from aegis.review.plans.subjects import Bundle, PageText, WaiverList
from aegis.review.rule import check

HARD = frozenset(rule.code for rule in ALL if rule.hard)
KNOWN = frozenset(rule.code for rule in ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Findings after the waivers of the brief were heard."""

    stand: tuple[Finding, ...]
    set_aside: tuple[Finding, ...]


def judge_brief(brief: Brief, today: datetime.date | None = None) -> tuple[Finding, ...]:
    """What is wrong with a brief, worst first; `today` lets it see which waivers have ended."""
    waivers = WaiverList(
        brief=brief, today=today, known=KNOWN, hard=HARD, evidence=BLOCKS_PRODUCTION
    )
    return _ordered((*check(ALL, brief), *check(ALL, waivers)))


def judge_plan(plan: Plan) -> tuple[Finding, ...]:
    """What a plan lacks or promises wrongly, worst first. Its brief is judged by `judge_brief`."""
    return tuple(check(ALL, plan))


def judge_bundle(bundle: Bundle) -> tuple[Finding, ...]:
    """What may not stand in the files of a plan, worst first."""
    return tuple(check(ALL, bundle))


def bundle_of(plan: Plan, artifacts: Iterable[Artifact]) -> Bundle:
    """The files of a plan as a subject, with what the plan demands of them."""
    air_gapped = plan.brief.placement.where == "air-gapped"
    return Bundle(plan_id=plan.id, artifacts=tuple(artifacts), air_gapped=air_gapped)


def judge_text(text: str, *, path: str = "text", plan: Plan | None = None) -> tuple[Finding, ...]:
    """What may not stand in a text for people, worst first; with a plan, its figures as well."""
    return tuple(check(ALL, PageText(text=text, path=path, plan=plan)))


def refuses(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of hard rules: nothing leaves while there is one."""
    return tuple(finding for finding in findings if finding.hard)


def blocks_production(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that close production and leave staging open."""
    return tuple(f for f in findings if not f.hard and f.code in BLOCKS_PRODUCTION)


def hear_waivers(
    findings: Iterable[Finding], brief: Brief, today: datetime.date | None = None
) -> Judged:
    """Sets aside what the brief waives: neither hard rules nor the evidence for production.

    A waiver whose end is before `today` has no effect any more.
    """
    waived = {
        waiver.rule
        for waiver in brief.waivers
        if (today is None or waiver.until >= today)
        and waiver.rule not in HARD
        and waiver.rule not in BLOCKS_PRODUCTION
    }
    stand: list[Finding] = []
    aside: list[Finding] = []
    for finding in findings:
        (aside if finding.code in waived and not finding.hard else stand).append(finding)
    return Judged(stand=tuple(stand), set_aside=tuple(aside))


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.sort_key))
