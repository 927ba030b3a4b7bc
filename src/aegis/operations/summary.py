"""The decisive figures of a plan as labelled sentences: for a terminal, and for an answer."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.plan.types import Plan


def figure_rows(plan: Plan) -> Iterator[tuple[str, str]]:
    """Label and markup of each row: capacity, what binds it, cost, what traffic can detect."""
    numbers = plan.numbers
    capacity = plan.capacity
    held = capacity.numbers
    if "replicas" in held and capacity.shape != "job":
        parts = [f"{{{held['replicas']}}}"]
        if "traffic.peak" in numbers:
            verb = "holds" if numbers[held["replicas"]].value == 1 else "hold"
            parts.append(f"{verb} the peak of {{traffic.peak}}")
        for key, label in (("ttft", "TTFT"), ("tpot", "TPOT"), ("latency", "latency p95")):
            if key in held:
                parts.append(f"{'at' if len(parts) == 2 else 'and'} {label} {{{held[key]}}}")
        yield "capacity", " ".join(parts)
        spare = "; the spare carries the loss of one" if capacity.spare else ""
        if capacity.spare > 1:
            spare = "; the spare of {capacity.spare:plain} carries the loss of a zone"
        yield "", f"binding: {capacity.binding}{spare}"
    else:
        yield "capacity", capacity.binding
    if plan.cost.total:
        excludes = ", ".join(plan.cost.excludes)
        yield "cost", f"{{{plan.cost.total}}}; {plan.cost.lines[0].basis}; excludes {excludes}"
    elif plan.cost.unpriced:
        yield "cost", f"not priced: {plan.cost.unpriced}"
    for text in plan.release.detectability[:1]:
        yield "detects", text
    yield "our error", f"{capacity.our_error}; measure: `{capacity.measure}`"
