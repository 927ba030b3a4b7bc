"""What a drill claims, what it measured, and the lines of its log."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict

Environment = Literal["development", "staging", "production"]
Outcome = Literal["held", "failed", "aborted", "inconclusive", "refused", "interrupted"]
Phase = Literal["steady", "fault", "clearing", "recovery"]


class Claim(Frozen):
    """A measurable condition, stated before the fault; its threshold says where it comes from."""

    measure: str = Field(description="id of what is measured, such as `errors-share`")
    says: str
    at_most: float | None = None
    at_least: float | None = None
    unit: str = ""
    source: str = Field(
        description="the plan's number or the policy's field that sets the threshold"
    )


class Measured(Frozen):
    """A claim with what was measured; no value is `inconclusive`."""

    claim: Claim
    value: float | None = None
    events: int = Field(default=0, description="how many of `total` the value counts")
    total: int = 0
    verdict: Verdict
    note: str = ""


class Rehearsed(Frozen):
    """An experiment of the plan that a drill carries out, in the plan's words."""

    mode: str = Field(description="id of the failure mode")
    experiment: str = Field(description="the plan's fault, hypothesis and end")
    unjudged: str = Field(
        default="", description="what of it a drill before a gateway cannot see; somebody looks"
    )


class FaultLine(Frozen):
    """What is injected."""

    kind: str
    does: str
    share: float = Field(description="of the requests that reach the backend")
    lasts_s: float = Field(description="it ends by itself after so long, in seconds")
    seed: int


class LoadLine(Frozen):
    """What is sent: before, during and after the fault, in requests a second."""

    steady_per_s: float
    fault_per_s: float
    steady_s: float
    asks: str


class Begun(Frozen):
    """A drill is about to inject its fault; everything that was decided in advance."""

    event: Literal["begun"] = "begun"
    at: str = Field(description="ISO 8601, UTC")
    run: str
    drill: str
    title: str
    rehearses: tuple[Rehearsed, ...]
    service: str
    plan: str
    plan_digest: str
    policy_digest: str
    environment: Environment
    reason: str = Field(default="", description="why production, in somebody's words")
    gateway: str
    backend: str
    fault: FaultLine
    load: LoadLine
    steady: tuple[Measured, ...]
    hypothesis: tuple[Claim, ...]
    stops_when: tuple[Claim, ...] = Field(description="what ends it at once when it does not hold")


class Ended(Frozen):
    """How a drill ended."""

    event: Literal["ended"] = "ended"
    at: str
    run: str
    drill: str
    outcome: Outcome
    why: str
    hypothesis: tuple[Measured, ...]
    recovery: tuple[Measured, ...]
    recovered_after_s: float | None = Field(
        default=None, description="from the end of the fault to the last bad answer; 0 without one"
    )
    answers: dict[Phase, dict[str, int]] = Field(description="answers by phase and by outcome")
    reached: dict[Phase, int] = Field(description="requests that reached the backend")
    fault_s: float = Field(description="how long the fault was in force")


class Refused(Frozen):
    """A drill that did not begin."""

    event: Literal["refused"] = "refused"
    at: str
    run: str
    drill: str
    environment: Environment
    plan: str
    why: str
    steady: tuple[Measured, ...] = ()


Entry = Begun | Ended | Refused
ENTRY: TypeAdapter[Entry] = TypeAdapter(Annotated[Entry, Field(discriminator="event")])


class DrillError(Exception):
    """A plan, a policy or an address that no drill can use; the message says what to do."""


class NotDrilledError(DrillError):
    """A plan that is whole and has nothing that a drill stands before; says why."""
