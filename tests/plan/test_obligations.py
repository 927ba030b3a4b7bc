"""Rows of the founding description that speak of plans, over every example and golden brief."""

from pathlib import Path

import pytest

from aegis.base.slo import SliKind
from aegis.brief.read import read_brief
from aegis.brief.schema import LLM_KINDS
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan, Task

ROOT = Path(__file__).parents[2]
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="test")


def _plan(path: Path) -> Plan:
    brief = read_brief(path.read_text("utf-8")).brief
    assert brief is not None
    return make_plan(brief, VERSIONS)


PLANS = {
    path.parent.name if path.name == "brief.yaml" else path.stem: _plan(path)
    for path in [*ROOT.glob("examples/*/brief.yaml"), *ROOT.glob("tests/golden/briefs/*.yaml")]
}
EVERY = [pytest.param(plan, id=name) for name, plan in sorted(PLANS.items())]
SELF_HOSTED = [
    p for p in EVERY
    if PLANS[str(p.id)].kind in LLM_KINDS and PLANS[str(p.id)].capacity.shape != "managed"
]  # fmt: skip
HIGH = [
    p for p in EVERY
    if PLANS[str(p.id)].brief.high_impact
]  # fmt: skip
FEATURES = (
    "batching", "prefix-caching", "speculative-decoding", "disaggregation", "multi-lora",
    "expert-parallelism",
)  # fmt: skip


def _tasks(plan: Plan) -> dict[str, Task]:
    return {task.id: task for phase in plan.roadmap for task in phase.tasks}


@pytest.mark.obligation(1)
@pytest.mark.parametrize("plan", EVERY)
def test_the_roadmap_goes_on_after_the_launch(plan: Plan) -> None:
    """Its last phase reviews objectives and drift, hands over, and says when the version ends."""
    last = {task.id for task in plan.roadmap[-1].tasks}

    assert {"slo-review", "drift-review", "handover", "retire"} <= last


@pytest.mark.obligation(2)
def test_ranking_at_20_thousand_a_second_is_no_language_model() -> None:
    """No section for prompts, no feature of an LLM engine, but an objective for fresh features."""
    plan = PLANS["ranking-20k"]

    assert plan.llm_controls == ()
    assert not any(decision.id.startswith("feature-") and decision.id != "feature-store"
                   for decision in plan.decisions)  # fmt: skip
    assert "freshness" in {objective.id for objective in plan.objectives}


@pytest.mark.obligation(4, 80)
@pytest.mark.parametrize("plan", EVERY)
def test_every_failure_is_shown_by_an_alert_and_mended_by_a_runbook(plan: Plan) -> None:
    """Silent drift is among them; each has a first sign, an automatic and a manual answer.

    Few have no alert: a scan, a list or a person sees those, as their first sign says.
    """
    alerts = {alert.id for alert in plan.alerts}
    runbooks = {runbook.id for runbook in plan.runbooks}

    assert "silent-drift" in {mode.id for mode in plan.failure_modes}
    for mode in plan.failure_modes:
        assert mode.alert in {*alerts, ""}, mode.id
        assert mode.runbook in ({*runbooks} if mode.alert else {""}), mode.id
        assert mode.first_sign
        assert mode.automatic
        assert mode.manual
    assert len([m for m in plan.failure_modes if m.alert]) >= 0.6 * len(plan.failure_modes)


@pytest.mark.obligation(5)
@pytest.mark.parametrize("plan", SELF_HOSTED)
def test_memory_running_out_at_the_peak_is_expected(plan: Plan) -> None:
    """Every plan that serves on accelerators tells how it starts and what stops the cascade."""
    assert "oom-at-peak" in {mode.id for mode in plan.failure_modes}


@pytest.mark.obligation(12)
@pytest.mark.parametrize("plan", EVERY)
def test_continuous_training_is_planned_or_reasoned_away(plan: Plan) -> None:
    """Whoever trains has a trigger; whoever does not has a reason."""
    chosen = plan.chosen("continuous-training")
    training = plan.brief.model.training if plan.brief.model else None

    assert plan.continuous_training
    assert (chosen == "none") is (training is None or not training.by_us)


