"""Claims in words, each with the source of its threshold."""

from __future__ import annotations

import math
from collections.abc import Iterator

from aegis.drills.bounds import Bounds
from aegis.drills.types import Claim
from aegis.gateway.limits import BURST_S

_POLICY = "gateway/policy.yaml: "


def steady(b: Bounds) -> tuple[Claim, ...]:
    """The steady state: what the plan promises while nothing is wrong."""
    return (errors(b), *first_answers(b))


def errors(b: Bounds) -> Claim:
    """The share of failed answers within the availability objective."""
    return Claim(
        measure="errors-share", says="the share of failed answers stays within the objective",
        at_most=round(1 - b.availability, 9), source="plan: slo.availability",
    )  # fmt: skip


def first_answers(b: Bounds) -> Iterator[Claim]:
    """Answers begin and end in time, where the plan says what that is."""
    if b.ttft_s is not None:
        yield Claim(
            measure="ttft-p95", says="first tokens come in time", at_most=1000 * b.ttft_s, unit="ms",
            source="plan: slo.ttft",
        )  # fmt: skip
    if b.latency_s is not None:
        yield Claim(
            measure="latency-p95", says="answers come in time", at_most=1000 * b.latency_s,
            unit="ms", source="plan: slo.latency",
        )  # fmt: skip


def told() -> Claim:
    """Nobody is left without a word."""
    return Claim(
        measure="told-share", at_least=1.0,
        says="everyone who gets no answer is told so, with the reason and when to return",
        source=_POLICY + "ladder (its last rung is a sentence, so each caller gets one)",
    )  # fmt: skip


def opens(b: Bounds) -> Iterator[Claim]:
    """The breaker opens, leaves the backend alone, and says no at once."""
    yield Claim(
        measure="opened-after", says="the breaker opens", at_most=b.opens_after,
        unit="bad answers", source=_POLICY + "breaker.bad_share, minimum_requests",
    )  # fmt: skip
    if b.fast_s is not None:
        limit, source = b.fast_s
        yield Claim(
            measure="refusal-p95", says="who is turned away hears it at once",
            at_most=1000 * limit, unit="ms", source=source,
        )  # fmt: skip


def alone(b: Bounds, lasts_s: float) -> Claim:
    """While it is open, one request tries the backend each time."""
    return Claim(
        measure="probes", says="while the breaker is open, single requests try the backend",
        at_most=math.ceil(lasts_s / b.policy.breaker.open_s) + 1, unit="requests",
        source=_POLICY + "breaker.open_s",
    )  # fmt: skip


def stays_closed() -> Claim:
    """A fault below the breaker's share turns nobody else away."""
    return Claim(
        measure="turned-away", says="below its share the breaker stays closed: nobody else is turned away",
        at_most=0, unit="requests", source=_POLICY + "breaker.bad_share",
    )  # fmt: skip


def no_storm(b: Bounds) -> Claim:
    """Failures are not answered with more load."""
    return Claim(
        measure="arrivals-per-request", says="failures are not answered with more load",
        at_most=1 + b.policy.limits.retry_share, unit="arrivals a request",
        source=_POLICY + "limits.retry_share",
    )  # fmt: skip


def no_more() -> Claim:
    """One fault costs one answer."""
    return Claim(
        measure="failures-per-fault", says="a failed request fails nobody else's", at_most=1,
        source="the fault itself: each one injected may cost one answer",
    )  # fmt: skip


def no_deceit() -> Claim:
    """A broken answer is never taken for a whole one."""
    return Claim(
        measure="deceived", says="no broken answer reaches a caller as a whole one", at_most=0,
        unit="answers", source="plan: the objective counts an answer once; a broken one is none",
    )  # fmt: skip


def bounded_wait(b: Bounds) -> Claim:
    """Nobody waits longer than the gateway waits for the model, and its own answer."""
    limit, source = b.fast_s or (0.0, "")
    return Claim(
        measure="longest-wait", says="nobody waits beyond the gateway's patience",
        at_most=b.answer_s + limit, unit="s",
        source=f"{b.answer_source} of {b.answer_s:g} s" + (f", and {source} to say so" if source else ""),
    )  # fmt: skip


