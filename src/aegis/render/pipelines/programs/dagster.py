"""Dagster: a job of two ops, without schedule or sensor."""

from __future__ import annotations

REQUIREMENTS = {"dagster": "1.13.29"}

PROGRAM = '''"""How a version of @SERVICE@ moves: the gate, then a branch that a person merges.

Rendered from plan `@PLAN@`.

The job has no schedule and no sensor: a run is launched by hand, or by what hears of a merge. The
code location's environment holds `REPOSITORY`, the address of the repository, and `RELEASE_TOKEN`,
which may push branches, from your secret store.
"""

import os
import subprocess
from enum import Enum
from pathlib import Path

import dagster as dg
from pydantic import Field

SERVICE = "@SERVICE@"
@RUN@


class Target(Enum):
    """The environment to open."""

    staging = "staging"
    production = "production"


class Release(dg.Config):
    """What moves, and where to."""

    target: Target
    commit: str = Field(pattern="^[0-9a-f]{40}$", description="full name of a merged commit")


class Repository(dg.ConfigurableResource):
    """Where the release files stand."""

    address: str
    token: str

    def release(self, step: str, target: str, commit: str) -> str:
        """One step. Only what never reached the repository is tried again."""
        try:
            return run(step, target, commit, repository=self.address, token=self.token)
        except Refused as refusal:
            raise dg.Failure(str(refusal), allow_retries=False) from refusal
        except Unreachable as trouble:
            raise dg.RetryRequested(max_retries=2, seconds_to_wait=60) from trouble


@dg.op
def gate(config: Release, repository: Repository) -> tuple[str, str]:
    """What the gate let through: target and commit."""
    repository.release("gate", config.target.value, config.commit)
    return config.target.value, config.commit


@dg.op
def propose(context: dg.OpExecutionContext, passed: tuple[str, str], repository: Repository) -> str:
    """The name of the branch that a person merges."""
    branch = repository.release("propose", *passed)
    context.add_output_metadata({"branch": branch})
    return branch


# One process: nothing has to be carried between machines.
@dg.job(
    name=f"{SERVICE}_release".replace("-", "_"),
    executor_def=dg.in_process_executor,
    tags={"dagster/max_runtime": str(2 * LIMIT_S + 600)},
)
def release() -> None:
    """Gate, then proposal."""
    propose(gate())


defs = dg.Definitions(
    jobs=[release],
    resources={
        "io_manager": dg.mem_io_manager,
        "repository": Repository(address=dg.EnvVar("REPOSITORY"), token=dg.EnvVar("RELEASE_TOKEN")),
    },
)
'''

GUIDE = """\
`pipelines/release.py` is a code location with one job, `MODULE_release`, without schedule or sensor.
It starts with the commit that a person merged:

    export RELEASE='{"ops": {"gate": {"config": {"target": "staging", "commit": "'$(git rev-parse origin/main)'"}}}}'
    dagster job launch -f pipelines/release.py -j MODULE_release --config-json "$RELEASE"

- Deploy: `dagster definitions validate -f pipelines/release.py`, then an image of the code location with
  `requirements.txt`, `aegis`, `git` and `timeout`. Its environment holds `REPOSITORY` and, from your secret store,
  `RELEASE_TOKEN`, which may push branches and nothing more.
- Watch: the run's page; a refusal is the failure of `gate` with what it said. The tag `dagster/max_runtime` ends a
  run that hangs where run monitoring is on.
- Stop: terminate the run.
APPROVAL"""
