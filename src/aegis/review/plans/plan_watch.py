"""Plans under which nobody would notice."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.base.slo import SliKind
from aegis.plan.types import Plan
from aegis.review.rule import Hit, rule

AI_KINDS = (
    SliKind.ACCURACY,
    SliKind.CALIBRATION,
    SliKind.GROUNDEDNESS,
    SliKind.TOXICITY,
    SliKind.SATISFACTION,
)


@rule("AEG150", checks=Plan, severity=Severity.CRITICAL, hard=True)
def objective_nobody_measures(plan: Plan) -> Iterator[Hit]:
    """Objective whose metric nobody emits.

    An objective without a measurement is a wish. Each one names a metric and the component that
    emits it, and that component has to list the metric.
    """
    emits = {component.id: component.emits for component in plan.components}
    if not any(objective.kind is SliKind.AVAILABILITY for objective in plan.objectives):
        yield Hit("plan.objectives", "no objective says whether the service works at all")
    for objective in plan.objectives:
        if objective.metric not in emits.get(objective.emitted_by, ()):
            yield Hit(
                f"plan.objectives.{objective.id}",
                f"`{objective.emitted_by}` does not emit `{objective.metric}`",
                mend="name the component that exports the metric, or another metric",
            )


@rule("AEG151", checks=Plan, severity=Severity.CRITICAL, hard=True)
def objective_without_alert(plan: Plan) -> Iterator[Hit]:
    """Objective that alerts nobody.

    An objective that is missed in silence is found by its users. Each one has an alert, a page or
    a ticket.
    """
    alerted = {alert.objective for alert in plan.alerts}
    if not plan.alerts:
        yield Hit("plan.alerts", "the plan has no alert")
        return
    for objective in plan.objectives:
        if objective.id not in alerted:
            yield Hit(
                f"plan.objectives.{objective.id}",
                f"nobody hears when {objective.name} is missed",
                mend="a burn-rate alert, a failed verdict, or a ticket",
            )


@rule("AEG152", checks=Plan, severity=Severity.HIGH)
def alert_without_runbook(plan: Plan) -> Iterator[Hit]:
    """Alert without a runbook.

    Whoever is woken needs the next step, not a riddle. Each alert names a runbook that exists and
    says how to detect, diagnose, mitigate and verify.
    """
    runbooks = {runbook.id: runbook for runbook in plan.runbooks}
    for alert in plan.alerts:
        runbook = runbooks.get(alert.runbook)
        if runbook is None:
            yield Hit(f"plan.alerts.{alert.id}", f"there is no runbook `{alert.runbook}`")
            continue
        for part in ("detect", "diagnose", "mitigate", "verify"):
            if not getattr(runbook, part):
                yield Hit(f"plan.runbooks.{runbook.id}.{part}", f"the runbook does not {part}")


@rule("AEG185", checks=Plan, severity=Severity.MEDIUM)
def alert_on_an_unknown_metric(plan: Plan) -> Iterator[Hit]:
    """Alert on a metric that no component emits.

    Such an alert never fires, and its silence looks like health.
    """
    emitted = {metric for component in plan.components for metric in component.emits}
    for alert in plan.alerts:
        if alert.metric not in emitted:
            yield Hit(f"plan.alerts.{alert.id}", f"no component emits `{alert.metric}`")


@rule("AEG170", checks=Plan, severity=Severity.HIGH)
def quality_left_out(plan: Plan) -> Iterator[Hit]:
    """Quality indicator neither measured nor ruled out.

    Accuracy, calibration, groundedness, toxicity and user satisfaction are each an objective, or
    absent for a reason that the plan states. Availability alone says that a wrong answer arrived
    in time.
    """
    measured = {objective.kind for objective in plan.objectives}
    ruled_out = {absent.kind: absent.reason for absent in plan.not_applicable}
    for kind in AI_KINDS:
        if kind not in measured and not ruled_out.get(kind, "").strip():
            yield Hit("plan.not_applicable", f"nothing is said about {kind.value}",
                      mend="an objective in `objectives.quality`, or the reason why not")  # fmt: skip


@rule("AEG165", checks=Plan, severity=Severity.HIGH)
def drift_unwatched(plan: Plan) -> Iterator[Hit]:
    """Silent drift is nobody's failure mode.

    Drift is the failure with no error in the log. The plan names it among its failure modes, with
    an alert of its own and a runbook.
    """
    alerts = {alert.id: alert for alert in plan.alerts}
    drift = next((mode for mode in plan.failure_modes if "drift" in mode.id), None)
    if drift is None:
        yield Hit("plan.failure_modes", "silent drift is not among the failure modes")
    elif drift.alert not in alerts or "drift" not in drift.alert:
        yield Hit(f"plan.failure_modes.{drift.id}", "no alert of its own shows drift")


@rule("AEG144", checks=Plan, severity=Severity.HIGH)
def silence_is_not_an_alert(plan: Plan) -> Iterator[Hit]:
    """Missing metrics wake nobody.

    When telemetry stops, every graph is flat and every alert is quiet. No data is never good news,
    so its absence is an alert too.
    """
    if not any("silent" in alert.id or "absent" in alert.id for alert in plan.alerts):
        yield Hit("plan.alerts", "no alert fires when metrics stop arriving")
