"""What is filled in after a file was written: variables of Flux and of templates, values under SOPS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from aegis.base.finding import Finding
from aegis.verify.access import Map, listing, mapping, text
from aegis.verify.files import File, documents

WORDS = "values that are filled in later (`${…}` or SOPS): judge what is rendered"
# `${NAME}` and `$NAME` as Flux, envsubst and Terraform write them, with their defaults; a collector's
# `${env:NAME}` and a container's `$(NAME)` are read where they run.
_LATER = re.compile(r"\$\{[A-Za-z_][\w.]*(?:\}|:?[-=?+])|\$[A-Z][A-Z0-9_]+\b|ENC\[AES256_GCM,")
_SOPS = re.compile(r"""^\s*["']?sops["']?:\s*$""")
# About the text itself or the name of a field, and about queries, in which dashboards have variables of their own.
_HOLDS = frozenset(
    (
        "unreadable-file",
        "duplicate-key",
        "ambiguous-scalar",
        "invalid-promql",
        "unknown-metric",
        "unknown-field",
        "dashboard-refused",
    )
)
_FLUX = "kustomize.toolkit.fluxcd.io/"
_KIND = re.compile(r"^kind:\s*([A-Z]\w+)\s*$", re.MULTILINE)


def known(findings: Iterable[Finding], files: Iterable[File]) -> tuple[list[Finding], set[str]]:
    """The findings that stand, and the files in which others rest on what nobody knows yet."""
    lines = {file.path: file.text.splitlines() for file in files}
    kept, waiting = [], set()
    for found in findings:
        span = found.span
        line = _lines(lines.get(span.path, []), found) if span and not found.where else ""
        if (found.name not in _HOLDS and _LATER.search(line)) or _SOPS.match(line):
            waiting.add(span.path if span else "")
        else:
            kept.append(found)
    return kept, waiting


def _lines(lines: list[str], found: Finding) -> str:
    """The text that a finding is about: its line, what it says stands there, or the whole of a choice."""
    first = found.span.line if found.span else 0
    more = 3 if found.name == "value-refused" and "exactly one" in found.message else 1
    said = found.message.rpartition(", not ")[2] if found.name == "wrong-type" else ""
    return "\n".join((*lines[first - 1 : first - 1 + more], said)) if first else ""


def completed_kinds(files: Iterable[File]) -> frozenset[str]:
    """Kinds whose objects Flux completes by patches before it applies them."""
    found: set[str] = set()
    for file in files:
        for _, value, _ in documents(file):
            if text(value.get("apiVersion")).startswith(_FLUX):
                for entry in listing(mapping(value.get("spec")).get("patches")):
                    patch = mapping(entry)
                    found.add(text(mapping(patch.get("target")).get("kind")))
                    found.update(_KIND.findall(text(patch.get("patch"))))
    return frozenset(found - {""})


_PODS: Mapping[str, tuple[str, ...]] = {
    "Deployment": ("template",),
    "StatefulSet": ("template",),
    "DaemonSet": ("template",),
    "ReplicaSet": ("template",),
    "Rollout": ("template",),
    "Job": ("template",),
    "CronJob": ("jobTemplate", "spec", "template"),
}
_SELECTS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout")


def labelled(value: Map, added: Mapping[str, JsonValue]) -> Map:
    """The object with the labels that its kustomization adds: on pods, and where they are selected."""
    if not added:
        return value
    kind, spec = text(value.get("kind")), mapping(value.get("spec"))
    made = dict(spec)
    if kind == "Service" and "selector" in spec:
        made["selector"] = {**mapping(spec["selector"]), **added}
    if kind in _SELECTS:
        selector = mapping(spec.get("selector"))
        labels = {**mapping(selector.get("matchLabels")), **added}
        made["selector"] = {**selector, "matchLabels": labels}
    if kind in _PODS:
        made = _with(made, (*_PODS[kind], "metadata", "labels"), added)
    return {**value, "spec": made} if made != spec else value


def _with(found: Map, path: tuple[str, ...], added: Mapping[str, JsonValue]) -> Map:
    if not path:
        return {**found, **added}
    return {**found, path[0]: _with(mapping(found.get(path[0])), path[1:], added)}
