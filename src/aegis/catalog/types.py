"""What a catalog entry may say. A field that is absent is unknown, and is shown as unknown."""

from __future__ import annotations

import datetime
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import Field, model_validator

from aegis.base.model import Frozen
from aegis.base.number import Fact, Source

T = TypeVar("T")


class Sourced(Frozen, Generic[T]):
    """One value and the key of the entry's source it was read from."""

    value: T
    source: str
    locator: str = Field(default="", description="page, line or section inside the source")
    bound: Literal["exact", "lower", "upper"] = "exact"
    note: str = ""


class Entry(Frozen):
    """What every entry has: an id (also its file name), a name and its sources."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    name: str
    aliases: tuple[str, ...] = ()
    sources: dict[str, Source] = Field(min_length=1)
    summary: str = Field(default="", description="one sentence, our own words")

    @model_validator(mode="after")
    def _every_source_exists(self) -> Self:
        unknown = sorted({used for used in _sources_used(self) if used not in self.sources})
        if unknown:
            raise ValueError(f"no such source in this entry: {', '.join(unknown)}")
        return self

    def fact(self, sourced: Sourced[float] | Sourced[int], unit: str) -> Fact:
        """The value as a number that carries its citation."""
        source = self.sources[sourced.source]
        if sourced.locator:
            source = source.model_copy(update={"locator": f"{source.locator}, {sourced.locator}"})
        return Fact(value=float(sourced.value), unit=unit, source=source, bound=sourced.bound)


def _sources_used(value: object) -> list[str]:
    if isinstance(value, Sourced):
        return [value.source]
    if isinstance(value, Frozen):
        return [
            used
            for name in type(value).model_fields
            for used in _sources_used(getattr(value, name))
        ]
    if isinstance(value, dict):
        return [used for item in value.values() for used in _sources_used(item)]
    if isinstance(value, list | tuple):
        return [used for item in value for used in _sources_used(item)]
    return []


Num = Sourced[float] | None
Text = Sourced[str] | None
Support = Sourced[Literal["yes", "partial", "experimental", "deprecated", "no"]]


class Accelerator(Entry):
    """A device that computes; dense throughput only, never the sparse figure."""

    vendor: str
    kind: Literal["gpu", "tpu", "npu", "cpu"]
    architecture: str = ""
    memory_gib: Num = Field(default=None, description="memory visible to programs, GiB")
    memory_gb: Num = Field(default=None, description="memory as the vendor prints it")
    memory_bandwidth_gb_per_s: Num = None
    fp32_dense_tflops: Num = None
    bf16_dense_tflops: Num = None
    fp16_dense_tflops: Num = None
    fp8_dense_tflops: Num = None
    int8_dense_tops: Num = None
    fp4_dense_tflops: Num = None
    board_power_w: Num = None
    compute_capability: Num = None
    devices_per_node: Num = None
    link_gb_per_s: Num = Field(default=None, description="one way, per device, inside a node")
    network_gb_per_s: Num = Field(default=None, description="one way, per device, between nodes")


class Model(Entry):
    """A model and the architecture fields that sizing needs; names follow `config.json`."""

    task: Literal[
        "chat",
        "completion",
        "embedding",
        "reranking",
        "speech-to-text",
        "text-to-speech",
        "vision",
        "vision-language",
        "tabular",
        "ranking",
    ]
    family: str
    licence: Text = None
    gated: Sourced[bool] | None = Field(
        default=None, description="weights need an accepted licence"
    )
    parameters_b: Num = Field(default=None, description="total, in 10^9")
    active_parameters_b: Num = Field(default=None, description="per token, in 10^9 (experts)")
    layers: Num = None
    hidden_size: Num = None
    intermediate_size: Num = None
    attention: Sourced[Literal["mha", "gqa", "mqa", "mla", "hybrid", "none"]] | None = None
    attention_heads: Num = None
    kv_heads: Num = None
    head_dim: Num = None
    vocab_size: Num = None
    max_context_tokens: Num = None
    sliding_window_tokens: Num = None
    sliding_window_layers: Num = Field(default=None, description="layers that see only the window")
    linear_attention_layers: Num = Field(default=None, description="layers with constant state")
    kv_lora_rank: Num = None
    qk_rope_head_dim: Num = None
    experts: Num = None
    experts_per_token: Num = None
    shared_experts: Num = None
    moe_intermediate_size: Num = None
    dense_layers: Num = Field(default=None, description="layers without experts")
    weight_bits: Num = Field(default=None, description="as published: 16, 8, 4.25 …")
    tied_embeddings: Sourced[bool] | None = None


Capability = Literal[
    "continuous_batching", "prefix_caching", "speculative_decoding",
    "disaggregated_prefill_decode", "multi_lora", "expert_parallelism", "tensor_parallelism",
    "pipeline_parallelism", "fp8", "int8", "int4_awq", "int4_gptq", "nvfp4", "mxfp4", "gguf",
    "openai_api", "metrics_endpoint", "structured_output", "hardware_nvidia", "hardware_amd",
    "hardware_intel_gpu", "hardware_gaudi", "hardware_tpu", "hardware_neuron", "hardware_cpu",
    "hardware_apple", "dynamic_batching", "multi_model", "canary", "autoscaling",
    "scale_to_zero",
]  # fmt: skip


class Metric(Frozen):
    """A metric that a pinned version exports; `means` is our word for it."""

    name: str
    type: Literal["counter", "gauge", "histogram", "summary"]
    means: str = Field(description="for example queue_depth, kv_cache_usage, ttft, tpot, requests")
    unit: str = ""
    labels: tuple[str, ...] = ()
    source: str
    bucket_edges: tuple[float, ...] = ()


class Software(Entry):
    """A thing one can run, with what it can do. Missing capabilities are unknown, not absent."""

    version: Sourced[str] = Field(description="the version these facts were read for")
    licence: Sourced[str]
    maturity: Sourced[Literal["stable", "maintenance", "young", "experimental", "deprecated"]]
    homepage: str = ""
    image: Text = Field(default=None, description="container image without tag")
    capabilities: dict[Capability, Support] = Field(default_factory=dict)
    metrics: tuple[Metric, ...] = ()
    health_path: Text = None
    metrics_path: Text = None
    port: Num = None
    good_for: tuple[str, ...] = Field(default=(), description="our judgement, short phrases")
    costs: tuple[str, ...] = Field(default=(), description="what it costs a team, our judgement")


class Engine(Software):
    """Runs a model: vLLM, TensorRT-LLM, llama.cpp, ONNX Runtime."""

    workloads: tuple[
        Literal["llm", "embedding", "reranking", "speech", "vision", "tabular", "on-device"], ...
    ]
    formats: tuple[str, ...] = Field(default=(), description="safetensors, gguf, onnx …")


class Platform(Software):
    """Operates engines: KServe, Ray Serve, Dynamo, Kubernetes, one machine, a managed API."""

    role: Literal["serving", "orchestration", "gateway", "managed", "host", "edge"]
    needs: tuple[str, ...] = Field(default=(), description="ids of other platforms")


class Tool(Software):
    """Something beside serving: registries, trackers, pipelines, GitOps, IaC, secrets."""

    category: Literal[
        "experiment-tracker",
        "model-registry",
        "feature-store",
        "pipeline-orchestrator",
        "gitops",
        "iac",
        "evaluation",
        "monitoring",
        "tracing",
        "secrets",
        "progressive-delivery",
        "autoscaling",
        "policy",
        "supply-chain",
        "chaos",
        "edge-runtime",
        "optimization",
    ]
    also_categories: tuple[str, ...] = ()


class Price(Frozen):
    """What one instance or one million tokens cost on one day. An example, not an offer."""

    provider: str
    region: str
    sku: str = Field(description="instance type, or model id for a managed API")
    accelerator: str = Field(default="", description="id in the catalog; empty for an API")
    accelerators: int = Field(default=0, ge=0, description="devices in the instance")
    kind: Literal["on_demand", "spot", "reserved_1y", "reserved_3y"]
    per: Literal["hour", "million_input_tokens", "million_output_tokens"]
    amount: Annotated[float, Field(gt=0)]
    currency: str = "USD"
    as_of: datetime.date
    source: str
    excludes: tuple[str, ...] = ("egress", "storage", "load balancer", "support", "tax")


class PriceList(Entry):
    """The dated prices of one provider."""

    prices: tuple[Price, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _price_sources_exist(self) -> Self:
        if unknown := sorted({p.source for p in self.prices} - set(self.sources)):
            raise ValueError(f"no such source in this entry: {', '.join(unknown)}")
        return self


class Requirement(Frozen):
    """One article or control, what it asks in our words, and the evidence a plan offers."""

    id: str = Field(description="for example Art. 14, §164.312(b), CC7.2")
    asks: str
    evidence: tuple[
        Literal[
            "access-control",
            "audit-log",
            "backup",
            "bias-evaluation",
            "change-management",
            "consent",
            "data-governance",
            "deletion",
            "dpia",
            "encryption",
            "evaluation",
            "human-oversight",
            "incident-response",
            "lineage",
            "logging",
            "monitoring",
            "red-team",
            "registration",
            "residency",
            "retention",
            "risk-management",
            "robustness",
            "technical-documentation",
            "transparency",
            "vendor-contract",
        ],
        ...,
    ]
    source: str


class Regulation(Entry):
    """A law or framework that may apply. We point to it; we never sign it off."""

    jurisdiction: str
    kind: Literal["law", "standard", "framework"]
    applies_when: tuple[str, ...] = Field(
        description="any of: data:health, data:personal, data:payment, area:<annex III area>, "
        "jurisdiction:eu, jurisdiction:us, jurisdiction:…, customer:soc2, impact:high"
    )
    specialist: str = Field(description="whom to ask: data protection officer, counsel, auditor …")
    in_force: Text = None
    requirements: tuple[Requirement, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _requirement_sources_exist(self) -> Self:
        if unknown := sorted({r.source for r in self.requirements} - set(self.sources)):
            raise ValueError(f"no such source in this entry: {', '.join(unknown)}")
        return self


class Technique(Entry):
    """A way to serve better or cheaper, and how much it has been proven."""

    maturity: Sourced[Literal["proven", "maturing", "new"]]
    helps: str
    costs: str
    needs: tuple[str, ...] = Field(default=(), description="conditions in words")
    validate_by: str = Field(description="the small-scale validation to run before relying on it")


class BurnWindowFacts(Entry):
    """The windows of multi-window, multi-burn-rate alerting."""

    period_days: Sourced[float]
    windows: tuple[BurnWindowRow, ...] = Field(min_length=1)


class BurnWindowRow(Frozen):
    """One row of the table."""

    name: str
    severity: Literal["page", "ticket"]
    long_s: Sourced[float]
    short_s: Sourced[float]
    budget_percent: Sourced[float]


BurnWindowFacts.model_rebuild()

FAMILIES: dict[str, type[Entry]] = {
    "accelerators": Accelerator,
    "models": Model,
    "engines": Engine,
    "platforms": Platform,
    "tools": Tool,
    "prices": PriceList,
    "regulations": Regulation,
    "techniques": Technique,
    "burn-windows": BurnWindowFacts,
}
"""Folder under `data/` → type of its entries."""
