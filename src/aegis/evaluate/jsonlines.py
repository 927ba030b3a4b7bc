"""JSON lines: a broken line is named with its file and number, and loses nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue, ValidationError

Parsed = TypeVar("Parsed")


def loaded(text: str) -> JsonValue:
    r"""The value of a JSON text; half of a surrogate pair, which no file can hold, becomes `?`.

    Models that are cut in the middle of an emoji send such halves.

    >>> loaded('"ok \\ud83d"')
    'ok ?'

    Raises:
        ValueError: it is not JSON.
    """
    value: JsonValue = json.loads(text)
    if "\\ud" in text.lower():
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def lines_of(text: str) -> list[str]:
    """Lines as JSON lines mean them: Unicode knows more line ends, and answers hold them.

    >>> len("a\u2028b".splitlines()), len(lines_of("a\u2028b"))
    (2, 1)
    """
    return text.split("\n")


def read_lines(path: Path) -> list[str]:
    """The lines of a file; a byte that is no UTF-8 spoils its line only."""
    return lines_of(path.read_text("utf-8", "replace"))


def parse_lines(
    lines: Iterable[str],
    parse: Callable[[object], Parsed],
    *,
    path: str,
    problems: list[str],
    first: int = 1,
) -> Iterator[tuple[int, Parsed]]:
    """Each line that could be read, with its number; what is wrong with others goes to `problems`.

    `first` is the number of the first line, where others came before.

    >>> problems: list[str] = []
    >>> list(parse_lines(['1', '', '{'], lambda value: value, path="a.jsonl", problems=problems))
    [(1, 1)]
    >>> problems
    ['a.jsonl:3: not JSON']
    """
    for number, line in enumerate(lines, start=first):
        if not line.strip():
            continue
        try:
            yield number, parse(loaded(line))
        except ValidationError as error:
            detail = error.errors()[0]
            place = ".".join(str(part) for part in detail["loc"]) or "the record"
            problems.append(f"{path}:{number}: {place}: {detail['msg']}")
        except (ValueError, RecursionError):
            problems.append(f"{path}:{number}: not JSON")
