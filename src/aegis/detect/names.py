"""Which names promise a secret, and which values look like one."""

from __future__ import annotations

import itertools
import re

from aegis.detect.placeholders import words

_WORD_SPLIT = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_ENDS_IN_PASSWORD = words("password passwd passphrase pwd pass pw")
_ENDS_IN_SECRET = words("secret apikey secretkey accesskey authtoken")
_KEY_BEFORE = words(
    "api access secret private auth encryption signing master account shared jwt "
    "crypto app application salt webhook service admin license deploy"
)
_NOT_SECRET = words(
    "public primary foreign sort partition hot cache idempotency eos bos pad unk sep cls mask "
    "stop next max min num image special start end csrf page continue progress new prefix"
)

# `existingSecret` and `secretRef` name a secret that is kept elsewhere.
_NAMES_ONE = words("existing reset ref reference")

_IDENTIFIER_PATH = re.compile(r"[A-Za-z_]\w*(?:[.:/]+[A-Za-z_]\w*)*")
_WORDY = re.compile(r"[A-Za-z]+(?:[-_. ][A-Za-z]+)*\d{0,3}")
_PATHLIKE = re.compile(r"^(?:\.{0,2}/|~/|[A-Za-z]:\\|https?://|[\w.-]+/[\w./-]+$)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DIGEST = re.compile(r"^(?:sha\d+|md5)[:-]", re.IGNORECASE)
_PHRASE = re.compile(r"[a-z]{3,}(?:-[a-z]{3,}){3,}")
_KEY_ALPHABET = re.compile(r"[\w+/=.~@!#$%^&*-]+")
_SEPARATORS = "-_. /:"


def secret_role(name: str) -> str:
    """`password`, `secret` or `token` when a name of this form holds a secret, else nothing."""
    parts = [part.lower() for part in _WORD_SPLIT.split(name) if part]
    while parts and parts[-1].isdigit():
        parts.pop()
    if not parts:
        return ""
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if before in _NOT_SECRET or _NAMES_ONE.intersection(parts):
        return ""
    if last in _ENDS_IN_PASSWORD:
        return "password" if last not in {"pass", "pw"} or before else ""
    if last in _ENDS_IN_SECRET or (last == "key" and before in _KEY_BEFORE):
        return "secret"
    return "token" if last == "token" else ""


def looks_secret(value: str, role: str, *, quoted: bool) -> bool:
    """Whether a value given to such a name is a credential rather than a word or a reference."""
    if len(value) > 512 or _PATHLIKE.match(value) or _DIGEST.match(value):
        return False
    if role != "secret" and _UUID.fullmatch(value):
        return False
    classes = _classes(value)
    if role == "password":
        return _is_password(value, classes, quoted=quoted)
    if len(value) < 16 or _WORDY.fullmatch(value) or not _KEY_ALPHABET.fullmatch(value):
        return False
    return "digit" in classes and len(classes) > 1 and mixed(value)


def _is_password(value: str, classes: set[str], *, quoted: bool) -> bool:
    if quoted and _PHRASE.fullmatch(value):
        return True
    if len(value) < (6 if quoted else 8) or " " in value.strip():
        return False
    if not quoted and _IDENTIFIER_PATH.fullmatch(value) and not mixed(value):
        return False
    return ("digit" in classes and len(classes) > 1) or ("symbol" in classes and len(classes) > 2)


def _classes(value: str) -> set[str]:
    found = set()
    for character in value:
        if character.isdigit():
            found.add("digit")
        elif character.isalpha():
            found.add("upper" if character.isupper() else "lower")
        elif character not in _SEPARATORS:
            found.add("symbol")
    return found


def mixed(value: str) -> bool:
    """Whether letters and digits alternate as in a random string, not as in `my-model-v2`."""
    steps = sum(
        1
        for left, right in itertools.pairwise(value)
        if left.isdigit() != right.isdigit() or (left.islower() and right.isupper())
    )
    return steps * 8 >= len(value) or steps >= 6
