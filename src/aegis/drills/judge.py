"""What was measured, against what was claimed. Pure: observations in, verdicts out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from aegis.base.verdict import Verdict
from aegis.drills.load import Answer
from aegis.drills.proxy import Reached
from aegis.drills.types import Claim, Measured, Phase
from aegis.gateway.limits import BURST_S
from aegis.measure.report import spread

_FLAGGED = ("flag", "redact", "block")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said, and whether that is what the fault should make it say."""

    right: bool
    said: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything that was observed of one phase. Times of one clock, in seconds."""

    answers: tuple[Answer, ...] = ()
    reached: tuple[Reached, ...] = ()
    at_once: int = 0
    decisions: Mapping[str, float] = field(default_factory=dict)
    """Guardrail decisions that the gateway counted meanwhile, by decision."""
    judged: Judgement | None = None
    """What a judge of Aegis said of it; None where none was asked."""

    @cached_property
    def arrivals(self) -> Counter[str]:
        """How often each request reached the backend."""
        return Counter(r.id for r in self.reached)

    @cached_property
    def hit(self) -> frozenset[str]:
        """Requests whose last try met the fault."""
        last = {r.id: r.hit for r in self.reached}
        return frozenset(request for request, was_hit in last.items() if was_hit)

    @cached_property
    def opened_s(self) -> float | None:
        """When the first caller was refused as an error without the backend being asked."""
        alone = [
            a.sent_s for a in self.answers if a.result == "error" and a.id not in self.arrivals
        ]
        return min(alone, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A measured value, what it counts, and what should be known of it; None could not be measured."""

    value: float | None
    events: int = 0
    total: int = 0
    note: str = ""


def judged(claims: Iterable[Claim], seen: Seen) -> tuple[Measured, ...]:
    """Each claim with its value and verdict."""
    return tuple(_judged(claim, MEASURES[claim.measure](seen, claim)) for claim in claims)


def verdict_of(measured: Iterable[Measured]) -> Verdict:
    """Failed if one failed, passed if all passed; what could not be measured is never passed."""
    verdicts = [m.verdict for m in measured]
    if Verdict.FAILED in verdicts:
        return Verdict.FAILED
    return Verdict.PASSED if set(verdicts) == {Verdict.PASSED} else Verdict.INCONCLUSIVE


def _judged(claim: Claim, found: Value) -> Measured:
    value = None if found.value is None else round(found.value, 6)
    if value is None:
        verdict = Verdict.INCONCLUSIVE
    else:
        held = (claim.at_most is None or value <= claim.at_most) and (
            claim.at_least is None or value >= claim.at_least
        )
        verdict = Verdict.PASSED if held else Verdict.FAILED
    return Measured(
        claim=claim, value=value, events=found.events, total=found.total, verdict=verdict,
        note=found.note,
    )  # fmt: skip


# --- the measures -------------------------------------------------------------------------------


def _share(events: int, total: int, note: str = "") -> Value:
    return Value(
        value=events / total if total else None, events=events, total=total,
        note=note if total else "nothing to count",
    )  # fmt: skip


def _errors(seen: Seen, _: Claim) -> Value:
    counted = [a for a in seen.answers if a.result != "refused"]
    bad = [a for a in counted if a.is_bad]
    kinds = Counter(a.result for a in bad)
    return _share(len(bad), len(counted), ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())))


def _p95(times: list[float], factor: float = 1.0) -> Value:
    found = spread(times)
    note = "the slowest: fewer than twenty" if 0 < found.count < 20 else ""
    return Value(
        value=None if found.p95 is None else found.p95 * factor, events=found.count,
        total=found.count, note=note or ("" if times else "none answered"),
    )  # fmt: skip


def _ttft(seen: Seen, _: Claim) -> Value:
    good = [a.first_s for a in seen.answers if a.stream and a.result == "ok"]
    return _p95([t for t in good if t is not None])


def _latency(seen: Seen, _: Claim) -> Value:
    return _p95([a.done_s for a in seen.answers if a.result == "ok"])


