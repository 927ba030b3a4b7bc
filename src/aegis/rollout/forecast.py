"""What the traffic can show, said before anything starts."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from aegis.rollout.judge import first_share
from aegis.rollout.policy import EVERYBODY, Metric, NoRouter, Policy, Step
from aegis.rollout.state import later_steps
from aegis.rollout.world import Past
from aegis.stats.betting import BoundedMean
from aegis.stats.buckets import from_cumulative
from aegis.stats.detectability import (
    LooksNeeded,
    looks_to_detect,
    looks_to_notice_slowdown,
    looks_to_promote,
)
from aegis.stats.slowdown import SLOWDOWNS, no_slowdown

_FACTOR = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Traffic:
    """Units a second of both arms, and the share of bad ones, with where they come from."""

    per_s: float
    share: float
    is_measured: bool


def histories(policy: Policy, past: Past) -> dict[str, tuple[int, ...]]:
    """Stable's past latencies by metric and bucket, where they were kept."""
    found = {}
    for metric in policy.metrics:
        if metric.kind != "latency":
            continue
        gained = past.gained.get(metric.id, {})
        if set(metric.counters) <= set(gained):
            try:
                found[metric.id] = from_cumulative([round(gained[c]) for c in metric.counters])
            except ValueError:
                continue  # estimates that contradict one another teach nothing
    return found


def forecast(policy: Policy, past: Past) -> tuple[str, ...]:
    """Sentences: what is found at each step and how soon, what is proved, and whether in time."""
    lines = [line for metric in policy.metrics for line in _metric(policy, metric, past)]
    return (*lines, *_promise(policy))


def _metric(policy: Policy, metric: Metric, past: Past) -> list[str]:
    trials = [s for s in policy.steps if 0 < s.weight_percent < EVERYBODY]
    traffic = _traffic(policy, metric, past)
    if not trials:
        return [f"{metric.id}: {_alone(policy, metric)}"]
    if traffic is None:
        return [
            f"{metric.id}: neither its traffic nor stable's share is known before the first looks"
        ]
    first, last = trials[0], trials[-1]
    if metric.kind == "latency":
        lines = [_slower(policy, metric, traffic, first, past)]
    else:
        lines = [_doubled(policy, metric, traffic, first)]
    if metric.margin is not None and (metric.kind != "latency" or traffic.share > 0):
        lines.append(_proved(policy, metric, traffic, last))
    return lines


def _alone(policy: Policy, metric: Metric) -> str:
    """A release that meets everybody at once: before the switch, and after it."""
    after = (
        f"after the switch judged beside stable's looks from before it, of which the first hold "
        f"keeps {policy.steps[0].hold_s / policy.look_s:,.0f}"
    )
    if policy.before_switch == "mirror":
        return "judged before the switch by requests that both versions answer"
    if metric.limit is None:
        return f"not judged before the switch, since it has no limit; {after}"
    limited = sum(m.limit is not None for m in policy.metrics)
    clean = _clean_needed(metric.limit, policy.alpha.rollback / limited)
    return (
        f"{clean:,} {metric.counts}s without a bad one, sent to the new version on purpose, prove "
        f"that it is below its limit of {100 * metric.limit:g} %; {after}"
    )


def _clean_needed(limit: float, alpha: float) -> int:
    """Units without a bad one until the share is surely below the limit."""

    def is_enough(units: int) -> bool:
        return BoundedMean(alpha=2 * alpha).add_events(0, units).interval.high < limit

    most = 1
    while not is_enough(most):
        most *= 2
    return bisect_left(range(most), True, key=is_enough)  # noqa: FBT003  # the first that is


def _traffic(policy: Policy, metric: Metric, past: Past) -> _Traffic | None:
    gained = past.gained.get(metric.id, {})
    units_name = metric.counters[-1]
    units = gained.get(units_name, 0.0)
    if past.span_s > 0 and units > 0:
        return _Traffic(
            per_s=units / past.span_s, share=_bad(metric, gained) / units, is_measured=True
        )
    if policy.expected_units_per_s is None or metric.expected_share is None:
        return None
    return _Traffic(
        per_s=policy.expected_units_per_s, share=metric.expected_share, is_measured=False
    )


def _bad(metric: Metric, gained: Mapping[str, float]) -> float:
    first, *_, last = metric.counters
    if metric.kind == "latency":
        within = metric.slow_edge is not None and next(
            (gained.get(c, 0.0) for c, e in zip(metric.counters, metric.edges, strict=False)
             if e == metric.slow_edge), 0.0,
        )  # fmt: skip
        return max(gained[last] - within, 0.0) if metric.slow_edge is not None else 0.0
    if metric.kind == "score" and metric.better == "higher":
        return max(gained[last] - gained.get(first, 0.0), 0.0)
    return gained.get(first, 0.0)


