"""Predictive models: an InferenceService in Standard mode over a ServingRuntime of our own.

The first container of a predictor takes the requests, so the gateway is `kserve-container` and the
engine stands beside it. A version on trial is the InferenceService's own canary: KServe makes its
pods from a second ServingRuntime. The weights are those of our HTTPRoute: KServe 0.20 sets none in
Standard mode, and its own route is switched off, so that nobody reaches an engine past the gateway.

Sources (kserve v0.20.0): pkg/apis/serving/v1beta1/inference_service_validation.go
(validateCanarySpecs), pkg/controller/v1beta1/inferenceservice/components/predictor.go
(buildPredictorResources, reconcileRawDeployment, canaryReplicaCount),
.../reconcilers/{deployment,service,ingress}; the service of a predictor asks its first container.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import Object, Scaled, framed, replace
from aegis.render.kubernetes.platforms import tracks
from aegis.render.kubernetes.platforms.platform import Changes
from aegis.render.kubernetes.platforms.tracks import CANARY, STABLE
from aegis.render.kubernetes.workload import engine, gateway, nodes, spread, template
from aegis.render.shared.apis import typed
from aegis.render.shared.serving import floor, serving, slots, trial_replicas

_MODE = "serving.kserve.io/deploymentMode"
_SCALER = "serving.kserve.io/autoscalerClass"
_LOCAL = "networking.kserve.io/visibility"
# The formats that KServe's runtimes know by name; ours is selected by its own name only.
_FORMAT = "aegis"
_CONTAINER = "kserve-container"  # KServe asks this one


def workload(plan: Plan) -> tuple[Artifact, ...]:
    """The InferenceService and the runtime of the stable version."""
    return (_service(plan), _runtime(plan, STABLE))


def trial(plan: Plan) -> tuple[Artifact, ...]:
    """The runtime of the version on trial, and the patches that begin and end it."""
    if not trial_replicas(plan):
        return ()
    return (
        _runtime(plan, CANARY),
        _patch(plan, "start", _begin(plan)),
        _patch(plan, "stop", _end(plan)),
    )


def _runtime(plan: Plan, track: str) -> Artifact:
    found = serving(plan)
    front = gateway(plan, f"http://127.0.0.1:{found.start.port}") | {"name": _CONTAINER}
    containers = [front, engine(plan, found)]
    pod = template(plan, containers, {}, {names.TRACK_LABEL: track})["spec"]
    volumes = pod["volumes"] if isinstance(pod, dict) else []
    body: Object = {
        **typed("ServingRuntime"),
        "spec": {
            "supportedModelFormats": [{"name": _FORMAT, "autoSelect": False}],
            "protocolVersions": ["v2"],
            **nodes(plan, found),
            "containers": [*containers],
            "volumes": volumes,
        },
    }
    return tracks.file(plan, track, "servingruntime", body)


def _service(plan: Plan) -> Artifact:
    scaled = plan.chosen("scaling") == "queue-signal"
    head: Object = {**typed("InferenceService"), "spec": {"predictor": _predictor(plan)}}
    notes = {_MODE: "Standard", _SCALER: "external" if scaled else "none", **tracks.spare(plan)}
    content = framed(plan, plan.service, tracks.because(plan), head, notes)
    metadata = content["metadata"]
    if isinstance(metadata, dict) and isinstance(metadata["labels"], dict):
        metadata["labels"] |= {_LOCAL: "cluster-local"}
    return Artifact(
        path=tracks.place(STABLE, "inferenceservice"),
        content=content,
        because=tracks.because(plan),
    )


def _predictor(plan: Plan) -> Object:
    mine: Object = {names.SERVICE_LABEL: plan.service, names.TRACK_LABEL: STABLE}
    pod = template(plan, [], {"topologySpreadConstraints": spread(plan, mine)})["spec"]
    shared = (
        {k: v for k, v in pod.items() if k not in {"containers", "volumes"}}
        if isinstance(pod, dict)
        else {}
    )
    return {
        "labels": {names.TRACK_LABEL: STABLE},
        "minReplicas": least(plan),
        "deploymentStrategy": {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxSurge": 0, "maxUnavailable": max(1, plan.capacity.spare)},
        },
        **shared,
        "model": _model(plan, STABLE),
    }


def _model(plan: Plan, track: str) -> Object:
    """The runtime of a version; in a canary the schema asks for the container's name too."""
    return {
        "name": _CONTAINER,
        "modelFormat": {"name": _FORMAT},
        "runtime": tracks.named(plan, track),
    }


def least(plan: Plan) -> int:
    """Replicas of the stable version that KServe keeps, without a trial."""
    return floor(plan) if plan.chosen("scaling") == "queue-signal" else slots(plan).replicas


def _begin(plan: Plan) -> list[JsonValue]:
    """A canary takes its replicas from the stable version's number, so that is raised first."""
    extra = trial_replicas(plan)
    canary: Object = {
        "trafficPercent": 0,
        "predictor": {
            "name": CANARY,
            "labels": {names.TRACK_LABEL: CANARY},
            # Without this the number of replicas would be left to a scaler that it does not have.
            "annotations": {_SCALER: "none"},
            "minReplicas": extra,
            "model": _model(plan, CANARY),
        },
    }
    return [
        replace("/spec/predictor/minReplicas", least(plan) + extra),
        {"op": "add", "path": "/spec/canary", "value": [canary]},
    ]


def _end(plan: Plan) -> list[JsonValue]:
    return [
        {"op": "remove", "path": "/spec/canary"},
        replace("/spec/predictor/minReplicas", least(plan)),
    ]


def _patch(plan: Plan, name: str, changes: list[JsonValue]) -> Artifact:
    del plan
    return Artifact(
        path=f"kubernetes/canary/{name}.json",
        content=changes,
        because=("release-strategy",),
        environment="production",
    )


def services(plan: Plan) -> tuple[Artifact, ...]:
    """Ours, beside those that KServe makes: the route weighs these."""
    mine: Object = {names.SERVICE_LABEL: plan.service}
    return tuple(
        tracks.service(plan, track, {**mine, names.TRACK_LABEL: track})
        for track in (STABLE, CANARY)
    )


def scaled(plan: Plan) -> tuple[Scaled, ...]:
    """The Deployment that KServe makes of the predictor."""
    return (Scaled(kind="Deployment", name=f"{plan.service}-predictor"),)


def one_replica(plan: Plan) -> Changes:
    """One replica before production."""
    del plan
    return (("InferenceService", [replace("/spec/predictor/minReplicas", 1)]),)
