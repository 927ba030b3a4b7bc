"""Every platform of a cluster: judged by kustomize, by the projects' schemas, and as laws."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.render.kubernetes.platforms.conftest import CASES, files, objects, only, plan_of

from aegis.base import conventions as names
from aegis.base.finding import Severity
from aegis.plan.case import ON_CLUSTER, WEIGHED
from aegis.plan.types import Plan
from aegis.render.kubernetes.platforms import PLATFORMS, gaps
from aegis.render.shared.apis import PROJECTS
from aegis.render.shared.pins import UNSET_DIGEST
from aegis.render.shared.serving import serving, slots, trial_replicas, trial_share
from aegis.rollout.policy import HTTPRouteRouter, Policy
from aegis.verify.api import Settings, verify_files
from aegis.verify.schema.library import built_in

kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is absent: overlays were NOT built by it"
)
OVERLAYS = (*names.ENVIRONMENTS, "canary")


def judged(texts: dict[str, str], plan: Plan) -> list[str]:
    found = verify_files(texts, settings=Settings(spare_accelerators=slots(plan).devices_needed))
    return [
        f"{f.name}: {f.message}" for f in found.findings if f.severity.rank <= Severity.MEDIUM.rank
    ]


def build(plan: Plan, folder: Path, overlay: str) -> str:
    for path, content in files(plan).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    ran = subprocess.run(
        ["kubectl", "kustomize", str(folder / "kubernetes/overlays" / overlay)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_table_holds_what_the_plan_may_choose() -> None:
    assert set(PLATFORMS) == ON_CLUSTER
    assert WEIGHED < ON_CLUSTER


def test_the_plan_chooses_what_the_case_asks() -> None:
    """Otherwise the tests below would prove something else."""
    chosen = {case: plan_of(case).chosen("serving-platform") for case in CASES}

    assert chosen == {case: case.rsplit("-", 1)[0].removesuffix("-in") for case in CASES}


@pytest.mark.obligation(32)
def test_every_object_passes_strict_validation(plan: Plan) -> None:
    assert judged(files(plan), plan) == []


@kubectl
@pytest.mark.parametrize("case", sorted(CASES))
def test_every_overlay_is_built_and_its_objects_are_accepted(case: str, tmp_path: Path) -> None:
    """Images are pinned where they stand, the namespace is the environment's, nothing is unknown."""
    plan = plan_of(case)
    for overlay in OVERLAYS:
        built = build(plan, tmp_path, overlay)
        environment = "production" if overlay == "canary" else overlay
        found = judged({"built.yaml": built}, plan)
        if overlay == "canary":  # an operator's pods, which only its object in the base shows
            found = [p for p in found if "matches-nothing" not in p]
        assert found == [], overlay
        text = json.dumps(list(yaml.safe_load_all(built)))
        images = re.findall(r'"(?:image|reference)": "([^"]+)"', text)
        assert images
        assert all(
            i.startswith("registry.internal/") and i.endswith(UNSET_DIGEST) for i in images
        ), overlay
        for document in yaml.safe_load_all(built):
            meta = document["metadata"]
            assert meta["namespace"] == environment
            assert meta["labels"][names.ENVIRONMENT_LABEL] == environment or overlay == "canary"
            for subject in document.get("subjects", ()):
                assert subject["namespace"] == environment


def test_every_kind_stands_in_the_one_table_and_is_served(plan: Plan) -> None:
    """Group and version of each object come from the table, and the stored schemas serve them."""
    known = {(v, k) for p in PROJECTS.values() for k, v in p.kinds.items()}
    for item in objects(plan):
        kind = (item["apiVersion"], item["kind"])
        assert kind in known
        found = built_in().find(*kind)
        assert found is not None
        assert found.served


def test_pairings_name_projects_of_the_table() -> None:
    assert all(other in PROJECTS for p in PROJECTS.values() for other in p.pairs)


def containers(value: Any) -> list[dict[str, Any]]:
    """Every container inside, wherever an operator's object keeps its pods."""
    if isinstance(value, list):
        return [c for item in value for c in containers(item)]
    if not isinstance(value, dict):
        return []
    here = [c for key in ("containers", "initContainers") for c in value.get(key) or []]
    return here + [c for item in value.values() for c in containers(item)]


def test_callers_reach_the_gateway_and_no_engine(plan: Plan) -> None:
    """The route's Services pick pods whose port `http` is the gateway's, in front of the engine."""
    backends = only_route(plan)["spec"]["rules"][0]["backendRefs"]
    services = {d["metadata"]["name"]: d for d in objects(plan) if d["kind"] == "Service"}
    for backend in backends:
        spec = services[backend["name"]]["spec"]
        assert [p["targetPort"] for p in spec["ports"]] == ["http"]
    fronts = [c for d in objects(plan) for c in containers(d.get("spec", {}))
              if c["name"] != "main" and any(p.get("name") == "http" for p in c.get("ports", ()))]  # fmt: skip
    assert fronts
    assert all(c["image"].startswith("aegis-gateway@") for c in fronts)


