"""What every plan does so that somebody notices, and so that it comes back."""

from __future__ import annotations

import itertools
import re

import pytest
from tests.obligations.corpus import Case, example, planned

from aegis.base.number import Estimate
from aegis.base.slo import SliKind
from aegis.brief.schema import DEVICE_KINDS, LLM_KINDS
from aegis.drills.catalogue import DRILLS
from aegis.review.plans.judge import judge_plan

AI_KINDS = {SliKind.ACCURACY, SliKind.CALIBRATION, SliKind.GROUNDEDNESS, SliKind.TOXICITY,
            SliKind.SATISFACTION}  # fmt: skip
Pool = tuple[Case, ...]


@pytest.mark.obligation(1)
def test_the_roadmap_goes_on_after_the_launch(pool: Pool) -> None:
    """Reviews with a cadence, a hand-over and an end stand in a phase after everyone is served."""
    for case, plan in planned(pool):
        last = plan.roadmap[-1]
        tasks = {task.id for task in last.tasks}
        assert {"slo-review", "drift-review", "restore-drill", "handover", "retire"} <= tasks, (
            case.name
        )
        assert all(task.applies_to == ("production",) for task in last.tasks), case.name
        opening = {task.id for phase in plan.roadmap[:-1] for task in phase.tasks}
        assert {"first-users", "progressive"} <= opening, case.name


@pytest.mark.obligation(2)
def test_a_ranking_model_is_no_language_model() -> None:
    """Twenty thousand requests a second, features with an age, and nothing about prompts."""
    plan = example("ranking-20k").plan
    assert plan is not None

    assert plan.numbers["traffic.peak"].value == 20_000
    assert any(o.kind is SliKind.FRESHNESS for o in plan.objectives)
    assert plan.llm_controls == ()
    assert not {o.kind for o in plan.objectives} & {SliKind.TTFT, SliKind.TPOT}
    assert not any(d.id.startswith("feature-prefix") for d in plan.decisions)


@pytest.mark.obligation(3)
def test_a_mixture_of_experts_is_spread_over_devices_and_zones() -> None:
    """A model of hundreds of billions of parameters gets a split, a topology and recovery."""
    plan = example("moe-multicloud").plan
    assert plan is not None

    assert plan.capacity.per_replica > 1
    assert {"parallelism", "disaster-recovery"} <= {d.id for d in plan.decisions}


@pytest.mark.obligation(4)
def test_silent_drift_has_a_detector_and_a_runbook(pool: Pool) -> None:
    """The failure without an error in the log is named, alerted and has its steps."""
    for case, plan in planned(pool):
        mode = next(mode for mode in plan.failure_modes if mode.id == "silent-drift")
        alert = next(alert for alert in plan.alerts if alert.id == mode.alert)
        assert "drift" in alert.metric, case.name
        assert alert.runbook in {runbook.id for runbook in plan.runbooks}, case.name


@pytest.mark.obligation(5)
def test_memory_at_peak_is_named_and_bounded(pool: Pool) -> None:
    """Plans on accelerators of their own bound the sequences of a replica and shed the rest."""
    for case, plan in planned(pool):
        if plan.capacity.shape != "accelerators" or plan.chosen("run-where") == "managed-api":
            continue
        assert any("oom" in mode.id for mode in plan.failure_modes), case.name
        measured = case.brief.model is not None and case.brief.model.measurements
        if plan.kind in LLM_KINDS and plan.capacity.replicas and not measured:
            assert plan.capacity.max_sequences, case.name
            assert any("refused" in rung.behaviour for rung in plan.degradation), case.name


@pytest.mark.obligation(6)
def test_production_is_reached_in_steps(pool: Pool) -> None:
    """At least two steps, each larger than the one before, and the first is not everyone."""
    for case, plan in planned(pool):
        weights = [plan.numbers[step.weight].value for step in plan.release.steps]
        assert len(weights) >= 2, case.name
        assert weights[0] < 100, case.name
        assert all(a < b for a, b in itertools.pairwise(weights)), (case.name, weights)


