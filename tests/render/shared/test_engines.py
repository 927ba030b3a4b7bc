"""How engines are started agrees with what the catalog says of them."""

from __future__ import annotations

import pytest

from aegis.catalog.loader import engines
from aegis.render.shared.engines import ENGINES, engine_start

_CATALOG = {e.id: e for e in engines()}


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_health_and_metrics_are_those_of_the_catalog(engine: str) -> None:
    entry, start = _CATALOG[engine], ENGINES[engine]
    if entry.health_path is not None:
        assert start.health == entry.health_path.value
    if entry.metrics_path is not None:
        assert start.metrics == entry.metrics_path.value


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_the_port_is_the_catalogs_or_set_by_the_command(engine: str) -> None:
    """Below 1024 a process without rights cannot listen, so the command moves it."""
    entry, start = _CATALOG[engine], ENGINES[engine]
    if entry.port is None or entry.port.value == start.port:
        return
    assert str(start.port) in start.command
    assert start.port >= 1024


def test_an_unknown_engine_is_a_server_of_your_own() -> None:
    assert engine_start("somebody-elses").command == ()
