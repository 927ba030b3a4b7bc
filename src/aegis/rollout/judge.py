"""Evidence about each metric of a release, from looks of any size, in any number.

Every figure here is made by `aegis.stats`; this module only says which counts go where.

Scores and bursts give fractions of an event. They are valid in the same tests: a factor of
``f ** b`` with b in [0, 1] is at most ``1 + b (f - 1)`` (Bernoulli's inequality), so its mean is no
larger than that of a whole event with the chance b. Sums are rounded to whole events against the
claim that is tested: down for the arm that speaks for it, up for the one that speaks against it.

Paired looks (shadow traffic) use the same tests with a fair coin. The bet on harm sees the pairs
that differ; its null hypothesis is that the canary loses no more of them than stable. The bet on
promotion sees both arms' marginal counts: with ``g`` and ``h`` the factors of a canary and a stable
event at margin R, ``R (g - 1) + (h - 1) = 0``, and a pair's mean factor under «the canary fails at
least R times as often» is at most ``1 - both R (1 - g) ** 2 <= 1``.

The bet on harm is divided in advance: most of it starts with the rollout, the rest in equal parts
with each later step, so that a version which only fails under the load of a later step does not
live on its good past. An average of e-processes, of which some begin later, is an e-process.

Where a release meets everybody at once, nobody serves beside it. Stable's looks from before the
switch, which nothing was compared with, are then dealt out as the control of the looks after it, each
once, in their order. Given a pair of looks the label test is the same; what it assumes besides is that
the requests after the switch would have gone as well before it. A limit needs no control.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aegis.base.verdict import Verdict
from aegis.rollout.arms import Arms, MetricLook, beside, whole
from aegis.rollout.policy import Metric
from aegis.stats import family
from aegis.stats.betting import BoundedMean
from aegis.stats.buckets import BucketLook
from aegis.stats.label import LabelEvidence, Look, no_evidence, promotion
from aegis.stats.slowdown import SlowdownEvidence, no_slowdown

_LATER = 0.2  # the part of the bet on harm that waits for later steps


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricEvidence:
    """What is known about one metric so far.

    `later` holds the terms of the bet on harm at the moments when later parts of it began: what was
    gained since is the evidence of such a part. `certified` stays true once the proof was there:
    that is what its alpha is spent on.
    """

    metric: Metric
    harm: LabelEvidence | SlowdownEvidence
    later: tuple[tuple[float, ...], ...] = ()
    to_come: int = 0
    proof: LabelEvidence | None = None
    gain: LabelEvidence | None = None
    share: BoundedMean | None = None
    excess: BoundedMean | None = None
    before: tuple[MetricLook, ...] = ()
    harm_arms: tuple[float, float] = (0.0, 0.0)
    arms: tuple[float, float] = (0.0, 0.0)
    canary_events: float = 0.0
    units: tuple[float, float] = (0.0, 0.0)
    step_units: float = 0.0
    certified: bool = False
    improved: bool = False

    @property
    def log_harm(self) -> float:
        """Natural logarithm of the evidence that the canary is worse."""
        others = len(self.later) + self.to_come
        if not others:
            return self.harm.log_evidence
        begun = [self.harm.log_evidence, *(_since(self.harm, at) for at in self.later)]
        first = first_share(others)
        shares = [first, *[(1 - first) / others] * others]
        return family.average([*begun, *[0.0] * self.to_come], shares)

    @property
    def log_proof(self) -> float | None:
        """Logarithm of the evidence that it is less than `margin` times as bad."""
        return self.proof.log_evidence if self.proof else None

    @property
    def has_enough(self) -> bool:
        """Whether this step has shown what it must before it may be left."""
        return self.step_units >= self.metric.minimum

    @property
    def is_over_limit(self) -> bool:
        """Whether the canary's share of bad events is surely above the limit."""
        limit = self.metric.limit
        return (
            self.excess is not None
            and limit is not None
            and self.excess.compare(limit) is Verdict.PASSED
        )

    @property
    def is_within_limit(self) -> bool:
        """Whether that share is surely below the limit; true without a limit."""
        limit = self.metric.limit
        return self.excess is None or limit is None or self.excess.compare(limit) is Verdict.FAILED


def _since(bet: LabelEvidence | SlowdownEvidence, began: tuple[float, ...]) -> float:
    terms = tuple(now - then for now, then in zip(bet.log_terms, began, strict=True))
    return replace(bet, log_terms=terms).log_evidence


def first_share(later_steps: int) -> float:
    """The part of the bet on harm that begins with the rollout."""
    return 1 - _LATER if later_steps else 1.0


def no_metric_evidence(
    metric: Metric, *, alpha_limit: float, alpha_promotion: float, later_steps: int = 0
) -> MetricEvidence:
    """The state before the first look; `later_steps` compare both versions again.

    Where a margin can be proved in two ways, each has half of the alpha.
    """
    latency = metric.kind == "latency"
    return MetricEvidence(
        metric=metric,
        harm=no_slowdown(edges=metric.edges) if latency else no_evidence(),
        to_come=later_steps,
        proof=no_evidence(promotion(metric.margin)) if metric.margin is not None else None,
        gain=no_evidence() if metric.role == "goal" else None,
        # One-sided: an interval of level 2 alpha leaves alpha on each side.
        share=BoundedMean(alpha=alpha_promotion) if metric.negligible is not None else None,
        excess=BoundedMean(alpha=2 * alpha_limit) if metric.limit is not None else None,
    )