@pytest.mark.obligation(7, 107)
def test_a_gate_stands_before_production_or_it_stays_closed(pool: Pool) -> None:
    """Every data set of the brief is a gate; without one production is closed and a task opens it."""
    for case, plan in planned(pool):
        named = {gate.dataset for gate in plan.release.gates}
        assert named == {each.name for each in case.brief.evaluation or ()}, case.name
        for gate in plan.release.gates:
            assert {gate.threshold, gate.items} <= set(plan.numbers), case.name
        if not named:
            assert not plan.promotable.holds, case.name
            tasks = {task.id: task for phase in plan.roadmap for task in phase.tasks}
            assert tasks["build-evaluation"].blocks_production, case.name


@pytest.mark.obligation(8, 92)
def test_every_objective_is_measured_by_a_part_of_the_plan(pool: Pool) -> None:
    """The metric is emitted by the component that the objective names; logs and traces have a place."""
    for case, plan in planned(pool):
        emits = {part.id: part.emits for part in plan.components}
        assert plan.objectives, case.name
        for objective in plan.objectives:
            assert objective.metric in emits[objective.emitted_by], (case.name, objective.id)
        assert any("traces" in part.name for part in plan.components), case.name


@pytest.mark.obligation(9)
def test_something_smaller_happens_instead_of_an_error(pool: Pool) -> None:
    """A ladder of at least two rungs, each carried by a part that exists."""
    for case, plan in planned(pool):
        parts = {part.id for part in plan.components}
        assert len(plan.degradation) >= 2, case.name
        assert {rung.component for rung in plan.degradation} <= parts, case.name


@pytest.mark.obligation(12)
def test_training_again_is_decided(pool: Pool) -> None:
    """A trigger, or a reason why not."""
    for case, plan in planned(pool):
        decision = plan.decision("continuous-training")
        assert decision.chosen, case.name
        assert plan.continuous_training, case.name


@pytest.mark.obligation(13)
def test_availability_and_time_are_objectives(pool: Pool) -> None:
    """With a target, a window and what happens when the budget is spent."""
    for case, plan in planned(pool):
        kinds = {objective.kind for objective in plan.objectives}
        assert SliKind.AVAILABILITY in kinds, case.name
        device = case.brief.workload.device
        if plan.kind not in DEVICE_KINDS or (device and device.latency_ms):
            timely = {SliKind.LATENCY, SliKind.TTFT, SliKind.COMPLETION}
            assert kinds & timely, (case.name, kinds)
        for objective in plan.objectives:
            assert objective.target in plan.numbers, case.name
            assert objective.window_days in plan.numbers, case.name
            assert objective.budget_policy, case.name


@pytest.mark.obligation(14)
def test_each_quality_kind_is_measured_or_ruled_out(pool: Pool) -> None:
    """Never both, never neither."""
    for case, plan in planned(pool):
        measured = {o.kind for o in plan.objectives} & AI_KINDS
        ruled_out = {each.kind for each in plan.not_applicable}
        assert measured | ruled_out == AI_KINDS, case.name
        assert not measured & ruled_out, case.name
        assert all(len(each.reason) > 20 for each in plan.not_applicable), case.name


@pytest.mark.parametrize(
    ("threat", "kinds"),
    [
        pytest.param("model-theft", None, id="model-theft", marks=pytest.mark.obligation(16)),
        pytest.param(
            "prompt-injection", LLM_KINDS, id="injection", marks=pytest.mark.obligation(17)
        ),
        pytest.param(
            "data-exfiltration", None, id="exfiltration", marks=pytest.mark.obligation(18)
        ),
    ],
)
@pytest.mark.obligation(16, 17, 18)
def test_each_attack_has_a_control(pool: Pool, threat: str, kinds: frozenset[str] | None) -> None:
    """With an owner, and a test that can fail."""
    for case, plan in planned(pool):
        if kinds and plan.kind not in kinds:
            continue
        control = next((c for c in plan.controls if c.threat == threat), None)
        assert control is not None, case.name
        assert control.owner, case.name
        assert len(control.test) > 20, case.name


