"""Parts of a brief: lengths, names that stand once, providers; and what planning makes of them."""

import pytest
from pydantic import ValidationError
from tests.plan.test_planner import PLANS, VERSIONS

from aegis.brief.schema import Brief, Provider, Tokens
from aegis.catalog.loader import prices
from aegis.plan.planner import make_plan


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param({"mean": 100, "p50": 300, "p95": 200}, id="median beyond the tail"),
        pytest.param({"mean": 100, "p95": 400, "p99": 300}, id="p99 under p95"),
        pytest.param({"mean": 100, "p99": 900, "longest": 800}, id="longest under p99"),
    ],
)
def test_percentiles_are_in_order(lengths: dict[str, int]) -> None:
    """A percentile is never shorter than one before it."""
    with pytest.raises(ValidationError, match="is shorter than"):
        Tokens.model_validate(lengths)


def test_the_longest_request_that_is_admitted_sets_the_context() -> None:
    """Six thousand in and two out fit a window of eight: nothing longer is admitted."""
    brief = PLANS["support-assistant"].brief.model_dump(mode="json")
    brief["workload"]["input_tokens"] = {"mean": 900, "p99": 6000, "longest": 6100}
    brief["workload"]["output_tokens"] = {"mean": 300, "p99": 1500, "longest": 2000}
    plan = make_plan(Brief.model_validate(brief), VERSIONS)

    assert plan.capacity.max_model_len == 8192
    assert plan.numbers["tokens.input.p95"].value <= 6000


def test_every_provider_whose_hours_are_priced_can_be_named() -> None:
    """A brief that names a provider of the catalog is no error."""
    sold = {p.provider for entry in prices() for p in entry.prices if p.per == "hour"}

    assert sold <= set(Provider.__args__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("part", "value", "word"),
    [
        pytest.param(
            "objectives",
            {"quality": [{"kind": "accuracy", "metric": m, "threshold": 0.9} for m in "ab"]},
            "quality `accuracy`",
            id="quality",
        ),
        pytest.param(
            "release",
            {"kpis": [{"name": "sales", "margin_percent": m} for m in (1, 2)]},
            "business figure `sales`",
            id="business figure",
        ),
    ],
)
def test_what_a_plan_calls_by_name_is_named_once(part: str, value: object, word: str) -> None:
    """Two of the same name are an error for a person, and no crash of the planner."""
    brief = PLANS["support-assistant"].brief.model_dump(mode="json") | {part: value}

    with pytest.raises(ValidationError, match=f"{word} stands twice"):
        Brief.model_validate(brief)