def only_route(plan: Plan) -> dict[str, Any]:
    (found,) = (
        d
        for d in objects(plan, "kubernetes/base/")
        if d["kind"] == "HTTPRoute" and d["metadata"]["name"] == plan.service
    )
    return found


def test_the_mover_of_the_policy_is_the_route_of_the_bundle(plan: Plan) -> None:
    """One part moves the weights: the Job, by the policy, of that route and of no other."""
    policy = Policy.model_validate(yaml.safe_load(files(plan)["rollout/policy.yaml"]))
    route = only_route(plan)
    backends = [b["name"] for b in route["spec"]["rules"][0]["backendRefs"]]

    assert isinstance(policy.router, HTTPRouteRouter)
    assert [policy.router.stable, policy.router.canary] == backends
    assert policy.router.name == route["metadata"]["name"]
    (role,) = (d for d in objects(plan, "kubernetes/canary/rollout-role.yaml"))
    assert role["rules"][0]["resourceNames"] == [plan.service]
    assert all(step.weight_percent <= trial_share(plan) for step in policy.steps)
    mounted = yaml.safe_load(files(plan)["rollout/kustomization.yaml"])
    job = only(plan, "Job", "kubernetes/canary/")
    volumes = job["spec"]["template"]["spec"]["volumes"]
    assert volumes[0]["configMap"]["name"] == mounted["configMapGenerator"][0]["name"]


def test_a_trial_has_a_name_and_a_track_of_its_own(plan: Plan) -> None:
    """Nothing of the version on trial replaces an object of the stable one."""
    stable = {(d["kind"], d["metadata"]["name"]) for d in objects(plan, "kubernetes/base/")}
    trial = {(d["kind"], d["metadata"]["name"]) for d in objects(plan, "kubernetes/canary/")}

    assert trial
    assert not stable & trial
    text = "".join(t for p, t in files(plan).items() if p.startswith("kubernetes/canary/"))
    assert f"{names.TRACK_LABEL}: stable" not in text


def test_pages_speak_the_platform_s_own_commands(plan: Plan) -> None:
    """No command asks for a kind that this bundle does not have."""
    lines = [c for page in plan.runbooks for c in page.commands]
    lines += [c for mode in plan.failure_modes for c in mode.commands]
    kinds = {d["kind"].lower() for d in objects(plan)}
    asked = {
        word
        for line in lines
        for word in re.findall(r"(?:get|describe) ([a-z,]+) ", line)
        for word in word.split(",")
    }
    plain = {"pods", "configmap", "events", "scaledobject"}

    assert not any("argo rollouts" in line for line in lines)
    assert asked <= kinds | plain


@pytest.mark.parametrize("case", sorted(CASES))
def test_what_cannot_be_said_has_a_way_around(case: str) -> None:
    """Each gap names both; those of the two versions side by side depend on the devices."""
    plan = plan_of(case)
    for gap in gaps(plan):
        assert gap.what.endswith(".")
        assert gap.instead.endswith(".")


@pytest.mark.parametrize(
    ("count", "share"),
    [
        pytest.param(128, 100, id="two-full-versions"),
        pytest.param(64, 100 / 3, id="one-replica-more"),
        pytest.param(16, 0, id="no-room"),
    ],
)
def test_a_trial_fits_the_devices_that_there_are(count: int, share: float) -> None:
    """Steps end at what the version on trial can carry; without room there is none, and it is said."""
    whole = plan_of("lws-in-stages")
    owned = whole.brief.placement.accelerators[0].model_copy(update={"count": count})
    placement = whole.brief.placement.model_copy(update={"accelerators": (owned,)})
    plan = whole.model_copy(
        update={"brief": whole.brief.model_copy(update={"placement": placement})}
    )
    used = (slots(plan).replicas + trial_replicas(plan)) * serving(plan).devices

    assert used <= count
    assert trial_share(plan) == pytest.approx(share)
    policy = yaml.safe_load(files(plan)["rollout/policy.yaml"])
    if share:
        assert max(s["weight_percent"] for s in policy["steps"]) <= share
        assert only(plan, "LeaderWorkerSet", "kubernetes/canary/")
    else:
        assert policy["router"] == {"type": "none"}
        assert not objects(plan, "kubernetes/canary/")
    assert bool([g for g in gaps(plan) if "device" in g.what or "spare" in g.what]) is (share < 100)
