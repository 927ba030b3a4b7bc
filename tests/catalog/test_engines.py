"""What the catalogue says about engines holds together, and each cell can be read again."""

import itertools
import re

import pytest

from aegis.catalog.loader import engines, files, parse
from aegis.catalog.types import Engine

COUNTED = ("counter",)
NOW = ("gauge",)
SPREAD = ("histogram", "summary")

VOCABULARY: dict[str, tuple[str, ...]] = {
    # requests
    "requests": COUNTED,
    "successes": COUNTED,
    "errors": COUNTED,
    "responses": COUNTED,
    "rejections": COUNTED,
    "aborts": COUNTED,
    "corrupted_requests": COUNTED,
    "running_requests": NOW,
    "queue_depth": NOW,
    "queue_depth_observed": SPREAD,
    "batch_size": (*NOW, *SPREAD),
    "executions": COUNTED,
    "inferences": COUNTED,
    # latency: distributions, and sums that give only a mean
    "ttft": SPREAD,
    "tpot": SPREAD,
    "itl": SPREAD,
    "e2e_latency": SPREAD,
    "queue_time": SPREAD,
    "prefill_time": SPREAD,
    "decode_time": SPREAD,
    "inference_time": SPREAD,
    "preprocess_time": SPREAD,
    "postprocess_time": SPREAD,
    "request_time_total": COUNTED,
    "queue_time_total": COUNTED,
    "prefill_time_total": COUNTED,
    "decode_time_total": COUNTED,
    "inference_time_total": COUNTED,
    # tokens
    "prompt_tokens": COUNTED,
    "generation_tokens": COUNTED,
    "cached_prompt_tokens": COUNTED,
    "prompt_length": SPREAD,
    "generation_length": SPREAD,
    "prompt_throughput": NOW,
    "generation_throughput": NOW,
    "generation_perplexity": SPREAD,
    # caches and memory
    "kv_cache_usage": NOW,
    "prefix_cache_hits": COUNTED,
    "prefix_cache_misses": COUNTED,
    "prefix_cache_queries": COUNTED,
    "prefix_cache_hit_rate": NOW,
    "response_cache_hits": COUNTED,
    "preemptions": COUNTED,
    "gpu_utilization": NOW,
    "gpu_memory_used": NOW,
    # speculative decoding, adapters
    "spec_decode_drafted": COUNTED,
    "spec_decode_accepted": COUNTED,
    "spec_decode_acceptance_rate": NOW,
    "spec_decode_acceptance_length": NOW,
    "adapters": NOW,
}
"""Our word for a metric → the Prometheus types in which it can be used."""

UNITS = {
    "",
    "batches",
    "blocks",
    "bytes",
    "fraction",
    "inferences",
    "microseconds",
    "milliseconds",
    "percent",
    "requests",
    "seconds",
    "tokens",
    "tokens per second",
}
PROMETHEUS_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")

LLM_ENGINES = ("llama-cpp", "lmdeploy", "sglang", "tensorrt-llm", "tgi", "vllm")
OTHER_ENGINES = (
    "bentoml",
    "ctranslate2",
    "custom",
    "faster-whisper",
    "infinity",
    "mlserver",
    "onnxruntime",
    "openvino",
    "openvino-model-server",
    "tei",
    "tensorflow-serving",
    "torchserve",
    "treelite",
    "triton",
)
ON_DEVICE_ENGINES = (
    "coreml",
    "executorch",
    "litert",
    "litert-lm",
    "mediapipe",
    "onnxruntime-mobile",
    "tensorrt",
)
FOUNDING_NAMES = (
    "vLLM",
    "TensorRT-LLM",
    "Text Generation Inference",
    "Custom container",
    "Core ML",
    "MediaPipe",
    "ONNX Runtime Mobile",
    "ExecuTorch",
)
"""Engines that the founding description names, by the names we print."""

each_engine = pytest.mark.parametrize(
    "engine", [pytest.param(engine, id=engine.id) for engine in engines()]
)


