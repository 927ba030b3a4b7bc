"""Metrics in the text format that Prometheus reads. Every series exists from the start, at zero."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from aegis.base import conventions as names

OUTCOMES = ("ok", "error", "shed", "refused", "invalid")
DECISIONS = ("allow", "flag", "redact", "block")
TRACKS = ("stable", "canary")
POLICY_RELOADS = "aegis_gateway_policy_reloads_total"
REQUEST_EDGES = (
    0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8,
    1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 15, 20, 30, 60, 120,
)  # fmt: skip
TOKEN_EDGES = (
    0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1,
)  # fmt: skip
EDGES: Mapping[str, tuple[float, ...]] = {
    names.GATEWAY_LATENCY: REQUEST_EDGES,
    names.GATEWAY_TTFT: REQUEST_EDGES,
    names.GATEWAY_TPOT: TOKEN_EDGES,
}
Labels = tuple[tuple[str, str], ...]


class Telemetry:
    """Counters and histograms of one process."""

    def __init__(self, service: str, tracks: Iterable[str] = TRACKS) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._counters: dict[tuple[str, Labels], float] = {}
        self._histograms: dict[tuple[str, Labels], list[float]] = {}
        for result in ("obeyed", "refused"):
            self.count(POLICY_RELOADS, 0, result=result)
        for track in tracks:
            for outcome in OUTCOMES:
                self.count(names.GATEWAY_REQUESTS, 0, track=track, outcome=outcome)
            for decision in DECISIONS:
                self.count(names.GATEWAY_GUARDRAIL, 0, track=track, decision=decision)
            for kind in ("input", "output"):
                self.count(names.GATEWAY_TOKENS, 0, track=track, kind=kind)
            for met in ("yes", "no"):
                self.count(names.GATEWAY_MET, 0, track=track, met=met)
            self.count(names.GATEWAY_SHED, 0, track=track)
            for rating in ("up", "down"):
                self.count(names.GATEWAY_FEEDBACK, 0, track=track, rating=rating)
            for name, edges in EDGES.items():
                self._histograms[name, self._labels({"track": track})] = [0.0] * (len(edges) + 2)

    def _labels(self, labels: Mapping[str, str]) -> Labels:
        return tuple(sorted({"service": self._service, **labels}.items()))

    def count(self, name: str, amount: float = 1, /, **labels: str) -> None:
        """Adds to a counter."""
        key = (name, self._labels(labels))
        with self._lock:
            self._counters[key] = self._counters.get(key, 0.0) + amount

    def observe(self, name: str, seconds: float, /, **labels: str) -> None:
        """Adds one observation to a histogram."""
        key = (name, self._labels(labels))
        edges = EDGES[name]
        with self._lock:
            cells = self._histograms.setdefault(key, [0.0] * (len(edges) + 2))
            for i, edge in enumerate(edges):
                if seconds <= edge:
                    cells[i] += 1
            cells[-2] += 1
            cells[-1] += seconds

    def exposition(self) -> str:
        """The page that is scraped."""
        lines: list[str] = []
        with self._lock:
            for name in sorted({n for n, _ in self._counters}):
                lines.append(f"# TYPE {name} counter")
                lines += [
                    f"{name}{_shown(labels)} {value:g}"
                    for (n, labels), value in sorted(self._counters.items())
                    if n == name
                ]
            for name in sorted({n for n, _ in self._histograms}):
                lines.append(f"# TYPE {name} histogram")
                for (n, labels), cells in sorted(self._histograms.items()):
                    if n == name:
                        lines += _histogram(name, labels, cells)
        return "\n".join(lines) + "\n"


def _histogram(name: str, labels: Labels, cells: list[float]) -> list[str]:
    edges = EDGES[name]
    lines = [
        f"{name}_bucket{_shown((*labels, ('le', f'{edge:g}')))} {cells[i]:g}"
        for i, edge in enumerate(edges)
    ]
    lines.append(f"{name}_bucket{_shown((*labels, ('le', '+Inf')))} {cells[-2]:g}")
    lines.append(f"{name}_sum{_shown(labels)} {cells[-1]:.9g}")
    lines.append(f"{name}_count{_shown(labels)} {cells[-2]:g}")
    return lines


def _shown(labels: Iterable[tuple[str, str]]) -> str:
    pairs = ",".join(f'{k}="{_escaped(v)}"' for k, v in labels)
    return f"{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
