"""Asks, compares and judges releases; no data, or half of it, is never a pass."""

from __future__ import annotations

from aegis.operations.evaluating.gates import EvaluateResult, evaluate_gates

__all__ = ["EvaluateResult", "evaluate_gates"]
