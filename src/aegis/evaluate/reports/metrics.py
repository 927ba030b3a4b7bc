"""Scores as Prometheus text, for the textfile collector of node_exporter or a push gateway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aegis.base.conventions import EVALUATION_SCORE
from aegis.base.exposition import labels_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A score with its interval; `slice` is empty for the whole data set."""

    dataset: str
    scorer: str
    slice: str
    mean: float
    low: float
    high: float
    samples: int


def metrics_text(gauges: Sequence[Gauge]) -> str:
    """The exposition format.

    >>> print(metrics_text([Gauge(dataset="faq", scorer="exact", slice="", mean=0.9, low=0.8,
    ...     high=0.95, samples=100)]).splitlines()[2])
    aegis_evaluation_score{dataset="faq",scorer="exact",slice=""} 0.9
    """
    lines = []
    for suffix, what in (
        ("", "mean score, corrected for the judge's errors where labels say them"),
        ("_low", "lower end of its 95 % interval"),
        ("_high", "upper end of its 95 % interval"),
        ("_samples", "samples behind it"),
    ):
        name = EVALUATION_SCORE + suffix
        lines += [f"# HELP {name} Evaluation: {what}.", f"# TYPE {name} gauge"]
        for gauge in gauges:
            value = {"": gauge.mean, "_low": gauge.low, "_high": gauge.high}.get(
                suffix, gauge.samples
            )
            labels = labels_text(
                {"dataset": gauge.dataset, "scorer": gauge.scorer, "slice": gauge.slice}
            )
            lines.append(f"{name}{{{labels}}} {value:.6g}")
    return "\n".join(lines) + "\n"
