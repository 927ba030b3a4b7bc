"""Techniques: each says what it helps, what it costs and how to try it small."""

from __future__ import annotations

import re

import pytest

from aegis.catalog import loader
from aegis.catalog.types import Technique

TECHNIQUES = {technique.id: technique for technique in loader.techniques()}
EACH = pytest.mark.parametrize("technique", TECHNIQUES.values(), ids=TECHNIQUES)
A_FIGURE = re.compile(r"\d+(?:\.\d+)?\s*(?:%|x\b|×|ms\b|tok|times\b)")


@pytest.mark.parametrize(
    "technique_id",
    [
        "continuous-batching",
        "prefix-caching",
        "speculative-decoding",
        "disaggregated-prefill-decode",
        "multi-lora",
        "expert-parallelism",
        "int8",
        "int4-awq",
        "int4-gptq",
        "fp8",
        "pruning",
        "distillation",
        "hardware-aware-compilation",
        "on-device-inference",
        "sequential-canary",
        "shadow-traffic",
    ],
)
def test_technique_of_the_founding_description_is_there(technique_id: str) -> None:
    """Each technique the founding description names has an entry."""
    assert technique_id in TECHNIQUES


@EACH
def test_technique_says_both_sides_and_how_to_try_it(technique: Technique) -> None:
    """A benefit without a cost, or without a small validation, would be an advertisement."""
    assert technique.summary
    assert technique.helps
    assert technique.costs
    assert technique.needs
    assert len(technique.validate_by.split()) >= 8


@EACH
def test_technique_promises_no_figure(technique: Technique) -> None:
    """What a technique gains depends on the workload; it is measured, not promised."""
    prose = (technique.summary, technique.helps, technique.costs, technique.validate_by)

    assert not [text for text in prose if A_FIGURE.search(text)]


@pytest.mark.parametrize("promise", ["40% faster", "a 3x gain", "saves 12 ms"])
def test_a_promised_figure_would_be_found(promise: str) -> None:
    """The search above can fail."""
    assert A_FIGURE.search(promise)


@EACH
def test_technique_that_is_still_maturing_says_what_to_compare(technique: Technique) -> None:
    """A young technique is validated against something, or on the target itself."""
    if technique.maturity.value != "proven":
        words = {"compare", "measure", "evaluate", "evaluation", "simulate", "sample", "plot"}
        assert words & set(re.findall(r"[a-z]+", technique.validate_by.lower()))


def test_ids_and_aliases_name_one_technique_each() -> None:
    """Two techniques that answer to one name would make a decision ambiguous."""
    names = [name for t in TECHNIQUES.values() for name in (t.id, *t.aliases)]

    assert len(names) == len(set(names))
    assert len(names) >= len({file.name for file in loader.files("techniques")})
