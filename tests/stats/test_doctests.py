"""Every closed-form case in a docstring of `aegis.stats` is computed."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import aegis.stats

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(aegis.stats.__path__, "aegis.stats.")
)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_hold(name: str) -> None:
    """The examples are computed, and every module has some."""
    outcome = doctest.testmod(importlib.import_module(name))

    assert outcome.attempted > 0
    assert outcome.failed == 0
