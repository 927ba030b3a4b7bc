"""The block for coding assistants is written once, renewed in place, and leaves the rest alone."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from aegis.cli.main import COMMANDS
from aegis.operations.guiding import BEGIN, BLOCK, write_block

SKILL = Path(__file__).parents[2] / "skills" / "aegis-deploy" / "SKILL.md"


def test_the_block_is_added_below_what_is_there_and_renewed_in_place(tmp_path: Path) -> None:
    file = tmp_path / "AGENTS.md"
    file.write_text("# Ours\n\nBe kind.\n", "utf-8")
    assert write_block(file)
    assert file.read_text("utf-8").startswith("# Ours\n\nBe kind.\n")
    assert not write_block(file)
    stale = file.read_text("utf-8").replace("aegis diff", "aegis difference") + "\nAfter.\n"
    file.write_text(stale, "utf-8")
    assert write_block(file)
    text = file.read_text("utf-8")
    assert text.count(BEGIN) == 1
    assert "aegis difference" not in text
    assert text.endswith("After.\n")


def test_every_command_that_the_texts_name_exists() -> None:
    named = set(re.findall(r"`aegis ([a-z]+)", BLOCK + SKILL.read_text("utf-8")))
    assert named <= set(COMMANDS)


def test_the_skill_keeps_the_limits_of_its_format() -> None:
    _, head, body = SKILL.read_text("utf-8").split("---\n", 2)
    fields = yaml.safe_load(head)
    assert fields["name"] == SKILL.parent.name
    assert len(fields["name"]) <= 64
    assert len(fields["description"]) <= 1024
    assert len(body.splitlines()) < 500
