"""The ASGI application: plain functions and one class, so that token streams pass unbuffered.

A request is authenticated by whoever stands in front; the caller's identity arrives in a header
and is only a key for limits and audit. Order: size and JSON, limits, breaker, guardrails on the
way in, the model, guardrails on the way out, audit. What is refused says why and when to return.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import math
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from aegis.base import conventions as names
from aegis.gateway import passing
from aegis.gateway.asgi import Receive, Scope, Send, answer_json, lifespan, problem, respond, start
from aegis.gateway.guard import HoldBack, estimate_tokens, judge
from aegis.gateway.limits import CircuitBreaker, Limiter
from aegis.gateway.policy import Guardrail, Objectives, Policy, Upstream
from aegis.gateway.reloading import LOOK_S, PolicyError, PolicyFile, check_change
from aegis.gateway.telemetry import POLICY_RELOADS, Telemetry
from aegis.gateway.texts import (
    BrokenOffError,
    completion_tokens,
    content,
    delta,
    documents,
    mapped,
    server_event,
    texts,
    whole,
)

if TYPE_CHECKING:
    import httpx

Record: TypeAlias = dict[str, object]

CALLER_HEADER = b"x-aegis-caller"
_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Exchange:
    """One request on its way through; it keeps the policy that it came in under."""

    id: str
    caller: str
    started_s: float
    policy: Policy
    digest: str
    track: str = "stable"
    stream: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    first_token_s: float | None = None
    outcome: str = "error"
    fired: list[tuple[str, str, int]] = field(default_factory=list)
    asked: str = ""
    answered: str = ""
    admitted: bool = False


class Refused(Exception):  # noqa: N818  # not an error: an answer
    """A request that goes no further."""

    def __init__(self, status: int, outcome: str, message: str, retry_after_s: int = 0) -> None:
        super().__init__(message)
        self.status, self.outcome, self.message = status, outcome, message
        self.retry_after_s = retry_after_s


Way: TypeAlias = "Callable[[Scope, bytes, Exchange, Send], Coroutine[Any, Any, None]]"
"""How one kind of request goes through."""


class Gateway:
    """Callers speak the OpenAI API to it; it speaks the same to the model."""

    def __init__(  # noqa: PLR0913  # everything that a test replaces is passed in
        self,
        policy: Policy,
        *,
        policy_digest: str,
        upstreams: dict[str, str],
        client: httpx.AsyncClient,
        policy_file: PolicyFile | None = None,
        keys: dict[str, str] | None = None,
        audit: Callable[[Record], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        rng: random.Random | None = None,
    ) -> None:
        self.policy, self.digest, self.urls, self.client = policy, policy_digest, upstreams, client
        self.file, self.keys, self.audit, self.clock = policy_file, keys or {}, audit, clock
        self.rng = rng or random.Random(0)  # noqa: S311  # splits traffic, guards nothing
        self.answered = False
        self.telemetry = Telemetry(policy.service)
        self.limiter = Limiter(policy.limits, clock)
        self.breakers: dict[str, CircuitBreaker] = {
            u.track: CircuitBreaker(policy.breaker, clock) for u in policy.upstreams
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send, self._follow)
            return
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        if path in {"/health", "/healthz"}:
            await answer_json(
                send, 200, {"status": "ok", "plan": self.policy.plan, "policy": self.digest}
            )
        elif path == "/ready":
            ready = await self._is_ready()
            await answer_json(
                send, 200 if ready else 503, {"status": "ready" if ready else "waiting"}
            )
        elif path == "/metrics":
            await respond(
                send, 200, self.telemetry.exposition().encode(), b"text/plain; version=0.0.4"
            )
        elif path in {"/v1/chat/completions", "/v1/completions"} and method == "POST":
            await self._serve(scope, receive, send, self._chat)
        elif method == "POST" and passing.fits(path, self.policy.paths):
            await self._serve(scope, receive, send, self._pass)
        else:
            await problem(send, 404, f"there is no {method} {path} here")

    async def _is_ready(self) -> bool:
        """Whether a model with traffic answered since the start; from then on its breaker judges it.

        A gateway that left the proxy whenever its model fails would hide the failures of a release.
        """
        import httpx  # noqa: PLC0415  # an extra

        for upstream in self.policy.upstreams:
            if self.answered or not upstream.weight_percent:
                continue
            with contextlib.suppress(httpx.HTTPError):
                health = self.urls[upstream.track] + "/health"
                answer = await self.client.get(health, timeout=2.0)
                self.answered = answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
        return self.answered

    # --- the policy -----------------------------------------------------------------------------

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.reload()

    def reload(self) -> None:
        """Obeys the policy file if it changed; keeps the old policy and says why when it cannot.

        Requests under way end under the policy they began with.
        """
        try:
            found = self.file.changed() if self.file else None
            if found is None or found.digest == self.digest:
                return
            check_change(self.policy, found.policy)
        except PolicyError as error:
            self.telemetry.count(POLICY_RELOADS, result="refused")
            _LOG.warning("the old policy stays: %s", error)
            return
        self._obey(found.policy)
        self.digest = found.digest
        self.telemetry.count(POLICY_RELOADS, result="obeyed")

    def _obey(self, new: Policy) -> None:
        """Limits and breakers forget only what was counted under another configuration of theirs."""
        if new.limits != self.policy.limits:
            self.limiter = Limiter(new.limits, self.clock, running=self.limiter.running)
        kept = self.breakers if new.breaker == self.policy.breaker else {}
        tracks = {*self.breakers, *(u.track for u in new.upstreams)}
        self.breakers = {t: kept.get(t) or CircuitBreaker(new.breaker, self.clock) for t in tracks}
        self.policy = new

    # --- a request ------------------------------------------------------------------------------

    async def _serve(self, scope: Scope, receive: Receive, send: Send, way: Way) -> None:
        exchange = Exchange(
            id=uuid.uuid4().hex,
            caller=_caller(scope),
            started_s=self.clock(),
            policy=self.policy,
            digest=self.digest,
        )
        try:
            await way(scope, await self._read(receive), exchange, send)
        except Refused as no:
            exchange.outcome = no.outcome
            await problem(
                send, no.status, no.message, retry_after_s=no.retry_after_s, request_id=exchange.id
            )
        finally:
            if exchange.admitted:
                self.limiter.release(exchange.caller, more_tokens=exchange.output_tokens)
            self._finish(exchange)

    def _admit(self, exchange: Exchange) -> None:
        grant = self.limiter.admit(exchange.caller, exchange.input_tokens)
        if not grant.allowed:
            self.telemetry.count(names.GATEWAY_SHED, track=exchange.track)
            status = exchange.policy.limits.refusal_status
            raise Refused(status, "shed", f"over the limit: {grant.reason}", grant.retry_after_s)
        exchange.admitted = True

    async def _chat(self, scope: Scope, raw: bytes, exchange: Exchange, send: Send) -> None:
        body = self._parsed(raw, exchange)
        self._admit(exchange)
        upstream = self._choose(exchange)
        self._guard_input(exchange)
        body = mapped(body, lambda text: self._redacted(text, exchange))
        body["model"] = upstream.model
        if exchange.stream:
            await self._stream(scope["path"], upstream, body, exchange, send)
        else:
            await self._answer(scope["path"], upstream, body, exchange, send)

    async def _pass(self, scope: Scope, raw: bytes, exchange: Exchange, send: Send) -> None:
        """A request that is no chat: limits, guardrails on its texts, and the answer as it comes."""
        try:
            body = passing.read(raw, _header(scope, b"content-type"))
        except ValueError:
            raise Refused(400, "invalid", "the request is not JSON") from None
        exchange.asked = "\n".join(passing.texts(body))
        exchange.input_tokens = estimate_tokens(exchange.asked)
        self._admit(exchange)
        upstream = self._choose(exchange)
        self._guard_input(exchange)
        content, kind = body.for_model(upstream.model, lambda t: self._redacted(t, exchange))
        answer = await self._sent(
            self.client.build_request(
                "POST",
                self.urls[upstream.track] + scope["path"],
                content=content,
                headers={**self._headers(upstream, exchange), "content-type": kind},
            ),
            exchange,
        )
        exchange.outcome = "ok"
        self._judge_speed(exchange)
        await start(send, 200, answer.headers.get("content-type", "").encode(), exchange.id)
        await send({"type": "http.response.body", "body": answer.content})

    async def _read(self, receive: Receive) -> bytes:
        raw: bytes = b""
        most = self.policy.limits.body_bytes
        while True:
            message = await receive()
            raw += message.get("body", b"")
            if len(raw) > most:
                raise Refused(413, "invalid", f"the request is larger than {most:,} bytes")
            if not message.get("more_body"):
                return raw

    def _parsed(self, raw: bytes, exchange: Exchange) -> dict[str, Any]:
        try:
            body = json.loads(raw)
        except ValueError:
            raise Refused(400, "invalid", "the request is not JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "invalid", "the request is not a JSON object")
        exchange.stream = bool(body.get("stream"))
        exchange.asked = "\n".join(texts(body))
        exchange.input_tokens = estimate_tokens(exchange.asked)
        longest = exchange.policy.limits.output_tokens_per_request
        if longest is not None:
            wanted = body.get("max_completion_tokens") or body.get("max_tokens")
            body.pop("max_completion_tokens", None)
            body["max_tokens"] = min(int(wanted), longest) if isinstance(wanted, int) else longest
        return body

    def _choose(self, exchange: Exchange) -> Upstream:
        """By weight; a version whose breaker is open gives its share to the other."""
        total = sum(u.weight_percent for u in exchange.policy.upstreams) or 1.0
        point, chosen = self.rng.random() * total, exchange.policy.upstreams[0]
        for upstream in exchange.policy.upstreams:
            if point < upstream.weight_percent:
                chosen = upstream
                break
            point -= upstream.weight_percent
        others = [u for u in exchange.policy.upstreams if u is not chosen and u.track == "stable"]
        for upstream in (chosen, *others):
            if self.breakers[upstream.track].allows():
                exchange.track = upstream.track
                return upstream
        exchange.track = chosen.track
        raise Refused(503, "error", exchange.policy.last_resort, _open_s(exchange))

    def _guard_input(self, exchange: Exchange) -> None:
        """Judges everything the caller sent as one text; what is redacted is told apart later."""
        whole = judge(
            exchange.asked,
            exchange.policy.guardrails,
            "input",
            most_tokens=exchange.policy.limits.input_tokens_per_request,
        )
        exchange.fired += whole.fired
        exchange.asked = whole.text
        if whole.decision == "block":
            kinds = ", ".join(
                sorted({rail for rail, action, _ in whole.fired if action == "block"})
            )
            raise Refused(400, "refused", f"refused by a guardrail: {kinds}")

    def _redacted(self, text: str, exchange: Exchange) -> str:
        """One part of what the caller sent, where it stands; what only flags or blocks has judged the whole."""
        redacting = tuple(r for r in exchange.policy.guardrails if r.action == "redact")
        return judge(text, redacting, "input").text

    # --- the model ------------------------------------------------------------------------------

    def _headers(self, upstream: Upstream, exchange: Exchange) -> dict[str, str]:
        headers = {"x-request-id": exchange.id}
        if key := self.keys.get(upstream.track):
            headers["authorization"] = f"Bearer {key}"
        return headers

    def _request(
        self, path: str, upstream: Upstream, body: dict[str, Any], exchange: Exchange
    ) -> httpx.Request:
        headers = self._headers(upstream, exchange)
        return self.client.build_request(
            "POST", self.urls[upstream.track] + path, json=body, headers=headers
        )

    async def _sent(
        self, request: httpx.Request, exchange: Exchange, *, stream: bool = False
    ) -> httpx.Response:
        """The model's answer; one that says no is told to the caller, and only a failure counts."""
        import httpx  # noqa: PLC0415  # an extra

        try:
            answer = await self.client.send(request, stream=stream)
        except httpx.HTTPError:
            raise self._failed(exchange) from None
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            await answer.aclose()
            if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                raise self._failed(exchange)
            self.breakers[exchange.track].record(bad=False)
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                raise self._busy(answer, exchange)
            raise Refused(answer.status_code, "invalid", "the model refused the request's form")
        return answer

    async def _answer(
        self, path: str, upstream: Upstream, body: dict[str, Any], exchange: Exchange, send: Send
    ) -> None:
        answer = await self._sent(self._request(path, upstream, body, exchange), exchange)
        document = whole(answer.content)
        if document is None:
            raise self._failed(exchange)
        exchange.first_token_s = self.clock() - exchange.started_s
        usage = document.get("usage") or {}
        for choice in document.get("choices") or ():
            holder, key = content(choice)
            if holder is None:
                continue
            hold = HoldBack(exchange.policy.guardrails)
            text = "".join((*hold.add(holder[key]), *hold.finish()))
            holder[key] = text
            if hold.blocked:
                choice["finish_reason"] = "content_filter"
            exchange.fired += hold.fired
            exchange.answered += text
        exchange.output_tokens = int(
            usage.get("completion_tokens") or estimate_tokens(exchange.answered)
        )
        exchange.outcome = "ok"
        self._judge_speed(exchange)
        await answer_json(send, 200, document, request_id=exchange.id)

    async def _stream(
        self, path: str, upstream: Upstream, body: dict[str, Any], exchange: Exchange, send: Send
    ) -> None:
        import httpx  # noqa: PLC0415  # an extra

        request = self._request(path, upstream, body, exchange)
        answer = await self._sent(request, exchange, stream=True)
        try:
            await start(send, 200, b"text/event-stream", exchange.id)
            try:
                async for event in self._held(answer, exchange):
                    await send({"type": "http.response.body", "body": event, "more_body": True})
                exchange.outcome = "ok"
            except (httpx.HTTPError, BrokenOffError):
                self.breakers[exchange.track].record(bad=True)
                broken = {
                    "error": {"message": "the model stopped answering", "type": "upstream_error"}
                }
                await send(
                    {"type": "http.response.body", "body": server_event(broken), "more_body": True}
                )
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await answer.aclose()
        if exchange.outcome == "ok":
            self._judge_speed(exchange)

    async def _held(self, answer: httpx.Response, exchange: Exchange) -> AsyncIterator[bytes]:
        """The events that callers see: text leaves only after its sentence was judged."""
        hold = HoldBack(exchange.policy.guardrails)
        shape: dict[str, Any] = {}
        reason = "stop"
        begun = False
        async for document in documents(answer):
            begun = begun or bool(document.get("choices"))
            exchange.output_tokens = completion_tokens(document) or exchange.output_tokens
            for choice in document.get("choices") or ():
                shape = {k: v for k, v in document.items() if k not in {"choices", "usage"}}
                reason = choice.get("finish_reason") or reason
                text = (choice.get("delta") or {}).get("content") or choice.get("text") or ""
                if text and exchange.first_token_s is None:
                    exchange.first_token_s = self.clock() - exchange.started_s
                for ready in hold.add(text):
                    exchange.answered += ready
                    yield server_event({**shape, "choices": [delta(ready)]})
            if hold.blocked:
                break
        if not begun:
            raise BrokenOffError("a stream without an answer in it")
        for ready in hold.finish():
            exchange.answered += ready
            yield server_event({**shape, "choices": [delta(ready)]})
        exchange.fired += hold.fired
        exchange.output_tokens = exchange.output_tokens or estimate_tokens(exchange.answered)
        last = {
            "index": 0,
            "delta": {},
            "finish_reason": "content_filter" if hold.blocked else reason,
        }
        yield server_event({**shape, "choices": [last]})
        yield b"data: [DONE]\n\n"

    def _failed(self, exchange: Exchange) -> Refused:
        self.breakers[exchange.track].record(bad=True)
        return Refused(502, "error", exchange.policy.last_resort, _open_s(exchange))

    def _busy(self, answer: httpx.Response, exchange: Exchange) -> Refused:
        """The model's own limit: passed on as one of ours, with the time that it names."""
        self.telemetry.count(names.GATEWAY_SHED, track=exchange.track)
        limits = exchange.policy.limits
        named = answer.headers.get("retry-after", "")
        back_s = int(named) if named.isdecimal() else math.ceil(limits.queue_s)
        message = "over the limit: the model takes no more requests now"
        return Refused(limits.refusal_status, "shed", message, max(1, back_s))

    def _judge_speed(self, exchange: Exchange) -> None:
        policy = exchange.policy.breaker
        took_ms = 1000 * (self.clock() - exchange.started_s)
        first_ms = 1000 * (exchange.first_token_s or 0.0)
        slow = (
            policy.slow_first_token_ms is not None and first_ms > policy.slow_first_token_ms
        ) or (policy.slow_request_ms is not None and took_ms > policy.slow_request_ms)
        self.breakers[exchange.track].record(bad=slow)

    # --- what is written down -------------------------------------------------------------------

    def _finish(self, exchange: Exchange) -> None:
        count, track = self.telemetry.count, exchange.track
        count(names.GATEWAY_REQUESTS, track=track, outcome=exchange.outcome)
        for _, action, spans in exchange.fired:
            count(names.GATEWAY_GUARDRAIL, spans, track=track, decision=action)
        if not exchange.fired:
            count(names.GATEWAY_GUARDRAIL, track=track, decision="allow")
        count(names.GATEWAY_TOKENS, exchange.input_tokens, track=track, kind="input")
        count(names.GATEWAY_TOKENS, exchange.output_tokens, track=track, kind="output")
        took = self.clock() - exchange.started_s
        times = _times(exchange, took) if exchange.outcome == "ok" else {}
        for name, seconds in times.items():
            self.telemetry.observe(name, seconds, track=track)
        if exchange.outcome != "invalid":
            met = _meets(exchange.policy.objectives, exchange.outcome, times)
            count(names.GATEWAY_MET, track=track, met="yes" if met else "no")
        if self.audit is not None:
            self.audit(self._record(exchange))

    def _record(self, exchange: Exchange) -> Record:
        """What the policy allows to be kept; texts pass every redaction once more."""
        record: Record = {
            "request-id": exchange.id,
            "caller-id": exchange.caller,
            "model": next(u.model for u in exchange.policy.upstreams if u.track == exchange.track),
            "track": exchange.track,
            "policy-digest": exchange.digest,
            "prompt-digest": "sha256:" + hashlib.sha256(exchange.asked.encode()).hexdigest(),
            "decisions": [list(f) for f in exchange.fired],
            "outcome": exchange.outcome,
            "tokens": [exchange.input_tokens, exchange.output_tokens],
        }
        if exchange.policy.audit.keep == "redacted":
            record["text"] = [_clean(exchange.asked), _clean(exchange.answered)]
        elif exchange.policy.audit.keep == "raw":
            record["text"] = [exchange.asked, exchange.answered]
        return record


