"""Plans for each cloud, their modules on disk, and every argument that the modules use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.render.conftest import BRIEFS, VERSIONS

from aegis.brief.schema import Brief
from aegis.plan.planner import make_plan
from aegis.plan.types import Plan
from aegis.render.iac import render_iac

REGIONS = {"aws": "eu-central-1", "gcp": "europe-west4", "azure": "swedencentral"}
FOLDERS = {"aws": "aws", "gcp": "google", "azure": "azure"}
PROVIDERS = {"aws": "aws", "gcp": "google", "azure": "azurerm"}
_META = {"count", "for_each", "depends_on", "lifecycle"}
_REFERENCE = re.compile(
    r"\b(data\.)?((?:aws|google|azurerm)_\w+)\.\w+(?:\[[^\]]*\])?((?:\.\w+(?:\[[^\]]*\])?)+)"
)
_LOOP = re.compile(r"for (?:\w+, )?(\w) in ((?:aws|google|azurerm)_\w+)\.\w+(?:\[\d\]\.\w+)? :(.*)")
_STEP = re.compile(r"\.(\w+)")


@cache
def plan_on(*providers: str, brief: str = "cluster-chat", iac: str = "terraform") -> Plan:
    """A plan for one or several clouds, made by the real planner."""
    written: dict[str, Any] = json.loads(json.dumps(BRIEFS[brief]))
    clouds = [{"provider": p, "regions": [REGIONS.get(p, "eu")]} for p in providers]
    written["placement"]["clouds"] = clouds
    written["team"]["iac"] = iac
    return make_plan(Brief.model_validate(written), VERSIONS)


def write(plan: Plan, folder: Path) -> Path:
    """The files of a plan below a folder, as `aegis render` writes them."""
    for artifact in render_iac(plan):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = artifact.content
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return folder / "iac"


def bodies(plan: Plan) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """`resource`, `data` or `provider`, its type, its body; of all modules and roots."""
    for artifact in render_iac(plan):
        if isinstance(artifact.content, str):
            continue
        content = json.loads(json.dumps(artifact.content))
        for place in ("resource", "data"):
            for kind, named in content.get(place, {}).items():
                for body in named.values():
                    yield place, kind, body
        for name, body in content.get("provider", {}).items():
            yield "provider", name, body


def used() -> Mapping[str, Mapping[str, Any]]:
    """Place → type → names of arguments, nested as blocks are; and what expressions read."""
    found: dict[str, dict[str, Any]] = {"resource": {}, "data": {}, "provider": {}}
    for provider in REGIONS:
        for brief in ("cluster-chat", "ranking"):
            plan = plan_on(provider, brief=brief)
            for place, kind, body in bodies(plan):
                into = found[place].setdefault(kind, {})
                _add(into, body)
                for path in body.get("lifecycle", {}).get("ignore_changes", []):
                    into.setdefault(re.split(r"\W", path)[0], {})
                over = re.match(r"\$\{(\w+)\.\w+\}", str(body.get("for_each", "")))
                if over:
                    for name in re.findall(r"each\.value\.(\w+)", json.dumps(body)):
                        found["resource"][over.group(1)].setdefault(name, {})
            for artifact in render_iac(plan):
                _read(found, artifact.content if isinstance(artifact.content, str) else
                      json.dumps(artifact.content).replace('\\"', '"'))  # fmt: skip
    return found


def names(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Arguments and blocks of a body, those of `dynamic` among them, without Terraform's own."""
    for name, value in body.items():
        if name == "dynamic":
            yield from ((inner, block["content"]) for inner, block in value.items())
        elif name not in _META:
            yield name, value


def _add(into: dict[str, Any], body: Mapping[str, Any]) -> None:
    for name, value in names(body):
        inner = into.setdefault(name, {})
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                _add(inner, each)


def _read(found: dict[str, dict[str, Any]], text: str) -> None:
    for data, kind, steps in _REFERENCE.findall(text):
        into = found["data" if data else "resource"].get(kind)
        for name in _STEP.findall(steps):
            if into is None:
                break
            into = into.setdefault(name, {})
    for variable, kind, rest in _LOOP.findall(text):
        for name in re.findall(rf"\b{variable}\.(\w+)", rest):
            if kind in found["resource"] and "[0]" not in text[: text.find(rest)][-40:]:
                found["resource"][kind].setdefault(name, {})
