"""Routers of a cluster in talks with its API server (`api_server` says what is recorded)."""

from __future__ import annotations

import copy
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.rollout.api_server import DATA, TOKEN, Talk, replayed, serving
from tests.rollout.doubles import JumpingClock, Switch, TwoArms, policy

from aegis.rollout.loop import Rollout
from aegis.rollout.record import Troubled, read_record
from aegis.rollout.routers.kubernetes import (
    ArgoSteps,
    Cluster,
    HTTPRouteWeights,
    KServeCanary,
    object_url,
)
from aegis.rollout.world import PermanentError, Router, TemporaryError

REFUSALS: list[dict[str, Any]] = yaml.safe_load((DATA / "refusals.yaml").read_text("utf-8"))


@contextmanager
def cluster(
    url: str, router: type[HTTPRouteWeights | KServeCanary | ArgoSteps]
) -> Iterator[Cluster]:
    with httpx.Client(timeout=5.0, trust_env=False) as client:
        address = object_url(url, router.API, "prod", router.PLURAL, "helper")
        yield Cluster(client, address, token=lambda: TOKEN)


@contextmanager
def route(talk: str | Talk) -> Iterator[tuple[HTTPRouteWeights, Talk]]:
    with replayed(talk) as (url, said), cluster(url, HTTPRouteWeights) as at:
        yield HTTPRouteWeights(at, stable="helper", canary="helper-canary"), said


@contextmanager
def kserve(talk: str | Talk) -> Iterator[KServeCanary]:
    with replayed(talk) as (url, _), cluster(url, KServeCanary) as at:
        yield KServeCanary(at)


@contextmanager
def argo(talk: str | Talk, tries: int = 60) -> Iterator[ArgoSteps]:
    with replayed(talk) as (url, _), cluster(url, ArgoSteps) as at:
        yield ArgoSteps(at, tries=tries, pause=lambda _: None)


def changed(talk: str, change: dict[str, Any], *, asked: int) -> Talk:
    """The first so many exchanges of a talk about another object."""
    document = yaml.safe_load((DATA / f"{talk}.yaml").read_text("utf-8"))
    return Talk({**document, "object": {**document["object"], **change},
                 "talk": document["talk"][:1] * asked})  # fmt: skip


def test_httproute_changes_two_weights_in_every_rule_and_nothing_else() -> None:
    """Names are tested in the same patch, so that a reordered route is not hit blindly."""
    with route("httproute-step") as (router, said):
        before = copy.deepcopy(said.object)
        router.set_weight(5.0)
        assert router.weight() == 5

    weights = [[r["weight"] for r in rule["backendRefs"]] for rule in said.object["spec"]["rules"]]
    assert weights == [[95, 5], [1], [5, 95]]
    assert said.object["metadata"]["managedFields"] == before["metadata"]["managedFields"]
    assert said.object["metadata"]["generation"] == before["metadata"]["generation"] + 1


def test_a_route_that_somebody_reorders_meanwhile_is_not_hit_blindly() -> None:
    """The patch tests names, fails as a whole, and the next try reads the new order."""
    with route("httproute-race") as (router, said):
        with pytest.raises(TemporaryError, match="due to an error in our request"):
            router.set_weight(5.0)
        assert [r["weight"] for r in said.object["spec"]["rules"][0]["backendRefs"]] == [0, 100]
        router.set_weight(5.0)


def test_httproute_without_both_backends_is_an_error_and_no_patch() -> None:
    """What is not there cannot be weighed."""
    rules = [{"backendRefs": [{"name": "helper", "port": 80}]}]
    with (
        route(changed("httproute-step", {"spec": {"rules": rules}}, asked=1)) as (router, _),
        pytest.raises(PermanentError, match="both backends"),
    ):
        router.set_weight(5.0)


def test_kserve_owns_one_field() -> None:
    """`canaryTrafficPercent`, as a merge patch."""
    with kserve("kserve-knative") as router:
        assert router.weight() is None
        router.set_weight(25.0)
        assert router.weight() == 25


def test_kserve_in_standard_mode_has_a_list_of_canaries() -> None:
    """One of them is ours to weigh, in the object that was read."""
    with kserve("kserve-standard") as router:
        with pytest.raises(TemporaryError, match="due to an error in our request"):
            router.set_weight(25.0)
        router.set_weight(25.0)
        assert router.weight() == 25


def test_of_two_canaries_of_kserve_nobody_says_which() -> None:
    canary = {"trafficPercent": 0, "predictor": {"minReplicas": 1}}
    spec = {"predictor": {"minReplicas": 1}, "canary": [canary, canary]}
    with (
        kserve(changed("kserve-standard", {"spec": spec}, asked=1)) as router,
        pytest.raises(PermanentError, match="several"),
    ):
        router.set_weight(50.0)


