"""How many items a comparison needs, before it and after it."""

from __future__ import annotations

import math

from pydantic import Field

from aegis.base.model import Frozen
from aegis.stats.detectability import cluster_design_effect, discordance, pairs_needed
from aegis.stats.special import normal_quantile

# What is assumed before both releases have answered: a correlation in the middle of those that
# Miller, arXiv:2411.00640, reports between models (0.3 to 0.7), the same that plans assume; and a
# share of the variance between clusters as in questions about one document. Answers replace both.
_CORRELATION = 0.56
_INTRACLUSTER = 0.2


class Need(Frozen):
    """What it takes to see a drop of the stated size, and what is there."""

    tolerated_drop: float
    power: float
    alpha: float
    items: int
    needed: int
    basis: str = Field(description="what the number rests on")

    @property
    def missing(self) -> int:
        """How many more items it takes; 0 where there are enough."""
        return max(0, self.needed - self.items)

    @property
    def sentence(self) -> str:
        """In words, for a person."""
        points = f"{100 * self.tolerated_drop:g}"
        head = (
            f"a drop of {points} points shows in {100 * self.power:.0f} % of cases "
            f"with {self.needed:,} items ({self.basis})"
        )
        if self.missing:
            return f"{head}; there are {self.items:,}: {self.missing:,} are missing"
        return f"{head}; there are {self.items:,}"


def needed_before(
    *,
    items: int,
    clusters: int,
    stable_rate: float,
    tolerated_drop: float,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Need:
    """The need for a data set that only stable has answered, passing `stable_rate` of it.

    >>> needed_before(items=100, clusters=100, stable_rate=0.8, tolerated_drop=0.05).missing
    323
    """
    drop = tolerated_drop
    # a release that passes less than it may lose is judged as one that can lose just that
    rate = max(stable_rate, drop)
    different = discordance(stable_rate=rate, drop=drop, correlation=_CORRELATION)
    effect = cluster_design_effect(
        samples_per_cluster=items / max(clusters, 1), intracluster_correlation=_INTRACLUSTER
    )
    pairs = pairs_needed(drop=drop, power=power, alpha=alpha, discordance=min(1.0, different))
    basis = f"assuming a correlation of {_CORRELATION:g} between the releases"
    if effect > 1:
        basis += f" and of {_INTRACLUSTER:g} within clusters"
    return Need(
        tolerated_drop=tolerated_drop, power=power, alpha=alpha, items=items,
        needed=math.ceil(pairs * effect), basis=basis,
    )  # fmt: skip


def needed_after(
    *,
    items: int,
    standard_error: float,
    tolerated_drop: float,
    power: float = 0.8,
    alpha: float = 0.05,
) -> Need:
    """The need as the answers of both releases show it: their spread, clusters included.

    Normal approximation: the standard error shrinks with the root of the number of items, and must
    become ``tolerated_drop / (z_alpha + z_power)``.

    >>> needed_after(items=100, standard_error=0.04, tolerated_drop=0.05).needed
    396
    """
    wanted = tolerated_drop / (normal_quantile(1 - alpha) + normal_quantile(power))
    return Need(
        tolerated_drop=tolerated_drop, power=power, alpha=alpha, items=items,
        needed=math.ceil(items * (standard_error / wanted) ** 2), basis="by the spread that was seen",
    )  # fmt: skip
