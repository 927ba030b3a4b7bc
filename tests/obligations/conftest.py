"""The pools that every obligation is proved over."""

from __future__ import annotations

import pytest
from tests.obligations.corpus import Case, admissible, examples, generated

GENERATED, MANY = 60, 1000


@pytest.fixture(params=["examples", "generated", pytest.param("many", marks=pytest.mark.slow)])
def pool(request: pytest.FixtureRequest) -> tuple[Case, ...]:
    """Briefs with their plans: all examples, sixty generated ones, a thousand in slow runs."""
    if request.param == "examples":
        return examples()
    return generated(GENERATED if request.param == "generated" else MANY)


@pytest.fixture(params=["examples", "generated", pytest.param("many", marks=pytest.mark.slow)])
def dossiers(request: pytest.FixtureRequest) -> tuple[Case, ...]:
    """Cases whose documents are read back: all examples that leave, and generated ones."""
    if request.param == "examples":
        return admissible()
    return generated(GENERATED)[:12] if request.param == "generated" else generated(MANY)[:100]
