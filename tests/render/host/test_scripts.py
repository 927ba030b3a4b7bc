"""The scripts of one machine, run for real in a folder of their own.

`systemctl`, `docker`, `curl` and `sleep` are shims on the search path: they write down how they
were called and answer as the scenario says. Everything else is the real shell and real tools.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from aegis.plan.types import Plan
from aegis.render.host import render_host

ON_HOST = ("host-rag", "managed")
_OLD, _NEW = "1" * 64, "2" * 64

_SHIMS = {
    "systemctl": 'echo "systemctl $*" >> "$SHIMS/log"\n',
    "docker": 'echo "docker $*" >> "$SHIMS/log"\n',
    "sleep": "exit 0\n",
    # Readiness by the file `down-PORT`; queries by the files `worse-WEIGHT`, `unproved`, `no-data`,
    # `silent`.
    "curl": """url=
query=
for word in "$@"; do
  case $word in http*) url=$word ;; query=*) query=$word ;; esac
done
case $url in
  */ready)
    port=${url##*127.0.0.1:}
    [ ! -f "$SHIMS/down-${port%%/*}" ] ;;
  *)
    [ ! -f "$SHIMS/silent" ] || exit 7
    step=$(sed -n 's/^ *server canary .* weight \\([0-9]*\\).*/\\1/p' "$AEGIS_ETC/haproxy.cfg")
    step=${step:-none}
    result='[]'
    case $query in
      *rollout:proved*) [ -f "$SHIMS/unproved" ] || result='[{"value":[0,"1"]}]' ;;
      *rollout:worse*) [ ! -f "$SHIMS/worse-$step" ] || result='[{"value":[0,"1"]}]' ;;
      *) [ -f "$SHIMS/no-data" ] || result='[{"value":[0,"40"]}]' ;;
    esac
    printf '{"status":"success","data":{"resultType":"vector","result":%s}}' "$result" ;;
