"""Text to spans of secrets, and text with its secrets masked. No value ever leaves here.

Found are credentials with a shape of their own (`tokens`), and values whose context calls them
secret (`assignments`); never a string for its entropy alone. Placeholders, references to a
secret store, templated values and the keys that vendors print in documentation are not secrets.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from aegis.detect import assignments
from aegis.detect.assignments import Candidate, Folded
from aegis.detect.placeholders import is_placeholder
from aegis.detect.spans import apart, masked
from aegis.detect.tokens import DOTTED, INSIDE, LEADING, LEADS, WORDS_ONLY, Token

MASK = "********"
_JWT = re.compile(
    r"(?<![\w-])(?P<head>eyJ[\w-]{10,1000})\.(?P<claims>eyJ[\w-]{10,4000})\.(?P<seal>[\w-]{16,1200})"
)
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class SecretSpan:
    """Where a secret stands; offsets count characters, `end` is exclusive.

    `masked` may be shown to anyone: it holds the public prefix of the vendor at most, and its
    length does not depend on the secret's. `verified` says that a checksum in the secret fits.
    """

    start: int
    end: int
    kind: str
    masked: str
    verified: bool = False


def find_secrets(text: str, leads: frozenset[bytes] | None = None) -> tuple[SecretSpan, ...]:
    """Every secret in the text, by place, without overlaps.

    `leads` are those of its words that may begin a token (`LEADS`), where the caller has them.
    """
    found = sorted(_candidates(text, leads), key=lambda each: (each.start, -each.end))
    return apart(found)


def mask(text: str) -> str:
    """The same text with each secret replaced by its masked form."""
    return masked(text, find_secrets(text))


def _candidates(text: str, leads: frozenset[bytes] | None) -> Iterator[SecretSpan]:
    folded = Folded.of(text)
    if leads is None:
        words = set(text.encode("ascii", "replace").translate(WORDS_ONLY).split())
        leads = frozenset(word for word in words if LEADS.match(word))
    yield from _tokens(text, leads)
    if "eyJ" in text:
        yield from _jwts(text)
    for find in (assignments.in_blocks, assignments.in_urls, assignments.in_headers):
        for candidate in find(folded):
            yield _masked(candidate)
    for candidate in assignments.named_values(folded):
        yield _masked(candidate)


def _masked(candidate: Candidate) -> SecretSpan:
    return SecretSpan(candidate.start, candidate.end, candidate.kind, candidate.keep + MASK)


def _tokens(text: str, leads: frozenset[bytes]) -> Iterator[SecretSpan]:
    for token in INSIDE:
        if token.hint in text:
            for match in token.pattern.finditer(text):
                yield from _token(token, match)
    for word in sorted(leads):
        if word in DOTTED:
            yield from _everywhere(DOTTED[word], DOTTED[word].keep, text)
        for token in LEADING:
            if word.startswith(token.prefix):
                yield from _everywhere(token, word.decode(), text)


def _everywhere(token: Token, word: str, text: str) -> Iterator[SecretSpan]:
    at = text.find(word)
    while at != -1:
        match = token.pattern.match(text, at)
        if match is not None:
            yield from _token(token, match)
        at = text.find(word, at + len(word))


def _token(token: Token, match: re.Match[str]) -> Iterator[SecretSpan]:
    body = match[0].removeprefix(token.keep)
    if not is_placeholder(body) and _varied(body) and not is_placeholder(match[0]):
        masked = token.keep + MASK
        yield SecretSpan(match.start(), match.end(), token.kind, masked, _checksum_fits(match[0]))


def _varied(body: str) -> bool:
    """A token of letters and digits holds both kinds or both cases, unlike an identifier."""
    letters = [each for each in body if each.isalpha()]
    if any(map(str.isdigit, body)):
        return bool(letters)
    return any(map(str.isupper, letters)) and any(map(str.islower, letters)) and "_" not in body


def _checksum_fits(token: str) -> bool:
    """Whether the last six characters are the CRC-32 of the random part, in base 62.

    GitHub tokens and npm tokens end so. Source: GitHub engineering blog, «Behind GitHub's new
    authentication token formats», 2021-04-05, retrieved 2026-11-22.
    """
    prefix, _, body = token.partition("_")
    if prefix not in {"ghp", "gho", "ghu", "ghs", "ghr", "npm"} or len(body) != 36:
        return False
    number, digits = zlib.crc32(body[:-6].encode()), ""
    while number:
        number, remainder = divmod(number, 62)
        digits = _BASE62[remainder] + digits
    return digits.rjust(6, "0") == body[-6:]


def _jwts(text: str) -> Iterator[SecretSpan]:
    for match in _JWT.finditer(text):
        head, claims = _json(match["head"]), _json(match["claims"])
        if "alg" not in head or _is_public(claims) or is_placeholder(match["seal"]):
            continue
        yield SecretSpan(match.start(), match.end(), "jwt", f"eyJ{MASK}")


def _is_public(claims: dict[str, object]) -> bool:
    """Documentation tokens, and keys that a vendor means to be read by browsers."""
    return (
        claims.get("sub") == "1234567890"
        or claims.get("role") == "anon"
        or "example" in str(claims.get("iss", ""))
    )


def _json(part: str) -> dict[str, object]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
