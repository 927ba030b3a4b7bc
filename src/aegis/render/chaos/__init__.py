"""Rehearsals of the plan's failure modes: faults that end themselves, staging before production."""

from __future__ import annotations

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.case import ON_CLUSTER
from aegis.plan.types import Plan
from aegis.render.chaos import litmus, mesh, script
from aegis.render.chaos.faults import Fault, rehearsed
from aegis.render.chaos.readme import readme
from aegis.render.shared.objects import Object, framed

_BECAUSE = ("fault-injection",)
_ENVIRONMENTS = ("staging", "production")  # development has no load, so no steady state to watch
HYPOTHESIS = "aegis.dev/hypothesis"
REHEARSES = "aegis.dev/rehearses"


def render_chaos(plan: Plan) -> tuple[Artifact, ...]:
    """A folder of experiments, one a file; nothing where no cluster serves or no tool was chosen."""
    tool = plan.chosen("fault-injection")
    if plan.chosen("serving-platform") not in ON_CLUSTER or tool not in {"chaos-mesh", "litmus"}:
        return ()
    found = rehearsed(plan, by_litmus=tool == "litmus")
    files = [
        _experiment(plan, tool, fault, environment)
        for environment in _ENVIRONMENTS
        for fault in found
        if environment != "production" or fault.in_production
    ]
    if tool == "litmus":
        files += [_access(plan, environment) for environment in _ENVIRONMENTS]
    return (*files, script.game_day(), script.run(plan, tool), readme(plan, tool, found))


def _experiment(plan: Plan, tool: str, fault: Fault, environment: str) -> Artifact:
    if tool == "litmus" and fault.litmus:
        experiment, variables = fault.litmus(plan)
        body = litmus.engine(plan, environment, experiment, variables, fault.labels(plan))
    else:
        body = mesh.workflow(plan, fault, environment)
    modes = ",".join(m.id for m in plan.failure_modes if m.id in fault.modes)
    notes = {HYPOTHESIS: fault.expects, REHEARSES: modes}
    return Artifact(
        path=f"chaos/{environment}/{fault.id}.yaml",
        content=_placed(
            framed(plan, f"{plan.service}-{fault.id}", _BECAUSE, body, notes), environment
        ),
        because=_BECAUSE,
        environment=environment,
    )


def _access(plan: Plan, environment: str) -> Artifact:
    name = litmus.account(plan)
    return Artifact(
        path=f"chaos/{environment}/access.yaml",
        content=[
            _placed(framed(plan, name, _BECAUSE, body), environment)
            for body in litmus.access(plan, environment)
        ],
        because=_BECAUSE,
        environment=environment,
        documents=True,
    )


def _placed(item: Object, environment: str) -> Object:
    """The object in its namespace, which no kustomization sets: each file is applied by itself."""
    metadata = item["metadata"]
    labels = metadata["labels"] if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(labels, dict):
        raise TypeError("an object without metadata")
    placed: Object = {
        "name": metadata["name"],
        "namespace": environment,
        "labels": {**labels, names.ENVIRONMENT_LABEL: environment},
        "annotations": metadata["annotations"],
    }
    return {**item, "metadata": placed}


__all__ = ["render_chaos"]
