"""What stands in a text under a disguise: encoded, spelled apart, in digits for letters, backwards.

Each disguise is taken off and the text under it is weighed as any other, so that a harmless text in
base64 stays harmless.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from aegis.detect.orders.folding import INVISIBLE, likeness


@dataclass(frozen=True, slots=True)
class Under:
    """A text that stood disguised between two places of another; `end` is exclusive."""

    disguise: str
    text: str
    start: int
    end: int


_MOST = 20_000
"""Characters of a text that are looked at for a disguise of the whole."""
_ENOUGH = 12
"""Characters that a hidden text has at least."""


def disguised(text: str) -> Iterator[Under]:
    """Every text under a disguise."""
    yield from _encoded(text)
    head = text[:_MOST]
    pieces = _odd_pieces(head)
    found = [(disguise, taken_off(head)) for disguise, taken_off in _OFF.items()]
    found += [(disguise, taken_off(pieces)) for disguise, taken_off in _TURNED.items()]
    for disguise, plain in found:
        if plain is not None and len(plain) >= _ENOUGH:
            yield Under(disguise, plain, 0, len(head))


# --- a stretch that is encoded -------------------------------------------------------------------

_BASE64 = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/_-]{20,}={0,2}(?![\w+/=])")
_HEX = re.compile(r"(?<!\w)(?:0x)?(?:[0-9a-fA-F]{2}[ :]?){12,}(?!\w)")
_BITS = re.compile(r"(?<!\d)(?:[01]{8}\s*){6,}(?!\d)")
_ESCAPES = re.compile(
    r"(?:(?:%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|&#x?[0-9A-Fa-f]+;)[\w.,]?){6,}"
)
_TAGS = re.compile(r"[\U000e0020-\U000e007e]{4,}")


def _encoded(text: str) -> Iterator[Under]:
    for disguise, pattern, decode in (
        ("base64", _BASE64, _of_base64), ("hexadecimal", _HEX, _of_hex), ("binary", _BITS, _of_bits),
        ("escapes", _ESCAPES, _of_escapes), ("invisible tags", _TAGS, _of_tags),
    ):  # fmt: skip
        for match in pattern.finditer(text):
            try:
                plain = decode(match[0])
            except (ValueError, binascii.Error):
                continue
            if len(plain) >= _ENOUGH and _reads(plain):
                yield Under(disguise, plain, match.start(), match.end())


def _reads(plain: str) -> bool:
    letters = sum(c.isalpha() or c.isspace() for c in plain)
    return plain.isprintable() or letters > 0.8 * len(plain)


def _of_base64(said: str) -> str:
    plain = said.rstrip("=").translate(str.maketrans("-_", "+/"))
    return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()


def _of_hex(said: str) -> str:
    return bytes.fromhex(re.sub(r"^0x|[ :]", "", said)).decode()


def _of_bits(said: str) -> str:
    bits = "".join(said.split())
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) - 7, 8)).decode()


def _of_escapes(said: str) -> str:
    hexed = re.sub(
        r"\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1] or m[2], 16)), said
    )
    return html.unescape(unquote(hexed))


def _of_tags(said: str) -> str:
    return "".join(chr(ord(c) - 0xE0000) for c in said)


# --- a disguise of the whole ---------------------------------------------------------------------

_APART = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .\-_*|/]{1,3}){5,}[^\W\d_](?![^\W_])")
_LEET = re.compile(r"[a-z0134578@$!|]{3,30}[.,!?]?", re.IGNORECASE)
_LEET_LETTERS = str.maketrans("013457@$8!|", "oieastasbil")
_LETTER, _DIGIT = re.compile(r"[A-Za-z]"), re.compile(r"[0134578@$]")
_MIXED_WORD = re.compile(r"[A-Za-z][\u0370-\u052f]|[\u0370-\u052f][A-Za-z]")


def _visible(text: str) -> str | None:
    """Without letters that nobody sees, where they stand inside words."""
    found = INVISIBLE.sub("", text)
    return found if len(text) - len(found) > 3 else None


def _joined(text: str) -> str | None:
    """Words that were spelled letter by letter; two blanks or another mark part them."""
    found = _APART.findall(text)
    if sum(map(len, found)) < _ENOUGH:
        return None
    return _APART.sub(lambda m: _close(m[0]), text)


def _close(spelled: str) -> str:
    """Blanks wider than the usual one part words."""
    usual = min(re.findall(r"[ .\-_*|/]+", spelled), key=len)
    words = re.split(rf"[ .\-_*|/]{{{len(usual) + 1},}}", spelled)
    return " ".join(re.sub(r"[^\w]|_", "", word) for word in words)


_FEW_LEET = 2


def _lettered(text: str) -> str | None:
    """Digits and signs that stand for letters, as letters."""
    words = [
        w for w in text.split() if _LEET.fullmatch(w) and _LETTER.search(w) and _DIGIT.search(w)
    ]
    return text.translate(_LEET_LETTERS) if len(words) > _FEW_LEET else None


def _latin(text: str) -> str | None:
    """Words of two alphabets at once are Latin ones in disguise."""
    if text.isascii() or not _MIXED_WORD.search(text):
        return None
    return likeness(text.lower())


_COMMON = frozenset({
    "the", "and", "you", "your", "all", "are", "this", "that", "with", "for", "from", "ignore", "instructions",
    "previous", "system", "prompt", "now", "not", "tell", "show", "reveal", "write", "how", "what", "rules",
    "output", "print", "say", "give", "me", "of", "to", "is", "in", "it",
})  # fmt: skip
_SHARE = 0.3
"""Of the words of a plain English text about this share and more are among the common ones."""


_ENGLISH = re.compile(r"[a-z]+")
_PIECE = re.compile(r"[^:\n\"«»“”()\[\]{}]+")
_ODD = 0.15
"""A piece with fewer common words than this is no plain English as it stands."""


def _odd_pieces(text: str) -> list[str]:
    return [piece for piece in _PIECE.findall(text) if _common(piece) < _ODD]


def _turned(change: Callable[[str], str]) -> Callable[[Sequence[str]], str | None]:
    """What odd pieces of a text say in another writing, where that is English."""

    def taken_off(pieces: Sequence[str]) -> str | None:
        plain = [other for piece in pieces if _common(other := change(piece)) > _SHARE]
        return " ".join(plain) if plain else None

    return taken_off


_FEW_WORDS = 3


def _common(text: str) -> float:
    words = _ENGLISH.findall(text.lower())
    return sum(w in _COMMON for w in words) / len(words) if len(words) > _FEW_WORDS else 0.0


def _words_back(text: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda m: m[0][::-1], text)


_OFF: dict[str, Callable[[str], str | None]] = {
    "invisible letters": _visible,
    "spelled apart": _joined,
    "digits for letters": _lettered,
    "lookalike letters": _latin,
}
_TURNED = {
    "rot13": _turned(lambda text: codecs.encode(text, "rot13")),
    "backwards": _turned(lambda text: text[::-1]),
    "words backwards": _turned(_words_back),
}
