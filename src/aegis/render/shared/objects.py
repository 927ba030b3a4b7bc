"""The frame of every object of a cluster: names, labels, and the decisions it carries out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.plan.types import Plan
from aegis.render.shared.reading import labels

GATEWAY_NAMESPACE = "gateways"  # where the cluster's Gateway stands
MONITORING_NAMESPACE = "monitoring"
PROMETHEUS_ADDRESS = f"http://prometheus-operated.{MONITORING_NAMESPACE}.svc:9090"
# On pods that an operator makes, which gives the usual labels a meaning of its own.
POD_LABEL = "aegis.dev/service"
ROLE_LABEL = "aegis.dev/role"

Object = dict[str, JsonValue]
NONE: Mapping[str, str] = MappingProxyType({})


def metadata(
    plan: Plan, name: str, because: tuple[str, ...], notes: Mapping[str, str] = NONE
) -> Object:
    """Name, labels with the plan's id, the decisions as an annotation, and further annotations."""
    return {
        "name": name,
        "labels": dict(labels(plan)),
        "annotations": {names.DECISION_ANNOTATION: ",".join(because), **notes},
    }


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