@pytest.mark.obligation(22)
def test_recovery_is_decided_and_drilled(pool: Pool) -> None:
    """What is lost with a machine, a zone or a region is a decision, and restoring is a task."""
    for case, plan in planned(pool):
        assert plan.chosen("disaster-recovery"), case.name
        tasks = {task.id for phase in plan.roadmap for task in phase.tasks}
        assert {"fault-drills", "restore-drill", "way-back-drill"} <= tasks, case.name


@pytest.mark.obligation(30)
def test_no_plan_breaks_a_promise_to_be_cheaper(pool: Pool) -> None:
    """What is planned for the peak is within what was promised; a measurement that is not is a finding."""
    for case, plan in planned(pool):
        for objective in plan.objectives:
            planned_at = plan.numbers.get(plan.capacity.numbers.get(objective.id, ""))
            limit = plan.numbers.get(objective.threshold or "")
            if planned_at and limit and planned_at.value > limit.value:
                assert case.brief.model is not None, case.name
                assert case.brief.model.measurements, (case.name, objective.id)
                assert "AEG183" in {f.code for f in judge_plan(plan)}, case.name


@pytest.mark.obligation(46)
def test_how_many_samples_show_a_drop_is_said(pool: Pool) -> None:
    """The number of labelled samples has an interval, and the false-rollback rate is stated."""
    for case, plan in planned(pool):
        needed = plan.numbers["evaluation.pairs_needed"]
        assert isinstance(needed, Estimate), case.name
        assert 0 < needed.low <= needed.value <= needed.high, case.name
        assert plan.numbers[plan.release.alpha].value <= 10, case.name


@pytest.mark.obligation(49)
def test_every_failure_mode_has_an_experiment(pool: Pool) -> None:
    """A fault to inject, what is expected, and when to stop."""
    for case, plan in planned(pool):
        for mode in plan.failure_modes:
            assert "hypothesis" in mode.experiment, (case.name, mode.id)
            assert re.search(r"\b(stop|abort|never)", mode.experiment), (case.name, mode.id)


@pytest.mark.obligation(49)
def test_grave_failures_of_language_models_can_be_rehearsed_at_the_gateway(pool: Pool) -> None:
    """Wherever a language model answers through a gateway, a drill runs an experiment of a grave failure."""
    ours = {mode for drill in DRILLS for mode in drill.rehearses}
    for case, plan in planned(pool):
        if plan.brief.workload.kind in LLM_KINDS and plan.chosen("gateway"):
            grave = {m.id for m in plan.failure_modes if m.impact == "high"}
            assert grave & ours, case.name


@pytest.mark.obligation(50)
def test_replicas_carry_an_interval(pool: Pool) -> None:
    """Capacity is an estimate or a consequence of a measurement, never a bare figure."""
    for case, plan in planned(pool):
        if plan.capacity.replicas and plan.capacity.shape == "accelerators":
            replicas = plan.numbers[plan.capacity.numbers["replicas"]]
            assert isinstance(replicas, Estimate), case.name
            assert replicas.low <= plan.capacity.replicas <= replicas.high, case.name
        assert plan.capacity.binding, case.name


@pytest.mark.obligation(93)
def test_every_objective_wakes_somebody_or_leaves_a_ticket(pool: Pool) -> None:
    """No objective is missed in silence, and neither is the loss of its metric."""
    for case, plan in planned(pool):
        alerted = {alert.objective for alert in plan.alerts}
        assert {objective.id for objective in plan.objectives} <= alerted, case.name
        assert any(alert.id == "telemetry-silent" for alert in plan.alerts), case.name


@pytest.mark.obligation(94)
def test_every_release_goes_back_by_itself(pool: Pool) -> None:
    """Checks judge every step, a breach rolls back, missing data holds, and the time is stated."""
    for case, plan in planned(pool):
        checks = {check.id: check for check in plan.release.checks}
        assert plan.release.automatic, case.name
        assert any(check.on_breach == "roll back" for check in checks.values()), case.name
        assert all(check.no_data == "hold" for check in checks.values()), case.name
        for step in plan.release.steps:
            assert step.analysis, case.name
            assert set(step.analysis) <= set(checks), case.name
        assert plan.release.way_back_minutes in plan.numbers, case.name
