"""Brings reports of other tools in, and takes results out as a log of inspect."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from aegis.base.model import Frozen
from aegis.evaluate.importers.inspect_log import inspect_log
from aegis.evaluate.importers.registry import IMPORTERS
from aegis.evaluate.jsonlines import read_lines
from aegis.evaluate.records import Failure, Result, read_records, result_line
from aegis.evaluate.samples import Dataset, read_samples


class ImportResult(Frozen):
    """What a report held, and where it was written."""

    tool: str
    report: str
    samples: int
    results: int
    failures: int = Field(description="samples that the tool could not judge")
    dataset_digest: str
    written: tuple[str, ...]
    problems: tuple[str, ...] = ()


def import_report(tool: str, report: Path, *, data: Path, results: Path) -> ImportResult:
    """Writes the samples and the results of a report as JSON lines.

    Raises:
        InputError: the file is not a report of that tool.
    """
    found = IMPORTERS[tool](report)
    samples = tuple(found.samples.values())
    rows: list[Result | Failure] = [*found.results.values(), *found.failures]
    _write(data, "".join(s.model_dump_json(exclude_defaults=True) + "\n" for s in samples))
    if rows:
        _write(results, "".join(result_line(row) for row in rows))
    return ImportResult(
        tool=tool,
        report=str(report),
        samples=len(samples),
        results=len(found.results),
        failures=len(found.failures),
        dataset_digest=Dataset(samples=samples).digest,
        written=(str(data), str(results)) if rows else (str(data),),
        problems=tuple(found.problems),
    )


def export_inspect(results: Path, out: Path, *, data: Path | None) -> ImportResult:
    """Writes results as a log of inspect; with the data set, inputs and targets are in it too."""
    records = read_records(read_lines(results), path=str(results))
    dataset = Dataset(samples=())
    if data is not None:
        dataset = read_samples(read_lines(data), path=str(data))
    known = {sample.id: sample for sample in dataset.samples}
    _write(out, inspect_log(records.run, known, records.results, task=results.stem))
    return ImportResult(
        tool="inspect",
        report=str(results),
        samples=len(known),
        results=len(records.results),
        failures=len(records.failures),
        dataset_digest=dataset.digest,
        written=(str(out),),
        problems=(*records.problems, *dataset.problems),
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
