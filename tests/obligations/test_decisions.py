"""What every plan decides, and how it says why."""

from __future__ import annotations

import pytest
from tests.obligations.corpus import Case, example, planned

from aegis.brief.schema import LLM_KINDS
from aegis.catalog.loader import accelerators, techniques
from aegis.review.plans.judge import judge_brief, refuses
from aegis.review.plans.plan_numbers import WITHOUT_FP8

Pool = tuple[Case, ...]
OWN = ("cluster", "single-host")


@pytest.mark.obligation(23, 24, 25, 78, 86)
def test_every_decision_weighs_an_alternative(pool: Pool) -> None:
    """The winner has a drawback, each loser an advantage and the requirement it fails."""
    for case, plan in planned(pool):
        for decision in plan.decisions:
            place = (case.name, decision.id)
            assert len(decision.winners) >= 1, place
            assert decision.alternatives, place
            assert all(option.drawback for option in decision.options), place
            assert all(option.advantage for option in decision.options), place
            assert all(option.because for option in decision.options), place
            first = decision.options.index(decision.winners[0])
            simpler = decision.options[:first]
            assert all(option.verdict == "rejected" for option in simpler), place


@pytest.mark.obligation(26)
def test_a_smaller_model_is_considered(pool: Pool) -> None:
    """Wherever somebody serves the weights, a smaller or distilled model is an option."""
    for case, plan in planned(pool):
        if plan.chosen("run-where") == "managed-api":
            continue
        options = {option.id for option in plan.decision("optimization").options}
        assert {"smaller-model", "distillation"} <= options, case.name


@pytest.mark.obligation(27)
def test_quantization_is_bound_to_the_gate(pool: Pool) -> None:
    """On accelerators precision is decided, and a change of it is a release that is evaluated."""
    for case, plan in planned(pool):
        decision = next((d for d in plan.decisions if d.id == "quantization"), None)
        if plan.capacity.shape != "accelerators" or plan.chosen("run-where") == "managed-api":
            continue
        assert decision is not None, case.name
        assert any("evaluation gate" in reason for reason in decision.reasons), case.name
        if not case.brief.evaluation:
            assert decision.chosen == "as-published", case.name


@pytest.mark.obligation(28, 29)
def test_packing_and_routing_are_decided_where_somebody_serves(pool: Pool) -> None:
    """How capacity is bought, and how requests find a replica."""
    for case, plan in planned(pool):
        if plan.chosen("run-where") in OWN:
            assert plan.chosen("scheduling") or plan.chosen("scaling"), case.name
            assert plan.chosen("request-routing"), case.name


@pytest.mark.obligation(35)
def test_several_clouds_are_planned_as_several() -> None:
    """The plan runs on a cluster in each, and says what is copied between them and what stays."""
    case = example("moe-multicloud")
    assert case.plan is not None

    assert len(case.brief.placement.clouds) >= 2
    assert case.plan.chosen("run-where") == "cluster"
    survival = case.plan.decision("disaster-recovery")
    assert "data has gravity" in survival.model_dump_json()


@pytest.mark.obligation(36)
def test_behind_a_gap_nothing_outside_is_chosen(pool: Pool) -> None:
    """And the import is rehearsed before production."""
    hosted = {"managed-api", "hosted", "datadog", "new-relic", "sagemaker", "vertex-ai", "azure-ml",
              "langsmith", "hugging-face-hub", "aws-secrets-manager", "github-actions"}  # fmt: skip
    for case, plan in planned(pool):
        if case.brief.placement.where != "air-gapped" or plan.kind in {"on-device", "robotics"}:
            continue
        if refuses(judge_brief(case.brief)):
            continue
        assert not {d.chosen for d in plan.decisions} & hosted, case.name
        tasks = {task.id: task for phase in plan.roadmap for task in phase.tasks}
        assert tasks["import"].blocks_production, case.name


@pytest.mark.obligation(37)
def test_every_engine_gets_a_verdict(pool: Pool) -> None:
    """The four that the founding description names, and an engine of one's own."""
    for case, plan in planned(pool):
        decision = next((d for d in plan.decisions if d.id == "engine"), None)
        if plan.kind not in LLM_KINDS or decision is None:
            continue
        options = {option.id for option in decision.options}
        assert {"vllm", "tensorrt-llm", "tgi", "custom"} <= options, (case.name, options)
        platform = next((d for d in plan.decisions if d.id == "serving-platform"), None)
        if platform and plan.chosen("run-where") == "cluster":
            assert "nvidia-dynamo" in {o.id for o in platform.options}, case.name


@pytest.mark.obligation(38)
def test_each_technique_of_serving_is_on_or_off_for_a_reason(pool: Pool) -> None:
    """Batching, prefix caching, speculation, disaggregation, adapters, experts."""
    wanted = {f"feature-{name}" for name in ("batching", "prefix-caching", "speculative-decoding",
              "disaggregation", "multi-lora", "expert-parallelism")}  # fmt: skip
    for case, plan in planned(pool):
        if (
            plan.kind not in LLM_KINDS
            or plan.chosen("run-where") not in OWN
            or not case.brief.model
        ):
            continue
        assert wanted <= {d.id for d in plan.decisions}, case.name
        assert all(plan.chosen(name) in {"on", "off"} for name in wanted), case.name


