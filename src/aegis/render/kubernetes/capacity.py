"""How many replicas, who may disturb them, and what the namespace may use at most."""

from __future__ import annotations

import math

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import (
    PROMETHEUS_ADDRESS,
    ROOT,
    Object,
    Scaled,
    framed,
    manifest,
)
from aegis.render.shared.apis import typed
from aegis.render.shared.reading import decimal, number_or_none
from aegis.render.shared.serving import floor, serving, slots

# Metrics of engines that count requests waiting for a turn, as their catalog entries name them.
QUEUES = (
    "vllm:num_requests_waiting",
    "sglang:num_queue_reqs",
    "tgi_queue_size",
    "te_queue_size",
    "lmdeploy:num_requests_waiting",
    "llamacpp:requests_deferred",
    "nv_inference_pending_request_count",
)


def disruption(plan: Plan, pods: Object) -> Artifact:
    """One replica at a time may be moved for maintenance."""
    return manifest(
        plan,
        "poddisruptionbudget",
        ("disaster-recovery",),
        {
            **typed("PodDisruptionBudget"),
            "spec": {
                "maxUnavailable": 1,
                "unhealthyPodEvictionPolicy": "AlwaysAllow",
                "selector": {"matchLabels": pods},
            },
        },
    )


def scaler(plan: Plan, scaled: tuple[Scaled, ...]) -> tuple[Artifact, ...]:
    """Scaling by the signal of the plan; nothing where the number is fixed or the platform's own."""
    if plan.chosen("scaling") != "queue-signal":
        return ()
    return tuple(_scaled_object(plan, each) for each in scaled)


def _scaled_object(plan: Plan, scaled: Scaled) -> Artifact:
    body: Object = {
        **typed("ScaledObject"),
        "spec": {
            "scaleTargetRef": {**typed(scaled.kind), "name": scaled.name},
            "pollingInterval": 15,
            "minReplicaCount": floor(plan),
            "maxReplicaCount": slots(plan).replicas,
            # When the signal is gone, serve the peak: no data is never a reason to shrink.
            "fallback": {"failureThreshold": 3, "replicas": slots(plan).replicas},
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {
                        "scaleUp": {"stabilizationWindowSeconds": 0},
                        "scaleDown": {
                            "stabilizationWindowSeconds": max(600, serving(plan).startup_s),
                            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}],
                        },
                    }
                }
            },
            "triggers": [_trigger(plan)],
        },
    }
    file = scaled.name.replace(plan.service, "scaledobject", 1)
    return Artifact(
        path=f"{ROOT}/base/{file}.yaml",
        content=framed(plan, scaled.name, ("scaling",), body),
        because=("scaling",),
    )


def _trigger(plan: Plan) -> JsonValue:
    query, threshold = signal(plan)
    return {
        "type": "prometheus",
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": PROMETHEUS_ADDRESS,
            "query": query,
            "threshold": decimal(threshold),
            # An empty answer is an error, not a quiet hour: then the fallback applies.
            "ignoreNullValues": "false",
        },
    }


def signal(plan: Plan) -> tuple[str, float]:
    """The query and its threshold a replica: one request that waits, or what a replica holds."""
    emitted = {m for c in plan.components if c.kind == "engine" for m in c.emits}
    queue = next((q for q in QUEUES if q in emitted), "")
    if queue:
        at = f'service="{plan.service}",environment="production"'
        return f"sum({queue}{{{at}}})", 1
    peak = number_or_none(plan, "traffic.peak") or 1
    holds = peak / max(1, plan.capacity.replicas - plan.capacity.spare)
    at = f'service="{plan.service}",environment="production"'
    return f"sum(rate({names.GATEWAY_REQUESTS}{{{at}}}[2m]))", holds


def quota(plan: Plan, beside: int) -> Artifact:
    """Room for the release and nothing more; overlays lower it before production.

    `beside` counts the pods of a version that are no engines.
    """
    found, places = serving(plan), slots(plan)
    pods = 2 * places.replicas if places.room == "double" else places.replicas + 1
    hard: Object = {"pods": str(pods + 2 * beside + 5)}
    if found.resource:
        hard[f"requests.{found.resource}"] = str(
            min(pods * found.devices, places.devices_there or math.inf)
        )
    return manifest(
        plan,
        "resourcequota",
        ("accelerator", "scheduling"),
        {**typed("ResourceQuota"), "spec": {"hard": hard}},
    )
