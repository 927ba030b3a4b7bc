"""A job that cannot run twice at once, ends by its deadline and publishes by pointer."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from aegis.base import conventions as names
from aegis.base.finding import Severity
from aegis.plan.types import Plan
from aegis.render.batch import render_batch
from aegis.render.shared.pins import UNSET_DIGEST
from aegis.verify.api import verify_files


def files(plan: Plan) -> dict[str, str]:
    return {
        a.path: a.content if isinstance(a.content, str) else yaml.safe_dump(a.content)
        for a in render_batch(plan)
    }


def test_only_jobs_are_rendered(plans: dict[str, Plan]) -> None:
    assert {name for name, plan in plans.items() if render_batch(plan)} == {"batch"}


@pytest.mark.obligation(32)
def test_every_object_passes_strict_validation(plans: dict[str, Plan]) -> None:
    found = verify_files(files(plans["batch"])).findings

    assert [f.message for f in found if f.severity.rank <= Severity.MEDIUM.rank] == []


def test_a_run_never_overlaps_and_ends_by_the_deadline(plans: dict[str, Plan]) -> None:
    plan = plans["batch"]
    spec = yaml.safe_load(files(plan)["batch/base/cronjob.yaml"])["spec"]

    assert spec["concurrencyPolicy"] == "Forbid"
    deadline = plan.numbers["batch.deadline"].value * 3600
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == deadline
    assert spec["suspend"] is False


def test_a_run_reaches_what_it_has_to_publish(plans: dict[str, Plan]) -> None:
    """A token, one right on the pointer that it is told to move, and a way to the API server."""
    texts = files(plans["batch"])
    base = {
        path.rpartition("/")[2]: yaml.safe_load(text)
        for path, text in texts.items()
        if path.startswith("batch/base/") and "kustomization" not in path
    }
    pod = base["cronjob.yaml"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    args = pod["containers"][0]["args"]
    (rule,) = base["role.yaml"]["rules"]

    assert pod["automountServiceAccountToken"] is True
    assert args[args.index("--publish") + 1] == base["output.yaml"]["metadata"]["name"]
    assert rule["resourceNames"] == [base["output.yaml"]["metadata"]["name"]]
    assert base["rolebinding.yaml"]["subjects"][0]["name"] == pod["serviceAccountName"]
    ports = {p["port"] for r in base["networkpolicy.yaml"]["spec"]["egress"] for p in r["ports"]}
    assert {53, 443} <= ports
    for environment in names.ENVIRONMENTS:
        assert "/spec/egress/-" in texts[f"batch/overlays/{environment}/site.yaml"]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is absent: NOT built by it")
@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_kustomize_builds_each_environment(
    plans: dict[str, Plan], environment: str, tmp_path: Path
) -> None:
    """Only production runs by the clock."""
    for path, text in files(plans["batch"]).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    built = subprocess.run(
        ["kubectl", "kustomize", str(tmp_path / "batch/overlays" / environment)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    objects = {o["kind"]: o for o in yaml.safe_load_all(built)}

    assert objects["CronJob"]["spec"]["suspend"] is (environment != "production")
    assert f"registry.internal/job@{UNSET_DIGEST}" in built
    assert f"registry.internal/model@{UNSET_DIGEST}" in built
    assert objects["RoleBinding"]["subjects"][0]["namespace"] == environment
    assert f'"{environment}"' in json.dumps(objects["PodMonitor"])
