"""Offers of the catalog and of a user's file: what is read, what is refused and where."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis.catalog.loader import accelerators, prices
from aegis.sizing.cost import cheapest, cost
from aegis.sizing.prices import Offer, Wanted, from_catalog, from_csv, offers_for
from aegis.sizing.prices_gpuhunt import NAMES, WITHOUT_FORM

KNOWN = ("nvidia-l40s", "nvidia-h100-sxm")
HEADER = "provider,accelerator,amount,region,sku,accelerators,kind,currency,as_of\n"


def offer(
    *, usd: float = 2.0, devices: int = 1, kind: str = "on_demand", region: str = "x"
) -> Offer:
    return Offer(
        provider="ours", region=region, sku="s", accelerator="nvidia-l40s", devices=devices,
        kind=kind, usd_per_hour=usd, as_of=datetime.date(2026, 11, 1), source="file",
    )  # fmt: skip


def test_a_user_file_gives_offers_with_their_age() -> None:
    text = HEADER + "ours,nvidia-l40s,1.75,eu-1,g6e,2,reserved_1y,USD,2026-11-01\n"

    offers, problems = from_csv(text, path="prices.csv", known=KNOWN)

    assert problems == ()
    assert offers[0].usd_per_hour == 1.75
    assert offers[0].devices == 2
    assert offers[0].age_days(datetime.date(2026, 11, 22)) == 21
    assert offers[0].source == "prices.csv"


def test_three_columns_are_enough() -> None:
    offers, problems = from_csv(
        "provider,accelerator,amount\nours,nvidia-l40s,1.5\n", path="p.csv", known=KNOWN
    )

    assert not problems
    assert (offers[0].region, offers[0].devices, offers[0].kind) == ("global", 1, "user_supplied")
    assert offers[0].age_days(datetime.date(2026, 11, 22)) is None


@pytest.mark.parametrize(
    ("row", "says"),
    [
        pytest.param("ours,nvidia-x,1,,,,,,", "p.csv:2: accelerator: `nvidia-x`", id="device"),
        pytest.param("ours,nvidia-l40s,free,,,,,,", "p.csv:2: amount: `free`", id="no-number"),
        pytest.param("ours,nvidia-l40s,0,,,,,,", "p.csv:2: amount: `0`", id="zero"),
        pytest.param("ours,nvidia-l40s,nan,,,,,,", "p.csv:2: amount: `nan`", id="nan"),
        pytest.param(",nvidia-l40s,1,,,,,,", "p.csv:2: provider", id="nobody-sells"),
        pytest.param("ours,nvidia-l40s,1,,,1.5,,,", "p.csv:2: accelerators", id="half-a-device"),
        pytest.param("ours,nvidia-l40s,1,,,,weekly,,", "p.csv:2: kind: `weekly`", id="kind"),
        pytest.param("ours,nvidia-l40s,1,,,,,EUR,", "p.csv:2: currency: EUR", id="currency"),
        pytest.param("ours,nvidia-l40s,1,,,,,,soon", "p.csv:2: as_of: `soon`", id="date"),
    ],
)
def test_a_wrong_line_is_named_with_its_number(row: str, says: str) -> None:
    offers, problems = from_csv(HEADER + row + "\n", path="p.csv", known=KNOWN)

    assert offers == ()
    assert problems[0].startswith(says)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "p.csv:1: no column", id="empty"),
        pytest.param("provider,amount\n", "p.csv:1: no column accelerator", id="column-missing"),
        pytest.param(HEADER.replace("sku", "name"), "unknown column name", id="column-unknown"),
        pytest.param(HEADER, "p.csv:2: no price follows", id="no-rows"),
    ],
)
def test_a_file_without_prices_says_what_it_needs(text: str, says: str) -> None:
    _, problems = from_csv(text, path="p.csv", known=KNOWN)

    assert says in problems[0]


def test_the_catalog_gives_only_whole_devices_in_usd() -> None:
    offers = from_catalog(prices())

    known = {a.id for a in accelerators()}
    assert len(offers) > 50
    assert all(o.devices >= 1 and o.usd_per_hour > 0 and o.as_of for o in offers)
    assert {o.accelerator for o in offers} <= known


def test_every_name_of_gpuhunt_is_one_device_of_ours() -> None:
    assert set(NAMES.values()) <= {a.id for a in accelerators()}
    assert not WITHOUT_FORM & set(NAMES)


def test_what_counts_is_filtered_by_provider_region_and_kind() -> None:
    every = [offer(), offer(kind="spot", usd=1.0), offer(region="y"), offer(kind="negotiated")]

    def count(wanted: Wanted) -> int:
        return len(offers_for(every, "nvidia-l40s", wanted))

    assert count(Wanted()) == 3
    assert count(Wanted(kind="spot")) == 2
    assert count(Wanted(kind=None)) == 4
    assert count(Wanted(region="y")) == 1
    assert count(Wanted(provider="OURS")) == 3
    assert count(Wanted(provider="theirs")) == 0


def test_nothing_is_assumed_without_an_offer() -> None:
    assert cheapest([], 4) is None
    assert cost([], (1, 1, 1), peak_rps=1, mean_rps=None, output_tokens=10) is None


def test_whole_instances_are_paid_for() -> None:
    """Two devices of an instance of eight cost the instance, so single ones at twice a price win."""
    both = [offer(devices=8, usd=16.0), offer(devices=1, usd=4.0)]

    assert cheapest(both, 2) == both[1]
    assert cheapest(both, 8) == both[0]


@given(
    peak=st.floats(0.1, 1000),
    share=st.floats(0.01, 1),
    devices=st.integers(1, 50),
    usd=st.floats(0.1, 100),
    tokens=st.integers(1, 4000),
)
def test_units_of_cost_agree(
    peak: float, share: float, devices: int, usd: float, tokens: int
) -> None:
    """Requests of an hour times the cost of one are the cost of an hour; a mean is never cheaper."""
    found = cost(
        [offer(usd=usd)], (devices, devices, devices), peak_rps=peak, mean_rps=peak * share,
        output_tokens=tokens,
    )  # fmt: skip

    assert found is not None
    assert found.per_request_mean is not None
    assert found.per_request_peak.value * peak * 3600 == pytest.approx(found.per_hour.value)
    million = found.per_million_output_peak.value / 1e6 * tokens
    assert million == pytest.approx(found.per_request_peak.value)
    assert found.per_month.value == pytest.approx(730 * found.per_hour.value)
    assert found.per_request_mean.value >= found.per_request_peak.value * (1 - 1e-9)
