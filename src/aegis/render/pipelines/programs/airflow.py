"""Apache Airflow: a DAG a target, without a schedule."""

from __future__ import annotations

REQUIREMENTS = {"apache-airflow": "3.3.2", "apache-airflow-providers-standard": "1.21.0"}

PROGRAM = '''"""How a version of @SERVICE@ moves: the gate, then a branch that a person merges.

Rendered from plan `@PLAN@`.

No DAG has a schedule: each is triggered by hand, or by what hears of a merge. The connection
`@SERVICE@-release` holds the repository's address as its host and, as its password, a
token that may push branches.
"""

from __future__ import annotations

import os
import subprocess
from datetime import timedelta
from pathlib import Path

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, BaseHook, Param, task
from airflow.sdk.exceptions import AirflowFailException

SERVICE = "@SERVICE@"
APPROVED: tuple[str, ...] = @APPROVED@  # where a person is asked after the gate
WAIT = timedelta(days=3)  # for that person; no answer is no
@RUN@


@task(
    retries=2,  # after Unreachable only: a refusal fails at once
    retry_delay=timedelta(minutes=1),
    execution_timeout=timedelta(seconds=LIMIT_S + 60),
)
def release(step: str, target: str, commit: str) -> str:
    """One step; its log holds what the scripts said."""
    given = BaseHook.get_connection(f"{SERVICE}-release")
    try:
        return run(step, target, commit, repository=given.host or "", token=given.password or "")
    except Refused as refusal:
        raise AirflowFailException(str(refusal)) from refusal


def release_to(target: str) -> DAG:
    """Gate, a person where the plan asks for one, proposal."""
    with DAG(
        dag_id=f"{SERVICE}-release-{target}",
        description=__doc__.splitlines()[0],
        schedule=None,
        catchup=False,
        max_active_runs=1,
        params={
            "commit": Param(
                type="string",
                pattern="^[0-9a-f]{40}$",
                description="full name of a merged commit",
            )
        },
        tags=["release", SERVICE],
    ) as made:
        commit = "{{ params.commit }}"
        gate = release.override(task_id="gate")("gate", target, commit)
        propose = release.override(task_id="propose")("propose", target, commit)
        if target in APPROVED:
            approve = ApprovalOperator(
                task_id="approve",
                subject=f"May {SERVICE} {commit} be proposed for {target}?",
                body="Its gate has passed. Reject, or do not answer, and nothing is proposed.",
                response_timeout=WAIT,
                fail_on_reject=True,
            )
            gate >> approve >> propose
        else:
            gate >> propose
    return made


STAGING = release_to("staging")
PRODUCTION = release_to("production")
'''

GUIDE = """\
`pipelines/release.py` makes two DAGs, `SERVICE-release-staging` and `SERVICE-release-production`.
Neither has a schedule. Each starts with the commit that a person merged:

    airflow connections add SERVICE-release --conn-type git --conn-host https://YOUR-REPOSITORY
    airflow dags trigger SERVICE-release-staging --conf '{"commit": "'$(git rev-parse origin/main)'"}'
    airflow dags list-runs SERVICE-release-staging

- Deploy: a DAG bundle of kind git with `subdir: pipelines`, or the folder where your DAGs lie; `release.sh` beside it.
  The worker holds `aegis`, `git` and `timeout`, and Airflow with `requirements.txt` under its own constraints file.
- The connection's password is a token that may push branches, nothing more. Keep the connection in your secrets
  backend; the command above leaves the password out for that reason.
- Watch: `gate` fails with what the gate said, and its log holds the rest.
APPROVAL
- Stop: mark the run as failed, or pause the DAG."""

APPROVAL = """\
- Before production is proposed a person answers under Required Actions; no answer for three days is no."""
