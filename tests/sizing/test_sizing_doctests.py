"""Every example in the docstrings of sizing runs."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = (
    "architecture",
    "coefficients",
    "config_json",
    "hardware",
    "layout",
    "memory",
    "precision",
    "roofline",
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module_hold(name: str) -> None:
    module = importlib.import_module(f"aegis.sizing.{name}")

    assert doctest.testmod(module).failed == 0