def _doubled(policy: Policy, metric: Metric, traffic: _Traffic, step: Step) -> str:
    per_look = traffic.per_s * policy.look_s
    share, is_good = step.weight_percent / 100, metric.kind == "rate" and metric.better == "higher"

    def looks(alpha: float) -> LooksNeeded:
        return looks_to_detect(
            base_rate=traffic.share / _FACTOR if is_good else traffic.share,
            factor=_FACTOR,
            requests_per_look=per_look,
            canary_share=1 - share if is_good else share,
            alpha=alpha,
        )

    known = "" if traffic.is_measured else " (assumed)"
    what = "a halved rate of" if is_good else "a doubled"
    return (
        f"{metric.id}: with {share * per_look:,.0f} {metric.counts}s a look at "
        f"{step.weight_percent:g} %, {what} {100 * traffic.share:.2g} %{known} "
        f"{_harm(looks, policy, metric)}"
    )


def _harm(looks: Callable[[float], LooksNeeded], policy: Policy, metric: Metric) -> str:
    """The floor is that of any judge with the same false alarms; the rest is of ours.

    Ours divides its bet: the metric has its part of it, and what begins with the rollout most of
    that.
    """
    part = metric.weight / sum(m.weight for m in policy.metrics) * first_share(later_steps(policy))
    ours = looks(policy.alpha.rollback * part)
    return _needs(replace(ours, floor=looks(policy.alpha.rollback).floor), policy)


def _slower(policy: Policy, metric: Metric, traffic: _Traffic, step: Step, past: Past) -> str:
    share = step.weight_percent / 100
    per_look = share * traffic.per_s * policy.look_s
    head = f"{metric.id}: with {per_look:,.0f} {metric.counts}s a look at {step.weight_percent:g} %"
    history = histories(policy, past).get(metric.id)
    if history is None or sum(history) == 0:
        return (
            f"{head}, stable's latencies are not known yet; a slower canary is found by the looks"
        )
    known = no_slowdown(edges=metric.edges, history=history)

    def looks(alpha: float) -> LooksNeeded:
        return looks_to_notice_slowdown(
            known,
            SLOWDOWNS[0],
            requests_per_look=traffic.per_s * policy.look_s,
            canary_share=share,
            alpha=alpha,
        )

    slower = 100 * (SLOWDOWNS[0].factor - 1)
    return f"{head}, a canary that is {slower:.0f} % slower {_harm(looks, policy, metric)}"


def _proved(policy: Policy, metric: Metric, traffic: _Traffic, step: Step) -> str:
    looks = looks_to_promote(
        base_rate=traffic.share,
        margin=metric.margin or _FACTOR,
        requests_per_look=traffic.per_s * policy.look_s,
        canary_share=step.weight_percent / 100,
        alpha=policy.alpha.promotion,
    )
    text = (
        f"{metric.id}: the proof that an equal canary is within {metric.margin:g} × "
        f"{_needs(looks, policy)} at {step.weight_percent:g} %"
    )
    if not looks.is_reachable or looks.median > policy.cap.looks:
        text += f"; the cap of {policy.cap.looks:,} looks comes first, so the rollout will hold"
    return text


def _needs(looks: LooksNeeded, policy: Policy) -> str:
    if not looks.is_reachable:
        return "cannot be found at this traffic"
    noun = "look" if looks.at_least == 1 else "looks"
    text = f"needs at least {looks.at_least:,} {noun} ({_duration(looks.at_least * policy.look_s)})"
    if math.isfinite(looks.median):
        typical = max(looks.median, looks.at_least)
        text += f", typically {math.ceil(typical):,} ({_duration(typical * policy.look_s)})"
    return text


def _duration(seconds: float) -> str:
    """Seconds as a person says them.

    >>> _duration(45), _duration(900), _duration(9000), _duration(400_000)
    ('45 s', '15 min', '2.5 h', '4.6 days')
    """
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.0f} s"


def _promise(policy: Policy) -> list[str]:
    alpha = policy.alpha
    promise = (
        f"a healthy release goes back by mistake with a chance of at most {100 * alpha.rollback:g} %, "
        "over all metrics together and however often anyone looks"
    )
    bursts = [
        f"{m.id} counts {m.counts}s while {policy.unit}s are routed: several bad events of one "
        f"{policy.unit} are not independent; state `events_per_unit`, or count {policy.unit}s"
        for m in policy.metrics
        if m.counts == "request" and policy.unit != "request" and m.events_per_unit == 1
    ]
    idle = (
        "the router is `none`: whoever moves the traffic has to follow these steps, or to ask "
        "`aegis rollout serve`"
    )
    return [promise, *bursts, *([idle] if isinstance(policy.router, NoRouter) else [])]
