"""The AWS module: valid and tested by the real Terraform where it and its provider are present."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from aegis.base import conventions as names
from aegis.plan.types import Plan
from aegis.render.iac import render_iac

ON_AWS = ("cluster-chat", "ranking")
# A folder with providers, as `terraform init -plugin-dir` takes it.
_PLUGINS = Path(os.environ.get("TF_PLUGIN_DIR", "terraform-providers"))
terraform = pytest.mark.skipif(
    shutil.which("terraform") is None or not list(_PLUGINS.glob("*/hashicorp/aws")),
    reason="terraform is absent, or TF_PLUGIN_DIR names no folder with its aws provider: "
    "the module was NOT judged by it",
)


def write(plan: Plan, folder: Path) -> Path:
    for artifact in render_iac(plan):
        path = folder / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        content = artifact.content
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder / "iac"


def run(folder: Path, *args: str) -> None:
    env = {k: v for k, v in os.environ.items() if k != "TF_CLI_CONFIG_FILE"}
    ran = subprocess.run(
        ["terraform", *args, "-no-color"], cwd=folder, env=env,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_only_a_cluster_on_aws_gets_it(plans: dict[str, Plan]) -> None:
    assert {name for name, plan in plans.items() if render_iac(plan)} == set(ON_AWS)


@pytest.mark.obligation(33)
@terraform
@pytest.mark.slow
@pytest.mark.parametrize("name", ON_AWS)
def test_terraform_validates_and_tests_the_module(
    plans: dict[str, Plan], name: str, tmp_path: Path
) -> None:
    """`validate` and `test` with a mocked cloud, and `validate` of the production root."""
    root = write(plans[name], tmp_path)
    for folder in (root / "aws", root / "environments/production"):
        run(folder, "init", "-backend=false", f"-plugin-dir={_PLUGINS}")
        run(folder, "validate")
    run(root / "aws", "test")


@pytest.mark.parametrize("name", ON_AWS)
def test_environments_differ_only_in_figures_and_names(plans: dict[str, Plan], name: str) -> None:
    roots = {
        a.environment: json.loads(json.dumps(a.content))
        for a in render_iac(plans[name])
        if a.environment
    }
    calls = {e: roots[e]["module"]["service"] for e in names.ENVIRONMENTS}

    assert set(roots) == set(names.ENVIRONMENTS)
    assert len({frozenset(call) for call in calls.values()}) == 1
    assert calls["production"]["serving_replicas"] > calls["staging"]["serving_replicas"]
    for environment, call in calls.items():
        assert call["environment"] == environment


@pytest.mark.parametrize("name", ON_AWS)
def test_tags_of_images_cannot_move_and_records_end(plans: dict[str, Plan], name: str) -> None:
    plan = plans[name]
    module = json.loads(json.dumps(render_iac(plan)[0].content))["resource"]

    assert module["aws_ecr_repository"]["image"]["image_tag_mutability"] == "IMMUTABLE"
    rule = module["aws_s3_bucket_lifecycle_configuration"]["audit"]["rule"]
    assert rule["expiration"]["days"] == plan.numbers["retention.days"].value
    assert "access_key" not in json.dumps(module)
