"""Evidence that a canary fails more often (or surely not much more often) than stable.

Every bad event (error, refusal, slow answer, thumbs down) carries a label: it happened on the
canary or on stable. If the canary is no worse, each label is «canary» with probability at most
``q``, the canary's share of the requests in that look. A likelihood ratio on these labels is an
e-process: its expectation never exceeds 1 at any stopping time, so it reaches ``1 / alpha`` with
probability at most ``alpha``, however often and for however long anyone looks (Ville 1939).

The base rate does not enter. Incidents that hit both arms, day and night, and traffic ramps
change nothing, because every look is judged against its own ``q``.

Assumes that a request's arm is drawn independently of its outcome, and that requests are counted
at the unit that is drawn: if sessions are routed, count sessions (a burst of five failures of one
session is one bad event). With arm sizes that are fixed rather than drawn the evidence is
conservative (Hoeffding 1963, section 6: hypergeometric labels are below binomial ones in convex
order).

Source: the conditional test of two Poisson rates (Przyborowski and Wilenski 1940) turned into a
test martingale; compare Lindon and Malek, arXiv:2011.03567, «Anytime-valid inference for
multinomial count data».
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from aegis.base.verdict import Verdict
from aegis.stats.special import log_sum_exp


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What happened since the look before: increments, not running totals."""

    canary_bad: int
    canary_total: int
    stable_bad: int
    stable_total: int

    def __post_init__(self) -> None:
        for bad, total in (
            (self.canary_bad, self.canary_total),
            (self.stable_bad, self.stable_total),
        ):
            if not 0 <= bad <= total:
                raise ValueError(f"{bad} bad events of {total} requests")

    @property
    def canary_share(self) -> float:
        """The canary's part of the requests; 0 when there were none."""
        requests = self.canary_total + self.stable_total
        return self.canary_total / requests if requests else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTest:
    """A null hypothesis on the risk ratio, canary over stable, and the bets against it.

    All `ratios` lie on one side of `null_ratio`. Above it, the null is «the ratio is at most
    `null_ratio`» (rollback); below it, «the ratio is at least `null_ratio`» (promotion).
    """

    null_ratio: float
    ratios: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        sides = {ratio > self.null_ratio for ratio in self.ratios}
        if len(sides) != 1 or self.null_ratio in self.ratios:
            raise ValueError("every ratio must lie on the same side of the null ratio")
        if len(self.weights) != len(self.ratios) or not math.isclose(sum(self.weights), 1):
            raise ValueError("one weight a ratio, together 1")


# Tuned in the simulation of `benchmarks.evidence` on seeds 1 and 2, judged on others: most of the
# weight near a doubling, since smaller changes rarely deserve a rollback and larger ones are found
# anyway. Each weight is what the bet on its ratio starts with.
ROLLBACK = LabelTest(
    null_ratio=1.0,
    ratios=(1.25, 1.6, 2.2, 4.0, 10.0),
    weights=(0.125, 0.125, 0.375, 0.25, 0.125),
)


