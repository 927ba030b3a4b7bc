"""The risk register: the gravest failure modes, what is owed, what was waived, and who decides."""

from __future__ import annotations

from aegis.base.prose import name
from aegis.plan.case import Case
from aegis.plan.parts.risk_words import ANSWERS
from aegis.plan.parts.voice import voice_of
from aegis.plan.status import promotable
from aegis.plan.types import AcceptedWaiver, FailureMode, Risk

_WEIGHT = {"low": 1, "moderate": 2, "high": 3, "rare": 1, "possible": 2, "likely": 3}
_GRAVEST = 6


def risks(
    case: Case, modes: tuple[FailureMode, ...], waivers: tuple[AcceptedWaiver, ...]
) -> tuple[Risk, ...]:
    """The register: the gravest failure modes, what is owed, and what was waived."""
    asked = voice_of(case).asked
    worst = sorted(modes, key=lambda m: -_WEIGHT[m.likelihood] * _WEIGHT[m.impact])[:_GRAVEST]
    found = [
        Risk(
            id=f"risk-{mode.id}",
            title=mode.title,
            likelihood=mode.likelihood,
            impact=mode.impact,
            owner=ANSWERS[mode.id].owner,
            treatment=mode.automatic,
            residual="moderate" if mode.impact == "high" else "low",
            decision_asked=asked.get(mode.id, ANSWERS[mode.id].decision),
            due="before production opens",
        )
        for mode in worst
    ]
    found += _owed(case)
    found += [
        Risk(
            id=f"waiver-{w.rule.lower()}",
            title=f"`{w.rule}` was set aside by {name(w.owner)}: {name(w.reason)}",
            likelihood="likely",
            impact="moderate",
            owner="service",
            treatment="none: the waiver is the treatment, and it ends",
            residual="moderate",
            decision_asked="end the waiver, or renew it with a reason",
            due=f"by {name(w.until.isoformat())}",
            against_advice=True,
        )
        for w in waivers
    ]
    return tuple(found)


def _owed(case: Case) -> list[Risk]:
    owed = []
    brief = case.brief
    if not brief.evaluation:
        owed.append(
            Risk(
                id="risk-no-evaluation",
                title="Nobody can tell whether answers are right: no evaluation set",
                likelihood="likely",
                impact="high",
                owner="model",
                treatment="production stays closed until a set exists; building it is the first task",
                residual="low",
                decision_asked="name who labels, and give them the time",
                due="before production opens",
            )
        )
    if (brief.team.size or 9) <= 2:
        owed.append(
            Risk(
                id="risk-people",
                title="Too few people: one holiday away from nobody knowing it",
                likelihood="likely",
                impact="moderate",
                owner="business",
                treatment="the smallest platform that can work, runbooks that a newcomer followed once, and a paid vendor's "
                "support where it exists",
                residual="moderate",
                decision_asked="accept working-hours support, or fund a rota",
                due="before the first paying user",
            )
        )
    if any("budget" in reason for reason in promotable(case).because):
        owed.append(
            Risk(
                id="risk-budget",
                title="The estimate of {cost.month} does not fit the budget of {budget.month:plain} a month",
                likelihood="likely",
                impact="high",
                owner="business",
                treatment="a smaller model or a cheaper precision through the evaluation gate, a longer commitment, or less traffic",
                residual="moderate",
                decision_asked="raise the budget, or name what may give way",
                due="before production opens",
            )
        )
    if (
        case.high_impact
        and "eu" in brief.jurisdictions
        and (brief.data.retention_days or 999) < 180
    ):
        owed.append(
            Risk(
                id="risk-retention-short",
                title="Logs end after {retention.days}, and a high-risk system may have to keep them for months longer",
                likelihood="possible",
                impact="moderate",
                owner="data",
                treatment="the duration of logs is a question for counsel before the first user; redacted decisions can be kept apart",
                residual="low",
                decision_asked="settle the retention of decisions and of text separately",
                due="before production opens",
            )
        )
    if case.managed:
        owed.append(
            Risk(
                id="risk-vendor",
                title="One vendor decides about model, price and availability",
                likelihood="possible",
                impact="moderate",
                owner="business",
                treatment="one request format, a second vendor kept evaluated, budget alarms",
                residual="low",
                decision_asked="accept the dependency and review it each half-year",
                due="before production opens",
            )
        )
    return owed
