"""What a brief can say. Every field carries the sentence that an editor shows."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from aegis.base.model import Frozen

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,40}$")]
Line = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Rate = Annotated[float, Field(gt=0, le=1e7)]
Percent = Annotated[float, Field(gt=0, lt=100)]
Count = Annotated[int, Field(ge=1, le=10**12)]

Kind = Literal[
    "chat",
    "completion",
    "rag",
    "agent",
    "embedding",
    "reranking",
    "prediction",
    "ranking",
    "vision",
    "speech",
    "batch",
    "on-device",
    "robotics",
]
LLM_KINDS: frozenset[str] = frozenset({"chat", "completion", "rag", "agent"})
ONLINE_KINDS: frozenset[str] = LLM_KINDS | {
    "embedding",
    "reranking",
    "prediction",
    "ranking",
    "vision",
    "speech",
}
DEVICE_KINDS: frozenset[str] = frozenset({"on-device", "robotics"})

DataClass = Literal[
    "none", "personal", "health", "payment", "biometric", "children", "confidential", "code"
]
SENSITIVE: frozenset[str] = frozenset({"health", "payment", "biometric", "children"})
Where = Literal["cloud", "on-premises", "hybrid", "multi-cloud", "sovereign", "air-gapped", "edge"]
Provider = Literal[
    "aws", "gcp", "azure", "oci", "coreweave", "digitalocean", "hyperstack", "lambda", "leafcloud", "nebius",
    "ovhcloud", "runpod", "scaleway", "other",
]  # fmt: skip
Jurisdiction = Literal["eu", "us", "us-ca", "uk", "ch", "ca", "br", "in", "jp", "sg", "au", "other"]


def _once(what: str, words: Iterable[str]) -> None:
    """Parts that a plan calls by name are named once.

    Raises:
        ValueError: a word stands twice; the message is for whoever wrote the brief.
    """
    seen: set[str] = set()
    for word in words:
        if word in seen:
            raise ValueError(f"{what} `{word}` stands twice: keep the stricter, or name them apart")
        seen.add(word)


class Tokens(Frozen):
    """Lengths in tokens of the model's own tokenizer."""

    mean: Count = Field(description="mean length, tokens")
    p50: Count | None = Field(default=None, description="median, tokens")
    p90: Count | None = Field(default=None, description="90th percentile, tokens")
    p95: Count | None = Field(default=None, description="95th percentile, tokens")
    p99: Count | None = Field(default=None, description="99th percentile, tokens")
    longest: Count | None = Field(
        default=None, description="longest that is admitted; longer ones are refused"
    )

    @model_validator(mode="after")
    def _tail_is_longer(self) -> Self:
        if self.p95 is not None and self.p95 < self.mean:
            raise ValueError("p95 is shorter than the mean")
        known = [
            (name, value)
            for name in ("p50", "p90", "p95", "p99", "longest")
            if (value := getattr(self, name)) is not None
        ]
        for (name, value), (further, more) in itertools.pairwise(known):
            if more < value:
                raise ValueError(f"{further} is shorter than {name}")
        return self


class Users(Frozen):
    """Who uses the system and who is affected by it."""

    who: Line = Field(description="who sends requests: support agents, patients, our own jobs …")
    affected: Line | None = Field(
        default=None, description="who feels the consequences, if somebody else"
    )
    count: Count | None = Field(default=None, description="people, or devices")
    external: bool = Field(default=True, description="false: only people of your own company")


class Traffic(Frozen):
    """How many requests arrive, and how unevenly."""

    peak_rps: Rate | None = Field(default=None, description="busiest minute, requests per second")
    mean_rps: Rate | None = Field(
        default=None, description="mean over a month, requests per second"
    )
    burstiness: Annotated[float, Field(ge=0, le=20)] | None = Field(
        default=None,
        description="coefficient of variation of the gaps between requests; 1 is Poisson",
    )
    growth_percent_per_month: Annotated[float, Field(ge=-50, le=500)] | None = None

    @model_validator(mode="after")
    def _peak_is_the_peak(self) -> Self:
        if self.peak_rps and self.mean_rps and self.mean_rps > self.peak_rps:
            raise ValueError("mean_rps is higher than peak_rps")
        return self


