"""Flagger at 1.44: what its controller makes of the objects, as its sources say."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.render.kubernetes.platforms.conftest import files, objects, only
from tests.render.kubernetes.platforms.test_platforms import build, judged

from aegis.base import conventions as names
from aegis.brief.read import read_brief
from aegis.operations.judging import judge_groups
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan
from aegis.render.kubernetes.platforms import PLATFORMS, gaps
from aegis.render.observability import render_observability
from aegis.render.shared.apis import PROJECTS
from aegis.render.shared.owned import owned
from aegis.render.shared.reading import value
from aegis.render.shared.serving import serving, slots, trial_replicas, trial_share
from aegis.rollout.policy import NoRouter, Policy

_ROOT = Path(__file__).parents[4]
CASES = {
    "shares": ("tests/golden/briefs/completion-llm-d-prefixes.yaml", None),
    "approved": ("tests/golden/briefs/chat-hybrid-bank.yaml", None),
    "one-spare": ("tests/golden/briefs/embedding-on-premises-measured.yaml", None),
    "isolated": ("tests/golden/briefs/rag-air-gapped-police.yaml", None),
    "arms": ("examples/ranking-20k/brief.yaml", None),
    "mirror": ("examples/fraud-classifier/brief.yaml", None),
    "switch": ("tests/golden/briefs/chat-hybrid-bank.yaml", "blue-green"),
}
RELEASE = "kubernetes/components/release/"


@cache
def plan_of(case: str) -> Plan:
    """The plan of a team that releases by Flagger."""
    path, strategy = CASES[case]
    brief = read_brief((_ROOT / path).read_text(), path=path).brief
    assert brief is not None
    team = brief.team.model_copy(update={"orchestrator": "flagger"})
    update: dict[str, Any] = {"team": team}
    if strategy:
        update["release"] = brief.release.model_copy(update={"strategy": strategy})
    plan = make_plan(
        brief.model_copy(update=update), Versions(catalog_sha256="0" * 64, aegis_version="test")
    )
    assert plan.chosen("serving-platform") == "flagger"
    return plan


@pytest.fixture(params=sorted(CASES))
def plan(request: pytest.FixtureRequest) -> Plan:
    """Each case in turn."""
    return plan_of(request.param)


def canary(plan: Plan) -> dict[str, Any]:
    found: dict[str, Any] = only(plan, "Canary", RELEASE)["spec"]
    return found


def hooks(plan: Plan) -> dict[str, dict[str, Any]]:
    return {hook["name"]: hook for hook in canary(plan)["analysis"]["webhooks"]}


def test_every_object_passes_strict_validation(plan: Plan) -> None:
    assert judged(files(plan), plan) == []


def test_every_kind_stands_in_the_one_table(plan: Plan) -> None:
    known = {(v, k) for p in PROJECTS.values() for k, v in p.kinds.items()}

    assert {(o["apiVersion"], o["kind"]) for o in objects(plan)} <= known


@pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is absent: overlays were NOT built by it"
)
@pytest.mark.parametrize("case", ["shares", "mirror"])
def test_what_flagger_makes_in_production_stands_before_it(case: str, tmp_path: Path) -> None:
    """Route and Service come from git where there is no Flagger, and from Flagger where it is."""
    plan = plan_of(case)
    for environment in names.ENVIRONMENTS:
        built = build(plan, tmp_path, environment)
        found = list(yaml.safe_load_all(built))
        kinds = {(o["kind"], o["metadata"]["name"]) for o in found}
        production = environment == "production"
        assert judged({"built.yaml": built}, plan) == []
        assert (("Canary", plan.service) in kinds) is production
        assert (("HTTPRoute", plan.service) in kinds) is not production
        assert (("Service", plan.service) in kinds) is not production
        host = f"{plan.service}.{environment}.internal"
        (hosts,) = (
            o["spec"]["service"]["hosts"] if production else o["spec"]["hostnames"]
            for o in found
            if o["kind"] == ("Canary" if production else "HTTPRoute")
        )
        assert hosts == [host]


def test_only_one_label_tells_the_versions_apart(plan: Plan) -> None:
    """Flagger gives its copy another value of the selector's label; nothing else may select by it."""
    deployment = only(plan, "Deployment")
    worn = deployment["spec"]["template"]["metadata"]["labels"]
    (label,) = deployment["spec"]["selector"]["matchLabels"]
    copy = {**worn, label: f"{worn[label]}-primary"}
    selectors = [
        found
        for item in objects(plan, "kubernetes/base/")
        for found in [
            item["spec"].get("podSelector") or item["spec"].get("selector")
            if item["kind"] in {"NetworkPolicy", "PodDisruptionBudget", "PodMonitor"}
            else None
        ]
        if found
    ]

    assert label in {"app", "name", names.SERVICE_LABEL}
    assert len(selectors) >= 4
    for selector in selectors:
        assert selector["matchLabels"].items() <= copy.items()
        assert selector["matchLabels"].items() <= worn.items()
    spread = deployment["spec"]["template"]["spec"]["topologySpreadConstraints"][0]
    assert label not in spread["labelSelector"]["matchLabels"]


