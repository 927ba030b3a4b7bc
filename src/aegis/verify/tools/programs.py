"""Infrastructure as programs: the unit tests of a Pulumi program, with its cloud mocked."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path

from aegis.verify.access import mapping, text
from aegis.verify.files import File
from aegis.verify.tools.answers import Answers, Asked, inside
from aegis.verify.tools.port import Tools

_PROJECTS = ("Pulumi.yaml", "Pulumi.yml")
_CODE = "unit tests are code: `--run-tests` runs them"


def asked(folder: Path, opened: Sequence[File], tools: Tools) -> Iterator[Asked]:
    """One question for each Pulumi project in Python that has unit tests."""
    for file in opened:
        if posixpath.basename(file.path) not in _PROJECTS or not _python(file):
            continue
        where = posixpath.dirname(file.path)
        tests = [other.path for other in opened if _is_test(other.path, where)]
        if tests:
            yield _project(folder, file.path, tests, tools)


def _python(file: File) -> bool:
    values = [mapping(document.value).get("runtime") for document in file.loaded.documents]
    return any(text(mapping(value).get("name")) or text(value) == "python" for value in values)


def _is_test(path: str, where: str) -> bool:
    name = posixpath.basename(path)
    below = not where or path.startswith(f"{where}/")
    return below and name.endswith(".py") and (name.startswith("test_") or "_test" in name)


def _project(folder: Path, path: str, tests: list[str], tools: Tools) -> Asked:
    def job() -> Answers:
        answers = Answers()
        if not tools.runs_code:
            answers.unchecked += [(each, _CODE) for each in (path, *tests)]
            return answers
        where = folder / posixpath.dirname(inside(path))
        said = tools.run("pulumi", ("-m", "pytest", "-q", "-p", "no:cacheprovider"), where)
        for each in (path, *tests):
            answers.record(tools, "pulumi", each, said, "unit-tests-failed", folder)
        return answers

    return Asked(tool="pulumi", paths=(path, *tests), job=job)
