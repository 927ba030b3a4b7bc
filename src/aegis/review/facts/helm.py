"""Values of Helm charts: images, model names, engine switches and keys, at any depth."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.detect.names import secret_role
from aegis.review.documents.source import Source
from aegis.review.documents.yaml_view import Node
from aegis.review.facts.commands import read_command
from aegis.review.facts.compose import places_from
from aegis.review.facts.environment import literal_keys
from aegis.review.facts.types import Fact, Image, ModelReference, Trait, Variable


def values_facts(source: Source, document: Node) -> Iterator[Fact]:
    """Helm values: images, model names, engine switches and keys at any depth."""
    for name, key, node in _mappings(document):
        repository, tag = node.get("repository"), node.get("tag")
        if repository.text and name.lower().endswith(("image", "images")):
            yield Image(
                span=repository.span,
                name=repository.text,
                tag=tag.text or "?",  # the chart's own version, by convention
                digest=node.get("digest").text,
            )
        yield from _plain_secrets(node)
        for text, value in ((each, leaf) for each, _, leaf in node.items() if leaf.text):
            yield from _value(source, text, value)
        del key


def _plain_secrets(node: Node) -> Iterator[Trait]:
    """Empty values named like a secret, with no way to name an existing secret beside them."""
    names = [name.lower() for name, _, _ in node.items()]
    if any("existing" in name or "secretref" in name or "secretname" in name for name in names):
        return
    for name, key, value in node.items():
        empty = value.raw is not None and value.raw.tag.endswith(":str") and not value.text
        if empty and secret_role(name):
            yield Trait(span=key.span, name="chart-secret", detail=name)


def _value(source: Source, name: str, value: Node) -> Iterator[Fact]:
    if name in {"modelURL", "model", "modelName", "modelId", "hfModelId"} and "/" in value.text:
        if (
            not value.text.startswith(("/", "s3:", "gs:", "pvc:", "http"))
            and "{{" not in value.text
        ):
            yield ModelReference(
                span=value.span, name=value.text, revision="", pinned=False, via="hub"
            )
    elif value.text.startswith("--") or name in {"command", "args"}:
        yield from read_command(value.text, places_from(source, value.line))
    variable = Variable(name=name, value=value.text, span=value.span)
    yield from literal_keys((variable,), "chart values")


def _mappings(document: Node) -> Iterator[tuple[str, Node, Node]]:
    seen: set[int] = set()
    pending: list[tuple[str, Node, Node]] = [("", document, document)]
    while pending:
        name, key, node = pending.pop()
        if node.raw is None or id(node.raw) in seen:
            continue
        seen.add(id(node.raw))
        if node.is_mapping:
            yield name, key, node
            pending += [(each, inner, value) for each, inner, value in node.items()]
        pending += [(name, each, each) for each in node.entries()]
