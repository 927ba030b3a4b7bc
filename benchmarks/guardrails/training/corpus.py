"""The labelled texts: written for this, and put together from each other."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.guardrails.training.grammar import made

HERE = Path(__file__).parent
HARMLESS = "none"
FOLDS = 5
NO_FOLD = -1
_SEED = 20261123
_ADVISOR = HERE.parents[1] / "advisor" / "training"


@dataclass(frozen=True, slots=True)
class Example:
    """A text, what it is, and where in it the order stands; `hard` when it was written to be mistaken."""

    text: str
    label: str
    fold: int
    start: int
    end: int
    language: str = "en"
    hard: bool = True
    composed: bool = False

    @property
    def is_attack(self) -> bool:
        """Whether it is an order to the model."""
        return self.label != HARMLESS


def examples() -> list[Example]:
    """Everything that is learned from."""
    rng = random.Random(_SEED)  # noqa: S311  # folds of a corpus
    written = [*_written(rng)]
    return [*written, *_plain(rng), *_composed(written, rng), *_made(rng)]


def labelled(file: Path) -> Iterator[tuple[str, str, str]]:
    """Label, language and text of each line; a backslash and an n are a line break."""
    label, language = "", "en"
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            label, _, language = line.removeprefix("== ").partition(" ")
            language = language if len(language) == 2 else "en"
        elif line.strip():
            yield label, language, line.replace("\\n", "\n")


def _written(rng: random.Random) -> Iterator[Example]:
    for file in sorted((HERE / "attacks").glob("*.txt")):
        for label, language, text in labelled(file):
            yield Example(text, label, rng.randrange(FOLDS), 0, len(text), language)
    for file in sorted((HERE / "harmless").glob("*.txt")):
        for _, language, text in labelled(file):
            yield Example(text, HARMLESS, rng.randrange(FOLDS), 0, 0, language)


def _made(rng: random.Random) -> Iterator[Example]:
    """Texts of patterns: learned from in every fold and never counted, they are too like each other."""
    for label, language, text in made(rng):
        end = 0 if label == HARMLESS else len(text)
        yield Example(text, label, NO_FOLD, 0, end, language, hard=False)


def _plain(rng: random.Random) -> Iterator[Example]:
    """What people say who plan a deployment: no order to a model among it."""
    for file in sorted(_ADVISOR.rglob("*.txt")):
        for label, _, text in labelled(file):
            if label == HARMLESS:
                yield Example(text, HARMLESS, rng.randrange(FOLDS), 0, 0, file.stem, hard=False)
    for name, field in (("prose.jsonl", "text"), ("sentences.jsonl", "said")):
        for line in (_ADVISOR / name).read_text("utf-8").splitlines():
            text = str(json.loads(line)[field])
            yield Example(text, HARMLESS, rng.randrange(FOLDS), 0, 0, hard=False)


_HIDES = (
    "override",
    "hidden-order",
    "exfiltration",
    "tool-abuse",
    "prompt-extraction",
    "disguised-order",
)
_DRESSES = ("new-role", "pretext", "override")
_TASKS = (
    "Summarise this: ", "What does this text say?\n\n", "Translate into English: ", "Is this positive or negative?\n",
    "Answer the sender.\n\n", "Search result 1: ", "", "", "Tool output: ", "Extract the date from this mail:\n",
)  # fmt: skip
_COPIES = 3


def _composed(written: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Orders hidden in harmless texts, requests dressed up, and two harmless texts in one."""
    by_fold: dict[tuple[int, str], list[Example]] = {}
    for each in written:
        by_fold.setdefault((each.fold, each.label), []).append(each)
    for each in written:
        if each.label in _HIDES:
            for _ in range(_COPIES):
                yield _hidden(each, rng.choice(by_fold[each.fold, HARMLESS]), rng)
        if each.label == "unsafe-request":
            for dress in _DRESSES:
                yield _dressed(each, rng.choice(by_fold[each.fold, dress]), rng)
        if not each.is_attack:
            other = rng.choice(by_fold[each.fold, HARMLESS])
            text = f"{rng.choice(_TASKS)}{each.text} {other.text}"
            yield Example(text, HARMLESS, each.fold, 0, 0, each.language, composed=True)


def _hidden(order: Example, carrier: Example, rng: random.Random) -> Example:
    cuts = [i + 2 for i in range(len(carrier.text) - 2) if carrier.text[i : i + 2] in {". ", ".\n"}]
    at = rng.choice([*cuts, len(carrier.text)])
    before = f"{rng.choice(_TASKS)}{carrier.text[:at].rstrip()}{rng.choice([' ', ' ', chr(10), ' <!-- '])}"
    after = f"{' -->' if before.endswith('<!-- ') else ''} {carrier.text[at:]}".rstrip()
    start = len(before)
    return Example(
        f"{before}{order.text}{after}",
        order.label,
        order.fold,
        start,
        start + len(order.text),
        order.language,
        composed=True,
    )


def _dressed(request: Example, dress: Example, rng: random.Random) -> Example:
    text = f"{dress.text}{rng.choice([' ', chr(10), ' So: ', ' My question: '])}{request.text}"
    return Example(text, dress.label, request.fold, 0, len(text), request.language, composed=True)
