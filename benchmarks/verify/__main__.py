"""Agreement with a real API server, and speed: `python -m benchmarks.verify [--json]`.

Every recorded object is judged twice: the first round compiles schemas when it meets them, the
second is the warm one. Times are CPU seconds (`time.process_time`; of the child where a process is
measured), so that other work on the machine does not count. As in the command, the collector is off.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml
from benchmarks.verify.vectors import Vector, shared_folder, vectors

from aegis.operations.planning import to_text
from aegis.operations.rendering import render_targets
from aegis.verify.api import verify_files
from aegis.verify.files import documents, read
from aegis.verify.promql.parser import parse
from aegis.verify.schema.compact import read as read_table
from aegis.verify.schema.library import Library, built_in, built_in_text

BRIEF = Path(__file__).resolve().parents[2] / "examples" / "support-assistant" / "brief.yaml"

_QUERY = 'histogram_quantile(0.9, sum by (le) (rate(x_bucket{job="a"}[5m]))) > 2 and on() up == 1'


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one run measured; times in milliseconds of CPU."""

    vectors: int
    agree: int
    examples: int
    examples_agree: int
    load_ms: float
    cold_mean_ms: float
    warm_median_ms: float
    warm_mean_ms: float
    warm_p99_ms: float
    end_to_end_mean_ms: float
    promql_mean_ms: float
    unchecked_rules: int
    bundle_files: int
    bundle_objects: int
    bundle_load_ms: float
    process_ms: float


def main() -> int:
    """Prints the figures; exit code 1 when a verdict differs, 2 without the vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    arguments = parser.parse_args()
    gc.disable()
    shared = shared_folder()
    if shared is None:
        print("no recorded verdicts: set AEGIS_SHARED to the folder that holds crds/_verdicts")
        return 2
    started = time.process_time()
    library = built_in()
    load_ms = (time.process_time() - started) * 1e3
    objects = list(vectors(shared))
    cold, differing, unchecked = judge(library, objects)
    warm, _, _ = judge(library, objects)
    examples = [vector for vector in objects if not vector.id.startswith("change ")]
    wrong = set(differing)
    bundle = rendered(BRIEF)
    result = Result(
        vectors=len(objects),
        agree=len(objects) - len(differing),
        examples=len(examples),
        examples_agree=sum(vector.id not in wrong for vector in examples),
        load_ms=round(load_ms, 1),
        cold_mean_ms=round(statistics.mean(cold), 4),
        warm_median_ms=round(statistics.median(warm), 4),
        warm_mean_ms=round(statistics.mean(warm), 4),
        warm_p99_ms=round(sorted(warm)[int(len(warm) * 0.99)], 4),
        end_to_end_mean_ms=round(end_to_end_ms(examples), 4),
        promql_mean_ms=round(promql_ms(), 4),
        unchecked_rules=len(unchecked),
        bundle_files=len(bundle),
        bundle_objects=sum(file.objects for file in verify_files(bundle).files),
        bundle_load_ms=round(bundle_load_ms(bundle), 1),
        process_ms=round(process_ms(bundle), 1),
    )
    if arguments.json:
        print(json.dumps(asdict(result)))
    else:
        report(result, differing)
    return 0 if result.agree == result.vectors else 1


def judge(library: Library, objects: list[Vector]) -> tuple[list[float], list[str], frozenset[str]]:
    """Milliseconds for each object, ids of those judged otherwise, rules not evaluated."""
    times: list[float] = []
    differing: list[str] = []
    unchecked: set[str] = set()
    for vector in objects:
        started = time.process_time()
        api_version, kind = vector.value.get("apiVersion"), vector.value.get("kind")
        found = library.find(str(api_version), str(kind))
        accepted = False
        if found is not None and found.served:
            judgement = library.judge(found, vector.value)
            accepted = not judgement.problems
            unchecked.update(judgement.unchecked)
        times.append((time.process_time() - started) * 1e3)
        if accepted is not (vector.status == 201):
            differing.append(vector.id)
    return times, differing, frozenset(unchecked)


def end_to_end_ms(examples: list[Vector]) -> float:
    """`verify_files` on the upstream examples as YAML: parsing and every check, per object."""
    files = {
        f"example-{number}/object.yaml": yaml.safe_dump(vector.value)
        for number, vector in enumerate(examples)
    }
    verify_files(files)
    started = time.process_time()
    verify_files(files)
    return (time.process_time() - started) * 1e3 / len(files)


def rendered(brief: Path) -> dict[str, str]:
    """The files that a brief renders, every target and all three environments."""
    made = render_targets(
        brief.read_text("utf-8"), path=str(brief), today=datetime.date(2026, 11, 22), targets=[]
    )
    return {artifact.path: to_text(artifact) for artifact in made.bundle}


def bundle_load_ms(bundle: dict[str, str]) -> float:
    """The table of kinds from its file, and the schemas that the objects of a bundle need."""
    values = [value for path, text in bundle.items() for _, value, _ in documents(read(path, text))]
    started = time.process_time()
    library = Library((read_table(built_in_text()),))
    for value in values:
        found = library.find(str(value.get("apiVersion")), str(value.get("kind")))
        if found is not None and found.served:
            library.judge(found, value)
    cold = time.process_time() - started
    started = time.process_time()
    for value in values:
        found = library.find(str(value.get("apiVersion")), str(value.get("kind")))
        if found is not None and found.served:
            library.judge(found, value)
    return (cold - (time.process_time() - started)) * 1e3


def process_ms(bundle: dict[str, str], rounds: int = 3) -> float:
    """`aegis verify --no-tools` on a bundle as a process, from start to exit; the least of some."""
    command = [sys.executable, "-m", "aegis.cli.main", "verify", ".", "--no-tools"]
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for path, text in bundle.items():
            place = Path(folder) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8")
        for _ in range(rounds):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(command, cwd=folder, capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(times) * 1e3


def promql_ms(rounds: int = 500) -> float:
    """One query of ordinary size."""
    started = time.process_time()
    for _ in range(rounds):
        parse(_QUERY)
    return (time.process_time() - started) * 1e3 / rounds


def report(result: Result, differing: list[str]) -> None:
    """The figures for a person."""
    print(f"agreement   {result.agree} of {result.vectors} recorded verdicts")
    print(f"            {result.examples_agree} of {result.examples} upstream examples")
    print(f"load        {result.load_ms} ms CPU for all kinds that come with Aegis")
    print(f"structure   {result.warm_median_ms} ms CPU per object, warm median")
    print(f"            {result.warm_mean_ms} ms mean, {result.warm_p99_ms} ms 99th percentile")
    print(f"            {result.cold_mean_ms} ms mean when schemas are compiled on the way")
    print(f"everything  {result.end_to_end_mean_ms} ms CPU per object from YAML to findings")
    print(f"promql      {result.promql_mean_ms} ms CPU per query")
    print(f"a bundle    {result.bundle_objects} objects in {result.bundle_files} files")
    print(f"            {result.bundle_load_ms} ms CPU to load the schemas that it needs")
    print(f"            {result.process_ms} ms CPU for `aegis verify --no-tools`, start to exit")
    print(f"rules       {result.unchecked_rules} distinct rules could not be evaluated")
    for name in differing:
        print(f"differs     {name}")


if __name__ == "__main__":
    sys.exit(main())
