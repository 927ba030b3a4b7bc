"""What the expression of an alert can show, so that no failure is promised an alert that stays silent."""

from __future__ import annotations

from collections.abc import Mapping

from aegis.base import conventions as names

# Alerts on one signal: the metrics, or meanings of an engine's metrics, whose failures move it.
_SHOWS: Mapping[str, frozenset[str]] = {
    "guardrail-shift": frozenset({names.GATEWAY_GUARDRAIL}),
    "cost-burn": frozenset({names.GATEWAY_TOKENS, names.GATEWAY_COST, "requests"}),
    "drift-detected": frozenset(
        {names.DRIFT_EVIDENCE, names.EVALUATION_SCORE, "corrupted_requests", "prompt_length", "requests"}
    ),
}  # fmt: skip
# Failures that are an absence: the only ones that silence shows.
_SILENT = frozenset(
    {"blind", "host-disk-full", "ray-head-lost", "sglang-mute", "vllm-renamed-metrics"}
)
# Failures that no expression of a plan can see: a person, a scan or a list sees them, and their
# first sign names which.
_UNSEEN = frozenset(
    {
        "ab-uneven-arms", "age-unknown", "approval-reflex", "biometric-kept", "canary-judged-on-few",
        "card-in-free-text", "confidential-crosses", "curious-colleague", "fleet-split", "health-in-passing",
        "licence-in-code", "patch-forgotten", "privacy-leak", "ring-out-of-reach", "shadow-side-effects",
        "swap-without-previous", "tgi-maintenance", "tool-half-done", "vector-model-mixed", "wrong-act",
    }
)  # fmt: skip


def can_show(alert: str, mode: str, metric: str) -> bool:
    """Whether an alert moves when this failure happens, going by what its expression reads."""
    if mode in _UNSEEN:
        return False
    if alert == "telemetry-silent":
        return mode in _SILENT
    return metric in _SHOWS.get(alert, {metric})
