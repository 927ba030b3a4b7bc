"""Whether a value only stands where a secret would stand."""

from __future__ import annotations

import hashlib
import re


def words(text: str) -> frozenset[str]:
    """The words of a line, as a table that reads well."""
    return frozenset(text.split())


# Written by people to say «put yours here». Matched anywhere in a value, lower case.
_WORDS = (
    "your",
    "example",
    "placeholder",
    "changeme",
    "change-me",
    "change_me",
    "change-this",
    "change_this",
    "replace",
    "insert",
    "redacted",
    "dummy",
    "sample",
    "xxxx",
    "****",
    "....",
    "todo",
    "fixme",
    "goes-here",
    "goes_here",
    "foobar",
    "123456789",
    "abcdefgh",
    "not-a-real",
    "notreal",
    "fake",
    "mock",
    "secret-key-here",
)
# The whole value, lower case: type names, literals and words that name the field itself.
_WHOLE = words(
    "none null nil true false str string text bytes empty undefined optional required secret "
    "password passwd pass pwd passphrase token key apikey api_key api-key user username admin "
    "root test testing secretstr secretref credential credentials hidden prompt value default "
    "unset n/a na - no yes inherit env environment vault"
)
_TEMPLATED = re.compile(
    r"\$\{|\$\(|\{\{|\}\}|%\(|<%|\$[A-Za-z_]|^%[A-Za-z_]+%$|<[A-Za-z_][^>]*>|^\$|#\{|\{[A-Za-z_][\w.\[\]'\"]*\}"
    r"|\\u(?!00)[0-9a-fA-F]{4}"  # a letter outside ASCII, as in a text for people
)
_REFERENCE = re.compile(
    r"^(?:vault|secret|secrets|ssm|arn|env|file|op|awssm|gcpsm|sm|keyvault|ref|sops|ENC|doppler)"
    r"(?::|\[)|^projects/|^arn:|^@Microsoft\.KeyVault",
    re.IGNORECASE,
)
_RUN = re.compile(r"(.)\1{5,}")
# What a form demands of a field: `required|string|min:8`.
_DEMANDS = re.compile(
    r"^(?:bail|required|nullable|sometimes|string|present|confirmed)(?:_\w+)?[|:,]"
)
# The name of a variable where its value belongs: `DB_PASS`.
_NAME = re.compile(r"^[A-Z]+(?:_[A-Z]+)*_(?:PASS|PASSWORD|PWD|KEY|TOKEN|SECRET|HOST|USER|NAME)$")

# SHA-256 of values that vendors print in their own documentation or ship in emulators: the
# Azurite storage account key, the Cosmos DB emulator key and the Stripe documentation key.
_KNOWN_EXAMPLES = frozenset(
    {
        "0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059",
        "aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615",
        "2cafc0970149a84f3b9e62eaf169f36f59907a3b3e31f7b82e68c69cd27f7326",
    }
)


def is_placeholder(value: str) -> bool:
    """Whether `value` is an empty, templated, referenced or documented stand-in."""
    bare = value.strip().strip("\"'`")
    lower = bare.lower()
    return (
        len(bare) < 4
        or lower in _WHOLE
        or bare.endswith(("EXAMPLE", "EXAMPLEKEY"))
        or any(word in lower for word in _WORDS)
        or _TEMPLATED.search(bare) is not None
        or _REFERENCE.match(bare) is not None
        or _RUN.search(bare) is not None
        or _NAME.match(bare) is not None
        or _DEMANDS.match(bare) is not None
        or len(set(bare)) <= max(3, min(len(bare) // 12, 8))
        or hashlib.sha256(bare.encode()).hexdigest() in _KNOWN_EXAMPLES
    )
