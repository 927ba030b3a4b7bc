"""The identity of what answered: model, protocol, prompt and parameters as one digest."""

from __future__ import annotations

import hashlib
import json

from aegis.evaluate.records import Release


def identified(release: Release) -> Release:
    """The release with its digest; where it is served does not count, what it is does.

    >>> one = identified(Release(model="m", protocol="openai", endpoint="https://a"))
    >>> one.digest == identified(Release(model="m", protocol="openai", endpoint="https://b")).digest
    True
    >>> one.digest == identified(Release(model="n", protocol="openai", endpoint="https://a")).digest
    False
    """
    said = release.model_dump(mode="json", exclude={"endpoint", "digest", "prompt"})
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    return release.model_copy(update={"digest": digest})
