"""How much of what should not be kept is taken out, and how much honest text with it: a gate."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from benchmarks.advisor.measures import secrets as secrets_found

from aegis.detect.personal import find_personal, redact

DATA = Path(__file__).parents[2] / "benchmarks" / "advisor" / "data"
CONTEXTS = (
    "Please change it to {} and confirm.", "the customer wrote: {}", "{} is what they gave us", "Meine Angabe: {}.",
    "Voici: {}, merci.", "mi dato es {} desde ayer", '{{"note": "{}"}}', "caller said {} twice\nthen hung up",
    "- [x] {} (checked)", "Ticket: old value {}; new value pending", "«{}»", "see {}?",
)  # fmt: skip


def _luhn(digits: str) -> str:
    """The digits with the check digit that makes them a card number."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if at % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


def _iban(rng: random.Random) -> str:
    account = "".join(rng.choices("0123456789", k=18))
    check = 98 - int(account + "131400") % 97
    return f"DE{check:02}{account}"


def _planted(rng: random.Random) -> list[str]:
    """One value of each kind, with its check digits."""
    digits = "".join(rng.choices("123456789", k=10))
    name = "".join(rng.choices("abcdefghij", k=7))
    return [
        f"{name}.{name[:3]}@mail.example.org",
        _iban(rng),
        _luhn(f"4{digits}0000"),
        f"+44 20 {digits[:4]} {digits[4:8]}",
        f"81.{rng.randint(2, 200)}.69.{rng.randint(2, 200)}",
        f"SSN 536-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
    ]


@pytest.mark.obligation(56)
def test_nearly_all_personal_values_are_taken_out_and_little_else() -> None:
    """At least 98 of 100 planted values of six kinds in twelve contexts; at most 2 of 100 clean texts touched."""
    rng = random.Random(56)  # noqa: S311  # a corpus
    kept = total = 0
    for _ in range(10):
        for value in _planted(rng):
            for context in CONTEXTS:
                total += 1
                kept += value.split()[-1] in redact(context.format(value))
    assert total == 720
    assert kept <= 0.02 * total
    rows = (DATA / "sentences.jsonl").read_text("utf-8").splitlines()
    touched = sum(bool(find_personal(json.loads(row)["said"])) for row in rows)
    assert touched <= 0.02 * len(rows)


@pytest.mark.obligation(56)
def test_nearly_all_credentials_are_found() -> None:
    """At least 95 of 100 planted ones, at most 2 of 100 clean texts flagged."""
    rows = [json.loads(r) for r in (DATA / "secrets.jsonl").read_text("utf-8").splitlines()]
    found, planted, flagged, clean, _ = secrets_found(rows)
    assert found >= 0.95 * planted
    assert flagged <= 0.02 * clean
