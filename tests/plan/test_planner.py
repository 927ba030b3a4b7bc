"""A brief becomes the same plan each time, with a way back, and with what its company can run."""

import json
import random
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from aegis.base.number import Estimate
from aegis.base.prose import BareFigureError, numbers_used
from aegis.brief.read import read_brief
from aegis.brief.schema import DEVICE_KINDS, LLM_KINDS, Brief
from aegis.catalog.loader import accelerators
from aegis.plan.choose import NoOptionError
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Capacity, Plan

ROOT = Path(__file__).parents[2]
FILES = [*sorted(ROOT.glob("examples/*/brief.yaml")), *sorted(ROOT.glob("tests/golden/briefs/*"))]
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="test")


def _name(path: Path) -> str:
    return path.parent.name if path.name == "brief.yaml" else path.stem


def _brief(path: Path) -> Brief:
    brief = read_brief(path.read_text("utf-8")).brief
    assert brief is not None
    return brief


BRIEFS = {_name(path): _brief(path) for path in FILES}
PLANS = {name: make_plan(brief, VERSIONS) for name, brief in BRIEFS.items()}
EVERY = [pytest.param(plan, id=name) for name, plan in PLANS.items()]
ON_DEVICE = [p for p in EVERY if PLANS[str(p.id)].kind in DEVICE_KINDS]
AIR_GAPPED = [p for p in EVERY if PLANS[str(p.id)].brief.placement.where == "air-gapped"]
NO_TEXT = [p for p in EVERY if PLANS[str(p.id)].kind in {"prediction", "ranking", "vision", *DEVICE_KINDS}]  # fmt: skip

HOSTED = frozenset(
    {"langsmith", "github-actions", "wandb", "hugging-face-hub", "hosted", "tecton", "managed-api",
     "aws-secrets-manager", "gcp-secret-manager", "azure-key-vault", "sagemaker", "vertex-ai"}
)  # fmt: skip
CLUSTER = frozenset(
    {"cluster", "kubernetes", "kserve", "ray-serve", "nvidia-dynamo", "argo-cd", "flux", "k3s"}
)


def _bytes(plan: Plan) -> str:
    return json.dumps(plan.model_dump(mode="json"), sort_keys=True)


def _chosen(plan: Plan) -> set[str]:
    return {part for decision in plan.decisions for part in decision.chosen.split("+")}


