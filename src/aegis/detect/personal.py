"""Text to spans of personal data that can be told by form and, where there is one, check digit.

Names, addresses and free descriptions of people need a model and are not looked for here: a text
without spans may still hold personal data.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aegis.detect import checkdigits
from aegis.detect.spans import apart, masked


@dataclass(frozen=True, slots=True)
class PersonalSpan:
    """Where personal data stands; `masked` is what may be shown in its place.

    `checked` says that a check digit fits, so that a false alarm is unlikely.
    """

    start: int
    end: int
    kind: str
    masked: str
    checked: bool = False


@dataclass(frozen=True, slots=True)
class _Form:
    kind: str
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool] | None
    context: re.Pattern[str] | None = None


def _form(
    kind: str,
    pattern: str,
    accepts: Callable[[str], bool] | None = None,
    *,
    near: str = "",
) -> _Form:
    context = re.compile(near, re.IGNORECASE) if near else None
    return _Form(kind, re.compile(pattern), accepts, context)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _phone(text: str) -> bool:
    """E.164 allows at most 15 digits; shorter than 8 is not dialled abroad."""
    return 8 <= len(_digits(text)) <= 15 and len(set(_digits(text))) > 2


def _address(text: str) -> bool:
    """A routable address; loopback, private and documentation ranges name nobody."""
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return False


def _ssn(text: str) -> bool:
    """Areas 000, 666 and 9xx, group 00 and serial 0000 were never issued (SSA, POMS RM 10201)."""
    area, group, serial = text.split(text[3])
    return area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"


# How far before a number a word may stand that says what the number is, in characters.
_REACH = 48

_FORMS: tuple[_Form, ...] = (
    _form(
        "email", r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}\b"
    ),
    _form(
        "iban",
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
        checkdigits.iban,
    ),
    _form("payment-card", r"(?<![\d.,-])(?:\d[ -]?){12,18}\d(?![\d.,-]*\d)", checkdigits.card),
    _form("national-id-us-ssn", r"(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])", _ssn),
    _form("national-id-es-dni", r"\b(?:\d{8}|[XYZ]\d{7})-?[A-HJ-NP-TV-Z]\b", checkdigits.dni),
    _form("national-id-br-cpf", r"(?<!\d)\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)", checkdigits.cpf),
    _form(
        "national-id-fr-nir",
        r"(?<!\d)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|20) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\d)",
        checkdigits.nir,
    ),
    _form(
        "national-id-in-aadhaar",
        r"(?<!\d)[2-9]\d{3} ?\d{4} ?\d{4}(?!\d)",
        checkdigits.verhoeff,
        near=r"aadhaar|uidai",
    ),
    _form(
        "national-id-uk-nhs",
        r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)",
        checkdigits.nhs,
        near=r"\bnhs\b",
    ),
    _form(
        "national-id-nl-bsn",
        r"(?<!\d)\d{9}(?!\d)",
        checkdigits.bsn,
        near=r"\bbsn\b|burgerservicenummer",
    ),
    _form("phone", r"(?<![\w+])\+\d{1,3}[ .-]?(?:\(?\d{1,4}\)?[ .-]?){2,6}\d(?!\w)", _phone),
    _form("phone", r"(?<![\w-])\(\d{3}\) ?\d{3}[-. ]\d{4}(?![\w-])", _phone),
    _form(
        "phone",
        r"(?<![\w.-])0?\d[\d ./-]{6,14}\d(?![\w-])",
        _phone,
        near=r"\b(?:phone|tel|telephone|mobile|cell|call me|fax|whatsapp|telefon|handy)\b",
    ),
    _form("ip-address", r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\d)", _address),
    _form(
        "ip-address", r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}:?[0-9a-fA-F]{1,4}(?![\w:])", _address
    ),
)


def find_personal(text: str) -> tuple[PersonalSpan, ...]:
    """Every piece of personal data in the text that has a form, by place, without overlaps."""
    found = sorted(_candidates(text), key=lambda each: (each.start, not each.checked, -each.end))
    return apart(found)


def redact(text: str) -> str:
    """The same text with `[kind]` in place of each piece of personal data."""
    return masked(text, find_personal(text))


def _candidates(text: str) -> Iterator[PersonalSpan]:
    for form in _FORMS:
        for match in form.pattern.finditer(text):
            value = match[0]
            near = text[max(0, match.start() - _REACH) : match.start()]
            if form.context is not None and not form.context.search(near):
                continue
            if form.kind == "ip-address" and _A_VERSION.search(near):
                continue
            if form.accepts is None or form.accepts(value):
                checked = form.accepts is not None and form.kind not in _UNCHECKED
                yield PersonalSpan(match.start(), match.end(), form.kind, f"[{form.kind}]", checked)


_A_VERSION = re.compile(r"(?:\bversion:?|\brelease|[=<>~^]=?|\bv\.?)\s*[\"']?$", re.IGNORECASE)
_UNCHECKED = frozenset(("phone", "ip-address", "national-id-us-ssn"))
