"""Accelerator, parallelism and the cheaper ways to serve: precision, smaller models, compilation."""

from __future__ import annotations

from aegis.base.prose import name
from aegis.catalog.loader import accelerators
from aegis.catalog.types import Model
from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.sized import Sized
from aegis.plan.types import Decision

_ACCELERATOR_LATER = Later(
    load="one device type: one driver, one set of limits",
    maintenance="driver and firmware updates with a drain; devices fail, so the spare is real",
    lock_in="quantized weights and compiled kernels belong to a generation",
    drift="capacity moves between regions; residency does not move with it",
)


@spoken
def accelerator(case: Case, sized: Sized) -> Decision | None:
    """The device that holds the objectives with the fewest devices, or at the lowest known price."""
    if case.managed or case.on_device or not sized.options:
        return None
    candidates = [
        Candidate(
            id=option.accelerator,
            name=option.name,
            good=option.good,
            bad=option.bad,
            fails=option.fails,
            wins=option.wins,
            ratings=option.ratings,
        )
        for option in sized.options
    ]
    return choose(
        id="accelerator",
        question="Which accelerator, and how many?",
        candidates=candidates,
        title="Serve on <chosen>: {capacity.replicas:plain}, {capacity.per_replica:plain} each"
        if case.capacity and case.capacity.replicas
        else "Serve on <chosen>",
        reasons=["what runs out first: " + sized.binding, *sized.reasons],
        criteria=(
            ("holds the objectives", "must"),
            ("devices needed", "high"),
            ("price known", "medium"),
        ),
        later=_ACCELERATOR_LATER,
        improves=("valuable", "reliable"),
        shown_by="**goodput per device** and **utilisation** at peak",
        revisit_when="a measurement replaces the estimate, or prices are quoted to you",
        notes=(
            "oversized instances are an anti-pattern: the smallest device that holds the objectives wins",
        ),
    )


@spoken
def parallelism(case: Case) -> Decision | None:
    """How one replica is spread over devices."""
    capacity = case.capacity
    if capacity is None or capacity.shape != "accelerators" or not capacity.replicas:
        return None
    if case.managed or case.is_batch or not case.is_llm:
        return None
    device = next((a for a in accelerators() if a.id == capacity.accelerator), None)
    fast = bool(device and device.link_gb_per_s and device.link_gb_per_s.value > 100)
    one = capacity.per_replica == 1
    nodes = capacity.per_replica > 8
    return choose(
        id="parallelism",
        question="How is one replica spread over devices?",
        candidates=(
            Candidate(
                id="none",
                name="one device a replica",
                good="no communication between devices; a failed device costs one replica",
                bad="the model and its cache must fit into one memory",
                fails=""
                if one
                else "one device does not hold weights, cache and the latency objectives together",
                wins="weights and cache fit one device, and replicas scale better than splits",
            ),
            Candidate(
                id="tensor",
                name="tensor parallelism inside one node",
                good="more memory and bandwidth behind one request; lower TPOT",
                bad="two collectives a layer: needs the fast link inside the node, and one failed device stops all of them",
                fails="" if not nodes else "a replica needs more devices than one node holds",
                wins="a replica takes {capacity.per_replica}, and "
                + (
                    "they share the node's fast links"
                    if fast
                    else "they talk over PCI Express, which the estimate counts"
                ),
            ),
            Candidate(
                id="tensor-pipeline",
                name="tensor parallelism inside nodes, pipeline between them",
                good="spans nodes without collectives across the slow network at each layer",
                bad="bubbles in the pipeline, group restarts, and a leader that everything waits for",
                wins="a replica spans nodes; only activations cross the network",
            ),
        ),
        title="Spread a replica as <chosen>",
        reasons=[],
        later=Later(
            load="a replica is {capacity.per_replica:plain}; it fails and restarts as one",
            maintenance="collective libraries and drivers move together",
            lock_in="none",
            drift="none",
        ),
        improves=("reliable",),
        shown_by="**TPOT** and **restarts per replica**",
        revisit_when="the model, its precision or the device changes",
    )


