"""Several models on one fleet, to first order: shares of time and of memory that add up.

Engines that share a device take turns. Their interference is not modelled, so a device is filled
only to `FULL` of its time, and the answer is a first guess to be measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

FULL = 0.7
"""Share of a device's time that is given away; the rest holds bursts and interference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One model: the devices' worth of time it needs at its peak, and bytes that one copy holds."""

    name: str
    time: float
    held_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Which models share which device, and how many devices they would take apart."""

    devices: tuple[tuple[str, ...], ...]
    apart: int
    too_large: tuple[str, ...]


def pack(tenants: Sequence[Tenant], *, memory_bytes: float) -> Packed:
    """First fit, largest first. A model that needs more than one device's time has several copies.

    >>> small = [Tenant(name=n, time=0.2, held_bytes=20e9) for n in "abc"]
    >>> pack(small, memory_bytes=80e9).devices
    (('a', 'b', 'c'),)
    >>> pack(small, memory_bytes=45e9).devices
    (('a', 'b'), ('c',))
    """
    too_large = tuple(t.name for t in tenants if t.held_bytes > memory_bytes)
    copies = [
        Tenant(name=t.name, time=t.time / count, held_bytes=t.held_bytes)
        for t in tenants
        if t.name not in too_large
        for count in [_copies(t)]
        for _ in range(count)
    ]
    copies.sort(key=lambda t: (-max(t.time / FULL, t.held_bytes / memory_bytes), t.name))
    filled: list[tuple[list[str], float, float]] = []
    for copy in copies:
        for index, (names, time, held) in enumerate(filled):
            fits = time + copy.time <= FULL + 1e-9 and held + copy.held_bytes <= memory_bytes
            if fits and copy.name not in names:
                names.append(copy.name)
                filled[index] = (names, time + copy.time, held + copy.held_bytes)
                break
        else:
            filled.append(([copy.name], copy.time, copy.held_bytes))
    return Packed(
        devices=tuple(tuple(sorted(names)) for names, _, _ in filled),
        apart=sum(_copies(t) for t in tenants if t.name not in too_large),
        too_large=too_large,
    )


def _copies(tenant: Tenant) -> int:
    return max(1, math.ceil(tenant.time / FULL - 1e-9))