def test_argo_goes_on_pause_by_pause() -> None:
    """As `kubectl argo rollouts promote` does: only the pause in the status is cleared."""
    with argo("argo-promote") as router:
        router.set_weight(5.0)
        router.set_weight(50.0)
        router.set_weight(100.0)
        assert router.weight() == 100


def test_argo_goes_back_by_abort_once() -> None:
    """As `kubectl argo rollouts abort` does; an aborted one has no canary."""
    with argo("argo-abort") as router:
        router.set_weight(0.0)
        router.set_weight(0.0)
        assert router.weight() == 0


_WAITING = {
    "currentPodHash": "6d5f",
    "stableRS": "59c8",
    "canary": {
        "weights": {
            "canary": {"weight": 5, "podTemplateHash": "6d5f", "serviceName": "helper-canary"},
            "stable": {"weight": 95, "podTemplateHash": "59c8", "serviceName": "helper"},
        }
    },
}


@pytest.mark.parametrize(
    ("status", "percent", "asked", "error", "says"),
    [
        pytest.param({}, 25.0, 1, PermanentError, "no step", id="steps-disagree"),
        pytest.param({"abort": True}, 50.0, 1, PermanentError, "somebody else", id="aborted"),
        pytest.param({}, 50.0, 4, TemporaryError, "not reached", id="slow"),
    ],
)
def test_argo_says_what_keeps_it(
    status: dict[str, Any], percent: float, asked: int, error: type[Exception], says: str
) -> None:
    """A rollout that cannot get there is not pushed."""
    talk = changed("argo-promote", {"status": {**_WAITING, **status}}, asked=asked)
    with argo(talk, tries=3) as router, pytest.raises(error, match=says):
        router.set_weight(percent)


class _Refusing:
    """Says one thing to everybody."""

    def __init__(self, refusal: dict[str, Any]) -> None:
        self.refusal = refusal

    def answer(self, _request: Any, _token: str | None) -> tuple[int, dict[str, str], bytes]:
        kind = self.refusal.get("content-type", "application/json")
        headers = {"content-type": kind, **self.refusal.get("headers", {})}
        return self.refusal["status"], headers, self.refusal["body"].encode()


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal["id"])
def test_a_refusal_is_for_later_or_for_good(refusal: dict[str, Any]) -> None:
    """Later is what may pass by itself, after as long as the server asks for and at most a minute."""
    expected = TemporaryError if refusal["means"] == "temporary" else PermanentError
    with (
        serving(_Refusing(refusal)) as url,
        cluster(url, HTTPRouteWeights) as at,
        pytest.raises((TemporaryError, PermanentError)) as error,
    ):
        HTTPRouteWeights(at, stable="helper", canary="helper-canary").set_weight(5.0)

    assert type(error.value) is expected
    if isinstance(error.value, TemporaryError):
        assert error.value.retry_after_s == refusal["after_s"]
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize("answer", [b"", b'HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"kind":'])
def test_a_connection_that_breaks_is_for_later(answer: bytes) -> None:
    """Before the answer, and in the middle of it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(answer)

    thread = threading.Thread(target=hang_up)
    thread.start()
    with (
        cluster(f"http://127.0.0.1:{listener.getsockname()[1]}", HTTPRouteWeights) as at,
        pytest.raises(TemporaryError),
    ):
        HTTPRouteWeights(at, stable="helper", canary="helper-canary").weight()
    thread.join()
    listener.close()


class _Told(Switch):
    """Remembers what the router confirmed, so that the simulated traffic follows it."""

    def __init__(self, router: Router) -> None:
        super().__init__()
        self.router = router

    def set_weight(self, percent: float) -> None:
        self.router.set_weight(percent)
        super().set_weight(percent)


def test_a_bad_canary_goes_back_through_an_overloaded_server(tmp_path: Path) -> None:
    """Throttled on the way in, a conflict and a restart on the way back: it arrives, and says so."""
    clock, record = JumpingClock(), tmp_path / "r.jsonl"
    with route("httproute-rollback") as (router, said):
        switch = _Told(router)
        arms = TwoArms(switch, rates={"errors": {"canary": 0.3, "stable": 0.01}})
        began = clock.now_s()
        state = Rollout(
            policy(), "sha256:p", path=record, source=arms, router=switch, clock=clock
        ).run()

    assert state.outcome == "rolled-back"
    assert said.object["spec"]["rules"][0]["backendRefs"][1]["weight"] == 0
    routed = [e for e in read_record(record).entries if isinstance(e, Troubled)]
    assert [("429" in e.what, "409" in e.what, "503" in e.what) for e in routed] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip
    assert clock.now_s() - began > 7 + 5