@pytest.mark.parametrize(
    ("pod", "arm"),
    [
        pytest.param("{}-primary", "stable", id="the-copy-serves"),
        pytest.param("{}", "canary", id="the-plain-name-is-on-trial"),
        pytest.param("{}-judge", None, id="neither"),
    ],
)
def test_a_pod_is_counted_for_its_version(pod: str, arm: str | None) -> None:
    """Relabelling is anchored, as Prometheus does it."""
    plan = plan_of("shares")
    for endpoint in only(plan, "PodMonitor")["spec"]["podMetricsEndpoints"]:
        given = [
            rule["replacement"]
            for rule in endpoint["relabelings"]
            if rule["targetLabel"] == "track"
            and re.fullmatch(rule["regex"], pod.format(plan.service))
        ]
        assert given == ([arm] if arm else [])


@pytest.mark.parametrize(
    ("case", "given"),
    [
        pytest.param("shares", {"stepWeights": [5, 25, 50]}, id="shares-of-the-plan"),
        pytest.param("one-spare", {"stepWeights": [5, 25]}, id="no-more-than-one-replica-carries"),
        pytest.param(
            "arms",
            {"iterations": 20175, "match": [{"headers": {"aegis-arm": {"exact": "b"}}}]},
            id="users-by-header",
        ),
        pytest.param("mirror", {"mirror": True}, id="copies-of-requests"),
        pytest.param("switch", {}, id="all-at-once-after-proof"),
    ],
)
def test_a_strategy_is_what_the_provider_can_do(case: str, given: dict[str, Any]) -> None:
    """The Gateway API mirrors and switches by iterations, and weighs by shares: never both."""
    analysis = canary(plan_of(case))["analysis"]

    assert given.items() <= analysis.items()
    assert ("stepWeights" in analysis) is not ("iterations" in analysis)
    if "iterations" in analysis:
        held = sum(value(plan_of(case), s.hold_minutes) for s in plan_of(case).release.steps[:-1])
        assert analysis["iterations"] == held
    assert {"interval": "60s", "threshold": 3}.items() <= analysis.items()


def test_the_judge_grants_the_shares_that_flagger_takes(plan: Plan) -> None:
    """One policy: the shares below all are the same, and nobody else is told to move weights."""
    policy = Policy.model_validate(yaml.safe_load(files(plan)["rollout/policy.yaml"]))
    weights = [s.weight_percent for s in policy.steps if 0 < s.weight_percent < 100]

    assert isinstance(policy.router, NoRouter)
    assert canary(plan)["analysis"].get("stepWeights", weights) == weights
    assert all(w <= trial_share(plan) for w in weights) or len(weights) == 1
    mounted = yaml.safe_load(files(plan)["rollout/kustomization.yaml"])
    judge = only(plan, "Deployment", RELEASE)["spec"]["template"]["spec"]
    assert judge["volumes"][0]["configMap"]["name"] == mounted["configMapGenerator"][0]["name"]
    assert judge["containers"][0]["command"][:3] == ["aegis", "rollout", "serve"]


def test_every_gate_leads_to_the_judge_or_to_a_person(plan: Plan) -> None:
    """Gates fail shut in Flagger, the way back fails open: the rules of the same policy stand behind."""
    (service,) = (o for o in objects(plan, RELEASE) if o["kind"] == "Service")
    judge = f"http://{service['metadata']['name']}.production/flagger/"
    found = hooks(plan)
    shares = "stepWeights" in canary(plan)["analysis"]

    assert found["judge-back"]["url"] == f"{judge}rollback"
    assert found["judge-proof"]["url"] == f"{judge}confirm-promotion"
    assert ("judge-share" in found) is shares
    assert ("approval" in found) is bool(plan.brief.high_impact)
    assert ("load-test" in found) is (plan.release.strategy == "blue-green")
    for name in ("judge-back", "judge-proof"):
        assert found[name]["type"] in {"rollback", "confirm-promotion"}


def test_no_data_is_decided(plan: Plan) -> None:
    """Flagger counts an empty result as a failed check: the query is never empty, and never NaN."""
    (template,) = (o for o in objects(plan, RELEASE) if o["kind"] == "MetricTemplate")
    (metric,) = canary(plan)["analysis"]["metrics"]
    query = template["spec"]["query"]
    rendered: list[Any] = [a.content for a in render_observability(plan, judge_groups(plan))]
    recorded = {
        rule["record"]
        for content in rendered
        if isinstance(content, dict) and content.get("kind") == "PrometheusRule"
        for group in content["spec"]["groups"]
        for rule in group["rules"]
        if "record" in rule
    }

    assert metric["templateRef"]["name"] == template["metadata"]["name"]
    assert metric["thresholdRange"] == {"max": 0}
    assert query.endswith(" or vector(0)")
    assert "/" not in query
    assert names.ROLLOUT_RULE_WORSE in recorded
    assert names.ROLLOUT_RULE_WORSE in query


