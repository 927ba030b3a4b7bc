"""One drill from its steady state to its recovery. The fault is taken back however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aegis.base import conventions as names
from aegis.base.verdict import Verdict
from aegis.drills import claims
from aegis.drills.bounds import Bounds
from aegis.drills.catalogue import Drill, steady_s
from aegis.drills.counts import samples
from aegis.drills.judge import Judgement, Seen, judged, phase_of, verdict_of
from aegis.drills.load import Load, Shape, plain
from aegis.drills.proxy import Proxy
from aegis.drills.types import Claim, Measured, Outcome, Phase

if TYPE_CHECKING:
    import httpx

_LOOK_S = 0.02  # how often an abort condition is looked at
_PHASES: tuple[Phase, ...] = ("steady", "fault", "clearing", "recovery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long the phases of a drill are, in seconds, and its steady rate a second."""

    rate: float
    steady_s: float
    fault_s: float
    clears_s: float

    @property
    def whole_s(self) -> float:
        """From the first request to the last."""
        return 2 * self.steady_s + self.fault_s + self.clears_s


def lengths(drill: Drill, bounds: Bounds, rate: float) -> Lengths:
    """The phases of a drill at a steady rate."""
    return Lengths(
        rate=rate, steady_s=round(steady_s(rate), 1), fault_s=round(drill.lasts_s(bounds, rate), 1),
        clears_s=round(drill.clears_s(bounds), 1),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a drill found."""

    outcome: Outcome
    why: str
    hypothesis: tuple[Measured, ...] = ()
    recovery: tuple[Measured, ...] = ()
    recovered_after_s: float | None = None
    answers: dict[Phase, dict[str, int]] = field(default_factory=dict)
    reached: dict[Phase, int] = field(default_factory=dict)
    fault_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a judge of Aegis is shown: the gateway's metrics at moments, and texts by phase."""

    pages: tuple[tuple[float, str], ...]
    texts: dict[Phase, list[str]]


@dataclass(slots=True, kw_only=True)
class Run:
    """A drill under way, between a load and a proxy that stand already."""

    drill: Drill
    bounds: Bounds
    seed: int
    lengths: Lengths
    proxy: Proxy
    client: httpx.AsyncClient
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    asked: Callable[[Kept], Judgement | None] = lambda _: None
    """Asks the judge that the drill names."""
    pages: list[tuple[float, str]] = field(default_factory=list)
    judgement: Judgement | None = None
    marks: dict[Phase, tuple[float, int]] = field(default_factory=dict)
    decisions: dict[Phase, dict[str, float]] = field(default_factory=dict)
    load: Load = field(init=False)

    def __post_init__(self) -> None:
        b = self.bounds
        self.load = Load(
            client=self.client, url=self.url, model=b.service, headers=self.headers,
            timeout_s=2 * b.answer_s, canaries=self.drill.planted(self.seed), shape=self._steady(),
            keeps=self.drill.judge == "drift",
        )  # fmt: skip

    def _steady(self) -> Shape:
        b = self.bounds
        return Shape(
            per_s=self.lengths.rate, asks="plain prompts of the plan's mean length",
            text=plain(b.input_tokens, self.seed), max_tokens=b.output_tokens,
        )  # fmt: skip

    @property
    def fault_load(self) -> Shape:
        """What is sent while the fault is in force."""
        return self.drill.load(self.bounds, self.lengths.rate, self.seed) or self.load.shape

    async def go(self, begun: Callable[[tuple[Measured, ...]], None]) -> Result:
        """Runs it; `begun` is told the steady state, and returns before anything is injected."""
        sending = asyncio.create_task(self.load.run())
        try:
            self._enter("steady")
            await asyncio.sleep(self.lengths.steady_s)
            steady = judged(claims.steady(self.bounds), self._seen("steady"))
            if verdict_of(steady) is not Verdict.PASSED:
                return self._refused(steady)
            begun(steady)
            stopped = await self._faulted()
            await self._recovered()
            return await self._ended(stopped, sending)
        finally:
            self.proxy.end()
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending

    # --- the phases ---------------------------------------------------------------------------

    def _enter(self, phase: Phase) -> None:
        self.marks[phase] = (time.monotonic(), len(self.proxy.reached))
        self.load.phase = phase

    async def _faulted(self) -> Measured | None:
        """Injects the fault; gives the condition that ended it before its time."""
        self.decisions["steady"] = await self._counted()
        steady, self.load.shape = self.load.shape, self.fault_load
        self.proxy.inject(self.drill.fault(self.bounds, self.seed))
        self._enter("fault")
        stopped: Measured | None = None
        until = time.monotonic() + self.lengths.fault_s
        while time.monotonic() < until and not stopped:
            await asyncio.sleep(_LOOK_S)
            stopped = self._stop()
        self.proxy.end()
        self.load.shape = steady
        self._enter("clearing")
        await self._counted()
        return stopped

    def _stop(self) -> Measured | None:
        """The first condition that ends the drill at once."""
        found = judged(self.drill.stops, self._seen("fault"))
        return next((m for m in found if m.verdict is Verdict.FAILED), None)

    async def _recovered(self) -> None:
        await asyncio.sleep(self.lengths.clears_s)
        self._enter("recovery")
        await asyncio.sleep(self.lengths.steady_s)

    async def _ended(self, stopped: Measured | None, sending: asyncio.Task[None]) -> Result:
        sending.cancel()
        await self.load.settle(2 * self.bounds.answer_s)
        self.decisions["fault"] = await self._counted()
        ends = self.marks["clearing"][0]
        fault_s = round(ends - self.marks["fault"][0], 3)
        self.judgement = self.asked(Kept(pages=tuple(self.pages), texts=self.load.texts))
        hypothesis = judged(self.hypothesis, self._seen("fault"))
        recovery = judged(claims.steady(self.bounds), self._seen("recovery"))
        bad = [a.sent_s for a in self.load.answers if a.is_bad and a.sent_s > ends]
        outcome, why = _outcome(stopped, hypothesis, recovery)
        return Result(
            outcome=outcome, why=why, hypothesis=hypothesis, recovery=recovery,
            recovered_after_s=round(max(bad) - ends, 3) if bad else 0.0,
            answers=self.counts(), reached=self.reached(), fault_s=fault_s,
        )  # fmt: skip

    @property
    def hypothesis(self) -> tuple[Claim, ...]:
        """What is claimed of the fault, with its thresholds."""
        return self.drill.hypothesis(self.bounds, self.lengths.fault_s)

    def _refused(self, steady: tuple[Measured, ...]) -> Result:
        short = "; ".join(
            f"{m.claim.says}: {'nothing measured' if m.value is None else f'{m.value:g}'}"
            for m in steady
            if m.verdict is not Verdict.PASSED
        )
        return Result(
            outcome="refused", hypothesis=steady,
            why=f"the steady state does not hold, so nothing was injected ({short})",
        )  # fmt: skip

    # --- what was observed ----------------------------------------------------------------------

    def _seen(self, phase: Phase) -> Seen:
        _, first = self.marks[phase]
        later = [p for p in _PHASES[_PHASES.index(phase) + 1 :] if p in self.marks]
        answers = phase_of(self.load.answers, phase)
        sent = {a.id for a in answers}
        last = self.marks[later[0]][1] if later else len(self.proxy.reached)
        # What was sent in this phase may arrive after its end; by then it counts where it was sent.
        reached = [
            r for i, r in enumerate(self.proxy.reached[first:], first) if i < last or r.id in sent
        ]
        before, after = self.decisions.get("steady", {}), self.decisions.get("fault", {})
        return Seen(
            answers=answers, reached=tuple(reached), at_once=self.proxy.most_at_once,
            decisions={k: v - before.get(k, 0.0) for k, v in after.items()},
            judged=self.judgement,
        )  # fmt: skip

    def counts(self) -> dict[Phase, dict[str, int]]:
        """Answers by phase and by what they were."""
        return {
            phase: dict(
                sorted(Counter(a.result for a in phase_of(self.load.answers, phase)).items())
            )
            for phase in _PHASES
            if phase in self.marks
        }

    def reached(self) -> dict[Phase, int]:
        """Requests that reached the backend's side, by phase."""
        entered = [(phase, self.marks[phase][1]) for phase in _PHASES if phase in self.marks]
        ends = [*(n for _, n in entered[1:]), len(self.proxy.reached)]
        return {phase: end - first for (phase, first), end in zip(entered, ends, strict=True)}

    async def _counted(self) -> dict[str, float]:
        """Guardrail decisions that the gateway has counted so far, by decision."""
        import httpx  # noqa: PLC0415  # an extra

        with contextlib.suppress(httpx.HTTPError):
            page = await self.client.get(f"{self.url}/metrics")
            if page.status_code == httpx.codes.OK:
                self.pages.append((time.monotonic(), page.text))
                return _decisions(page.text)
        return {}


def _decisions(page: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for sample in samples(page):
        if sample.name == names.GATEWAY_GUARDRAIL:
            decision = sample.labels.get("decision", "")
            found[decision] = found.get(decision, 0.0) + sample.value
    return found


def _outcome(
    stopped: Measured | None, hypothesis: tuple[Measured, ...], recovery: tuple[Measured, ...]
) -> tuple[Outcome, str]:
    """A hypothesis that failed has failed, stopped early or not; recovery is part of it.

    What ended the drill and is no part of the hypothesis (the backend fell by itself) leaves nothing
    to judge: whatever failed then may have failed of that.
    """
    early = (
        "" if stopped is None else f"{stopped.claim.says}: {stopped.value:g} {stopped.claim.unit}"
    )
    if stopped and stopped.claim.measure not in {m.claim.measure for m in hypothesis}:
        return "aborted", early.rstrip()
    wrong = [m for m in (*hypothesis, *recovery) if m.verdict is Verdict.FAILED]
    if wrong:
        said = "; ".join(_short(m, back=m in recovery) for m in wrong)
        return "failed", said + (f" (stopped early: {early.rstrip()})" if early else "")
    unknown = [m for m in (*hypothesis, *recovery) if m.verdict is not Verdict.PASSED]
    if unknown:
        return "inconclusive", "; ".join(f"{m.claim.says}: {m.note}" for m in unknown)
    return "held", "every claim held, and the steady state returned"


def _short(m: Measured, *, back: bool) -> str:
    limit = m.claim.at_most if m.claim.at_most is not None else m.claim.at_least
    word = "at most" if m.claim.at_most is not None else "at least"
    when = "after the fault: " if back else ""
    return (
        f"{when}not so: {m.claim.says} ({m.value:g} where {word} {limit:g} {m.claim.unit}".rstrip()
        + ")"
    )
