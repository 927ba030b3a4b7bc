"""Price examples are dated, sourced, apart by kind, and point at devices that exist."""

import datetime
import itertools

import pytest

from aegis.catalog.loader import accelerators, files, parse, prices
from aegis.catalog.types import Price, PriceList

TOKENS = ("million_input_tokens", "million_output_tokens")
SPREAD = 7.0
"""The dearest on-demand hour of one device over the cheapest: large clouds in Europe ask six
times what a small one does, and a node's price on a single device would be eight times off."""

_LISTS = [pytest.param(entry, id=entry.id) for entry in prices()]
_ROWS = [price for entry in prices() for price in entry.prices]


def _provider(provider: str) -> PriceList:
    return next(entry for entry in prices() if entry.id == provider)


def _hourly(kind: str) -> dict[tuple[str, str, str, datetime.date], Price]:
    return {
        (row.provider, row.region, row.sku, row.as_of): row
        for row in _ROWS
        if row.per == "hour" and row.kind == kind
    }


def broken_discounts(rows: dict[str, float]) -> set[str]:
    """The kinds of one instance on one day that cost no less than the kind above them."""
    order = ("on_demand", "reserved_1y", "reserved_3y")
    committed = [kind for kind in order if kind in rows]
    broken = {b for a, b in itertools.pairwise(committed) if rows[b] >= rows[a]}
    if "spot" in rows and rows["spot"] >= rows.get("on_demand", float("inf")):
        broken.add("spot")
    return broken


def _by_instance() -> dict[tuple[str, str, str, datetime.date], dict[str, float]]:
    found: dict[tuple[str, str, str, datetime.date], dict[str, float]] = {}
    for row in _ROWS:
        if row.per == "hour":
            key = (row.provider, row.region, row.sku, row.as_of)
            found.setdefault(key, {})[row.kind] = row.amount
    return found


def test_every_file_is_the_price_list_of_one_provider() -> None:
    """A file parses, and its name is the provider of each of its rows."""
    for file in files("prices"):
        entry = parse("prices", file.read_text("utf-8"))
        assert isinstance(entry, PriceList)
        assert file.name == f"{entry.id}.yaml"
        assert {row.provider for row in entry.prices} == {entry.id}


@pytest.mark.parametrize("entry", _LISTS)
def test_every_row_is_dated_and_no_source_lies_unused(entry: PriceList) -> None:
    """A price has a day that has passed; a source was read on or after the days it prices."""
    assert set(entry.sources) == {row.source for row in entry.prices}
    for row in entry.prices:
        source = entry.sources[row.source]
        assert source.title
        assert source.locator
        assert source.retrieved is not None
        assert row.as_of <= source.retrieved


@pytest.mark.parametrize("entry", _LISTS)
def test_the_day_of_a_price_stands_in_its_source(entry: PriceList) -> None:
    """Whoever doubts an `as_of` finds the same day where the source is named."""
    for row in entry.prices:
        source = entry.sources[row.source]
        assert row.as_of.isoformat() in f"{source.title} {source.locator}", row


@pytest.mark.parametrize("entry", _LISTS)
def test_no_row_is_there_twice(entry: PriceList) -> None:
    """One instance has one price for a region, a kind and a day."""
    keys = [(r.region, r.sku, r.kind, r.per, r.as_of) for r in entry.prices]
    assert len(keys) == len(set(keys))


def test_every_price_names_a_device_of_the_catalogue() -> None:
    """The device of a row has an entry; an accelerator is counted, a slice of a CPU is not."""
    kinds = {entry.id: entry.kind for entry in accelerators()}
    assert sorted({row.accelerator for row in _ROWS} - {""} - set(kinds)) == []
    for row in _ROWS:
        if row.accelerator and kinds[row.accelerator] != "cpu":
            assert row.accelerators >= 1, row
        if not row.accelerator:
            assert row.accelerators == 0, row


def test_a_node_holds_no_more_devices_than_it_can() -> None:
    """An instance with GPUs has at most as many as the device has in a node."""
    devices = {entry.id: entry for entry in accelerators() if entry.kind != "tpu"}
    for row in _ROWS:
        node = devices[row.accelerator].devices_per_node if row.accelerator in devices else None
        if node is not None:
            assert row.accelerators <= node.value, row


