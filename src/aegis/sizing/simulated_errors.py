"""How far the simulation itself was from measurements, and what that adds to its bounds."""

from __future__ import annotations

import datetime
import functools

from aegis.base.model import Frozen
from aegis.sizing.data_files import table


class EngineErrors(Frozen):
    """Median errors over the rows of one engine, in per cent."""

    rows: int
    ttft: float
    tpot: float
    formula_ttft: float
    formula_tpot: float

    @property
    def widening(self) -> tuple[float, float]:
        """Powers on the formula's bounds of TPOT and of TTFT: never below 1.

        >>> EngineErrors(rows=9, ttft=30, tpot=5, formula_ttft=20, formula_tpot=6).widening
        (1.0, 1.5)
        """
        return max(self.tpot / self.formula_tpot, 1.0), max(self.ttft / self.formula_ttft, 1.0)


class SimulatedErrors(Frozen):
    """`data/simulated_errors.yaml` as it is read."""

    measured: datetime.date
    command: str
    engines: dict[str, EngineErrors]

    def of(self, engine: str) -> EngineErrors:
        """Those of the engine; of the one that is furthest off for an engine never measured."""
        return self.engines.get(engine) or max(self.engines.values(), key=lambda e: e.ttft)


@functools.cache
def simulated_errors() -> SimulatedErrors:
    """The measured errors of the simulation."""
    return SimulatedErrors.model_validate(table("simulated_errors.yaml"))
