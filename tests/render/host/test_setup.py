"""`setup.sh` run for real in folders of its own.

`useradd`, `loginctl`, `systemctl` and `sysctl` would change this machine: they are shims that write
down how they were called, and `install` drops the owner, since the user is not there. The shell,
the files and every comparison are real.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from aegis.operations.bundle import render_all
from aegis.operations.planning import to_text
from aegis.plan.types import Plan

_SHIMS = {
    **{name: f'echo "{name} $*" >> "$SHIMS/log"\n' for name in ("useradd", "loginctl", "sysctl")},
    "usermod": 'echo "usermod $*" >> "$SHIMS/log"\necho "aegis:${2%-*}:65536" >> "$AEGIS_SUBIDS/subuid"\n',
    "systemctl": 'echo "systemctl $*" >> "$SHIMS/log"\n',
    "id": "exit 1\n",
    "install": 'set -- $(printf "%s\\n" "$@" | sed "/^-[og]$/,+1d")\nexec /usr/bin/install "$@"\n',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A machine that nothing of ours was on."""

    root: Path
    service: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        at = self.root
        env = {
            **os.environ,
            "PATH": f"{at / 'shims'}:{os.environ['PATH']}",
            "SHIMS": str(at / "shims"),
            "AEGIS_ETC": str(at / "etc"),
            "AEGIS_STATE": str(at / "data/release"),
            "AEGIS_DATA": str(at / "data"),
            "AEGIS_OPT": str(at / "opt"),
            "AEGIS_UNITS": str(at / "units"),
            "AEGIS_SYSCTL": str(at / "sysctl"),
            "AEGIS_CREDENTIALS": str(at / "credentials"),
            "AEGIS_SUBIDS": str(at / "subids"),
        }
        return subprocess.run(
            ["sh", str(at / "bundle/host/setup.sh"), *arguments],
            env=env, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def files(self) -> dict[str, str]:
        """What stands on the machine, beside the bundle and the shims."""
        kept = ("etc", "data", "opt", "units", "sysctl")
        return {
            str(p.relative_to(self.root)): p.read_text()
            for part in kept
            for p in (self.root / part).rglob("*")
            if p.is_file()
        }

    def keep_secrets(self) -> None:
        script = (self.root / "bundle/host/setup.sh").read_text()
        names = script.split("for each in ")[-1].split(";")[0].split()
        (self.root / "credentials").mkdir()
        for name in names:
            (self.root / "credentials" / f"{self.service}-{name}").touch()


@pytest.fixture(params=("host-rag", "managed"))
def fresh(request: pytest.FixtureRequest, plans: dict[str, Plan], tmp_path: Path) -> Fresh:
    plan = plans[request.param]
    for artifact in render_all(plan):
        path = tmp_path / "bundle" / artifact.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(to_text(artifact))
    (tmp_path / "shims").mkdir()
    (tmp_path / "subids").mkdir()
    for name, body in _SHIMS.items():
        (tmp_path / "shims" / name).write_text(f"#!/bin/sh\n{body}")
        (tmp_path / "shims" / name).chmod(0o755)
    return Fresh(root=tmp_path, service=plan.service)


def test_show_lists_everything_and_touches_nothing(fresh: Fresh) -> None:
    ran = fresh.run("production", "--show")
    assert ran.returncode == 3, ran.stderr
    assert f"file {fresh.root}/etc/haproxy.cfg" in ran.stdout
    assert fresh.files() == {}
    assert not (fresh.root / "shims/log").exists()


def test_a_second_run_finds_nothing_to_do(fresh: Fresh) -> None:
    fresh.keep_secrets()
    first = fresh.run("production")
    assert first.returncode == 0, first.stdout + first.stderr
    there = fresh.files()
    again = fresh.run("production")
    assert again.returncode == 0
    assert fresh.files() == there
    said = [line.split(" ", 1)[1] for line in again.stdout.splitlines()]
    assert said == ["user aegis", "set up: 1 changes"]  # the shim never knows the user


def test_the_user_may_start_containers_without_root(fresh: Fresh) -> None:
    """A user of the system gets no subordinate ids by itself; ours begin where the others end."""
    (fresh.root / "subids/subuid").write_text("someone:300000:65536\n")
    fresh.run("production")
    log = (fresh.root / "shims/log").read_text()

    assert "usermod --add-subuids 365536-431071 --add-subgids 365536-431071 aegis" in log
    fresh.run("production")
    assert (fresh.root / "shims/log").read_text().count("usermod") == 1


def test_a_machine_watches_for_its_own_environment(fresh: Fresh) -> None:
    """A rule about production would page from staging that production is silent."""
    fresh.run("staging")
    rules = [p.read_text() for p in (fresh.root / "etc/rules").iterdir()]

    assert any('environment="staging"' in text for text in rules)
    assert not [text for text in rules if 'environment="production"' in text]


def test_every_file_that_a_container_mounts_is_there(fresh: Fresh) -> None:
    fresh.run("production")
    compose = yaml.safe_load((fresh.root / "bundle/host/compose.yaml").read_text())
    mounted = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", ())
        if isinstance(volume, str)
    }
    places = {f"/etc/{fresh.service}": "etc", f"/var/lib/{fresh.service}": "data"}
    for path in mounted:
        outside, name = next((p, path.removeprefix(f"{p}/")) for p in places if path.startswith(p))
        assert (fresh.root / places[outside] / name).exists(), path
    for unit in (fresh.root / "units").glob("*.service"):
        for word in unit.read_text().split():
            if word.startswith(f"/opt/{fresh.service}/"):
                assert (fresh.root / "opt" / Path(word).name).exists(), unit.name
            if word.startswith(f"/var/lib/{fresh.service}/"):
                folder = word.split(":")[0].removeprefix(f"/var/lib/{fresh.service}/")
                assert (fresh.root / "data" / folder).is_dir(), unit.name


