"""A rule carries its own words, and its findings come in a stable order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from aegis.base.finding import Certainty, Severity, Span
from aegis.review.rule import Hit, Profile, Rule, check, rule


@dataclass(frozen=True)
class Door:
    open: bool
    line: int = 1


@rule("AEG900", checks=Door, severity=Severity.HIGH, refs=("CWE-1",))
def open_door(door: Door) -> Iterator[Hit]:
    """Door left open.

    Anyone can
    walk in.

    At night too.
    """
    if door.open:
        yield Hit(Span(path="house", line=door.line, column=1), "it is open", mend="close it")


@rule("AEG901", checks=Door, severity=Severity.LOW, certainty=Certainty.ASK)
def any_door(door: Door) -> Iterator[Hit]:
    """Door exists.

    A wall is safer.
    """
    yield Hit("house.door", f"line {door.line}", severity=Severity.CRITICAL)


def test_takes_its_words_from_the_function() -> None:
    """Name, title and reason are written once, where the check is."""
    assert (open_door.name, open_door.title) == ("open-door", "Door left open")
    assert open_door.why == "Anyone can walk in.\n\nAt night too."


def test_findings_are_worst_first() -> None:
    """A hit may be worse than its rule, and the order follows the hit."""
    found = check((open_door, any_door), Door(open=True))

    assert [finding.code for finding in found] == ["AEG901", "AEG900"]
    assert found[0].where == "house.door"
    assert found[1].span == Span(path="house", line=1, column=1)
    assert found[1].mend == "close it"


def test_a_rule_is_silent_on_other_types() -> None:
    """One list can hold rules over briefs, plans and repositories."""
    assert check((open_door, any_door), "not a door") == []


@pytest.mark.parametrize(
    ("profile", "other", "holds"),
    [
        pytest.param(Profile.GATE, Profile.REVIEW, False, id="gate-is-quieter"),
        pytest.param(Profile.AUDIT, Profile.GATE, True, id="audit-hears-all"),
        pytest.param(Profile.REVIEW, Profile.REVIEW, True, id="itself"),
    ],
)
def test_profiles_nest(profile: Profile, other: Profile, *, holds: bool) -> None:
    """What a quiet profile says, a louder one says too."""
    assert profile.holds(other) is holds


def test_a_rule_without_a_reason_cannot_be_loaded() -> None:
    """A finding nobody can explain is noise."""

    def bare(door: Door) -> Iterator[Hit]:
        """Only a title."""
        yield Hit("x", str(door))

    with pytest.raises(ValueError, match="needs a title and a reason"):
        rule("AEG902", checks=Door, severity=Severity.LOW)(bare)


def test_a_code_has_three_digits() -> None:
    """Codes are never reused, so they must be well formed from the start."""
    with pytest.raises(ValueError, match="AEG123"):
        rule("AEG1", checks=Door, severity=Severity.LOW)


def test_rules_can_be_compared() -> None:
    """A hand-written tuple of rules can be checked for doubles."""
    rules: tuple[Rule, ...] = (open_door, any_door)

    assert len({each.code for each in rules}) == len(rules)
