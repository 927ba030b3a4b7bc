"""Secrets as people paste them into a conversation: in a sentence, a command, an address.

Beside what `find_secrets` knows. In a talk a false alarm costs a sentence, in a repository it costs
trust, so these forms are looked for here only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.detect.names import mixed
from aegis.detect.placeholders import is_placeholder
from aegis.detect.secrets import SecretSpan, find_secrets
from aegis.detect.spans import apart, masked

_VALUE = r"[\"'`]?(?P<value>[^\s\"'`,;<>{}\[\]()&]{8,300})"
_WORD = (
    r"(?:pass ?words?|passwort|kennwort|passphrase|mot de passe|contrase(?:ñ|n)a|senha|wachtwoord|hasło|"
    r"api[- ]?keys?|access[- ]?keys?|tokens?|secrets?|api[- ]?schlüssel|"
    r"clé(?: d'api)?|chave|clave|chiave|sleutel|klucz)"
)
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"\b{_WORD}\b[^\n.;]{{0,60}}?(?:\b(?:is|ist|lautet|est|es|são|to|jest|of|provided)\b|[éè:=])\s*:?\s*{_VALUE}",
        rf"\b{_WORD}[ \t]+{_VALUE}",
        rf"(?:^|\s)(?:-p|--password|--token)[ =]?{_VALUE}",
        rf"\b[A-Z_]*(?:PASSWORD|TOKEN|SECRET|API_?KEY)\s*=\s*{_VALUE}",
        rf"[?&](?:api_?key|key|token|access_token|secret|sig|password)={_VALUE}",
        rf"name:\s*\S*(?:TOKEN|KEY|PASSWORD|SECRET)\S*\s+value:\s*{_VALUE}",
        rf"key=\"\S*(?:key|token|password|secret)\S*\"\s+value={_VALUE}",
        rf"\b(?:api_?key|token|password|secret)\b[\"']?\s*[:=]\s*{_VALUE}",
    )
)


def find_said(text: str) -> tuple[SecretSpan, ...]:
    """Every secret in what somebody said, by place, without overlaps."""
    found = sorted((*find_secrets(text), *_said(text)), key=lambda each: (each.start, -each.end))
    return apart(found)


def mask_said(text: str) -> str:
    """The same text with each of them replaced by stars."""
    return masked(text, find_said(text))


def _said(text: str) -> Iterator[SecretSpan]:
    for form in _FORMS:
        for match in form.finditer(text):
            value = match["value"].rstrip(".!?:")
            if _is_one(value):
                yield SecretSpan(
                    match.start("value"), match.start("value") + len(value), "password", "********"
                )


def _is_one(value: str) -> bool:
    """Long enough, letters and digits mixed, and no stand-in, address or path."""
    if (
        len(value) < 8
        or is_placeholder(value)
        or "://" in value
        or value.count("/") > 1
        or "$" in value
    ):
        return False
    return any(c.isdigit() for c in value) and any(c.isalpha() for c in value) and mixed(value)
