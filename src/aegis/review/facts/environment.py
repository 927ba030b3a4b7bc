"""What variables of a workload say: models by name, code that may run, keys, traces that leave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aegis.detect.names import looks_secret, secret_role
from aegis.detect.placeholders import is_placeholder
from aegis.review.facts.types import (
    Fact,
    HostedModel,
    LiteralKey,
    ModelReference,
    RemoteCode,
    Variable,
)

_MODELS = frozenset(("HF_MODEL_ID", "MODEL_ID", "MODEL_NAME"))
_REVISIONS = frozenset(("HF_MODEL_REVISION", "MODEL_REVISION", "REVISION"))
# A model of the hub, and not a path, an address or what a template puts there.
_ON_HUB = re.compile(r"[\w-]+/[\w.-]+(?::[\w.-]+)?")
_TRUSTS = re.compile(r"(?:^|_)TRUST_REMOTE_CODE$")
_YES = frozenset(("1", "true", "yes", "on"))
_HOSTED = re.compile(r"(?:gpt-|claude-|gemini-|o\d|mistral-|command-)[\w.-]*")


def environment_facts(variables: Iterable[Variable]) -> Iterator[Fact]:
    """Models that the variables name, and whether they let a model bring code along."""
    known = tuple(variables)
    pinned = any(each.name in _REVISIONS and each.value for each in known)
    for each in known:
        if each.name in _MODELS and _ON_HUB.fullmatch(each.value) and "TTTT" not in each.value:
            yield ModelReference(
                span=each.span, name=each.value, revision="", pinned=pinned, via="hub"
            )
        elif each.name.endswith("MODEL") and _HOSTED.fullmatch(each.value):
            yield HostedModel(span=each.span, name=each.value)
        elif _TRUSTS.search(each.name) and each.value.lower() in _YES:
            yield RemoteCode(span=each.span, via=f"`{each.name}`")


def literal_keys(variables: tuple[Variable, ...], where: str) -> Iterator[LiteralKey]:
    """Variables that are named like a key and hold a literal."""
    for each in variables:
        role = secret_role(each.name)
        literal = role and not is_placeholder(each.value)
        if literal and looks_secret(each.value, role, quoted=True):
            yield LiteralKey(span=each.span, name=each.name, where=where)
