"""Analyses, scale to zero and groups: is a release judged on data that exists?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text, walk, whole
from aegis.verify.cross.capacity import budget_s
from aegis.verify.cross.wiring import target_of
from aegis.verify.objects import Bundle, Hit, Object

_TEMPLATES = ("AnalysisTemplate", "ClusterAnalysisTemplate")
_ARGUMENT = re.compile(r"\{\{\s*args\.([A-Za-z0-9_.-]+)\s*\}\}")
_DEFAULT_COOLDOWN_S = 300


def analysis_arguments(bundle: Bundle) -> Iterator[Hit]:
    """Arguments of an analysis are given once, and all of them (pitfall P14)."""
    for item in bundle.of(*_TEMPLATES, "AnalysisRun"):
        yield from _repeated(item, ("spec", "args"), listing(dig(item.full, "spec", "args")))
        yield from _undeclared(item)
    for item in bundle.of("Rollout", "Experiment"):
        for path, value in walk(item.full):
            if isinstance(value, dict) and isinstance(value.get("templates"), list):
                yield from _analysis(bundle, item, path, value)


def _repeated(item: Object, path: Steps, arguments: list[JsonValue]) -> Iterator[Hit]:
    seen: set[str] = set()
    for index, argument in enumerate(arguments):
        name = text(mapping(argument).get("name"))
        if name and name in seen:
            yield Hit(name="analysis-argument-overridden", object=item, path=(*path, index),
                      message=f"argument `{name}` is given twice; the last one wins")  # fmt: skip
        seen.add(name)


def _undeclared(item: Object) -> Iterator[Hit]:
    declared = {text(argument.get("name")) for _, argument in maps(item.full, "spec", "args")}
    told: set[str] = set()
    for path, value in walk(item.full.get("spec"), ("spec",)):
        for name in _ARGUMENT.findall(value) if isinstance(value, str) else ():
            if name not in declared and name not in told:
                told.add(name)
                yield Hit(name="analysis-argument-overridden", object=item, path=path,
                          message=f"argument `{name}` is used and not declared")  # fmt: skip


def _analysis(bundle: Bundle, item: Object, path: Steps, analysis: Map) -> Iterator[Hit]:
    yield from _repeated(item, (*path, "args"), listing(analysis.get("args")))
    given = {text(argument.get("name")) for _, argument in maps(analysis, "args")}
    for steps, reference in maps(analysis, "templates"):
        name = text(reference.get("templateName"))
        kind = "ClusterAnalysisTemplate" if reference.get("clusterScope") else "AnalysisTemplate"
        template = bundle.find(kind, name, item.namespace) if name else None
        if template is None:
            continue
        for _, argument in maps(template.full, "spec", "args"):
            lacking = "value" not in argument and "valueFrom" not in argument
            if lacking and text(argument.get("name")) not in given:
                yield Hit(name="analysis-argument-overridden", object=item, path=(*path, *steps),
                          message=f"{template.title} needs argument `{argument.get('name')}`")  # fmt: skip


def empty_results(bundle: Bundle) -> Iterator[Hit]:
    """Conditions on a Prometheus result decide the empty vector and NaN (pitfall P13)."""
    for item in bundle.of(*_TEMPLATES, "AnalysisRun"):
        for path, metric in maps(item.full, "spec", "metrics"):
            query = text(dig(metric, "provider", "prometheus", "query"))
            if not query:
                continue
            conditions = [
                (field, text(metric.get(field)))
                for field in ("successCondition", "failureCondition")
                if text(metric.get(field))
            ]
            yield from _undecided(item, path, query, conditions)


def _undecided(
    item: Object, path: Steps, query: str, conditions: list[tuple[str, str]]
) -> Iterator[Hit]:
    always = "vector(" in query
    for field, condition in conditions:
        if "result[" in condition and "len(result)" not in condition and not always:
            yield Hit(name="analysis-without-no-data-decision", object=item, path=(*path, field),
                      message="an empty result fails with an index error; decide "
                      "`len(result) == 0`")  # fmt: skip
    if conditions and "/" in query and not any("isNaN(" in words for _, words in conditions):
        yield Hit(name="analysis-without-no-data-decision", object=item,
                  path=(*path, conditions[0][0]),
                  message="a division by zero gives NaN; decide `isNaN(...)`")  # fmt: skip


def scale_to_zero(bundle: Bundle) -> Iterator[Hit]:
    """A scaler that may reach zero decides what no data means and waits for the load (P18)."""
    for item in bundle.of("ScaledObject", group="keda.sh"):
        if (whole(dig(item.full, "spec", "minReplicaCount")) or 0) > 0:
            continue
        for path, trigger in maps(item.full, "spec", "triggers"):
            decided = "ignoreNullValues" in mapping(trigger.get("metadata"))
            if trigger.get("type") == "prometheus" and not decided:
                yield Hit(name="unguarded-scale-to-zero", object=item, path=path,
                          message="an empty result counts as inactive; decide "
                          "`ignoreNullValues`")  # fmt: skip
        yield from _cooldown(bundle, item)


def _cooldown(bundle: Bundle, item: Object) -> Iterator[Hit]:
    given = whole(dig(item.full, "spec", "cooldownPeriod"))
    cooldown = _DEFAULT_COOLDOWN_S if given is None else given
    kind, name = target_of(item)
    for pods in bundle.pods():
        if (pods.owner.kind, pods.owner.name) != (kind, name):
            continue
        for _, container in pods.containers():
            startup = container.get("startupProbe")
            if isinstance(startup, dict) and budget_s(startup) > cooldown:
                yield Hit(name="unguarded-scale-to-zero", object=item,
                          path=("spec", "cooldownPeriod"),
                          message=f"{cooldown} s is shorter than the {budget_s(startup)} s that "
                          f"{pods.owner.title} may take to start")  # fmt: skip
