"""Which runtime carries the model on a device."""

from __future__ import annotations

from aegis.catalog.loader import engines
from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
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
