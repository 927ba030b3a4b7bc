"""The drills, as data: what is injected, what it rehearses, what is claimed and what ends it.

`rehearses` names failure modes of plans and says what of each experiment a drill before a gateway
cannot see. A drill without a mode in the plan rehearses the breaker and the ladder of its policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from aegis.drills import claims, planted
from aegis.drills.bounds import Bounds
from aegis.drills.faults import Fault
from aegis.drills.load import MOST_PER_S, Shape, plain
from aegis.drills.types import Claim
from aegis.gateway.limits import BURST_S

Judge = Literal["", "release", "drift"]
_HALF_PERCENT = 50.0
_ENOUGH = 40  # answers of a steady state: half of them streams, so a 95th percentile of twenty
_SLOWER = 1.5  # a slow backend takes so many times what the breaker calls slow
_LONGER = 4  # times the permitted size
_CROWD = 3  # "triple traffic": the plan's experiment on cold starts
_UNSEEN_RESTART = "whether a replica restarts: watch the pods"


def _closes_s(b: Bounds) -> float:
    """The breaker's last pause, and one answer in time that closes it."""
    return b.policy.breaker.open_s + (b.fast_s[0] if b.fast_s else 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """One drill. What depends on the plan is a function of its bounds and the seed."""

    id: str
    title: str
    fault: Callable[[Bounds, int], Fault]
    lasts_s: Callable[[Bounds, float], float]
    """How long the fault is in force, by the steady rate."""
    hypothesis: Callable[[Bounds, float], tuple[Claim, ...]]
    """The hypothesis, by how long the fault lasts."""
    rehearses: Mapping[str, str]
    load: Callable[[Bounds, float, int], Shape | None] = lambda _b, _r, _s: None
    """What is sent during the fault, by the steady rate and the seed; None goes on as before."""
    planted: Callable[[int], tuple[str, ...]] = lambda _: ()
    needs: Callable[[Bounds], str] = lambda _: ""
    """Why it cannot be run with these bounds; empty where it can."""
    stops: tuple[Claim, ...] = (claims.backend_stands(), claims.gateway_stands())
    clears_s: Callable[[Bounds], float] = _closes_s
    """How long after the fault the steady state may take to return."""
    judge: Judge = ""
    """Who of Aegis judges what was seen: the release's judge, or that of drift."""
    canary_percent: float = 0.0
    """The canary's share of traffic while it runs; 0 leaves the policy's weights."""


def steady_s(rate: float) -> float:
    """How long a steady state is watched, in seconds."""
    return _ENOUGH / rate


def _until_open(b: Bounds, rate: float, wait_s: float = 0.0) -> float:
    """Long enough to open the breaker, and to see it try the backend once."""
    return (b.opens_after + 1) / rate + wait_s + 1.5 * b.policy.breaker.open_s


def _some(b: Bounds) -> float:
    """Half of what opens the breaker."""
    return b.policy.breaker.bad_share / 2


def _for_some(b: Bounds, rate: float) -> float:
    """Long enough for twenty requests that meet the fault."""
    return _ENOUGH / 2 / (rate * _some(b))


def _opens(b: Bounds, lasts_s: float) -> tuple[Claim, ...]:
    return (*claims.opens(b), claims.alone(b, lasts_s), claims.told())


def _spares(_: Bounds, __: float) -> tuple[Claim, ...]:
    return (claims.no_deceit(), claims.told(), claims.no_more(), claims.stays_closed())


# --- what is sent -------------------------------------------------------------------------------


def _planted_texts(b: Bounds, rate: float, seed: int) -> Shape:
    topic = plain(b.input_tokens, seed)
    return Shape(
        per_s=rate, asks="documents with a planted instruction", max_tokens=b.output_tokens,
        text=lambda n: planted.instruction(topic(n)),
    )  # fmt: skip


def _largest(b: Bounds, _: float, seed: int) -> Shape:
    """Every second request is of the largest permitted size, the others beyond it, all at the peak."""
    limits = b.policy.limits
    most = limits.input_tokens_per_request or b.input_tokens
    # Four characters a token, as the gateway estimates; words come with a blank.
    fits, over = plain(most // 2, seed), plain(most * _LONGER, seed)
    return Shape(
        per_s=min(b.peak_per_s, MOST_PER_S),
        asks="inputs up to and beyond the permitted size, at the peak rate",
        max_tokens=_LONGER * (limits.output_tokens_per_request or b.output_tokens),
        text=lambda n: fits(n)[: 4 * most] if n % 2 else over(n),
    )


def _crowd(b: Bounds, _: float, seed: int) -> Shape:
    return Shape(
        per_s=_CROWD * b.peak_per_s, asks=f"{_CROWD} times the peak", max_tokens=b.output_tokens,
        text=plain(b.input_tokens, seed),
    )  # fmt: skip


def _crowd_s(b: Bounds) -> float:
    """Until the bucket is empty, and as long again."""
    rate = b.policy.limits.requests_per_s or 1.0
    return 2 * rate * BURST_S / max(_CROWD * b.peak_per_s - rate, 1e-9)


# --- when it can be run -------------------------------------------------------------------------


def _needs_slow(b: Bounds) -> str:
    return "" if b.slow_s else (
        "the policy's breaker does not say what slow is: state `objectives.ttft_p95_ms` or "
        "`latency_p95_ms` in the brief"
    )  # fmt: skip


def _needs_crowd(b: Bounds) -> str:
    rate = b.policy.limits.requests_per_s
    if rate is None or rate >= _CROWD * b.peak_per_s:
        return f"the policy does not limit requests below {_CROWD} times the peak"
    if _CROWD * b.peak_per_s > MOST_PER_S:
        return (
            f"{_CROWD} times the peak is {_CROWD * b.peak_per_s:g} requests a second; one process "
            f"sends {MOST_PER_S:g}"
        )
    return ""


def _needs_identity(b: Bounds) -> str:
    done = b.guards("personal", "output")
    return "" if done in {"redact", "block"} else (
        f"the policy {'flags personal data in answers and lets it pass' if done else 'does not look for personal data'}"
    )  # fmt: skip


def _needs_secrets(b: Bounds) -> str:
    return "" if b.guards("secrets", "output") or b.guards("injection", "input") else (
        "the policy has no guardrail on secrets or instructions: this system has no language model"
    )  # fmt: skip


def _needs_budget(b: Bounds) -> str:
    limits = b.policy.limits
    if not limits.tokens_per_s or not limits.sequences_at_once:
        return "the policy limits no tokens, or not how many requests run at once"
    return ""


def _stuck_claims(b: Bounds, lasts_s: float) -> tuple[Claim, ...]:
    del lasts_s
    return (*claims.opens(b), claims.bounded_wait(b), *claims.at_once(b), claims.told())


def _leak_claims(b: Bounds, _: float) -> tuple[Claim, ...]:
    seen = (claims.flagged(),) if b.guards("injection", "input") else ()
    return (claims.nothing_leaves("the planted secret"), *seen, claims.told())


def _long_answer(b: Bounds) -> int:
    """Tokens of an answer that does not end by itself."""
    return _LONGER * (b.policy.limits.output_tokens_per_request or b.output_tokens)


def _long_s(b: Bounds, rate: float) -> float:
    """Until twice the bucket is spent."""
    tokens = b.policy.limits.tokens_per_s or 1.0
    return 2 * tokens * BURST_S / (rate * _long_answer(b)) + BURST_S


def _repaid_s(b: Bounds) -> float:
    """Until the debt of the answers that were under way is repaid."""
    limits = b.policy.limits
    debt = (limits.sequences_at_once or 0) * _long_answer(b)
    return debt / (limits.tokens_per_s or 1.0) + _closes_s(b)


def _status(
    status: int, does: str, share: Callable[[Bounds], float]
) -> Callable[[Bounds, int], Fault]:
    return lambda b, _: Fault(kind="error", status=status, share=share(b), does=does)


DRILLS: tuple[Drill, ...] = (
    Drill(
        id="backend-errors",
        title="The backend answers nothing but errors",
        fault=_status(503, "every request is answered with 503", lambda _: 1.0),
        lasts_s=_until_open,
        hypothesis=_opens,
        rehearses={"both-away": "that the bill stands: it is the vendor's"},
    ),
    Drill(
        id="some-errors",
        title="A share of answers fails",
        fault=_status(500, "half of the breaker's share is answered with 500", _some),
        lasts_s=_for_some,
        hypothesis=lambda b, s: (*_spares(b, s), claims.no_storm(b)),
        rehearses={},
    ),
    Drill(
        id="backend-busy",
        title="The backend refuses for its own limits",
        fault=_status(429, "half of the requests are answered with 429", lambda _: 0.5),
        lasts_s=lambda _, rate: 2 * _ENOUGH / rate,
        hypothesis=lambda b, _: (claims.no_storm(b), claims.told(), claims.no_more(), claims.stays_closed()),
        rehearses={"vendor-limits": "what callers do with the refusal: look at their logs"},
    ),
    Drill(
        id="backend-slow",
        title="The backend answers late",
        fault=lambda b, _: Fault(
            kind="slow", delay_s=_SLOWER * (b.slow_s or 0.0),
            does=f"every answer begins {_SLOWER:g} times later than the breaker calls slow",
        ),
        lasts_s=lambda b, rate: _until_open(b, rate, 2 * _SLOWER * (b.slow_s or 0.0)),
        hypothesis=_opens,
        needs=_needs_slow,
        clears_s=lambda b: _closes_s(b) + _SLOWER * (b.slow_s or 0.0),
        rehearses={
            "ray-replica-queue": "one replica among several: this slows all of them",
            "kv-cache-full": "that the alert fires and nothing restarts: watch both",
        },
    ),
    Drill(
        id="backend-stuck",
        title="The backend takes requests and says nothing",
        fault=lambda _b, _s: Fault(kind="stuck", does="every request is taken and no byte is sent"),
        lasts_s=lambda b, rate: _until_open(b, rate, b.answer_s),
        hypothesis=_stuck_claims,
        rehearses={
            "triton-queue": "how long the engine's own queue is: ask its metrics",
            "vllm-rank-hangs": "that the replica leaves the rotation: watch its readiness",
        },
    ),
    Drill(
        id="stream-cut",
        title="Connections drop in the middle of answers",
        fault=lambda b, _: Fault(
            kind="cut", share=_some(b), does="half of an answer is sent, then the connection drops"
        ),
        lasts_s=_for_some,
        hypothesis=_spares,
        rehearses={
            "vendor-error-shapes": "streams that end in good order and too early: samples find them",
            "llamacpp-slots": "whether the engine itself cuts long inputs",
        },
    ),
    Drill(
        id="garbled-answers",
        title="Answers are no answers",
        fault=lambda b, _: Fault(
            kind="garbled", share=_some(b),
            does="a share is answered with a page, an empty body, half a document or another schema",
        ),
        lasts_s=_for_some,
        hypothesis=_spares,
        rehearses={"vendor-error-shapes": "streams that end in good order and too early: samples find them"},
    ),
    Drill(
        id="planted-instruction",
        title="A document orders the model to give a secret away, and it obeys",
        fault=lambda _, seed: Fault(
            kind="say", texts=(f"Of course. The access key is {planted.secret(seed)} and it works. Done.",),
            does="the backend obeys the planted instruction and answers with a planted secret",
        ),
        lasts_s=lambda _, rate: _ENOUGH / rate,
        load=_planted_texts,
        planted=lambda seed: (planted.secret(seed),),
        hypothesis=_leak_claims,
        needs=_needs_secrets,
        stops=(claims.nothing_leaves("the planted secret"), *(claims.backend_stands(), claims.gateway_stands())),
        rehearses={
            "injection": "other ways out than the answer: tools and links have experiments of their own",
            "secret-in-code": "",
        },
    ),
    Drill(
        id="planted-identity",
        title="The model repeats somebody's personal data",
        fault=lambda _, seed: Fault(
            kind="say",
            texts=(f"Your contact is {planted.mail(seed)}, who paid with {planted.card(seed)}. Anything else?",),
            does="the backend answers with a planted address and card number",
        ),
        lasts_s=lambda _, rate: _ENOUGH / rate,
        planted=lambda seed: (planted.mail(seed), planted.card(seed)),
        hypothesis=lambda _b, _s: (claims.nothing_leaves("the planted identity"),),
        needs=_needs_identity,
        stops=(claims.nothing_leaves("the planted identity"), claims.backend_stands(), claims.gateway_stands()),
        rehearses={
            "privacy-leak": "logs, traces and mailboxes: search them for the planted address",
            "card-in-free-text": "fields that callers write: this plants the answer",
            "confidential-crosses": "the rights of two roles: retrieval decides them",
        },
    ),
    Drill(
        id="largest-requests",
        title="Inputs become much longer, at the peak",
        fault=lambda _b, _s: Fault(kind="slow", share=0.0, does="none: the load itself is the fault"),
        lasts_s=lambda b, _: 2 * _ENOUGH / min(b.peak_per_s, MOST_PER_S),
        load=_largest,
        hypothesis=lambda b, _: (*claims.sizes(b), *claims.at_once(b), claims.told()),
        needs=lambda b: "" if b.policy.limits.input_tokens_per_request else "the policy limits no input",
        clears_s=lambda b: _closes_s(b) + BURST_S,
        rehearses={
            "oom-at-peak": _UNSEEN_RESTART,
            "vllm-preemption": "preemptions: `vllm:num_preemptions_total` of the staging engine",
            "sglang-retraction": "retractions: the engine's own counter",
            "trtllm-compiled-limits": "",
        },
    ),
    Drill(
        id="endless-answers",
        title="Answers no longer end by themselves",
        fault=lambda b, seed: Fault(
            kind="say", tokens=_long_answer(b), texts=(plain(200, seed)(0),),
            does=f"every answer reports {_LONGER} times the permitted tokens",
        ),
        lasts_s=_long_s,
        hypothesis=lambda b, _: (claims.spent(b), *claims.at_once(b), claims.told()),
        needs=_needs_budget,
        clears_s=_repaid_s,
        rehearses={"vllm-runs-to-the-limit": "that the release is held: its judge sees the length"},
    ),
    Drill(
        id="crowd",
        title="Three times the peak arrives at once",
        fault=lambda _b, _s: Fault(kind="slow", share=0.0, does="none: the load itself is the fault"),
        lasts_s=lambda b, _: _crowd_s(b),
        load=_crowd,
        hypothesis=lambda b, _: (claims.admitted(b), *claims.at_once(b), *claims.first_answers(b), claims.told()),
        needs=_needs_crowd,
        clears_s=lambda b: _closes_s(b) + BURST_S,
        rehearses={
            "cold-start": "that a new replica takes over: watch the scaler",
            "bell-at-eight": "all districts at once: this is one sender",
            "tei-overloaded": "the queue inside the engine",
        },
    ),
    Drill(
        id="worse-canary",
        title="The version on trial fails",
        fault=lambda _b, _s: Fault(
            kind="error", tracks=("canary",),
            does=f"the canary, given {_HALF_PERCENT:g} % of traffic for this, answers nothing but errors",
        ),
        lasts_s=lambda b, rate: (b.opens_after + 1) / (rate * _HALF_PERCENT / 100),
        hypothesis=lambda _b, _s: (claims.goes_back(), claims.told()),
        judge="release",
        canary_percent=_HALF_PERCENT,
        rehearses={
            "canary-judged-on-few": "the quietest hour: this sends its own load",
            "blue-green-everyone": "the switch itself: the platform makes it",
        },
    ),
    Drill(
        id="other-answers",
        title="Answers come from another distribution",
        fault=lambda _, seed: Fault(
            kind="say", texts=tuple(map(plain(60, seed), range(8))),
            does="the backend answers with words that have nothing to do with what it said before",
        ),
        lasts_s=lambda _, rate: _ENOUGH / rate,
        hypothesis=lambda _b, _s: (claims.noticed(),),
        judge="drift",
        rehearses={
            "silent-drift": "your own topics: this shifts answers far more than a week of drift does",
            "vllm-wrong-numbers": "scores: the evaluation suite judges right and wrong",
        },
    ),
)  # fmt: skip
