"""The loader refuses what is not sourced or not understood, and finds what is there."""

import copy

import pytest
import yaml
from pydantic import ValidationError

from aegis.catalog.loader import (
    accelerators,
    data_folder,
    digest,
    entries,
    files,
    find_model,
    model_id,
    models,
    parse,
    prices,
)
from aegis.catalog.types import FAMILIES, Accelerator, Engine, PriceList

Tree = dict[str, object]

DEVICE: Tree = {
    "id": "some-device",
    "name": "Some device",
    "vendor": "Some vendor",
    "kind": "gpu",
    "sources": {"sheet": {"title": "Data sheet", "locator": "page 1", "retrieved": "2026-11-22"}},
    "memory_gb": {"value": 24, "source": "sheet"},
}
LIST: Tree = {
    "id": "some-cloud",
    "name": "Some cloud",
    "sources": {
        "page": {"title": "Price page", "locator": "2026-11-01", "retrieved": "2026-11-22"}
    },
    "prices": [
        {
            "provider": "some-cloud",
            "region": "eu",
            "sku": "small",
            "kind": "on_demand",
            "per": "hour",
            "amount": 1.5,
            "as_of": "2026-11-01",
            "source": "page",
        }
    ],
}


def _with(tree: Tree, path: str, value: object) -> str:
    """The tree as YAML with one value set, or taken away when it is None."""
    changed = copy.deepcopy(tree)
    at: object = changed
    *way, last = path.split(".")
    for step in way:
        at = at[int(step)] if isinstance(at, list) else _mapping(at)[step]
    if value is None:
        del _mapping(at)[last]
    else:
        _mapping(at)[last] = value
    return yaml.safe_dump(changed)


def _mapping(value: object) -> Tree:
    assert isinstance(value, dict)
    return value


def test_a_sourced_entry_is_read() -> None:
    """The trees below are good until one thing is changed."""
    device = parse("accelerators", yaml.safe_dump(DEVICE))
    assert isinstance(device, Accelerator)
    assert device.memory_gb is not None
    assert device.memory_gb.value == 24.0
    assert device.memory_bandwidth_gb_per_s is None
    assert isinstance(parse("prices", yaml.safe_dump(LIST)), PriceList)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        pytest.param("sources", None, "sources", id="no-sources"),
        pytest.param("sources", {}, "at least 1 item", id="empty-sources"),
        pytest.param("memory_gb", 24, "memory_gb", id="a-figure-without-a-source"),
        pytest.param("memory_gb.source", None, "source", id="a-figure-whose-source-is-missing"),
        pytest.param("memory_gb.source", "rumour", "no such source", id="an-unknown-source"),
        pytest.param("sources.sheet.title", None, "title", id="a-source-without-a-title"),
        pytest.param("sources.sheet.retrieved", None, "retrieved", id="an-undated-source"),
        pytest.param("memory_tb", 1, "memory_tb", id="an-unknown-field"),
        pytest.param("memory_gb.units", "GB", "units", id="an-unknown-field-inside-a-figure"),
        pytest.param("memory_gb.value", "plenty", "number", id="a-figure-that-is-no-number"),
        pytest.param("kind", "abacus", "kind", id="an-unknown-kind"),
        pytest.param("id", "Some Device", "pattern", id="an-id-that-is-no-file-name"),
        pytest.param("vendor", None, "vendor", id="a-device-without-a-vendor"),
    ],
)
def test_a_bad_device_is_refused(path: str, value: object, said: str) -> None:
    """What is not sourced or not known is refused, and the message names it."""
    with pytest.raises(ValidationError, match=said):
        parse("accelerators", _with(DEVICE, path, value))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        pytest.param("prices.0.source", "rumour", "no such source", id="an-unknown-source"),
        pytest.param("prices.0.as_of", None, "as_of", id="an-undated-price"),
        pytest.param("prices.0.amount", 0, "greater than 0", id="a-price-of-nothing"),
        pytest.param("prices.0.kind", "cheap", "kind", id="an-unknown-kind"),
        pytest.param("prices.0.per", "month", "per", id="an-unknown-unit"),
        pytest.param("prices.0.discount", 0.3, "discount", id="an-unknown-field"),
        pytest.param("prices", [], "at least 1 item", id="no-prices"),
    ],
)
def test_a_bad_price_is_refused(path: str, value: object, said: str) -> None:
    """A price without a day, a source or a unit is refused."""
    with pytest.raises(ValidationError, match=said):
        parse("prices", _with(LIST, path, value))


def test_a_list_is_no_entry() -> None:
    """A file of another shape is refused, not half read."""
    with pytest.raises(ValidationError):
        parse("accelerators", "- id: some-device\n")


def test_an_unknown_family_has_no_entries() -> None:
    """A family without a folder reads as empty; a family that does not exist is a mistake."""
    assert list(files("no-such-family")) == []
    with pytest.raises(KeyError):
        parse("no-such-family", "id: x")


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_every_entry_lies_in_a_file_named_after_it(family: str) -> None:
    """An entry is found by its id, and ids come in order."""
    found = [(file.name, parse(family, file.read_text("utf-8")).id) for file in files(family)]
    assert [name for name, _ in found] == [f"{entry}.yaml" for _, entry in found]
    assert found == sorted(found)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_nothing_but_entries_lies_in_a_folder(family: str) -> None:
    """A file that the loader would pass over in silence does not lie among the entries."""
    folder = data_folder() / family
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    assert [name for name in names if not name.endswith(".yaml")] == []


def test_entries_are_read_once() -> None:
    """A second reading hands out the same objects."""
    assert all(a is b for a, b in zip(accelerators(), entries(Accelerator), strict=True))
    assert all(a is b for a, b in zip(prices(), entries(PriceList), strict=True))
    assert all(isinstance(entry, Engine) for entry in entries(Engine))


def test_a_model_is_found_by_its_reference_in_any_case() -> None:
    """Briefs write a model as its publisher does; the file name is lower case."""
    model = models()[0]
    reference = model.id.replace("--", "/", 1)
    assert find_model(reference) is model
    assert find_model(f"  {reference.upper()} ") is model


def test_an_unknown_model_is_none() -> None:
    """A model that is not in the catalogue is unknown, which is no error."""
    assert find_model("nobody/no-such-model") is None
    assert model_id("Org/Model-1B") == "org--model-1b"


def test_the_digest_names_what_was_read() -> None:
    """Two plans from one catalogue name the same SHA-256."""
    first = digest()
    assert len(first) == 64  # hexadecimal digits of SHA-256
    digest.cache_clear()
    assert digest() == first


def test_a_figure_carries_its_citation() -> None:
    """A number taken from an entry brings its unit, its source and its bound along."""
    device = next(entry for entry in accelerators() if entry.id == "nvidia-h100-pcie")
    bandwidth = device.memory_bandwidth_gb_per_s
    assert bandwidth is not None
    fact = device.fact(bandwidth, "GB/s")
    assert (fact.value, fact.unit, fact.bound) == (2000.0, "GB/s", "lower")
    assert fact.source == device.sources[bandwidth.source]
