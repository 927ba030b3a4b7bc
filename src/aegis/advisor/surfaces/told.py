"""What a program is told: the answer as Markdown, its figures as facts, and what may open."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from aegis.advisor.blocks import Answer
from aegis.advisor.showing import markdown
from aegis.base.model import Frozen
from aegis.base.number import Assumption, Estimate, Fact, Given, Measured, Number, Source, show
from aegis.base.prose import numbers_used


class Figure(Frozen):
    """One number with its origin; quote `shown` as it stands."""

    id: str
    shown: str
    value: float
    unit: str
    origin: str


class Told(Frozen):
    """An answer for a program. Figures in `markdown` are those of `figures`."""

    markdown: str
    figures: tuple[Figure, ...] = ()
    blocks: tuple[str, ...] = Field(default=(), description="kinds of the answer's parts, in order")
    plan_id: str = ""
    staging_open: bool = False
    production_open: bool = False


def told(answer: Answer) -> Told:
    """An answer as a program takes it; only the figures that it shows."""
    return Told(
        markdown=markdown(answer),
        figures=tuple(figure(key, answer.numbers[key]) for key in _used(answer)),
        blocks=answer.kinds,
        plan_id=answer.plan_id,
        staging_open=answer.staging_open,
        production_open=answer.production_open,
    )


def figure(key: str, number: Number) -> Figure:
    """A number as a fact object."""
    return Figure(
        id=key, shown=show(number), value=number.value, unit=number.unit, origin=_origin(number)
    )


def _origin(number: Number) -> str:
    match number:
        case Fact(source=Source(title=title, locator=locator, retrieved=retrieved)):
            return f"{title}; {locator}; retrieved {retrieved.isoformat()}"
        case Fact(source=Given(path=path)):
            return f"given in the brief at {path}"
        case Fact(source=Measured(run=run)):
            return f"measured in run {run}"
        case Estimate(formula=formula, inputs=inputs):
            return f"estimated by {formula} from {', '.join(inputs)}"
        case Assumption(reason=reason):
            return f"assumed: {reason}"
        case _:
            return ""


def _used(answer: Answer) -> Iterator[str]:
    seen: set[str] = set()
    for block in answer.blocks:
        cells = (cell for row in block.table.rows for cell in row) if block.table else ()
        for markup in (block.lead, *block.items, *cells):
            for key in numbers_used(markup):
                if key not in seen:
                    seen.add(key)
                    yield key
