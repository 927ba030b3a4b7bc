"""A log of drills as a page: what was expected, what was seen, what nobody has looked at."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.drills.log import Logged
from aegis.drills.types import Begun, Ended, Measured

_WORDS = {
    "held": "held",
    "failed": "**failed**",
    "aborted": "stopped early",
    "inconclusive": "cannot be said",
    "refused": "refused",
    "interrupted": "**interrupted**",
}


def markdown(drills: tuple[Logged, ...]) -> str:
    """The page, newest run last, each drill with its record."""
    lines = ["# Drills", ""]
    if not drills:
        return "# Drills\n\nThe log is empty: nothing has been rehearsed.\n"
    lines += ["| drill | when (UTC) | where | outcome | why |", "|---|---|---|---|---|"]
    lines += [_row(each) for each in drills]
    for each in drills:
        lines += ["", *_section(each)]
    return "\n".join(lines) + "\n"


def _row(each: Logged) -> str:
    where = each.begun or each.refused
    end = each.ended or each.refused
    why = end.why if end else "the process ended before the drill did"
    first = where or end
    at = first.at[:19] if first else ""
    place = where.environment if where else ""
    return f"| `{each.drill}` | {at} | {place} | {_WORDS[each.outcome]} | {_cell(why)} |"


def _section(each: Logged) -> Iterator[str]:
    begun, ended = each.begun, each.ended
    yield f"## `{each.drill}`" + (f": {begun.title}" if begun else "")
    yield ""
    if each.refused is not None:
        yield f"Refused: {each.refused.why}."
        return
    if begun is not None:
        yield from _begun(begun)
    if ended is None:
        yield (
            "The process ended in the middle. The fault ended with it; a gateway that was pointed at the "
            "drill's proxy has no backend until it is pointed back."
        )
        return
    yield from _ended(ended)


def _begun(begun: Begun) -> Iterator[str]:
    yield (
        f"- **plan** `{begun.plan}` of {begun.service}, policy `{begun.policy_digest[:19]}…`, "
        f"{begun.environment}" + (f" (because: {begun.reason})" if begun.reason else "")
    )
    yield f"- **between** {begun.gateway} and {begun.backend}"
    fault, load = begun.fault, begun.load
    yield f"- **fault**: {fault.does}; {100 * fault.share:g} % of requests, {fault.lasts_s:g} s at most"
    yield (
        f"- **load**: {load.steady_per_s:g} requests a second, during the fault {load.fault_per_s:g} "
        f"({load.asks})"
    )
    for each in begun.rehearses:
        yield f"- **rehearses** `{each.mode}`: {each.experiment}"
        if each.unjudged:
            yield f"  - not judged here: {each.unjudged}"
    yield ""


def _ended(ended: Ended) -> Iterator[str]:
    yield f"{_WORDS[ended.outcome][0].upper()}{_WORDS[ended.outcome][1:]}: {ended.why}."
    yield ""
    yield "| claim | threshold | measured | counts | source | verdict |"
    yield "|---|---|---|---|---|---|"
    for title, rows in (("", ended.hypothesis), ("afterwards: ", ended.recovery)):
        yield from (_claim(title, row) for row in rows)
    yield ""
    back = ended.recovered_after_s
    said = "was not seen" if back is None else f"came {back:g} s after the fault"
    yield f"The fault was in force for {ended.fault_s:g} s; the last bad answer {said}."
    yield ""
    for phase, counts in ended.answers.items():
        shown = ", ".join(f"{n} {kind}" for kind, n in counts.items())
        yield f"- {phase}: {shown or 'no answers'}; {ended.reached.get(phase, 0)} reached the backend"


def _claim(title: str, row: Measured) -> str:
    claim = row.claim
    limit = claim.at_most if claim.at_most is not None else claim.at_least
    word = "≤" if claim.at_most is not None else "≥"
    value = "–" if row.value is None else f"{row.value:g}"
    note = f" ({row.note})" if row.note else ""
    return (
        f"| {title}{claim.says} | {word} {limit:g} {claim.unit} | {value}{_cell(note)} | "
        f"{row.events} of {row.total} | {_cell(claim.source)} | {row.verdict} |"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
