"""The files of one machine, judged by the tools that read them where those are present."""

from __future__ import annotations

import contextlib
import http.server
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import pytest
import yaml

from aegis.base import conventions as names
from aegis.plan.types import Plan
from aegis.render.host import render_host

ON_HOST = ("host-rag", "managed")


def tool(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(name) is None, reason=f"{name} is absent: files were NOT judged by it"
    )


def files(plan: Plan) -> dict[str, str]:
    return {
        a.path.removeprefix("host/"): a.content
        if isinstance(a.content, str)
        else yaml.safe_dump(a.content, sort_keys=False)
        for a in render_host(plan)
    }


def write(plan: Plan, folder: Path) -> Path:
    for path, text in files(plan).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def accepts(*command: str, cwd: Path | None = None) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_only_plans_for_a_machine_get_one(plans: dict[str, Plan]) -> None:
    assert {name for name, plan in plans.items() if render_host(plan)} == set(ON_HOST)


@tool("haproxy")
@tool("openssl")
@pytest.mark.parametrize("name", ON_HOST)
def test_haproxy_accepts_the_proxy(plans: dict[str, Plan], name: str, tmp_path: Path) -> None:
    """With a certificate made for this test in place of the mounted one."""
    accepts(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
        "-subj", "/CN=test", "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "crt"),
    )  # fmt: skip
    pem = tmp_path / "tls.pem"
    pem.write_text((tmp_path / "crt").read_text() + (tmp_path / "key").read_text())
    config = tmp_path / "haproxy.cfg"
    config.write_text(
        files(plans[name])["haproxy.cfg"].replace("/etc/haproxy/tls/tls.pem", str(pem))
    )

    accepts("haproxy", "-c", "-f", str(config))


@tool("haproxy")
def test_a_quiet_service_gives_the_canary_its_share(plans: dict[str, Plan], tmp_path: Path) -> None:
    """One request after the other, so nobody is ever busy: the weight decides, not who is idle."""
    answered = {"stable": 0, "canary": 0}
    with contextlib.ExitStack() as stack:
        ports = {track: _server(track, answered, stack) for track in answered}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            front = free.getsockname()[1]
        config = files(plans["host-rag"])["haproxy.cfg"].split("frontend metrics")[0]
        config = re.sub(r"bind :8443 .*", f"bind 127.0.0.1:{front}", config)
        for track, weight in (("stable", 90), ("canary", 10)):
            config = re.sub(
                rf"server {track} \S+ weight \d+",
                f"server {track} 127.0.0.1:{ports[track]} weight {weight} no-check",
                config,
            )
        (tmp_path / "haproxy.cfg").write_text(config)
        proxy = subprocess.Popen(
            ["haproxy", "-db", "-f", str(tmp_path / "haproxy.cfg")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        stack.callback(proxy.wait)
        stack.callback(proxy.terminate)
        until = time.monotonic() + 10
        while sum(answered.values()) < 300 and time.monotonic() < until:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{front}/", timeout=2).close()

    assert sum(answered.values()) == 300
    assert 10 <= answered["canary"] <= 60  # 30 are meant; half would be 150


def _server(track: str, answered: dict[str, int], stack: contextlib.ExitStack) -> int:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answered[track] += 1
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Silence."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)
    return int(server.server_address[1])


def test_each_version_is_seen_under_its_own_name(plans: dict[str, Plan]) -> None:
    """A gateway calls its one upstream stable; the canary's would hide among stable's figures."""
    for name in ON_HOST:
        config = yaml.safe_load(files(plans[name])["production/prometheus.yml"])
        seen = set()
        for job in config["scrape_configs"]:
            track = job["static_configs"][0]["labels"].get("track")
            assert job["honor_labels"] == (track is None)
            seen.add(track)
        assert {"stable", "canary"} <= seen


@tool("promtool")
@pytest.mark.parametrize("name", ON_HOST)
def test_promtool_accepts_scraping_and_release_rules(
    plans: dict[str, Plan], name: str, tmp_path: Path
) -> None:
    root = write(plans[name], tmp_path)

    accepts("promtool", "check", "rules", str(root / "rules/release.yaml"))
    for environment in names.ENVIRONMENTS:
        accepts(
            "promtool",
            "check",
            "config",
            "--syntax-only",
            str(root / environment / "prometheus.yml"),
        )


@tool("shellcheck")
@pytest.mark.parametrize("name", ON_HOST)
def test_shellcheck_finds_nothing(plans: dict[str, Plan], name: str, tmp_path: Path) -> None:
    root = write(plans[name], tmp_path)

    accepts("shellcheck", *sorted(p.name for p in root.glob("*.sh")), cwd=root)


@pytest.mark.parametrize("name", ON_HOST)
def test_images_are_digests_and_secrets_are_files(plans: dict[str, Plan], name: str) -> None:
    """No tag anywhere, and no environment variable that carries a credential."""
    written = files(plans[name])
    compose = yaml.safe_load(written["compose.yaml"])

    for service in compose["services"].values():
        assert re.fullmatch(r"\$\{\w+_IMAGE:\?\}@\$\{\w+_DIGEST:\?\}", service["image"])
        assert not {"TOKEN", "KEY", "PASSWORD"} & {
            part for key in service.get("environment", {}) for part in key.split("_")
        }
    for secret in compose["secrets"].values():
        assert list(secret) == ["file"]
    units = [
        text for path, text in written.items() if "podman run" in text and path.endswith(".service")
    ]
    assert units
    for unit in units:
        assert re.search(r"\$\{\w+_IMAGE\}@\$\{\w+_DIGEST\}", unit)


def test_both_forms_run_the_same_containers(plans: dict[str, Plan]) -> None:
    for name in ON_HOST:
        plan = plans[name]
        written = files(plan)
        services = set(yaml.safe_load(written["compose.yaml"])["services"])
        units = {
            Path(path).stem.removeprefix(f"{plan.service}-")
            for path, text in written.items()
            if "podman run" in text
        }
        assert services == units


def test_the_runbooks_units_exist(plans: dict[str, Plan]) -> None:
    """`systemctl status` in a runbook names units that are rendered."""
    plan = plans["host-rag"]
    units = {Path(p).stem for p in files(plan) if p.startswith("systemd/")}
    named = {
        word
        for runbook in plan.runbooks
        for line in runbook.commands
        if line.startswith("systemctl")
        for word in line.split()
        if word.startswith(plan.service)
    }

    assert named
    assert named <= units


def test_an_engine_has_no_way_out_where_egress_is_denied(plans: dict[str, Plan]) -> None:
    plan = plans["host-rag"]
    compose = yaml.safe_load(files(plan)["compose.yaml"])

    assert compose["networks"]["inside"]["internal"] is True
    assert compose["services"]["stable"]["networks"] == ["inside"]


def test_environments_differ_in_a_label_and_in_files_of_their_own(plans: dict[str, Plan]) -> None:
    written = files(plans["managed"])
    for environment in names.ENVIRONMENTS:
        config = yaml.safe_load(written[f"{environment}/prometheus.yml"])
        labels = [c["static_configs"][0]["labels"] for c in config["scrape_configs"]]
        assert {label["environment"] for label in labels} == {environment}
        assert f"ENVIRONMENT={environment}" in written[f"{environment}/host.env"]
