"""The frame of every object: names, labels, and the decisions it carries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.shared.reading import labels

ROOT = "kubernetes"
GATEWAY_NAMESPACE = "gateways"  # where the cluster's Gateway stands
GATEWAY_NAME = "internal"
MONITORING_NAMESPACE = "monitoring"
PROMETHEUS_ADDRESS = f"http://prometheus-operated.{MONITORING_NAMESPACE}.svc:9090"
PRIORITY = "aegis-serving"

Object = dict[str, JsonValue]
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """An object with a scale subresource, for the scaler."""

    kind: str
    name: str


def metadata(
    plan: Plan, name: str, because: tuple[str, ...], notes: Mapping[str, str] = NONE
) -> Object:
    """Name, labels with the plan's id, the decisions as an annotation, and further annotations."""
    return {
        "name": name,
        "labels": dict(labels(plan)),
        "annotations": {names.DECISION_ANNOTATION: ",".join(because), **notes},
    }


def manifest(plan: Plan, file: str, because: tuple[str, ...], body: Object) -> Artifact:
    """A file of the base with one object; `body` holds everything but the metadata."""
    return Artifact(
        path=f"{ROOT}/base/{file}.yaml",
        content=framed(plan, plan.service, because, body),
        because=because,
    )


def framed(
    plan: Plan, name: str, because: tuple[str, ...], body: Object, notes: Mapping[str, str] = NONE
) -> Object:
    """An object in the order people read it: version, kind, metadata, the rest."""
    head: Object = {
        "apiVersion": body["apiVersion"],
        "kind": body["kind"],
        "metadata": metadata(plan, name, because, notes),
    }
    return {**head, **{k: v for k, v in body.items() if k not in head}}


def replace(path: str, value: JsonValue) -> Object:
    """One change of a JSON patch."""
    return {"op": "replace", "path": path, "value": value}


def selector(plan: Plan) -> Object:
    """The labels that pick the pods of the service."""
    return {names.SERVICE_LABEL: plan.service}
