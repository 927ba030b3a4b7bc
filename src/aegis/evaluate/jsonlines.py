"""JSON lines: a broken line is named with its file and number, and loses nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pydantic import ValidationError

Parsed = TypeVar("Parsed")


def parse_lines(
    lines: Iterable[str], parse: Callable[[object], Parsed], *, path: str, problems: list[str]
) -> Iterator[tuple[int, Parsed]]:
    """Each line that could be read, with its number; what is wrong with others goes to `problems`.

    >>> problems: list[str] = []
    >>> list(parse_lines(['1', '', '{'], lambda value: value, path="a.jsonl", problems=problems))
    [(1, 1)]
    >>> problems
    ['a.jsonl:3: not JSON']
    """
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, parse(json.loads(line))
        except ValidationError as error:
            detail = error.errors()[0]
            place = ".".join(str(part) for part in detail["loc"]) or "the record"
            problems.append(f"{path}:{number}: {place}: {detail['msg']}")
        except (ValueError, RecursionError):
            problems.append(f"{path}:{number}: not JSON")
