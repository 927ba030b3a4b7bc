"""Which deployments hold the objectives, and with how many replicas.

Every device, layout, precision and engine is evaluated over a ladder of batch sizes at once.
The largest batch is the last one before any objective breaks, so a wider objective can only
lengthen the ladder, and the rate a replica sustains only grows along it: more load never needs
fewer replicas, a wider objective never more.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aegis.sizing.architecture import Architecture
from aegis.sizing.candidates import (
    Binding,
    Candidate,
    Constraint,
    Found,
    Load,
    Miss,
    Objectives,
    Shape,
)
from aegis.sizing.cases import Cases, Setting, cases
from aegis.sizing.coefficients import Coefficients, EngineName, fitted
from aegis.sizing.hardware import Device, runs
from aegis.sizing.intervals import HIGH_LOAD_SEQUENCES, CaseKind, Interval, interval
from aegis.sizing.layout import Floats, Layout, divides, floats, layout
from aegis.sizing.memory import (
    EngineMemory,
    MemorySplit,
    max_sequences,
    memory_split,
    usual_engine_memory,
)
from aegis.sizing.precision import PRECISIONS, Precision, PrecisionName
from aegis.sizing.refusal import Unanswerable
from aegis.sizing.roofline import outside_s
from aegis.sizing.serving import busy, prompts

MOST_SEQUENCES = 1024
"""Default limit of vLLM's server on large devices."""

LADDER = np.array(sorted(set(np.geomspace(1, MOST_SEQUENCES, 64).round().tolist())))
TP = (1, 2, 4, 8)
ALL_ENGINES: tuple[EngineName, ...] = ("vllm", "sglang", "tensorrt-llm")
EXACT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What the search may choose from; `prices` are per device and hour, by device name."""

    devices: Sequence[Device]
    engines: Sequence[EngineName] = ALL_ENGINES
    precisions: Sequence[Precision] = ()
    prices: Mapping[str, float] = dataclasses.field(default_factory=dict)
    most_devices: int = 8
    kv_bits: float = 16
    engine_memory: EngineMemory | None = None


def search(
    arch: Architecture,
    load: Load,
    objectives: Objectives,
    space: Space,
    coefficients: Coefficients | None = None,
) -> Found:
    """All candidates, cheapest first where prices are known, else fewest devices first."""
    refusal = load.refusal(arch.max_context_tokens)
    if refusal is not None:
        return Found(candidates=(), misses=(), refusals=(refusal,), points=0)
    k = coefficients or fitted()
    candidates: list[Candidate] = []
    misses: list[Miss] = []
    points = 0
    for group in groups(arch, space):
        ladder = climb(arch, load, objectives, group, k)
        points += ladder.tpot_s.size
        for i, shape in enumerate(group.shapes):
            found = _candidate(arch, load, objectives, group, ladder, i, shape, space)
            if isinstance(found, Candidate):
                candidates.append(found)
            else:
                misses.append(found)
    candidates.sort(key=_by_cost)
    refusals = () if candidates else (_nowhere(arch, misses),)
    return Found(
        candidates=tuple(candidates), misses=tuple(misses), refusals=refusals, points=points
    )


def _by_cost(candidate: Candidate) -> tuple[float, int, float]:
    cost = candidate.cost_per_hour
    return (math.inf if cost is None else cost, candidate.devices, candidate.ttft.value)


def _nowhere(arch: Architecture, misses: Sequence[Miss]) -> Unanswerable:
    if not misses:
        return Unanswerable(
            reason=f"none of the devices can run {arch.name} in any offered precision",
            mend="offer other devices or precisions",
        )
    closest = misses[0]
    return Unanswerable(
        reason=f"{arch.name} holds the objectives nowhere; for example {closest.reason}",
        mend="widen the objectives, offer larger devices, or measure one of them",
    )


def offered_precisions(arch: Architecture) -> tuple[Precision, ...]:
    """The published precision and those one can convert to; never to more bits."""
    if arch.weight_bits < 5:
        return (PRECISIONS["mxfp4"],)
    published: tuple[PrecisionName, ...] = () if arch.weight_bits <= 8 else ("bf16",)
    converted: tuple[PrecisionName, ...] = ("fp8", "int4", "nvfp4")
    return tuple(PRECISIONS[name] for name in published + converted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Shapes that share a precision and an engine, with their columns."""

    shapes: tuple[Shape, ...]
    devices: tuple[Device, ...]
    spread: Layout
    setting: Setting
    columns: Cases
    split: MemorySplit
    admitted: Floats
    needs_evaluation: bool