def test_what_you_filled_in_is_kept_and_what_is_ours_is_put_right(fresh: Fresh) -> None:
    fresh.run("production")
    host, proxy = fresh.root / "etc/host.env", fresh.root / "etc/haproxy.cfg"
    host.write_text(host.read_text() + "MINE=1\n")
    proxy.write_text("changed by hand\n")
    shown = fresh.run("production", "--show")
    assert "-changed by hand" in shown.stdout
    assert proxy.read_text() == "changed by hand\n"
    before = proxy.stat().st_ino
    fresh.run("production")
    assert host.read_text().endswith("MINE=1\n")
    assert proxy.read_text() == (fresh.root / "bundle/host/haproxy.cfg").read_text()
    assert proxy.stat().st_ino == before, "a container would read on in the old file"


def test_a_missing_secret_is_named_and_never_asked_for(fresh: Fresh) -> None:
    ran = fresh.run("production")
    assert ran.returncode == 3
    assert f"secret missing: {fresh.root}/credentials/{fresh.service}-audit-key" in ran.stdout


@pytest.mark.parametrize(
    ("prepare", "arguments", "said"),
    [
        pytest.param("", (), "usage:", id="no-environment"),
        pytest.param("", ("prod",), "usage:", id="unknown-environment"),
        pytest.param("staging", ("production",), "this machine is staging", id="another-machine"),
        pytest.param("release", ("production",), "a release is under way", id="in-a-release"),
    ],
)
def test_it_refuses(fresh: Fresh, prepare: str, arguments: tuple[str, ...], said: str) -> None:
    if prepare == "staging":
        fresh.run("staging")
    if prepare == "release":
        (fresh.root / "data/release").mkdir(parents=True)
        (fresh.root / "data/release/version").touch()
    there = fresh.files()
    ran = fresh.run(*arguments)
    assert ran.returncode == 2
    assert said in ran.stdout + ran.stderr
    assert fresh.files() == there
