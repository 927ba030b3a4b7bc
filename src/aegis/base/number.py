"""Numbers that know where they come from: fact, estimate or assumption. There is no fourth kind."""

from __future__ import annotations

import datetime
import math
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aegis.base.model import Frozen

BENCHMARK_PHRASE = "you will need to benchmark this in your environment"


class Source(Frozen):
    """Where a published figure can be read again."""

    title: str = Field(min_length=3)
    locator: str = Field(min_length=2, description="URL, document number, page, file and commit")
    retrieved: datetime.date


class Given(Frozen):
    """The brief said so; `path` is the place in it, such as `traffic.peak_rps`."""

    path: str


class Measured(Frozen):
    """A run of ours measured it."""

    run: str = Field(description="id of the run")
    report: str = Field(description="digest of the report file, sha256:…")


class Fact(Frozen):
    """A number somebody published, the brief gives, or a run measured."""

    kind: Literal["fact"] = "fact"
    value: float
    unit: str
    source: Source | Given | Measured
    bound: Literal["exact", "lower", "upper"] = "exact"


class Estimate(Frozen):
    """A number computed by a named formula over other numbers, with an interval.

    `low` and `high` bound the central 80 % unless `basis` says otherwise.
    """

    kind: Literal["estimate"] = "estimate"
    value: float
    low: float
    high: float
    unit: str
    formula: str = Field(description="name of the function that computed it")
    inputs: tuple[str, ...] = Field(description="ids of the numbers it was computed from")
    basis: str = Field(default="", description="what the interval means, when not a central 80 %")
    measure: str = Field(default="", description="the command that replaces it by a measurement")

    @model_validator(mode="after")
    def _interval_contains_value(self) -> Self:
        if not self.low <= self.value <= self.high:
            msg = f"estimate {self.value} outside its interval [{self.low}, {self.high}]"
            raise ValueError(msg)
        return self


class Assumption(Frozen):
    """A default we chose, with the reason and what would settle it."""

    kind: Literal["assumption"] = "assumption"
    value: float
    unit: str
    reason: str
    settled_by: str = Field(description="the question or the measurement that replaces it")


Number = Annotated[Fact | Estimate | Assumption, Field(discriminator="kind")]


def show_value(value: float) -> str:
    """A value as people write it: three significant digits, thousands separated.

    >>> show_value(20), show_value(0.0995), show_value(1234.5), show_value(0.00012)
    ('20', '0.0995', '1,230', '0.00012')
    >>> show_value(99.95), show_value(131072), show_value(1_500_000)
    ('99.95', '131,072', '1,500,000')
    """
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if 99 <= value < 100:  # availability: 99.95 must not become 100
        return f"{value:.4f}".rstrip("0").rstrip(".")
    digits = 2 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    if digits <= 0:
        return f"{int(rounded):,}"
    return f"{rounded:,.{digits}f}".rstrip("0").rstrip(".")


def show(number: Fact | Estimate | Assumption) -> str:
    """A number with its unit, its bound or its interval.

    >>> show(Fact(value=80, unit="GB", bound="lower", source=Given(path="x")))
    'at least 80 GB'
    >>> show(Estimate(value=12, low=10, high=15, unit="ms", formula="f", inputs=()))
    '12 ms [10–15]'
    """
    text = f"{show_value(number.value)} {number.unit}".strip()
    match number:
        case Fact(bound="lower"):
            return f"at least {text}"
        case Fact(bound="upper"):
            return f"at most {text}"
        case Estimate() if number.low != number.high:
            return f"{text} [{show_value(number.low)}–{show_value(number.high)}]"
        case _:
            return text
