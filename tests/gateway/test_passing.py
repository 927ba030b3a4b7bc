"""Models that do not chat behind the gateway: the same limits, guardrails on texts, bytes as they came."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest
from tests.gateway.test_gateway import POLICY, run

from aegis.gateway import passing
from aegis.gateway.app import Gateway

PATHS = ["/v1/embeddings", "/v2/models/*/infer", "/v1/audio/transcriptions"]


class Echo:
    """A model that keeps what it was sent and says what it was told to."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked: list[tuple[str, str, bytes]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raw = b""
        while True:
            message = await receive()
            raw += message.get("body", b"")
            if not message.get("more_body"):
                break
        kind = dict(scope["headers"])[b"content-type"].decode()
        self.asked.append((scope["path"], kind, raw))
        headers = [(b"content-type", b"application/x-vectors")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"\x00\x01 as it comes"})


def send(model: Echo, *requests: dict[str, Any], **changes: Any) -> list[httpx.Response]:
    async def use(client: httpx.AsyncClient, _: Gateway) -> list[httpx.Response]:
        return [await client.post(**request) for request in requests]

    found = run(model, use, paths=PATHS, **changes)
    assert isinstance(found, list)
    return found


def test_an_embedding_passes_with_its_texts_redacted_and_its_model_named() -> None:
    model = Echo()
    body = {"model": "any", "input": ["write to ann@example.org", "plain"], "dimensions": 64}
    (answer,) = send(model, {"url": "/v1/embeddings", "json": body})
    assert answer.status_code == 200
    assert answer.content == b"\x00\x01 as it comes"
    assert answer.headers["content-type"] == "application/x-vectors"
    (_, _, raw) = model.asked[0]
    sent = json.loads(raw)
    assert sent["model"] == "m"
    assert sent["dimensions"] == 64
    assert "ann@example.org" not in sent["input"][0]
    assert sent["input"][1] == "plain"


def test_a_tensor_passes_unchanged_and_is_audited_by_digest() -> None:
    model = Echo()
    records: list[dict[str, object]] = []
    body = {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP32", "data": [0.5, 1]}]}
    (answer,) = send(model, {"url": "/v2/models/fraud/infer", "json": body}, records=records)
    assert answer.status_code == 200
    assert model.asked[0][0] == "/v2/models/fraud/infer"
    assert json.loads(model.asked[0][2]) == body
    assert records[0]["outcome"] == "ok"
    assert records[0]["prompt-digest"] == "sha256:" + hashlib.sha256(b"").hexdigest(), (
        "no text in it"
    )


def test_a_recording_passes_byte_by_byte() -> None:
    model = Echo()
    files = {"file": ("call.wav", bytes(range(256)), "audio/wav")}
    (answer,) = send(model, {"url": "/v1/audio/transcriptions", "files": files})
    assert answer.status_code == 200
    assert model.asked[0][1].startswith("multipart/form-data; boundary=")
    assert bytes(range(256)) in model.asked[0][2]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param({"url": "/v1/files", "json": {}}, 404, id="path-not-named"),
        pytest.param({"url": "/v2/models/a/b/infer", "json": {}}, 404, id="more-parts"),
        pytest.param({"url": "/v2/models/../infer/infer", "json": {}}, 404, id="parent-folder"),
        pytest.param(
            {"url": "/v1/embeddings", "content": b"{", "headers": {"content-type": "application/json"}},
            400, id="broken-json",
        ),
        pytest.param({"url": "/v1/embeddings", "json": {"input": "x" * 600}}, 413, id="too-large"),
        pytest.param({"url": "/v1/embeddings", "json": {"input": "word " * 80}}, 400, id="too-many-tokens"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_the_model(
    request_: dict[str, Any], status: int
) -> None:
    model = Echo()
    limits = {**POLICY["limits"], "body_bytes": 500, "input_tokens_per_request": 50}
    (answer,) = send(model, request_, limits=limits)
    assert answer.status_code == status
    assert model.asked == []


def test_failures_open_the_breaker_and_limits_hold() -> None:
    model = Echo(status=500)
    request = {"url": "/v1/embeddings", "json": {"input": "a"}}
    answers = send(model, *[request] * 5)
    assert [a.status_code for a in answers] == [502, 502, 502, 503, 503]
    assert len(model.asked) == 3
    model = Echo()
    answers = send(model, *[request] * 30, limits={"requests_per_s": 1.0})
    assert answers[-1].status_code == 429
    assert len(model.asked) == sum(a.status_code == 200 for a in answers) < 30


def test_a_path_fits_part_by_part() -> None:
    assert passing.fits("/v1/models/ranker:predict", ["/v1/models/*:predict"])
    assert not passing.fits("/v1/models/x/y:predict", ["/v1/models/*:predict"])
    assert not passing.fits("/metrics", PATHS)
    assert not passing.fits("/v2/models/../infer", PATHS), "a part that leads elsewhere is no part"
