"""Experiments hit pods that exist, on every platform: labels and containers are those of the bundle."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis.operations.planning import plan_brief

BRIEFS = Path(__file__).parents[2] / "golden" / "briefs"
# One brief for each platform of a cluster.
PLATFORMS = {
    "kubernetes": "chat-hybrid-bank",
    "kserve": "rag-kserve-divided",
    "kserve-predictive": "prediction-kserve-returns",
    "lws": "chat-two-machines-a-replica",
    "llm-d": "completion-llm-d-prefixes",
    "ray-serve": "chat-ray-cloud",
    "nvidia-dynamo": "chat-dynamo-two-nodes",
}
OPERATORS = ("ray.io/",)  # labels that an operator adds to the pods it makes


def inside(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from inside(part)
    elif isinstance(value, list):
        for part in value:
            yield from inside(part)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_fault_finds_its_pods(platform: str) -> None:
    name = PLATFORMS[platform]
    text = (BRIEFS / f"{name}.yaml").read_text("utf-8")
    bundle = plan_brief(text, path=name, today=datetime.date(2026, 11, 22)).bundle
    base = [
        part
        for a in bundle
        if a.path.startswith("kubernetes/base/") and a.path.endswith(".yaml")
        for part in inside(yaml.safe_load(str(a.content)))
    ]
    labelled = [part["labels"].items() for part in base if isinstance(part.get("labels"), dict)]
    containers = {
        c["name"] for part in base for c in part.get("containers") or () if isinstance(c, dict)
    }
    workflows = [
        yaml.safe_load(str(a.content)) for a in bundle
        if a.path.startswith("chaos/staging/") and a.path.endswith(".yaml")
    ]  # fmt: skip

    assert workflows
    for part in inside(workflows):
        wanted = {
            key: value
            for key, value in part.get("labelSelectors", {}).items()
            if not key.startswith(OPERATORS)
        }
        assert any(wanted.items() <= labels for labels in labelled), wanted
        assert set(part.get("containerNames", ())) <= containers
