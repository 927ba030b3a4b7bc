"""Rules, and the series that prove them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from aegis.render.shared.reading import duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A series computed from others."""

    record: str
    expr: str
    labels: dict[str, str] = field(default_factory=dict)

    def data(self) -> dict[str, JsonValue]:
        """As Prometheus reads it."""
        found: dict[str, JsonValue] = {"record": self.record, "expr": self.expr}
        if self.labels:
            found["labels"] = dict(self.labels)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Series over time, and whether the alert fires at the end of them."""

    name: str
    step_s: int
    series: tuple[tuple[str, str], ...]
    at_s: int
    fires: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """An alert with the scenarios that prove it fires and stays silent."""

    name: str
    expr: str
    labels: dict[str, str]
    annotations: dict[str, str]
    scenarios: tuple[Scenario, ...]
    hold_s: int = 0
    # Labels that the series bring along, as the scenarios have them.
    series_labels: dict[str, str] = field(default_factory=lambda: {"environment": "production"})

    def data(self) -> dict[str, JsonValue]:
        """As Prometheus reads it."""
        found: dict[str, JsonValue] = {"alert": self.name, "expr": self.expr}
        if self.hold_s:
            found["for"] = duration(self.hold_s)
        return {**found, "labels": dict(self.labels), "annotations": dict(self.annotations)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules evaluated together, in order."""

    name: str
    recordings: tuple[Recording, ...]
    alerts: tuple[AlertRule, ...]
    interval_s: float = 0.0
    # Further cases for promtool, evaluated at the group's interval.
    cases: tuple[JsonValue, ...] = ()

    def data(self) -> dict[str, JsonValue]:
        """As Prometheus reads it."""
        rules: list[JsonValue] = [r.data() for r in self.recordings]
        interval: dict[str, JsonValue] = (
            {"interval": duration(self.interval_s)} if self.interval_s else {}
        )
        return {"name": self.name, **interval, "rules": [*rules, *(a.data() for a in self.alerts)]}


def grows(*stretches: tuple[float, int], start: float = 0) -> str:
    """A counter in promtool's notation: for each stretch, its growth a step and its steps.

    >>> grows((10, 60), (0, 5))
    '0+10x60 600+0x5'
    """
    at, parts = start, []
    for growth, steps in stretches:
        parts.append(f"{at:g}+{growth:g}x{steps}")
        at += growth * steps
    return " ".join(parts)


def steady(level: float, steps: int) -> str:
    """A gauge that does not move.

    >>> steady(0.9, 3)
    '0.9+0x3'
    """
    return f"{level:g}+0x{steps}"


def selector(metric: str, matchers: Sequence[str]) -> str:
    """A metric with its label matchers."""
    return f"{metric}{{{','.join(matchers)}}}"