def find(engine_id: str) -> Engine:
    return next(engine for engine in engines() if engine.id == engine_id)


def test_every_file_is_named_for_its_entry() -> None:
    """A lookup by id may open the file of that name."""
    ids = {file.name: parse("engines", file.read_text("utf-8")).id for file in files("engines")}

    assert ids == {name: name.removesuffix(".yaml") for name in ids}


@pytest.mark.parametrize("engine_id", [*LLM_ENGINES, *OTHER_ENGINES, *ON_DEVICE_ENGINES])
def test_catalogue_has_engine(engine_id: str) -> None:
    """The engines that a plan can name are there."""
    assert find(engine_id).version.value


def test_every_engine_of_the_founding_description_is_there() -> None:
    """NVIDIA Dynamo is among the platforms, since it operates engines."""
    assert set(FOUNDING_NAMES) <= {engine.name for engine in engines()}


def test_names_and_aliases_are_unambiguous() -> None:
    """A brief may name an engine by any of them."""
    names = [name for engine in engines() for name in (engine.id, *engine.aliases)]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("engine_id", ON_DEVICE_ENGINES)
def test_on_device_engines_promise_no_endpoint(engine_id: str) -> None:
    """An app has no port to probe or to scrape: its telemetry comes from the app."""
    engine = find(engine_id)

    assert "on-device" in engine.workloads
    assert (engine.port, engine.health_path, engine.metrics) == (None, None, ())


def test_custom_container_claims_no_capability() -> None:
    """What somebody's own container can do is unknown until they state it."""
    assert find("custom").capabilities == {}


@pytest.mark.parametrize("engine_id", LLM_ENGINES)
def test_language_model_engines_have_twelve_sourced_capabilities(engine_id: str) -> None:
    """A choice between engines rests on read documents, not on absence."""
    assert len(find(engine_id).capabilities) >= 12


@pytest.mark.parametrize("engine_id", LLM_ENGINES)
def test_language_model_engines_export_what_autoscaling_needs(engine_id: str) -> None:
    """Queue depth and running requests are the signals that scaling rules use."""
    assert "queue_depth" in {metric.means for metric in find(engine_id).metrics}


@each_engine
def test_every_source_of_an_engine_is_used(engine: Engine) -> None:
    """A source that supports nothing is a citation for show."""
    dumped = engine.model_dump(exclude={"sources"})

    assert set(engine.sources) == _sources_in(dumped)


