"""A drill's place: load, a gateway that goes through the proxy, the proxy, the backend."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from aegis.drills.catalogue import Drill
from aegis.drills.process import own_gateway, served
from aegis.drills.proxy import Proxy
from aegis.drills.runner import Lengths, Run
from aegis.drills.subject import Bundle, Where
from aegis.drills.types import DrillError
from aegis.gateway.policy import Policy, read_policy

if TYPE_CHECKING:
    import httpx


@contextlib.asynccontextmanager
async def between(drill: Drill, bundle: Bundle, where: Where, times: Lengths) -> AsyncIterator[Run]:
    """The proxy stands, and a gateway that goes through it; both end with the drill.

    Raises:
        DrillError: an address is taken, or the gateway is not this plan's or goes elsewhere.
    """
    import httpx  # noqa: PLC0415  # the extra

    limits = httpx.Limits(max_connections=None, max_keepalive_connections=256)
    timeout = 4 * bundle.bounds.answer_s
    async with httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False) as client:
        proxy = Proxy(
            backend=where.backend, canary=where.canary or where.backend, client=client,
            seed=where.seed,
        )  # fmt: skip
        host, port = where.listen
        async with (
            served(proxy, host, port) as listens,
            _gateway(drill, bundle, where, f"http://{host}:{listens}", client) as url,
        ):
            if not await _reached(url, client, proxy, bundle, where):
                raise DrillError(
                    f"the gateway at {url} does not go through the proxy: start it with --upstream "
                    f"http://{host}:{listens}/stable (and --canary-upstream …/canary)"
                )
            yield Run(
                drill=drill, bounds=bundle.bounds, seed=where.seed, lengths=times, proxy=proxy,
                client=client, url=url, headers=where.headers,
            )  # fmt: skip


@contextlib.asynccontextmanager
async def _gateway(
    drill: Drill, bundle: Bundle, where: Where, upstream: str, client: httpx.AsyncClient
) -> AsyncIterator[str]:
    if where.gateway:
        await _obeys(where.gateway, client, bundle)
        yield where.gateway
        return
    with tempfile.TemporaryDirectory() as folder:
        policy = bundle.policy_path
        if drill.canary_percent:
            policy = Path(folder) / "policy.yaml"
            text = bundle.policy_path.read_text("utf-8")
            policy.write_text(weighted(text, drill.canary_percent), "utf-8")
        answer_s = bundle.bounds.answer_s
        async with own_gateway(policy, upstream, answer_s=answer_s, client=client) as url:
            yield url


def weighted(policy: str, percent: float) -> str:
    """The same policy with a share of traffic for the canary; the rest is stable's."""
    found, _ = read_policy(policy)
    first = found.upstreams[0]
    shares = {"stable": 100 - percent, "canary": percent}
    upstreams = [
        {**first.model_dump(), "track": track, "weight_percent": share}
        for track, share in shares.items()
    ]
    changed = Policy.model_validate({**found.model_dump(), "upstreams": upstreams})
    return yaml.safe_dump(changed.model_dump(mode="json"), sort_keys=False)


async def _obeys(url: str, client: httpx.AsyncClient, bundle: Bundle) -> None:
    import httpx  # noqa: PLC0415  # the extra

    try:
        health = (await client.get(f"{url}/health")).json()
    except (httpx.HTTPError, ValueError) as error:
        raise DrillError(f"no gateway of Aegis answers at {url}: {type(error).__name__}") from None
    obeys = str(health.get("policy")) if isinstance(health, dict) else "nothing"
    if obeys != bundle.policy_digest:
        raise DrillError(
            f"the gateway at {url} obeys policy {obeys[:19]}, not {bundle.policy_path} "
            f"({bundle.policy_digest[:19]}): thresholds would not be its own"
        )


async def _reached(
    url: str, client: httpx.AsyncClient, proxy: Proxy, bundle: Bundle, where: Where
) -> bool:
    """Whether a request to the gateway comes by; that one request is forgotten."""
    import httpx  # noqa: PLC0415  # the extra

    body = {
        "model": bundle.plan.service,
        "messages": [{"role": "user", "content": "ready?"}],
        "max_tokens": 1,
    }
    with contextlib.suppress(httpx.HTTPError):
        await client.post(f"{url}/v1/chat/completions", json=body, headers=where.headers)
    came = bool(proxy.reached)
    proxy.reached.clear()
    return came