def at_once(b: Bounds) -> Iterator[Claim]:
    """The backend never holds more than it was planned for."""
    most = b.policy.limits.sequences_at_once
    if most is not None:
        yield Claim(
            measure="at-once", says="the backend never holds more requests than planned",
            at_most=most, unit="requests", source=_POLICY + "limits.sequences_at_once",
        )  # fmt: skip


def nothing_leaves(what: str) -> Claim:
    """What was planted does not come out."""
    return Claim(
        measure="leaked", says=f"{what} never reaches a caller", at_most=0, unit="answers",
        source="plan: the experiment ends at the first that is seen outside",
    )  # fmt: skip


def flagged() -> Claim:
    """Planted instructions are noticed."""
    return Claim(
        measure="flagged-share", says="every planted instruction is flagged", at_least=1.0,
        unit="decisions a request", source=_POLICY + "guardrails: injection",
    )  # fmt: skip


def sizes(b: Bounds) -> Iterator[Claim]:
    """What reaches the backend is no longer than planned, in and out."""
    limits = b.policy.limits
    if limits.input_tokens_per_request is not None:
        yield Claim(
            measure="longest-input", says="no input beyond the permitted size reaches the backend",
            at_most=limits.input_tokens_per_request, unit="tokens",
            source=_POLICY + "limits.input_tokens_per_request",
        )  # fmt: skip
    if limits.output_tokens_per_request is not None:
        yield Claim(
            measure="longest-asked", says="no request at the backend asks for a longer answer than planned",
            at_most=limits.output_tokens_per_request, unit="tokens",
            source=_POLICY + "limits.output_tokens_per_request",
        )  # fmt: skip


def admitted(b: Bounds) -> Claim:
    """The rate limit holds, whoever comes."""
    return Claim(
        measure="admitted-per-s", says="no more requests reach the backend than the limit lets through",
        at_most=b.policy.limits.requests_per_s, unit="requests a second",
        source=f"{_POLICY}limits.requests_per_s, beyond the {BURST_S:g} s of it in the bucket",
    )  # fmt: skip


def spent(b: Bounds) -> Claim:
    """The token budget holds, however long answers are."""
    return Claim(
        measure="tokens-per-s", says="tokens stay within the budget, however long answers are",
        at_most=b.policy.limits.tokens_per_s, unit="tokens a second",
        source=f"{_POLICY}limits.tokens_per_s, beyond the {BURST_S:g} s of it in the bucket and one answer "
        "for each request at once, charged when its length is known",
    )  # fmt: skip


def goes_back() -> Claim:
    """The judge of the release sends the faulty version back."""
    return Claim(
        measure="judge-right", says="the release's judge sends the faulty version back", at_least=1,
        source="rollout/policy.yaml: alpha and the metrics of the release",
    )  # fmt: skip


def noticed() -> Claim:
    """The judge of drift names the shift, and is silent without it."""
    return Claim(
        measure="judge-right", at_least=1,
        says="the judge of drift says that answers moved, and does not say so of those afterwards",
        source="aegis drift: its budget of false alarms, against the steady state as its reference",
    )  # fmt: skip


# --- what ends a drill at once ------------------------------------------------------------------


def backend_stands() -> Claim:
    """Stop when the backend fails by itself."""
    return Claim(
        measure="own-failures", says="stop when a request fails that met no fault", at_most=0,
        unit="answers", source="plan: its experiments stop at the first restart or failure of their own",
    )  # fmt: skip


def gateway_stands() -> Claim:
    """Stop when the gateway is gone."""
    return Claim(
        measure="gateway-lost", says="stop when the gateway refuses a connection", at_most=0,
        unit="connections", source="a drill of a gateway that is gone shows nothing",
    )  # fmt: skip
