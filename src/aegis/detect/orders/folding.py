"""A text as the recognition of orders reads it: one letter for one, lower case, without accents."""

from __future__ import annotations

import re
import unicodedata

DENSE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Scripts without spaces between words; each of their letters is a word here."""
INVISIBLE = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]"
)
WORD = re.compile(rf"[{DENSE}]|[^\W\d_]+(?:'[^\W\d_]+)?|0+|<!--|-->|<\||\|>|!\[|\]\(|//|[^\w\s]")

_LOOKALIKE = str.maketrans({
    "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ј": "j", "ѕ": "s", "ԁ": "d",
    "һ": "h", "ɡ": "g", "ո": "n", "м": "m", "т": "t", "к": "k", "в": "b", "н": "h", "г": "r", "ѵ": "v", "ԝ": "w",
    "α": "a", "ε": "e", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "ν": "v", "κ": "k", "ι": "i", "χ": "x", "η": "n",
    "γ": "y", "ϲ": "c", "ω": "w", "ß": "b",
})  # fmt: skip
_STROKED = {"ł": "l", "ı": "i", "ø": "o", "đ": "d", "ß": "s", "œ": "o", "æ": "a"}


class _Letters(dict[int, int]):
    """What each letter becomes; filled as letters are met."""

    def __missing__(self, code: int) -> int:
        plain = _plain(chr(code))
        self[code] = ord(plain)
        return self[code]


_LAST_ACCENTED = 0x52F
"""Beyond Latin, Greek and Cyrillic a decomposed letter is another letter."""


def _plain(letter: str) -> str:
    """The base letter, lower case; a digit is a nought. Always one character."""
    same = unicodedata.normalize("NFKC", letter)
    low = (same if len(same) == 1 else letter).lower()
    base = _STROKED.get(low) or (
        unicodedata.normalize("NFD", low) if ord(low[0]) <= _LAST_ACCENTED else low
    )
    return "0" if base[0].isdigit() else base[0]


_LETTERS = _Letters()


def folded(text: str) -> str:
    """As long as the text."""
    return text.translate(_LETTERS)


def likeness(text: str) -> str:
    """Letters of other alphabets that look Latin, as the Latin ones; as long as the text."""
    return text.translate(_LOOKALIKE)
