"""One object against the schema of its kind and version."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import JsonValue

from aegis.verify.objects import Hit, Object
from aegis.verify.schema.compact import Kind
from aegis.verify.schema.library import Library, built_in
from aegis.verify.schema.problem import Problem, shown

_VERSION = re.compile(r"^v([0-9]+)(?:(alpha|beta)([0-9]+))?$")
_NAMES = {"duplicate-entry": "duplicate-list-entry", "rule-violated": "schema-rule-violated"}
_MOVED = {
    ("inference.networking.x-k8s.io", "InferencePool"): "inference.networking.k8s.io/v1",
    ("inference.networking.x-k8s.io", "InferenceModel"): "InferenceObjective of llm-d.ai/v1alpha2",
    ("inference.networking.x-k8s.io", "InferenceObjective"): "llm-d.ai/v1alpha2",
    ("extensions", "Ingress"): "networking.k8s.io/v1",
    ("extensions", "Deployment"): "apps/v1",
    ("policy", "PodSecurityPolicy"): "Pod Security admission (removed in Kubernetes 1.25)",
}
"""Kinds that went to another group or were replaced (kserve, llm-d-router, Kubernetes notes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a schema said; `judge` is empty when there was none."""

    hits: tuple[Hit, ...]
    full: JsonValue
    judge: str = ""
    unchecked: tuple[str, ...] = ()


def judge_object(item: Object, library: Library) -> Result:
    """Judges one object; an unknown kind is a hit, not an error."""
    api_version, kind = item.value.get("apiVersion"), item.value.get("kind")
    for field, value in (("apiVersion", api_version), ("kind", kind)):
        if not isinstance(value, str) or not value:
            hit = Hit(name="wrong-type", object=item, path=(field,), message="must be a text")
            return Result(hits=(hit,), full=None)
    found = library.find(item.api_version, item.kind)
    if found is None or not found.served:
        return _unknown(item, library)
    judgement = library.judge(found, item.value)
    hits = [_hit(item, problem) for problem in judgement.problems]
    if found.deprecated:
        hits.append(_deprecated(item, found, library))
    source = library.source(item.api_version, item.kind)
    judge = (
        f"Kubernetes {library.kubernetes} API: schema and rules"
        if found.core
        else f"schema of {source}" + (f" ({source.commit[:8]})" if source.commit else "")
    )
    return Result(
        hits=tuple(hits), full=judgement.value, judge=judge, unchecked=judgement.unchecked
    )


def _hit(item: Object, problem: Problem) -> Hit:
    name = _NAMES.get(problem.kind, problem.kind)
    return Hit(name=name, object=item, path=problem.path, message=problem.message)


def _unknown(item: Object, library: Library) -> Result:
    served = [k.api_version for k in library.versions(item.group, item.kind) if k.served]
    moved = _MOVED.get((item.group, item.kind))
    path = ("apiVersion",)
    words = shown(item.value.get("apiVersion"))
    if served or moved:
        better = moved or ", ".join(served)
        message = f"{words} of {item.kind} is not served; use {better}"
        hit = Hit(name="unserved-version", object=item, path=path, message=message)
        return Result(hits=(hit,), full=None)
    if built_in().find(item.api_version, item.kind) is not None:
        message = f"Kubernetes {library.kubernetes} does not serve {words} of {item.kind}"
        hit = Hit(name="unserved-version", object=item, path=path, message=message)
        return Result(hits=(hit,), full=None)
    message = f"no schema for {item.kind} of {words}"
    hit = Hit(name="unknown-kind", object=item, path=path, message=message)
    return Result(hits=(hit,), full=None, unchecked=(message,))


def maturity(version: str) -> tuple[int, int, int]:
    """Sorts versions as Kubernetes prefers them: stable, then beta, then alpha; newest last.

    >>> sorted(["v1", "v2beta1", "v1alpha3", "v2"], key=maturity)
    ['v1alpha3', 'v2beta1', 'v1', 'v2']
    """
    found = _VERSION.match(version)
    if found is None:
        return (0, 0, 0)
    stage = {"alpha": 1, "beta": 2}.get(found[2] or "", 3)
    return (stage, int(found[1]), int(found[3] or 0))


def _deprecated(item: Object, found: Kind, library: Library) -> Hit:
    newer = [k for k in library.versions(found.group, found.kind) if k.served and not k.deprecated]
    best = max(newer, key=lambda k: maturity(k.version), default=None)
    better = f"; use {best.api_version}" if best else ""
    message = f"`{found.api_version}` of {found.kind} is deprecated{better}"
    return Hit(name="deprecated-version", object=item, path=("apiVersion",), message=message)
