"""Models that share devices: nothing is overfull, nothing is lost, never more than apart."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from aegis.sizing.packing import FULL, Tenant, pack

GB = 1e9
TENANTS = st.lists(st.tuples(st.floats(0.01, 3), st.floats(1, 120)), min_size=1, max_size=12).map(
    lambda rows: [
        Tenant(name=f"m{i}", time=time, held_bytes=held * GB) for i, (time, held) in enumerate(rows)
    ]
)


@given(tenants=TENANTS)
def test_every_model_has_its_time_and_its_memory(tenants: list[Tenant]) -> None:
    found = pack(tenants, memory_bytes=80 * GB)

    by_name = {t.name: t for t in tenants}
    copies = Counter(name for names in found.devices for name in names)
    assert set(copies) | set(found.too_large) == set(by_name)
    for names in found.devices:
        assert len(set(names)) == len(names)
        assert sum(by_name[n].held_bytes for n in names) <= 80 * GB
        assert sum(by_name[n].time / copies[n] for n in names) <= FULL + 1e-6
    assert len(found.devices) <= found.apart


@given(tenants=TENANTS)
def test_more_memory_never_leaves_out_more(tenants: list[Tenant]) -> None:
    small, large = (pack(tenants, memory_bytes=m * GB) for m in (40, 80))

    assert set(large.too_large) <= set(small.too_large)