def groups(arch: Architecture, space: Space) -> Iterator[Group]:
    """Shapes to evaluate together: one precision, one engine, all devices and layouts."""
    for precision in space.precisions or offered_precisions(arch):
        for engine in space.engines:
            pairs = [
                (device, tp, pp, ep, dp)
                for device in space.devices
                if runs(device, precision) and _supports(engine, device)
                for tp, pp, ep, dp in _layouts(arch, device, space.most_devices)
            ]
            if pairs:
                yield _group(arch, precision, engine, pairs, space)


def _supports(engine: EngineName, device: Device) -> bool:
    return engine != "tensorrt-llm" or device.name.startswith("nvidia-")


def _layouts(
    arch: Architecture, device: Device, most_devices: int
) -> Iterator[tuple[int, int, int, int]]:
    """Tensor parallelism inside a node; for experts also spread whole, with and without
    attention data parallelism; two pipeline stages on top of a full node.
    """  # noqa: D205
    for tp in TP:
        if tp > min(device.devices_per_node, most_devices):
            continue
        yield (tp, 1, 1, 1)
        if arch.is_moe and tp > 1:
            yield (tp, 1, tp, 1)
            yield (1, 1, tp, tp)
        if tp == device.devices_per_node and 2 * tp <= most_devices:
            yield (tp, 2, 1, 1)


def _group(
    arch: Architecture,
    precision: Precision,
    engine: EngineName,
    pairs: Sequence[tuple[Device, int, int, int, int]],
    space: Space,
) -> Group:
    tp = floats([pair[1] for pair in pairs])
    pp = floats([pair[2] for pair in pairs])
    ep = floats([pair[3] for pair in pairs])
    dp = floats([pair[4] for pair in pairs])
    allowed = divides(arch, layout(tp=tp, pp=pp, ep=ep, dp=dp))
    kept = [pair for pair, ok in zip(pairs, allowed, strict=True) if ok]
    spread = layout(tp=tp[allowed], pp=pp[allowed], ep=ep[allowed], dp=dp[allowed])
    devices = tuple(pair[0] for pair in kept)
    setting = setting_of(arch, precision, engine, kv_bits=space.kv_bits)
    memory = floats([device.memory_bytes for device in devices])
    engine_memory = space.engine_memory or usual_engine_memory(memory)
    admitted = floats(engine_memory.max_sequences) * spread.dp
    return Group(
        shapes=tuple(
            Shape(
                device=device.name,
                engine=engine,
                precision=precision.name,
                tp=t,
                pp=p,
                ep=e,
                dp=d,
            )
            for device, t, p, e, d in kept
        ),
        devices=devices,
        spread=spread,
        setting=setting,
        columns=_columns(cases(arch, precision, devices, spread, setting)),
        admitted=floats(np.broadcast_to(admitted, memory.shape)),
        split=memory_split(arch, precision, spread, memory_bytes=memory, engine=engine_memory),
        needs_evaluation=precision.bits < arch.weight_bits - 0.5,
    )


def setting_of(
    arch: Architecture, precision: Precision, engine: EngineName, *, kv_bits: float = 16
) -> Setting:
    """The engine's setting; weights published in 8 bits are scaled in blocks."""
    scaled = precision.name == "fp8" and arch.weight_bits == 8
    return Setting(engine=engine, kv_bits=kv_bits, block_scaled=scaled)


