"""The commands of a release on KServe, for the README."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.kubernetes.platforms import tracks
from aegis.render.shared.serving import trial_replicas


def operate(plan: Plan, *, language: bool) -> list[str]:
    """How a version comes on trial, is promoted, and goes back."""
    if not trial_replicas(plan):
        return tracks.in_place(plan, _ready(plan, language=language))
    service = plan.service
    kind = "llminferenceservice" if language else "inferenceservice"
    begin, end = (
        ([], ["kubectl delete -k overlays/canary"])
        if language
        else (
            [
                f"kubectl -n production patch {kind} {service} --type json --patch-file canary/start.json"
            ],
            [
                f"kubectl -n production patch {kind} {service} --type json --patch-file canary/stop.json",
                "kubectl delete -k overlays/canary",
            ],
        )
    )
    return tracks.steps(plan, begin=begin, end=end, ready=_ready(plan, language=language))


def _ready(plan: Plan, *, language: bool) -> list[str]:
    kind = "llminferenceservice" if language else "inferenceservice"
    return [f"kubectl -n production wait {kind}/{plan.service} --for=condition=Ready --timeout=60m"]
