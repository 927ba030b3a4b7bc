"""`python -m benchmarks.guardrails`: recall and false alarms of the guardrail against orders to the model.

`--public FOLDER` also reads the public sets whose files are there; `--show` prints what was misjudged.
Exits with 1 where a gated figure is beyond its bound.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.guardrails.measures import GATES, Tally, judged, tallies
from benchmarks.guardrails.sets import Case, cases, public

from aegis.detect.injection import find_injection


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--public", type=Path, help="folder with files of public sets")
    parser.add_argument("--show", action="store_true", help="print each text that is misjudged")
    options = parser.parse_args()
    found = judged([*cases(), *(public(options.public) if options.public else ())])
    print("| set | texts | found | 95 % | found or unclear |\n|---|---|---|---|---|")
    for tally in tallies(found, by_class=False):
        print(_row(tally))
    print("\n| class | texts | found | 95 % | found or unclear |\n|---|---|---|---|---|")
    for tally in tallies(found, by_class=True):
        print(_row(tally))
    print(f"\n{_time([each.case for each in found]):.2f} CPU ms a text, median of plain talk")
    for each in found if options.show else ():
        if each.strong != each.case.attack:
            print(f"  {each.case.of}, {each.case.sort}: {each.case.text!r}")
    sys.exit(1 if _beyond(tallies(found, by_class=False)) else 0)


def _row(tally: Tally) -> str:
    what = "recall" if tally.attack else "false alarms"
    return (
        f"| {tally.name} ({what}) | {tally.tried} | {tally.strong} ({100 * tally.strong / tally.tried:.1f} %) "
        f"| {100 * tally.low:.1f} to {100 * tally.high:.1f} % | {100 * tally.weak / tally.tried:.1f} % |"
    )


def _beyond(found: Iterable[Tally]) -> list[str]:
    """Says which gates are not met."""
    wrong = [
        gate.said(tally)
        for tally in found
        for gate in GATES
        if gate.of == tally.name and not gate.met(tally)
    ]
    for said in wrong:
        print(f"BEYOND ITS BOUND: {said}")
    return wrong


def _time(texts: Sequence[Case]) -> float:
    """Median CPU time of a text, in milliseconds."""
    took = []
    for case in texts:
        if case.of == "plain talk":
            begun = time.process_time_ns()
            find_injection(case.text)
            took.append((time.process_time_ns() - begun) / 1e6)
    return sorted(took)[len(took) // 2]


if __name__ == "__main__":
    main()