class AgentTool(Frozen):
    """Something an agent may do."""

    name: Slug
    effect: Literal["read", "write", "irreversible"] = Field(
        description="irreversible: money moves, mail leaves, data is deleted"
    )
    approval: bool = Field(default=False, description="true: a person confirms each call")


class Retrieval(Frozen):
    """What a RAG system retrieves from."""

    documents: Count | None = None
    freshness_hours: Rate | None = Field(
        default=None, description="how old an indexed document may be"
    )
    untrusted_sources: bool = Field(
        default=False, description="true: outsiders can write documents that are indexed"
    )
    per_user_permissions: bool = Field(
        default=False, description="true: not every user may see every document"
    )


class Request(Frozen):
    """Size of one request of a model that does not read tokens."""

    kilobytes: Rate | None = None
    features: Count | None = Field(default=None, description="features of one row")
    candidates: Count | None = Field(default=None, description="items scored per request (ranking)")
    megapixels: Rate | None = None
    audio_s: Rate | None = Field(default=None, description="seconds of audio per request")


class BatchJob(Frozen):
    """A run over many items."""

    items: Count
    deadline_hours: Rate = Field(description="from the start to the last result")
    schedule: Line = Field(default="nightly", description="nightly, hourly, on demand …")


class DeviceBudget(Frozen):
    """What the device can give."""

    device: Line = Field(description="phone class, board or controller")
    fleet: Count | None = Field(default=None, description="devices in the field")
    latency_ms: Rate | None = Field(default=None, description="deadline of one inference")
    memory_mb: Rate | None = None
    power_w: Rate | None = Field(default=None, description="for the inference alone")
    offline: bool = Field(default=True, description="true: must work without a network")
    safety_function: bool = Field(default=False, description="true: a late answer can hurt someone")


class Workload(Frozen):
    """What kind of requests, how many and how large."""

    kind: Kind
    traffic: Traffic = Traffic()
    input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None
    shared_prefix_percent: Annotated[float, Field(ge=0, le=100)] | None = Field(
        default=None, description="share of the input that many requests have in common"
    )
    adapters: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=0, description="LoRA adapters served from the same base model"
    )
    tools: tuple[AgentTool, ...] = ()
    retrieval: Retrieval | None = None
    request: Request | None = None
    batch: BatchJob | None = None
    device: DeviceBudget | None = None
    feature_freshness_s: Rate | None = Field(
        default=None, description="how old an online feature may be"
    )

    @model_validator(mode="after")
    def _parts_fit_the_kind(self) -> Self:
        if self.kind == "batch" and self.batch is None:
            raise ValueError("kind is batch: `batch` must say items and deadline")
        if self.kind in DEVICE_KINDS and self.device is None:
            raise ValueError(f"kind is {self.kind}: `device` must name the device")
        return self


class Measurement(Frozen):
    """What one replica did in a load test of yours."""

    hardware: Line = Field(description="accelerator id or instance type")
    requests_per_s: Rate = Field(description="held within the objectives, one replica")
    latency_p95_ms: Rate
    report: Line = Field(description="path or URL of the report")


class Training(Frozen):
    """Whether and when the model is trained again."""

    by_us: bool = Field(default=False, description="true: your pipeline trains or fine-tunes it")
    cadence: Literal["never", "on-drift", "weekly", "monthly", "quarterly"] = "never"