def test_token_prices_come_in_pairs_without_a_device() -> None:
    """A managed model has an input and an output price, and output is never the cheaper."""
    tokens: dict[tuple[str, str, str], dict[str, float]] = {}
    for row in _ROWS:
        if row.per in TOKENS:
            assert (row.accelerator, row.kind) == ("", "on_demand")
            tokens.setdefault((row.provider, row.region, row.sku), {})[row.per] = row.amount
    assert len(tokens) > 30
    for sku, pair in tokens.items():
        assert set(pair) == set(TOKENS), sku
        assert pair[TOKENS[0]] <= pair[TOKENS[1]], sku


def test_spot_and_commitment_cost_less_than_on_demand() -> None:
    """Where one day has several kinds of one instance, each discount is a discount."""
    instances = _by_instance()
    assert sum("spot" in kinds for kinds in instances.values()) > 20
    broken = {key: broken_discounts(kinds) for key, kinds in instances.items()}
    assert {key: kinds for key, kinds in broken.items() if kinds} == {}


@pytest.mark.parametrize(
    ("rows", "broken"),
    [
        pytest.param({"on_demand": 1, "spot": 1.2}, {"spot"}, id="spot-above-on-demand"),
        pytest.param({"on_demand": 1, "reserved_1y": 1}, {"reserved_1y"}, id="no-discount"),
        pytest.param(
            {"on_demand": 1, "reserved_1y": 0.6, "reserved_3y": 0.7},
            {"reserved_3y"},
            id="three-years-above-one",
        ),
        pytest.param({"on_demand": 1, "spot": 0.4}, set(), id="a-real-discount"),
    ],
)
def test_swapped_kinds_are_caught(rows: dict[str, float], broken: set[str]) -> None:
    """The law of discounts can fail."""
    assert broken_discounts(rows) == broken


def test_one_device_costs_about_the_same_everywhere() -> None:
    """Per device and hour the dearest offer stays within a few times the cheapest."""
    per_device: dict[str, list[float]] = {}
    for row in _hourly("on_demand").values():
        if row.accelerators and row.currency == "USD":
            per_device.setdefault(row.accelerator, []).append(row.amount / row.accelerators)
    spread = {device: max(found) / min(found) for device, found in per_device.items()}
    assert {device: s for device, s in spread.items() if s > SPREAD} == {}


@pytest.mark.parametrize(
    ("provider", "regions"),
    [
        pytest.param("aws", {"us-east-1", "us-west-2", "eu-central-1", "eu-west-1"}, id="aws"),
        pytest.param("gcp", {"us-central1", "europe-west4"}, id="gcp"),
        pytest.param("azure", {"eastus", "westeurope", "swedencentral"}, id="azure"),
        pytest.param("nebius", {"us-central1", "eu-west1"}, id="nebius"),
        pytest.param("oci", {"global"}, id="oci"),
    ],
)
def test_a_large_provider_has_rows_on_both_sides_of_the_ocean(
    provider: str, regions: set[str]
) -> None:
    """Residency needs a European region, and the comparison an American one."""
    assert regions <= {row.region for row in _provider(provider).prices}


@pytest.mark.parametrize(
    "device",
    [
        "amd-mi300x",
        "aws-inferentia2",
        "google-tpu-v6e",
        "nvidia-a100-sxm-80gb",
        "nvidia-a10g",
        "nvidia-b200-sxm",
        "nvidia-h100-sxm",
        "nvidia-h200-sxm",
        "nvidia-l4",
        "nvidia-l40s",
        "nvidia-t4",
    ],
)
def test_the_devices_that_plans_choose_from_have_a_price(device: str) -> None:
    """Each can be rented on demand somewhere by the hour."""
    assert any(row.accelerator == device for row in _hourly("on_demand").values())


def test_a_cpu_instance_can_be_compared() -> None:
    """Each of the three largest clouds, and Oracle, has a row without an accelerator."""
    cpus = {entry.id for entry in accelerators() if entry.kind == "cpu"} | {""}
    rows = _hourly("on_demand").values()
    assert {"aws", "azure", "gcp", "oci"} <= {r.provider for r in rows if r.accelerator in cpus}