esac
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A folder that stands for a machine on which the old version runs."""

    root: Path
    plan: Plan

    @property
    def etc(self) -> Path:
        return self.root / "etc"

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            "PATH": f"{self.root / 'shims'}:{os.environ['PATH']}",
            "SHIMS": str(self.root / "shims"),
            "AEGIS_ETC": str(self.etc),
            "AEGIS_STATE": str(self.root / "state"),
            "AEGIS_AUDIT": str(self.root / "audit"),
            "AEGIS_LOOK_S": "3600",  # a look an hour: minutes do not pass here
            "AEGIS_STARTUP_S": "20",
        }
        return subprocess.run(
            ["sh", str(self.root / "opt" / script)],
            env=env, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def offer(self, digest: str) -> None:
        candidate = (self.root / "opt/production/candidate.env").read_text()
        lines = [
            f"{line}sha256:{digest}" if line.endswith("_DIGEST=") else line
            for line in candidate.splitlines()
        ]
        (self.etc / "candidate.env").write_text("\n".join(lines) + "\n")

    def scenario(self, name: str) -> None:
        (self.root / "shims" / name).touch()

    def weights(self) -> list[int]:
        text = (self.etc / "haproxy.cfg").read_text()
        lines = [line for line in text.splitlines() if line.strip().startswith("server ")]
        return [int(line.split(" weight ")[1]) for line in lines]

    def calls(self) -> list[str]:
        log = self.root / "shims/log"
        return log.read_text().splitlines() if log.exists() else []

    def runs(self, track: str) -> str:
        """The digest that a track runs: its first."""
        return (self.etc / f"{track}.env").read_text().split("sha256:")[1][:64]


def machine(plan: Plan, root: Path, *, runner: str = "systemd") -> Machine:
    for artifact in render_host(plan):
        path = root / "opt" / artifact.path.removeprefix("host/")
        path.parent.mkdir(parents=True, exist_ok=True)
        content = artifact.content
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    made = Machine(root=root, plan=plan)
    for folder in ("etc", "shims", "state", "audit"):
        (root / folder).mkdir()
    for name, body in _SHIMS.items():
        (root / "shims" / name).write_text(f"#!/bin/sh\n{body}")
        (root / "shims" / name).chmod(0o755)
    for file in (
        "haproxy.cfg",
        "compose.yaml",
        "production/tools.env",
        "production/prometheus.yml",
    ):
        shutil.copy(root / "opt" / file, made.etc)
    host = (root / "opt/production/host.env").read_text()
    host = host.replace("RUNNER=systemd", f"RUNNER={runner}")
    host = host.replace("/var/backups/" + plan.service, str(root / "backups"))
    (made.etc / "host.env").write_text(host)
    return made


@pytest.fixture(params=ON_HOST)
def running(request: pytest.FixtureRequest, plans: dict[str, Plan], tmp_path: Path) -> Machine:
    """A machine where the first version was set up by the same script."""
    made = machine(plans[request.param], tmp_path)
    made.offer(_OLD)
    ran = made.run("update.sh")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (tmp_path / "shims/log").unlink()
    return made


def steps_said(ran: subprocess.CompletedProcess[str]) -> list[int]:
    """The shares of the canary, in the order they were set."""
    lines = [line for line in ran.stdout.splitlines() if "canary has" in line]
    return [int(line.split("canary has ")[1].split(" %")[0]) for line in lines]


def test_a_good_version_goes_through_the_steps_of_the_plan(running: Machine) -> None:
    """All shares in order, then both places run the new version and stable serves."""
    running.offer(_NEW)
    ran = running.run("update.sh")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    planned = [round(running.plan.numbers[s.weight].value) for s in running.plan.release.steps]
    assert steps_said(ran) == [*planned, 0]
    assert running.runs("stable") == running.runs("canary") == _NEW
    assert running.weights() == [100, 0]


def test_the_proxy_reads_the_weights_in_the_file_that_it_has_mounted(running: Machine) -> None:
    """A container sees a mounted file for as long as it is the same file, not one in its place."""
    before = (running.etc / "haproxy.cfg").stat().st_ino
    running.offer(_NEW)
    running.run("update.sh")

    assert (running.etc / "haproxy.cfg").stat().st_ino == before
    assert not (running.etc / "haproxy.cfg.new").exists()


def test_a_second_run_does_nothing(running: Machine) -> None:
    running.offer(_NEW)
    running.run("update.sh")
    before = running.calls()

    again = running.run("update.sh")

    assert again.returncode == 0
    assert "already running" in again.stdout
    assert running.calls() == before


@pytest.mark.obligation(43)
def test_a_worse_version_goes_back_by_itself(running: Machine) -> None:
    """No person is asked: the share falls to nothing and the old version is everywhere."""
    running.offer(_NEW)
    running.scenario("worse-50")
    ran = running.run("update.sh")

    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert 100 not in steps_said(ran)
    assert steps_said(ran)[-1] == 0
    assert running.runs("stable") == running.runs("canary") == _OLD
    assert running.weights() == [100, 0]


def test_a_version_worse_at_full_traffic_goes_back_too(running: Machine) -> None:
    running.offer(_NEW)
    running.scenario("worse-100")

    assert running.run("update.sh").returncode == 1
    assert running.runs("stable") == _OLD
    assert running.weights() == [100, 0]


@pytest.mark.parametrize("want", ["no-data", "silent"])
def test_no_data_holds_and_the_next_run_goes_on(running: Machine, want: str) -> None:
    """Neither promoted nor rolled back; what was judged is not judged again."""
    running.offer(_NEW)
    running.scenario(want)
    held = running.run("update.sh")
    first = round(running.plan.numbers[running.plan.release.steps[0].weight].value)

    assert held.returncode == 4, held.stdout + held.stderr
    assert steps_said(held) == [first]
    assert running.runs("stable") == _OLD
    (running.root / "shims" / want).unlink()

    assert running.run("update.sh").returncode == 0
    assert running.runs("stable") == _NEW


def test_what_stays_unproved_meets_nobody_more(running: Machine) -> None:
    """It goes on looking at the last step; in the end it holds, and a person decides."""
    running.offer(_NEW)
    running.scenario("unproved")
    held = running.run("update.sh")
    planned = [round(running.plan.numbers[s.weight].value) for s in running.plan.release.steps]

    assert held.returncode == 4, held.stdout + held.stderr
    assert "not proved in time" in held.stdout
    assert steps_said(held) == planned[:-1]
    assert running.runs("stable") == _OLD


def test_a_version_that_does_not_start_meets_nobody(running: Machine) -> None:
    running.offer(_NEW)
    running.scenario("down-8081")
    ran = running.run("update.sh")

    assert ran.returncode == 1
    assert steps_said(ran) == [0]
    assert running.runs("stable") == _OLD


def test_a_tag_is_refused_before_anything_is_touched(running: Machine) -> None:
    running.offer("latest")
    ran = running.run("update.sh")

    assert ran.returncode == 2
    assert "is not a digest" in ran.stdout
    assert running.calls() == []
    assert running.weights() == [100, 0]


def test_two_releases_do_not_run_at_once(running: Machine) -> None:
    running.offer(_NEW)
    (running.root / "state/lock").mkdir()

    assert running.run("update.sh").returncode == 2
    assert running.calls() == []


def test_the_way_back_may_be_run_twice(running: Machine) -> None:
    """After a release it brings the version before; a second time it changes nothing."""
    running.offer(_NEW)
    running.run("update.sh")

    assert running.run("way-back.sh").returncode == 0
    assert running.runs("stable") == _OLD
    before = running.calls()
    assert running.run("way-back.sh").returncode == 0
    assert running.calls() == before


def test_compose_runs_the_same_release(plans: dict[str, Plan], tmp_path: Path) -> None:
    made = machine(plans["host-rag"], tmp_path, runner="compose")
    made.offer(_OLD)
    assert made.run("update.sh").returncode == 0
    made.offer(_NEW)
    ran = made.run("update.sh")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert made.runs("stable") == _NEW
    assert all(call.startswith("docker compose") for call in made.calls())


def test_a_machine_with_one_device_replaces_in_place_and_still_goes_back(
    plans: dict[str, Plan], tmp_path: Path
) -> None:
    """No second place: downtime is said, a bad version is still replaced by the old one."""
    plan = plans["host-rag"]
    capacity = plan.capacity.model_copy(update={"replicas": 1, "spare": 0})
    made = machine(plan.model_copy(update={"capacity": capacity}), tmp_path)
    made.offer(_OLD)
    assert made.run("update.sh").returncode == 0
    made.offer(_NEW)
    made.scenario("worse-none")  # the proxy knows no canary
    ran = made.run("update.sh")

    assert ran.returncode == 1
    assert "with downtime" in ran.stdout
    assert made.runs("stable") == _OLD


def in_place(plans: dict[str, Plan], root: Path) -> Machine:
    """A machine with one device, on which the old version runs."""
    plan = plans["host-rag"]
    capacity = plan.capacity.model_copy(update={"replicas": 1, "spare": 0})
    made = machine(plan.model_copy(update={"capacity": capacity}), root)
    made.offer(_OLD)
    assert made.run("update.sh").returncode == 0
    return made


def counted_as(made: Machine) -> set[str]:
    config = yaml.safe_load((made.etc / "prometheus.yml").read_text())
    return {
        each["labels"]["track"]
        for job in config["scrape_configs"]
        for each in job["static_configs"]
        if "track" in each["labels"]
    }


def test_a_version_in_the_only_place_is_seen_by_its_judge(
    plans: dict[str, Plan], tmp_path: Path
) -> None:
    """The judge looks at the canary: held, its series are the canary's; released, the stable one's."""
    made = in_place(plans, tmp_path)
    assert counted_as(made) == {"stable"}
    made.offer(_NEW)
    made.scenario("no-data")
    assert made.run("update.sh").returncode == 4
    assert counted_as(made) == {"canary"}
    assert any("reload" in call and "prometheus" in call for call in made.calls())
    (made.root / "shims/no-data").unlink()

    assert made.run("update.sh").returncode == 0
    assert counted_as(made) == {"stable"}


def test_a_version_that_goes_back_leaves_no_mark(plans: dict[str, Plan], tmp_path: Path) -> None:
    made = in_place(plans, tmp_path)
    made.offer(_NEW)
    made.scenario("worse-none")

    assert made.run("update.sh").returncode == 1
    assert counted_as(made) == {"stable"}


@pytest.mark.parametrize("environment", ["development", "staging"])
def test_before_production_a_version_only_has_to_start(running: Machine, environment: str) -> None:
    """Nobody asks it anything there: a judge would hold it for ever for want of data."""
    host = running.etc / "host.env"
    host.write_text(
        host.read_text().replace("ENVIRONMENT=production", f"ENVIRONMENT={environment}")
    )
    running.offer(_NEW)
    running.scenario("no-data")
    ran = running.run("update.sh")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert running.runs("stable") == _NEW
    assert counted_as(running) == {"stable", "canary"}


def test_a_backup_that_fails_is_told_to_alertmanager(running: Machine) -> None:
    told = running.root / "shims/told"
    (running.root / "shims/curl").write_text(f'#!/bin/sh\necho "$@" > "{told}"\n')
    (running.root / "shims/tar").write_text("#!/bin/sh\nexit 2\n")
    (running.root / "shims/tar").chmod(0o755)

    assert running.run("backup.sh").returncode != 0
    assert "BackupFailed" in told.read_text()
    alerts = json.loads(told.read_text().split(" -d ")[1].split(" http")[0])
    assert alerts[0]["labels"]["service"] == running.plan.service


def test_a_record_that_grows_during_a_backup_does_not_end_it(running: Machine) -> None:
    """GNU tar says 1 for it."""
    real = shutil.which("tar")
    (running.root / "shims/tar").write_text(
        f'#!/bin/sh\n{real} "$@"\ncase $1 in --create) exit 1 ;; esac\n'
    )
    (running.root / "shims/tar").chmod(0o755)

    assert running.run("backup.sh").returncode == 0
    assert list((running.root / "backups").glob("*.tar.gz"))


def test_a_backup_can_be_read_and_holds_no_weights(running: Machine) -> None:
    (running.root / "audit/records.jsonl").write_text("{}\n")
    assert running.run("backup.sh").returncode == 0
    (backup,) = (running.root / "backups").iterdir()
    with tarfile.open(backup) as archive:
        members = [Path(m).name for m in archive.getnames()]

    assert {"haproxy.cfg", "stable.env", "records.jsonl"} <= set(members)
    assert backup.parent.stat().st_mode & 0o777 == 0o700
