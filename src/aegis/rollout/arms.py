"""What one look says about one metric, made comparable: bad events and units of both arms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aegis.rollout.policy import Metric
from aegis.stats.buckets import BucketLook, from_cumulative

_DIGITS = 9  # of sums of scores, so that 0.1 + 0.2 is no event more than 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Arms:
    """Bad events (or the bad part of scores) and units of each arm.

    For a metric of good events (`better: higher`) the arms are exchanged: few good events on the
    canary are many on stable, in proportion. `is_exchanged` says so.
    """

    canary_bad: float
    canary_units: float
    stable_bad: float
    stable_units: float
    is_exchanged: bool = False

    def exchanged(self) -> Arms:
        """The same look with the arms' roles swapped."""
        return Arms(
            canary_bad=self.stable_bad,
            canary_units=self.stable_units,
            stable_bad=self.canary_bad,
            stable_units=self.canary_units,
            is_exchanged=not self.is_exchanged,
        )

    def by_arm(self) -> Arms:
        """Each arm's own events, bad ones or good ones."""
        return self.exchanged() if self.is_exchanged else self


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLook:
    """One metric in one look.

    `harm` is what the bet on harm reads: the discordant pairs where there are pairs, otherwise the
    same as `arms`. `buckets` only for a latency.
    """

    arms: Arms
    harm: Arms
    canary_units: float
    stable_units: float
    buckets: BucketLook | None = None


Counters = Mapping[str, Mapping[str, float]]


def metric_look(metric: Metric, gained: Counters, *, paired: bool) -> MetricLook | str | None:
    """The look of a metric; a sentence when the counts contradict one another, None without data.

    Contradictions (more events than requests) come from counters of which one was reset and the
    other not; such a look is left out for this metric.
    """
    if paired and "pairs" in gained:
        return _pairs(metric, gained["pairs"])
    canary, stable = (_counters(metric, gained.get(arm, {})) for arm in ("canary", "stable"))
    if not set(metric.counters) <= set(canary):
        return None
    stable = stable if set(metric.counters) <= set(stable) else dict.fromkeys(metric.counters, 0.0)
    if metric.kind == "latency":
        return _latency(metric, canary, stable, paired=paired)
    events, units = metric.counters
    for arm, counts in (("canary", canary), ("stable", stable)):
        if counts[events] > counts[units] * metric.events_per_unit + 1e-6:
            return (
                f"{metric.id}: {counts[events]:g} {events} of {counts[units]:g} on {arm}; left out"
            )
    arms = Arms(
        canary_bad=_bad(metric, canary[events], canary[units]),
        canary_units=canary[units],
        stable_bad=_bad(metric, stable[events], stable[units]),
        stable_units=stable[units],
    )
    arms = _together(arms) if paired else arms
    if metric.kind == "rate" and metric.better == "higher":
        arms = arms.exchanged()
    return MetricLook(arms=arms, harm=arms, canary_units=canary[units], stable_units=stable[units])


def beside(look: MetricLook, before: Sequence[MetricLook]) -> MetricLook:
    """The canary of this look with stable of earlier ones, as if they had served side by side."""
    now, then = look.arms.by_arm(), [b.arms.by_arm() for b in before]
    arms = Arms(
        canary_bad=now.canary_bad,
        canary_units=now.canary_units,
        stable_bad=sum(a.stable_bad for a in then),
        stable_units=sum(a.stable_units for a in then),
    )
    arms = arms.exchanged() if look.arms.is_exchanged else arms
    buckets = None
    if look.buckets is not None:
        counts = [b.buckets.stable for b in before if b.buckets is not None]
        stable = tuple(map(sum, zip(*counts, strict=True)))
        buckets = BucketLook(canary=look.buckets.canary, stable=stable)
    return replace(
        look,
        arms=arms,
        harm=arms,
        stable_units=sum(b.stable_units for b in before),
        buckets=buckets,
    )


def _counters(metric: Metric, counts: Mapping[str, float]) -> Mapping[str, float]:
    if metric.events_may_be_absent and "total" in counts:
        return {"events": 0.0, **counts}
    return counts


def _bad(metric: Metric, events: float, units: float) -> float:
    if metric.kind == "score" and metric.better == "higher":
        return round(units - events, _DIGITS)
    return events / metric.events_per_unit


def _together(arms: Arms) -> Arms:
    """Both arms answered the same requests: the coin is fair, whatever was counted late."""
    units = max(arms.canary_units, arms.stable_units)
    return Arms(
        canary_bad=arms.canary_bad,
        canary_units=units,
        stable_bad=arms.stable_bad,
        stable_units=units,
    )


def _pairs(metric: Metric, pairs: Mapping[str, float]) -> MetricLook | str | None:
    if not {"lost", "won", "both", "total"} <= set(pairs):
        return None
    lost, won, both, total = (pairs[name] for name in ("lost", "won", "both", "total"))
    if lost + won + both > total + 1e-6:
        return f"{metric.id}: {lost + won + both:g} wrong pairs of {total:g}; left out"

    def arms(more: float) -> Arms:
        return Arms(
            canary_bad=lost + more, canary_units=total, stable_bad=won + more, stable_units=total
        )

    return MetricLook(arms=arms(both), harm=arms(0.0), canary_units=total, stable_units=total)


def _latency(
    metric: Metric, canary: Mapping[str, float], stable: Mapping[str, float], *, paired: bool
) -> MetricLook | str:
    try:
        buckets = BucketLook(
            canary=from_cumulative([round(canary[c]) for c in metric.counters]),
            stable=from_cumulative([round(stable[c]) for c in metric.counters]),
        )
    except ValueError:
        return f"{metric.id}: a lower bucket holds more than a higher one; left out"
    edge = len(metric.edges) - 1
    if metric.slow_edge is not None:
        edge = metric.edges.index(metric.slow_edge)
    slow = buckets.above(edge)
    arms = Arms(
        canary_bad=slow.canary_bad,
        canary_units=slow.canary_total,
        stable_bad=slow.stable_bad,
        stable_units=slow.stable_total,
    )
    arms = _together(arms) if paired else arms
    return MetricLook(
        arms=arms,
        harm=arms,
        canary_units=slow.canary_total,
        stable_units=slow.stable_total,
        buckets=buckets,
    )


def whole(before: float, more: float, *, up: bool) -> int:
    """Whole events of a running sum, rounded once over all looks and not at each.

    >>> [whole(before, 0.4, up=False) for before in (0.0, 0.4, 0.8)]
    [0, 0, 1]
    >>> [whole(before, 0.4, up=True) for before in (0.0, 0.4, 0.8)]
    [1, 0, 1]
    """
    to_whole = math.ceil if up else math.floor
    return to_whole(round(before + more, _DIGITS)) - to_whole(round(before, _DIGITS))