def _sources_in(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["source"]} if isinstance(value.get("source"), str) else set()
        return own.union(*(_sources_in(item) for item in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(_sources_in(item) for item in value))
    return set()


@each_engine
def test_metric_names_are_valid_in_prometheus(engine: Engine) -> None:
    bad = [metric.name for metric in engine.metrics if not PROMETHEUS_NAME.fullmatch(metric.name)]

    assert bad == []


@each_engine
def test_metrics_mean_words_of_one_vocabulary(engine: Engine) -> None:
    """A word has one type, so that a rule never takes a quantile of a sum."""
    strange = [
        (metric.name, metric.means, metric.type)
        for metric in engine.metrics
        if metric.type not in VOCABULARY.get(metric.means, ())
    ]

    assert strange == []


@each_engine
def test_a_word_names_one_metric_of_each_type(engine: Engine) -> None:
    """A rule asks for a meaning and gets one name."""
    words = [(metric.means, metric.type) for metric in engine.metrics]
    names = [metric.name for metric in engine.metrics]

    assert len(words) == len(set(words))
    assert len(names) == len(set(names))


@each_engine
def test_metric_units_are_known(engine: Engine) -> None:
    """Rules convert units, so an unknown unit would be compared as if it were seconds."""
    assert {metric.unit for metric in engine.metrics} <= UNITS


@each_engine
def test_latencies_have_a_unit_of_time(engine: Engine) -> None:
    times = {"ttft", "tpot", "itl"} | {word for word in VOCABULARY if word.endswith("_time")}
    units = {metric.unit for metric in engine.metrics if metric.means in times}

    assert units <= {"seconds", "milliseconds", "microseconds"}


@each_engine
def test_bucket_edges_rise_and_belong_to_histograms(engine: Engine) -> None:
    """An objective is snapped to an edge: edges must be usable as they stand."""
    for metric in engine.metrics:
        edges = metric.bucket_edges
        assert not edges or metric.type == "histogram", metric.name
        assert all(a < b for a, b in itertools.pairwise(edges)), metric.name


@each_engine
def test_an_engine_with_metrics_says_where_to_scrape_them(engine: Engine) -> None:
    """Metrics in the catalogue without an endpoint cannot become a scrape configuration."""
    if engine.metrics:
        assert engine.metrics_path is not None
        assert engine.port is not None
        assert engine.capabilities["metrics_endpoint"].value in {"yes", "partial"}


@each_engine
def test_image_is_named_without_tag_or_digest(engine: Engine) -> None:
    """The plan adds the digest; a tag in the catalogue would be a moving reference."""
    if engine.image is not None:
        assert ":" not in engine.image.value
        assert "@" not in engine.image.value


@each_engine
def test_judgement_is_short_and_without_figures(engine: Engine) -> None:
    """What we judge is in words; figures need a source and stand elsewhere."""
    for phrases in (engine.good_for, engine.costs):
        assert 1 <= len(phrases) <= 4
        assert not [phrase for phrase in phrases if re.search(r"\d", phrase) or len(phrase) > 100]


@each_engine
def test_summary_is_one_sentence(engine: Engine) -> None:
    assert engine.summary.endswith(".")
    assert "\n" not in engine.summary


def test_tgi_is_in_maintenance_mode() -> None:
    """Its own README says so, and a plan must not choose it for something new."""
    assert find("tgi").maturity.value == "maintenance"


def test_torchserve_is_deprecated() -> None:
    """Its notice rules out security fixes, so it cannot be recommended."""
    assert find("torchserve").maturity.value == "deprecated"


def test_names_that_vllm_removed_are_not_in_its_entry() -> None:
    """Dashboards in the wild still query them; they return nothing since the rename."""
    removed = {
        "vllm:gpu_cache_usage_perc",
        "vllm:gpu_prefix_cache_hits_total",
        "vllm:gpu_prefix_cache_queries_total",
        "vllm:num_requests_swapped",
        "vllm:time_per_output_token_seconds",
    }

    assert removed.isdisjoint(metric.name for metric in find("vllm").metrics)


@pytest.mark.parametrize(
    ("engine_id", "means", "edge"),
    [
        pytest.param("vllm", "ttft", 0.5, id="vllm-ttft"),
        pytest.param("vllm", "e2e_latency", 5.0, id="vllm-end-to-end"),
        pytest.param("sglang", "itl", 0.04, id="sglang-inter-token"),
        pytest.param("tensorrt-llm", "tpot", 0.05, id="tensorrt-llm-per-token"),
        pytest.param("triton", "ttft", 500.0, id="triton-first-response-in-ms"),
    ],
)
def test_usual_objectives_lie_on_a_default_edge(engine_id: str, means: str, edge: float) -> None:
    """These can be measured without changing the engine's buckets."""
    metric = next(metric for metric in find(engine_id).metrics if metric.means == means)

    assert edge in metric.bucket_edges


def test_tgi_cannot_report_time_to_first_token() -> None:
    """Its latencies start after the queue; the gateway must measure the first token."""
    assert "ttft" not in {metric.means for metric in find("tgi").metrics}


def test_a_port_carries_its_citation() -> None:
    """What a renderer prints can be read again."""
    engine = find("vllm")
    assert engine.port is not None

    fact = engine.fact(engine.port, "port")

    assert fact.value == 8000
    assert "0.33.0" in str(fact.source)
