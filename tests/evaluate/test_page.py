"""The page about evaluation: its commands can be typed, its data can be read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from aegis.cli.commands.evaluate import evaluate
from aegis.evaluate.samples import read_samples
from aegis.evaluate.scorers.judge import built_in_rubrics
from aegis.evaluate.suites.suite import SUITES

PAGE = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text("utf-8")
CALLS = [
    call
    for block in re.findall(r"```shell\n(.*?)```", PAGE, re.DOTALL)
    for call in re.sub(r"\\\n\s*", "", block).strip().split("\n")
]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_of_the_page_has_only_options_that_exist(call: str) -> None:
    """The command and every option are known."""
    program, _, name, *arguments = shlex.split(call)
    command = evaluate.commands[name]
    known = {option for p in command.params if isinstance(p, click.Option) for option in p.opts}

    assert program == "aegis"
    assert {a for a in arguments if a.startswith("-")} <= known


def test_the_sample_of_the_page_is_a_sample() -> None:
    """Every field that it shows is read."""
    block = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[0]
    found = read_samples([block], path="page")

    assert not found.problems
    assert found.samples[0].context


def test_every_suite_and_rubric_is_on_the_page() -> None:
    """What can be named is named."""
    assert all(f"`{name}`" in PAGE for name in (*SUITES, *built_in_rubrics()))
