"""Agreement with a real API server, and speed: `python -m benchmarks.verify [--json]`.

Every recorded object is judged twice: the first round compiles schemas when it meets them, the
second is the warm one. Times are CPU seconds of this process (`time.process_time`).
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass

import yaml
from benchmarks.verify.vectors import Vector, shared_folder, vectors

from aegis.verify.api import verify_files
from aegis.verify.promql.parser import parse
from aegis.verify.schema.library import Library, built_in

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


def main() -> int:
    """Prints the figures; exit code 1 when a verdict differs, 2 without the vectors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    arguments = parser.parse_args()
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
    gc.collect()
    gc.freeze()  # the vectors of this benchmark are no part of what a user's run walks through
    started = time.process_time()
    verify_files(files)
    return (time.process_time() - started) * 1e3 / len(files)


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
    print(f"rules       {result.unchecked_rules} distinct rules could not be evaluated")
    for name in differing:
        print(f"differs     {name}")


if __name__ == "__main__":
    sys.exit(main())