@pytest.mark.obligation(39)
def test_fp8_is_never_chosen_on_hardware_without_it(pool: Pool) -> None:
    """By the catalog's own figures, which the rule does not read."""
    without = {a.id for a in accelerators() if a.fp8_dense_tflops is None}
    for case, plan in planned(pool):
        precision = f"{plan.chosen('quantization')} {plan.capacity.precision}"
        if "fp8" in precision.lower():
            assert plan.capacity.accelerator not in without, case.name


@pytest.mark.obligation(39)
def test_the_rule_on_fp8_agrees_with_the_catalog() -> None:
    """No device that the catalog gives FP8 figures for is called a device without it."""
    wrong = {a.id for a in accelerators() if a.fp8_dense_tflops and a.id.startswith(WITHOUT_FP8)}

    assert wrong == set()


@pytest.mark.obligation(40, 41, 42)
def test_tools_are_options_where_they_apply(pool: Pool) -> None:
    """Registries, feature stores, evaluation stacks and pipelines are weighed by name."""
    wanted = {
        "registry": {"mlflow", "wandb", "hugging-face-hub"},
        "feature-store": {"feast", "tecton"},
        "evaluation-stack": {"langsmith", "phoenix", "giskard"},
        "pipeline-orchestrator": {
            "kubeflow-pipelines",
            "prefect",
            "dagster",
            "airflow",
            "temporal",
        },
    }
    seen: dict[str, set[str]] = {key: set() for key in wanted}
    for _, plan in planned(pool):
        for decision in plan.decisions:
            if decision.id in seen:
                seen[decision.id] |= {option.id for option in decision.options}
    for key, names in wanted.items():
        assert names <= seen[key], (key, names - seen[key])


@pytest.mark.obligation(55)
def test_what_enters_index_or_training_is_checked(pool: Pool) -> None:
    """Poisoned documents and records have a control of their own."""
    for case, plan in planned(pool):
        model = case.brief.model
        if plan.kind == "rag" or (model and model.training.by_us):
            assert any(c.threat == "data-poisoning" for c in plan.controls), case.name


@pytest.mark.obligation(62)
def test_the_runtime_of_a_device_is_weighed() -> None:
    """All four that the founding description names."""
    plan = example("phone-speech").plan
    assert plan is not None

    options = {option.id for option in plan.decision("edge-runtime").options}
    assert {"coreml", "mediapipe", "onnxruntime-mobile", "executorch"} <= options, options


@pytest.mark.obligation(63)
def test_a_robot_ends_in_a_safe_state(pool: Pool) -> None:
    """By a watchdog; and a missing power budget is found."""
    for case, plan in planned(pool):
        if plan.kind != "robotics":
            continue
        last = max(plan.degradation, key=lambda rung: rung.order)
        assert "safe state" in last.behaviour, case.name
        assert last.component == "watchdog", case.name
        device = case.brief.workload.device
        if device and device.power_w is None:
            assert "AEG140" in {f.code for f in judge_brief(case.brief)}, case.name


@pytest.mark.obligation(64)
def test_a_region_outside_the_residency_is_refused(pool: Pool) -> None:
    """European data and an American region do not go together, wherever it is said."""
    for case, _ in planned(pool):
        american = [r for c in case.brief.placement.clouds for r in c.regions
                    if r.startswith("us-") or r == "eastus"]  # fmt: skip
        found = {f.code for f in refuses(judge_brief(case.brief))}
        if case.brief.data.residency == "EU" and american:
            assert "AEG123" in found, case.name


@pytest.mark.obligation(87)
def test_every_decision_says_what_it_costs_later(pool: Pool) -> None:
    """Attention, upkeep, freedom and rules that drift: four sentences each."""
    for case, plan in planned(pool):
        for decision in plan.decisions:
            later = decision.second_order
            parts = (later.cognitive_load, later.maintenance, later.lock_in, later.compliance_drift)
            assert all(part.strip() for part in parts), (case.name, decision.id)


@pytest.mark.obligation(84)
def test_questions_are_few_and_decide_something(pool: Pool) -> None:
    """At most three; each moves a decision of this plan; a complete plan asks none."""
    for case, plan in planned(pool):
        known = {decision.id for decision in plan.decisions}
        assert len(plan.questions) <= 3, case.name
        assert plan.complete.holds is (not plan.questions), case.name
        for question in plan.questions:
            assert set(question.decisions) & known, (case.name, question.id)
            assert question.asks.endswith("?"), (case.name, question.id)


@pytest.mark.obligation(112)
def test_every_decision_says_what_it_improves(pool: Pool) -> None:
    """More reliable, more understandable or more valuable, and the metric that shows it."""
    for case, plan in planned(pool):
        for decision in plan.decisions:
            assert decision.improves, (case.name, decision.id)
            assert decision.shown_by, (case.name, decision.id)


@pytest.mark.obligation(112)
def test_a_new_technique_brings_a_pilot(pool: Pool) -> None:
    """What is chosen and still maturing is tried small before anybody relies on it."""
    on = {"feature-speculative-decoding": "speculative-decoding",
          "feature-disaggregation": "disaggregated-prefill-decode",
          "feature-expert-parallelism": "expert-parallelism", "feature-multi-lora": "multi-lora"}  # fmt: skip
    young = {t.id for t in techniques() if t.maturity.value in {"new", "maturing"}}
    for case, plan in planned(pool):
        tasks = {task.id for phase in plan.roadmap for task in phase.tasks}
        used = {t for decision, t in on.items() if plan.chosen(decision) == "on"} & young
        assert {f"pilot-{technique}" for technique in used} <= tasks, (case.name, used)