class ModelRef(Frozen):
    """Which model, exactly."""

    reference: Line = Field(
        description="meta-llama/Llama-3.1-8B-Instruct, registry name, API model id"
    )
    revision: Line | None = Field(
        default=None, description="immutable revision: a commit, not a branch"
    )
    digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    licence: Line | None = None
    format: (
        Literal[
            "safetensors", "gguf", "onnx", "tensorrt", "pickle", "joblib", "torchscript", "saved-model",
            "coreml", "tflite", "executorch", "lightgbm", "xgboost", "notebook", "api",
        ]
        | None
    ) = None  # fmt: skip
    source: Literal["open-weights", "own", "managed-api"] = "open-weights"
    parameters_b: Rate | None = Field(
        default=None, description="10^9 parameters, if not in the catalog"
    )
    training: Training = Training()
    measurements: tuple[Measurement, ...] = ()
    smaller_model: Line | None = Field(
        default=None, description="a smaller or distilled model you would accept"
    )


class Prompts(Frozen):
    """How prompts are kept."""

    versioned: bool | None = Field(
        default=None, description="in version control, released like code"
    )
    path: Line | None = None


class QualityObjective(Frozen):
    """A quality that must hold in production."""

    kind: Literal[
        "accuracy", "calibration", "groundedness", "hallucination", "refusal", "toxicity",
        "satisfaction",
    ]  # fmt: skip
    metric: Line = Field(
        description="exact match, F1, ECE, supported-claim rate, thumbs-up share …"
    )
    threshold: Annotated[float, Field(ge=0, le=100)]
    better: Literal["higher", "lower"] = "higher"


class Objectives(Frozen):
    """What users were promised, or should be."""

    availability_percent: Percent | None = None
    ttft_p95_ms: Rate | None = Field(default=None, description="time to first token")
    tpot_p95_ms: Rate | None = Field(default=None, description="mean time per later token")
    latency_p95_ms: Rate | None = Field(default=None, description="whole request")
    latency_p99_ms: Rate | None = None
    goodput_percent: Percent | None = Field(
        default=None,
        description="share of requests that succeed and meet every limit above at once",
    )
    quality: tuple[QualityObjective, ...] = ()

    @model_validator(mode="after")
    def _one_objective_a_kind(self) -> Self:
        _once("quality", (wish.kind for wish in self.quality))
        return self


class Data(Frozen):
    """What the requests, answers and training data contain."""

    classes: tuple[DataClass, ...] = Field(default=(), description="every class that may appear")
    residency: Line | None = Field(default=None, description="region or country data must stay in")
    own_keys: bool = Field(
        default=False, description="true: data must be encrypted under your keys"
    )
    retention_days: Annotated[int, Field(ge=0, le=3650)] | None = Field(
        default=None, description="how long prompts and answers are kept; 0 keeps none"
    )
    training_consent: Literal["yes", "no", "unknown", "not-applicable"] = "unknown"


class EvaluationSet(Frozen):
    """A data set that judges the model before users do."""

    name: Slug
    path: Line
    items: Count
    metric: Line
    threshold: Annotated[float, Field(ge=0, le=100)]
    better: Literal["higher", "lower"] = "higher"
    purpose: Literal["quality", "safety", "fairness", "robustness"] = "quality"
    digest: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] | None = None
    slices: tuple[Line, ...] = ()


class Review(Frozen):
    """A review by people."""

    status: Literal["missing", "planned", "done", "skip"] = "missing"
    owner: Line | None = None
    date: datetime.date | None = None
    reference: Line | None = Field(default=None, description="report or ticket")


class Reviews(Frozen):
    """Security review, compliance assessment and red-teaming."""

    security: Review = Review()
    compliance: Review = Review()
    red_team: Review = Review()


class Cloud(Frozen):
    """One cloud and its regions."""

    provider: Provider
    regions: Annotated[tuple[Line, ...], Field(min_length=1)]


class OwnedAccelerators(Frozen):
    """Devices that you have, or insist on."""

    id: Line = Field(description="catalog id, such as nvidia-l40s; `aegis catalog accelerators`")
    count: Count
    per_node: Count = 1