def _refusal(seen: Seen, _: Claim) -> Value:
    alone = [
        a.done_s
        for a in seen.answers
        if a.result in {"error", "shed"} and a.id not in seen.arrivals
    ]
    return _p95(alone)


def _longest(seen: Seen, _: Claim) -> Value:
    waits = [a.done_s for a in seen.answers]
    late = sum(a.result == "late" for a in seen.answers)
    note = f"{late} had no answer when the drill stopped waiting" if late else ""
    return Value(value=max(waits, default=None), events=late, total=len(waits), note=note)


def _opened(seen: Seen, claim: Claim) -> Value:
    """Bad answers until the breaker was seen open; None while too few came to open it."""
    ended = [
        a for a in seen.answers if a.id in seen.hit
        and (seen.opened_s is None or a.sent_s + a.done_s <= seen.opened_s)
    ]  # fmt: skip
    if seen.opened_s is None and len(ended) <= (claim.at_most or 0):
        return Value(
            value=None, total=len(ended), note="it did not open, and too few failed to say"
        )
    note = "" if seen.opened_s is not None else "it never opened"
    return Value(value=len(ended), events=len(ended), total=len(seen.hit), note=note)


def _probes(seen: Seen, _: Claim) -> Value:
    """Requests that reached the backend although the breaker was open."""
    if seen.opened_s is None:
        return Value(value=None, note="it did not open")
    sent = {a.id for a in seen.answers if a.sent_s > seen.opened_s}
    through = sum(r.id in sent for r in seen.reached)
    return Value(value=through, events=through, total=len(sent))


def _closed(seen: Seen, _: Claim) -> Value:
    """Requests that were turned away as errors without the backend being asked."""
    away = sum(a.result == "error" and a.id not in seen.arrivals for a in seen.answers)
    return Value(value=away, events=away, total=len(seen.answers))


def _told(seen: Seen, _: Claim) -> Value:
    bad = [a for a in seen.answers if a.is_bad or a.result in {"refused", "filtered"}]
    if seen.answers and not bad:
        return Value(value=1.0, note="everyone got an answer")
    kinds = Counter(f"{a.status or ''} {a.result}".strip() for a in bad if not a.told)
    note = ", ".join(f"{n} × {kind} without" for kind, n in kinds.most_common(3))
    return _share(sum(a.told for a in bad), len(bad), note)


def _deceived(seen: Seen, _: Claim) -> Value:
    """Callers who took a broken answer for a whole one."""
    among = [a for a in seen.answers if a.id in seen.hit]
    if not among:
        return Value(value=None, note="no answer met the fault")
    taken = [a for a in among if a.result in {"ok", "garbled"}]
    return Value(value=len(taken), events=len(taken), total=len(among))


def _repeated(seen: Seen, _: Claim) -> Value:
    """Arrivals at the backend for each request that reached it."""
    requests, arrivals = len(seen.arrivals), len(seen.reached)
    return Value(value=arrivals / requests if requests else None, events=arrivals, total=requests)


def _amplified(seen: Seen, _: Claim) -> Value:
    """Failed answers for each fault that was injected."""
    bad = sum(a.is_bad for a in seen.answers)
    injected = sum(r.hit for r in seen.reached)
    return Value(value=bad / injected if injected else None, events=bad, total=injected)


def _at_once(seen: Seen, _: Claim) -> Value:
    return Value(value=seen.at_once if seen.reached else None, events=seen.at_once)


def _leaked(seen: Seen, _: Claim) -> Value:
    among = [a for a in seen.answers if a.id in seen.hit]
    if not among:
        return Value(value=None, note="the backend was not asked")
    out = sum(a.leaked for a in among)
    return Value(value=out, events=out, total=len(among))


def _flagged(seen: Seen, _: Claim) -> Value:
    if not seen.decisions:
        return Value(value=None, note="the gateway's /metrics could not be read")
    found = round(sum(seen.decisions.get(d, 0.0) for d in _FLAGGED))
    return _share(found, len(seen.answers))


def _oversized(seen: Seen, claim: Claim) -> Value:
    """The longest input that reached the backend, in tokens."""
    longest = max((r.input_tokens for r in seen.reached), default=None)
    over = sum(r.input_tokens > (claim.at_most or 0) for r in seen.reached)
    return Value(value=longest, events=over, total=len(seen.reached))


