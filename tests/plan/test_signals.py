"""An alert stands beside a failure only where its expression can show that failure."""

import pytest
from tests.plan.test_planner import EVERY

from aegis.base import conventions as names
from aegis.plan.parts.emitters import EMITTERS
from aegis.plan.parts.modes import MODES
from aegis.plan.parts.signals import can_show
from aegis.plan.parts.voice import VOICES, Mode, _of
from aegis.plan.types import Plan

ALL: dict[str, Mode] = {m.id: m for v in VOICES for m in _of(v).own_modes} | {
    m.id: m for m in MODES
}


@pytest.mark.parametrize("plan", EVERY)
def test_no_failure_is_promised_an_alert_that_stays_silent(plan: Plan) -> None:
    """Silence stands beside absences only; guardrails, tokens and drift beside what moves them."""
    for mode in plan.failure_modes:
        if not mode.alert:
            assert mode.first_sign, mode.id
            assert mode.runbook == "", mode.id
        else:
            assert can_show(mode.alert, mode.id, ALL[mode.id].metric), (mode.id, mode.alert)


@pytest.mark.parametrize(
    ("alert", "mode", "metric", "shows"),
    [
        pytest.param("telemetry-silent", "blind", "", True, id="absence"),
        pytest.param("telemetry-silent", "privacy-leak", "", False, id="a leak is not silent"),
        pytest.param("telemetry-silent", "fleet-split", names.DEVICE_INFERENCES, False, id="fleet"),
        pytest.param("guardrail-shift", "injection", names.GATEWAY_GUARDRAIL, True, id="injection"),
        pytest.param("guardrail-shift", "privacy-leak", "", False, id="a scan sees it"),
        pytest.param("cost-burn", "wrong-act", names.BUSINESS_EVENTS, False, id="acts, no tokens"),
        pytest.param("cost-burn", "agent-loop", names.GATEWAY_TOKENS, True, id="tokens"),
        pytest.param("availability-burn-fast", "oom-at-peak", "queue_depth", True, id="errors"),
    ],
)
def test_what_an_alert_can_show(alert: str, mode: str, metric: str, *, shows: bool) -> None:
    """By what its expression reads."""
    assert can_show(alert, mode, metric) is shows


def _read(plan: Plan) -> set[str]:
    """Every series of ours that an objective, an alert or a check of a release rests on."""
    found = {o.metric for o in plan.objectives} | {a.metric for a in plan.alerts}
    return {m for m in found | {c.metric for c in plan.release.checks} if m.startswith("aegis_")}


@pytest.mark.parametrize("plan", EVERY)
def test_every_series_that_is_read_is_written_or_on_the_roadmap(plan: Plan) -> None:
    """The gateway writes its own; for all others a task with an owner blocks production."""
    tasks = {t.id: t for phase in plan.roadmap for t in phase.tasks}
    promised = {m for e in EMITTERS if e.id in tasks for m in e.metrics}
    own = (
        names.GATEWAY_METRICS
        if plan.chosen("gateway") in {"aegis-gateway", "envoy-ai-gateway"}
        else ()
    )

    assert _read(plan) - promised - set(own) == set()
    assert all(tasks[e.id].blocks_production for e in EMITTERS if e.id in tasks)
