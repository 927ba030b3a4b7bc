"""Random briefs: every kind, every placement, from a bare minimum to a full one; all valid."""

from __future__ import annotations

from typing import TypeAlias

from hypothesis import strategies as st

from aegis.brief.schema import DEVICE_KINDS, LLM_KINDS, Brief

Json: TypeAlias = (
    "dict[str, Json] | list[Json] | tuple[Json, ...] | str | int | float | bool | None"
)
Fields: TypeAlias = "dict[str, Json]"

KINDS = (
    "chat", "completion", "rag", "agent", "embedding", "reranking", "prediction", "ranking", "vision",
    "speech", "batch", "on-device", "robotics",
)  # fmt: skip
_LLM_MODELS = (
    "meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Llama-3.1-70B-Instruct", "Qwen/Qwen3-0.6B",
    "Qwen/Qwen3-235B-A22B", "deepseek-ai/DeepSeek-V3", "openai/gpt-oss-20b", "acme/unknown-13b",
    "mistralai/Mixtral-8x7B-Instruct-v0.1", "google/gemma-3-27b-it", "models/internal assistant v2",
)  # fmt: skip
_OTHER_MODELS = (
    "BAAI/bge-m3", "BAAI/bge-reranker-v2-m3", "openai/whisper-small", "acme/fraud-gbm",
    "facebook/detr-resnet-50", "Qwen/Qwen3-Embedding-8B", "registry/ranker:17",
)  # fmt: skip
_ACCELERATORS = (
    "nvidia-l4", "nvidia-l40s", "nvidia-h100-sxm", "nvidia-h200-sxm", "nvidia-a100-sxm-80gb",
    "nvidia-t4", "nvidia-b200-sxm", "amd-mi300x", "intel-gaudi3", "aws-trainium2", "google-tpu-v5e",
)  # fmt: skip
_REGIONS = {
    "aws": ("eu-central-1", "us-east-1", "eu-west-2", "ap-northeast-1"),
    "gcp": ("europe-west4", "us-central1"),
    "azure": ("westeurope", "eastus"),
    "oci": ("eu-frankfurt-1",),
    "lambda": ("us-west-1",),
    "nebius": ("eu-north1",),
    "runpod": ("somewhere",),
    "other": ("a place of ours",),
}
_PHRASES = st.sampled_from(
    (
        "support agents", "patients of 3 clinics", "our own jobs", "people in a hurry: {all} of them",
        "Users `with` ticks", "[[bracketed]] people", "**loud** people", "Kundinnen und Kunden (2026)",
        "drivers, at 90 km/h", "a | b", "50 % of everyone", "ops <team>", "日本語の利用者",
    )
)  # fmt: skip
_SHA = st.text("0123456789abcdef", min_size=64, max_size=64).map(lambda t: f"sha256:{t}")
_COMMIT = st.text("0123456789abcdef", min_size=40, max_size=40)
_NAME = st.from_regex(r"[a-z][a-z0-9]{1,8}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)
_RATE = st.one_of(st.sampled_from((0.01, 0.2, 1.0, 20.0, 400.0, 20000.0)), st.floats(0.001, 5000))

_SCORE = st.just(0.0) | st.floats(0.001, 1) | st.sampled_from((80.0, 99.5))


def _maybe(strategy: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return st.none() | strategy


def _some(*words: str) -> st.SearchStrategy[Json]:
    return st.none() | st.sampled_from(words)


def _record(**fields: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """A mapping of the fields that were drawn; a drawn None leaves its field out."""
    return st.fixed_dictionaries(fields).map(
        lambda drawn: {key: value for key, value in drawn.items() if value is not None}
    )


def _subset(*words: str, most: int = 3) -> st.SearchStrategy[Json]:
    return st.lists(st.sampled_from(words), max_size=most, unique=True).map(list)


@st.composite
def _tokens(draw: st.DrawFn) -> Json:
    mean = draw(st.integers(1, 20_000))
    tail = draw(st.none() | st.integers(1, 5))
    return {"mean": mean} if tail is None else {"mean": mean, "p95": mean * tail}


@st.composite
def _traffic(draw: st.DrawFn) -> Json:
    peak, share = draw(st.none() | _RATE), draw(st.none() | st.floats(0.01, 1))
    traffic: Fields = {}
    if peak is not None:
        traffic["peak_rps"] = peak
        if share is not None:
            traffic["mean_rps"] = max(peak * share, 1e-6)
    elif share is not None:
        traffic["mean_rps"] = share
    burst = draw(st.none() | st.just(0.0) | st.floats(0.1, 10))
    if burst is not None:
        traffic["burstiness"] = burst
    return traffic


_TOOL = _record(
    name=_NAME, effect=st.sampled_from(("read", "write", "irreversible")), approval=st.booleans()
)
_RETRIEVAL = _record(
    documents=_maybe(st.integers(1, 10**9)),
    freshness_hours=_maybe(st.floats(0.1, 1000)),
    untrusted_sources=st.booleans(),
    per_user_permissions=st.booleans(),
)
_DEVICE = _record(
    device=_PHRASES,
    fleet=_maybe(st.integers(1, 10**7)),
    latency_ms=_maybe(st.floats(1, 1000)),
    memory_mb=_maybe(st.floats(1, 16000)),
    power_w=_maybe(st.floats(0.5, 60)),
    offline=st.booleans(),
    safety_function=st.booleans(),
)
_BATCH = _record(
    items=st.integers(1, 10**9),
    deadline_hours=st.floats(0.1, 48),
    schedule=st.sampled_from(("nightly", "hourly", "every 6 hours")),
)


@st.composite
def _workload(draw: st.DrawFn, kind: str) -> Json:  # noqa: C901  # one branch a kind
    parts: Fields = {"kind": kind}
    if kind not in DEVICE_KINDS | {"batch"}:
        parts["traffic"] = draw(_traffic())
    if kind in LLM_KINDS:
        for field in ("input_tokens", "output_tokens"):
            if draw(st.booleans()):
                parts[field] = draw(_tokens())
        if draw(st.booleans()):
            parts["shared_prefix_percent"] = draw(st.just(0.0) | st.floats(0.1, 100))
        parts["adapters"] = draw(st.sampled_from((0, 0, 1, 40, 2000)))
    if kind == "agent":
        unique = st.lists(_TOOL, max_size=4, unique_by=lambda t: str(t["name"]))  # type: ignore[index,call-overload]
        parts["tools"] = draw(unique)
    if kind in {"rag", "agent"} and draw(st.booleans()):
        parts["retrieval"] = draw(_RETRIEVAL)
    if kind in {"prediction", "ranking"} and draw(st.booleans()):
        parts["feature_freshness_s"] = draw(st.floats(0.1, 86400))
    if kind == "batch":
        parts["batch"] = draw(_BATCH)
    if kind in DEVICE_KINDS:
        parts["device"] = draw(_DEVICE)
    return parts


_MEASUREMENT = _record(
    hardware=st.sampled_from((*_ACCELERATORS, "c7i.4xlarge")),
    requests_per_s=_RATE,
    latency_p95_ms=st.floats(1, 5000),
    report=st.just("reports/load.json"),
)


@st.composite
def _model(draw: st.DrawFn, kind: str) -> Json:
    names = _LLM_MODELS if kind in LLM_KINDS else _OTHER_MODELS
    return draw(
        _record(
            reference=st.sampled_from(names),
            revision=_maybe(st.one_of(_COMMIT, st.sampled_from(("main", "latest", "v1.2.3")))),
            digest=_maybe(_SHA),
            licence=_some("Apache-2.0", "ours"),
            format=_some("safetensors", "gguf", "onnx", "pickle", "notebook", "api", "lightgbm"),
            source=st.sampled_from(("open-weights", "own", "managed-api")),
            parameters_b=_maybe(st.floats(0.1, 700)),
            training=_record(by_us=st.booleans(), cadence=st.sampled_from(("never", "on-drift", "weekly"))),
            measurements=st.lists(_MEASUREMENT, max_size=2),
            smaller_model=_some("Qwen/Qwen3-0.6B", "a distilled 1B"),
        )
    )  # fmt: skip


_QUALITY = _record(
    kind=st.sampled_from(("accuracy", "calibration", "groundedness", "toxicity", "satisfaction")),
    metric=st.sampled_from(("F1", "ECE over 10 bins", "share of supported claims", "thumbs up")),
    threshold=_SCORE,
    better=st.sampled_from(("higher", "lower")),
)
_OBJECTIVES = _record(
    availability_percent=_maybe(st.floats(90, 99.999)),
    ttft_p95_ms=_maybe(st.floats(50, 10_000)),
    tpot_p95_ms=_maybe(st.floats(5, 500)),
    latency_p95_ms=_maybe(st.floats(5, 30_000)),
    latency_p99_ms=_maybe(st.floats(5, 30_000)),
    quality=st.lists(_QUALITY, max_size=3, unique_by=lambda q: str(q["kind"])),  # type: ignore[index,call-overload]
)
_DATA = _record(
    classes=_subset("none", "personal", "health", "payment", "biometric", "children", "confidential", "code"),
    residency=_some("EU", "US", "Switzerland", "the moon"),
    own_keys=st.booleans(),
    retention_days=_maybe(st.integers(0, 3650)),
    training_consent=st.sampled_from(("yes", "no", "unknown", "not-applicable")),
)  # fmt: skip
_SET = _record(
    name=_NAME,
    path=st.just("evaluation/set.jsonl"),
    items=st.integers(1, 10**6),
    metric=st.sampled_from(("exact match", "F1", "win rate @ 2")),
    threshold=_SCORE,
    better=st.sampled_from(("higher", "lower")),
    purpose=st.sampled_from(("quality", "safety", "fairness", "robustness")),
    digest=_maybe(_SHA),
)


def _review(*states: str) -> st.SearchStrategy[Json]:
    return _record(
        status=st.sampled_from(states), owner=_maybe(_PHRASES), reference=_some("SEC-12")
    )


@st.composite
def _placement(draw: st.DrawFn) -> Json:
    providers = draw(st.lists(st.sampled_from(tuple(_REGIONS)), max_size=2, unique=True))
    return draw(
        _record(
            where=_some("cloud", "on-premises", "hybrid", "multi-cloud", "sovereign", "air-gapped", "edge"),
            clouds=st.just(
                [{"provider": p, "regions": [draw(st.sampled_from(_REGIONS[p]))]} for p in providers]
            ),
            accelerators=st.lists(
                _record(id=st.sampled_from((*_ACCELERATORS, "acme-npu")), count=st.integers(1, 64),
                        per_node=st.sampled_from((1, 4, 8))),
                max_size=2,
            ),
            zones=_maybe(st.integers(1, 4)),
            managed_api_allowed=_maybe(st.booleans()),
        )
    )  # fmt: skip


_TEAM = _record(
    size=_maybe(st.integers(1, 60)),
    on_call=_some("none", "business-hours", "24x7"),
    orchestrator=_some("none", "kubernetes", "kserve", "ray", "dynamo", "ecs", "systemd", "compose", "sagemaker"),
    iac=_some("none", "terraform", "opentofu", "pulumi", "crossplane", "cloudformation", "bicep"),
    gitops=_some("none", "argo-cd", "flux"),
    registry=_some("none", "mlflow", "wandb", "hugging-face-hub", "oci", "vertex-ai"),
    feature_store=_some("none", "feast", "tecton", "own", "databricks"),
    pipelines=_some("none", "kubeflow", "prefect", "dagster", "airflow", "temporal", "github-actions"),
    observability=_subset("none", "prometheus", "datadog", "opentelemetry", "langsmith", "phoenix", "evidently"),
    secrets=_some("none", "vault", "external-secrets", "sops", "aws-secrets-manager", "systemd-creds"),
    owners=st.dictionaries(st.sampled_from(("service", "security", "data", "model")), _PHRASES, max_size=2),
)  # fmt: skip
_IMPACT = _record(
    level=_some("low", "moderate", "high"),
    areas=_subset("employment", "credit", "health", "medical-device", "safety-component", most=2),
    human_review=_maybe(st.booleans()),
)
_KPI = _record(
    name=_NAME, better=st.sampled_from(("higher", "lower")), margin_percent=st.floats(0.1, 50)
)


@st.composite
def briefs(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS, *, wishes: bool = True) -> Brief:
    """A valid brief. With `wishes` false it asks for nothing that a hard rule refuses."""
    kind = draw(st.sampled_from(kinds))
    skip = ("skip",) if wishes else ()
    states = ("missing", "planned", "done", *skip)
    fields: Fields = {
        "name": draw(_NAME),
        "purpose": draw(_PHRASES.filter(lambda text: "{" not in text)),
        "workload": draw(_workload(kind)),
        "users": draw(_maybe(_record(who=_PHRASES, external=st.booleans()))),
        "model": draw(_maybe(_model(kind))),
        "prompts": draw(_record(versioned=_maybe(st.booleans()), path=_some("prompts/"))),
        "objectives": draw(_OBJECTIVES),
        "data": draw(_DATA),
        "evaluation": draw(
            _maybe(st.lists(_SET, max_size=2, unique_by=lambda s: str(s["name"])))  # type: ignore[index,call-overload]
        ),
        "reviews": draw(
            _record(security=_review(*states), compliance=_review(*states), red_team=_review(*states))
        ),
        "environments": {"staging": draw(st.booleans()) if wishes else True},
        "placement": draw(_placement()),
        "team": draw(_TEAM),
        "budget": draw(
            _record(
                monthly_usd=_maybe(st.floats(10, 1e6)),
                price_kind=st.sampled_from(("on_demand", "spot", "reserved_1y")),
                accelerator_usd_per_hour=_maybe(st.floats(0.1, 20)),
            )
        ),
        "impact": draw(_IMPACT),
        "jurisdictions": draw(_subset("eu", "us", "us-ca", "uk", "ch", "jp", "other")),
        "frameworks": draw(_subset("soc2", "hipaa", "iso-42001", "pci-dss", "nist-ai-rmf", most=2)),
        "release": draw(
            _record(
                strategy=_some("canary", "blue-green", "shadow", "ab", *(("all-at-once",) if wishes else ())),
                rollback=_some("automatic", *(("manual", "none") if wishes else ())),
                kpis=st.lists(_KPI, max_size=2, unique_by=lambda k: str(k["name"])),  # type: ignore[index,call-overload]
            )
        ),
        "monitoring": draw(
            _record(
                alerts=_maybe(st.booleans() if wishes else st.just(value=True)),
                drift=_maybe(st.booleans()),
                feedback=_maybe(st.booleans()),
            )
        ),
    }  # fmt: skip
    return Brief.model_validate({key: value for key, value in fields.items() if value is not None})
