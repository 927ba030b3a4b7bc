"""Kubeflow Pipelines: two containers, compiled to the file that the platform runs."""

from __future__ import annotations

REQUIREMENTS = {"kfp": "2.17.3", "kfp-kubernetes": "2.17.3"}

PROGRAM = '''"""How a version of @SERVICE@ moves: the gate, then a branch that a person merges.

Rendered from plan `@PLAN@`.

Compiled, not run: `RELEASE_IMAGE=…@sha256:… python release.py` writes `release.yaml`.
A run is started by hand, or by what hears of a merge; make no recurring run of it.
The Secret `@SERVICE@-release` holds a `token` that may push branches.
"""

import os
from pathlib import Path

from kfp import compiler, dsl, kubernetes

SERVICE = "@SERVICE@"
HERE = Path(__file__).parent
SCRIPT = 'export REPOSITORY="$1"; shift\\n' + (HERE / "release.sh").read_text(encoding="utf-8")
IMAGE = os.environ["RELEASE_IMAGE"]  # holds aegis and git
LIMIT_S = 3600  # of one step

if "@sha256:" not in IMAGE:
    raise SystemExit("RELEASE_IMAGE must name its digest: a tag can move")


@dsl.container_component
def step(name: str, target: str, commit: str, repository: str) -> dsl.ContainerSpec:
    """`release.sh` in a container; what it says is in the log of its pod."""
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["sh", "-c", SCRIPT, "release.sh"],
        args=[repository, name, target, commit],
    )


def limited(task: dsl.PipelineTask) -> dsl.PipelineTask:
    """Never from the cache, never again by itself: no run tells a refusal from a lost node."""
    task.set_caching_options(enable_caching=False)
    task.set_cpu_request("500m").set_memory_request("512Mi").set_memory_limit("512Mi")
    kubernetes.set_timeout(task, seconds=LIMIT_S)
    kubernetes.set_security_context(task, run_as_user=10001, run_as_non_root=True)
    kubernetes.use_secret_as_env(
        task, secret_name=f"{SERVICE}-release", secret_key_to_env={"token": "RELEASE_TOKEN"}
    )
    return task


@dsl.pipeline(name=f"{SERVICE}-release", description=__doc__.splitlines()[0])
def release(target: str, commit: str, repository: str) -> None:
    """Gate, then proposal. `commit` is the full name of a merged commit."""
    gate = step(name="gate", target=target, commit=commit, repository=repository)
    propose = step(name="propose", target=target, commit=commit, repository=repository)
    limited(gate).set_display_name("gate")
    limited(propose).set_display_name("propose").after(gate)


if __name__ == "__main__":
    compiler.Compiler().compile(release, package_path=str(HERE / "release.yaml"))
'''

GUIDE = """\
`pipelines/release.py` compiles to the file that the platform runs; compile it anew with each plan and
image. A run starts with the commit that a person merged:

    pip install -r pipelines/requirements.txt
    RELEASE_IMAGE=YOUR-REGISTRY/release@sha256:… python pipelines/release.py
    kfp run create --experiment-name releases --package-file pipelines/release.yaml \\
      target=staging commit=$(git rev-parse origin/main) repository=https://YOUR-REPOSITORY

- The image holds `aegis` and `git`, and runs as a user without rights. The Secret `SERVICE-release`, from
  your secret store, lies in the namespace of the runs; its `token` may push branches and nothing more.
- Nothing comes from the cache and nothing is repeated by itself: after a lost node start the run again; the proposal
  is made once for a commit.
- Make no recurring run of it: a release is started by a merge.
- Watch: the run's graph, and the log of its pods. Stop: terminate the run.
APPROVAL"""
