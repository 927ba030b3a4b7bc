"""The decision: `advance(policy, state, look) -> (state, verdict, action)`, pure and replayable.

Harm is asked first, at every look and over all metrics together. A step is left when its hold has
passed, every metric was seen, and, before everybody meets the release, every margin is proved. At
the cap the rollout holds. Nothing promotes but proof; silence is `inconclusive`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import Field

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.rollout.arms import metric_look
from aegis.rollout.counts import Gained
from aegis.rollout.judge import (
    MetricEvidence,
    after_switch,
    before_switch,
    compared,
    excluded,
    learned,
    next_step,
    no_metric_evidence,
)
from aegis.rollout.policy import EVERYBODY, Policy
from aegis.stats import family
from aegis.stats.ratio import RatioEvidence

Outcome = Literal["promoted", "rolled-back", "held", "aborted"]


class RolloutLook(Frozen):
    """What happened between two moments, at one weight."""

    from_s: float
    to_s: float
    gained: Gained = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What is to be done now. `weight_percent` is the canary's share afterwards."""

    kind: Literal["stay", "set-weight", "roll-back", "finish", "hold"]
    weight_percent: float
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutState:
    """Where a rollout stands. Times are seconds of the clock that the looks use.

    `blind` names the metrics without data in the last look: nobody moves forward blind. `dealt` is how
    many of stable's looks from before a switch stand beside each look after it.
    """

    metrics: tuple[MetricEvidence, ...]
    split: RatioEvidence = field(default_factory=RatioEvidence)
    started_s: float
    since_s: float
    step: int = 0
    looks: int = 0
    counted: int = 0
    dealt: int = 1
    outcome: Outcome | None = None
    reason: str = ""
    blind: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def log_harm(self) -> float:
        """Logarithm of the evidence against the release, all metrics together."""
        return family.average(
            [m.log_harm for m in self.metrics], [m.metric.weight for m in self.metrics]
        )

    def culprits(self, alpha: float) -> tuple[str, ...]:
        """Metrics that are surely worse, though several were watched; the worst first."""
        values = family.adjusted({m.metric.id: m.log_harm for m in self.metrics})
        named = [name for name, value in values.items() if value >= -math.log(alpha)]
        return tuple(sorted(named, key=lambda name: -values[name]))


def start(policy: Policy, *, at_s: float, history: dict[str, tuple[int, ...]]) -> RolloutState:
    """The state before the first look; `history` is stable's past by latency metric and bucket."""
    limited = sum(metric.limit is not None for metric in policy.metrics)
    alpha = policy.alpha.rollback / max(limited, 1)
    metrics = [
        no_metric_evidence(
            metric,
            alpha_limit=alpha,
            alpha_promotion=policy.alpha.promotion,
            later_steps=later_steps(policy),
        )
        for metric in policy.metrics
    ]
    return RolloutState(
        metrics=tuple(
            learned(m, history[m.metric.id]) if m.metric.id in history else m for m in metrics
        ),
        started_s=at_s,
        since_s=at_s,
    )


def weight_of(policy: Policy, state: RolloutState) -> float:
    """The canary's share of the traffic now, in percent."""
    if state.outcome in {"rolled-back", "aborted"}:
        return 0.0
    if state.step >= len(policy.steps):
        return EVERYBODY
    return policy.steps[state.step].weight_percent


def advance(
    policy: Policy, state: RolloutState, look: RolloutLook
) -> tuple[RolloutState, Verdict, Action]:
    """The state after a look, what it says, and what to do.

    Looks come in time order and do not overlap; a look that began before the last change of weight
    (or within `warmup_s` or `settle_s`) was excluded in advance and judges nothing.
    """
    if state.outcome is not None:
        raise ValueError(f"the rollout is over: {state.outcome}")
    weight = weight_of(policy, state)
    state = _observe(policy, state, look, weight)
    harm = _harm(policy, state)
    if harm:
        return _back(state, harm)
    if _is_capped(policy, state, look):
        return _capped(policy, state, weight)
    return _step(policy, state, look, weight)


def judge(
    policy: Policy, state: RolloutState, look: RolloutLook
) -> tuple[RolloutState, Verdict, Action]:
    """As `advance`, where somebody else sets the weights: no step, hold or cap.

    `roll-back` ends the judging. `finish` says that everything is proved so far; it may still turn
    into `roll-back` at a later look, for as long as anyone asks.
    """
    if state.outcome is not None:
        raise ValueError(f"the judging is over: {state.outcome}")
    weight = weight_of(policy, state)
    if weight == 0 and _serves_all(look):
        weight = EVERYBODY
    state = _observe(policy, state, look, weight)
    harm = _harm(policy, state)
    if harm:
        return _back(state, harm)
    if _missing(policy, state, weight, before=EVERYBODY):
        return state, Verdict.INCONCLUSIVE, Action(kind="stay", weight_percent=0)
    return (
        state,
        Verdict.PASSED,
        Action(kind="finish", weight_percent=0, reason="every margin is proved"),
    )


