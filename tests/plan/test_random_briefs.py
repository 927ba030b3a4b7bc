"""A thousand random briefs: planned or refused with reasons, never a traceback."""

import datetime

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests.strategies import briefs

from aegis.brief.schema import Brief
from aegis.operations.planning import decide

TODAY = datetime.date(2026, 11, 22)


@pytest.mark.slow
@pytest.mark.obligation(6, 94)
@given(briefs(wishes=False))
@settings(max_examples=1000, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_thousand_random_briefs_are_planned_or_refused_with_reasons(brief: Brief) -> None:
    """As text, as a person would write it; a plan always has an automated way back."""
    text = yaml.safe_dump(brief.model_dump(mode="json", exclude_defaults=True), allow_unicode=True)
    result = decide(text, path="brief.yaml", today=TODAY)

    assert result.plan is not None or result.findings
    if result.plan is not None:
        assert result.plan.release.automatic
        assert len(result.plan.release.steps) >= 2
        assert not result.production_open or result.plan.brief.evaluation
