"""The parts of the system and what flows between them."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.catalog.loader import engines
from aegis.plan.case import Case
from aegis.plan.kept import kept
from aegis.plan.parts.voice import component as told
from aegis.plan.parts.voice import voice_of
from aegis.plan.types import LIVE, Component, Flow


def components(case: Case) -> tuple[Component, ...]:
    """Every node of the diagram; each metric that an objective uses is emitted by one of them."""
    said = voice_of(case)
    redacted = case.chosen("data-retention") == "redacted"
    return tuple(
        # the kinds speak of a redacted record; where nothing is redacted, the decision itself speaks
        _decided(case, told(said, each) if redacted or each.id != "audit" else each)
        for each in _components(case)
    )


def _decided(case: Case, part: Component) -> Component:
    """The part with those of its decisions that arose."""
    arose = tuple(decision for decision in part.because if decision in case.decisions)
    return part.model_copy(update={"because": arose})


def _components(case: Case) -> tuple[Component, ...]:
    if case.on_device:
        return _device(case)
    if case.is_batch:
        return _batch(case)
    return _service(case)


def _engine_name(case: Case) -> str:
    if case.managed:
        return "managed model API"
    return next((e.name for e in engines() if e.id == case.chosen("engine")), "model server")


def _engine_metrics(case: Case) -> tuple[str, ...]:
    entry = next((e for e in engines() if e.id == case.chosen("engine")), None)
    return tuple(sorted({m.name for m in entry.metrics})) if entry else ()


def _service(case: Case) -> tuple[Component, ...]:
    plain = case.chosen("gateway") == "proxy"
    nodes = [
        Component(
            id="callers",
            name="callers",
            does="send requests with an identity; know no engine and no weight",
            kind="client",
        ),
        Component(
            id="gateway",
            name="proxy with limits"
            if plain
            else "Aegis gateway behind Envoy AI Gateway"
            if case.chosen("gateway") == "envoy-ai-gateway"
            else "Aegis gateway",
            does="limits by caller, weights between versions, circuit breaker, audit of decisions"
            if plain
            else "limits by request, token and cost; guardrails on the way in and out; weights; breaker, "
            "fallback and audit",
            kind="gateway",
            emits=names.GATEWAY_METRICS,
            because=("gateway", "release-strategy"),
        ),
        Component(
            id="stable",
            name=f"{_engine_name(case)}, stable",
            does="serves the version that is proven",
            kind="external" if case.managed else "engine",
            emits=() if case.managed else _engine_metrics(case),
            because=("run-where",) if case.managed else ("engine", "accelerator"),
        ),
        Component(
            id="canary",
            name=f"{_engine_name(case)}, canary",
            does="serves the version on trial, at the weight the judge allows",
            kind="external" if case.managed else "engine",
            environments=LIVE,
            emits=() if case.managed else _engine_metrics(case),
            because=("release-strategy",),
        ),
        *_kind_parts(case),
        *_common(case),
    ]
    return tuple(nodes)


_APPLICATION = {
    "rag": (
        "your application",
        "retrieves what the caller may see, builds the prompt with its sources, and asks the model through the gateway",
    ),
    "agent": (
        "your agent",
        "plans the steps, asks the model through the gateway and calls tools through the broker; it ends at its limits",
    ),
}
"""Who retrieves and who acts: code of the team, which no gateway does for it."""


def _kind_parts(case: Case) -> list[Component]:
    parts = []
    if case.kind in _APPLICATION:
        name, does = _APPLICATION[case.kind]
        parts.append(
            Component(id="application", name=name, does=does, kind="client", because=("gateway",))
        )
    if case.kind == "rag":
        parts.append(
            Component(
                id="index",
                name="retrieval index",
                does="finds passages the caller may see; re-indexed within the freshness objective",
                kind="store",
                emits=(names.INDEX_AGE,),
                because=("gateway", "network"),
            )
        )
    if case.kind == "agent":
        parts.append(
            Component(
                id="tools",
                name="tool broker",
                does="runs the agent's tools with the caller's rights; asks a person where the brief says so",
                kind="control",
                because=("gateway", "network"),
            )
        )
    if case.chosen("feature-store") not in {"", "request"}:
        parts.append(
            Component(
                id="features",
                name="online feature store",
                does="serves features, the same as in training, with their age",
                kind="store",
                emits=(names.FEATURE_AGE,),
                because=("feature-store",),
            )
        )
    return parts


def _common(case: Case) -> list[Component]:
    return [
        Component(
            id="judge",
            name="release judge",
            does="reads evidence at each look; promotes, holds or rolls back by itself",
            kind="control",
            environments=LIVE,
            because=("release-strategy",),
        ),
        Component(
            id="evaluation",
            name="evaluation and drift",
            does="judges candidates before traffic and samples of traffic after it",
            kind="observe",
            emits=names.MONITOR_METRICS,
            because=("evaluation-stack", "continuous-training"),
        ),
        Component(
            id="monitoring",
            name="metrics, logs, traces",
            does="keeps them, computes objectives, wakes people",
            kind="observe",
            because=("monitoring-stack",),
        ),
        Component(
            id="registry",
            name="prompt and policy store" if case.managed else "model registry",
            does="holds prompts, policy and evaluation sets, each change a commit"
            if case.managed
            else "holds weights, prompts and adapters by digest, signed"
            if case.is_llm
            else "holds models by digest, signed",
            kind="store",
            because=("gateway",) if case.managed else ("registry",),
        ),
        Component(
            id="secrets",
            name="secret store",
            does="hands credentials to workloads by identity",
            kind="store",
            because=("secrets",),
        ),
        *(
            []
            if case.on_device
            else [
                Component(
                    id="audit",
                    name="audit store",
                    does=f"keeps {kept(case).evidence}, encrypted, with an end date",
                    kind="store",
                    because=("data-retention",),
                )
            ]
        ),
    ]


def _batch(case: Case) -> tuple[Component, ...]:
    return (
        Component(
            id="source",
            name="input tables",
            does="hold the items to score, with a schema",
            kind="store",
        ),
        Component(
            id="job",
            name="scoring job",
            does="checks the schema, scores in chunks that can be resumed, writes to a new place",
            kind="engine",
            emits=names.JOB_METRICS,
            because=("run-where", "engine"),
        ),
        Component(
            id="output",
            name="published results",
            does="a pointer to the last output that passed its comparison",
            kind="store",
            because=("release-strategy",),
        ),
        Component(
            id="consumers", name="consumers", does="read through the pointer only", kind="client"
        ),
        *_common(case),
    )


def _device(case: Case) -> tuple[Component, ...]:
    robot = case.kind == "robotics"
    nodes = [
        Component(
            id="app",
            name="robot controller" if robot else "app",
            does="asks for inferences and must go on when none comes",
            kind="client",
        ),
        Component(
            id="device",
            name="model on the device",
            does="answers within the deadline; keeps the last good model beside the current one",
            kind="device",
            emits=names.DEVICE_METRICS,
            because=("edge-runtime", "release-strategy"),
        ),
        Component(
            id="watchdog",
            name="watchdog and safe state" if robot else "fallback on the device",
            does="takes over when an answer is late or the device is hot"
            if robot
            else "a simpler answer when the model fails or the device is hot",
            kind="control",
            because=("disaster-recovery",),
        ),
        Component(
            id="updates",
            name="update service",
            does="offers signed models to a share of the fleet",
            kind="control",
            because=("release-strategy", "registry"),
        ),
        *_common(case),
    ]
    return tuple(nodes)


def flows(case: Case, parts: tuple[Component, ...]) -> tuple[Flow, ...]:
    """Edges between the components that exist."""
    here = {p.id for p in parts}
    wanted = [
        Flow(
            source="callers",
            target="application" if "application" in here else "gateway",
            label="request with identity",
        ),
        Flow(source="application", target="gateway", label="prompt, with the caller's identity"),
        Flow(source="gateway", target="stable", label="most requests"),
        Flow(source="gateway", target="canary", label="the step's share", dashed=True),
        Flow(source="application", target="index", label="search with the caller's rights"),
        Flow(source="application", target="tools", label="tool calls"),
        Flow(source="features", target="stable", label="features with age"),
        Flow(source="gateway", target="audit", label=kept(case).record, dashed=True),
        Flow(source="gateway", target="monitoring", label="metrics", dashed=True),
        Flow(source="stable", target="monitoring", label="metrics", dashed=True),
        Flow(source="judge", target="gateway", label="weights"),
        Flow(source="source", target="job", label="items"),
        Flow(source="job", target="output", label="new results"),
        Flow(source="output", target="consumers", label="last good results"),
        Flow(source="job", target="monitoring", label="completion", dashed=True),
        Flow(source="job", target="audit", label="run record", dashed=True),
        Flow(source="judge", target="output", label="publish or keep"),
        Flow(source="app", target="device", label="input"),
        Flow(source="device", target="watchdog", label="late or failed"),
        Flow(source="watchdog", target="app", label="safe answer"),
        Flow(source="updates", target="device", label="signed model", dashed=True),
        Flow(source="device", target="monitoring", label="counters, with consent", dashed=True),
        Flow(source="judge", target="updates", label="stage"),
        Flow(source="registry", target="updates", label="model by digest"),
        Flow(source="monitoring", target="judge", label="evidence"),
        Flow(source="evaluation", target="judge", label="quality verdict"),
        Flow(source="registry", target="stable", label="by digest"),
        Flow(source="registry", target="job", label="weights by digest"),
        Flow(source="secrets", target="gateway", label="credentials", dashed=True),
        Flow(source="secrets", target="job", label="credentials", dashed=True),
        Flow(source="secrets", target="updates", label="signing identity", dashed=True),
    ]
    if case.managed:  # a vendor exports no metrics to us and loads nothing of ours
        wanted = [
            f for f in wanted if "stable" not in {f.source, f.target} or f.source == "gateway"
        ]
        wanted.append(Flow(source="registry", target="gateway", label="prompts and policy"))
    return tuple(f for f in wanted if {f.source, f.target} <= here)
