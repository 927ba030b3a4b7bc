"""What the table says, from the figures that a run collected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from fit import Mask, Residuals
from peers import Peer
from simulator import Judged
from table import NOT_RUN, Line, median, median_and_p90

from aegis.sizing.intervals import CaseKind
from aegis.sizing.layout import Floats

FEWEST_ROWS = 100
"""Rows from which the coverage of a stratum is judged by itself."""


@dataclass(slots=True, kw_only=True)
class Figures:
    """What one run found; what it left out stays empty."""

    memory: list[tuple[str, float]]
    simulated: dict[tuple[int, int], float] = field(default_factory=dict)
    traces: list[Judged] = field(default_factory=list)
    families: Residuals | None = None
    nvidia: Residuals | None = None
    nvidia_rows: Mask | None = None
    inside: dict[str, Mask] = field(default_factory=dict)
    kinds: list[CaseKind] = field(default_factory=list)
    maximum: Floats | None = None
    candidates: float = 0.0
    rows: tuple[int, int, int] = (0, 0, 0)
    peer: Peer | None = None


def lines(figures: Figures) -> list[Line]:
    """One line a measure, in the order in which they were asked."""
    return [
        *_accuracy(figures),
        *_coverage(figures),
        *_memory(figures),
        *_simulator(figures),
        Line(
            measure="candidates per processor second",
            reached=f"{figures.candidates / 1e6:.1f} million",
            asked="0.3 million",
            goal="1 million",
            peer=_peer_speed(figures),
        ),
    ]


def _accuracy(figures: Figures) -> Iterator[Line]:
    r, own, peer = figures.families, figures.nvidia_rows, figures.peer
    if r is None or figures.nvidia is None or own is None or figures.maximum is None:
        return
    p = peer.residuals if peer else None
    yield Line(
        measure="TPOT median / p90, new model family",
        reached=median_and_p90(r.tpot),
        asked="13 / 40",
        goal="10 / 30",
        peer=median_and_p90(p.tpot) if p else NOT_RUN,
    )
    yield Line(
        measure="TTFT median, new model family",
        reached=median(r.ttft),
        asked="25",
        goal="18",
        peer=median(p.ttft) if p else NOT_RUN,
    )
    yield Line(
        measure="requests/s median, new model family",
        reached=median(r.throughput),
        asked="13",
        goal="9",
        peer=median(p.throughput) if p else NOT_RUN,
    )
    yield Line(
        measure="TPOT median, NVIDIA's own runs",
        reached=median(figures.nvidia.tpot[own]),
        asked="12",
        goal="9",
        peer=median(p.tpot[own]) if p else NOT_RUN,
    )
    yield Line(
        measure="TensorRT-LLM maximum throughput, one GPU held out",
        reached=median_and_p90(figures.maximum),
        asked="13",
        goal="9",
    )


def _coverage(figures: Figures) -> Iterator[Line]:
    if not figures.inside:
        return
    whole = ", ".join(f"{inside.mean() * 100:.1f}" for inside in figures.inside.values())
    by_stratum = [
        inside[rows].mean() * 100
        for inside in figures.inside.values()
        for load in ("low", "high")
        if (rows := np.array([kind.load == load for kind in figures.kinds])).sum() >= FEWEST_ROWS
    ]
    yield Line(
        measure="80 % interval contains TPOT, TTFT, requests/s (strata: low and high load)",
        reached=f"{whole} % ({min(by_stratum):.0f} to {max(by_stratum):.0f})",
        asked="75–85",
        goal="78–82",
        peer="states none",
    )
    kept, left, aggregated = figures.rows
    peer = figures.peer
    answered = f"{peer.answered.sum() / peer.asked * 100:.0f} % answered" if peer else NOT_RUN
    yield Line(
        measure="rows answered, or refused with a reason",
        reached=f"{(kept + left) / aggregated * 100:.0f} % ({kept} and {left})",
        asked="98",
        goal="100",
        peer=answered,
    )


def _memory(figures: Figures) -> Iterator[Line]:
    yield Line(
        measure="cache of eight measured splits, largest error",
        reached=f"{max(abs(gib) for _, gib in figures.memory):.2f} GiB",
        asked="1.5",
        goal="0.5",
    )


def _simulator(figures: Figures) -> Iterator[Line]:
    reached = NOT_RUN
    if figures.traces:
        tpot, ttft = (
            [abs(getattr(one, name)[0]) for one in figures.traces] for name in ("tpot", "ttft")
        )
        tails = [abs(value) for one in figures.traces for value in (one.tpot[1], one.ttft[1])]
        reached = (
            f"median {np.median(tpot):.1f} / {np.median(ttft):.1f} %, worst {max(tpot):.1f} / "
            f"{max(ttft):.1f}; p95 median {np.median(tails):.1f}, worst {max(tails):.1f}"
        )
    yield Line(
        measure="simulator against the other half of real traces, mean TPOT / TTFT",
        reached=reached,
        asked="5 / 10",
        goal="2 / 5, p95 8",
    )
    yield Line(
        measure="simulated requests per processor second",
        reached=f"{min(figures.simulated.values()):,.0f} to {max(figures.simulated.values()):,.0f}",
        asked="5,000",
        goal="20,000",
    )


def _peer_speed(figures: Figures) -> str:
    if figures.peer is None or figures.peer.cpu_s <= 0:
        return NOT_RUN
    return f"{figures.peer.asked / figures.peer.cpu_s:.0f}"
