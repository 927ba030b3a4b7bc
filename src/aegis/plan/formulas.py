"""The formulas of a plan's estimates: how each reads, and what a script computes.

What a function of Aegis computes names that function (`aegis.stats…`) and has no expression here.
"""

from __future__ import annotations

from aegis.base.number import Estimate

_MONTH_H = 730
_MONTH_S = _MONTH_H * 3600

# {0}, {1} … are the inputs of the estimate, in order; ceil, floor, log, max, min and round as in Python.
_EXPRESSIONS = {
    "peak ÷ rate of one replica, rounded up": "max(1, ceil({0} / {1} - 1e-9))",
    "peak ÷ (measured rate × utilisation), rounded up": "ceil({0} / ({1} * {2} / 100))",
    "rate ÷ (measured rate × utilisation), rounded up": "ceil({0} / ({1} * {2} / 100))",
    "one hundred less thirty, by the square of burstiness": (
        "max(30, min(85, 100 - 30 * (1 + {0} ** 2) / 2))"
    ),
    "serving ÷ (zones − 1), rounded up": "ceil({0} / ({1} - 1))",
    "devices owned ÷ devices of one replica, rounded down, − serving": "max(0, floor({0} / {1}) - {2})",
    "serving + spare": "{0} + {1}",
    "replicas × devices of one replica": "{0} * {1}",
    "log of (serving × rate ÷ peak) ÷ log of growth": (
        "round(max(0, log({0} * {1} / {2}) / log(1 + {3} / 100)), 1)"
    ),
    "log of (serving × rate × utilisation ÷ peak) ÷ log of growth": (
        "round(max(0, log({0} * {1} * {2} / 100 / {3}) / log(1 + {4} / 100)), 1)"
    ),
    "items ÷ deadline": "{0} / ({1} * 3600)",
    f"devices × price per device hour × {_MONTH_H} h": f"{{0}} * {{1}} * {_MONTH_H}",
    "month ÷ mean requests of a month × 1,000": f"{{0}} / ({{1}} * {_MONTH_S}) * 1000",
    "month ÷ mean output tokens of a month": f"{{0}} / ({{1}} * {_MONTH_S} * {{2}} / 1000000)",
    "mean requests of a month × tokens × price per token": (
        f"{{0}} * {_MONTH_S} / 1000000 * ({{1}} * {{3}} + {{2}} * {{4}})"
    ),
    "parameters × two bytes": "{0} * 2000",
    "parameters × one byte": "{0} * 1000",
    "half of (1 − objective)": "(1 - {0}) / 2",
    "half of (100 − objective)": "(100 - {0}) / 2",
    "half of the objective": "{0} / 2",
    "half of (1 − threshold), at least half a point": "max(0.5, (1 - {0}) * 50)",
    "half of (100 − threshold), at least half a point": "max(0.5, (100 - {0}) / 2)",
}


def expression(number: Estimate) -> str:
    """The formula over the ids of its inputs; empty where a function of Aegis computed it.

    >>> expression(Estimate(value=6, low=6, high=7, unit="replicas", formula="serving + spare",
    ...                     inputs=("capacity.serving", "capacity.spare")))
    'capacity.serving + capacity.spare'
    """
    template = _EXPRESSIONS.get(number.formula, "")
    return template.format(*number.inputs)


def is_known(formula: str) -> bool:
    """Whether a formula is one of these, or the name of a function of Aegis."""
    return formula in _EXPRESSIONS or formula.startswith("aegis.")