class Placement(Frozen):
    """Where it runs."""

    where: Where | None = None
    clouds: tuple[Cloud, ...] = ()
    accelerators: tuple[OwnedAccelerators, ...] = Field(
        default=(), description="only if you already own them or must use them"
    )
    zones: Annotated[int, Field(ge=1, le=10)] | None = Field(
        default=None, description="failure domains you can use"
    )
    managed_api_allowed: bool | None = Field(
        default=None, description="false: prompts may not go to another company's API"
    )


class Environments(Frozen):
    """The three stages; true when it exists or can be had."""

    development: bool = True
    staging: bool = True
    production: bool = True


Orchestrator = Literal[
    "none", "kubernetes", "flagger", "kserve", "ray", "dynamo", "lws", "llm-d", "ecs", "nomad", "slurm",
    "systemd", "compose", "sagemaker", "vertex-ai", "azure-ml",
]  # fmt: skip
Iac = Literal["none", "terraform", "opentofu", "pulumi", "crossplane", "cloudformation", "bicep"]
GitOps = Literal["none", "argo-cd", "flux"]
Registry = Literal[
    "none", "mlflow", "wandb", "hugging-face-hub", "oci", "sagemaker", "vertex-ai", "azure-ml"
]
Tracker = Literal["none", "mlflow", "wandb", "sagemaker", "vertex-ai", "azure-ml"]
FeatureStore = Literal["none", "feast", "tecton", "own", "sagemaker", "vertex-ai", "databricks"]
Pipelines = Literal[
    "none", "kubeflow", "prefect", "dagster", "airflow", "temporal", "argo-workflows", "github-actions",
    "gitlab-ci",
]  # fmt: skip
Observability = Literal[
    "none", "prometheus", "grafana", "datadog", "new-relic", "cloud-native", "opentelemetry",
    "langsmith", "phoenix", "evidently", "giskard", "langfuse",
]  # fmt: skip
Secrets = Literal[
    "none", "vault", "external-secrets", "sops", "aws-secrets-manager", "gcp-secret-manager",
    "azure-key-vault", "systemd-creds",
]  # fmt: skip

Admission = Literal["none", "kyverno", "sigstore-policy-controller"]
FaultInjection = Literal["none", "chaos-mesh", "litmus"]


class Team(Frozen):
    """Who will live with it."""

    size: Count | None = Field(default=None, description="people who will operate it")
    on_call: Literal["none", "business-hours", "24x7"] | None = None
    orchestrator: Orchestrator | None = Field(
        default=None,
        description="what runs services today; a controller on Kubernetes (flagger, kserve, …) says "
        "Kubernetes too",
    )
    iac: Iac | None = None
    gitops: GitOps | None = None
    registry: Registry | None = None
    experiment_tracker: Tracker | None = Field(
        default=None, description="where training runs are recorded, if not in the registry"
    )
    feature_store: FeatureStore | None = None
    pipelines: Pipelines | None = None
    observability: tuple[Observability, ...] = ()
    secrets: Secrets | None = None
    admission: Admission | None = Field(
        default=None, description="what verifies signatures of images where pods start"
    )
    fault_injection: FaultInjection | None = Field(
        default=None, description="what injects faults for rehearsals"
    )
    gateway: Literal["none", "envoy-ai-gateway"] | None = Field(
        default=None, description="what callers of models enter the cluster by today"
    )
    owners: dict[Literal["service", "security", "data", "model", "platform", "business"], Line] = (
        Field(default_factory=dict, description="role → name of a person or a rota")
    )

    @field_validator("owners")
    @classmethod
    def _in_order(cls, owners: dict[str, str]) -> dict[str, str]:
        """The order in which roles were written means nothing, so a plan does not keep it."""
        return dict(sorted(owners.items()))


class Budget(Frozen):
    """What it may cost."""

    monthly_usd: Rate | None = None
    price_kind: Literal["on_demand", "spot", "reserved_1y", "reserved_3y"] = "on_demand"
    accelerator_usd_per_hour: Rate | None = Field(
        default=None, description="your own negotiated price of one accelerator hour"
    )


