"""Secrets that only their context gives away: `password = "..."`, headers, connection strings.

Nothing here is found by entropy alone: a name that promises a secret comes first, and the value
must then look like one. Anchors are searched as plain bytes, so a text without any costs almost
nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from aegis.detect.names import looks_secret, mixed, secret_role
from aegis.detect.placeholders import is_placeholder, words

_NAME_REACH = 80


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that its context calls a secret; `keep` is what a mask may show of it."""

    start: int
    end: int
    kind: str
    keep: str = ""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text and its lower-case ASCII form, in which every offset is the same."""

    text: str
    lower: bytes

    @classmethod
    def of(cls, text: str) -> Folded:
        """`text`, ready to be searched; other letters than ASCII become question marks."""
        return cls(text, text.encode("ascii", "replace").lower())

    def places(self, anchor: bytes) -> Iterator[int]:
        """Offsets of each place where the anchor stands."""
        at = self.lower.find(anchor)
        while at != -1:
            yield at
            at = self.lower.find(anchor, at + len(anchor))


_ANCHORS = (b"password", b"passwd", b"passphrase", b"pwd", b"pass", b"secret", b"key", b"token")
_TAIL = re.compile(
    r"""(?:word|wd|phrase)?[\d_]{0,4}(?P<close>["'`]?\]?)
        (?P<annotation>\s*:\s*[A-Za-z_][\w.\[\], |]{0,40}?(?=\s*=[^=]))?
        (?P<separator>[ \t]*(?::=|=>|:-|=(?!=)|:)\s*|["']\s*,\s*(?=["'])|>|[ ]+)
        (?:[fFrRbBuU]{0,2}(?P<quote>\\?["'`])(?P<quoted>(?:(?!(?P=quote))[^\r\n]){0,600})(?P=quote)
          |(?P<bare>[^\s"'`,;<>(){}\[\]#|&\\]{1,600})(?P<after>[(\[.{]?))""",
    re.VERBOSE,
)
_NAME = re.compile(r"-{0,2}[A-Za-z_][\w.\-]*$")
_GETENV = re.compile(r"(?:getenv|environ\.get|env|config|get)\(\s*[\"']?$")
_KINDS = {"password": "password", "secret": "api-key", "token": "token"}


def named_values(folded: Folded) -> Iterator[Candidate]:
    """Literals given to a name that promises a secret."""
    for anchor in _ANCHORS:
        for at in folded.places(anchor):
            tail = _TAIL.match(folded.text, at + len(anchor))
            if tail is not None:
                candidate = _named(folded.text, at + len(anchor), tail)
                if candidate is not None:
                    yield candidate


def _named(text: str, end: int, tail: re.Match[str]) -> Candidate | None:
    head = text[max(0, end - _NAME_REACH) : end]
    name = _NAME.search(head)
    role = secret_role(name[0] + tail[0][: 6 if tail[0][:1].isalpha() else 0]) if name else ""
    if name is None or not role or not _assigns(tail, name[0], head[: name.start()]):
        return None
    group = "bare" if tail["quoted"] is None else "quoted"
    value = tail[group]
    if group == "bare" and tail["after"] in {"(", "[", "{"}:
        return None
    if value.startswith("eyJ") or is_placeholder(value):
        return None
    if not looks_secret(value, role, quoted=group == "quoted"):
        return None
    return Candidate(tail.start(group), tail.end(group), _KINDS[role])


def _assigns(tail: re.Match[str], name: str, before: str) -> bool:
    """Whether what stands between name and value is an assignment in some notation."""
    separator = tail["separator"]
    if "," in separator:
        return _GETENV.search(before) is not None
    if not separator.strip():
        return name.startswith("--")
    if separator.strip() == ">":
        return before.endswith("<")
    return True


_BEARER = re.compile(r"bearer[ \t]+(?P<value>[\w=~@.+/-]{16,2000})", re.IGNORECASE)
_AUTHORIZATION = re.compile(
    r"authorization[\"'\]]{0,2}\s*[:=,]\s*[\"'`]?(?:token|apikey|api-key)?[ \t]*"
    r"(?P<value>[\w=~@.+/-]{16,2000})",
    re.IGNORECASE,
)
_BASIC = re.compile(
    r"(?:basic[ \t]+|\"auth\"\s*:\s*\")(?P<value>[A-Za-z0-9+/]{8,400}={0,2})", re.IGNORECASE
)
_URL = re.compile(
    r"://(?P<user>[^\s:/?#@\"'`<>]{0,100}):(?P<value>[^\s/?#@\"'`<>]{3,200})@(?=[\w\[{$<%-])"
)
_CURL_USER = re.compile(r"\s(?:-u|--user)[ =]+[\"']?[\w.@-]{1,80}:(?P<value>[^\s\"']{6,200})")
_ACCOUNT_KEY = re.compile(
    r"(?:AccountKey|SharedAccessKey|SharedAccessSignature)=(?P<value>[A-Za-z0-9+/%=]{40,200})",
    re.IGNORECASE,
)
_BLOCK = re.compile(
    r"-----BEGIN[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----(?P<body>[^-]{1,16000})"
    r"(?:-----END[ A-Z0-9]{0,40}PRIVATE KEY(?: BLOCK)?-----)?",
    re.ASCII,
)
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/=]{40,}")
_WEAK = words("postgres mysql redis rabbitmq guest minio minioadmin neo4j elastic mongo")


def in_headers(folded: Folded) -> Iterator[Candidate]:
    """Bearer and basic credentials written out."""
    for anchor, pattern in ((b"bearer", _BEARER), (b"authorization", _AUTHORIZATION)):
        for at in folded.places(anchor):
            match = pattern.match(folded.text, at)
            if match and _opaque(match["value"]):
                yield Candidate(match.start("value"), match.end("value"), "authorization-header")
    for anchor in (b"basic ", b'"auth"'):
        for at in folded.places(anchor):
            match = _BASIC.match(folded.text, at)
            password = _basic_password(match["value"]) if match else ""
            if match and password and not is_placeholder(password) and password not in _WEAK:
                yield Candidate(match.start("value"), match.end("value"), "basic-credentials")


def _opaque(value: str) -> bool:
    digits = any(map(str.isdigit, value))
    return digits and mixed(value) and not value.startswith("eyJ") and not is_placeholder(value)


def _basic_password(value: str) -> str:
    try:
        plain = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    user, colon, password = plain.partition(":")
    return password if colon and user.isprintable() and password.isprintable() else ""


def in_urls(folded: Folded) -> Iterator[Candidate]:
    """Passwords inside connection strings and on a client's command line."""
    if b"@" in folded.lower:
        for at in folded.places(b"://"):
            match = _URL.match(folded.text, at)
            if match and _strong_enough(match["value"], match["user"]):
                yield Candidate(match.start("value"), match.end("value"), "connection-string")
    for anchor, pattern, kind in (
        (b"curl", _CURL_USER, "basic-credentials"),
        (b"accountkey=", _ACCOUNT_KEY, "cloud-account-key"),
        (b"sharedaccess", _ACCOUNT_KEY, "cloud-account-key"),
    ):
        for at in folded.places(anchor):
            end = folded.lower.find(b"\n", at)
            match = pattern.search(folded.text, at, end if end != -1 else len(folded.text))
            if match and not is_placeholder(match["value"]):
                yield Candidate(match.start("value"), match.end("value"), kind)


def _strong_enough(value: str, user: str) -> bool:
    """Not the user's own name, not a single short word: those are defaults, judged elsewhere."""
    if is_placeholder(value) or value.lower() in _WEAK or value == user or len(value) < 5:
        return False
    return not (value.isalpha() and value.islower() and len(value) < 12)


def in_blocks(folded: Folded) -> Iterator[Candidate]:
    """PEM and OpenSSH private keys with a body."""
    if b"private key" in folded.lower:
        for match in _BLOCK.finditer(folded.text):
            body = match["body"].replace("\\n", "\n")
            if any(len(set(run)) > 12 for run in _BASE64_RUN.findall(body)):
                yield Candidate(match.start(), match.end(), "private-key", "PRIVATE KEY ")