def _texts(value: object) -> Iterator[str]:
    """Every text of a plan outside the brief it quotes."""
    if isinstance(value, Brief):
        return
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _texts(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _used(plan: Plan) -> set[str]:
    found: set[str] = set()
    for text in _texts(plan):
        if "{" in text:
            try:
                found |= set(numbers_used(text))
            except BareFigureError:  # an identifier or a command, not prose
                continue
    return found


# --- the same brief, the same bytes -------------------------------------------------------------


@pytest.mark.parametrize("plan", EVERY)
def test_planning_is_a_function(plan: Plan) -> None:
    """Planned again, and from the same brief with its fields in another order: the same bytes."""
    data = plan.brief.model_dump(mode="json", exclude_defaults=True)
    other = read_brief(yaml.safe_dump(_turned(data), sort_keys=False)).brief

    assert other is not None
    assert _bytes(make_plan(plan.brief, VERSIONS)) == _bytes(plan)
    assert make_plan(other, VERSIONS).id == plan.id


def _turned(value: object) -> object:
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("plan", EVERY)
def test_a_plan_survives_a_round_trip(plan: Plan) -> None:
    """The lock file holds the whole plan."""
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


# --- what every plan has ------------------------------------------------------------------------


@pytest.mark.obligation(84)
@pytest.mark.parametrize("plan", EVERY)
def test_at_most_three_questions_each_settles_something(plan: Plan) -> None:
    """A question names a field that a brief has and decisions that the plan has."""
    assert len(plan.questions) <= 3
    for question in plan.questions:
        assert _field_exists(question.field)
        assert question.decisions, question.id
        assert {decision.id for decision in plan.decisions} >= set(question.decisions)


def _field_exists(path: str) -> bool:
    model: object = Brief
    for part in path.split("."):
        fields = getattr(model, "model_fields", {})
        if part not in fields:
            return False
        model = _model_inside(fields[part].annotation)
    return True


def _model_inside(annotation: object) -> object:
    if hasattr(annotation, "model_fields"):
        return annotation
    found = (_model_inside(argument) for argument in typing.get_args(annotation))
    return next((each for each in found if each is not None), None)


@pytest.mark.obligation(95)
@pytest.mark.parametrize("plan", EVERY)
def test_every_number_in_prose_is_a_number_of_the_plan(plan: Plan) -> None:
    """No figure without an origin, and what an estimate was computed from is there too."""
    known = set(plan.numbers)
    inputs = {i for n in plan.numbers.values() if isinstance(n, Estimate) for i in n.inputs}

    assert len(_used(plan)) >= 5
    assert _used(plan) <= known
    assert inputs <= known


@pytest.mark.parametrize("plan", EVERY)
def test_the_verdict_is_short(plan: Plan) -> None:
    """A direct recommendation: one glance, at most sixty words."""
    assert 10 <= len(plan.verdict.split()) <= 60


@pytest.mark.obligation(6, 94)
@pytest.mark.parametrize("plan", EVERY)
def test_every_plan_has_an_automated_way_back(plan: Plan) -> None:
    """Two steps at least, each judged by checks that exist, and no data is never a pass."""
    checks = {check.id for check in plan.release.checks}

    assert plan.release.automatic
    assert plan.release.way_back
    assert len(plan.release.steps) >= 2
    assert all(step.analysis and set(step.analysis) <= checks for step in plan.release.steps)
    assert {check.no_data for check in plan.release.checks} == {"hold"}
    assert any(check.on_breach == "roll back" for check in plan.release.checks)


@pytest.mark.obligation(78)
@pytest.mark.parametrize("plan", EVERY)
def test_every_decision_says_what_else_there_was(plan: Plan) -> None:
    """A choice has an alternative with an advantage, and the chosen one a drawback."""
    for decision in plan.decisions:
        assert decision.winners, decision.id
        assert decision.alternatives, decision.id
        assert all(option.advantage and option.drawback for option in decision.options)
        assert {option.id for option in decision.winners} == set(decision.chosen.split("+"))


# --- what closes production ---------------------------------------------------------------------


@pytest.mark.obligation(99, 100, 101, 107)
@pytest.mark.parametrize("plan", EVERY)
def test_production_needs_evidence(plan: Plan) -> None:
    """Without evaluation, or at high impact without three reviews, a plan is not promotable."""
    brief, reviews = plan.brief, plan.brief.reviews
    high = bool(brief.high_impact)
    done = {reviews.security.status, reviews.compliance.status, reviews.red_team.status} == {"done"}

    if not brief.evaluation or (high and not done):
        assert not plan.promotable.holds
    assert plan.promotable.holds or plan.promotable.because


@pytest.mark.parametrize("name", ["refused-no-way-back", "refused-skip-reviews"])
def test_what_is_refused_says_so_first(name: str) -> None:
    """A brief that takes a safeguard away is told no in the first sentence."""
    assert PLANS[name].verdict.startswith("Do not deploy")
    assert any("refused" in reason for reason in PLANS[name].promotable.because)


@pytest.mark.obligation(107)
def test_without_evaluation_staging_is_open_and_production_closed() -> None:
    """The verdict says both, and the first reason is the missing evaluation set."""
    plan = PLANS["stopped-no-evaluation"]

    assert "Staging may start now" in plan.verdict
    assert "Production stays closed" in plan.verdict
    assert plan.promotable.because[0].startswith("no evaluation set")


# --- what a company can run ---------------------------------------------------------------------


@pytest.mark.obligation(86)
def test_two_people_are_not_given_kubernetes() -> None:
    """One request a second, no platform: nothing of a cluster is chosen."""
    plan = PLANS["startup-two-people"]

    assert plan.chosen("run-where") == "managed-api"
    assert _chosen(plan).isdisjoint(CLUSTER)
    assert plan.chosen("gitops") == ""


@pytest.mark.parametrize("plan", EVERY)
def test_a_cluster_is_for_those_who_run_one_or_need_one(plan: Plan) -> None:
    """A small team without an orchestrator is given a cluster only for several places or devices."""
    team, placement = plan.brief.team, plan.brief.placement
    if team.orchestrator in {None, "none"} and placement.where not in {"multi-cloud", "hybrid"}:
        assert plan.capacity.replicas * plan.capacity.per_replica > 8 or not (
            _chosen(plan) & {"cluster"}
        )


@pytest.mark.obligation(36)
@pytest.mark.parametrize("plan", AIR_GAPPED)
def test_behind_the_gap_nothing_is_hosted(plan: Plan) -> None:
    """No tool needs a host outside, and the network has no route out."""
    assert _chosen(plan).isdisjoint(HOSTED)
    assert plan.chosen("network") == "isolated"


@pytest.mark.obligation(62)
@pytest.mark.parametrize("plan", ON_DEVICE)
def test_devices_consider_all_four_runtimes(plan: Plan) -> None:
    """Core ML, MediaPipe, ONNX Runtime Mobile and ExecuTorch are options, chosen or not."""
    options = {option.id for option in plan.decision("edge-runtime").options}

    assert options >= {"coreml", "mediapipe", "onnxruntime-mobile", "executorch"}
    assert plan.chosen("engine") == plan.chosen("serving-platform") == ""


@pytest.mark.parametrize("plan", NO_TEXT)
def test_a_model_without_prompts_is_not_given_advice_on_prompts(plan: Plan) -> None:
    """Decisions on classifiers, cameras and robots speak of nothing that only text models have."""
    texts = [text for d in plan.decisions for text in (d.title, *d.reasons)]
    foreign = ("prompt", "KV cache", "tokens per", "output token", "first token")

    assert [text for text in texts if any(word in text for word in foreign)] == []


GPUS = [pytest.param(a.id, id=a.id) for a in accelerators() if a.kind == "gpu"]


@pytest.mark.obligation(39)
@pytest.mark.parametrize("accelerator", GPUS)
def test_fp8_never_on_hardware_without_it(accelerator: str) -> None:
    """Every device of the catalog, owned in plenty: FP8 is chosen only where the device has it."""
    brief = BRIEFS["hospital-triage"].model_dump(mode="json")
    brief["placement"]["accelerators"] = [{"id": accelerator, "count": 64, "per_node": 8}]
    plan = make_plan(Brief.model_validate(brief), VERSIONS)
    has = next(a.fp8_dense_tflops for a in accelerators() if a.id == accelerator) is not None

    assert plan.capacity.accelerator in {accelerator, None}
    if not has:
        assert "fp8" not in {plan.capacity.precision, plan.chosen("quantization")}


# --- laws ---------------------------------------------------------------------------------------

LOADED = (
    "support-assistant", "code-completion", "hospital-triage", "multi-lora-tutor", "ranking-20k",
    "fraud-classifier",
)  # fmt: skip


def _sized(name: str, peak: float) -> Capacity:
    """Capacity for a peak, with one type of device owned in any number: only the load differs."""
    brief = BRIEFS[name].model_dump(mode="json")
    brief["workload"]["traffic"] = {"peak_rps": peak, "mean_rps": peak / 4}
    if brief["workload"]["kind"] in LLM_KINDS:
        brief["placement"]["accelerators"] = [{"id": "nvidia-l40s", "count": 10**6, "per_node": 8}]
    return make_plan(Brief.model_validate(brief), VERSIONS).capacity


@pytest.mark.obligation(50)
@given(st.sampled_from(LOADED), st.floats(0.5, 200), st.floats(1, 3))
@settings(max_examples=25, deadline=None)
def test_more_load_never_needs_fewer_replicas(name: str, peak: float, factor: float) -> None:
    """More requests need as many replicas of the same layout, or more.

    Another split or precision is taken when it saves a good share of the devices, so across
    layouts the number of devices may fall, but never below half.
    """
    fewer, more = _sized(name, peak), _sized(name, peak * factor)
    layouts = {(c.per_replica, c.precision) for c in (fewer, more)}

    if len(layouts) == 1:
        assert more.replicas == 0 or fewer.replicas <= more.replicas
    else:
        assert fewer.replicas * fewer.per_replica <= 2 * more.replicas * more.per_replica


SECTIONS = ("team", "placement", "data", "impact", "reviews", "release", "monitoring", "evaluation",
            "objectives", "budget", "jurisdictions", "environments", "frameworks", "prompts")  # fmt: skip


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_any_valid_brief_is_planned(rng: random.Random) -> None:
    """One company's work, another's team, a third one's place: planned, and with a way back.

    Where no option is left, the planner says for each one what it failed.
    """
    known = list(BRIEFS.values())
    brief = rng.choice(known).model_dump(mode="json")
    for section in SECTIONS:
        if rng.random() < 0.5:
            brief[section] = rng.choice(known).model_dump(mode="json")[section]
    plan = _planned(Brief.model_validate(brief))
    if isinstance(plan, NoOptionError):
        assert all(why for _, why in plan.failed)
        return

    assert plan.release.automatic
    assert plan.alerts
    assert plan.failure_modes
    assert len(plan.questions) <= 3
    assert plan.promotable.holds <= bool(plan.brief.evaluation)


def _planned(brief: Brief) -> Plan | NoOptionError:
    try:
        return make_plan(brief, VERSIONS)
    except NoOptionError as error:
        return error
