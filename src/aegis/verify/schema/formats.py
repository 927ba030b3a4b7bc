"""Formats and quantities, as an API server reads them.

Sources: Kubernetes `apimachinery/pkg/api/resource` (quantities), `apimachinery/pkg/util/validation`
(names), `apiextensions-apiserver/pkg/apiserver/validation/formats.go` (which formats bind).
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import urllib.parse
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

_QUANTITY = re.compile(
    r"^([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]+)?\Z"
)
_SCALE = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    "k": Decimal(10**3), "M": Decimal(10**6), "G": Decimal(10**9), "T": Decimal(10**12),
    "P": Decimal(10**15), "E": Decimal(10**18),
    "Ki": Decimal(2**10), "Mi": Decimal(2**20), "Gi": Decimal(2**30), "Ti": Decimal(2**40),
    "Pi": Decimal(2**50), "Ei": Decimal(2**60),
}  # fmt: skip
_DATE_TIME = re.compile(
    r"^\d{4}-\d{2}-\d{2}[tT]\d{2}:\d{2}:\d{2}(\.\d+)?([zZ]|[+-]\d{2}:\d{2})\Z", re.ASCII
)
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_DURATION_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
}  # fmt: skip
_MAX_SECONDS = 9.3e9  # Go keeps nanoseconds in 64 bits: 292 years

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
DNS_LABEL = re.compile(rf"^{_LABEL}\Z")
DNS_SUBDOMAIN = re.compile(rf"^{_LABEL}(\.{_LABEL})*\Z")
QUALIFIED = re.compile(r"^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_HOST = re.compile(r"^([a-zA-Z0-9_]([-a-zA-Z0-9_]*[a-zA-Z0-9_])?\.?)+\Z")
_UUID = re.compile(r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\Z")
_EMAIL = re.compile(r"^[^@\s<>]+@[^@\s<>]+\Z")
_MAC = re.compile(r"^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\Z")


def quantity(text: str) -> Decimal | None:
    """A Kubernetes quantity as a number, or None.

    >>> quantity("1500m"), quantity("2Gi"), quantity("1e3"), quantity("2gi")
    (Decimal('1.500'), Decimal('2147483648'), Decimal('1000'), None)
    """
    found = _QUANTITY.match(text) if len(text) < 128 else None
    if found is None:
        return None
    number, suffix = Decimal(found.group(1)), found.group(2) or ""
    if suffix[:1] in {"e", "E"} and len(suffix) > 1 and suffix != "Ei":
        exponent = int(suffix[1:])
        return number * Decimal(10) ** exponent if abs(exponent) < 100 else None
    return number * _SCALE[suffix]


def seconds(text: str) -> float | None:
    """A Go duration in seconds, or None.

    >>> seconds("1m30s"), seconds("-0.5h"), seconds("10"), seconds("0")
    (90.0, -1800.0, None, 0.0)
    """
    sign = -1.0 if text[:1] == "-" else 1.0
    body = text.lstrip("+-") if text[:1] in {"+", "-"} else text
    if body == "0":
        return 0.0
    position, total = 0, 0.0
    while position < len(body):
        part = _DURATION_PART.match(body, position)
        if part is None:
            return None
        total += float(part.group(1)) * _SECONDS[part.group(2)]
        position = part.end()
    return sign * total if body and total < _MAX_SECONDS else None


def _date_time(text: str) -> bool:
    if not _DATE_TIME.match(text):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", text.upper().replace("Z", "+00:00")))
    except ValueError:
        return False
    return True


def _date(text: str) -> bool:
    try:
        return bool(_DATE.match(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _ip(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return check


def _uri(text: str) -> bool:
    """Go's `url.ParseRequestURI`: absolute, or a path that starts with a slash."""
    if any(char <= " " or char == "\x7f" for char in text):
        return False
    try:
        parts = urllib.parse.urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return text.startswith("/") or bool(parts.scheme)


def _hostname(text: str) -> bool:
    return len(text) <= 255 and bool(_HOST.match(text))


def _byte(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


TEXT_FORMATS: dict[str, Callable[[str], bool]] = {
    "date-time": _date_time,
    "datetime": _date_time,
    "date": _date,
    "ipv4": _ip(4),
    "ipv6": _ip(6),
    "cidr": _cidr,
    "uri": _uri,
    "hostname": _hostname,
    "uuid": lambda text: bool(_UUID.match(text)),
    "email": lambda text: bool(_EMAIL.match(text)),
    "mac": lambda text: bool(_MAC.match(text)),
    "byte": _byte,
    "duration": lambda text: seconds(text) is not None,
}
"""Formats of a string that bind; any other format is a remark."""

WHOLE_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
NUMBER_LIMITS = {"float": 3.4028235e38}
