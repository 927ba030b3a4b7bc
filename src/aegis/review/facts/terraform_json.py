"""Terraform in its JSON notation: the same resources as from `.tf`, by the same names."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.review.documents.source import Source
from aegis.review.documents.yaml_view import Node, UnreadableError, read_yaml
from aegis.review.facts.terraform import DEPTH, derived, may_matter
from aegis.review.facts.types import Attribute, Fact, Resource, Trait


def terraform_json_facts(source: Source) -> Iterator[Fact]:
    """Resources, data and modules of a `.tf.json` file with their attributes."""
    if not may_matter(source):
        return
    try:
        documents = read_yaml(source)
    except UnreadableError as error:
        yield Trait(span=source.at(1), name="unreadable", detail=str(error))
        return
    for document in documents:
        for kind, name, place, body in _bodies(document):
            resource = Resource(
                span=place.span, kind=kind, name=name, attributes=tuple(_attributes(body, "", 0))
            )
            yield resource
            yield from derived(resource)


def _bodies(document: Node) -> Iterator[tuple[str, str, Node, Node]]:
    """Kind, name, place and settings of each block; several of one name stand in a list."""
    for section, prefix in (("resource", ""), ("data", "data.")):
        for kind, _, named in document.get(section).items():
            for name, key, body in named.items():
                for each in _each(body):
                    yield f"{prefix}{kind}", name, key, each
    for name, key, body in document.get("module").items():
        for each in _each(body):
            yield f"module.{name}", name, key, each


def _each(node: Node) -> list[Node]:
    return list(node.entries()) or [node]


def _attributes(body: Node, prefix: str, depth: int) -> Iterator[Attribute]:
    if depth > DEPTH:
        return
    for name, _, value in body.items():
        blocks = [each for each in _each(value) if each.is_mapping]
        for each in blocks:
            yield from _attributes(each, f"{prefix}{name}.", depth + 1)
        if not blocks:
            entries = ", ".join(f'"{each.text}"' for each in value.entries())
            written = f"[{entries}]" if value.is_list else value.text
            yield Attribute(path=prefix + name, value=written, span=value.span)
