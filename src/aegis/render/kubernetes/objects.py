"""What the objects of this bundle have in common, beside the frame that every object has."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.shared.objects import (
    GATEWAY_NAMESPACE,
    MONITORING_NAMESPACE,
    NONE,
    POD_LABEL,
    PROMETHEUS_ADDRESS,
    ROLE_LABEL,
    Object,
    framed,
    metadata,
)

__all__ = [
    "GATEWAY_NAME",
    "GATEWAY_NAMESPACE",
    "INFERENCE_GATEWAY",
    "MONITORING_NAMESPACE",
    "NONE",
    "POD_LABEL",
    "PRIORITY",
    "PROMETHEUS_ADDRESS",
    "ROLE_LABEL",
    "ROOT",
    "Object",
    "Scaled",
    "framed",
    "manifest",
    "metadata",
    "replace",
    "selector",
]

ROOT = "kubernetes"
GATEWAY_NAME = "internal"
INFERENCE_GATEWAY = "inference"  # leads to pools; no caller from outside reaches it
PRIORITY = "aegis-serving"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """An object with a scale subresource, for the scaler."""

    kind: str
    name: str


def manifest(plan: Plan, file: str, because: tuple[str, ...], body: Object) -> Artifact:
    """A file of the base with one object; `body` holds everything but the metadata."""
    return Artifact(
        path=f"{ROOT}/base/{file}.yaml",
        content=framed(plan, plan.service, because, body),
        because=because,
    )


def replace(path: str, value: JsonValue) -> Object:
    """One change of a JSON patch."""
    return {"op": "replace", "path": path, "value": value}


def selector(plan: Plan) -> Object:
    """The labels that pick the pods of the service."""
    return {names.SERVICE_LABEL: plan.service}
