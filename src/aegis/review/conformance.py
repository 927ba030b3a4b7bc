"""What the founding sentences ask of a text, as checks on Markdown that anybody wrote.

Each check is one numbered obligation (`obligations.yaml`) and says what is missing. A text is a
dossier, an answer or a transcript; figures are traced only when the plan it speaks of is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import yaml

from aegis.detect.secrets import find_secrets
from aegis.plan.types import Plan
from aegis.review.plans import words
from aegis.review.readback import unmatched_numbers

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with everything below it, deeper headings included."""

    title: str
    level: int
    text: str


@dataclass(frozen=True)
class Text:
    """A Markdown text with its parts, and the plan it speaks of if it is known."""

    markdown: str
    plan: Plan | None = None

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """Every heading with the text below it."""
        lines = self.markdown.splitlines()
        heads: list[tuple[int, int, str]] = []
        fenced = False
        for at, line in enumerate(lines):
            if _FENCE.match(line):
                fenced = not fenced
            match = None if fenced else _HEADING.match(line)
            if match:
                heads.append((at, len(match[1]), match[2]))
        found = []
        for index, (at, level, title) in enumerate(heads):
            ends = (later for later, deep, _ in heads[index + 1 :] if deep <= level)
            found.append(Part(title, level, "\n".join(lines[at + 1 : next(ends, len(lines))])))
        return tuple(found)

    def part(self, pattern: str) -> Part | None:
        """The part whose title fits: a heading below a part may name another, the highest one is it."""
        fitting = (p for p in self.parts if re.search(pattern, p.title, re.IGNORECASE))
        return min(fitting, key=lambda p: p.level, default=None)

    @cached_property
    def first_block(self) -> str:
        """What stands before the first empty line."""
        return re.split(r"\n\s*\n", self.markdown.strip(), maxsplit=1)[0]

    @cached_property
    def prose(self) -> str:
        """The text without fenced code."""
        return re.sub(r"(?ms)^\s*```.*?^\s*```\s*$", "", self.markdown)


Faults = Iterator[str]
Check = Callable[[Text], Faults]
SIX = (
    ("summary", r"^summary|^recommendation|^executive summary"),
    ("architecture", r"architecture"),
    ("roadmap", r"roadmap"),
    ("trade-offs", r"trade-?offs|alternatives"),
    ("observability", r"observability|monitoring"),
    ("failure modes", r"failure modes|rollback"),
)
_MOST_WORDS = 60


def _tone(text: Text) -> Faults:
    yield from (f"«{match[0]}» ({what})" for match, what in words.tone(text.prose))


def _begins(text: Text) -> Faults:
    first = text.first_block
    if re.match(r"\s*(?:#|[-*+] |\d+\. |\||>|```|<)", first):
        yield "the text does not begin with plain prose"
    elif first.rstrip().endswith("?"):
        yield "the text begins with a question, not with a recommendation"
    elif len(re.sub(r"\[\^[^\]]*\]", "", first).split()) > _MOST_WORDS:
        yield f"the recommendation is longer than {_MOST_WORDS} words"


def _six(text: Text) -> Faults:
    last = -1
    for name, pattern in SIX:
        part = text.part(pattern)
        if part is None:
            # An answer begins with its summary and needs no heading for it.
            if name != "summary":
                yield f"there is no part on {name}"
        elif not part.text.strip():
            yield f"the part on {name} is empty"
        elif (at := text.parts.index(part)) < last:
            yield f"the part on {name} comes too early"
        else:
            last = at


def _summary(text: Text) -> Faults:
    part = text.part(SIX[0][1])
    if part is None:
        return
    own = re.split(r"(?m)^#", part.text)[0]
    blocks = [
        b
        for b in re.split(r"\n\s*\n", own.strip())
        if b.strip() and not b.startswith("*Applies to")
    ]
    if len(blocks) != 1 or re.match(r"[-*|>]\s", blocks[0]):
        yield "the summary is not one paragraph"


def _bold(text: Text) -> Faults:
    part = text.part(SIX[4][1])
    if part is not None and "**" not in part.text:
        yield "no objective or metric is bold in the part on observability"


def _tables(text: Text) -> Faults:
    part = text.part(SIX[3][1])
    if part is None:
        return
    rows = [line for line in part.text.splitlines() if line.lstrip().startswith("|")]
    if len(rows) < 4:  # head, rule and two options
        yield "the trade-offs are not compared in a table of at least two rows"


def _roadmap(text: Text) -> Faults:
    part = text.part(SIX[2][1])
    if part is None:
        return
    if not re.search(
        r"(?i)\bowner|\((?:service|security|data|model|platform|business)\b", part.text
    ):
        yield "no task of the roadmap has an owner"


