"""Runs the job in this process, through the code location: run_dagster.py RELEASE_PY TARGET COMMIT ANSWER."""

# It runs where the tool is installed, not where this repository is checked.
# mypy: ignore-errors
# ruff: noqa: T201

from __future__ import annotations

import runpy
import sys

program, target, commit, _ = sys.argv[1:]
release = runpy.run_path(program)
job = release["defs"].resolve_job_def(release["release"].name)
config = {"ops": {"gate": {"config": {"target": target, "commit": commit}}}}
ran = job.execute_in_process(run_config=config, raise_on_error=False)
for event in ran.all_events:
    if event.is_failure:
        print(event.message)
sys.exit(0 if ran.success else 1)
