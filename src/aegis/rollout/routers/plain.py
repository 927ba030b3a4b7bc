"""Routers of one machine: Envoy's runtime, the gateway's policy file, and none at all."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aegis.rollout.world import PermanentError, TemporaryError, call

if TYPE_CHECKING:
    import httpx


class EnvoyRuntime:
    """Sets one runtime key through Envoy's admin interface and reads it back.

    The route that sends requests to the canary has a `runtime_fraction` with this key and a
    denominator of HUNDRED, so that one key moves all of the split at once. Envoy has to have an
    `admin_layer` in its `layered_runtime`. A runtime value is whole, so weights are rounded down.

    Source: Envoy documentation, «Administration interface», `/runtime_modify` and `/runtime`.
    """

    def __init__(self, admin_url: str, key: str, client: httpx.Client) -> None:
        self._url, self._key, self._client = admin_url.rstrip("/"), key, client

    def set_weight(self, percent: float) -> None:
        """Sets the key; an Envoy that does not say the same afterwards has not obeyed."""
        wanted = str(int(percent))
        call(self._client, "POST", f"{self._url}/runtime_modify", params={self._key: wanted})
        if self.weight() != float(wanted):
            raise PermanentError(
                f"Envoy accepted {self._key}={wanted} and does not obey: its runtime has no `admin_layer`, "
                "or a later layer overrides it"
            )

    def weight(self) -> float | None:
        """The final value of the key; None before it was ever set."""
        answer = call(self._client, "GET", f"{self._url}/runtime", params={"format": "json"})
        entry = answer.json().get("entries", {}).get(self._key)
        try:
            return None if entry is None else float(entry["final_value"])
        except (KeyError, TypeError, ValueError):
            return None


class GatewayWeights:
    """Changes the two weights in a gateway's policy file, and nothing else in it.

    The file is replaced at once, so that nobody reads half of it. With a `/health` to ask, the
    weight counts as set when the gateway reports the digest of the new file.
    """

    def __init__(
        self,
        policy: Path,
        *,
        health_url: str | None = None,
        client: httpx.Client | None = None,
        tries: int = 20,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._policy, self._health_url, self._client = policy, health_url, client
        self._tries, self._pause = tries, pause

    def set_weight(self, percent: float) -> None:
        """Writes the weights and waits until the gateway obeys them."""
        text = self._text()
        for track, weight in (("canary", percent), ("stable", 100 - percent)):
            text = _with_weight(text, track, weight)
        if text != self._text():
            new = self._policy.with_name(self._policy.name + ".new")
            with new.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._policy)
        self._confirm("sha256:" + hashlib.sha256(text.encode()).hexdigest())

    def weight(self) -> float | None:
        """The canary's weight in the file."""
        found = _weight_of("canary").search(self._text())
        return float(found["weight"]) if found else None

    def _text(self) -> str:
        try:
            return self._policy.read_text("utf-8")
        except OSError as error:
            raise PermanentError(f"{self._policy}: {error.strerror}") from None

    def _confirm(self, digest: str) -> None:
        if self._health_url is None or self._client is None:
            return
        for _ in range(self._tries):
            if call(self._client, "GET", self._health_url).json().get("policy") == digest:
                return
            self._pause(0.5)
        raise TemporaryError(f"{self._health_url} does not obey the new weights yet")


def _weight_of(track: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<head>-\s*track:\s*['\"]?{track}['\"]?\s*\n\s*weight_percent:\s*)(?P<weight>[0-9.]+)"
    )


def _with_weight(text: str, track: str, weight: float) -> str:
    changed, count = _weight_of(track).subn(lambda m: f"{m['head']}{weight:.6g}", text)
    if count != 1:
        raise PermanentError(
            f"the gateway's policy has no weight of the {track} upstream to change"
        )
    return changed


class Nobody:
    """Somebody else moves the traffic."""

    def set_weight(self, percent: float) -> None:
        """Does nothing."""

    def weight(self) -> float | None:
        """Unknown."""
        return None
