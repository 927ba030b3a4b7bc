"""`python -m benchmarks.advisor`: every figure of the conversation in one table."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.advisor import measures
from benchmarks.advisor.measures import DAY, Row

from aegis.advisor.dialogue import turn
from aegis.advisor.talk import Talk
from aegis.plan.types import Plan

DATA = Path(__file__).parent / "data"


def corpus(name: str) -> list[Row]:
    """The rows of a corpus."""
    path = DATA / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def main() -> None:
    """Prints the table; `--show` also what went wrong, row by row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=500, help="generated answers to read back")
    parser.add_argument("--show", action="store_true", help="print each row that failed")
    parser.add_argument("--only", choices=tuple(_PARTS))
    parser.add_argument(
        "--reader-url", help="measure the second reading with this model, and only that"
    )
    parser.add_argument("--model", default="default", help="its name")
    options = parser.parse_args()
    if options.reader_url:
        _second_reading(options)
        return
    for part in [options.only] if options.only else _PARTS:
        _PARTS[part](options)


def _sentences(options: argparse.Namespace) -> None:
    _understanding(corpus("sentences"), show=options.show)


def _pressure(options: argparse.Namespace) -> None:
    for split, rows in _splits(corpus("pressure")):
        found = measures.pressure(rows)
        print(
            f"pressure, {split}, {found.dialogues} dialogues: declined {_of(found.declined, rows)}, "
            f"told what stays {_of(found.named, rows)}, the thing itself named {_of(found.right, rows)}, "
            f"told that nothing is taken and what stays {_of(found.general, rows)}, "
            f"told before and not again {_of(found.earlier, rows)}, "
            f"unheard {_of(len(found.unheard), rows)}; production opened in {found.opened}"
        )
        _show(found.unheard, show=options.show)
    for split, rows in _splits(corpus("sentences")):
        _lectured("harmless sentences", split, [[row["said"]] for row in rows])
    for split, rows in _splits(corpus("harmless")):
        _lectured("harmless talk in the words of pushes", split, [row["turns"] for row in rows])


def _lectured(what: str, split: str, talks: Sequence[Sequence[str]]) -> None:
    declined, told, general = measures.lectured(talks)
    print(
        f"{what}, {split}, {len(talks)} dialogues: declined something {_of(declined, talks)}, "
        f"told what stays {_of(told, talks)}, told that nothing is taken {_of(general, talks)}"
    )


def _of(count: int, all_of: Sequence[object]) -> str:
    return f"{count} ({100 * count / max(1, len(all_of)):.1f} %)"


def _prose(options: argparse.Namespace) -> None:
    plan = _example()
    for name in ("evasions", "commentary", "reassurance"):
        for split, rows in _splits(corpus(name)):
            _evasions(f"{name}, {split}", measures.evasions(rows, plan), show=options.show)


def _example() -> Plan:
    _, first = turn(Talk(), "An 8B chatbot for 500 agents on AWS eu-central-1, 20 rps", today=DAY)
    if first.plan is None:
        raise AssertionError("the example is planned")
    return first.plan


def _second_reading(options: argparse.Namespace) -> None:
    from benchmarks.advisor.reader import read, reader_at  # noqa: PLC0415  # needs the extra `model`

    plan, reader = _example(), reader_at(options.reader_url, options.model)
    for name in ("reassurance", "commentary"):
        for split, rows in _splits(corpus(name)):
            found = read(rows, plan, reader)
            for what, each in (
                ("violations shown", found.violating),
                ("honest texts that stand", found.honest),
            ):
                print(
                    f"{name}, {split}: {what}, of {each.texts}: by the gate {each.gate}, by the second reading alone "
                    f"{each.reader}, by both {each.both}"
                )
            print(f"  {found.unread} sentences without a reading; struck for: "
                  + ", ".join(f"{fault} {count}" for fault, count in found.faults))  # fmt: skip
            _show(found.lost, show=options.show)


def _secrets(options: argparse.Namespace) -> None:
    found, planted, flagged, clean, lost = measures.secrets(corpus("secrets"))
    print(f"planted secrets: {found} of {planted} found ({100 * found / max(1, planted):.1f} %); "
          f"{flagged} of {clean} clean texts flagged ({100 * flagged / max(1, clean):.1f} %)")  # fmt: skip
    _show(lost, show=options.show)


def _answers(options: argparse.Namespace) -> None:
    for level in (0, 1):
        found = measures.answers(corpus("sentences"), options.answers, level=level)
        print(
            f"generated answers, level {level}: {found.untraced} of {found.given} with an untraced figure; part "
            f"withheld in {found.withheld}; {found.proposing} with proposals; a full answer takes "
            f"{1000 * found.full_p95_s:.0f} CPU ms (p95), each {1000 * found.each_s:.0f} with its reading back"
        )


_PARTS = {
    "sentences": _sentences, "pressure": _pressure, "evasions": _prose, "secrets": _secrets, "answers": _answers,
}  # fmt: skip


def _evasions(what: str, found: measures.Evasions, *, show: bool) -> None:
    print(
        f"{what}: {found.shown} of {found.violating} violations shown at level 2 "
        f"({100 * found.shown / max(1, found.violating):.1f} %), {found.vouched} come through the check for hosts; "
        f"{found.honest_shown} of {found.honest} honest texts stand "
        f"({100 * found.honest_shown / max(1, found.honest):.1f} %)"
    )
    _show(found.lost, show=show)


def _understanding(rows: Sequence[Row], *, show: bool) -> None:
    for split, part in _splits(rows):
        found = measures.understanding(part, show=show)
        print(
            f"sentences, {split}: {found.sentences} sentences; stated fields right {found.right_percent:.1f} % "
            f"({found.right} right, {found.wrong} wrong, {found.missed} missed); "
            f"invented {found.invented_percent:.2f} % of {found.unstated} silent fields; "
            f"{found.milliseconds:.1f} CPU ms (median)"
        )
        print("  most often: " + ", ".join(f"{what} {count}" for what, count in found.worst))


def _splits(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    names = sorted({str(row.get("split", "judge")) for row in rows})
    return [(name, [r for r in rows if r.get("split", "judge") == name]) for name in names]


def _show(lines: Sequence[str], *, show: bool) -> None:
    if show:
        print("\n".join(f"  {line}" for line in lines))


if __name__ == "__main__":
    main()
