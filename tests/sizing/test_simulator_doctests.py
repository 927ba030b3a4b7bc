"""Every example in the docstrings of the simulator and of what stands on it runs."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    "name",
    [
        "adapters",
        "arrivals",
        "arrivals_file",
        "calibration",
        "classic",
        "cost",
        "deployment",
        "fleet",
        "packing",
        "prices",
        "prices_gpuhunt",
        "queueing",
        "simulated_errors",
        "simulator",
        "simulator_outcome",
        "simulator_steps",
    ],
)
def test_examples_of_the_module_hold(name: str) -> None:
    tested = doctest.testmod(importlib.import_module(f"aegis.sizing.{name}"))

    assert tested.attempted > 0
    assert tested.failed == 0