def _columns(flat: Cases) -> Cases:
    """One row a shape, so that the ladder runs along the other axis."""
    shaped = {}
    for field in dataclasses.fields(Cases):
        values = getattr(flat, field.name)
        shaped[field.name] = values[:, None] if values.ndim else values
    return Cases(**shaped)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Per shape (row) and batch (column): times, sustained rate, and which constraint breaks."""

    tpot_s: Floats
    ttft_s: Floats
    rps: Floats
    fits: NDArray[np.bool_]
    admits: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    sequences: Floats


def climb(
    arch: Architecture, load: Load, objectives: Objectives, group: Group, k: Coefficients
) -> Ladder:
    """All batches of all shapes of a group.

    The rate follows from Little's law over the time a request decodes. Prompts wait at one
    server per attention-parallel rank (Pollaczek-Khinchine mean; exponential tail).
    """
    c = group.columns
    work = prompts(load.input_tokens, load.output_tokens)
    now = busy(c, k, work, floats(LADDER))
    residence = max(load.output_tokens - 1, 1.0) * now.tpot_s
    rps = floats(np.maximum.accumulate(LADDER / residence, axis=1))
    occupied = np.minimum(rps * now.prompt_s / c.dp, 0.999)
    variation = (1 + load.length_variation**2) / 2
    wait = now.prompt_s * variation * occupied / (1 - occupied)
    tail = -math.log(1 - min(objectives.ttft_percentile, 99.99) / 100)
    fixed = now.alone_s + k["wait_steps"] * now.step_s
    ttft = fixed + tail * wait + outside_s(c, k)
    sequences = max_sequences(
        arch,
        group.spread,
        group.split,
        context_tokens=load.input_tokens + load.output_tokens,
        kv_bits=group.setting.kv_bits,
    )
    fits = sequences[:, None] >= LADDER
    admits = group.admitted[:, None] >= LADDER
    good = fits & admits & (now.tpot_s <= objectives.tpot_s) & (ttft <= objectives.ttft_s)
    return Ladder(
        tpot_s=now.tpot_s,
        ttft_s=floats(ttft),
        rps=rps,
        fits=fits,
        admits=admits,
        holds=np.logical_and.accumulate(good, axis=1),
        sequences=sequences,
    )


def _candidate(  # noqa: PLR0913, PLR0917
    arch: Architecture,
    load: Load,
    objectives: Objectives,
    group: Group,
    ladder: Ladder,
    row: int,
    shape: Shape,
    space: Space,
) -> Candidate | Miss:
    top = int(ladder.holds[row].sum()) - 1
    if top < 0:
        return Miss(shape=shape, reason=_why_not(objectives, ladder, row, shape))
    sustained = float(ladder.rps[row, top])
    replicas = max(math.ceil(load.peak_rps / sustained - EXACT), 1)
    share = load.peak_rps / replicas
    at = min(int(np.searchsorted(ladder.rps[row], share * (1 - EXACT))), top)
    kind = kind_of(arch, group.devices[row], shape, float(LADDER[at]))
    tpot = interval("tpot", float(ladder.tpot_s[row, at]), kind)
    ttft = interval("ttft", float(ladder.ttft_s[row, at]), kind)
    full = kind_of(arch, group.devices[row], shape, float(LADDER[top]))
    return Candidate(
        shape=shape,
        replicas=replicas,
        replicas_n_plus_1=replicas + 1,
        max_batch=int(LADDER[top]),
        batch_at_peak=float(LADDER[at]),
        rps_per_replica=interval("throughput", sustained, full),
        ttft=ttft,
        tpot=tpot,
        binding=_binding(objectives, ladder, row, top),
        utilisation_peak=share / sustained,
        utilisation_mean=None if load.mean_rps is None else load.mean_rps / replicas / sustained,
        max_sequences=int(ladder.sequences[row]),
        weight_bytes=float(group.split.weights[row]),
        kv_cache_bytes=float(group.split.kv_cache[row]),
        needs_evaluation=group.needs_evaluation,
        holds_at_upper=_within(tpot, objectives.tpot_s) and _within(ttft, objectives.ttft_s),
        price_per_hour=space.prices.get(shape.device),
    )


def _within(estimate: Interval, objective: float) -> bool:
    return estimate.high <= objective


def kind_of(arch: Architecture, device: Device, shape: Shape, batch: float) -> CaseKind:
    """What kind of case that is, for the choice of its interval."""
    return CaseKind(
        kind="moe" if arch.is_moe else "dense",
        engine=shape.engine,
        generation=device.generation,
        load="high" if batch >= HIGH_LOAD_SEQUENCES else "low",
    )


def _why_not(objectives: Objectives, ladder: Ladder, row: int, shape: Shape) -> str:
    where = f"{shape.devices} × {shape.device} in {shape.precision} with {shape.engine}"
    if not ladder.fits[row, 0]:
        return f"on {where} the weights leave no cache for one request of that length"
    if ladder.tpot_s[row, 0] > objectives.tpot_s:
        found = ladder.tpot_s[row, 0] * 1e3
        return f"on {where} even one request takes {found:,.1f} ms per output token"
    return f"on {where} the first token takes {ladder.ttft_s[row, 0] * 1e3:,.0f} ms when idle"


def _binding(objectives: Objectives, ladder: Ladder, row: int, top: int) -> Binding:
    after = top + 1
    batch = int(LADDER[top])

    def bound(constraint: Constraint, value: float, limit: float, unit: str) -> Binding:
        return Binding(constraint=constraint, batch=batch, value=value, limit=limit, unit=unit)

    if after == len(LADDER) or not ladder.admits[row, after]:
        limit = float(LADDER[ladder.admits[row]][-1])
        return bound("engine_limit", batch, limit, "requests")
    if not ladder.fits[row, after]:
        return bound("kv_cache", float(LADDER[after]), float(ladder.sequences[row]), "requests")
    if ladder.tpot_s[row, after] > objectives.tpot_s:
        return bound("tpot", float(ladder.tpot_s[row, after]), objectives.tpot_s, "s")
    return bound("ttft", float(ladder.ttft_s[row, after]), objectives.ttft_s, "s")