def _serves_all(look: RolloutLook) -> bool:
    """Whether the canary alone had requests."""
    arms = look.gained.values()
    return any(any(by_arm.get("canary", {}).values()) for by_arm in arms) and not any(
        any(by_arm.get("stable", {}).values()) for by_arm in arms
    )


def _observe(policy: Policy, state: RolloutState, look: RolloutLook, weight: float) -> RolloutState:
    paired = _is_mirrored(policy) and weight == 0
    settled = look.from_s >= _judged_from(policy, state)
    notes: list[str] = []
    blind: list[str] = []
    metrics = []
    for evidence in state.metrics:
        metric = evidence.metric
        seen = metric_look(metric, look.gained.get(metric.id, {}), paired=paired)
        if seen is None or isinstance(seen, str):
            notes.append(seen or f"{metric.id}: no data")
            blind.append(metric.id)
            metrics.append(evidence)
        elif not settled or look.from_s < state.since_s + metric.delay_s:
            metrics.append(excluded(evidence, seen))
        elif _is_compared(policy, weight):
            metrics.append(compared(evidence, seen, alpha=policy.alpha.promotion))
        elif weight < EVERYBODY:
            metrics.append(before_switch(evidence, seen, keep=not was_compared(policy)))
        else:
            alpha = policy.alpha.promotion
            metrics.append(after_switch(evidence, seen, dealt=state.dealt, alpha=alpha))
    return replace(
        state,
        metrics=tuple(metrics),
        split=_split(policy, state, look, weight) if settled else state.split,
        looks=state.looks + 1,
        counted=state.counted + settled,
        blind=tuple(blind),
        notes=tuple(notes),
    )


