"""Runs worker and workflow against a server on this machine: run_temporal.py RELEASE_PY TARGET COMMIT ANSWER."""

# It runs where the tool is installed, not where this repository is checked.
# mypy: ignore-errors
# ruff: noqa: T201

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from temporalio.client import WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

program, target, commit, answer = sys.argv[1:]
sys.path.insert(0, str(Path(program).parent))
release = importlib.import_module("release")
server = Path(sys.executable).with_name("temporal")


async def main() -> int:
    os.environ.update(REPOSITORY="https://git.internal/team/bank.git", RELEASE_TOKEN="")
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(server), dev_server_log_level="error"
    ) as here:
        with ThreadPoolExecutor(max_workers=1) as one:
            worker = Worker(
                here.client,
                task_queue=release.QUEUE,
                workflows=[release.Release],
                activities=[release.release],
                activity_executor=one,
            )
            async with worker:
                run = await here.client.start_workflow(
                    release.Release.run,
                    release.Move(target, commit),
                    id=f"{target}-{commit}",
                    task_queue=release.QUEUE,
                )
                person = asyncio.create_task(answered(run))
                try:
                    print(await run.result())
                except WorkflowFailureError as failure:
                    print(failure.cause, getattr(failure.cause, "cause", ""))
                    return 1
                finally:
                    person.cancel()
    return 0


async def answered(run: WorkflowHandle) -> None:
    """Answers as soon as the workflow asks."""
    while True:
        try:
            said = release.Answer(answer == "yes", "a person")
            await run.execute_update(release.Release.answer, said)
        except WorkflowUpdateFailedError:
            await asyncio.sleep(0.2)
        else:
            return


code = asyncio.run(main())
sys.stdout.flush()
os._exit(code)  # threads of the library may still speak while Python is taken down, which aborts it
