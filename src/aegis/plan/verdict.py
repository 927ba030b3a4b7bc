"""The direct recommendation: the first thing anybody reads, in plain prose, at most 60 words."""

from __future__ import annotations

from aegis.base.prose import name
from aegis.plan.case import Case
from aegis.plan.status import promotable
from aegis.plan.types import Decision

_RELEASE = {
    "canary": "released by canary with automated rollback",
    "blue-green": "released blue-green with an automatic switch back",
    "shadow": "first as a shadow, then by canary, with automated rollback",
    "ab": "as an A/B experiment that stops by itself on harm",
    "staged-fleet": "staged over the fleet, each device keeping its last good model",
    "job-swap": "publishing results only after they were compared with the last ones",
}


def verdict(case: Case) -> str:
    """What to do, on what, how released, and whether production may open."""
    what = (
        name(case.brief.model.reference.split("/")[-1])
        if case.brief.model
        else "the model, once named,"
    )
    if any("refused" in reason for reason in promotable(case).because):
        return (
            f"Do not deploy {what} as the brief asks: it takes away a safeguard that is never left out. "
            f"Plan it {_RELEASE[case.chosen('release-strategy')]}, and ask again."
        )
    gate = _gate(case)
    if not case.serves:
        gate = gate.replace(
            "Staging may start now", "Staging starts once its model server is written by hand"
        )
    return f"{_deploy(case, what)}, {_RELEASE[case.chosen('release-strategy')]}. {gate}"


def _winner(decision: Decision | None) -> str:
    return name(decision.winners[0].name) if decision else ""


def _deploy(case: Case, what: str) -> str:
    if case.on_device:
        device = case.brief.workload.device
        on = f" on {name(device.device)}" if device else ""
        return f"Deploy {what}{on} with {_winner(case.decisions.get('edge-runtime'))}"
    if case.is_batch:
        job = case.brief.workload.batch
        return f"Run {what} as a job ({name(job.schedule)})" if job else f"Run {what} as a job"
    if case.managed:
        return f"Use {what} as a managed API behind a guarded gateway"
    engine = _winner(case.decisions.get("engine"))
    front = "a limiting proxy" if case.chosen("gateway") == "proxy" else "a guarded gateway"
    capacity = case.capacity
    size = ""
    if capacity and capacity.replicas and capacity.accelerator_name:
        size = f", {{capacity.devices:value}} × {name(capacity.accelerator_name)}"
    place = " on one machine" if case.on_host else ""
    return f"Deploy {what} on {engine} behind {front}{size}{place}"


def _gate(case: Case) -> str:
    status = promotable(case)
    if status.holds:
        return "Production may open step by step."
    if case.brief.model is None:
        return "Development may start. Nothing else opens before the model is named."
    if not case.brief.evaluation:
        return "Staging may start now. Production stays closed: the brief names no evaluation set."
    if any("is not done" in reason for reason in status.because):
        return "Staging may start now. Production stays closed until the reviews of a high-impact system are done."
    if any("capacity is open" in reason for reason in status.because):
        return "Staging may start now. Production opens once one replica has been measured."
    if len(status.because) == 1 and "not pinned" in status.because[0]:
        return "Staging may start now. Production opens once the model is pinned by digest."
    if any("budget" in reason for reason in status.because):
        return (
            "Staging may start now. Production stays closed: the estimate does not fit the budget."
        )
    return "Staging may start now. Production opens once what is listed as missing is there."
