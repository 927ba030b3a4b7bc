"""The release as a program of an orchestrator that is written in Python: one file, and what it needs.

Every program calls `release.sh`, once to ask the gate and once to propose what the gate let through. What a
system adds is who may start it, who waits for a person, and what is done again when a machine is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.programs import airflow, dagster, kubeflow, prefect, temporal
from aegis.render.pipelines.programs.parts import filled
from aegis.render.pipelines.scripts import step
from aegis.render.shared.gap import Gap

_BECAUSE = ("pipeline-orchestrator", "release-strategy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What is written for one system."""

    text: str
    requirements: Mapping[str, str]
    guide: str
    """How it is deployed, run, watched and stopped."""
    approval: str = ""
    """How a person is asked; empty where a run cannot wait for one."""


PROGRAMS: Mapping[str, Program] = {
    "airflow": Program(
        text=airflow.PROGRAM,
        requirements=airflow.REQUIREMENTS,
        guide=airflow.GUIDE,
        approval=airflow.APPROVAL,
    ),
    "dagster": Program(
        text=dagster.PROGRAM, requirements=dagster.REQUIREMENTS, guide=dagster.GUIDE
    ),
    "kubeflow-pipelines": Program(
        text=kubeflow.PROGRAM, requirements=kubeflow.REQUIREMENTS, guide=kubeflow.GUIDE
    ),
    "prefect": Program(
        text=prefect.PROGRAM,
        requirements=prefect.REQUIREMENTS,
        guide=prefect.GUIDE,
        approval=prefect.APPROVAL,
    ),
    "temporal": Program(
        text=temporal.PROGRAM,
        requirements=temporal.REQUIREMENTS,
        guide=temporal.GUIDE,
        approval=temporal.APPROVAL,
    ),
}
"""By the option of `pipeline-orchestrator`."""


def programs(plan: Plan) -> tuple[Artifact, ...]:
    """The program of the system that the team runs, the step that it calls, and pinned requirements."""
    program = PROGRAMS[plan.chosen("pipeline-orchestrator")]
    pins = "".join(f"{name}=={version}\n" for name, version in program.requirements.items())
    return (
        step(),
        Artifact(path="pipelines/release.py", content=filled(plan, program.text), because=_BECAUSE),
        Artifact(
            path="pipelines/requirements.txt", content=pins, because=("pipeline-orchestrator",)
        ),
    )


def gaps(plan: Plan) -> tuple[Gap, ...]:
    """What the plan asks of a release and its system cannot do."""
    program = PROGRAMS.get(plan.chosen("pipeline-orchestrator"))
    if program is None or program.approval or not plan.brief.high_impact:
        return ()
    name = plan.decision("pipeline-orchestrator").winners[0].name
    return (
        Gap(
            what=f"A person's answer before production is proposed: a run of {name} cannot wait for one.",
            instead="Let the branch rules of your repository ask for two reviews of what production "
            "runs; nothing is released before it is merged.",
        ),
    )