def promotion(margin: float) -> LabelTest:
    """The test whose evidence says «the canary's rate is below `margin` times stable's».

    Null hypothesis: the risk ratio is at least `margin`. Alternatives: equal rates, and a quarter
    fewer failures.

    >>> promotion(2.0).ratios
    (1.0, 0.75)
    """
    if margin <= 1:
        raise ValueError(f"a promotion margin is above 1, not {margin}")
    return LabelTest(null_ratio=margin, ratios=(1.0, 0.75), weights=(0.75, 0.25))


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvidence:
    """The state of one test after some looks; plain numbers, so that it can be stored.

    The order of looks does not matter, and evidence from disjoint looks can be merged.
    """

    test: LabelTest
    log_terms: tuple[float, ...]
    looks: int = 0
    bad_events: int = 0

    @property
    def log_evidence(self) -> float:
        """Natural logarithm of the e-value; 0 before any data."""
        return log_sum_exp(
            tuple(
                term + math.log(weight)
                for term, weight in zip(self.log_terms, self.test.weights, strict=True)
            )
        )

    @property
    def evidence(self) -> float:
        """The e-value: how many times a bet against the null multiplied its stake."""
        return math.exp(min(self.log_evidence, 700.0))

    def add(self, look: Look) -> LabelEvidence:
        """The evidence after one more look.

        One arm without requests says nothing, and neither does a look without bad events.

        >>> test = LabelTest(null_ratio=1, ratios=(2.0,), weights=(1.0,))
        >>> look = Look(canary_bad=3, canary_total=50, stable_bad=1, stable_total=50)
        >>> evidence = no_evidence(test).add(look)
        >>> math.isclose(evidence.evidence, (4 / 3) ** 3 * (2 / 3))
        True
        """
        return replace(
            self,
            log_terms=tuple(
                term + look.canary_bad * gain.on_canary + look.stable_bad * gain.on_stable
                for term, gain in zip(
                    self.log_terms, gains(self.test, look.canary_share), strict=True
                )
            ),
            looks=self.looks + 1,
            bad_events=self.bad_events + look.canary_bad + look.stable_bad,
        )

    def merge(self, other: LabelEvidence) -> LabelEvidence:
        """The evidence of both, when they come from different looks at one release."""
        if self.test != other.test:
            raise ValueError("evidence of different tests does not add up")
        return replace(
            self,
            log_terms=tuple(a + b for a, b in zip(self.log_terms, other.log_terms, strict=True)),
            looks=self.looks + other.looks,
            bad_events=self.bad_events + other.bad_events,
        )

    def rejects(self, alpha: float) -> bool:
        """Whether the null is rejected, with false alarms in at most `alpha` of releases."""
        return self.log_evidence >= -math.log(alpha)


def no_evidence(test: LabelTest = ROLLBACK) -> LabelEvidence:
    """The state before the first look.

    >>> no_evidence().evidence
    1.0
    """
    return LabelEvidence(test=test, log_terms=(0.0,) * len(test.ratios))


@dataclass(frozen=True, slots=True)
class Gain:
    """What one bad event adds to the logarithm of one alternative's likelihood ratio."""

    on_canary: float
    on_stable: float


def gains(test: LabelTest, canary_share: float) -> tuple[Gain, ...]:
    """The gains of each alternative while the canary has this share of the requests.

    ``ln(p_r / p_0)`` on the canary and ``ln((1 - p_r) / (1 - p_0))`` on stable, with
    ``p_r = q r / (q r + 1 - q)``, the chance of the label «canary» at risk ratio r. Without a
    split (a share of 0 or 1) labels say nothing, and the gains are 0. As long as the share is
    constant, evidence is a linear function of two counters: these are its coefficients.

    >>> gain, = gains(LabelTest(null_ratio=1, ratios=(2.0,), weights=(1.0,)), 0.5)
    >>> math.isclose(math.exp(gain.on_canary), 4 / 3), math.isclose(math.exp(gain.on_stable), 2 / 3)
    (True, True)
    """
    if not 0 < canary_share < 1:
        return (Gain(0.0, 0.0),) * len(test.ratios)
    null_scale = canary_share * test.null_ratio + 1 - canary_share
    return tuple(
        Gain(
            on_canary=math.log(ratio / test.null_ratio) + scale,
            on_stable=scale,
        )
        for ratio in test.ratios
        for scale in [math.log(null_scale / (canary_share * ratio + 1 - canary_share))]
    )


def judge(
    rollback: LabelEvidence,
    promote: LabelEvidence,
    *,
    alpha_rollback: float,
    alpha_promote: float,
) -> Verdict:
    """`failed` (roll back), `passed` (promote), or `inconclusive`: go on, or hold at the cap.

    Rollback is asked first: proof of harm is not outweighed by proof that the harm is small.

    >>> nothing, margin = no_evidence(), no_evidence(promotion(2.0))
    >>> judge(nothing, margin, alpha_rollback=0.05, alpha_promote=0.05)
    <Verdict.INCONCLUSIVE: 'inconclusive'>
    """
    if rollback.rejects(alpha_rollback):
        return Verdict.FAILED
    if promote.rejects(alpha_promote):
        return Verdict.PASSED
    return Verdict.INCONCLUSIVE
