"""The plots of a sizing as SVG files: cost against latency, latency against load, memory."""

from __future__ import annotations

from pathlib import Path

from aegis.operations.size_drawings import draw_device, fleet_name
from aegis.operations.size_results import Range, SizeResult, SizeRow
from aegis.render.plots import (
    LoadPlot,
    LoadPoint,
    Option,
    ParetoPlot,
    Span,
    draw_load,
    draw_pareto,
)

MOST_OPTIONS = 24


def write_plots(result: SizeResult, folder: Path) -> tuple[Path, ...]:
    """Writes `pareto.svg`, `load.svg` and `memory.svg`, as far as there is something to draw."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {
        "pareto.svg": _pareto(result),
        "load.svg": _load(result),
        "memory.svg": _memory(result),
    }
    written = []
    for name, svg in drawn.items():
        if svg:
            path = folder / name
            path.write_text(svg, encoding="utf-8")
            written.append(path)
    return tuple(written)


def _span(value: Range) -> Span:
    return Span(value=value.value, low=value.low, high=value.high)


def _name(row: SizeRow) -> str:
    return fleet_name(
        row.replicas_with_spare, row.devices_per_replica, row.accelerator_name, row.precision
    )


def _pareto(result: SizeResult) -> str:
    """The cheapest of each device and precision; time to first token as the formula has it."""
    kept: dict[tuple[str, str], SizeRow] = {}
    for row in result.rows:
        if row.cost is not None:
            kept.setdefault((row.accelerator, row.precision), row)
    options = tuple(
        Option(
            name=_name(row),
            latency=_span(row.ttft_ms),
            cost=_span(row.cost.per_month),
            chosen=row.model_dump() == result.recommended.model_dump(),
        )
        for row in list(kept.values())[:MOST_OPTIONS]
        if row.cost is not None
    )
    if not options:
        return ""
    return draw_pareto(
        ParetoPlot(
            options=options,
            latency_name="time to first token, p95 by formula",
            latency_unit="ms",
            cost_name="cost with spare",
            cost_unit="USD a month",
            objective=result.traffic.ttft_objective_ms,
        )
    )


def _load(result: SizeResult) -> str:
    if len(result.load_curve) < 2:
        return ""
    seen = result.recommended.simulated
    return draw_load(
        LoadPlot(
            points=tuple(
                LoadPoint(load=point.rps, latency=_span(point.ttft_p95_ms))
                for point in result.load_curve
            ),
            latency_name="time to first token, p95",
            latency_unit="ms",
            load_name="load of the serving replicas",
            load_unit="req/s",
            chosen=result.traffic.peak_rps,
            objective=result.traffic.ttft_objective_ms,
            saturation=seen.fails_at_rps if seen else None,
        )
    )


def _memory(result: SizeResult) -> str:
    if result.memory is None:
        return ""
    return draw_device(result.recommended.accelerator_name, **result.memory.model_dump())