class Impact(Frozen):
    """What happens to people when it is wrong."""

    level: Literal["low", "moderate", "high"] | None = None
    areas: tuple[
        Literal[
            "employment", "education", "essential-services", "credit", "insurance", "health",
            "medical-device", "law-enforcement", "migration", "justice", "biometrics",
            "critical-infrastructure", "safety-component",
        ],
        ...,
    ] = ()  # fmt: skip
    human_review: bool | None = Field(
        default=None, description="true: a person decides before anything happens to somebody"
    )


class BusinessKpi(Frozen):
    """A business figure that can send a release back."""

    name: Slug
    better: Literal["higher", "lower"] = "higher"
    margin_percent: Annotated[float, Field(gt=0, le=100)] = Field(
        description="relative worsening that sends the release back"
    )


class ReleaseWish(Frozen):
    """How you would like to release."""

    strategy: Literal["canary", "blue-green", "shadow", "ab", "all-at-once"] | None = None
    rollback: Literal["automatic", "manual", "none"] | None = None
    kpis: tuple[BusinessKpi, ...] = ()


class MonitoringWish(Frozen):
    """What you intend to watch; absent means that Aegis chooses."""

    alerts: bool | None = None
    drift: bool | None = None
    feedback: bool | None = Field(
        default=None, description="users can rate answers or correct them"
    )


class Waiver(Frozen):
    """An advisory rule set aside, never in silence."""

    rule: Annotated[str, StringConstraints(pattern=r"^AEG\d{3}$")]
    owner: Line
    reason: Annotated[str, StringConstraints(min_length=10, max_length=400)]
    until: datetime.date


class Brief(Frozen):
    """What somebody wants to put into production."""

    version: Literal[1] = 1
    name: Slug = Field(description="short name of the service: a-z, 0-9 and dashes")
    purpose: Line = Field(description="one sentence: what it does for whom")
    users: Users | None = None
    workload: Workload
    model: ModelRef | None = None
    prompts: Prompts = Prompts()
    objectives: Objectives = Objectives()
    data: Data = Data()
    evaluation: tuple[EvaluationSet, ...] | None = Field(
        default=None, description="[] says that there is none; leave out if you do not know yet"
    )
    reviews: Reviews = Reviews()
    environments: Environments = Environments()
    placement: Placement = Placement()
    team: Team = Team()
    budget: Budget = Budget()
    impact: Impact = Impact()
    jurisdictions: tuple[Jurisdiction, ...] = ()
    frameworks: tuple[
        Literal["soc2", "hipaa", "iso-27001", "iso-42001", "pci-dss", "nist-ai-rmf"], ...
    ] = Field(default=(), description="frameworks your customers ask about")
    release: ReleaseWish = ReleaseWish()
    monitoring: MonitoringWish = MonitoringWish()
    waivers: tuple[Waiver, ...] = ()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        _once("evaluation set", (dataset.name for dataset in self.evaluation or ()))
        _once("business figure", (kpi.name for kpi in self.release.kpis))
        _once("tool", (tool.name for tool in self.workload.tools))
        return self

    @property
    def high_impact(self) -> tuple[str, ...]:
        """Why a wrong answer can do serious harm, in words; empty where it cannot.

        The one definition of high impact. What the brief calls its impact is not all of it: a tool
        whose effect cannot be undone and a machine that can hurt somebody count as well.
        """
        impact, device = self.impact, self.workload.device
        because = [f"the area is {area}" for area in impact.areas]
        because += ["the brief says so"] if impact.level == "high" and not because else []
        because += [
            f"the effect of `{tool.name}` cannot be undone"
            for tool in self.workload.tools
            if tool.effect == "irreversible"
        ]
        if device is not None and device.safety_function:
            because.append("a late answer of the device can hurt somebody")
        return tuple(because)
