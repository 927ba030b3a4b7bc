"""Envoy AI Gateway at 1.1 before the gateway of the plan: who calls, and how many tokens they may use."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.render.kubernetes.platforms.conftest import files, objects, only
from tests.render.kubernetes.platforms.test_platforms import build, judged

from aegis.base import conventions as names
from aegis.brief.read import read_brief
from aegis.gateway.app import CALLER_HEADER
from aegis.operations.bundle import platform_gaps, render_all
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan
from aegis.render.gateway import policy
from aegis.render.kubernetes import entry
from aegis.render.shared.apis import PROJECTS
from aegis.render.shared.limits import CALLER_SHARE, tokens_per_s

_ROOT = Path(__file__).parents[3]
CASES = {
    "argo": ("examples/support-assistant/brief.yaml", None),
    "flagger": ("tests/golden/briefs/chat-hybrid-bank.yaml", "flagger"),
    "kserve": ("tests/golden/briefs/rag-kserve-divided.yaml", "kserve"),
    "llm-d": ("tests/golden/briefs/completion-llm-d-prefixes.yaml", "llm-d"),
    "largest": ("examples/moe-multicloud/brief.yaml", None),
}
ENTRY = "kubernetes/components/entry/"


def planned(path: str, orchestrator: str | None, gateway: str | None) -> Plan:
    brief = read_brief((_ROOT / path).read_text(), path=path).brief
    assert brief is not None
    update: dict[str, Any] = {"gateway": gateway}
    if orchestrator:
        update["orchestrator"] = orchestrator
    team = brief.team.model_copy(update=update)
    return make_plan(
        brief.model_copy(update={"team": team}),
        Versions(catalog_sha256="0" * 64, aegis_version="test"),
    )


@cache
def plan_of(case: str) -> Plan:
    """The plan of a team whose callers enter by Envoy AI Gateway."""
    return planned(*CASES[case], "envoy-ai-gateway")


@pytest.fixture(params=sorted(CASES))
def plan(request: pytest.FixtureRequest) -> Plan:
    """Each case in turn."""
    return plan_of(request.param)


def rules(plan: Plan) -> list[dict[str, Any]]:
    limits = only(plan, "BackendTrafficPolicy", ENTRY)["spec"]["rateLimit"]
    assert set(limits) == {"global"}
    return list(limits["global"]["rules"])


def test_the_team_states_it_and_the_gateway_of_the_plan_stays(plan: Plan) -> None:
    """It is an entry: the pods, the policy and the audit are those of the plan without it."""
    assert plan.chosen("gateway") == "envoy-ai-gateway"
    assert policy(plan).guardrails
    assert [o for o in objects(plan) if "aegis-gateway@" in str(o)]
    silent = planned(*CASES["argo"], None)
    assert silent.chosen("gateway") == "aegis-gateway"
    assert not [o for o in objects(silent) if o["kind"] == "AIGatewayRoute"]


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("examples/fraud-classifier/brief.yaml", id="no-tokens"),
        pytest.param("examples/vision-inspection/brief.yaml", id="no-cluster"),
    ],
)
def test_where_it_would_count_nothing_it_is_not_chosen(path: str) -> None:
    plan = planned(path, None, "envoy-ai-gateway")
    found = next(o for o in plan.decision("gateway").options if o.id == "envoy-ai-gateway")

    assert plan.chosen("gateway") != "envoy-ai-gateway"
    assert found.verdict == "rejected"


def test_every_object_passes_strict_validation(plan: Plan) -> None:
    known = {(v, k) for p in PROJECTS.values() for k, v in p.kinds.items()}

    assert judged(files(plan), plan) == []
    assert {(o["apiVersion"], o["kind"]) for o in objects(plan)} <= known


@pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="kubectl is absent: overlays were NOT built by it"
)
@pytest.mark.parametrize("case", ["argo", "flagger"])
def test_one_host_is_named_once_and_the_entry_follows(case: str, tmp_path: Path) -> None:
    """`site.yaml` names the host of the service; the entry asks it there and has a host before it."""
    plan = plan_of(case)
    for environment in names.ENVIRONMENTS:
        build(plan, tmp_path, environment)
        site = tmp_path / f"kubernetes/overlays/{environment}/site.yaml"
        host = f"{environment}.models.internal"
        site.write_text(site.read_text().replace(f"{plan.service}.{environment}.internal", host))
        built = list(yaml.safe_load_all(_kustomized(tmp_path, environment)))
        by_kind = {
            o["kind"]: o["spec"] for o in built if o["kind"] in {"Backend", "AIGatewayRoute"}
        }
        (callers,) = (o for o in built if o["metadata"]["name"] == f"{plan.service}-callers")

        assert by_kind["Backend"]["endpoints"][0]["fqdn"]["hostname"] == host
        assert by_kind["AIGatewayRoute"]["hostnames"] == [f"ai.{host}"]
        key = callers["spec"]["dataFrom"][0]["extract"]["key"]
        assert key == f"{plan.service}/{environment}/callers"


def _kustomized(folder: Path, environment: str) -> str:
    import subprocess  # noqa: PLC0415  # only where kubectl is there

    overlay = folder / "kubernetes/overlays" / environment
    ran = subprocess.run(
        ["kubectl", "kustomize", str(overlay)], capture_output=True, text=True, check=True
    )
    return ran.stdout


def test_a_caller_is_who_the_key_says_and_the_gateway_behind_hears_it(plan: Plan) -> None:
    """One header: written by the entry, taken from whoever sends it, counted by, and read behind."""
    keys = only(plan, "SecurityPolicy", ENTRY)["spec"]["apiKeyAuth"]
    (client,) = (
        o for o in objects(plan, "kubernetes/entry/") if o["kind"] == "ClientTrafficPolicy"
    )
    counted = {
        header["name"]
        for rule in rules(plan)
        for chosen in rule.get("clientSelectors", ())
        for header in chosen["headers"]
    }
    (callers,) = (o for o in objects(plan, ENTRY) if o["kind"] == "ExternalSecret")

    assert keys["forwardClientIDHeader"] == CALLER_HEADER.decode()
    assert counted == {CALLER_HEADER.decode()}
    assert client["spec"]["headers"]["earlyRequestHeaders"]["remove"] == [CALLER_HEADER.decode()]
    assert keys["sanitize"] is True
    assert keys["credentialRefs"] == [{"name": callers["spec"]["target"]["name"]}]
    assert "data" not in callers["spec"]


def test_limits_are_those_of_the_plan(plan: Plan) -> None:
    """A quarter of the peak a minute and of a mean day for a caller, the peak for all of them."""
    limits = policy(plan).limits
    assert limits.caller_tokens_per_s is not None
    assert limits.tokens_per_s is not None
    assert limits.caller_requests_per_s is not None
    mean = tokens_per_s(plan, "traffic.mean")
    assert mean is not None
    found = [(r["limit"]["requests"], r["limit"]["unit"], "cost" in r) for r in rules(plan)]
    longest = (mean * CALLER_SHARE * 86_400, "Day")
    if longest[0] > 2**32 - 1:
        longest = (mean * CALLER_SHARE * 3_600, "Hour")

    assert found == [
        (pytest.approx(60 * limits.caller_tokens_per_s, abs=1), "Minute", True),
        (pytest.approx(longest[0], abs=1), longest[1], True),
        (pytest.approx(60 * limits.tokens_per_s, abs=1), "Minute", True),
        (pytest.approx(60 * limits.caller_requests_per_s, abs=1), "Minute", False),
    ]
    assert all(0 < number < 2**32 for number, _, _ in found)


def test_every_token_limit_is_asked_before_and_counted_after(plan: Plan) -> None:
    """A cost that no route computes would limit nobody."""
    computed = {
        c["metadataKey"] for c in only(plan, "AIGatewayRoute", ENTRY)["spec"]["llmRequestCosts"]
    }
    for rule in rules(plan):
        if "cost" in rule:
            assert rule["cost"]["request"] == {"from": "Number", "number": 0}
            used = rule["cost"]["response"]["metadata"]
            assert used["namespace"] == "io.envoy.ai_gateway"
            assert used["key"] in computed


def test_each_reference_leads_on(plan: Plan) -> None:
    """Route, service, host: and the policies stand on the route that the controller makes."""
    route = only(plan, "AIGatewayRoute", ENTRY)
    (rule,) = route["spec"]["rules"]
    service = only(plan, "AIServiceBackend", ENTRY)
    reference = service["spec"]["backendRef"]
    (gateway,) = (o for o in objects(plan, "kubernetes/entry/") if o["kind"] == "Gateway")

    assert [b["name"] for b in rule["backendRefs"]] == [service["metadata"]["name"]]
    assert rule["matches"][0]["headers"][0]["value"] == plan.service
    assert (reference["kind"], reference["name"]) == (
        "Backend", only(plan, "Backend", ENTRY)["metadata"]["name"],
    )  # fmt: skip
    assert route["spec"]["parentRefs"] == [
        {"name": gateway["metadata"]["name"], "namespace": gateway["metadata"]["namespace"]}
    ]
    for kind in ("SecurityPolicy", "BackendTrafficPolicy"):
        (target,) = only(plan, kind, ENTRY)["spec"]["targetRefs"]
        assert target["kind"] == "HTTPRoute"
        assert target["name"] == route["metadata"]["name"] != plan.service


def test_the_release_s_route_is_not_the_entry_s(plan: Plan) -> None:
    """Its controller writes that HTTPRoute anew: weights move on another, which the entry asks."""
    assert entry.entered(plan)
    weights = [
        o["metadata"]["name"]
        for o in objects(plan)
        if o["kind"] in {"HTTPRoute", "Canary"} and "environment" not in o
    ]

    assert plan.service in weights
    assert f"{plan.service}-entry" not in weights


def test_no_text_of_callers_stands_in_spans(plan: Plan) -> None:
    """They hold prompts and answers unless they are told not to."""
    (config,) = (o for o in objects(plan, "kubernetes/entry/") if o["kind"] == "GatewayConfig")
    (gateway,) = (o for o in objects(plan, "kubernetes/entry/") if o["kind"] == "Gateway")
    told = {e["name"]: e["value"] for e in config["spec"]["extProc"]["kubernetes"]["env"]}
    bound = gateway["metadata"]["annotations"]["aigateway.envoyproxy.io/gateway-config"]

    assert told["OPENINFERENCE_HIDE_INPUTS"] == told["OPENINFERENCE_HIDE_OUTPUTS"] == "true"
    assert bound == config["metadata"]["name"]
    assert config["metadata"]["namespace"] == gateway["metadata"]["namespace"]


def test_what_it_cannot_say_is_a_finding_with_a_way_around(plan: Plan) -> None:
    found = [f for f in platform_gaps(plan) if f.where == "gateway"]
    words = " ".join(f.message for f in found)

    assert {f.code for f in found} == {"AEG009"}
    assert "Guardrails" in words
    assert ("InferencePool" in words) is (plan.chosen("serving-platform") == "llm-d")
    assert all(f.mend for f in found)


def test_pages_ask_the_entry_too() -> None:
    lines = [c for page in plan_of("argo").runbooks for c in page.commands]

    assert any("backendtrafficpolicy support-assistant-entry" in line for line in lines)


def test_two_artifacts_never_share_a_path(plan: Plan) -> None:
    paths = [a.path for a in render_all(plan)]

    assert len(paths) == len(set(paths))


@given(
    peak=st.floats(min_value=0.01, max_value=1e7),
    share=st.floats(min_value=0.001, max_value=1.0),
)
def test_no_limit_is_larger_than_a_counter_holds_in_its_longest_window(
    peak: float, share: float
) -> None:
    """Whatever the traffic: the longest window falls from a day to an hour before it overflows."""
    plan = plan_of("argo")
    figures = {
        **plan.numbers,
        "traffic.peak": plan.numbers["traffic.peak"].model_copy(update={"value": peak}),
        "traffic.mean": plan.numbers["traffic.mean"].model_copy(update={"value": peak * share}),
    }
    changed = plan.model_copy(update={"numbers": figures})
    (limits,) = (a for a in entry.entry(changed) if a.path.endswith("backendtrafficpolicy.yaml"))
    made: Any = limits.content
    longest = made["spec"]["rateLimit"]["global"]["rules"][1]["limit"]

    assert longest["unit"] in {"Day", "Hour"}
    assert longest["requests"] >= 1
    if longest["unit"] == "Day":
        assert longest["requests"] < 2**32
