"""What it takes to serve the load: the section, the page of its own, and the same as data."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue

from aegis.base.number import Assumption, Estimate, Fact, Given, Measured, Number, Source
from aegis.plan.formulas import expression
from aegis.plan.types import LIVE, Plan
from aegis.render.documents.tree import (
    Block,
    Callout,
    Chart,
    CodeBlock,
    Document,
    Paragraph,
    Ref,
    Section,
    Table,
)
from aegis.render.documents.words import Words, bold, code, join, named, separated

PATH = "capacity-model"
_NAMES = {
    "replicas": "replicas at the peak, spare included",
    "devices": "devices in production",
    "ttft": "time to first token at the peak",
    "tpot": "time per output token at the peak",
    "latency": "latency at the peak",
    "concurrency": "requests in flight",
    "kv_per_token": "KV cache of one token",
}
_CAPTIONS = {
    "pareto": "Configurations that hold the objectives: nothing to the lower left of the line exists.",
    "latency-load": "Latency against load: the knee is where queueing begins.",
    "memory": "What fills the memory of one device.",
}


def capacity_blocks(words: Words, figures: Mapping[str, str]) -> tuple[Block, ...]:
    """What limits it, the figures, and the command that replaces them by measurements."""
    plan = words.plan
    capacity = plan.capacity
    blocks: list[Block] = [
        Paragraph(join(bold("Binding: "), words.text(capacity.binding), ".")),
    ]
    if capacity.numbers:
        blocks.append(_figures(words))
    blocks.append(
        Paragraph(join(bold("How far to trust it: "), words.text(capacity.our_error), "."))
    )
    blocks += charts(figures)
    blocks.append(
        Paragraph(
            join(
                "You will need to benchmark this in your environment; the command replaces the "
                "estimates by measurements. The workings are in the ",
                (Ref(join("capacity model"), PATH),),
                ".",
            )
        )
    )
    blocks.append(CodeBlock(text=capacity.measure))
    return tuple(blocks)


def charts(figures: Mapping[str, str]) -> list[Block]:
    """Drawings that sizing made, where there are any."""
    return [
        Chart(name=name, svg=figures[name], caption=join(_CAPTIONS.get(name, "")) or named(name))
        for name in sorted(figures)
    ]


def _figures(words: Words) -> Table:
    rows = tuple(
        (bold(_NAMES.get(key, key.replace("_", " "))), words.number(number), code(number))
        for key, number in words.plan.capacity.numbers.items()
    )
    return Table(head=(join("quantity"), join("figure"), join("id")), rows=rows)


def document(words: Words, figures: Mapping[str, str]) -> Document:
    """The capacity model as a page: demand, supply, and how each figure follows."""
    plan = words.plan
    return Document(
        path=PATH,
        title=join("Capacity model"),
        intro=(Paragraph(words.sentence(f"What runs out first is {plan.capacity.binding}")),),
        sections=(
            Section(
                heading=join("Demand"),
                id="demand",
                applies_to=("production",),
                blocks=(_rows(words, _demand(plan)),),
            ),
            Section(
                heading=join("Supply"),
                id="supply",
                applies_to=LIVE,
                blocks=(
                    *((_figures(words),) if plan.capacity.numbers else ()),
                    *_configuration(words),
                    *charts(figures),
                ),
            ),
            Section(
                heading=join("How each figure follows"),
                id="how-each-figure-follows",
                applies_to=LIVE,
                blocks=_workings(words),
            ),
            Section(
                heading=join("What would change it"),
                id="what-would-change-it",
                applies_to=LIVE,
                blocks=(
                    Callout(
                        tone="note",
                        title="Our error",
                        blocks=(Paragraph(words.sentence(plan.capacity.our_error)),),
                    ),
                    Paragraph(
                        join("A measurement replaces the estimates, and the plan is made again:")
                    ),
                    CodeBlock(text=plan.capacity.measure),
                ),
            ),
        ),
    )


def _demand(plan: Plan) -> list[str]:
    prefixes = ("traffic.", "tokens.", "batch.", "device.", "slo.", "features.")
    return [i for i in plan.numbers if i.startswith(prefixes)]


def _rows(words: Words, ids: list[str]) -> Table:
    rows = tuple((code(i), words.number(i), join(words.origins[i].kind)) for i in ids)
    return Table(head=(join("id"), join("figure"), join("kind")), rows=rows)


def _configuration(words: Words) -> tuple[Block, ...]:
    capacity = words.plan.capacity
    rows = []
    if capacity.accelerator_name:
        rows.append((join("accelerator"), named(capacity.accelerator_name)))
    if capacity.precision:
        rows.append((join("precision"), code(capacity.precision)))
    rows.append((join("shape"), code(capacity.shape)))
    return (Table(head=(join("part"), join("choice")), rows=tuple(rows)),)


def _workings(words: Words) -> tuple[Block, ...]:
    rows = []
    for number_id in closure(words.plan):
        number = words.plan.numbers[number_id]
        if isinstance(number, Estimate):
            inputs = separated([code(i) for i in number.inputs])
            rows.append(
                (
                    code(number_id),
                    words.number(number_id),
                    named(number.formula),
                    inputs,
                    named(number.basis),
                )
            )
    if not rows:
        return (
            Paragraph(
                join("Nothing is computed yet: what one replica holds has to be measured first.")
            ),
        )
    head = ("id", "figure", "formula", "inputs", "what the interval means")
    return (
        Table(head=tuple(join(h) for h in head), rows=tuple(rows)),
        Paragraph(
            join("The same as data, for a script that recomputes it: `capacity-model.json`.")
        ),
    )


def closure(plan: Plan) -> tuple[str, ...]:
    """Ids of every number that capacity and cost rest on, inputs before what uses them."""
    found: list[str] = []

    def visit(number_id: str) -> None:
        if number_id in found or number_id not in plan.numbers:
            return
        number = plan.numbers[number_id]
        if isinstance(number, Estimate):
            for given in number.inputs:
                visit(given)
        if number_id not in found:
            found.append(number_id)

    wanted = [*plan.capacity.numbers.values(), plan.cost.total or "", *plan.cost.unit_costs]
    known = ("capacity.", "cost.", "batch.", "traffic.", "tokens.", "price.")
    wanted += [i for i in plan.numbers if i.startswith(known)]
    for number_id in wanted:
        visit(number_id)
    return tuple(found)


def data(plan: Plan) -> dict[str, JsonValue]:
    """The capacity model as data: figures in order, each with formula and inputs."""
    capacity = plan.capacity.model_dump(mode="json")
    capacity.pop("binding")
    capacity.pop("our_error")
    return {
        "schema_version": 1,
        "plan": plan.id,
        "service": plan.service,
        "capacity": capacity,
        "numbers": {i: _number(plan.numbers[i]) for i in closure(plan)},
    }


def _number(number: Number) -> JsonValue:
    return {"value": number.value, "unit": number.unit, "kind": number.kind, **_origin(number)}


def _origin(number: Number) -> dict[str, JsonValue]:
    match number:
        case Fact(source=source):
            return {"source": _source(source)}
        case Estimate():
            return {
                "low": number.low,
                "high": number.high,
                "formula": number.formula,
                "expression": expression(number),
                "inputs": list(number.inputs),
                "interval": number.basis or "central four fifths",
                "measure": number.measure,
            }
        case Assumption():
            return {"reason": number.reason, "settled_by": number.settled_by}


def _source(source: Source | Given | Measured) -> str:
    match source:
        case Source():
            return f"{source.title}, {source.locator}, read {source.retrieved.isoformat()}"
        case Given():
            return f"brief: {source.path}"
        case Measured():
            return f"run {source.run}, {source.report}"
