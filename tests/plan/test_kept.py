"""What the retention decision chose is what every other part of the plan says."""

import re
from collections.abc import Iterator

import pytest
from tests.plan.test_planner import EVERY, PLANS

from aegis.plan.types import Plan
from aegis.render.gateway.policy import policy

NOT_REDACTED = [p for p in EVERY if PLANS[str(p.id)].chosen("data-retention") != "redacted"]
LANGUAGE = [p for p in EVERY if PLANS[str(p.id)].llm_controls]


def _about_the_record(plan: Plan) -> Iterator[str]:
    """Every sentence on what is stored and read of requests, outside the decision itself."""
    for control in plan.controls:
        if control.id == "privacy":
            yield from (control.title, control.what, control.test)
    yield from (flow.label for flow in plan.flows if flow.target == "audit")
    yield from (c.does for c in plan.components if c.id == "audit")
    for each in plan.llm_controls:
        if each.id in {"prompt-logging", "evaluation-harness"}:
            yield from (each.what, each.privacy)
    yield from (line for _, lines in plan.incident.branches for line in lines)
    yield from (alert.first_step for alert in plan.alerts)
    for runbook in plan.runbooks:
        if runbook.id == "guardrail-shift":
            yield from runbook.diagnose


@pytest.mark.parametrize("plan", NOT_REDACTED)
def test_nothing_is_called_redacted_that_is_kept_as_sent_or_not_at_all(plan: Plan) -> None:
    """A reader of the controls, the diagram or a runbook is told what the decision says."""
    assert [
        t for t in _about_the_record(plan) if re.search(r"redact|\bmask", t, re.IGNORECASE)
    ] == []


@pytest.mark.parametrize("plan", EVERY)
def test_a_retention_of_no_days_keeps_nothing(plan: Plan) -> None:
    """Who may keep nothing is not told to keep everything as sent."""
    if plan.brief.data.retention_days == 0:
        assert plan.chosen("data-retention") == "none"


@pytest.mark.parametrize("plan", LANGUAGE)
def test_who_may_read_the_record_is_the_same_on_the_page_and_in_the_policy(plan: Plan) -> None:
    """Two people for sensitive classes, one named role otherwise, in words and in the file."""
    said = next(c for c in plan.llm_controls if c.id == "prompt-logging").privacy
    audit = policy(plan).audit

    assert ("two people" in said) == (audit.readers == "two-person")
    assert ("redaction" in said) == (audit.keep == "redacted")
