"""AEG320: weights against the memory of the devices, where both are known for certain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aegis.base.finding import Severity
from aegis.review.facts.types import Workload
from aegis.review.rule import Hit, rule

_GIB = 2.0**30
_MODEL = re.compile(
    r"(?:\bvllm\s+serve|\bsglang\s+serve|--model(?:-id|-path)?)[= ]+[\"']?([\w-]+/[\w.-]+)"
)
_QUANTISED = re.compile(r"(?:--quantization|--quantize|-q|--load-format)[= ]+[\"']?([\w-]+)")
_ELSEWHERE = re.compile(
    r"--cpu-offload|--pipeline-parallel-size|--nnodes|--ray|\bray\b|--device[= ]+cpu"
)
_ENGINES = ("vllm", "tgi", "sglang")
_MANY_NODES = ("RayCluster", "RayService", "RayJob", "LeaderWorkerSet")

# What a node label or instance type says about the device. A name that several devices share
# stands for the largest of them, so that nothing is called too small that might fit.
_DEVICES = (
    (re.compile(r"\bt4\b|^g4dn\."), "nvidia-t4"),
    (re.compile(r"\bl4\b|^g6\.|^g2-standard"), "nvidia-l4"),
    (re.compile(r"\ba10g?\b|^g5\."), "nvidia-a10"),
    (re.compile(r"\bl40s\b|^g6e\."), "nvidia-l40s"),
    (re.compile(r"a100\b.*40gb|tesla-a100|^p4d\.|^a2-highgpu"), "nvidia-a100-sxm-40gb"),
    (re.compile(r"a100\b|^p4de\.|^a2-ultragpu"), "nvidia-a100-sxm-80gb"),
    (re.compile(r"h100\b|^p5\.|^a3-"), "nvidia-h100-nvl"),
    (re.compile(r"h200\b|^p5en?\."), "nvidia-h200-sxm"),
    (re.compile(r"b200\b|^p6-b200"), "nvidia-b200-sxm"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A device by name and the memory programs see; bytes."""

    name: str
    memory_bytes: float


@rule(
    "AEG320",
    checks=Workload,
    severity=Severity.HIGH,
    refs=("vLLM documentation, conserving memory", "docs/limits.md, sizing"),
)
def model_larger_than_its_accelerators(workload: Workload) -> Iterator[Hit]:
    """Model whose weights alone are more than the memory it is given.

    The server dies while it loads, at every start. Judged only where the catalog knows the model
    and the file names its precision, and against the largest device of that name.
    """
    found = _needed_and_given(workload)
    if found is None:
        return
    model, needed, device = found
    if needed > device.memory_bytes:
        yield Hit(
            workload.gpu_span or workload.span,
            f"{model} does not fit on what its container gets",
            label=f"{needed / _GIB:.0f} GiB of weights a device, {device.name} has"
            f" {device.memory_bytes / _GIB:.0f} GiB",
            mend="more devices, a quantised model that you evaluated, or `aegis plan` to size it",
            also=(workload.command_span,),
        )


def _needed_and_given(workload: Workload) -> tuple[str, float, Device] | None:
    written = " ".join((workload.command, *(f"--model {each}" for each in _of_variables(workload))))
    match = _MODEL.search(written)
    known = workload.product in _ENGINES and workload.kind not in _MANY_NODES
    if match is None or not known or workload.gpus < 1 or _ELSEWHERE.search(workload.command):
        return None
    if _QUANTISED.search(workload.command):
        return None
    needed = _weights_a_device(match[1], workload.gpus)
    device = _device(workload.placed_on)
    return None if needed is None or device is None else (match[1], needed, device)


def _of_variables(workload: Workload) -> Iterator[str]:
    for name in ("HF_MODEL_ID", "MODEL_ID", "MODEL_NAME"):
        variable = workload.variable(name)
        if variable is not None and "/" in variable.value:
            yield variable.value


def _weights_a_device(reference: str, devices: int) -> float | None:
    """Bytes of weights on the fullest device, cut over all of them, as published."""
    from aegis.catalog.loader import find_model  # noqa: PLC0415 - the catalog and numpy load here

    model = find_model(reference)
    if model is None or model.weight_bits is None:
        return None
    from aegis.sizing.architecture import Architecture, architecture_of  # noqa: PLC0415
    from aegis.sizing.layout import layout  # noqa: PLC0415
    from aegis.sizing.memory import weight_bytes_per_device  # noqa: PLC0415
    from aegis.sizing.precision import PRECISIONS  # noqa: PLC0415

    bits = model.weight_bits.value
    precision = next((each for each in PRECISIONS.values() if each.bits == bits), None)
    built = architecture_of(model)
    if precision is None or not isinstance(built, Architecture):
        return None
    return float(weight_bytes_per_device(built, precision, layout(tp=devices)).max())


def _device(placed_on: tuple[str, ...]) -> Device | None:
    """The device that the labels name; without any, the largest GPU of the catalog."""
    from aegis.catalog.loader import accelerators  # noqa: PLC0415

    known = {each.id: each for each in accelerators() if each.kind == "gpu" and each.memory_gib}
    for text in placed_on:
        lower = text.lower().replace("_", "-")
        name = next((name for pattern, name in _DEVICES if pattern.search(lower)), None)
        entry = known.get(name or "")
        if entry is not None and entry.memory_gib is not None:
            return Device(entry.name, entry.memory_gib.value * _GIB)
    if placed_on:
        return None
    sizes = [(each.memory_gib.value, each.name) for each in known.values() if each.memory_gib]
    if not sizes:
        return None
    largest, name = max(sizes)
    return Device(f"the largest device, {name},", largest * _GIB)
