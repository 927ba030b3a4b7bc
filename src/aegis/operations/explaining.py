"""Why a rule exists, and why a decision fell as it did."""

from __future__ import annotations

import difflib

from aegis.base.finding import Certainty
from aegis.base.say import say
from aegis.brief.read import PAGES
from aegis.operations.results import ExplainResult
from aegis.plan.types import Plan
from aegis.review.plans import ALL as PLAN_RULES
from aegis.review.rule import Rule
from aegis.review.rules import REPOSITORY_RULES
from aegis.verify.report import ALL_CHECKS


class UnknownIdError(Exception):
    """No such rule or decision; the message names the nearest."""


def explain_rule(code: str) -> ExplainResult:
    """A rule's title, reason and references, by code or name."""
    wanted = code.strip()
    for rule in _all_rules():
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            parts = [rule.why, _heard(rule)]
            if rule.hard:
                parts.append("This is a hard rule: it cannot be waived, and it closes the exit.")
            if rule.refs:
                parts.append("References: " + "; ".join(rule.refs))
            return ExplainResult(id=rule.code, title=rule.title, text="\n\n".join(parts))
    for check in ALL_CHECKS:
        if wanted.upper() == check.code or wanted.lower() == check.name:
            return ExplainResult(
                id=check.code, title=check.title, text=f"{check.why}\n\n{check.mend}"
            )
    if wanted.upper() in PAGES:
        name, title = PAGES[wanted.upper()]
        return ExplainResult(
            id=wanted.upper(),
            title=title,
            text=f"`{name}`: reading the brief found it; the message says where.",
        )
    known = [word for r in _all_rules() for word in (r.code, r.name)]
    known += [word for c in ALL_CHECKS for word in (c.code, c.name)] + list(PAGES)
    digits = wanted[-3:].isdigit()  # another number is no hint
    close = () if digits else difflib.get_close_matches(wanted, known, n=3, cutoff=0.4)
    raise UnknownIdError(
        f"there is no rule `{wanted}`" + (f"; did you mean {', '.join(close)}?" if close else "")
    )


_SPEAKS = {
    "gate": "in every profile",
    "review": "in the profiles review and audit",
    "audit": "in the profile audit",
}


def _heard(rule: Rule) -> str:
    """How much the rule weighs, whether it asks, and which profiles of `aegis review` hold it."""
    heard = f"Severity {rule.severity.value}"
    if rule.certainty is Certainty.ASK:
        heard += ", as a question"
    if rule.code >= "AEG200":
        heard += f"; it speaks {_SPEAKS[rule.profile.value]}"
    return f"{heard}."


def _all_rules() -> tuple[Rule, ...]:
    return (*PLAN_RULES, *REPOSITORY_RULES)


def explain_decision(plan: Plan, decision_id: str) -> ExplainResult:
    """One decision of a plan in words: chosen, reasons, rejected with why, when to revisit."""
    by_id = {d.id: d for d in plan.decisions}
    decision = by_id.get(decision_id)
    if decision is None:
        close = difflib.get_close_matches(decision_id, by_id, n=3, cutoff=0.3) or sorted(by_id)
        raise UnknownIdError(f"the plan has no decision `{decision_id}`; it has {', '.join(close)}")
    n = plan.numbers
    lines = [say(decision.question, n), "", f"{say(decision.title, n)}."]
    lines += [f"- {say(r, n)}" for r in decision.reasons]
    lines += ["", "Considered:"]
    for option in decision.options:
        lines.append(f"- {option.name}: {option.verdict}. {say(option.because, n)}.")
        lines.append(
            f"  for it: {say(option.advantage, n)}; against it: {say(option.drawback, n)}."
        )
    second = decision.second_order
    lines += [
        "",
        "Second-order effects:",
        f"- cognitive load: {say(second.cognitive_load, n)}",
        f"- maintenance: {say(second.maintenance, n)}",
        f"- lock-in: {say(second.lock_in, n)}",
        f"- compliance drift: {say(second.compliance_drift, n)}",
        "",
        f"Revisit when {say(decision.revisit_when, n)}. Shown by {say(decision.shown_by, n)}.",
    ]
    return ExplainResult(id=decision.id, title=say(decision.title, n), text="\n".join(lines))
