"""Who moves the traffic. Kubernetes is a double that replays an API server's part of a talk.

The double keeps objects, applies merge and JSON patches as the API does, and remembers every call;
that our patches fit the real types is read in the projects' sources named in the code.
"""

from __future__ import annotations

import copy
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from aegis.rollout.routers.kubernetes import (
    ArgoSteps,
    Cluster,
    HTTPRouteWeights,
    KServeCanary,
    object_url,
)
from aegis.rollout.routers.plain import EnvoyRuntime, GatewayWeights, Nobody
from aegis.rollout.world import PermanentError, TemporaryError

SHARED = Path(os.environ.get("AEGIS_SHARED", Path(__file__).parents[3] / "shared"))
URL = object_url("https://api", "x/v1", "prod", "things", "helper")


class ApiServerDouble:
    """One object; after each patch `then` may change it, as its controller would."""

    def __init__(
        self, thing: dict[str, Any], then: Callable[[dict[str, Any]], None] = lambda _: None
    ) -> None:
        self.thing, self.then, self.calls = thing, then, list[tuple[str, str, Any]]()
        self.cluster = Cluster(
            httpx.Client(transport=httpx.MockTransport(self)), URL, token=lambda: "t"
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer t"
        body: Any = json.loads(request.content) if request.content else None
        self.calls.append(
            (request.method, request.url.path.removeprefix(httpx.URL(URL).path), body)
        )
        if request.method == "PATCH":
            assert request.url.params["fieldValidation"] == "Strict"
            if request.headers["content-type"] == "application/json-patch+json":
                if not self._patch(body):
                    return httpx.Response(422, json={"message": "the test failed"})
            else:
                _merge(self.thing, body)
            self.then(self.thing)
        return httpx.Response(200, json=self.thing)

    def _patch(self, operations: list[dict[str, Any]]) -> bool:
        changed = copy.deepcopy(self.thing)
        for operation in operations:
            *path, last = operation["path"].strip("/").split("/")
            place: Any = changed
            for part in path:
                place = place[int(part)] if isinstance(place, list) else place[part]
            if operation["op"] == "test" and place.get(last) != operation["value"]:
                return False
            if operation["op"] == "add":
                place[last] = operation["value"]
        self.thing = changed
        return True


def _merge(thing: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if value is None:
            thing.pop(key, None)
        elif isinstance(value, dict):
            _merge(thing.setdefault(key, {}), value)
        else:
            thing[key] = value


def route() -> dict[str, Any]:
    """Two rules with both backends, in both orders, and one of somebody else."""

    def backend(name: str, **more: Any) -> dict[str, Any]:
        return {"name": name, "port": 80, **more}

    return {
        "metadata": {"annotations": {"owner": "somebody"}},
        "spec": {
            "hostnames": ["h"],
            "rules": [
                {
                    "backendRefs": [
                        backend("helper", weight=100),
                        backend("helper-canary", weight=0),
                    ]
                },
                {"backendRefs": [backend("other")], "filters": [{"type": "URLRewrite"}]},
                {"backendRefs": [backend("helper-canary"), backend("helper")]},
            ],
        },
    }


def test_httproute_changes_two_weights_in_every_rule_and_nothing_else() -> None:
    """Names are tested in the same patch, so that a reordered route is not hit blindly."""
    double = ApiServerDouble(route())
    router = HTTPRouteWeights(double.cluster, stable="helper", canary="helper-canary")
    assert router.weight() == 0

    router.set_weight(5.0)

    expected = route()
    rules = expected["spec"]["rules"]
    for rule in (rules[0], rules[2]):
        for ref in rule["backendRefs"]:
            ref["weight"] = 5 if ref["name"].endswith("canary") else 95
    assert double.thing == expected
    assert router.weight() == 5


def test_a_route_that_somebody_reorders_meanwhile_is_not_hit_blindly() -> None:
    """The patch tests names, fails as a whole, and is worth another try."""
    double = ApiServerDouble(route())
    answer = ApiServerDouble.__call__

    def reordered(request: httpx.Request) -> httpx.Response:
        found = answer(double, request)
        double.thing["spec"]["rules"][0]["backendRefs"].reverse()
        return found

    cluster = Cluster(
        httpx.Client(transport=httpx.MockTransport(reordered)), URL, token=lambda: "t"
    )
    before = copy.deepcopy(double.thing["spec"]["rules"][2])

    with pytest.raises(TemporaryError, match="test failed"):
        HTTPRouteWeights(cluster, stable="helper", canary="helper-canary").set_weight(5.0)
    assert double.thing["spec"]["rules"][2] == before


def test_httproute_without_both_backends_is_an_error_and_no_patch() -> None:
    """What is not there cannot be weighed."""
    double = ApiServerDouble(route())
    router = HTTPRouteWeights(double.cluster, stable="helper", canary="gone")

    with pytest.raises(PermanentError, match="both backends"):
        router.set_weight(5.0)
    assert [method for method, _, _ in double.calls] == ["GET"]


def test_kserve_owns_one_field() -> None:
    """`canaryTrafficPercent`, as a merge patch."""
    double = ApiServerDouble({"spec": {"predictor": {"model": {"modelFormat": {"name": "onnx"}}}}})
    router = KServeCanary(double.cluster)
    assert router.weight() is None

    router.set_weight(25.0)

    assert double.calls[-1] == ("PATCH", "", {"spec": {"predictor": {"canaryTrafficPercent": 25}}})
    assert double.thing["spec"]["predictor"]["model"] == {"modelFormat": {"name": "onnx"}}
    assert router.weight() == 25


def test_kserve_in_standard_mode_has_a_list_of_canaries() -> None:
    """One of them is ours to weigh; of two nobody says which."""
    spec = {"predictor": {"minReplicas": 1}, "canary": [{"predictor": {}, "trafficPercent": 0}]}
    double = ApiServerDouble({"metadata": {"resourceVersion": "7"}, "spec": spec})
    router = KServeCanary(double.cluster)

    router.set_weight(25.0)

    assert double.thing["spec"] == {
        "predictor": {"minReplicas": 1}, "canary": [{"predictor": {}, "trafficPercent": 25}],
    }  # fmt: skip
    assert router.weight() == 25
    double.thing["spec"]["canary"] *= 2
    with pytest.raises(PermanentError, match="several"):
        router.set_weight(50.0)


@pytest.mark.parametrize(
    ("crd", "paths"),
    [
        pytest.param(
            "gateway-api/gateway.networking.k8s.io_httproutes.yaml.gz",
            ["spec.rules.[].backendRefs.[].weight", "spec.rules.[].backendRefs.[].name"],
            id="httproute",
        ),
        pytest.param(
            "kserve/serving.kserve.io_inferenceservices.yaml.gz",
            ["spec.predictor.canaryTrafficPercent", "spec.canary.[].trafficPercent"],
            id="kserve",
        ),
        pytest.param(
            "argo-rollouts/rollout-crd.yaml",
            ["status.abort", "status.pauseConditions", "status.currentPodHash", "status.stableRS",
             "status.canary.weights.canary.weight", "spec.strategy.canary.steps.[].setWeight"],
            id="argo",
        ),
    ],
)  # fmt: skip
def test_every_field_that_is_read_or_patched_exists(crd: str, paths: list[str]) -> None:
    """In the projects' own CRD files, which lie beside the repository."""
    file = SHARED / "crds" / crd
    if not file.is_file():
        pytest.skip(f"NO FIELD OF {crd} IS CHECKED: set AEGIS_SHARED to the folder with `crds`")
    raw = file.read_bytes()
    text = gzip.decompress(raw) if file.suffix == ".gz" else raw
    versions = yaml.load(text, Loader=yaml.CSafeLoader)["spec"]["versions"]
    for path in paths:
        node = next(v for v in versions if v["storage"])["schema"]["openAPIV3Schema"]
        for part in path.split("."):
            node = node["items"] if part == "[]" else node["properties"][part]
        assert node, path


def rollout_object(**status: Any) -> dict[str, Any]:
    steps = [{"setWeight": 5}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]
    return {
        "spec": {"strategy": {"canary": {"steps": steps}}},
        "status": {
            "currentPodHash": "new", "stableRS": "old",
            "pauseConditions": [{"reason": "CanaryPauseStep"}],
            "canary": {"weights": {"canary": {"weight": 5}}}, **status,
        },
    }  # fmt: skip


def controller(thing: dict[str, Any]) -> None:
    """What Argo's controller does when a pause is cleared: the next weight, then a pause or the end."""
    status = thing["status"]
    if "pauseConditions" in status:
        return
    weight = status["canary"]["weights"]["canary"]
    if weight["weight"] == 5:
        weight["weight"], status["pauseConditions"] = 50, [{"reason": "CanaryPauseStep"}]
    else:
        status["stableRS"] = "new"


def test_argo_goes_on_pause_by_pause() -> None:
    """As `kubectl argo rollouts promote` does: only the pause in the status is cleared."""
    double = ApiServerDouble(rollout_object(), controller)
    router = ArgoSteps(double.cluster, pause=lambda _: None)
    router.set_weight(5.0)
    assert [method for method, _, _ in double.calls] == ["GET"]

    router.set_weight(50.0)
    router.set_weight(100.0)

    patches = [(path, body) for method, path, body in double.calls if method == "PATCH"]
    assert patches == [("/status", {"status": {"pauseConditions": None}})] * 2
    assert router.weight() == 100


def test_argo_goes_back_by_abort_once() -> None:
    """As `kubectl argo rollouts abort` does; an aborted one has no canary."""
    double = ApiServerDouble(rollout_object())
    router = ArgoSteps(double.cluster, pause=lambda _: None)

    router.set_weight(0.0)
    router.set_weight(0.0)

    patches = [(path, body) for method, path, body in double.calls if method == "PATCH"]
    assert patches == [("/status", {"status": {"abort": True}})]
    assert router.weight() == 0


@pytest.mark.parametrize(
    ("thing", "percent", "error", "says"),
    [
        pytest.param(rollout_object(), 25.0, PermanentError, "no step", id="steps-disagree"),
        pytest.param(
            rollout_object(abort=True), 50.0, PermanentError, "somebody else", id="aborted"
        ),
        pytest.param(
            rollout_object(pauseConditions=[]), 50.0, TemporaryError, "not reached", id="slow"
        ),
    ],
)
def test_argo_says_what_keeps_it(
    thing: dict[str, Any], percent: float, error: type[Exception], says: str
) -> None:
    """A rollout that cannot get there is not pushed."""
    router = ArgoSteps(ApiServerDouble(thing).cluster, tries=3, pause=lambda _: None)

    with pytest.raises(error, match=says):
        router.set_weight(percent)


def test_an_envoy_that_accepts_and_does_not_obey_is_an_error() -> None:
    """Without an admin layer the runtime stays as it was. A double; the real one is in `real/`."""

    def deaf(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"entries": {}} if request.method == "GET" else None)

    client = httpx.Client(transport=httpx.MockTransport(deaf))

    with pytest.raises(PermanentError, match="admin_layer"):
        EnvoyRuntime("http://envoy", "key", client).set_weight(5.0)


GATEWAY = """# written by hand
version: 1
upstreams:
- track: stable
  weight_percent: 100.0  # everybody
  model: m
- track: canary
  weight_percent: 0.0
  model: m
limits: {}
"""


def test_the_gateway_s_file_changes_in_its_two_weights_only(tmp_path: Path) -> None:
    """Comments, order and everything else stay; half a file is never seen."""
    file = tmp_path / "policy.yaml"
    file.write_text(GATEWAY)

    GatewayWeights(file).set_weight(12.5)

    expected = GATEWAY.replace("100.0", "87.5").replace("percent: 0.0", "percent: 12.5")
    assert file.read_text() == expected
    assert GatewayWeights(file).weight() == 12.5
    assert [p.name for p in tmp_path.iterdir()] == ["policy.yaml"]
    assert yaml.safe_load(file.read_text())["upstreams"][1]["weight_percent"] == 12.5


def test_the_gateway_has_to_report_the_new_file(tmp_path: Path) -> None:
    """A weight that is only on disk is not set."""
    file = tmp_path / "policy.yaml"
    file.write_text(GATEWAY)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"policy": "sha256:old"}))
    router = GatewayWeights(
        file, health_url="http://gateway/health", client=httpx.Client(transport=transport),
        tries=2, pause=lambda _: None,
    )  # fmt: skip

    with pytest.raises(TemporaryError, match="does not obey"):
        router.set_weight(5.0)


@pytest.mark.parametrize("text", ["", GATEWAY.replace("track: canary", "track: other")])
def test_a_gateway_file_without_a_canary_is_left_alone(tmp_path: Path, text: str) -> None:
    """Nothing is guessed."""
    file = tmp_path / "policy.yaml"
    file.write_text(text)

    with pytest.raises(PermanentError, match="no weight of the canary"):
        GatewayWeights(file).set_weight(5.0)
    assert file.read_text() == text


def test_nobody_moves_nothing() -> None:
    """The judge alone."""
    Nobody().set_weight(50.0)

    assert Nobody().weight() is None
