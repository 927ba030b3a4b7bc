"""Rehearsals: accepted by the schemas, ended by the objectives, kept out of production."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.render.conftest import BRIEFS, VERSIONS

from aegis.base.artifact import Artifact
from aegis.brief.schema import Brief
from aegis.operations.planning import to_text
from aegis.plan.parts.modes import MODES
from aegis.plan.planner import make_plan
from aegis.plan.types import Plan
from aegis.render.chaos import render_chaos
from aegis.render.chaos.faults import FAULTS, aimed_at, rehearsed
from aegis.render.chaos.litmus import engine
from aegis.render.chaos.mesh import workflow
from aegis.render.observability import render_observability
from aegis.render.shared.steady import BAD, EVENTS, broken, watched
from aegis.verify.api import verify_files

ON_CLUSTER = ("cluster-chat", "air-gapped", "ranking")
TOOLS = ("chaos-mesh", "litmus")
prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is absent: conditions were NOT asked"
)


def plan_with(name: str, tool: str) -> Plan:
    brief = BRIEFS[name]
    team = {**brief["team"], "fault_injection": tool}
    return make_plan(Brief.model_validate({**brief, "team": team}), VERSIONS)


def content(artifact: Artifact) -> Any:
    return json.loads(json.dumps(artifact.content))


def test_only_clusters_get_rehearsals(plans: dict[str, Plan]) -> None:
    assert {name for name, plan in plans.items() if render_chaos(plan)} == set(ON_CLUSTER)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("name", ON_CLUSTER)
def test_every_object_passes_strict_validation(name: str, tool: str) -> None:
    """Beside the rules that record what the conditions ask for."""
    plan = plan_with(name, tool)
    files = {a.path: to_text(a) for a in (*render_chaos(plan), *render_observability(plan))}

    assert [f"{f.code} {f.message}" for f in verify_files(files).findings] == []
    assert any(tool.removesuffix("-mesh") in body for body in files.values())


def test_faults_rehearse_modes_that_exist() -> None:
    known = {mode.id for mode in MODES}

    assert {mode for fault in FAULTS for mode in fault.modes} <= known


@pytest.mark.parametrize("name", ON_CLUSTER)
def test_each_failure_mode_is_on_the_page(plans: dict[str, Plan], name: str) -> None:
    """Injected, or told how by hand: none is left out."""
    plan = plans[name]
    page = next(to_text(a) for a in render_chaos(plan) if a.path.endswith("README.md"))

    assert rehearsed(plan, by_litmus=False)
    for mode in plan.failure_modes:
        assert mode.title.replace("**", "").replace("`", "") in page.replace("`", "")


@pytest.mark.parametrize("name", ON_CLUSTER)
def test_a_fault_stays_where_it_was_let_in_and_is_watched_longer_than_it_lasts(
    plans: dict[str, Plan], name: str
) -> None:
    for artifact in render_chaos(plans[name]):
        if not artifact.path.endswith(".yaml"):
            continue
        item = content(artifact)
        templates = {t["name"]: t for t in item["spec"]["templates"]}
        fault = templates["fault"]
        spec = next(v for k, v in fault.items() if k.lower() == fault["templateType"].lower())

        assert item["metadata"]["namespace"] == artifact.environment
        assert spec["selector"]["namespaces"] == [artifact.environment]
        assert "duration" not in spec
        assert templates["watch"]["abortWithStatusCheck"]
        assert int(templates["watch"]["deadline"][:-1]) > int(fault["deadline"][:-1])
        assert f"environment='{artifact.environment}'" in json.dumps(templates["watch"])


def test_what_blinds_the_watch_is_not_for_production(plans: dict[str, Plan]) -> None:
    paths = {a.path for a in render_chaos(plans["cluster-chat"])}

    assert "chaos/staging/unseen.yaml" in paths
    assert "chaos/production/unseen.yaml" not in paths


def static_rules(plan: Plan) -> str:
    """Recorded counts as constants: staging holds, production burns, development has no requests."""
    counts = {"staging": (0, 500), "production": (50, 500), "development": (0, 0)}
    rules = [
        {"record": f"{metric}5m", "expr": f"vector({number})",
         "labels": {"service": plan.service, "slo": objective.id, "environment": environment}}
        for environment, (bad, events) in counts.items()
        for objective in watched(plan)
        for metric, number in ((BAD, bad), (EVENTS, events))
    ]  # fmt: skip
    group = {"name": "steady", "interval": "1s", "rules": rules}
    return yaml.safe_dump({"groups": [group]})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Plan, str]]:
    """A real Prometheus with the recorded counts of a plan."""
    plan = plan_with("cluster-chat", "chaos-mesh")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "rules.yaml").write_text(static_rules(plan))
    (folder / "prometheus.yaml").write_text(
        f"rule_files: [{folder / 'rules.yaml'}]\nglobal: {{evaluation_interval: 1s}}\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        "prometheus", f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                if ask(address, f"query=count({EVENTS}5m) >= {3 * len(watched(plan))}")[1]:
                    break
                time.sleep(0.5)
            yield plan, address
        finally:
            process.terminate()


def ask(address: str, body: str) -> tuple[int, list[Any]]:
    """Status code and result of a query, sent as Chaos Mesh sends it."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = httpx.post(f"{address}/api/v1/query", content=body, headers=form)
    except httpx.HTTPError:
        return 0, []
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return answer.status_code, []  # it is starting, and says so in plain words
    return answer.status_code, answer.json().get("data", {}).get("result", [])


