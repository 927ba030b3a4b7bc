"""Briefs and plans in which no rule finds anything, and named changes of them."""

from __future__ import annotations

import datetime
import functools
from typing import TypeAlias

from pydantic import BaseModel

from aegis.base.number import Fact
from aegis.brief.schema import Brief, OwnedAccelerators
from aegis.plan.planner import Versions, make_plan, with_admission
from aegis.plan.types import Plan

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
TODAY = datetime.date(2026, 11, 22)
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="0")
_DONE: Json = {"status": "done", "owner": "review board", "reference": "REV-7"}
_SET: Json = {
    "name": "golden", "path": "evaluation/golden.jsonl", "items": 1200, "metric": "exact match",
    "threshold": 0.9, "digest": "sha256:" + "1a" * 32,
}  # fmt: skip
_TEAM: Json = {
    "size": 6, "on_call": "24x7", "orchestrator": "kubernetes", "iac": "terraform",
    "gitops": "argo-cd", "pipelines": "argo-workflows", "registry": "oci",
    "observability": ["prometheus", "grafana"], "secrets": "vault",
}  # fmt: skip
MINIMAL: dict[str, Json] = {
    "name": "helpdesk",
    "purpose": "Answers questions of employees about internal tools",
    "users": {"who": "employees", "count": 300, "external": False},
    "workload": {
        "kind": "chat",
        "traffic": {"peak_rps": 4, "mean_rps": 1.5, "burstiness": 1.2},
        "input_tokens": {"mean": 600, "p95": 1500},
        "output_tokens": {"mean": 200, "p95": 500},
    },
    "model": {
        "reference": "meta-llama/Llama-3.1-8B-Instruct", "licence": "Llama 3.1 Community License",
        "revision": "0e9e39f249a16976918f6564b8830bc894c89659", "format": "safetensors",
        "smaller_model": "meta-llama/Llama-3.2-1B-Instruct",
    },
    "prompts": {"versioned": True, "path": "prompts/"},
    "objectives": {
        "availability_percent": 99.5, "ttft_p95_ms": 2000, "tpot_p95_ms": 90,
        "quality": [{"kind": "groundedness", "metric": "share of supported claims", "threshold": 0.9}],
    },
    "data": {"classes": ["personal"], "residency": "EU", "retention_days": 30, "training_consent": "no"},
    "evaluation": [_SET],
    "reviews": {"security": _DONE, "compliance": _DONE, "red_team": _DONE},
    "placement": {
        "where": "cloud", "clouds": [{"provider": "aws", "regions": ["eu-central-1"]}], "zones": 2,
        "managed_api_allowed": False,
    },
    "team": _TEAM,
    "impact": {"level": "moderate", "human_review": True},
    "jurisdictions": ["eu"],
    "release": {"rollback": "automatic"},
    "monitoring": {"alerts": True, "drift": True, "feedback": True},
}  # fmt: skip
_OVER: dict[str, dict[str, Json]] = {
    "chat": {},
    "high-impact": {"impact": {"level": "high", "areas": ["employment"], "human_review": True}},
    "managed": {
        "model": {"reference": "acme/assistant", "revision": "2026-09-01", "source": "managed-api",
                  "licence": "terms of the vendor", "format": "api"},
        "placement": {"managed_api_allowed": True},
    },
    "air-gapped": {"placement": {"where": "air-gapped", "clouds": None}},
    "batch": {
        "workload": {"kind": "batch", "traffic": None, "input_tokens": None, "output_tokens": None,
                     "batch": {"items": 4000000, "deadline_hours": 6}},
        "objectives": {"ttft_p95_ms": None, "tpot_p95_ms": None, "quality": []},
        "model": {"reference": "acme/scorer", "source": "own", "format": "lightgbm"},
    },
    "robot": {
        "workload": {"kind": "robotics", "traffic": None, "input_tokens": None, "output_tokens": None,
                     "device": {"device": "Jetson class board", "latency_ms": 60, "power_w": 15,
                                "memory_mb": 8000, "safety_function": True}},
        "objectives": {"ttft_p95_ms": None, "tpot_p95_ms": None, "quality": []},
        "model": {"reference": "acme/perception", "source": "own", "format": "onnx"},
        "impact": {"level": "high"},
        "placement": {"where": "edge", "clouds": None},
    },
    "waived": {
        "data": {"retention_days": None},
        "waivers": [{"rule": "AEG120", "owner": "data protection office", "until": "2027-01-31",
                     "reason": "counsel decides in January; logs are off until then"}],
    },
}  # fmt: skip
PLANS = tuple(_OVER)


def merged(base: Json, over: Json) -> Json:
    """`over` laid on `base`: mappings field by field, anything else replaced, None removes."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    keys = dict.fromkeys((*base, *over))
    laid = {key: merged(base.get(key), over[key]) if key in over else base[key] for key in keys}
    return {key: value for key, value in laid.items() if value is not None}


def brief_with(over: Json = None) -> Brief:
    """The minimal brief with what an example changes."""
    return Brief.model_validate(merged(dict(MINIMAL), over or {}))


@functools.cache
def plan_named(name: str) -> Plan:
    """A plan that every rule passes."""
    plan = make_plan(brief_with(dict(_OVER[name])), VERSIONS)
    return with_admission(plan, ())


def changed(value: object, path: str, new: object) -> object:
    """The value with one place of it changed, unchecked: no model is validated again.

    `path` names fields, keys, positions or ids, divided by slashes; `*` is every item. A `new` of
    `DROP` removes an item.
    """
    head, _, rest = path.partition("/")
    if isinstance(value, BaseModel):
        return value.model_copy(update={head: _step(getattr(value, head), rest, new)})
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not (k == head and not rest and new is DROP)}
        return {k: _step(v, rest, new) if k == head else v for k, v in kept.items()}
    if isinstance(value, tuple):
        hits = [i for i, item in enumerate(value) if head == "*" or _is_named(item, i, head)]
        if not hits:
            raise KeyError(f"nothing is named `{head}`")
        items = [_step(v, rest, new) if i in hits else v for i, v in enumerate(value)]
        return tuple(item for item in items if item is not DROP)
    raise TypeError(f"nothing lies under `{path}`")


def _step(value: object, rest: str, new: object) -> object:
    return changed(value, rest, new) if rest else new


class _Drop:
    """Removes an item."""


DROP = _Drop()
_NAMES = ("id", "environment", "what", "kind", "order", "rule")


def _is_named(item: object, index: int, name: str) -> bool:
    return str(index) == name or any(str(getattr(item, each, None)) == name for each in _NAMES)


def changed_plan(change: dict[str, Json]) -> Plan:
    """The plan of an example: `plan` names a good one, `drop` and `set` change it."""
    plan: object = plan_named(str(change.get("plan", "chat")))
    drops, sets = change.get("drop", []), change.get("set", {})
    if not isinstance(drops, list) or not isinstance(sets, dict):
        raise TypeError("`drop` is a list of paths, `set` a mapping of paths")
    for path in drops:
        plan = changed(plan, str(path), DROP)
    for path, new in sets.items():
        plan = changed(plan, path, _frozen(new))
    if not isinstance(plan, Plan):
        raise TypeError("a change cannot remove the plan")
    return plan


def _frozen(value: Json) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return (
            Fact.model_validate(value)
            if "source" in value
            else OwnedAccelerators.model_validate(value)
        )
    return value
