"""`aegis --help` shows every command once, under what it is for."""

from __future__ import annotations

from collections import Counter

from aegis.cli.main import COMMANDS, SECTIONS


def test_every_command_stands_in_one_section() -> None:
    shown = Counter(name for names in SECTIONS.values() for name in names)
    assert shown == Counter(list(COMMANDS))