def _dealt(policy: Policy, state: RolloutState) -> int:
    """How many of stable's looks stand beside each after the switch.

    More control finds harm sooner; they are spread over three times the hold, because a proof may
    have to be waited for.
    """
    looks = math.ceil(policy.steps[-1].hold_s / policy.look_s)
    kept = max((len(m.before) for m in state.metrics), default=0)
    return max(kept // max(3 * looks, 1), 1)


def _judged_from(policy: Policy, state: RolloutState) -> float:
    return max(state.started_s + policy.warmup_s, state.since_s + policy.settle_s)


def _split(policy: Policy, state: RolloutState, look: RolloutLook, weight: float) -> RatioEvidence:
    """Whether the arms get what the router was told, by the first metric that counts units."""
    if policy.alpha.split is None or not 0 < weight < EVERYBODY:
        return state.split
    for metric in policy.metrics:
        if metric.kind == "rate" and metric.counts == policy.unit:
            arms = look.gained.get(metric.id, {})
            canary, stable = (arms.get(arm, {}).get("total") for arm in ("canary", "stable"))
            if canary and stable:  # an arm that is silent is no data, not a split
                return state.split.add(
                    canary=round(canary), stable=round(stable), planned_share=weight / 100
                )
    return state.split


def _harm(policy: Policy, state: RolloutState) -> str:
    """Why the release has to go back, or nothing."""
    alpha = policy.alpha
    if state.log_harm >= -math.log(alpha.rollback):
        named = state.culprits(alpha.rollback)
        worst = max(state.metrics, key=lambda m: m.log_harm).metric.id
        which = ", ".join(named) if named else f"{worst} and others together"
        return f"worse than stable: {which} (evidence {_times(state.log_harm)})"
    over = [m.metric for m in state.metrics if m.is_over_limit]
    if over:
        limits = ", ".join(f"{m.id} above {100 * (m.limit or 0):g} %" for m in over)
        return f"over its limit: {limits}"
    if alpha.split is not None and state.split.verdict(alpha.split) is Verdict.FAILED:
        return "the traffic does not split as the router was told, so nothing can be judged"
    return ""


def _times(log_evidence: float) -> str:
    return f"{math.exp(min(log_evidence, 700.0)):.3g} to 1"


def _back(state: RolloutState, reason: str) -> tuple[RolloutState, Verdict, Action]:
    state = replace(state, outcome="rolled-back", reason=reason)
    return state, Verdict.FAILED, Action(kind="roll-back", weight_percent=0, reason=reason)


def _is_capped(policy: Policy, state: RolloutState, look: RolloutLook) -> bool:
    cap = policy.cap
    return state.looks >= cap.looks or look.to_s - state.started_s >= cap.seconds


def _capped(
    policy: Policy, state: RolloutState, weight: float
) -> tuple[RolloutState, Verdict, Action]:
    reason = f"the cap was reached before the proof: {'; '.join(waits_for(policy, state))}"
    if policy.cap.then == "roll-back":
        return _back(state, reason)
    state = replace(state, outcome="held", reason=reason)
    return state, Verdict.INCONCLUSIVE, Action(kind="hold", weight_percent=weight, reason=reason)


def _step(
    policy: Policy, state: RolloutState, look: RolloutLook, weight: float
) -> tuple[RolloutState, Verdict, Action]:
    step = policy.steps[state.step]
    held = look.to_s - _judged_from(policy, state) >= step.hold_s
    missing = _missing(policy, state, weight, before=_next_weight(policy, state))
    if not held or missing:
        return state, Verdict.INCONCLUSIVE, Action(kind="stay", weight_percent=weight)
    if weight == EVERYBODY or state.step + 1 == len(policy.steps):
        reason = "every step was held and every margin proved"
        state = replace(state, outcome="promoted", reason=reason, step=len(policy.steps))
        return state, Verdict.PASSED, Action(kind="finish", weight_percent=EVERYBODY, reason=reason)
    to = policy.steps[state.step + 1].weight_percent
    is_compared = _is_compared(policy, to)
    state = replace(
        state,
        step=state.step + 1,
        since_s=look.to_s,
        dealt=_dealt(policy, state),
        metrics=tuple(next_step(m, is_compared=is_compared) for m in state.metrics),
    )
    verdict = Verdict.PASSED if to == EVERYBODY else Verdict.INCONCLUSIVE
    return state, verdict, Action(kind="set-weight", weight_percent=to, reason="the step is done")


def _next_weight(policy: Policy, state: RolloutState) -> float:
    later = policy.steps[state.step + 1 :]
    return later[0].weight_percent if later else EVERYBODY


def _missing(policy: Policy, state: RolloutState, weight: float, *, before: float) -> list[str]:
    """What is still to be shown at this weight before the canary may have the next one."""
    found = [
        f"{m.metric.id} has {m.step_units:.0f} of {m.metric.minimum} on the canary in this step"
        for m in state.metrics
        if not m.has_enough
    ]
    found += [f"{name} had no data in the last look" for name in state.blind]
    if before < EVERYBODY:
        return found
    if was_compared(policy) or weight == EVERYBODY:
        return found + _unproved(state.metrics)
    return found + [
        f"{m.metric.id} is not yet proved to be below its limit of {100 * (m.metric.limit or 0):g} %"
        for m in state.metrics
        if not m.is_within_limit
    ]


def unseen(policy: Policy, state: RolloutState) -> tuple[str, ...]:
    """What stands in the way of any larger share that is not all: too few requests, or no data."""
    return tuple(_missing(policy, state, weight_of(policy, state), before=0.0))


def later_steps(policy: Policy) -> int:
    """How many steps after the first compare both versions again."""
    return max(sum(_is_compared(policy, s.weight_percent) for s in policy.steps) - 1, 0)


def was_compared(policy: Policy) -> bool:
    """Whether any step of the policy has both versions side by side."""
    return any(_is_compared(policy, step.weight_percent) for step in policy.steps)


def _is_compared(policy: Policy, weight: float) -> bool:
    return 0 < weight < EVERYBODY or (_is_mirrored(policy) and weight == 0)


def _is_mirrored(policy: Policy) -> bool:
    """Whether both versions answer the same requests while the canary has none of its own."""
    return policy.strategy == "shadow" or policy.before_switch == "mirror"


def _unproved(metrics: Sequence[MetricEvidence]) -> list[str]:
    found = []
    for m in metrics:
        if m.metric.margin is not None and not m.certified:
            found.append(f"{m.metric.id} is not yet proved to be within {m.metric.margin:g} ×")
        if m.gain is not None and not m.improved:
            found.append(f"{m.metric.id} is not yet proved to be better")
    return found


def waits_for(
    policy: Policy, state: RolloutState, *, ignoring_hold: bool = False
) -> tuple[str, ...]:
    """What the rollout waits for now, in words; its hold when nothing else is missing."""
    if state.outcome is not None or state.step >= len(policy.steps):
        return ()
    weight = weight_of(policy, state)
    missing = _missing(policy, state, weight, before=_next_weight(policy, state))
    if ignoring_hold:
        return tuple(missing)
    hold = policy.steps[state.step].hold_s
    return tuple(missing) or (f"the hold of {hold:g} s at {weight:g} %",)


def abort(state: RolloutState, *, by: str, reason: str) -> RolloutState:
    """The state after a person ended it; an abort is possible at any time before the end."""
    return replace(state, outcome="aborted", reason=f"{by}: {reason}")
