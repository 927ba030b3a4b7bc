"""What passes to a model that does not chat: its path, its body, and the texts in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from aegis.gateway.texts import collected

_TEXTS = ("input", "query", "text", "texts", "documents", "passages")
"""Fields that hold what somebody wrote, in requests for vectors, ranks and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A request's body as it came: bytes with their type, and the document where they are JSON."""

    raw: bytes
    kind: str
    document: dict[str, Any] | None = None

    def for_model(self, name: str, change: Callable[[str], str]) -> tuple[bytes, str]:
        """Bytes and type for a version of the model, with every text changed.

        A body that is no JSON object passes as it is. The model's name is set where one is stated.
        """
        if self.document is None:
            return self.raw, self.kind
        document = mapped(self.document, change)
        if "model" in document:
            document["model"] = name
        return json.dumps(document, ensure_ascii=False).encode(), "application/json"


def fits(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path is one of those that pass; `*` stands for a part without a slash.

    >>> fits("/v2/models/fraud/infer", ["/v2/models/*/infer"])
    True
    >>> fits("/v2/models/a/b/infer", ["/v2/models/*/infer"])
    False
    """
    parts = path.split("/")
    return ".." not in parts and any(_fits(parts, pattern.split("/")) for pattern in patterns)


def _fits(parts: list[str], pattern: list[str]) -> bool:
    return len(parts) == len(pattern) and all(map(fnmatchcase, parts, pattern))


def read(raw: bytes, kind: str) -> Body:
    """A body by its type.

    Raises:
        ValueError: it says that it is JSON and is not.
    """
    if kind and "json" not in kind:
        return Body(raw=raw, kind=kind)
    document = json.loads(raw)
    known = document if isinstance(document, dict) else None
    return Body(raw=raw, kind=kind or "application/json", document=known)


def texts(body: Body) -> list[str]:
    """Every text of a body that somebody wrote."""
    return collected(lambda keep: mapped(body.document or {}, keep))


def mapped(document: dict[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The document with every text that somebody wrote changed."""
    return {k: _changed(v, change) if k in _TEXTS else v for k, v in document.items()}


def _changed(value: object, change: Callable[[str], str]) -> object:
    match value:
        case str():
            return change(value)
        case list():
            return [_changed(each, change) for each in value]
        case dict():
            return mapped(value, change)
        case _:
            return value
