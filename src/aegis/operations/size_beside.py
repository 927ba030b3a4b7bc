"""Other models on the devices of the recommended fleet."""

from __future__ import annotations

from aegis.operations.size_question import SizeQuestion, known_architecture
from aegis.operations.size_results import SharedFleet
from aegis.sizing.architecture import Architecture, kv_cache_bytes
from aegis.sizing.candidates import Candidate, Load
from aegis.sizing.hardware import Device
from aegis.sizing.memory import GIB
from aegis.sizing.packing import FULL, Tenant, pack
from aegis.sizing.search import Space, search

WORKSPACE_BYTES = 2 * GIB
"""Activations, graphs and context of one more engine with a small batch (`sizing.memory`)."""

UTILIZATION = 0.9


def shared_fleet(
    question: SizeQuestion, name: str, arch: Architecture, device: Device
) -> SharedFleet | None:
    """How the question's model and those beside it share devices; None where none is beside it.

    Raises:
        CannotSizeError: one of the models is not known.
    """
    if not question.beside:
        return None
    wanted = [(name, arch, question.traffic.load)]
    for other in question.beside:
        known, figures = known_architecture(other.model, None)
        wanted.append((known, figures, other.load))
    tenants, too_large = [], []
    for model, figures, load in wanted:
        best = _alone(question, figures, load, device)
        if best is None:
            too_large.append(model)
        else:
            tenants.append(_tenant(model, figures, load, best))
    packed = pack(tenants, memory_bytes=device.memory_bytes * UTILIZATION)
    return SharedFleet(
        devices=packed.devices,
        devices_apart=packed.apart,
        does_not_fit=(*too_large, *packed.too_large),
        basis=f"first order: time and memory add up, each device {100 * FULL:.0f} % busy at the "
        "peaks together, no spare, interference not counted; measure the pair before you rely on it",
    )


def _alone(
    question: SizeQuestion, arch: Architecture, load: Load, device: Device
) -> Candidate | None:
    """The model alone on one such device, in its published precision where that fits."""
    space = Space(devices=[device], engines=(question.engine,), most_devices=1)
    found = search(arch, load, question.objectives, space).candidates
    return min(found, key=lambda c: (c.needs_evaluation, c.replicas), default=None)


def _tenant(model: str, arch: Architecture, load: Load, best: Candidate) -> Tenant:
    each = float(kv_cache_bytes(arch, load.input_tokens + load.output_tokens))
    return Tenant(
        name=f"{model} in {best.shape.precision}" if best.needs_evaluation else model,
        time=load.peak_rps / best.rps_per_replica.value,
        held_bytes=best.weight_bytes + WORKSPACE_BYTES + best.batch_at_peak * each,
    )