def _asked(seen: Seen, claim: Claim) -> Value:
    """The longest answer that a request at the backend asked for; one without a bound asks for any."""
    if not seen.reached:
        return Value(value=None, note="the backend was not asked")
    open_ended = sum(r.asked_tokens is None for r in seen.reached)
    if open_ended:
        return Value(
            value=float(claim.at_most or 0) + 1, events=open_ended, total=len(seen.reached),
            note=f"{open_ended} without a bound",
        )  # fmt: skip
    most = max(r.asked_tokens or 0 for r in seen.reached)
    return Value(value=most, events=0, total=len(seen.reached))


def _admitted(seen: Seen, claim: Claim) -> Value:
    """Requests a second that reached the backend, beyond those that a full bucket lets through."""
    sent = {a.id for a in seen.answers}
    arrived = [r for r in seen.reached if r.id in sent]
    held = (claim.at_most or 0.0) * BURST_S + 1  # a request that comes as the bucket refills
    return _flow(seen, arrived, len(arrived) - held)


def _spent(seen: Seen, claim: Claim) -> Value:
    """Tokens a second of requests that reached the backend, inputs and reported outputs.

    Beyond those of a full bucket, and of one answer for each request at once: an answer is charged
    when its length is known.
    """
    sent = {a.id: a.tokens for a in seen.answers}
    arrived = [r for r in seen.reached if r.id in sent]
    tokens = sum(r.input_tokens + sent[r.id] for r in arrived)
    debt = seen.at_once * max(sent.values(), default=0)
    return _flow(seen, arrived, tokens - (claim.at_most or 0.0) * BURST_S - debt)


def _flow(seen: Seen, arrived: list[Reached], amount: float) -> Value:
    if not arrived:
        return Value(value=None, note="the backend was not asked")
    took_s = max(r.at_s for r in arrived) - min(a.sent_s for a in seen.answers)
    return Value(
        value=max(0.0, amount) / max(took_s, 1e-9), events=len(arrived), total=len(seen.answers)
    )


def _own(seen: Seen, _: Claim) -> Value:
    """Answers that failed although their request reached a backend without the fault."""
    clean = set(seen.arrivals) - seen.hit
    bad = sum(a.is_bad for a in seen.answers if a.id in clean)
    lost = sum(r.lost and not r.hit for r in seen.reached)
    return Value(value=max(bad, lost), events=max(bad, lost), total=len(clean))


def _gateway_lost(seen: Seen, _: Claim) -> Value:
    lost = sum(a.result == "lost" for a in seen.answers)
    return Value(value=lost, events=lost, total=len(seen.answers))


def _said(seen: Seen, _: Claim) -> Value:
    """1 where the judge says what it should, 0 where it says anything else."""
    if seen.judged is None:
        return Value(value=None, note="the judge could not be asked")
    return Value(value=float(seen.judged.right), note=seen.judged.said)


MEASURES: Mapping[str, Callable[[Seen, Claim], Value]] = {
    "errors-share": _errors,
    "ttft-p95": _ttft,
    "latency-p95": _latency,
    "refusal-p95": _refusal,
    "longest-wait": _longest,
    "opened-after": _opened,
    "probes": _probes,
    "turned-away": _closed,
    "told-share": _told,
    "deceived": _deceived,
    "arrivals-per-request": _repeated,
    "failures-per-fault": _amplified,
    "at-once": _at_once,
    "leaked": _leaked,
    "flagged-share": _flagged,
    "longest-input": _oversized,
    "longest-asked": _asked,
    "admitted-per-s": _admitted,
    "tokens-per-s": _spent,
    "own-failures": _own,
    "gateway-lost": _gateway_lost,
    "judge-right": _said,
}
"""Every measure that a claim may name."""


def phase_of(answers: Iterable[Answer], phase: Phase) -> tuple[Answer, ...]:
    """The answers to what was sent in a phase, by the time of sending."""
    return tuple(sorted((a for a in answers if a.phase == phase), key=lambda a: a.sent_s))
