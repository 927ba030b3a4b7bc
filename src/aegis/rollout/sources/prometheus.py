"""Counters in a Prometheus server, sample by sample, so that restarts between looks are seen.

The HTTP API is asked for the raw samples of each selector (`query` with a range selector), never for
`rate` or `increase`, which extrapolate and hide resets.

Source: Prometheus documentation, «HTTP API», instant queries and range vectors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from aegis.base.model import Frozen
from aegis.rollout.counts import SeriesKey
from aegis.rollout.policy import Metric, PrometheusSource, edge_name
from aegis.rollout.world import Past, PermanentError, TemporaryError, call
from aegis.stats.counters import Reading

if TYPE_CHECKING:
    import httpx

_OVERLAP_S = 60.0  # samples may be stored later than they were taken


class _Series(Frozen):
    metric: dict[str, str]
    values: tuple[tuple[float, str], ...] = ()
    value: tuple[float, str] | None = None


class _Data(Frozen):
    result_type: str = Field(alias="resultType")
    result: tuple[_Series, ...]


class FromPrometheus:
    """Reads the selectors of a policy's metrics, once for each arm."""

    def __init__(
        self,
        spec: PrometheusSource,
        metrics: tuple[Metric, ...],
        client: httpx.Client,
        *,
        token: str | None = None,
    ) -> None:
        self._spec, self._metrics, self._client = spec, metrics, client
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def read(
        self, *, since_s: float | None, until_s: float
    ) -> dict[SeriesKey, tuple[Reading, ...]]:
        """Every sample after `since_s`, and some before it in case they were stored late."""
        lookback = self._spec.lookback_s
        span = lookback if since_s is None else min(until_s - since_s + _OVERLAP_S, lookback)
        found: dict[SeriesKey, tuple[Reading, ...]] = {}
        for metric in self._metrics:
            for arm in ("canary", "stable"):
                for name, selector in metric.series.items():
                    for series in self._query(f"{self._of(selector, arm)}[{span:.0f}s]", until_s):
                        key = _key(metric, arm, name, series.metric)
                        if key is not None:
                            found[key] = tuple(Reading(t, float(v)) for t, v in series.values)
        return found

    def past(self, *, until_s: float) -> Past:
        """Stable's increases over `history_s`, by Prometheus' own estimate: nothing is judged by it."""
        span = self._spec.history_s
        if span <= 0:
            return Past()
        gained: dict[str, dict[str, float]] = {}
        for metric in self._metrics:
            for name, selector in metric.series.items():
                by = " by (le) " if name == "bucket" else ""
                query = f"sum{by}(increase({self._of(selector, 'stable')}[{span:.0f}s]))"
                for series in self._query(query, until_s):
                    key = _key(metric, "stable", name, series.metric)
                    if key is not None and series.value is not None:
                        gain = float(series.value[1])
                        if math.isfinite(gain):
                            gained.setdefault(metric.id, {})[key.counter] = gain
        return Past(span_s=span, gained=gained)

    def _of(self, selector: str, arm: str) -> str:
        return selector.replace("$arm", self._spec.arms["canary" if arm == "canary" else "stable"])

    def _query(self, query: str, at_s: float) -> tuple[_Series, ...]:
        url = self._spec.url.rstrip("/") + "/api/v1/query"
        params = {"query": query, "time": f"{at_s:.3f}"}
        answer = call(self._client, "GET", url, params=params, headers=self._headers)
        try:
            document = answer.json()
            if document.get("status") != "success":
                raise PermanentError(f"Prometheus says: {document.get('error', 'no success')}")
            return _Data.model_validate(document["data"]).result
        except (ValueError, KeyError, ValidationError):
            raise TemporaryError(f"{url} gave no answer of a Prometheus server") from None


def _key(metric: Metric, arm: str, name: str, labels: Mapping[str, str]) -> SeriesKey | None:
    """The key of a series, or None for a bucket that the policy does not name."""
    counter = name
    if name == "bucket":
        try:
            counter = edge_name(float(labels.get("le", "nan")))
        except ValueError:
            return None
        if counter not in metric.counters:
            return None
    rest = ",".join(f"{k}={v}" for k, v in sorted(labels.items()) if k not in {"instance", "le"})
    return SeriesKey(metric.id, arm, counter, f"{labels.get('instance', '')}|{rest}")
