"""The gateway goes over to a changed policy file, and loses nothing on the way.

The file, the gateway and HTTP are real; a look is made by the test instead of once a second.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from aegis.gateway.app import Gateway
from aegis.gateway.reloading import PolicyError, PolicyFile
from aegis.rollout.routers.plain import GatewayWeights

POLICY: dict[str, Any] = {
    "version": 1,
    "service": "helper",
    "plan": "p1",
    "upstreams": [
        {"track": "stable", "weight_percent": 100, "model": "old"},
        {"track": "canary", "weight_percent": 0, "model": "new"},
    ],
    "limits": {"caller_requests_per_s": 1.0},
    "breaker": {"bad_share": 0.5, "minimum_requests": 3, "open_s": 30},
    "audit": {"keep": "none", "retention_days": 30},
}
RELOADS = 'aegis_gateway_policy_reloads_total{{result="{}",service="helper"}} {}'


class Model:
    """Answers 200 or what it is told; holds its answers back while its gate is closed."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(json.loads((await receive())["body"])["model"])
        await self.gate.wait()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        choice = {"index": 0, "message": {"content": "ok."}, "finish_reason": "stop"}
        body = json.dumps({"choices": [choice]}).encode()
        await send({"type": "http.response.body", "body": body})


class Case:
    """A gateway that obeys a file, the model behind it, and a caller."""

    def __init__(self, path: Path, records: list[dict[str, object]]) -> None:
        self.path, self.model = path, Model()
        file = PolicyFile(path)
        self.gateway = Gateway(
            file.first.policy,
            policy_digest=file.first.digest,
            policy_file=file,
            upstreams={"stable": "http://model", "canary": "http://model"},
            client=_client(self.model, "http://model"),
            clock=lambda: 1000.0,
            rng=random.Random(1),  # noqa: S311  # splits test traffic
            audit=records.append,
        )
        self.caller = _client(self.gateway, "http://gateway")

    async def ask(self, caller: str = "a") -> int:
        body = {"messages": [{"role": "user", "content": "hi"}]}
        headers = {"x-aegis-caller": caller}
        answer = await self.caller.post("/v1/chat/completions", json=body, headers=headers)
        return answer.status_code

    async def digest(self) -> str:
        return str((await self.caller.get("/health")).json()["policy"])

    def change(self, **fields: Any) -> None:
        """The file is replaced at once by one with other fields, and looked at."""
        replace(self.path, yaml.safe_dump({**POLICY, **fields}, sort_keys=False))
        self.gateway.reload()


def _client(app: Any, url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=url)


def replace(path: Path, text: str) -> None:
    new = path.with_name("new")
    new.write_text(text, "utf-8")
    new.replace(path)


def weights(stable: float) -> list[dict[str, Any]]:
    shares = zip(POLICY["upstreams"], (stable, 100 - stable), strict=True)
    return [{**upstream, "weight_percent": share} for upstream, share in shares]


def using(
    folder: Path, use: Callable[[Case], Awaitable[Any]], records: list[dict[str, object]]
) -> Any:
    path = folder / "policy.yaml"
    path.write_text(yaml.safe_dump(POLICY, sort_keys=False), "utf-8")

    async def inside() -> Any:
        return await use(Case(path, records))

    return asyncio.run(inside())


def test_the_weights_of_a_changed_file_are_obeyed_and_confirmed(tmp_path: Path) -> None:
    """What the rollout's router writes is the digest at /health, and the next request obeys it."""

    async def use(case: Case) -> None:
        assert await case.ask() == 200
        before = await case.digest()
        GatewayWeights(case.path).set_weight(100)
        assert await case.digest() == before  # nobody looked yet
        case.gateway.reload()
        answers = httpx.Response(200, json={"policy": await case.digest()})
        asked = httpx.Client(transport=httpx.MockTransport(lambda _: answers))
        router = GatewayWeights(case.path, health_url="http://g/health", client=asked, tries=1)

        router.set_weight(100)  # raises, where the digest is not the one it waits for

        assert await case.digest() != before
        assert await case.ask() == 200
        assert case.model.asked == ["old", "new"]
        assert RELOADS.format("obeyed", 1) in case.gateway.telemetry.exposition()

    using(tmp_path, use, [])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("version: 1\nservice: [", "no policy", id="not-yaml"),
        pytest.param("", "no policy", id="empty"),
        pytest.param(yaml.safe_dump({**POLICY, "guardrial": []}), "guardrial", id="unknown-field"),
        pytest.param("a: " + "[" * 5000, "no policy", id="deeper-than-anyone-reads"),
        pytest.param(yaml.safe_dump({**POLICY, "service": "other"}), "restart", id="service"),
        pytest.param(
            yaml.safe_dump({**POLICY, "upstreams": [{**weights(100)[0], "credential_file": "k"}]}),
            "restart",
            id="credential",
        ),
        pytest.param(None, "No such file", id="gone"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str | None, why: str
) -> None:
    """The old policy stays, one line says why however often it looks, and a good file heals it."""

    async def use(case: Case) -> None:
        before = await case.digest()
        with caplog.at_level(logging.WARNING):
            if text is None:
                case.path.unlink()
            else:
                replace(case.path, text)
            for _ in range(3):
                case.gateway.reload()
        assert await case.digest() == before
        assert await case.ask() == 200
        (line,) = caplog.messages
        assert why in line
        assert "\n" not in line
        assert RELOADS.format("refused", 1) in case.gateway.telemetry.exposition()

        case.change(upstreams=weights(0))
        assert await case.digest() != before
        assert RELOADS.format("obeyed", 1) in case.gateway.telemetry.exposition()

    using(tmp_path, use, [])


