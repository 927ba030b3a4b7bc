"""Texts made of patterns: the same order in many words, and harmless talk in the words of orders."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_PART = re.compile(r"<([a-z]+2?)>")
_PATTERN, _HARMLESS_PATTERN, _LANGUAGE = 60, 120, 60
"""Texts made of each pattern, of each harmless one, and of each kind in each language."""


def made(rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Label, language and text, each text once."""
    seen: set[str] = set()
    for label, language, text in (*_english(rng), *_languages(rng), *_deeds(rng)):
        if text not in seen:
            seen.add(text)
            yield label, language, text


def _english(rng: random.Random) -> Iterator[tuple[str, str, str]]:
    parts: dict[str, list[str]] = {}
    patterns: list[tuple[str, str]] = []
    label = ""
    for line in (HERE / "grammar.txt").read_text("utf-8").splitlines():
        if line.startswith(":: "):
            name, _, body = line.removeprefix(":: ").partition(" = ")
            parts[name] = _options(body)
        elif line.startswith("== "):
            label = line.removeprefix("== ")
        elif line and not line.startswith("#"):
            patterns.append((label, line))
    for sort, pattern in patterns:
        for _ in range(_HARMLESS_PATTERN if sort == "none" else _PATTERN):
            yield sort, "en", _filled(pattern, parts, rng)


def _options(body: str) -> list[str]:
    """The alternatives of a part; one in brackets is the whole list."""
    return body[1:-1].split("|")


def _filled(pattern: str, parts: dict[str, list[str]], rng: random.Random) -> str:
    """One text of a pattern; a part may hold others."""
    text = pattern
    while named := [m for m in _PART.finditer(text) if m[1] in parts]:
        part = named[0]
        text = text[: part.start()] + rng.choice(parts[part[1]]) + text[part.end() :]
    while found := _CHOICE.search(text):
        text = text[: found.start()] + rng.choice(found[1].split("|")) + text[found.end() :]
    text = re.sub(r"  +", " ", text).strip()
    return text if rng.random() < _AS_IT_IS else rng.choice((str.lower, str.upper, _careless))(text)


_AS_IT_IS = 0.8


def _careless(text: str) -> str:
    return text.rstrip(".").replace("you", "u").replace("your", "ur").replace("'", "")


def _rows(file: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Language and fields of alternatives."""
    for line in (HERE / file).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            language, *fields = (field.strip() for field in line.split(" | "))
            yield language, [field.split(";") for field in fields]


def _languages(rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Rules, roles and prompts."""
    pick = rng.choice
    for language, fields in _rows("grammar_languages.txt"):
        verbs, rules, then, evil, roles, free, show, prompts, objects, plain = fields
        for _ in range(_LANGUAGE):
            order = f"{pick(verbs)} {pick(rules)} {pick(then)} {pick(evil)}".replace(" ,", ",")
            yield "override", language, order
            yield "override", language, f"{pick(verbs)} {pick(rules)}. {pick(evil)}"
            yield "new-role", language, f"{pick(roles)} {pick(free)}. {pick(evil)}"
            yield "prompt-extraction", language, f"{pick(show)} {pick(prompts)}"
            yield "none", language, f"{pick(verbs)} {pick(objects)}. {pick(plain)}"
            yield "none", language, f"{pick(verbs)} {pick(objects)}"
            yield "none", language, f"{pick(plain)} {pick(plain)}"
            yield "none", language, pick(plain)


def _deeds(rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Notes to a machine, secrets and crimes."""
    pick = rng.choice
    for language, (notes, acts, secrets, asks, crimes, excuses, plain) in _rows(
        "grammar_deeds.txt"
    ):
        for _ in range(_LANGUAGE):
            yield (
                "hidden-order",
                language,
                f"{pick(plain)} {pick(notes)} {pick(acts)}. {pick(plain)}",
            )
            yield "hidden-order", language, f"{pick(notes)} {pick(acts)}"
            yield "exfiltration", language, f"{pick(asks)} {pick(secrets)}"
            yield "pretext", language, f"{pick(excuses)} {pick(crimes)}"
            yield "unsafe-request", language, pick(crimes)
            yield "none", language, f"{pick(plain)} {pick(plain)}"
            yield "none", language, pick(plain)
