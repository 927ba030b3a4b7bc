"""Which pods run the engine, by platform: what an experiment aims at, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aegis.base import conventions as names
from aegis.brief.schema import LLM_KINDS
from aegis.plan.types import Plan
from aegis.render.shared.objects import POD_LABEL, ROLE_LABEL

WEIGHTS_LABEL = {"aegis.dev/holds": "weights"}
"""On pods with weights, where others of the same operator have none: a head, a frontend."""
_ENGINE = {ROLE_LABEL: "engine"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """Labels of the pods, the name of the engine's container, and what owns them."""

    labels: Mapping[str, str]
    container: str
    owner: str
    """A word of LitmusChaos for the owner of a pod; empty where it has none for it."""


def _rollout(plan: Plan) -> Engines:
    return Engines(labels={names.SERVICE_LABEL: plan.service}, container="engine", owner="rollout")


def _flagger(plan: Plan) -> Engines:
    """Its copy has another name, which is the value of the usual label."""
    return Engines(labels={POD_LABEL: plan.service}, container="engine", owner="deployment")


def _kserve(plan: Plan) -> Engines:
    if plan.kind in LLM_KINDS and plan.chosen("engine") == "vllm":
        labels = {POD_LABEL: plan.service, **_ENGINE}
        return Engines(labels=labels, container="main", owner="deployment")
    labels = {names.SERVICE_LABEL: plan.service}
    return Engines(labels=labels, container="engine", owner="deployment")


def _groups(plan: Plan) -> Engines:
    return Engines(labels={POD_LABEL: plan.service}, container="engine", owner="statefulset")


def _llm_d(plan: Plan) -> Engines:
    labels = {POD_LABEL: plan.service, **_ENGINE}
    return Engines(labels=labels, container="engine", owner="deployment")


def _ray(plan: Plan) -> Engines:
    labels = {POD_LABEL: plan.service, **WEIGHTS_LABEL}
    return Engines(labels=labels, container="engine", owner="")


def _dynamo(plan: Plan) -> Engines:
    labels = {POD_LABEL: plan.service, **WEIGHTS_LABEL}
    return Engines(labels=labels, container="main", owner="")


_BY_PLATFORM: Mapping[str, Callable[[Plan], Engines]] = {
    "flagger": _flagger,
    "kserve": _kserve,
    "lws": _groups,
    "llm-d": _llm_d,
    "ray-serve": _ray,
    "nvidia-dynamo": _dynamo,
}


def engines(plan: Plan) -> Engines:
    """The pods of the plan's platform that run the engine."""
    return _BY_PLATFORM.get(plan.chosen("serving-platform"), _rollout)(plan)


def gateway_container(plan: Plan) -> str:
    """The container of the gateway: KServe asks the first one of a predictor by a name of its own."""
    predicts = engines(plan).container == "engine"
    return (
        "kserve-container"
        if plan.chosen("serving-platform") == "kserve" and predicts
        else "gateway"
    )


def everything(plan: Plan) -> Mapping[str, str]:
    """The label that all pods of the service carry, its gateways too."""
    return {key: value for key, value in engines(plan).labels.items() if value == plan.service}
