"""Compiles the pipeline and runs its containers with this machine's shell, in order.

run_kubeflow.py RELEASE_PY TARGET COMMIT ANSWER. A container that fails ends the run, as in the platform.
"""

# It runs where the tool is installed, not where this repository is checked.
# mypy: ignore-errors
# ruff: noqa: T201

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import yaml

program, target, commit, _ = sys.argv[1:]
os.environ["RELEASE_IMAGE"] = "registry.internal/release@sha256:" + "0" * 64
runpy.run_path(program, run_name="__main__")
pipeline, platform = yaml.safe_load_all(Path(program).with_name("release.yaml").read_text())
given = {"target": target, "commit": commit, "repository": "https://git.internal/team/bank.git"}


def value(said: dict) -> str:
    """What the pipeline gives to a parameter of a step."""
    if "componentInputParameter" in said:
        return given[said["componentInputParameter"]]
    return said["runtimeValue"]["constant"]


tasks = dict(pipeline["root"]["dag"]["tasks"])
done: list[str] = []
while tasks:
    name = next(n for n, t in tasks.items() if set(t.get("dependentTasks", ())) <= set(done))
    task = tasks.pop(name)
    label = pipeline["components"][task["componentRef"]["name"]]["executorLabel"]
    container = pipeline["deploymentSpec"]["executors"][label]["container"]
    inputs = {k: value(v) for k, v in task["inputs"]["parameters"].items()}
    filled = [
        re.sub(
            r"\{\{\$\.inputs\.parameters\['(\w+)'\]\}\}", lambda m, said=inputs: said[m[1]], part
        )
        for part in [*container["command"], *container["args"]]
    ]
    secret = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"][label]
    (token,) = secret["secretAsEnv"]
    env = {**os.environ, token["keyToEnv"][0]["envVar"]: "none"}
    ran = subprocess.run(filled, env=env, check=False)
    if ran.returncode:
        sys.exit(ran.returncode)
    done.append(name)
print(done)
