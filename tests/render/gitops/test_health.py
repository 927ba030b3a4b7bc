"""What GitOps is told about kinds that it does not know: run as Argo CD and Flux run it."""

from __future__ import annotations

from typing import Any

import pytest

from aegis.render.shared.health import KINDS, Health
from aegis.verify.cel.program import program

ALL = [pytest.param(health, id=health.kind) for kinds in KINDS.values() for health in kinds]


def status(health: Health, value: str) -> dict[str, Any]:
    conditions: list[Any] = [
        {"type": "Other", "status": "True"},
        {"type": health.condition, "status": value},
    ]
    return (
        {"parents": [{"conditions": conditions}]}
        if health.per_parent
        else {"conditions": conditions}
    )


@pytest.mark.parametrize("health", ALL)
@pytest.mark.parametrize(
    ("value", "serves"),
    [
        pytest.param("True", True, id="ready"),
        pytest.param("False", False, id="not-ready"),
        pytest.param("Unknown", False, id="nobody-knows"),
    ],
)
def test_only_the_condition_that_holds_is_health(
    health: Health, value: str, *, serves: bool
) -> None:
    """Exactly one of the two expressions of Flux holds, whatever the operator says."""
    known: Any = {"status": status(health, value)}

    assert program(health.current)(known) is serves
    assert program(health.waits)(known) is not serves


@pytest.mark.parametrize("health", ALL)
def test_an_object_without_a_word_is_waited_for(health: Health) -> None:
    assert program(health.current)({"status": {}}) is False
    assert program(health.waits)({"status": {}}) is True
    assert f'condition.type == "{health.condition}"' in health.lua
