"""The real programs: each asked about the files it knows, or named where it is absent."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from aegis.verify.files import File
from aegis.verify.report import Program
from aegis.verify.tools import drawings, modules, overlays, programs, prometheus
from aegis.verify.tools.answers import Answers, Asked, write_files
from aegis.verify.tools.port import NAMES, LocalTools, Outcome, Tools

__all__ = ["NAMES", "Answers", "LocalTools", "Outcome", "Tools", "judge_with_tools", "write_files"]


def judge_with_tools(
    files: Mapping[str, bytes | str], opened: Sequence[File], tools: Tools
) -> Answers:
    """Asks each program that is present about the files it knows, several at a time."""
    with tempfile.TemporaryDirectory(prefix="aegis-verify-") as name:
        folder = Path(name)
        write_files(files, folder)
        asked = [
            *prometheus.asked(folder, opened, tools),
            *overlays.asked(folder, opened, tools),
            *modules.asked(_copies(files, opened, folder, tools), opened, tools),
            *drawings.asked(folder, opened, tools),
            *programs.asked(folder, opened, tools),
        ]
        return _answered(asked, tools)


def _answered(asked: Sequence[Asked], tools: Tools) -> Answers:
    """The answers in the order of the questions; a program that nobody needs is not named."""
    needed = [tool for tool in NAMES if any(each.tool == tool for each in asked)]
    versions = {tool: tools.version(tool) for tool in needed}
    answers = Answers(
        programs=tuple(Program(name=tool, version=v) for tool, v in versions.items() if v),
        absent=tuple(tool for tool, version in versions.items() if version is None),
    )
    present = [each for each in asked if versions[each.tool] is not None]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        done = dict(zip(map(id, present), pool.map(lambda each: each.job(), present), strict=True))
    for each in asked:
        if (made := done.get(id(each))) is not None:
            answers.take(made)
        else:
            answers.unchecked += [
                (path, f"{each.tool} is not on this machine") for path in each.paths
            ]
    return answers


def _copies(
    files: Mapping[str, bytes | str], opened: Sequence[File], folder: Path, tools: Tools
) -> dict[str, Path]:
    """A copy of the files for each program that writes beside them."""
    places = {program: folder / f".aegis-{program}" for program in modules.PROGRAMS}
    if any(file.path.endswith((".tf", ".tf.json")) for file in opened):
        for program, place in places.items():
            if tools.version(program) is not None:
                write_files(files, place)
    return places
