"""Terraform files as resources, where the `tree-sitter-hcl` wheel is installed.

The reader is loaded only when a file may matter. Without the wheel no resource is read, and the
review says so by name.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from aegis.base.finding import Span
from aegis.review.documents.source import Source
from aegis.review.facts.images import image_of
from aegis.review.facts.types import Attribute, Fact, HostedModel, ModelReference, Resource, Trait

_HINTS = re.compile(
    rb"sagemaker|openai|bedrock|vertex_ai|cognitive|cloud_run|guest_accelerator|machine_learning"
    rb"|iam_|service_account_key|_password\"|role_assignment|security_group|container_registry|_firewall|eks_cluster|kubernetes_cluster|container_cluster|cluster_version|image\"?\s*[=:]|helm_release"
)
DEPTH = 12


class _Node(Protocol):
    type: str
    text: bytes
    start_point: tuple[int, int]
    end_point: tuple[int, int]
    children: Sequence[_Node]


def may_matter(source: Source) -> bool:
    """Whether the file can hold a resource that a rule reads."""
    return _HINTS.search(source.data) is not None


def terraform_facts(source: Source) -> Iterator[Fact]:
    """Resources with their attributes; a note when the reader is missing."""
    if not may_matter(source):
        return
    if importlib.util.find_spec("tree_sitter_hcl") is None:
        yield Trait(span=source.at(1), name="unreadable", detail="tree-sitter-hcl is not installed")
        return
    for kind, labels, body in _blocks(_parse(source.data)):
        if kind in {"resource", "data", "module"} and labels:
            resource = _resource(source, kind, labels, body)
            yield resource
            yield from derived(resource)


def _parse(data: bytes) -> _Node:
    parser_module = importlib.import_module("tree_sitter")
    language = parser_module.Language(importlib.import_module("tree_sitter_hcl").language())
    root: _Node = parser_module.Parser(language).parse(data).root_node
    return root


def _blocks(node: _Node) -> Iterator[tuple[str, list[str], _Node]]:
    for child in node.children:
        if child.type == "body":
            yield from _blocks(child)
        elif child.type == "block":
            names = [each for each in child.children if each.type in {"identifier", "string_lit"}]
            texts = [each.text.decode("utf-8", "replace").strip('"') for each in names]
            body = next((each for each in child.children if each.type == "body"), child)
            if texts:
                yield texts[0], texts[1:], body


def _resource(source: Source, kind: str, labels: list[str], body: _Node) -> Resource:
    return Resource(
        span=source.at(body.start_point[0] + 1),
        kind=labels[0] if kind == "resource" else f"{kind}.{labels[0]}",
        name=labels[-1],
        attributes=tuple(_attributes(source, body, "", 0)),
    )


def _attributes(source: Source, body: _Node, prefix: str, depth: int) -> Iterator[Attribute]:
    if depth > DEPTH:
        return
    for child in body.children:
        if child.type == "attribute" and len(child.children) >= 3:
            name, value = child.children[0], child.children[-1]
            yield Attribute(
                path=prefix + name.text.decode("utf-8", "replace"),
                value=value.text.decode("utf-8", "replace").strip().strip('"'),
                span=_span(source, child),
            )
        elif child.type == "block":
            for kind, _, inner in _blocks_of(child):
                yield from _attributes(source, inner, f"{prefix}{kind}.", depth + 1)


def _blocks_of(block: _Node) -> Iterator[tuple[str, list[str], _Node]]:
    names = [each for each in block.children if each.type in {"identifier", "string_lit"}]
    body = next((each for each in block.children if each.type == "body"), None)
    if names and body is not None:
        yield names[0].text.decode("utf-8", "replace"), [], body


def _span(source: Source, node: _Node) -> Span:
    line, column = node.start_point[0] + 1, node.start_point[1] + 1
    end = node.end_point[1] + 1 if node.end_point[0] == node.start_point[0] else None
    return source.at(line, column, end)


_WIDE_POLICIES = re.compile(
    r"(?:SageMaker|Bedrock|S3|SecretsManager)FullAccess|AdministratorAccess|roles/(?:owner|editor)\b"
    r"|^Owner$|^Contributor$"
)
_ANYTHING = re.compile(r"actions?\"?\s*[=:]\s*\[?\s*\"\*\"", re.IGNORECASE)


def derived(resource: Resource) -> Iterator[Fact]:
    """Facts that other rules already read: rights, images, hosted models."""
    for each in resource.attributes:
        last = each.path.rpartition(".")[2]
        if last in {"policy_arn", "role", "role_definition_name", "managed_policy_arns"}:
            match = _WIDE_POLICIES.search(each.value)
            if match:
                yield Trait(
                    span=each.span, name="wildcard-rights", detail=f"what `{match[0]}` allows"
                )
        elif last in {"policy", "actions"} and (
            _ANYTHING.search(each.value) or each.value.replace(" ", "") == '["*"]'
        ):
            yield Trait(span=each.span, name="wildcard-rights", detail="every action")
        elif last == "image" and "/" in each.value and "$" not in each.value:
            image = image_of(each.value, each.span)
            if image is not None:
                yield image
        elif last in _MODEL_VARIABLES or last == "environment":
            yield from _model_by_name(each)
    yield from _azure_model(resource)


_MODEL_VARIABLES = frozenset(("HF_MODEL_ID", "MODEL_ID"))
_NAMED = re.compile(r"HF_MODEL_ID\"?\s*[=:]\s*\"([\w-]+/[\w.-]+)\"|^([\w-]+/[\w.-]+)$")


def _model_by_name(attribute: Attribute) -> Iterator[ModelReference]:
    """A model of the hub in the environment of a managed container."""
    match = _NAMED.search(attribute.value)
    if match is not None and "HF_MODEL_REVISION" not in attribute.value:
        yield ModelReference(
            span=attribute.span, name=match[1] or match[2], revision="", pinned=False, via="hub"
        )


def _azure_model(resource: Resource) -> Iterator[HostedModel]:
    name, version = resource.get("model.name"), resource.get("model.version")
    if resource.kind == "azurerm_cognitive_deployment" and name and version:
        written = f"{name.value}-{version.value}".replace("gpt-35", "gpt-3.5")
        yield HostedModel(span=version.span, name=written)
