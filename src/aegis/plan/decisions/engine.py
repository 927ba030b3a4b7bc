"""Which engine runs the model, from the catalog's capability matrix."""

from __future__ import annotations

from aegis.catalog.loader import accelerators, engines
from aegis.catalog.types import Capability, Engine
from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import Decision, Weight

CRITERIA: tuple[tuple[str, Weight], ...] = (
    ("serves this model on this hardware", "must"),
    ("does what the plan needs", "must"),
    ("maturity", "high"),
    ("work for the team", "medium"),
)
_WORKLOADS = {
    "chat": "llm",
    "completion": "llm",
    "rag": "llm",
    "agent": "llm",
    "embedding": "embedding",
    "reranking": "reranking",
    "vision": "vision",
    "speech": "speech",
    "prediction": "tabular",
    "ranking": "tabular",
    "batch": "tabular",
}
# From the simplest to operate to the most demanding, by kind of workload.
_ORDER = {
    "llm": ("vllm", "sglang", "llama-cpp", "tensorrt-llm", "tgi", "lmdeploy", "custom"),
    "llm-cpu": ("llama-cpp", "vllm", "sglang", "tensorrt-llm", "tgi", "custom"),
    "embedding": ("tei", "infinity", "vllm", "onnxruntime", "custom"),
    "reranking": ("tei", "infinity", "vllm", "onnxruntime", "custom"),
    "vision": ("onnxruntime", "triton", "openvino", "bentoml", "custom"),
    "speech": ("faster-whisper", "vllm", "onnxruntime", "triton", "custom"),
    "tabular": ("onnxruntime", "treelite", "triton", "bentoml", "custom"),
}
_HARDWARE: dict[str, Capability] = {
    "NVIDIA": "hardware_nvidia",
    "AMD": "hardware_amd",
    "Intel": "hardware_intel_gpu",
    "Google": "hardware_tpu",
    "AWS": "hardware_neuron",
}
_FORMATS = {
    "gguf": {"llama-cpp"},
    "onnx": {"onnxruntime", "triton", "openvino", "bentoml", "mlserver", "custom"},
    "tensorrt": {"tensorrt-llm", "triton"},
    "lightgbm": {"treelite", "triton", "bentoml", "custom"},
    "xgboost": {"treelite", "triton", "bentoml", "custom"},
    "joblib": {"bentoml", "custom"},
    "pickle": {"bentoml", "custom"},
    "torchscript": {"triton", "bentoml", "custom"},
    "saved-model": {"triton", "bentoml", "custom", "tensorflow-serving"},
}


@spoken
def decide(case: Case) -> Decision | None:
    """The engine with the least work among those that serve the model on the chosen hardware."""
    if case.managed or case.on_device:
        return None
    family = _WORKLOADS[_served_kind(case)]
    known = {engine.id: engine for engine in engines()}
    order = _ORDER["llm-cpu" if family == "llm" and _is_cpu(case) else family]
    candidates = [_candidate(case, known[i], order) for i in order if i in known]
    best = next((c.id for c in candidates if not c.fails), "")
    chosen = known.get(best)
    return choose(
        id="engine",
        question="Which engine runs the model?",
        candidates=candidates,
        title="Run it on <chosen>"
        + (f" [[{chosen.version.value}]], pinned by digest" if chosen else ""),
        reasons=[
            f"the catalog's cells for it were read for version [[{chosen.version.value}]] "
            f"(`catalog/engines/{chosen.id}`)"
            if chosen
            else ""
        ],
        criteria=CRITERIA,
        later=Later(
            load="one engine, one set of metric names, one way to read its logs",
            maintenance="engines release often: upgrade once a quarter, behind the evaluation gate",
            lock_in="the API is the common one; flags and metric names are the engine's, and the catalog carries them",
            drift="an upgrade can change sampling defaults: answers are evaluated again, not assumed",
        ),
        improves=("reliable", "valuable"),
        shown_by="**goodput** at peak and **TTFT p95**",
        revisit_when="the model, the hardware or the engine's maintenance status changes",
    )


