"""`gateway/policy.yaml`: limits, guardrails, versions, breaker, ladder, audit; what the gateway obeys."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aegis.base.model import Frozen
from aegis.plan.types import Plan
from aegis.render.shared.limits import CALLER_SHARE, tokens_per_s
from aegis.render.shared.reading import number_or_none, sentence, value

# Figures of the gateway's protection that the plan does not hold; each is an assumption, marked so.
_QUEUE_S = 2.0  # a request that waits longer is better refused than answered late
_BREAKER_SHARE = 0.5
_BREAKER_EVENTS = 10
_BREAKER_OPEN_S = 30.0
_RETRY_SHARE = 0.1


class Upstream(Frozen):
    """A version that requests can go to."""

    track: Literal["stable", "canary"]
    weight_percent: float
    model: str
    credential_file: str | None = Field(default=None, description="a file the secret store mounts")


# Sources: the OpenAI interface (embeddings, audio), the rerank interfaces of vLLM and TEI, and the Open
# Inference Protocol, which an engine of your own speaks too unless you change this list.
_OPEN_INFERENCE = ("/v2/models/*/infer", "/v2/models/*/versions/*/infer")
_KIND_PATHS = {
    "embedding": ("/v1/embeddings", "/embeddings"),
    "reranking": ("/v1/rerank", "/rerank"),
    "speech": ("/v1/audio/transcriptions", "/v1/audio/translations"),
}
_ENGINE_PATHS = {
    "tensorflow-serving": ("/v1/models/*:predict",),
    "torchserve": ("/predictions/*",),
}
_PREDICTS = {"prediction", "ranking", "vision"}
_LARGE = {"speech", "vision"}  # a recording or a picture is a body
_BODY_BYTES, _LARGE_BYTES = 8_000_000, 32_000_000


class Limits(Frozen):
    """What callers may use; None where requests hold no tokens."""

    requests_per_s: float | None
    caller_requests_per_s: float | None
    tokens_per_s: float | None
    caller_tokens_per_s: float | None
    input_tokens_per_request: int | None
    output_tokens_per_request: int | None
    sequences_at_once: int | None
    cost_usd_per_month: float | None
    retry_share: float
    queue_s: float
    body_bytes: int = Field(description="the longest request that is read")
    refusal_status: Literal[429] = 429


class Guardrail(Frozen):
    """One rule on texts; `flag` writes it down, `block` refuses."""

    id: str
    on: Literal["input", "output", "both"]
    detector: Literal["size", "injection", "personal", "secrets", "links", "topics"]
    action: Literal["flag", "redact", "block"]


class Breaker(Frozen):
    """When the model is left alone."""

    bad_share: float
    minimum_requests: int
    open_s: float
    slow_first_token_ms: float | None
    slow_request_ms: float | None


class Objectives(Frozen):
    """What each request is held against, in seconds, so that those that meet all are counted."""

    first_token_s: float | None
    token_s: float | None
    request_s: float | None


class Rung(Frozen):
    """What happens instead of an error, in order."""

    order: int
    trigger: str
    behaviour: str


class ReleaseStep(Frozen):
    """A step of the release as the judge sets it."""

    weight_percent: float
    hold_minutes: float
    checks: tuple[str, ...]


class Audit(Frozen):
    """What is written down, how long it stays, and who reads it."""

    keep: Literal["none", "redacted", "raw"]
    retention_days: float
    key_file: str
    record: tuple[str, ...]
    readers: Literal["two-person", "role"]
    training: bool = Field(description="whether records may be used to train")


class Policy(Frozen):
    """Everything that the gateway decides by."""

    version: Literal[1] = 1
    service: str
    plan: str
    upstreams: tuple[Upstream, ...]
    paths: tuple[str, ...] = Field(
        description="POST paths that pass beside those of chats; `*` stands for a part of one"
    )
    limits: Limits
    guardrails: tuple[Guardrail, ...]
    breaker: Breaker
    objectives: Objectives
    ladder: tuple[Rung, ...]
    release: tuple[ReleaseStep, ...]
    audit: Audit
    tools: dict[str, Literal["allow", "ask-a-person"]] = Field(default_factory=dict)
    assumed: tuple[str, ...] = Field(description="figures that are ours, until you measure yours")


def policy(plan: Plan) -> Policy:
    """The policy of a plan."""
    return Policy(
        service=plan.service,
        plan=plan.id,
        upstreams=_upstreams(plan),
        paths=_paths(plan),
        limits=_limits(plan),
        guardrails=_guardrails(plan),
        breaker=Breaker(
            bad_share=_BREAKER_SHARE,
            minimum_requests=_BREAKER_EVENTS,
            open_s=_BREAKER_OPEN_S,
            slow_first_token_ms=_times(number_or_none(plan, "slo.ttft"), 5),
            slow_request_ms=_times(number_or_none(plan, "slo.latency"), 5),
        ),
        objectives=Objectives(
            first_token_s=_times(number_or_none(plan, "slo.ttft"), 0.001),
            token_s=_times(number_or_none(plan, "slo.tpot"), 0.001),
            request_s=_times(number_or_none(plan, "slo.latency"), 0.001),
        ),
        ladder=tuple(
            Rung(
                order=rung.order,
                trigger=sentence(plan, rung.trigger),
                behaviour=sentence(plan, rung.behaviour),
            )
            for rung in plan.degradation
        ),
        release=tuple(
            ReleaseStep(
                weight_percent=value(plan, step.weight),
                hold_minutes=value(plan, step.hold_minutes),
                checks=step.analysis,
            )
            for step in plan.release.steps
        ),
        audit=_audit(plan),
        tools={
            tool.name: "ask-a-person" if tool.effect == "irreversible" or tool.approval else "allow"
            for tool in plan.brief.workload.tools
        },
        assumed=(
            "limits.queue_s",
            "limits.body_bytes",
            "limits.retry_share",
            "limits.caller_requests_per_s",
            "limits.caller_tokens_per_s",
            "breaker",
        ),
    )


def _times(number: float | None, factor: float) -> float | None:
    return None if number is None else number * factor


def _upstreams(plan: Plan) -> tuple[Upstream, ...]:
    model = plan.brief.model
    managed = plan.chosen("run-where") == "managed-api"
    name = model.reference if managed and model else plan.service
    credential = "upstream-key" if managed else None
    return (
        Upstream(track="stable", weight_percent=100, model=name, credential_file=credential),
        Upstream(track="canary", weight_percent=0, model=name, credential_file=credential),
    )


def _paths(plan: Plan) -> tuple[str, ...]:
    """What passes beside the paths of chats: the interface that the engine has for this kind."""
    kind, engine = plan.brief.workload.kind, plan.chosen("engine")
    if kind in _PREDICTS:
        return _ENGINE_PATHS.get(engine, _OPEN_INFERENCE)
    return _KIND_PATHS.get(kind, ())


def _limits(plan: Plan) -> Limits:
    peak = number_or_none(plan, "traffic.peak")
    p95_in, p95_out = (number_or_none(plan, f"tokens.{s}.p95") for s in ("input", "output"))
    tokens = tokens_per_s(plan)
    longest = plan.capacity.max_model_len
    answer = _round(_times(p95_out, 2))
    question = longest - answer if longest and answer and longest > answer else None
    return Limits(
        requests_per_s=peak,
        caller_requests_per_s=_times(peak, CALLER_SHARE),
        tokens_per_s=tokens,
        caller_tokens_per_s=_times(tokens, CALLER_SHARE),
        input_tokens_per_request=question or _round(_times(p95_in, 2)),
        output_tokens_per_request=answer,
        sequences_at_once=plan.capacity.max_sequences,
        cost_usd_per_month=number_or_none(plan, "budget.month"),
        retry_share=_RETRY_SHARE,
        queue_s=_QUEUE_S,
        body_bytes=_LARGE_BYTES if plan.brief.workload.kind in _LARGE else _BODY_BYTES,
    )


def _round(number: float | None) -> int | None:
    return None if number is None else round(number)


def _guardrails(plan: Plan) -> tuple[Guardrail, ...]:
    """The order of the control: size first, because it costs nothing; new rules flag before they block."""
    size = Guardrail(id="size", on="input", detector="size", action="block")
    if not any(control.id == "guardrails" for control in plan.llm_controls):
        return (size,)
    kept = plan.chosen("data-retention")
    return (
        size,
        Guardrail(id="injection", on="input", detector="injection", action="flag"),
        Guardrail(id="secrets-in", on="input", detector="secrets", action="redact"),
        Guardrail(id="secrets-out", on="output", detector="secrets", action="block"),
        Guardrail(
            id="personal-data",
            on="both",
            detector="personal",
            action="flag" if kept == "raw" else "redact",
        ),
        Guardrail(id="links", on="output", detector="links", action="flag"),
        Guardrail(id="topics", on="output", detector="topics", action="flag"),
    )


_RECORD = (
    "request-id", "caller-id", "time", "prompt-digest", "model-digest", "policy-digest",
    "decisions", "outcome", "tokens",
)  # fmt: skip
_SENSITIVE = {"health", "payment", "biometric", "children"}


def _audit(plan: Plan) -> Audit:
    keep = {"raw": "raw", "none": "none"}.get(plan.chosen("data-retention"), "redacted")
    return Audit.model_validate(
        {
            "keep": keep,
            "retention_days": value(plan, "retention.days"),
            "key_file": "audit-key",
            "record": (*_RECORD, *(("text",) if keep != "none" else ())),
            "readers": "two-person" if set(plan.brief.data.classes) & _SENSITIVE else "role",
            "training": plan.brief.data.training_consent == "yes",
        }
    )
