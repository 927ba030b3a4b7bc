"""The evidence as Prometheus reads it, under the names that the rendered rules use."""

from __future__ import annotations

import math
from collections.abc import Mapping

from aegis.base import conventions as names
from aegis.base.exposition import labels_text
from aegis.monitor.columns import Role
from aegis.monitor.history import History
from aegis.monitor.reference import Reference

WHOLE = "all"
"""The `signal` of the whole evidence; the others are its parts, by role."""


def exposition(reference: Reference, history: History, labels: Mapping[str, str]) -> str:
    """A textfile: the evidence in units of its bound (1: drift), whole and by role.

    The parts never add up to more than the whole, so an alert on any of them keeps the budget.
    After a window that could not be judged nothing is written but a comment: a gauge that stays
    would say that all is well.
    """
    last = history.windows[-1] if history.windows else None
    head = [
        f"# HELP {names.DRIFT_EVIDENCE} Evidence of drift in units of its bound; 1 and more is drift.",
        f"# TYPE {names.DRIFT_EVIDENCE} gauge",
    ]
    whole = history.evidence()
    if last is None or (last.reasons and whole < 1):
        why = last.reasons[0] if last else "no window was judged yet"
        return "\n".join([*head, f"# inconclusive: {' '.join(why.split())}", ""])
    found = {WHOLE: whole, **_by_role(reference, history, whole)}
    lines = [
        f"{names.DRIFT_EVIDENCE}{{{labels_text({**labels, 'signal': signal})}}} {level:.6g}"
        for signal, level in found.items()
    ]
    return "\n".join([*head, *lines, ""])


def score_exposition(low: float, value: float, high: float, labels: Mapping[str, str]) -> str:
    """A textfile with a quality score and its interval, one series a bound, as the rules read it."""
    bounds = {"low": low, "value": value, "high": high}
    lines = [
        f"{names.EVALUATION_SCORE}{{{labels_text({**labels, 'bound': bound})}}} {level:.6g}"
        for bound, level in bounds.items()
    ]
    return "\n".join([f"# TYPE {names.EVALUATION_SCORE} gauge", *lines, ""])


def _by_role(reference: Reference, history: History, whole: float) -> dict[str, float]:
    columns = {feature.name: feature.column for feature in reference.features()}
    present = {reference.role(column) for column in columns.values()}
    found = {str(role): 0.0 for role in Role if role in present}
    for suspect in history.detector.suspects():
        found[str(reference.role(columns[suspect.name]))] += whole * suspect.share
    return {role: level if math.isfinite(level) else 0.0 for role, level in found.items()}