@prometheus
@pytest.mark.parametrize(
    ("environment", "status"),
    [
        pytest.param("staging", 200, id="holds"),
        pytest.param("production", 422, id="burns"),
        pytest.param("development", 422, id="no-requests"),
        pytest.param("elsewhere", 422, id="no-series"),
    ],
)
def test_prometheus_refuses_the_check_of_chaos_mesh_while_the_state_is_broken(
    server: tuple[Plan, str], environment: str, status: int
) -> None:
    """The bytes of the status check, asked of a real server."""
    plan, address = server
    templates: Any = workflow(plan, FAULTS[0], environment)["spec"]
    watch = next(t for t in templates["templates"] if t["name"] == "watch")

    assert ask(address, watch["statusCheck"]["http"]["body"])[0] == status


@prometheus
@pytest.mark.parametrize(
    ("environment", "steady"),
    [
        pytest.param("staging", True, id="holds"),
        pytest.param("production", False, id="burns"),
        pytest.param("elsewhere", False, id="no-series"),
    ],
)
def test_the_probe_of_litmus_reads_one_value(
    server: tuple[Plan, str], environment: str, *, steady: bool
) -> None:
    plan, address = server
    spec: Any = engine(plan, environment, "pod-delete", {}, aimed_at(plan))["spec"]
    probe = spec["experiments"][0]["spec"]["probe"][1]["promProbe/inputs"]
    status, result = ask(address, f"query={probe['query']}")

    assert status == 200
    assert len(result) == 1
    assert (float(result[0]["value"][1]) == float(probe["comparator"]["value"])) is steady


@pytest.mark.parametrize("name", ON_CLUSTER)
def test_conditions_pass_a_shell_and_a_form_unchanged(plans: dict[str, Plan], name: str) -> None:
    """LitmusChaos puts the query inside double quotes of a shell, Chaos Mesh into a form."""
    assert not set(broken(plans[name], "staging")) & set('"$`\\%&+;')


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("stated", "status", "said"),
    [
        pytest.param({}, 3, "does not state", id="nothing-stated"),
        pytest.param({"STAGING_RECORD": ""}, 3, "STAGING_RECORD", id="not-passed-in-staging"),
        pytest.param({"GAME_DAY": "2020-01-01"}, 3, "not today", id="another-day"),
        pytest.param({"let in": ""}, 3, "not let into", id="not-let-in"),
        pytest.param({"all": "yes"}, 0, "started", id="a-game-day"),
    ],
)
def test_nothing_starts_in_production_without_a_game_day(
    tmp_path: Path, tool: str, stated: dict[str, str], status: int, said: str
) -> None:
    """The script is run for real; a kubectl of ours records what it was asked."""
    folder = write(plan_with("cluster-chat", tool), tmp_path)
    fields = {
        "GAME_DAY": subprocess.run(
            ["date", "+%F"], capture_output=True, text=True, check=True
        ).stdout.strip(),
        "OWNER": "rota", "ON_CALL_TOLD": "rota", "CHANGE": "C-1", "STAGING_RECORD": "record-1",
    }  # fmt: skip
    if stated:
        fields |= {k: v for k, v in stated.items() if k in fields}
        (folder / "production/game-day.env").write_text(
            "".join(f"{k}={v}\n" for k, v in fields.items())
        )
    ran, asked = run(folder, ["production", "replica-lost"], let_in="let in" not in stated)

    assert ran.returncode == status, ran.stderr
    assert said in ran.stdout + ran.stderr
    assert ("create" in asked) is (status == 0)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_rehearsal_is_stopped_by_its_name(tmp_path: Path, tool: str) -> None:
    folder = write(plan_with("cluster-chat", tool), tmp_path)
    ran, asked = run(folder, ["stop", "staging", "replica-lost"], let_in=True)

    assert ran.returncode == 0, ran.stderr
    assert "support-assistant-replica-lost" in asked
    assert "create" not in asked


def write(plan: Plan, folder: Path) -> Path:
    for artifact in render_chaos(plan):
        target = folder / artifact.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(to_text(artifact))
    return folder / "chaos"


def run(
    folder: Path, arguments: list[str], *, let_in: bool
) -> tuple[subprocess.CompletedProcess[str], str]:
    tools = folder / "tools"
    tools.mkdir()
    kubectl = tools / "kubectl"
    answer = (
        'case "$*" in *inject*) echo enabled ;; esac'
        if let_in
        else 'case "$*" in *serviceaccount*) exit 1 ;; esac'
    )
    kubectl.write_text(f'#!/bin/sh\necho "$*" >> {folder}/asked\n{answer}\n')
    kubectl.chmod(0o755)
    ran = subprocess.run(
        ["sh", str(folder / "run.sh"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{tools}:/usr/bin:/bin"},
    )
    asked = folder / "asked"
    return ran, asked.read_text() if asked.is_file() else ""