@pytest.mark.obligation(14)
@pytest.mark.parametrize("plan", EVERY)
def test_five_qualities_are_measured_or_do_not_apply(plan: Plan) -> None:
    """Accuracy, calibration, groundedness, toxicity and satisfaction: each once, or a reason."""
    names = ("accuracy", "calibration", "groundedness", "toxicity", "satisfaction")
    five = {SliKind(name) for name in names}
    measured = {objective.kind for objective in plan.objectives} & five
    reasoned = {each.kind for each in plan.not_applicable}

    assert measured | reasoned == five
    assert measured.isdisjoint(reasoned)


@pytest.mark.obligation(16, 102)
@pytest.mark.parametrize("plan", EVERY)
def test_weights_are_guarded_and_controls_have_owners_and_tests(plan: Plan) -> None:
    """Three controls at least; who holds weights says what keeps them from being taken."""
    assert len(plan.controls) >= 3
    assert all(control.test for control in plan.controls)
    if plan.capacity.shape != "managed":
        assert "model-theft" in {control.threat for control in plan.controls}


@pytest.mark.obligation(20)
@pytest.mark.parametrize("plan", HIGH)
def test_high_impact_is_red_teamed_before_production(plan: Plan) -> None:
    """The task has an owner and blocks production until it is done."""
    task = _tasks(plan)["red-team"]

    assert task.owner
    assert task.blocks_production is (plan.brief.reviews.red_team.status != "done")


@pytest.mark.obligation(26, 27, 28)
@pytest.mark.parametrize("plan", SELF_HOSTED)
def test_cheaper_ways_are_weighed(plan: Plan) -> None:
    """A smaller model, pruning, distillation, precision and scheduling are decided, with reasons."""
    options = {option.id for option in plan.decision("optimization").options}

    assert {"smaller-model", "distillation", "pruning", "compilation"} <= options
    assert plan.chosen("quantization")
    assert plan.chosen("request-routing")
    assert plan.brief.placement.where or plan.chosen("run-where")


@pytest.mark.obligation(30)
@pytest.mark.parametrize("plan", SELF_HOSTED)
def test_no_fleet_is_sized_below_its_objectives(plan: Plan) -> None:
    """Feasibility dominates cost: the middle of each estimate meets what users were promised."""
    for name in ("ttft", "tpot"):
        if name in plan.capacity.numbers:
            estimate = plan.numbers[plan.capacity.numbers[name]]
            assert estimate.value <= plan.numbers[f"slo.{name}"].value, name


@pytest.mark.obligation(37)
@pytest.mark.parametrize("plan", SELF_HOSTED)
def test_the_engines_of_the_field_are_considered(plan: Plan) -> None:
    """vLLM, TensorRT-LLM, TGI and an engine of one's own, each with a verdict and its reason."""
    options = {option.id: option.because for option in plan.decision("engine").options}

    assert {"vllm", "tensorrt-llm", "tgi", "custom"} <= set(options)
    assert all(options.values())


@pytest.mark.obligation(38)
@pytest.mark.parametrize("plan", SELF_HOSTED)
def test_six_techniques_are_on_or_off_for_a_reason(plan: Plan) -> None:
    """Each is a decision of its own, with the condition that decided."""
    for feature in FEATURES:
        decision = plan.decision(f"feature-{feature}")
        assert decision.chosen in {"on", "off"}
        assert decision.reasons[0]


@pytest.mark.obligation(63)
def test_a_robot_is_asked_for_its_power_and_has_a_safe_state() -> None:
    """The power budget is asked where it is missing; the last rung needs no model."""
    plan = PLANS["robotics-power-unknown"]

    assert "power" in {question.id for question in plan.questions}
    assert "safe state" in plan.degradation[-1].behaviour