def _open_s(exchange: Exchange) -> int:
    """When to come back after a failure, in whole seconds."""
    return math.ceil(exchange.policy.breaker.open_s)


def _times(exchange: Exchange, took: float) -> dict[str, float]:
    """What an answered request took, in seconds, by metric; tokens are timed in streams."""
    times = {names.GATEWAY_LATENCY: took}
    if exchange.first_token_s is not None and exchange.stream:
        times[names.GATEWAY_TTFT] = exchange.first_token_s
        if exchange.output_tokens > 1:
            later = exchange.output_tokens - 1
            times[names.GATEWAY_TPOT] = (took - exchange.first_token_s) / later
    return times


def _meets(limits: Objectives, outcome: str, times: dict[str, float]) -> bool:
    """Whether one request met everything at once; what a guardrail refused was answered as it should."""
    wanted = {
        names.GATEWAY_LATENCY: limits.request_s,
        names.GATEWAY_TTFT: limits.first_token_s,
        names.GATEWAY_TPOT: limits.token_s,
    }
    late = any(limit is not None and times.get(m, 0.0) > limit for m, limit in wanted.items())
    return outcome in {"ok", "refused"} and not late


def _clean(text: str) -> str:
    rails = tuple(
        Guardrail.model_validate({"id": d, "on": "both", "detector": d, "action": "redact"})
        for d in ("secrets", "personal")
    )
    return judge(text, rails, "output").text


def _caller(scope: Scope) -> str:
    return _header(scope, CALLER_HEADER)[:128] or "anonymous"


def _header(scope: Scope, name: bytes) -> str:
    return next(
        (str(value.decode("latin-1")) for key, value in scope.get("headers") or () if key == name),
        "",
    )
