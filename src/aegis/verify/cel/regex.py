"""RE2 patterns, as Go and CEL write them, in Python's `re`."""

from __future__ import annotations

import functools
import re

MAX_SUBJECT = 20_000
"""Longer texts are not matched: Python's engine backtracks, Go's does not."""

_POSIX = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z",
    "space": r"\s", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "word": r"\w",
    "blank": r" \t", "cntrl": r"\x00-\x1f\x7f", "print": r"\x20-\x7e", "graph": r"\x21-\x7e",
}  # fmt: skip
_PIECE = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|$)"
    r"|\\x\{(?P<code>[0-9a-fA-F]+)\}|(?P<escape>\\.)"
    r"|\[:(?P<posix>\^?[a-z]+):\]|(?P<open>\[\^?\]?)|(?P<close>\])|(?P<dollar>\$)"
    r"|\(\?(?P<flags>[imsU]+)\)|(?P<group>\()|(?P<end>\))|(?P<either>\|)|(?P<other>.)",
    re.DOTALL,
)
_ESCAPES = {r"\z": r"\Z", r"\A": r"\A"}


class UnsupportedPatternError(ValueError):
    """The pattern cannot be said in Python's dialect."""


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    r"""The pattern with RE2's meaning of `$`, classes and escapes.

    >>> bool(compiled("^a$").search("a\n"))
    False
    """
    writer = _Writer(multiline=bool(re.match(r"\(\?[a-z]*m", pattern)))
    for piece in _PIECE.finditer(pattern):
        writer.write(piece)
    try:
        return re.compile(writer.finish(), re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise UnsupportedPatternError(f"pattern `{pattern}` is not understood: {error}") from error


class _Writer:
    """Python allows inline flags only at the start: elsewhere they become a group of their own."""

    def __init__(self, *, multiline: bool) -> None:
        self.parts: list[str] = []
        self.inside = False
        self.multiline = multiline
        self.flags: list[list[str]] = [[]]

    def write(self, piece: re.Match[str]) -> None:
        kind, text = str(piece.lastgroup), piece.group()
        if not self.inside and kind in {"flags", "group", "end", "either"}:
            self._structure(kind, piece)
        elif kind == "open" and not self.inside:
            self.parts.append(text.replace("]", r"\]"))
            self.inside = True
        elif kind == "close":
            self.parts.append(text)
            self.inside = False
        else:
            self.parts.append(_inner(kind, piece, inside=self.inside, multiline=self.multiline))

    def _structure(self, kind: str, piece: re.Match[str]) -> None:
        text = piece.group()
        if kind == "flags":
            self.flags[-1].append(piece.group("flags").replace("U", ""))
            self.parts.append(f"(?{self.flags[-1][-1]}:")
        elif kind == "group":
            self.flags.append([])
            self.parts.append(text)
        elif kind == "end":
            self.parts.append(")" * len(self.flags.pop()) + text)
            self.flags = self.flags or [[]]
        else:
            again = "".join(f"(?{flags}:" for flags in self.flags[-1])
            self.parts.append(")" * len(self.flags[-1]) + text + again)

    def finish(self) -> str:
        return "".join(self.parts) + ")" * sum(map(len, self.flags))


def _inner(kind: str, piece: re.Match[str], *, inside: bool, multiline: bool) -> str:
    text = piece.group()
    if kind == "escape" and text[1] in "pPC":
        raise UnsupportedPatternError(f"`{text}` in a pattern is not understood")
    if kind == "posix":
        return _posix(piece.group("posix"), text, inside=inside)
    known = {
        "quoted": lambda: re.escape(piece.group("quoted")),
        "code": lambda: re.escape(chr(int(piece.group("code"), 16))),
        "escape": lambda: _ESCAPES.get(text, text),
        "open": lambda: re.escape(text),
        "dollar": lambda: text if inside or multiline else r"\Z",
    }
    return known[kind]() if kind in known else text


def _posix(name: str, text: str, *, inside: bool) -> str:
    if not inside:
        return text
    if name not in _POSIX:
        raise UnsupportedPatternError(f"`{text}` in a pattern is not understood")
    return _POSIX[name]


def found(pattern: str, text: str) -> bool | None:
    """Whether the pattern occurs in the text; None when that cannot be said."""
    if len(text) > MAX_SUBJECT:
        return None
    try:
        return compiled(pattern).search(text) is not None
    except UnsupportedPatternError:
        return None
