"""Briefs that do not want to know how the service is doing."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.brief.schema import Brief
from aegis.review.rule import Hit, rule

FACELESS = frozenset({"batch", "embedding", "reranking"})


@rule("AEG105", checks=Brief, severity=Severity.HIGH)
def drift_ignored(brief: Brief) -> Iterator[Hit]:
    """Drift or feedback ignored after launch.

    The world moves while the model stays. Nothing fails, no alert fires, and the answers fit the
    users' questions a little less each week; who looks at neither inputs nor feedback learns it
    from the person who stopped using the service.
    """
    if brief.monitoring.drift is False:
        yield Hit(
            "monitoring.drift",
            "nobody will see when inputs or answers move",
            mend="remove the line: drift detection needs counters, not a project",
        )
    if brief.monitoring.feedback is False and brief.workload.kind not in FACELESS:
        yield Hit(
            "monitoring.feedback",
            "the people who see the answers cannot say that one was wrong",
            mend="one button or a correction that is kept is enough to build the next evaluation set",
            severity=Severity.MEDIUM,
        )


@rule("AEG106", checks=Brief, severity=Severity.CRITICAL, hard=True)
def nobody_is_alerted(brief: Brief) -> Iterator[Hit]:
    """Production without alerts.

    A dashboard that nobody looks at is no monitoring. Without an alert the first to notice is a
    user, and the second is whoever that user calls.
    """
    if brief.monitoring.alerts is False:
        yield Hit(
            "monitoring.alerts",
            "no failure would reach a person",
            label="alerts are refused",
            mend="remove the line; if nobody is on call, alerts become tickets for the morning and "
            "the breaker acts at night",
        )


@rule("AEG139", checks=Brief, severity=Severity.MEDIUM)
def promise_nobody_keeps(brief: Brief) -> Iterator[Hit]:
    """Availability promised that the rota cannot keep.

    Four nines leave about four minutes a month: less than it takes somebody to be woken. A promise
    above what the people on call can do is broken by the first bad night.
    """
    wish = brief.objectives.availability_percent
    if wish is not None and wish > 99.95 and brief.team.on_call in {"none", "business-hours"}:
        yield Hit(
            "objectives.availability_percent",
            f"{wish:g} % is promised, and nobody is on call at night",
            mend="agree a lower objective, or staff a rota (`team.on_call`)",
        )
