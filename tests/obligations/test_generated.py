"""Planning is a function, and it never crashes: over random briefs of every kind."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from tests.obligations.corpus import VERSIONS, Case
from tests.review.plans.good import MINIMAL, brief_with
from tests.strategies import briefs

from aegis.brief.schema import Brief
from aegis.plan.choose import NoOptionError
from aegis.plan.planner import make_plan
from aegis.review.plans.judge import judge_brief, judge_plan, refuses

Pool = tuple[Case, ...]
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]


def test_the_planner_never_crashes(pool: Pool) -> None:
    """It plans, or says which decision has no option left."""
    assert [(c.name, c.crash, c.brief.model_dump_json(exclude_defaults=True))
            for c in pool if c.crash] == []  # fmt: skip


@pytest.mark.obligation(94)
def test_production_never_opens_without_a_way_back(pool: Pool) -> None:
    """Whatever was wished for: an open production has steps, checks, a gate and its evidence."""
    for case in pool:
        if case.plan and case.plan.promotable.holds:
            assert case.plan.release.automatic, case.name
            assert case.plan.release.gates, case.name
            assert not refuses(judge_plan(case.plan)), case.name


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(briefs())
def test_the_order_of_fields_does_not_matter(brief: Brief) -> None:
    """Same meaning, same bytes: fields shuffled, planned twice."""
    turned = Brief.model_validate(_turned(brief.model_dump(mode="json", exclude_defaults=True)))
    try:
        first = make_plan(brief, VERSIONS)
    except NoOptionError:
        with pytest.raises(NoOptionError):
            make_plan(turned, VERSIONS)
        return
    assert make_plan(turned, VERSIONS).model_dump_json() == first.model_dump_json()


def _turned(value: object) -> object:
    """Mappings with their fields the other way round; lists keep their order, which has meaning."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [_turned(item) for item in value]
    return value


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(briefs(wishes=False))
def test_a_brief_without_forbidden_wishes_is_refused_for_its_place_only(brief: Brief) -> None:
    """No hard rule accuses a brief of what it did not ask for."""
    places = {"AEG122", "AEG123", "AEG126"}  # contradictions of place and API, drawn at random

    assert {f.code for f in refuses(judge_brief(brief))} <= places


def test_the_order_of_owners_does_not_matter() -> None:
    """Roles are a mapping: which is named first means nothing."""
    owners = {"service": "rota", "security": "office"}
    first = brief_with({"team": {"owners": dict(owners)}})
    second = brief_with({"team": {"owners": dict(reversed(owners.items()))}})

    plans = [make_plan(brief, VERSIONS).model_dump_json() for brief in (first, second)]
    assert plans[0] == plans[1]


def test_a_purpose_may_contain_braces() -> None:
    """Text of the brief is quoted, never interpreted."""
    brief = Brief.model_validate(
        {**json.loads(json.dumps(MINIMAL)), "purpose": "fills {all} forms"}
    )

    assert make_plan(brief, VERSIONS).purpose == "fills {all} forms"
