"""Platforms, and the burn windows that every alert is derived from."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest

from aegis.base.slo import burn_rate
from aegis.catalog import loader
from aegis.catalog.types import Platform

DAY_S = 86_400
PLATFORMS = {platform.id: platform for platform in loader.platforms()}


@pytest.mark.parametrize(
    ("platform_id", "role"),
    [
        pytest.param("kubernetes", "orchestration", id="kubernetes"),
        pytest.param("kserve", "serving", id="kserve"),
        pytest.param("ray-serve", "serving", id="ray"),
        pytest.param("nvidia-dynamo", "serving", id="dynamo"),
        pytest.param("llm-d", "serving", id="llm-d"),
        pytest.param("gateway-api", "gateway", id="gateway-api"),
        pytest.param("envoy-ai-gateway", "gateway", id="ai-gateway"),
        pytest.param("managed-api", "managed", id="hosted-api"),
        pytest.param("single-host", "host", id="one-machine"),
        pytest.param("edge-device", "edge", id="on-device"),
    ],
)
def test_platform_of_the_founding_description_is_there(platform_id: str, role: str) -> None:
    """Each platform the founding description names has an entry, in its role."""
    assert PLATFORMS[platform_id].role == role


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_platform_needs_only_platforms_that_exist(platform: Platform) -> None:
    """A plan can follow `needs` to the end, and it never returns to where it started."""
    todo, seen = list(platform.needs), set[str]()
    while todo:
        needed = todo.pop()
        assert needed in PLATFORMS
        seen.add(needed)
        todo.extend(n for n in PLATFORMS[needed].needs if n not in seen)
    assert platform.id not in seen


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_platform_says_what_it_is_good_for_and_what_it_costs(platform: Platform) -> None:
    """A comparison needs both sides, and few enough of each to be read."""
    assert platform.summary
    assert 1 <= len(platform.good_for) <= 3
    assert 1 <= len(platform.costs) <= 3


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_platform_qualifies_partial_support(platform: Platform) -> None:
    """«Partial» or «experimental» without a reason could not be acted on."""
    for capability, support in platform.capabilities.items():
        if support.value in {"partial", "experimental"}:
            assert support.note or support.locator, capability


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_platform_uses_every_source_it_cites(platform: Platform) -> None:
    """A source that no value refers to would be decoration."""
    used = {platform.version.source, platform.licence.source, platform.maturity.source}
    used |= {support.source for support in platform.capabilities.values()}
    notes = " ".join(support.note for support in platform.capabilities.values())
    notes += platform.version.note + platform.maturity.note
    unused = [key for key in platform.sources if key not in used and f"source {key}" not in notes]
    assert not unused


@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_platform_file_is_named_after_its_id(platform: Platform) -> None:
    """A reader finds the entry by the id that a plan prints."""
    names = {file.name for file in loader.files("platforms")}

    assert f"{platform.id}.yaml" in names
    assert len(names) == len(PLATFORMS)


def test_ids_and_aliases_name_one_platform_each() -> None:
    """Two platforms that answer to one name would make a brief ambiguous."""
    names = [name for p in PLATFORMS.values() for name in (p.id, *p.aliases)]

    assert len(names) == len(set(names))


def test_sources_were_retrieved_in_november_2026() -> None:
    """The staleness check counts from these dates."""
    dates = {s.retrieved for p in PLATFORMS.values() for s in p.sources.values()}

    assert dates == {datetime.date(2026, 11, 22)}


@pytest.mark.parametrize(
    ("name", "severity", "rate"),
    [
        pytest.param("page-quick", "page", 14.4, id="2-percent-in-1-hour"),
        pytest.param("page-slow", "page", 6.0, id="5-percent-in-6-hours"),
        pytest.param("ticket-quick", "ticket", 3.0, id="10-percent-in-1-day"),
        pytest.param("ticket-slow", "ticket", 1.0, id="10-percent-in-3-days"),
    ],
)
def test_burn_rate_follows_from_the_budget_share(name: str, severity: str, rate: float) -> None:
    """The rates that every alert uses are derived from the published shares, never typed in."""
    (facts,) = loader.burn_windows()
    row = next(row for row in facts.windows if row.name == name)

    derived = burn_rate(
        budget_percent=row.budget_percent.value,
        long_s=row.long_s.value,
        period_s=facts.period_days.value * DAY_S,
    )

    assert row.severity == severity
    assert derived == pytest.approx(rate)


def test_short_window_is_a_twelfth_of_the_long_one() -> None:
    """The workbook's ratio: an alert ends soon after the burning does."""
    (facts,) = loader.burn_windows()

    assert all(r.long_s.value == pytest.approx(12 * r.short_s.value) for r in facts.windows)


def test_windows_grow_and_pages_come_first() -> None:
    """The quickest window is the first to page; tickets come last."""
    (facts,) = loader.burn_windows()

    assert all(a.long_s.value < b.long_s.value for a, b in pairwise(facts.windows))
    assert [r.severity for r in facts.windows] == ["page", "page", "ticket", "ticket"]
