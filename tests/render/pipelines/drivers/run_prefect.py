"""Runs the flow in this process, on a server of its own: run_prefect.py RELEASE_PY TARGET COMMIT ANSWER."""

# It runs where the tool is installed, not where this repository is checked.
# mypy: ignore-errors
# ruff: noqa: T201

from __future__ import annotations

import runpy
import sys
import threading
import time

from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.flow_runs import resume_flow_run
from prefect.testing.utilities import prefect_test_harness
from prefect.variables import Variable

program, target, commit, answer = sys.argv[1:]


def person() -> None:
    """Answers the first run that waits."""
    waiting = FlowRunFilter.model_validate({"state": {"type": {"any_": ["PAUSED"]}}})
    with get_client(sync_client=True) as client:
        while True:
            for run in client.read_flow_runs(flow_run_filter=waiting):
                said = {"approved": answer == "yes", "approved_by": "a person"}
                resume_flow_run(run.id, run_input=said)
                return
            time.sleep(0.5)


with prefect_test_harness(server_startup_timeout=90):
    release = runpy.run_path(program)
    service = release["SERVICE"]
    Variable.set(f"{service}-release-repository", "https://git.internal/team/bank.git")
    Secret(value="none").save(f"{service}-release")
    threading.Thread(target=person, daemon=True).start()
    state = release["release_to"](target, commit, return_state=True)
    print(state.type.value, state.message)
sys.exit(0 if state.is_completed() else 1)