def test_a_promotion_leaves_the_copy_its_number(plan: Plan) -> None:
    """Without an autoscaler Flagger carries the trial's number over, and git fights over `replicas`."""
    (scaler,) = (
        o["spec"] for o in objects(plan, RELEASE) if o["kind"] == "HorizontalPodAutoscaler"
    )
    reference = canary(plan)["autoscalerRef"]
    copy = reference["primaryScalerReplicas"]

    assert "replicas" not in only(plan, "Deployment")["spec"]
    assert scaler["minReplicas"] == scaler["maxReplicas"] == trial_replicas(plan)
    assert copy["minReplicas"] == copy["maxReplicas"] == slots(plan).replicas
    assert reference["kind"] == "HorizontalPodAutoscaler"
    assert plan.chosen("scaling") == "fixed"
    assert not [o for o in objects(plan) if o["kind"] == "ScaledObject"]


def test_both_versions_fit_the_devices_that_there_are(plan: Plan) -> None:
    """The copy is replaced in place while the version on trial stands."""
    places, each = slots(plan), serving(plan).devices
    rolling = only(plan, "Deployment")["spec"]["strategy"]["rollingUpdate"]
    noted = only(plan, "Canary", RELEASE)["metadata"]["annotations"].get(names.SPARE_ANNOTATION)

    assert rolling == {"maxSurge": 0, "maxUnavailable": 1}
    assert (places.replicas + trial_replicas(plan)) * each <= places.devices_needed
    assert noted == (str(trial_replicas(plan) * each) if each else None)


def test_a_rotated_key_is_no_release(plan: Plan) -> None:
    """Flagger copies a mounted Secret and analyses its change unless it is told not to."""
    component = yaml.safe_load(files(plan)[f"{RELEASE}kustomization.yaml"])
    (patch,) = (p["patch"] for p in component["patches"] if p["target"]["kind"] == "ExternalSecret")
    (change,) = yaml.safe_load(patch)

    assert change["path"] == "/spec/target/template"
    annotations = change["value"]["metadata"]["annotations"]
    assert annotations == {"flagger.app/config-tracking": "disabled"}


def test_pages_speak_flagger_s_commands(plan: Plan) -> None:
    """Of the runbooks, the failure modes and the README; none of another controller of releases."""
    lines = [c for page in plan.runbooks for c in page.commands]
    lines += [c for mode in plan.failure_modes for c in mode.commands]
    readme = files(plan)["kubernetes/README.md"]

    for text in (*lines, readme):
        assert "kubectl argo rollouts" not in text
        assert "aegis rollout run" not in text
    back = [line for line in lines if "skipAnalysis" in line]
    assert any("true" in line for line in back)
    assert any("false" in line for line in back)
    assert "skipAnalysis" in readme
    assert ("gate/open" in readme) is bool(plan.brief.high_impact)


def test_what_a_person_changes_is_not_changed_back(plan: Plan) -> None:
    """Flux undoes what kubectl does under its own name, and a sync what stands elsewhere in git."""
    lines = [c for page in plan.runbooks for c in page.commands]
    patches = [line for line in lines if "patch canary" in line]
    left = [o.paths for o in owned(plan) if (o.group, o.kind) == ("flagger.app", "Canary")]

    assert patches
    assert all("--field-manager=" in line for line in patches)
    assert left == [("/spec/suspend", "/spec/skipAnalysis")]
    spec = canary(plan)
    assert not {"suspend", "skipAnalysis"} & set(spec)


def test_what_cannot_be_said_has_a_way_around(plan: Plan) -> None:
    found = gaps(plan)

    assert found
    assert all(gap.what.endswith(".") and gap.instead.endswith(".") for gap in found)
    assert ("Shares above" in " ".join(g.what for g in found)) is (trial_share(plan) < 100)


def test_one_replica_s_devices_are_not_released_by_flagger() -> None:
    """It needs a second copy: the plan says so and takes plain Deployments without one."""
    path, _ = CASES["one-spare"]
    brief = read_brief((_ROOT / path).read_text(), path=path).brief
    assert brief is not None
    owned = brief.placement.accelerators[0].model_copy(update={"count": 1})
    placement = brief.placement.model_copy(update={"accelerators": (owned,)})
    team = brief.team.model_copy(update={"orchestrator": "flagger"})
    plan = make_plan(
        brief.model_copy(update={"team": team, "placement": placement}),
        Versions(catalog_sha256="0" * 64, aegis_version="test"),
    )
    flagger = next(o for o in plan.decision("serving-platform").options if o.id == "flagger")

    assert plan.chosen("serving-platform") == "kubernetes"
    assert flagger.verdict == "rejected"
    assert "second copy" in flagger.because


def test_it_stands_in_the_table() -> None:
    assert PLATFORMS["flagger"].needs == ("flagger",)