@pytest.mark.obligation(77)
@pytest.mark.parametrize("plan", EVERY)
def test_the_roadmap_can_be_walked(plan: Plan) -> None:
    """Dependencies exist, form no circle, and every task has owner, priority and proof."""
    tasks, done = _tasks(plan), set[str]()
    waiting = dict(tasks)
    while waiting:
        ready = [i for i, task in waiting.items() if set(task.depends_on) <= done]
        assert ready, f"circle or unknown task among {sorted(waiting)}"
        done |= set(ready)
        for each in ready:
            del waiting[each]

    assert all(task.done_when and task.applies_to for task in tasks.values())


@pytest.mark.obligation(79, 93)
@pytest.mark.parametrize("plan", EVERY)
def test_whatever_is_promised_is_alerted_on(plan: Plan) -> None:
    """Each objective has an alert, each alert a runbook, and silence is an alert, too."""
    watched = {alert.objective for alert in plan.alerts}

    assert {objective.id for objective in plan.objectives} <= watched
    assert {alert.runbook for alert in plan.alerts} <= {runbook.id for runbook in plan.runbooks}
    assert "telemetry-silent" in {alert.id for alert in plan.alerts}


@pytest.mark.obligation(86)
@pytest.mark.parametrize("plan", EVERY)
def test_nothing_simpler_would_have_done(plan: Plan) -> None:
    """Options stand from simple to rich: each one before the choice fails a named requirement."""
    for decision in plan.decisions:
        chosen = next(i for i, o in enumerate(decision.options) if o.verdict == "chosen")
        for option in decision.options[:chosen]:
            assert option.verdict == "rejected", (decision.id, option.id)
            assert option.because


@pytest.mark.obligation(103)
@pytest.mark.parametrize("plan", EVERY)
def test_cost_is_an_interval_or_says_why_not(plan: Plan) -> None:
    """Never a default price; controls keep it in bounds either way."""
    assert (plan.cost.total is None) is bool(plan.cost.unpriced)
    assert len(plan.cost.controls) >= 2


@pytest.mark.obligation(104, 105)
@pytest.mark.parametrize("plan", EVERY)
def test_an_answer_can_be_reproduced_and_an_incident_led(plan: Plan) -> None:
    """Data, code, model and environment are recorded; roles and severities are known."""
    assert {"data", "code", "model", "environment"} <= {item.what for item in plan.lineage}
    assert plan.incident.roles
    assert plan.incident.severities
    assert plan.incident.branches


@pytest.mark.obligation(106)
@pytest.mark.parametrize("plan", EVERY)
def test_language_models_answer_four_questions(plan: Plan) -> None:
    """Guardrails, rate limits, logging with privacy, an evaluation harness; others have none of it."""
    four = {"guardrails", "rate-limiting", "prompt-logging", "evaluation-harness"}

    assert {c.id for c in plan.llm_controls} == (four if plan.kind in LLM_KINDS else set())
    assert all(control.privacy and control.artifact for control in plan.llm_controls)


@pytest.mark.obligation(108)
@pytest.mark.parametrize("plan", EVERY)
def test_every_piece_of_advice_says_for_which_environment(plan: Plan) -> None:
    """Decisions, tasks and controls are labelled; the three stages differ."""
    assert all(decision.applies_to for decision in plan.decisions)
    assert all(task.applies_to for task in _tasks(plan).values())
    assert all(control.applies_to for control in plan.controls)
    assert [stage.environment for stage in plan.stages] == ["development", "staging", "production"]
    assert len({stage.data for stage in plan.stages}) == 3


@pytest.mark.obligation(112)
def test_a_young_technique_is_tried_small_first() -> None:
    """Expert parallelism brings its own pilot into the roadmap."""
    task = _tasks(PLANS["moe-multicloud"])["pilot-expert-parallelism"]

    assert task.done_when
    assert "pilot" in task.title.lower()


@pytest.mark.parametrize("plan", EVERY)
def test_a_part_rests_on_decisions_that_arose(plan: Plan) -> None:
    """The diagram names no decision that the plan does not have."""
    known = {decision.id for decision in plan.decisions}

    assert {d for part in plan.components for d in part.because} <= known
