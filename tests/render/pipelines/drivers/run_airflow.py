"""Loads the DAGs as the scheduler does and runs one: run_airflow.py RELEASE_PY TARGET COMMIT ANSWER."""

# It runs where the tool is installed, not where this repository is checked.
# mypy: ignore-errors
# ruff: noqa: T201

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

program, target, commit, answer = sys.argv[1:]
os.environ.update(
    AIRFLOW_HOME=os.environ["HOME"],
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__DAGS_FOLDER=str(Path(program).parent),
)
migrate = ["-m", "airflow", "db", "migrate"]
subprocess.run([sys.executable, *migrate], check=True, capture_output=True)

from airflow.dag_processing.dagbag import DagBag  # noqa: E402

bag = DagBag(program, load_op_links=False)
if bag.import_errors:
    sys.exit(str(bag.import_errors))
(dag,) = (dag for name, dag in bag.dags.items() if name.endswith(f"-release-{target}"))
if target == "production":
    # A run would wait for an answer that only a running API server takes: the chain is read instead.
    chain = [(t.task_id, sorted(t.downstream_task_ids)) for t in dag.topological_sort()]
    asked = dag.get_task("approve")
    print(chain, asked.fail_on_reject, asked.response_timeout)
    expected = [("gate", ["approve"]), ("approve", ["propose"]), ("propose", [])]
    sys.exit(0 if chain == expected and asked.fail_on_reject and asked.defaults is None else 1)
given = {"conn_type": "git", "host": "https://git.internal/team/bank.git", "password": "none"}
connection = dag.dag_id.removesuffix(f"-{target}")
os.environ[f"AIRFLOW_CONN_{connection.upper()}"] = json.dumps(given)
run = dag.test(run_conf={"commit": commit})
print({task.task_id: str(task.state) for task in run.get_task_instances()})
sys.exit(0 if run.state == "success" else 1)
