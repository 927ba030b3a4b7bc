"""Other ways to read a text: what is encoded, spelled with digits, turned round or pulled apart."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from aegis.advisor.concepts import group, signs


def unmasked(said: str) -> tuple[str, ...]:
    """The readings of a text that make more sense than its letters do; empty for plain talk."""
    return tuple(dict.fromkeys(text for text in _readings(said) if _says_more(text, said)))


def _readings(said: str) -> Iterator[str]:
    yield from _decoded(said)
    plain = unquote(html.unescape(said))
    if plain != said:
        yield plain
    letters = said.translate(_LOOK_ALIKE)
    if letters != said:
        yield letters
    spelled = _WORD_WITH_DIGITS.sub(lambda m: m[0].translate(_LEET), letters)
    if spelled != letters:
        yield spelled
    together = _PULLED_APART.sub(lambda m: re.sub(r"[\s._*-]", "", m[0]), spelled)
    if together != spelled:
        yield together
    if not any(group(s.concept) in _MEANT for s in signs(said).found):
        yield codecs.encode(said, "rot13")
        yield said[::-1]


_MEANT = frozenset({"act", "thing"})
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_LOOK_ALIKE = str.maketrans("аеорсухіјѕԁԛԝοαενιρτυκ", "aeopcyxijsdqwoaeviptuk")
"""Cyrillic and Greek letters that look like Latin ones."""
_LEET = str.maketrans("013457@$!", "oieastasi")
_WORD_WITH_DIGITS = re.compile(r"(?<![\w@$!])(?=[\w@$!]*[a-zA-Z])(?=[\w@$!]*[0-9@$!])[\w@$!]{4,}")
_PULLED_APART = re.compile(r"(?<!\w)(?:\w[\s._*-]){3,}\w(?!\w)")


def _decoded(said: str) -> Iterator[str]:
    """Base64 and hexadecimal runs as the text they hold."""
    for match in _ENCODED.finditer(said):
        run = match[0].rstrip("=")
        for decode in (_from_base64, _from_hex):
            text = decode(run)
            if text and sum(c.isalpha() or c == " " for c in text) > 0.8 * len(text):  # prose
                yield text


def _from_base64(run: str) -> str:
    try:
        return _printable(
            base64.urlsafe_b64decode(
                run.replace("+", "-").replace("/", "_") + "=" * (-len(run) % 4)
            )
        )
    except (binascii.Error, ValueError):
        return ""


def _from_hex(run: str) -> str:
    try:
        return _printable(bytes.fromhex(run))
    except ValueError:
        return ""


def _printable(found: bytes) -> str:
    try:
        text = found.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return "" if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text) else text


def _says_more(text: str, said: str) -> bool:
    """Whether a reading names an act or a thing that the letters do not."""
    return _sense(text) >= _sense(said) + 2


def _sense(text: str) -> int:
    """How many different acts and things of some length stand in a text."""
    found = signs(text)
    return len({
        found.text[s.start : s.end] for s in found.found if group(s.concept) in _MEANT and s.end - s.start > 3
    })  # fmt: skip