def test_a_file_of_bytes_that_are_no_text_is_refused(tmp_path: Path) -> None:
    """At the start too, with a reason instead of a traceback."""
    (tmp_path / "policy.yaml").write_bytes(b"\xff\xfe")

    with pytest.raises(PolicyError, match="no policy"):
        PolicyFile(tmp_path / "policy.yaml")


def test_a_change_of_one_figure_of_the_same_length_is_seen(tmp_path: Path) -> None:
    """The size says nothing here; the time of the change does."""
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(POLICY | {"upstreams": weights(40)}), "utf-8")
    file = PolicyFile(path)
    stat = path.stat()
    path.write_text(yaml.safe_dump(POLICY | {"upstreams": weights(60)}), "utf-8")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))

    found = file.changed()

    assert found is not None
    assert found.policy.upstreams[0].weight_percent == 60
    assert file.changed() is None


def test_a_request_under_way_ends_under_the_policy_it_began_with(tmp_path: Path) -> None:
    """Its version may vanish from the policy: it is answered, released and recorded all the same."""
    records: list[dict[str, object]] = []

    async def use(case: Case) -> None:
        case.change(upstreams=weights(0))
        old = await case.digest()
        case.model.gate.clear()
        under_way = [asyncio.create_task(case.ask(f"caller-{i}")) for i in range(5)]
        while len(case.model.asked) < 5:  # noqa: ASYNC110  # the loop is the test's clock
            await asyncio.sleep(0)
        case.change(upstreams=weights(100)[:1], limits={"sequences_at_once": 5})
        assert await case.ask("late") == 429  # the five count under the new limits too

        case.model.gate.set()

        assert await asyncio.gather(*under_way) == [200] * 5
        assert case.model.asked == ["new"] * 5
        ended = [r for r in records if r["outcome"] == "ok"]
        assert {(r["track"], r["model"], r["policy-digest"]) for r in ended} == {
            ("canary", "new", old)
        }
        assert case.gateway.limiter.running == 0
        assert await case.ask("late") == 200

    using(tmp_path, use, records)


@pytest.mark.parametrize(
    ("change", "over_the_limit", "breaker_open"),
    [
        pytest.param({"upstreams": weights(50)}, True, True, id="weights"),
        pytest.param({"limits": {"caller_requests_per_s": 2.0}}, False, True, id="limits"),
        pytest.param({"breaker": POLICY["breaker"] | {"open_s": 60}}, True, False, id="breaker"),
    ],
)
def test_limits_and_breaker_forget_only_what_their_own_change_makes_wrong(
    tmp_path: Path, change: dict[str, Any], *, over_the_limit: bool, breaker_open: bool
) -> None:
    """Neither a caller over its limit nor a broken model profits from a new weight."""

    async def use(case: Case) -> None:
        case.model.status = 500
        while not case.gateway.breakers["stable"].is_open:
            await case.ask()
        while await case.ask() != 429:
            pass
        case.change(**change)

        assert (await case.ask() == 429) == over_the_limit
        assert case.gateway.breakers["stable"].is_open == breaker_open

    using(tmp_path, use, [])


def test_ready_means_that_a_model_with_traffic_answered_once(tmp_path: Path) -> None:
    """Later failures are the breaker's: leaving the proxy would hide them from a release's judge."""
    state = {"stable": 503}

    def answer(asked: httpx.Request) -> httpx.Response:
        assert asked.url.path == "/health"
        return httpx.Response(state[asked.url.host])

    async def use(case: Case) -> None:
        case.gateway.urls = {"stable": "http://stable", "canary": "http://canary"}
        case.gateway.client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        codes = []
        for state["stable"] in (503, 200, 503):
            codes.append((await case.caller.get("/ready")).status_code)
        assert codes == [503, 200, 200]

    using(tmp_path, use, [])


def test_the_server_looks_by_itself_from_its_start_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The looks are part of the application's life, so no thread stays when the server stops."""
    monkeypatch.setattr("aegis.gateway.app.LOOK_S", 0.01)

    async def use(case: Case) -> None:
        before = await case.digest()
        events, said = asyncio.Queue[dict[str, Any]](), asyncio.Queue[Any]()
        life = asyncio.create_task(case.gateway({"type": "lifespan"}, events.get, said.put))
        await events.put({"type": "lifespan.startup"})
        assert (await said.get())["type"] == "lifespan.startup.complete"
        replace(case.path, yaml.safe_dump(POLICY | {"upstreams": weights(10)}))
        async with asyncio.timeout(5):
            while await case.digest() == before:  # noqa: ASYNC110  # as a rollout asks
                await asyncio.sleep(0.01)
        await events.put({"type": "lifespan.shutdown"})
        assert (await said.get())["type"] == "lifespan.shutdown.complete"
        await life
        assert len(asyncio.all_tasks()) == 1

    using(tmp_path, use, [])
