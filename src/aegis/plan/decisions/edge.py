"""Which runtime carries the model on a device."""

from __future__ import annotations

from aegis.catalog.loader import engines
from aegis.catalog.types import Model
from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import Decision

_RUNTIMES = (
    ("coreml", "Core ML", "the Neural Engine of Apple devices, with the system's own scheduling"),
    ("mediapipe", "MediaPipe", "ready pipelines for vision, audio and text around the model"),
    (
        "onnxruntime-mobile",
        "ONNX Runtime Mobile",
        "one file for many platforms, with providers for what each has",
    ),
    ("executorch", "ExecuTorch", "from training code to device without a second framework"),
)


@spoken
def decide(case: Case) -> Decision | None:
    """The runtime that fits the device, with all four of the field considered."""
    if not case.on_device:
        return None
    device = (case.brief.workload.device.device if case.brief.workload.device else "").lower()
    apple = any(w in device for w in ("iphone", "ipad", "apple", "ios"))
    android = any(w in device for w in ("android", "pixel", "galaxy"))
    board = any(w in device for w in ("jetson", "orin", "nvidia"))
    both = "phone" in device or (apple and android)
    known = {e.id for e in engines()}
    fails = {
        "coreml": "" if apple and not android else "serves Apple devices only",
        "mediapipe": "built for phones and browsers; the robot needs its own pipeline"
        if board or case.kind == "robotics"
        else "",
        "onnxruntime-mobile": "",
        "executorch": ""
        if not board
        else "the board's accelerator is reached through another runtime",
    }
    order = ["coreml", "onnxruntime-mobile", "executorch", "mediapipe"]
    if board:
        order.insert(0, "tensorrt")
    text = {i: (n, g) for i, n, g in _RUNTIMES}
    candidates = []
    for runtime in order:
        if runtime == "tensorrt":
            candidates.append(
                Candidate(
                    id="tensorrt",
                    name="TensorRT",
                    good="the fastest way onto this board's accelerator, with power measured by its own tools",
                    bad="an engine file per board and version, built on the board itself",
                    wins="the board's accelerator is reached directly, and the deadline is hard",
                )
            )
            continue
        title, good = text[runtime]
        candidates.append(
            Candidate(
                id=runtime,
                name=title,
                good=good,
                bad="operators outside its list fall back to the processor, and latency with them"
                + ("" if runtime in known else "; its catalog entry is still empty"),
                fails=fails[runtime],
                wins="it runs on both kinds of phone from one exported graph"
                if both
                else "it fits the device the brief names",
            )
        )
    return choose(
        id="edge-runtime",
        question="Which runtime carries the model on the device?",
        candidates=candidates,
        title="Run it on the device with <chosen>",
        reasons=[
            *(
                ["the deadline is {device.latency} for one inference"]
                if "device.latency" in case.numbers
                else []
            ),
            *(["the power budget is {device.power}"] if "device.power" in case.numbers else []),
            *(["the memory budget is {device.memory}"] if "device.memory" in case.numbers else []),
            "latency, memory and energy are measured on the oldest device you support, warm and throttled",
        ],
        later=Later(
            load="one export path, tested on real devices in a rack",
            maintenance="operating system updates change drivers: the rack runs each beta",
            lock_in="keep the source graph; converted files are build products",
            drift="telemetry is opt-in and counts only",
        ),
        improves=("reliable", "valuable"),
        shown_by="**p99 latency** and **energy per inference** on the oldest device",
        revisit_when="an operator is missing, or the oldest device is retired",
    )


@spoken
def precision(case: Case, model: Model | None) -> Decision | None:
    """At which precision the weights are shipped to the device, against its memory budget."""
    if not case.on_device:
        return None
    device, evaluated = case.brief.workload.device, bool(case.brief.evaluation)
    half = _weights(case, model, 2.0, "fp16")
    small = _weights(case, model, 1.0, "int8")
    budget = device.memory_mb if device else None
    too_big = bool(budget and half and half > 0.6 * budget)
    no_gate = "without an evaluation set nobody can tell what it costs in quality"
    return choose(
        id="quantization",
        question="At which precision is the model shipped to the device?",
        candidates=(
            Candidate(
                id="fp16",
                name="sixteen bits, as exported",
                good="what was evaluated is what is shipped",
                bad="twice the memory and energy of eight bits",
                fails="its weights take {device.weights_fp16} of a budget of {device.memory}, which leaves too little to work with"
                if too_big
                else "",
                wins="it fits the memory budget"
                + (" with {device.weights_fp16} of weights" if half else "")
                + "; a cheaper precision is worth a measurement on the device",
            ),
            Candidate(
                id="int8",
                name="INT8, calibrated",
                good="half the memory, and what most device accelerators compute fastest",
                bad="calibration data decide quality; evaluate per slice on the device itself",
                fails="" if evaluated else no_gate,
                wins="it brings the weights to {device.weights_int8} and the evaluation set judges the loss"
                if small
                else "it halves memory and energy, and the evaluation set judges the loss",
                when="memory, heat or battery binds in the pilot",
            ),
            Candidate(
                id="int4",
                name="INT4 weights",
                good="the smallest download",
                bad="the largest risk for quality, and not every device gains speed",
                fails="" if evaluated else no_gate,
                when="eight bits still do not fit",
            ),
            Candidate(
                id="open",
                name="sixteen bits in the pilot only",
                good="the pilot can start today",
                bad="it will not ship: memory is over the budget",
                wins="nothing smaller can be judged before an evaluation set exists; the pilot measures meanwhile",
            ),
        ),
        title="Ship <chosen>",
        reasons=["each precision is a release of its own, evaluated on the device, slice by slice"],
        later=Later(
            load="one build per precision and runtime",
            maintenance="calibration runs again with each model update",
            lock_in="converted files belong to a runtime; keep the source graph",
            drift="a quantized model is another model: its lineage and evaluation are its own",
        ),
        improves=("valuable", "reliable"),
        shown_by="**quality per slice**, **memory** and **energy per inference** on the oldest device",
        revisit_when="the pilot has measured memory and heat, or a smaller model appears",
    )


def _weights(case: Case, model: Model | None, bytes_each: float, label: str) -> float | None:
    """Megabytes of weights; None when the parameter count is unknown."""
    brief = case.brief.model
    if model and model.parameters_b:
        source = case.numbers.add(
            "model.parameters", model.fact(model.parameters_b, "billion parameters")
        )
    elif brief and brief.parameters_b:
        source = case.numbers.given(
            "model.parameters", brief.parameters_b, "billion parameters", "model.parameters_b"
        )
    else:
        return None
    value = case.numbers.value(source) * 1e3 * bytes_each
    case.numbers.derive(
        f"device.weights_{label}",
        value,
        "MB",
        formula=f"parameters × {'two bytes' if bytes_each == 2 else 'one byte'}",
        inputs=(source,),
    )
    return value
