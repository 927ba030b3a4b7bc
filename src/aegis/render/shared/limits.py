"""What callers may use, in figures of the plan: one computation for every gateway that counts."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.shared.reading import number_or_none

CALLER_SHARE = 0.25  # no caller takes more than a quarter before it is named
CALLER_HEADER = "x-aegis-caller"
"""What carries a caller's identity to the gateway of the plan, set by whoever authenticates it."""


def tokens_per_s(plan: Plan, rate: str = "traffic.peak") -> float | None:
    """Tokens read and written a second at a rate of requests; None where requests hold none."""
    requests = number_or_none(plan, rate)
    read, written = (number_or_none(plan, f"tokens.{side}.mean") for side in ("input", "output"))
    return requests * (read + written) if requests and read and written else None