@spoken
def quantization(case: Case, model: Model | None, sized: Sized) -> Decision | None:
    """At which precision the weights are served; never one the hardware lacks."""
    capacity = case.capacity
    if capacity is None or capacity.shape != "accelerators" or case.managed or case.on_device:
        return None
    device = next((a for a in accelerators() if a.id == capacity.accelerator), None)
    native = model.weight_bits.value if model and model.weight_bits else None
    has_fp8 = bool(device and device.fp8_dense_tflops)
    evaluated = bool(case.brief.evaluation)
    label = device.name if device else "this hardware"
    as_published = Candidate(
        id="as-published",
        name="weights as published" + (f" ({native:g} bit)" if native else ""),
        good="what was evaluated by its makers is what you serve",
        bad="the most memory and bandwidth per token",
        fails=""
        if sized.precision == "as-published"
        else "does not hold the objectives on the chosen hardware",
        wins="it holds the objectives as published; a cheaper precision is worth a measurement, not an assumption"
        + (f" ({sized.cheaper})" if sized.cheaper else ""),
    )
    no_gate = "without an evaluation set nobody can tell what it costs in quality"
    return choose(
        id="quantization",
        question="At which precision are the weights served?",
        candidates=(
            as_published,
            Candidate(
                id="fp8",
                name="FP8 weights and activations",
                good="half the memory of sixteen bits, and faster arithmetic where the hardware has it",
                bad="quality must be evaluated on your data; outliers in activations decide",
                fails=f"{name(label)} has no FP8 arithmetic in the catalog"
                if not has_fp8
                else ("" if evaluated else no_gate),
                wins="it saves a third of the devices or more, the hardware computes in it, and the evaluation gate judges the loss",
                when=f"the evaluation gate accepts its quality: {sized.cheaper}"
                if sized.cheaper
                else "memory or cost binds",
            ),
            Candidate(
                id="int8",
                name="INT8 weights and activations",
                good="half the memory on hardware of any age",
                bad="calibration data decide quality",
                fails="" if evaluated else no_gate,
                when="the hardware has no FP8 and memory binds",
                wins="half the memory, judged by the evaluation gate",
            ),
            Candidate(
                id="int4",
                name="INT4 weights only (AWQ or GPTQ)",
                good="a quarter of the memory; fewer or smaller devices",
                bad="the largest risk for quality of the four; throughput at high load may fall",
                fails="" if evaluated else no_gate,
                when="one device would then do, and the gate accepts the loss",
                wins="a quarter of the memory, judged by the evaluation gate",
            ),
        ),
        title="Serve <chosen>",
        reasons=[
            "every change of precision passes the evaluation gate as a new release, slice by slice"
        ],
        later=Later(
            load="one more property that a release can change",
            maintenance="quantized weights are built, signed and evaluated for every model update",
            lock_in="formats belong to hardware generations",
            drift="a quantized model is another model: its lineage and evaluation are its own",
        ),
        improves=("valuable",),
        shown_by="**quality on the evaluation set** next to **tokens per second per device**",
        revisit_when="cost or memory binds, and an evaluation set exists to judge the loss",
    )


@spoken
def optimization(case: Case) -> Decision | None:
    """Pruning, distillation, compilation and a smaller model: considered before more hardware."""
    if case.managed:
        return None
    model = case.brief.model
    smaller = model.smaller_model if model else None
    evaluated = bool(case.brief.evaluation)
    return choose(
        id="optimization",
        question="Is there a cheaper model or a cheaper way to run this one?",
        candidates=(
            Candidate(
                id="smaller-model",
                name="a smaller or distilled model" + (f": {smaller}" if smaller else ""),
                good="the largest saving there is: memory, latency and cost fall together",
                bad="it may fail where it matters; only a paired comparison on your slices can tell",
                fails="not before the comparison has run: evaluate it in staging beside the larger one; "
                "you will need to benchmark this in your environment"
                if smaller and evaluated
                else (
                    "no evaluation set to compare on"
                    if smaller
                    else "the brief names none it would accept (`model.smaller_model`)"
                ),
            ),
            Candidate(
                id="engine-defaults",
                name="the engine's own kernels and graphs",
                good="maintained by the engine, on by default",
                bad="some speed is left on the table",
                wins="the runtime's own kernels are tuned for the device; nothing more to build or keep"
                if case.on_device
                else "captured graphs and tuned kernels come with the engine; nothing to build or keep"
                if case.capacity and case.capacity.shape == "accelerators"
                else "the engine's kernels are good enough until a measurement says that time is spent there",
            ),
            Candidate(
                id="compilation",
                name="hardware-aware compilation",
                good="the last share of latency on one device type",
                bad="a build per device type and version, each a new artifact to evaluate and sign",
            ),
            Candidate(
                id="distillation",
                name="distillation into a model of your own",
                good="a small model that does one task as well as a large one",
                bad="a training pipeline, data with consent, and drift of the teacher",
                fails="needs training data with consent (`data.training_consent`)"
                if case.brief.data.training_consent != "yes"
                else "a project of its own: start it when the running cost is known",
            ),
            Candidate(
                id="pruning",
                name="pruning",
                good="smaller weights",
                bad="few engines gain from unstructured sparsity; structured pruning needs retraining",
                fails="quantization gains more for less work on the same hardware",
            ),
        ),
        title="Start with <chosen>",
        reasons=["cost is a property of the model first and of the hardware second"],
        later=Later(
            load="nothing new to learn",
            maintenance="kernels change with engine upgrades; the benchmark runs again",
            lock_in="none",
            drift="none",
        ),
        improves=("valuable",),
        shown_by="**cost per request** beside **quality on the evaluation set**",
        revisit_when="the cost of a month is known, or a smaller model of the family appears",
    )
