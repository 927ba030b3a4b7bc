"""promtool for rules and their unit tests, amtool for routes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from aegis.verify.access import dig
from aegis.verify.files import File, documents, shape
from aegis.verify.tools.answers import Answers, Asked, inside
from aegis.verify.tools.port import Tools

_BY_SHAPE = {
    "prometheus-rules": ("promtool", ("check", "rules"), "promtool-refused"),
    "prometheus-tests": ("promtool", ("test", "rules"), "promtool-refused"),
    "prometheus": ("promtool", ("check", "config", "--syntax-only"), "promtool-refused"),
    "alertmanager": ("amtool", ("check-config",), "amtool-refused"),
}


def asked(folder: Path, opened: Sequence[File], tools: Tools) -> Iterator[Asked]:
    """One question for each file of rules, of unit tests, of routes, and each PrometheusRule."""
    for file in opened:
        if (known := _BY_SHAPE.get(shape(file))) is not None:
            tool, words, check = known
            where = folder / posixpath.dirname(inside(file.path))
            name = posixpath.basename(file.path)
            yield _question(tools, tool, (*words, name), file.path, check, where)
        yield from _objects(folder, file, tools)


def _question(  # all of one call
    tools: Tools, tool: str, args: tuple[str, ...], path: str, check: str, where: Path
) -> Asked:
    def job() -> Answers:
        answers = Answers()
        answers.record(tools, tool, path, tools.run(tool, args, where), check, where)
        return answers

    return Asked(tool=tool, paths=(path,), job=job)


def _objects(folder: Path, file: File, tools: Tools) -> Iterator[Asked]:
    for number, (_, value, _) in enumerate(documents(file)):
        groups = dig(value, "spec", "groups")
        if value.get("kind") != "PrometheusRule" or not isinstance(groups, list):
            continue
        name = f"aegis-rules-{number}-{inside(file.path).replace('/', '-')}"
        (folder / name).write_text(yaml.safe_dump({"groups": groups}), "utf-8")
        args = ("check", "rules", name)
        yield _question(tools, "promtool", args, file.path, "promtool-refused", folder)
