"""Temporal: a workflow, its two activities and their worker."""

from __future__ import annotations

REQUIREMENTS = {"temporalio": "1.35.0"}

PROGRAM = '''"""How a version of @SERVICE@ moves: the gate, then a branch that a person merges.

Rendered from plan `@PLAN@`.

This file is the worker: `python release.py`. It finds its server by Temporal's own
settings (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE` or a profile), and the environment holds
`REPOSITORY`, the address of the repository, and `RELEASE_TOKEN`, which may push branches. Nothing
is started by the worker: a workflow is started by hand, or by what hears of a merge.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

SERVICE = "@SERVICE@"
QUEUE = f"{SERVICE}-release"
APPROVED: tuple[str, ...] = @APPROVED@  # where a person is asked after the gate
WAIT = timedelta(days=3)  # for that person; no answer is no
@RUN@


@dataclass(frozen=True)
class Move:
    """What moves, and where to."""

    target: str
    commit: str


@dataclass(frozen=True)
class Answer:
    """What a person says to a move."""

    approved: bool
    approved_by: str


@activity.defn
def release(step: str, move: Move) -> str:
    """One step; its failure holds what the scripts said."""
    return run(
        step,
        move.target,
        move.commit,
        repository=os.environ["REPOSITORY"],
        token=os.environ["RELEASE_TOKEN"],
    )


@workflow.defn
class Release:
    """Gate, a person where the plan asks for one, proposal."""

    def __init__(self) -> None:
        self._asked = False
        self._answer: Answer | None = None

    @workflow.update
    def answer(self, answer: Answer) -> None:
        """What the person says who was asked; the first answer counts."""
        self._answer = answer

    @answer.validator
    def _awaited(self, answer: Answer) -> None:
        if not self._asked or self._answer is not None:
            raise ApplicationError("the gate has not passed yet, or it is answered already")

    @workflow.run
    async def run(self, move: Move) -> str:
        """The name of the branch that a person merges."""
        await self._step("gate", move)
        if move.target in APPROVED:
            await self._approval(move)
        return await self._step("propose", move)

    async def _step(self, step: str, move: Move) -> str:
        """Repeated when the repository or the worker was lost; a refusal is an answer."""
        return await workflow.execute_activity(
            release,
            args=[step, move],
            activity_id=step,
            start_to_close_timeout=timedelta(seconds=LIMIT_S + 60),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(minutes=1),
                maximum_attempts=3,
                non_retryable_error_types=[Refused.__name__],
            ),
        )

    async def _approval(self, move: Move) -> None:
        """Returns only after somebody said yes."""
        self._asked = True
        try:
            await workflow.wait_condition(lambda: self._answer is not None, timeout=WAIT)
        except asyncio.TimeoutError:
            raise ApplicationError(f"nobody answered for {move.target}", type="Refused") from None
        if self._answer is None or not self._answer.approved:
            raise ApplicationError(f"{self._answer} to {move.target}", type="Refused")


async def main() -> None:
    """Work until stopped."""
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    with ThreadPoolExecutor(max_workers=1) as one_at_a_time:
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[Release],
            activities=[release],
            activity_executor=one_at_a_time,
            max_concurrent_activities=1,
        )
        await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
'''

GUIDE = """\
`pipelines/release.py` is the worker of one workflow, `Release`; it starts nothing itself. A workflow starts with
the commit that a person merged, and by its id only one move of a commit to a place is open at a time:

    pip install -r pipelines/requirements.txt && python pipelines/release.py
    commit=$(git rev-parse origin/main)
    temporal workflow start --task-queue SERVICE-release --type Release \\
      --workflow-id SERVICE-staging-$commit --id-conflict-policy UseExisting \\
      --input '{"target": "staging", "commit": "'$commit'"}'

- The worker finds the server by Temporal's settings (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, a profile). Its
  environment holds `REPOSITORY` and, from your secret store, `RELEASE_TOKEN`, which may push branches and nothing more.
  It runs where `aegis`, `git` and `timeout` are.
- Watch: `temporal workflow show --workflow-id SERVICE-staging-$commit`.
APPROVAL
- Stop: `temporal workflow terminate --workflow-id SERVICE-staging-$commit`.
- A change of the workflow's steps waits until no workflow is open, or is versioned: an open one replays its history."""

APPROVAL = """\
- Before production is proposed a person answers; no answer for three days is no:

      temporal workflow update execute --workflow-id SERVICE-production-$commit --name answer \\
        --input '{"approved": true, "approved_by": "YOU"}'"""
