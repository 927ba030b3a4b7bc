"""A file we propose, and the decisions it carries out."""

from __future__ import annotations

from pydantic import Field, JsonValue

from aegis.base.model import Frozen


class Artifact(Frozen):
    """One file of a bundle.

    `content` is text, or data that is written as YAML (a list of documents when `documents`) or,
    for a path that ends in `.json`, as JSON.
    """

    path: str = Field(description="relative, with forward slashes")
    content: str | dict[str, JsonValue] | list[JsonValue]
    because: tuple[str, ...] = Field(description="ids of the decisions it carries out")
    documents: bool = Field(default=False, description="content is a list of YAML documents")
    environment: str = Field(default="", description="development, staging, production or empty")
    executable: bool = False
