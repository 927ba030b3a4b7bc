"""What KServe cannot express at the release that the bundle is for, and since which it can."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.plan.types import Plan
from aegis.render.kubernetes.platforms import inference, tracks
from aegis.render.shared.gap import Gap
from aegis.render.shared.serving import nodes_per_replica


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Something that KServe learns at a release; empty where no release has it."""

    since: str
    gap: Gap
    for_language: bool


TABLE = {
    "weights": Capability(
        since="0.21",
        for_language=False,
        gap=Gap(
            what="Weights by KServe: 0.20 makes the pods of `spec.canary` in Standard mode and sends them "
            "no traffic; the weights came after it (kserve#5912).",
            instead="The HTTPRoute of this bundle weighs the Services of both versions, and KServe's own "
            "route is switched off by `networking.kserve.io/visibility: cluster-local`.",
        ),
    ),
    "scaling": Capability(
        since="0.21",
        for_language=True,
        gap=Gap(
            what="Scaling by the queue inside the LLMInferenceService: `scaling` of 0.20 asks for the "
            "operator WVA; KEDA alone came after it (kserve#5839).",
            instead="A ScaledObject scales the Deployment that KServe makes, which keeps its replicas.",
        ),
    ),
    "divided-scaling": Capability(
        since="",
        for_language=True,
        gap=Gap(
            what="Scaling a divided fleet: readers and writers have to grow together, and one signal "
            "does not say which of them is short.",
            instead="Their numbers are fixed at the peak; `aegis size --disaggregate` says the division.",
        ),
    ),
    "surge": Capability(
        since="0.21",
        for_language=True,
        gap=Gap(
            what="How an LLMInferenceService replaces its pods: 0.20 leaves it to the default of a "
            "Deployment, a quarter more at once; `rolloutStrategy` came after it (kserve#5916).",
            instead="Change the stable version while it has no traffic, as the promotion below does, and "
            "with room for a quarter more pods; a pod without a device waits until an old one has gone.",
        ),
    ),
    "divided-wide": Capability(
        since="",
        for_language=True,
        gap=Gap(
            what="Readers and writers that span machines in stages: KServe ships no preset for them, and "
            "its sidecar that hands a prompt over is part of one.",
            instead="State `team.orchestrator: llm-d`: a DisaggregatedSet of such groups.",
        ),
    ),
    "inference-gateway": Capability(since="", for_language=True, gap=inference.GAP),
}  # fmt: skip


def gaps(plan: Plan, *, language: bool) -> tuple[Gap, ...]:
    """The rows of the table that this plan meets, and what the devices do not allow."""
    queue, divided = (
        plan.chosen("scaling") == "queue-signal",
        plan.chosen("feature-disaggregation") == "on",
    )
    wide = nodes_per_replica(plan) > 1
    met = {
        "weights": True,
        "scaling": queue and not divided,
        "divided-scaling": queue and divided,
        "surge": True,
        "divided-wide": wide and divided,
        "inference-gateway": True,
    }
    rows = [row.gap for name, row in TABLE.items() if row.for_language is language and met[name]]
    return (*rows, *tracks.strategy_gaps(plan), *tracks.room_gaps(plan))
