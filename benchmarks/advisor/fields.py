"""The fields that are scored, and when two values of one are the same."""

from __future__ import annotations

import math

from aegis.brief.positions import Plain

FIELDS = (
    "workload.kind", "model.reference", "model.parameters_b", "users.count", "workload.traffic.peak_rps",
    "workload.traffic.mean_rps", "objectives.latency_p95_ms", "objectives.latency_p99_ms",
    "objectives.latency_p50_ms", "objectives.ttft_p95_ms", "objectives.availability_percent", "placement.where",
    "placement.clouds.0.provider", "placement.clouds.0.regions", "placement.accelerators.0.id",
    "placement.accelerators.0.count", "data.classes", "frameworks", "jurisdictions", "budget.monthly_usd",
    "goal.environment", "evaluation", "team.orchestrator", "team.size",
)  # fmt: skip


def same(stated: Plain, gold: Plain) -> bool:
    """Whether a stated value is the gold one: figures within a hundredth, lists as sets, words folded."""
    if isinstance(stated, int | float) and isinstance(gold, int | float):
        return math.isclose(float(stated), float(gold), rel_tol=0.01)
    if isinstance(stated, list) and isinstance(gold, list):
        return {str(s).lower() for s in stated} == {str(g).lower() for g in gold}
    return _folded(stated) == _folded(gold)


def _folded(value: Plain) -> str:
    return str(value).lower().replace(" ", "").replace("-", "").replace("_", "").rpartition("/")[2]
