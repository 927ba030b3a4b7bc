"""What the gateway obeys: `gateway/policy.yaml` of a bundle."""

from __future__ import annotations

import hashlib
from typing import Literal

import yaml
from pydantic import Field, JsonValue

from aegis.base.model import Frozen


class Upstream(Frozen):
    """One version behind the gateway; the weights of all upstreams share the traffic."""

    track: Literal["stable", "canary"]
    weight_percent: float = Field(ge=0, le=100)
    model: str
    credential_file: str | None = Field(
        default=None, description="name of a file in the secrets folder"
    )


class Limits(Frozen):
    """Rates per second; None does not limit."""

    requests_per_s: float | None = None
    caller_requests_per_s: float | None = None
    tokens_per_s: float | None = None
    caller_tokens_per_s: float | None = None
    input_tokens_per_request: int | None = None
    output_tokens_per_request: int | None = None
    sequences_at_once: int | None = None
    cost_usd_per_month: float | None = None
    retry_share: float = 0.0
    queue_s: float = 2.0
    body_bytes: int = 8_000_000
    refusal_status: int = 429


class Guardrail(Frozen):
    """One detector, where it looks, and what is done about what it finds."""

    id: str
    on: Literal["input", "output", "both"]
    detector: Literal["size", "injection", "secrets", "personal", "links", "topics"]
    action: Literal["allow", "flag", "redact", "block"]


class Breaker(Frozen):
    """When the model is left alone for a while."""

    bad_share: float = Field(gt=0, le=1)
    minimum_requests: int = Field(ge=1)
    open_s: float = Field(gt=0)
    slow_first_token_ms: float | None = None
    slow_request_ms: float | None = None


class Objectives(Frozen):
    """What a request has to meet, each in seconds; None is not asked for.

    The first token and the time per later token are asked of streams.
    """

    first_token_s: float | None = None
    token_s: float | None = None
    request_s: float | None = None


class Rung(Frozen):
    """One rung of the degradation ladder."""

    order: int
    trigger: str
    behaviour: str


class Audit(Frozen):
    """What is recorded, how, and for how long."""

    keep: Literal["redacted", "raw", "none"]
    retention_days: float
    key_file: str | None = None
    record: tuple[str, ...] = ()
    readers: str = "role"
    training: bool = False


class Policy(Frozen):
    """The whole policy. Unknown fields are an error: a typing error must not open a gate."""

    version: Literal[1]
    service: str
    plan: str
    upstreams: tuple[Upstream, ...] = Field(min_length=1)
    paths: tuple[str, ...] = ()
    """Paths beside those of chats that pass to the model, by POST; `*` stands for a part of one."""
    limits: Limits
    guardrails: tuple[Guardrail, ...] = ()
    breaker: Breaker
    objectives: Objectives = Objectives()
    ladder: tuple[Rung, ...] = ()
    release: tuple[JsonValue, ...] = ()
    audit: Audit
    tools: dict[str, JsonValue] = Field(default_factory=dict)
    assumed: tuple[str, ...] = ()

    @property
    def last_resort(self) -> str:
        """What callers are told when nothing else is left."""
        return self.ladder[-1].behaviour if self.ladder else "the service is busy; try again later"


def read_policy(text: str) -> tuple[Policy, str]:
    """The policy and its digest.

    Raises:
        pydantic.ValidationError: a field is missing, unknown or wrong.
        yaml.YAMLError: it is not YAML.
    """
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return Policy.model_validate(yaml.safe_load(text)), digest