def _served_kind(case: Case) -> str:
    if (
        case.kind == "batch"
        and case.brief.model
        and case.brief.model.format in {None, "safetensors", "gguf"}
    ):
        return "chat"
    return case.kind


def _is_cpu(case: Case) -> bool:
    wanted = case.capacity.accelerator if case.capacity else None
    return next((a.kind == "cpu" for a in accelerators() if a.id == wanted), False)


def _needs(case: Case) -> list[tuple[Capability, str]]:
    """What the plan needs of an engine, and the sentence when it is missing."""
    needs: list[tuple[Capability, str]] = [
        ("metrics_endpoint", "exports no metrics, so nothing could be alerted on")
    ]
    wanted = case.capacity.accelerator if case.capacity else None
    device = next((a for a in accelerators() if a.id == wanted), None)
    if device and device.kind == "cpu":
        needs.append(("hardware_cpu", "does not serve this on a CPU"))
    elif device and (hardware := _HARDWARE.get(device.vendor)):
        if device.id.startswith("intel-gaudi"):
            hardware = "hardware_gaudi"
        needs.append((hardware, f"does not run on [[{device.name}]]"))
    if case.is_llm:
        needs.append(("continuous_batching", "does not batch token by token"))
        needs.append(("openai_api", "does not speak the API that callers use"))
        if case.brief.workload.adapters > 1:
            needs.append(("multi_lora", "does not serve several adapters"))
        if case.capacity and case.capacity.tensor_parallel > 1:
            needs.append(("tensor_parallelism", "does not split a model over devices"))
    return needs


def _candidate(case: Case, engine: Engine, order: tuple[str, ...]) -> Candidate:
    fails = _fails(case, engine)
    maturity = engine.maturity.value
    return Candidate(
        id=engine.id,
        name=engine.name,
        good=_phrases(engine.good_for) or "serves this kind of model",
        bad=_phrases(engine.costs) or "one more engine to learn",
        fails=fails,
        when="a measurement on your traffic shows more goodput than the chosen one",
        wins="of those that serve this model here it asks the least work"
        + (f"; it is made for this: {_phrases(engine.good_for[:1])}" if engine.good_for else ""),
        ratings={
            "serves this model on this hardware": "poor" if fails else "good",
            "does what the plan needs": "poor" if fails else "good",
            "maturity": "good"
            if maturity == "stable"
            else "poor"
            if maturity != "young"
            else "fair",
            "work for the team": "good" if order.index(engine.id) < 2 else "fair",
        },
    )


def _fails(case: Case, engine: Engine) -> str:
    if engine.maturity.value in {"maintenance", "deprecated"}:
        return (
            f"the project is in `{engine.maturity.value}` (read in the catalog); do not start on it"
        )
    wanted = case.brief.model.format if case.brief.model else None
    if wanted in _FORMATS and engine.id not in _FORMATS[wanted]:
        return f"does not load `{wanted}`"
    if (
        case.is_llm
        and wanted in {None, "safetensors"}
        and engine.id == "llama-cpp"
        and not _is_cpu(case)
    ):
        return "loads another weight format; a conversion would have to be evaluated first"
    for capability, sentence in _needs(case):
        cell = engine.capabilities.get(capability)
        if cell is not None and cell.value in {"no", "deprecated"}:
            return sentence
        if cell is None and capability.startswith("hardware_"):
            return f"{sentence}, as far as the catalog knows"
    if engine.id == "tensorrt-llm" and not case.knows("dynamo"):
        return "needs an engine build per accelerator type and version, and nobody here has done it; it earns its place at high load"
    return ""


def _phrases(phrases: tuple[str, ...]) -> str:
    text = "; ".join(phrases)
    return text if text and not any(c.isdigit() for c in text) else f"[[{text}]]" if text else ""
