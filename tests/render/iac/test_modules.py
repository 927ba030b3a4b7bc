"""The modules of three clouds: complete, told apart by environment, and judged by real Terraform.

Terraform judges AWS with its real provider where that is present, and all three against the
schemas in `schemas.json` (`scripts/provider_schemas.py`), served by `provider_server.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.render.iac import rendered

from aegis.base import conventions as names
from aegis.plan.types import Plan
from aegis.render.iac import render_iac

CLOUDS = tuple(rendered.REGIONS)
SCHEMAS: Mapping[str, Any] = json.loads(Path(__file__).with_name("schemas.json").read_text("utf-8"))
_TOOLS = Path(__file__).parents[2] / "tools/infrastructure/.venv/bin/python"
# A folder with providers, as `terraform init -plugin-dir` takes it.
_PLUGINS = Path(os.environ.get("TF_PLUGIN_DIR", "terraform-providers"))
terraform = pytest.mark.skipif(
    shutil.which("terraform") is None or not _TOOLS.exists(),
    reason="terraform or tests/tools/infrastructure is absent (scripts/tools.sh): the modules were "
    "NOT judged by Terraform",
)
terraform_with_aws = pytest.mark.skipif(
    shutil.which("terraform") is None or not list(_PLUGINS.glob("*/hashicorp/aws")),
    reason="terraform is absent, or TF_PLUGIN_DIR names no folder with its aws provider: "
    "the AWS modules were NOT judged by the real provider",
)


def contents(plan: Plan) -> Mapping[str, Any]:
    return {
        a.path: json.loads(json.dumps(a.content))
        for a in render_iac(plan)
        if not isinstance(a.content, str)
    }


def run(folder: Path, *args: str, attached: str = "") -> str:
    env = {k: v for k, v in os.environ.items() if k != "TF_CLI_CONFIG_FILE"}
    if attached:
        env["TF_REATTACH_PROVIDERS"] = attached
    ran = subprocess.run(
        ["terraform", *args, "-no-color"], cwd=folder, env=env, timeout=600,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@contextlib.contextmanager
def schema_of(provider: str, folder: Path) -> Iterator[str]:
    """A provider that knows only its schema; what `TF_REATTACH_PROVIDERS` says of it."""
    socket = folder / "p.sock"
    here = Path(__file__)
    server = subprocess.Popen(
        [str(_TOOLS), str(here.with_name("provider_server.py")),
         str(here.with_name("schemas.json")), provider, str(socket)],
    )  # fmt: skip
    try:
        ends = time.monotonic() + 20
        while not socket.exists() and server.poll() is None and time.monotonic() < ends:
            time.sleep(0.05)
        assert server.poll() is None, "the schema could not be served"
        address = {"Network": "unix", "String": str(socket)}
        how = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": server.pid, "Test": True}
        yield json.dumps({f"registry.terraform.io/hashicorp/{provider}": {**how, "Addr": address}})
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.mark.obligation(35)
def test_each_cloud_of_the_brief_gets_its_modules() -> None:
    plan = rendered.plan_on("gcp", "aws", "nebius")

    assert {path.split("/")[1] for path in contents(plan)} == {"google", "aws"}


@pytest.mark.parametrize(
    ("provider", "iac"),
    [
        pytest.param("nebius", "terraform", id="a-cloud-that-we-do-not-know"),
        pytest.param("aws", "bicep", id="a-tool-that-we-do-not-render"),
    ],
)
def test_elsewhere_nothing_is_rendered(provider: str, iac: str) -> None:
    assert not render_iac(rendered.plan_on(provider, iac=iac))


def test_only_a_cluster_gets_it(plans: dict[str, Plan]) -> None:
    assert {n for n, p in plans.items() if render_iac(p)} == {"cluster-chat", "ranking"}


@pytest.mark.parametrize("provider", CLOUDS)
def test_environments_differ_only_in_figures_and_names(provider: str) -> None:
    folder = f"iac/{rendered.FOLDERS[provider]}/environments"
    made = contents(rendered.plan_on(provider))
    roots = {e: made[f"{folder}/{e}/main.tf.json"] for e in names.ENVIRONMENTS}
    calls = {e: root["module"]["service"] for e, root in roots.items()}

    assert len({json.dumps(root["variable"], sort_keys=True) for root in roots.values()}) == 1
    assert len({frozenset(call) for call in calls.values()}) == 1
    assert calls["production"]["serving_replicas"] > calls["staging"]["serving_replicas"]
    for environment, root in roots.items():
        assert root["module"]["cluster"]["environment"] == environment
        assert calls[environment]["environment"] == environment


@pytest.mark.parametrize("provider", CLOUDS)
def test_no_key_is_stored_and_records_end(provider: str) -> None:
    """Identities instead of keys; the plan's retention is in the store's own rule."""
    plan = rendered.plan_on(provider)
    text = json.dumps(contents(plan))
    days = round(plan.numbers["retention.days"].value)

    for word in ('access_key"', "secret_key", "client_secret", "service_account_key", "password"):
        assert word not in text
    assert f": {days}}}" in text


def test_several_clouds_share_the_budget() -> None:
    plan = rendered.plan_on("aws", "gcp")
    month = plan.numbers.get("budget.month") or plan.numbers["cost.month"]
    made = contents(plan)
    budgets = [
        made[f"iac/{cloud}/environments/production/main.tf.json"]["module"]["service"]
        for cloud in ("aws", "google")
    ]

    assert [b["monthly_budget_usd"] for b in budgets] == [round(month.value / 2)] * 2


def lacking(block: Mapping[str, Any], body: Mapping[str, Any], where: str) -> Iterator[str]:
    """Arguments that the provider does not know, and required ones that are missing."""
    written = dict(rendered.names(body))
    for name, value in written.items():
        if name in block["blocks"]:
            for each in value if isinstance(value, list) else [value]:
                yield from lacking(block["blocks"][name], each, f"{where}.{name}")
        elif name not in block["attributes"]:
            yield f"{where}.{name} is unknown"
        elif block["attributes"][name][1] == "computed":
            yield f"{where}.{name} is set by the cloud alone"
    for name, (_, state) in block["attributes"].items():
        if state == "required" and name not in written:
            yield f"{where}.{name} is missing"
    for name, inner in block["blocks"].items():
        if inner["required"] and name not in written:
            yield f"{where}.{name} is missing"


@pytest.mark.obligation(33)
@pytest.mark.parametrize("provider", CLOUDS)
@pytest.mark.parametrize("brief", ["cluster-chat", "ranking"])
def test_every_argument_is_known_to_the_provider(provider: str, brief: str) -> None:
    known = SCHEMAS[rendered.PROVIDERS[provider]]
    bodies = list(rendered.bodies(rendered.plan_on(provider, brief=brief)))

    assert len(bodies) > 15
    for place, kind, body in bodies:
        assert not list(lacking(known[place][kind], body, kind))


def test_a_wrong_argument_is_seen() -> None:
    known = SCHEMAS["google"]["resource"]["google_container_node_pool"]

    assert list(lacking(known, {"node_config": {"gpu": 1}}, "pool")) == [
        "pool.node_config.gpu is unknown",
        "pool.cluster is missing",
    ]


@pytest.mark.obligation(33)
@terraform
@pytest.mark.parametrize("provider", CLOUDS)
def test_terraform_validates_and_tests_the_modules(provider: str, tmp_path: Path) -> None:
    """`validate` and `test` of both modules, and `validate` of the production root."""
    root = rendered.write(rendered.plan_on(provider), tmp_path) / rendered.FOLDERS[provider]
    with schema_of(rendered.PROVIDERS[provider], tmp_path) as attached:
        for name in ("cluster", "service", "environments/production"):
            run(root / name, "init", "-backend=false", attached=attached)
            run(root / name, "validate", attached=attached)
            if "/" not in name:
                assert " 0 failed" in run(root / name, "test", attached=attached)


@terraform
def test_terraform_refuses_what_the_schema_does_not_know(tmp_path: Path) -> None:
    """The served schema binds: the same module with a wrong argument is refused."""
    root = rendered.write(rendered.plan_on("gcp"), tmp_path) / "google/service"
    path = root / "main.tf.json"
    path.write_text(path.read_text("utf-8").replace('"immutable_tags"', '"frozen_tags"'))
    with schema_of("google", tmp_path) as attached:
        run(root, "init", "-backend=false", attached=attached)
        with pytest.raises(AssertionError, match="frozen_tags"):
            run(root, "validate", attached=attached)


@terraform_with_aws
@pytest.mark.slow
@pytest.mark.parametrize("brief", ["cluster-chat", "ranking"])
def test_the_real_aws_provider_agrees(brief: str, tmp_path: Path) -> None:
    root = rendered.write(rendered.plan_on("aws", brief=brief), tmp_path) / "aws"
    for name in ("cluster", "service", "environments/production"):
        run(root / name, "init", "-backend=false", f"-plugin-dir={_PLUGINS}")
        run(root / name, "validate")
        if "/" not in name:
            run(root / name, "test")
