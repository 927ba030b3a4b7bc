"""The judge as a web metric: whoever moves the traffic asks, and obeys.

Requests and answers (`docs/rollout.md` shows how Argo Rollouts, Flagger and Spinnaker use them):

- ``GET /v1/verdict?release=ID`` → JSON with ``verdict`` (`rollback`, `promote` or `continue`);
- ``POST /flagger/rollback`` → 200 to go back, 403 not to;
- ``POST /flagger/confirm-promotion`` → 200 when everything is proved, 403 while it is not; after a
  switch by mirrored requests, unless it is worse;
- ``POST /flagger/confirm-traffic-increase`` → 200 when the canary may have the next share of the
  policy's steps: it is not worse, the hold of its share has passed, and every metric was seen;
- ``GET /metrics`` → gauges of every release that was asked for;
- ``GET /health``.

A release is judged from the first time anybody asks for it, and has a record of its own.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs

from pydantic import Field, JsonValue

from aegis.base import conventions as names
from aegis.base.model import Frozen
from aegis.rollout.loop import Rollout
from aegis.rollout.policy import EVERYBODY, Policy, Step
from aegis.rollout.record import RecordError
from aegis.rollout.routers.plain import Nobody
from aegis.rollout.state import judge, unseen, waits_for
from aegis.rollout.world import Clock, PermanentError, Source, TemporaryError

Message: TypeAlias = MutableMapping[str, object]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_MAX_BODY = 100_000
_REMEMBERED = 100


class WebVerdict(Frozen):
    """What the judge answers."""

    release: str
    verdict: str = Field(description="rollback, promote or continue; no data is always continue")
    worse: bool
    proved: bool
    blind: tuple[str, ...] = Field(description="metrics without data in the last look")
    reason: str
    looks: int
    evidence: dict[str, float] = Field(description="e-value against the release, by metric")
    threshold: float = Field(description="the averaged evidence at which the verdict is rollback")
    waits_for: tuple[str, ...]


def judging_only(policy: Policy) -> Policy:
    """The policy where somebody else sets weights: compared at whatever share the counts show."""
    weight = 0.0 if policy.strategy in {"shadow", "blue-green"} else 50.0
    return Policy.model_validate(
        {
            **policy.model_dump(mode="json"),
            "steps": [{"weight_percent": weight, "hold_s": 0.0}],
            "settle_s": 0.0,
            "alpha": {**policy.alpha.model_dump(), "split": None},
            "router": {"type": "none"},
        }
    )


class JudgeService:
    """An ASGI application over one policy; it looks when it is asked and a look is due."""

    def __init__(
        self,
        policy: Policy,
        digest: str,
        *,
        path: Path,
        source: Source,
        clock: Clock,
        steps: Sequence[Step] = (),
    ) -> None:
        """`policy` judges only; `steps` are those by which a canary may be given more."""
        self._policy, self._digest, self._path = policy, digest, path
        self._steps = [s for s in steps if 0 < s.weight_percent < EVERYBODY]
        self._source, self._clock = source, clock
        self._releases: dict[str, Rollout] = {}
        self._lock = asyncio.Lock()
        self._routes: dict[tuple[str, str], Callable[[WebVerdict], bool]] = {
            ("GET", "/v1/verdict"): lambda _: True,
            ("POST", "/flagger/rollback"): lambda v: v.worse,
            ("POST", "/flagger/confirm-promotion"): self._all,
            ("POST", "/flagger/confirm-traffic-increase"): self._more,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        method, path = str(scope["method"]), str(scope["path"])
        if (method, path) == ("GET", "/health"):
            await _answer(send, 200, {"status": "ok", "policy": self._digest})
            return
        if (method, path) == ("GET", "/metrics"):
            await _respond(send, 200, self._exposition().encode(), b"text/plain; version=0.0.4")
            return
        try:
            release = _release(scope, await _body(receive))
        except ValueError as error:
            await _answer(send, 400, {"error": str(error)})
            return
        route = self._routes.get((method, path))
        if route is None:
            await _answer(send, 404, {"error": f"there is no {method} {path} here"})
            return
        try:
            async with self._lock:
                verdict = await asyncio.to_thread(self.verdict, release)
                yes = await asyncio.to_thread(route, verdict)
        except (RecordError, PermanentError, TemporaryError) as error:
            await _answer(send, 503, {"error": str(error)})
            return
        await _answer(send, 200 if yes else 403, verdict.model_dump(mode="json"))

    def verdict(self, release: str) -> WebVerdict:
        """The verdict on a release after the look that is due, if one is."""
        rollout = self._releases.get(release) or self._open(release)
        rollout.begin()
        due = self._clock.now_s() - rollout.now.last_s >= self._policy.look_s
        if due and rollout.state.outcome is None:
            rollout.look()
        return self._verdict(release, rollout)

    def _all(self, verdict: WebVerdict) -> bool:
        """Whether everybody may meet the canary; once they do, nobody is left to compare it with.

        Flagger asks again after a switch. What copies of stable's requests had proved before it is
        then still proved; what was shown to be below its limits only waits for its margins.
        """
        if verdict.worse:
            return False
        rollout = self._releases[verdict.release]
        if verdict.proved and rollout.now.routed != EVERYBODY:
            rollout.moved(EVERYBODY)
        mirrored = self._policy.strategy == "shadow" or self._policy.before_switch == "mirror"
        return verdict.proved or (mirrored and rollout.now.routed == EVERYBODY)

    def _more(self, verdict: WebVerdict) -> bool:
        """Whether the canary may have the next share, which is then written down: its hold begins.

        Nothing is asked of a canary that has no share yet: nobody has sent it anything.
        """
        if verdict.worse:
            return False
        rollout = self._releases[verdict.release]
        state, share = rollout.state, rollout.now.routed or 0.0
        hold_s = next((s.hold_s for s in self._steps if s.weight_percent == share), 0.0)
        held = self._clock.now_s() - state.since_s >= hold_s
        if (share or not self._steps) and (not held or unseen(self._policy, state)):
            return False
        following = [s.weight_percent for s in self._steps if s.weight_percent > share]
        if following:
            rollout.moved(following[0])
        return True

    def _open(self, release: str) -> Rollout:
        path = self._path.with_name(f"{self._path.stem}.{release}{self._path.suffix}")
        rollout = Rollout(
            self._policy, self._digest, path=path, source=self._source, router=Nobody(),
            clock=self._clock, candidate=release, decide=judge,
        )  # fmt: skip
        if len(self._releases) >= _REMEMBERED:
            del self._releases[next(iter(self._releases))]  # its record stays; it may come back
        self._releases[release] = rollout
        return rollout

    def _verdict(self, release: str, rollout: Rollout) -> WebVerdict:
        state = rollout.state
        worse = state.outcome is not None
        missing = () if worse else waits_for(self._policy, state, ignoring_hold=True)
        proved = not worse and state.looks > 0 and not missing
        return WebVerdict(
            release=release,
            verdict="rollback" if worse else "promote" if proved else "continue",
            worse=worse,
            proved=proved,
            blind=state.blind,
            reason=state.reason,
            looks=state.looks,
            evidence={m.metric.id: math.exp(min(m.log_harm, 700.0)) for m in state.metrics},
            threshold=1 / self._policy.alpha.rollback,
            waits_for=missing,
        )

    def _exposition(self) -> str:
        gauges: dict[str, list[str]] = {name: [] for name in names.ROLLOUT_METRICS}
        for release, rollout in sorted(self._releases.items()):
            now = self._verdict(release, rollout)
            at = f'service="{self._policy.service}",release="{release}"'
            gauges[names.ROLLOUT_WORSE].append(f"{{{at}}} {now.worse:d}")
            gauges[names.ROLLOUT_PROVED].append(f"{{{at}}} {now.proved:d}")
            gauges[names.ROLLOUT_BLIND].append(f"{{{at}}} {bool(now.blind):d}")
            gauges[names.ROLLOUT_EVIDENCE] += [
                f'{{{at},metric="{metric}"}} {math.log(value):.6g}'
                for metric, value in now.evidence.items()
            ]
        lines = [
            line
            for name, series in gauges.items()
            for line in (f"# TYPE {name} gauge", *(name + one for one in series))
        ]
        return "\n".join(lines) + "\n"


def _release(scope: Message, body: bytes) -> str:
    """Named by the query, or by the checksum that Flagger sends; `current` when by neither."""
    query = scope.get("query_string")
    named = parse_qs(query.decode() if isinstance(query, bytes) else "").get("release", [""])[0]
    if not named and body:
        document = json.loads(body)
        named = str(document.get("checksum") or "") if isinstance(document, dict) else ""
    named = named or "current"
    if not _RELEASE.fullmatch(named):
        raise ValueError("a release is named by letters, digits, dot, dash and underscore")
    return named


async def _body(receive: Receive) -> bytes:
    parts = b""
    while True:
        message = await receive()
        part = message.get("body", b"")
        parts += part if isinstance(part, bytes) else b""
        if len(parts) > _MAX_BODY:
            raise ValueError("the request is too long")
        if not message.get("more_body"):
            return parts


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        kind = str(message["type"])
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


async def _answer(send: Send, status: int, document: JsonValue) -> None:
    await _respond(send, status, json.dumps(document).encode(), b"application/json")


async def _respond(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
