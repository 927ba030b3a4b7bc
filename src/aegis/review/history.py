"""Credentials in texts that are gone from the files and still in every clone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aegis.base.finding import Finding
from aegis.review.documents.source import Source
from aegis.review.documents.tree import Tree
from aegis.review.facts.text import secrets_in
from aegis.review.facts.words import said_in
from aegis.review.noise import lowered
from aegis.review.repository import Repository
from aegis.review.rules.secrets import secret_in_repository


@dataclass(frozen=True, slots=True, kw_only=True)
class PastText:
    """One version of one file, and the newest commit that holds it."""

    commit: str
    path: str
    data: bytes


def history_findings(texts: Iterable[PastText]) -> Iterator[Finding]:
    """A finding for each credential, at the newest place where it stood.

    Values are compared by a hash that lives as long as the call, and are kept nowhere.
    """
    seen: set[bytes] = set()
    for text in texts:
        source = Source(text.path, text.data)
        for span, secret in secrets_in(source, said_in(source)):
            value = hashlib.blake2b(source.text[span.start : span.end].encode()).digest()
            if value in seen:
                continue
            seen.add(value)
            version = Repository(Tree(root=Path(), sources=[source]))
            version.add((secret,))
            for finding in secret_in_repository.findings(version):
                yield lowered(_in_the_past(finding, text))


def _in_the_past(finding: Finding, text: PastText) -> Finding:
    commit = text.commit[:12]
    return finding.model_copy(
        update={
            "message": f"{finding.message.removesuffix(' in the text')} in the history",
            "where": f"{commit}:{finding.span}",
            "label": f"{finding.label}, in commit {commit}",
        }
    )
