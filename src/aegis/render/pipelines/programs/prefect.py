"""Prefect: one flow, deployed without a schedule."""

from __future__ import annotations

REQUIREMENTS = {"prefect": "3.9.1"}

PROGRAM = '''"""How a version of @SERVICE@ moves: the gate, then a branch that a person merges.

Rendered from plan `@PLAN@`.

Deployed without a schedule: a run is started by hand, or by what hears of a merge. The variable
`@SERVICE@-release-repository` holds the address of the repository, the secret block
`@SERVICE@-release` a token that may push branches.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Annotated, Any, Literal

from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.client.schemas.objects import State, TaskRun
from prefect.flow_runs import pause_flow_run
from prefect.input import RunInput
from prefect.variables import Variable
from pydantic import Field

SERVICE = "@SERVICE@"
APPROVED: tuple[str, ...] = @APPROVED@  # where a person is asked after the gate
WAIT_S = 3 * 24 * 3600  # for that person; no answer is no
@RUN@


class Approval(RunInput):
    """What the person who resumes the run is asked."""

    approved: bool
    approved_by: str


def unreachable(task: object, task_run: TaskRun, state: State[Any]) -> bool:
    """Only what never reached the repository is tried again: a refusal is an answer."""
    return isinstance(state.result(raise_on_failure=False), Unreachable)


@task(retries=2, retry_delay_seconds=60, retry_condition_fn=unreachable)
def release(step: str, target: str, commit: str) -> str:
    """One step; its state holds what the scripts said."""
    return run(
        step,
        target,
        commit,
        repository=str(Variable.get(f"{SERVICE}-release-repository")),
        token=Secret.load(f"{SERVICE}-release").get(),
    )


@flow(name=f"{SERVICE}-release")
def release_to(
    target: Literal["staging", "production"],
    commit: Annotated[str, Field(pattern="^[0-9a-f]{40}$")],
) -> str:
    """Gate, a person where the plan asks for one, proposal; the name of the branch."""
    release("gate", target, commit)
    if target in APPROVED:
        answer = pause_flow_run(wait_for_input=Approval, timeout=WAIT_S)
        if not answer.approved:
            raise Refused(f"{answer.approved_by} does not want {commit} in {target}")
    return release("propose", target, commit)
'''

GUIDE = """\
`pipelines/release.py` is one flow, `SERVICE-release`, deployed without a schedule. It starts with the
commit that a person merged:

    pip install -r pipelines/requirements.txt
    prefect variable set SERVICE-release-repository https://YOUR-REPOSITORY
    prefect deploy pipelines/release.py:release_to --name SERVICE --pool YOUR-POOL --concurrency-limit 1
    prefect deployment run SERVICE-release/SERVICE -p target=staging \\
      -p commit=$(git rev-parse origin/main)

- The secret block `SERVICE-release` holds a token that may push branches and nothing more; make it in the
  page of blocks, not in a file. Workers hold `aegis`, `git` and `timeout`.
- Watch: the flow run's page; a refusal is the state of `release` with what the gate said.
APPROVAL
- Stop: cancel the flow run."""

APPROVAL = """\
- Before production is proposed the run is paused until somebody resumes it and says who they are; no answer for
  three days is no."""