def compared(evidence: MetricEvidence, look: MetricLook, *, alpha: float) -> MetricEvidence:
    """The evidence after a look at both versions side by side; `alpha` is that of promotion."""
    harm = evidence.harm
    if isinstance(harm, LabelEvidence):
        harm = harm.add(_against(evidence.harm_arms, look.harm))
    elif look.buckets is not None:
        harm = harm.add(look.buckets)
    proof, gain, share = evidence.proof, evidence.gain, evidence.share
    if share is not None:
        share = share.add_events(*_canary(evidence, look, up=True))
    if proof is not None:
        proof = proof.add(_for(evidence.arms, look.arms))
    if gain is not None:
        turned = (evidence.arms[1], evidence.arms[0])
        gain = gain.add(_against(turned, look.arms.exchanged()))
    return replace(
        _seen(evidence, look),
        harm=harm,
        proof=proof,
        gain=gain,
        share=share,
        harm_arms=_sums(evidence.harm_arms, look.harm),
        arms=_sums(evidence.arms, look.arms),
        certified=evidence.certified or _is_proved(evidence.metric, proof, share, alpha),
        canary_events=evidence.canary_events + _events(look),
        improved=evidence.improved or (gain is not None and gain.rejects(alpha)),
    )


def next_step(evidence: MetricEvidence, *, is_compared: bool) -> MetricEvidence:
    """The evidence at the start of a step; where both versions are compared, a new part of the bet."""
    evidence = replace(evidence, step_units=0.0)
    if not is_compared or not evidence.to_come:
        return evidence
    return replace(
        evidence,
        later=(*evidence.later, evidence.harm.log_terms),
        to_come=evidence.to_come - 1,
    )


def before_switch(evidence: MetricEvidence, look: MetricLook, *, keep: bool) -> MetricEvidence:
    """The evidence after a look at a canary that answers only what is sent to it on purpose.

    Its limit is judged. `keep` has stable's part wait for the switch.
    """
    kept = (*evidence.before, look) if keep else evidence.before
    return replace(_limited(evidence, look), before=kept)


def after_switch(
    evidence: MetricEvidence, look: MetricLook, *, dealt: int, alpha: float
) -> MetricEvidence:
    """The evidence after a look at a canary that serves everybody; `alpha` is that of promotion.

    Its limit is judged and, beside the next `dealt` of stable's looks from before, everything else.
    """
    stable, rest = evidence.before[:dealt], evidence.before[dealt:]
    limited = replace(_limited(evidence, look), before=rest)
    if not stable:
        return limited
    seen = compared(evidence, beside(look, stable), alpha=alpha)
    return replace(seen, excess=limited.excess, before=rest)


def _limited(evidence: MetricEvidence, look: MetricLook) -> MetricEvidence:
    excess = evidence.excess
    if excess is not None:
        excess = excess.add_events(*_canary(evidence, look, up=False))
    events = evidence.canary_events + _events(look)
    return replace(_seen(evidence, look), excess=excess, canary_events=events)


def _events(look: MetricLook) -> float:
    """What the canary counted: bad events, or good ones where those are counted."""
    return look.arms.by_arm().canary_bad


def _canary(evidence: MetricEvidence, look: MetricLook, *, up: bool) -> tuple[int, int]:
    """Whole events of the canary in this look, and its units."""
    units = round(look.canary_units)
    events = whole(evidence.canary_events, _events(look), up=up)
    return max(min(events, units), 0), units


def _is_proved(
    metric: Metric, proof: LabelEvidence | None, share: BoundedMean | None, alpha: float
) -> bool:
    if proof is None:
        return False
    if share is None or metric.negligible is None:
        return proof.rejects(alpha)
    return proof.rejects(alpha / 2) or share.compare(metric.negligible) is Verdict.FAILED


def learned(evidence: MetricEvidence, stable: tuple[int, ...]) -> MetricEvidence:
    """Stable's latencies by bucket as history; nothing is judged."""
    harm = evidence.harm
    if not isinstance(harm, SlowdownEvidence) or len(stable) != len(harm.history):
        return evidence
    history = tuple(a + b for a, b in zip(harm.history, stable, strict=True))
    return replace(evidence, harm=replace(harm, history=history))


def excluded(evidence: MetricEvidence, look: MetricLook) -> MetricEvidence:
    """The evidence after a look that was excluded in advance: stable's latencies teach, no more."""
    buckets: BucketLook | None = look.buckets
    return learned(evidence, buckets.stable) if buckets else evidence


def _seen(evidence: MetricEvidence, look: MetricLook) -> MetricEvidence:
    canary, stable = evidence.units
    return replace(
        evidence,
        units=(canary + look.canary_units, stable + look.stable_units),
        step_units=evidence.step_units + look.canary_units,
    )


def _sums(before: tuple[float, float], arms: Arms) -> tuple[float, float]:
    return before[0] + arms.canary_bad, before[1] + arms.stable_bad


def _against(before: tuple[float, float], arms: Arms) -> Look:
    """For a bet that the canary has more bad events: its own rounded down, stable's up."""
    return _look(arms, whole(before[0], arms.canary_bad, up=False),
                 whole(before[1], arms.stable_bad, up=True))  # fmt: skip


def _for(before: tuple[float, float], arms: Arms) -> Look:
    """For a bet that it has fewer: the other way round."""
    return _look(arms, whole(before[0], arms.canary_bad, up=True),
                 whole(before[1], arms.stable_bad, up=False))  # fmt: skip


def _look(arms: Arms, canary_bad: int, stable_bad: int) -> Look:
    canary, stable = round(arms.canary_units), round(arms.stable_units)
    return Look(
        canary_bad=min(canary_bad, canary),
        canary_total=canary,
        stable_bad=min(stable_bad, stable),
        stable_total=stable,
    )
