"""What an alert says: names, labels and annotations."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.plan.types import Alert, Plan
from aegis.render.shared.reading import sentence


def alert_name(alert_id: str) -> str:
    """The name of an alert as Prometheus shows it.

    >>> alert_name("ttft-burn-fast")
    'TtftBurnFast'
    """
    return "".join(word.capitalize() for word in alert_id.split("-"))


def severity_labels(plan: Plan, alert: Alert) -> dict[str, str]:
    """Severity, service and, where there is one, the objective."""
    found = {names.SEVERITY_LABEL: alert.severity, "service": plan.service, "alert_id": alert.id}
    if alert.objective:
        found[names.SLO_LABEL] = alert.objective
    return found


def annotate(plan: Plan, alert: Alert, *, note: str = "") -> dict[str, str]:
    """What happened, what to do first, and where the runbook lies in the bundle."""
    description = sentence(plan, alert.condition)
    if note:
        description += f" ({note})"
    return {
        "summary": f"{plan.service}: {alert.name}",
        "description": description,
        "first_step": sentence(plan, alert.first_step),
        names.RUNBOOK_ANNOTATION: f"runbooks/{alert.runbook}.md",
        "plan": plan.id,
    }