def _checklists(text: Text) -> Faults:
    part = text.part(SIX[2][1])
    if part is not None and not re.search(r"(?m)^\s*- (?:\*\*.*\*\* )?\[[ x]\]|\[ \]", part.text):
        yield "the tasks of the roadmap are no checklist (`- [ ]`)"


def _monitoring(text: Text) -> Faults:
    part = text.part(SIX[4][1])
    if part is None or not re.search(r"(?i)objective|slo\b|target|availability|latency", part.text):
        yield "nothing says what is measured"


def _alerting(text: Text) -> Faults:
    part = text.part(SIX[4][1])
    if part is None or not re.search(r"(?i)alert|page[sd]?\b", part.text):
        yield "nothing says what alerts"


def _way_back(text: Text) -> Faults:
    part = text.part(SIX[5][1])
    if part is None or not re.search(
        r"(?i)way back|roll(?:s|ed|ing)? ?back|circuit breaker|by itself", part.text
    ):
        yield "no automated way back is named"


def _secrets(text: Text) -> Faults:
    yield from (f"holds a credential: {span.masked}" for span in find_secrets(text.markdown))


def _figures(text: Text) -> Faults:
    if text.plan is not None:
        yield from (
            f"{stray.numeral} is no number of the plan"
            for stray in unmatched_numbers(text.markdown, text.plan)
        )


def _skips(text: Text) -> Faults:
    yield from (f"«{match[0]}»" for match in words.skipping(text.prose))


def _signs(text: Text) -> Faults:
    yield from (f"«{match[0]}» is for a specialist to say" for match in words.sign_offs(text.prose))


def _needs(title: str, what: str, inside: str = "") -> Check:
    """A check that a part is there, and that it speaks of something."""

    def check(text: Text) -> Faults:
        part = text.part(title)
        if part is None or not part.text.strip():
            yield f"there is no part on {what}"
        elif inside and not re.search(inside, part.text, re.IGNORECASE):
            yield f"the part on {what} does not say what it owes"

    return check


_LLM = {
    "guardrails": r"guard-?rails?",
    "rate limiting": r"rate[- ]limit",
    "logging with privacy": r"logging|privacy",
    "evaluation harness": r"evaluation",
}


def _llm(text: Text) -> Faults:
    if not re.search(r"(?i)\bLLM\b|language model|chat ?bot|prompt", text.prose):
        return
    part = text.part(r"LLM controls")
    where = part.text if part else ""
    for name, pattern in _LLM.items():
        if not re.search(pattern, where, re.IGNORECASE):
            yield f"a language model is served without a word on {name}"


def _evaluated(text: Text) -> Faults:
    if re.search(r"(?i)\bproduction\b", text.prose) and not re.search(
        r"(?i)evaluation (?:data )?sets?|labelled (?:samples|examples)|golden set|evaluation gates?",
        text.prose,
    ):
        yield "production is spoken of, and no evaluation data set"


def _told_apart(text: Text) -> Faults:
    part = text.part(r"^environments")
    where = part.text if part else ""
    for name in ("development", "staging", "production"):
        if not re.search(rf"\b{name}\b", where, re.IGNORECASE):
            yield f"{name} is not told apart"


CHECKS: Mapping[int, Check] = {
    70: _tone,
    71: _begins,
    72: _bold,
    74: _six,
    75: _summary,
    77: _roadmap,
    81: _tables,
    82: _checklists,
    88: _secrets,
    92: _monitoring,
    93: _alerting,
    94: _way_back,
    95: _figures,
    99: _skips,
    102: _needs(r"security controls", "security controls", r"owner|test"),
    103: _needs(r"^cost", "cost", r"month|not priced|estimate"),
    104: _needs(r"lineage", "lineage and reproducibility", r"digest|pin"),
    105: _needs(r"incident", "incident response"),
    106: _llm,
    107: _evaluated,
    108: _told_apart,
    110: _signs,
}
"""Number of the obligation → what a text owes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One obligation, and what a text lacks of it."""

    id: int
    says: str
    severity: str
    faults: tuple[str, ...]


def conformance(text: Text) -> tuple[Verdict, ...]:
    """Every obligation that a text can be judged by, in their order."""
    rows = obligations()
    return tuple(
        Verdict(
            id=number,
            says=str(rows[number]["says"]),
            severity=str(rows[number]["severity"]),
            faults=tuple(check(text)),
        )
        for number, check in CHECKS.items()
    )


def obligations() -> dict[int, dict[str, object]]:
    """The rows of `obligations.yaml` by their number."""
    rows = yaml.safe_load((files("aegis.review") / "obligations.yaml").read_text(encoding="utf-8"))
    return {int(row["id"]): dict(row) for row in rows}
