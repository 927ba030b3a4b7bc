"""A mirrored request is answered twice, and the caller gets one of the answers: stable's."""

from __future__ import annotations

import http.server
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

_COUNTING = threading.Lock()


class _Version(http.server.BaseHTTPRequestHandler):
    """Answers with the name of its version, and counts."""

    name, status, heard = "", 200, 0
    protocol_version = (
        "HTTP/1.1"  # a connection that stays: a mirrored request is sent once and never again
    )

    def do_POST(self) -> None:
        with _COUNTING:  # requests come on several connections
            type(self).heard += 1
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = self.name.encode()
        self.send_response(self.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _version(name: str, status: int) -> tuple[type[_Version], int]:
    handler = type(name, (_Version,), {"name": name, "status": status, "heard": 0})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return handler, server.server_address[1]


def _envoy() -> str | None:
    beside = Path(sys.executable).with_name("envoy")
    return str(beside) if beside.is_file() else shutil.which("envoy")


def _cluster(name: str, port: int) -> dict[str, object]:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    endpoint = {"endpoint": {"address": address}}
    return {
        "name": name, "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }  # fmt: skip


@pytest.fixture
def mirrored(tmp_path: Path) -> Iterator[tuple[str, type[_Version], type[_Version]]]:
    """What the filter `RequestMirror` of the Gateway API becomes in a real Envoy."""
    envoy = _envoy()
    if envoy is None:
        pytest.skip("needs envoy: `make tools`")
    stable, stable_port = _version("stable", 200)
    canary, canary_port = _version("canary", 500)
    port = _free_port()
    route = {
        "match": {"prefix": "/"},
        "route": {"cluster": "stable", "request_mirror_policies": [{"cluster": "canary"}]},
    }
    router = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3."
        "HttpConnectionManager",
        "stat_prefix": "in",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": router}}],
    }
    listener = {
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    clusters = [_cluster("stable", stable_port), _cluster("canary", canary_port)]
    config = tmp_path / "envoy.yaml"
    config.write_text(
        yaml.safe_dump({"static_resources": {"listeners": [listener], "clusters": clusters}}),
        "utf-8",
    )
    process = subprocess.Popen(
        [envoy, "-c", str(config), "--concurrency", "1", "--use-dynamic-base-id", "-l", "error"]
    )
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}", stable, canary
    process.terminate()
    process.wait(timeout=10)


@pytest.mark.obligation(45)
def test_a_caller_never_gets_the_mirrored_answer(
    mirrored: tuple[str, type[_Version], type[_Version]],
) -> None:
    """The new version hears every request and fails each; no caller notices."""
    url, stable, canary = mirrored
    with httpx.Client(trust_env=False) as client:
        answers = [client.post(url, content=b"ask") for _ in range(50)]
    assert {(a.status_code, a.text) for a in answers} == {(200, "stable")}
    assert stable.heard == 50
    until = time.monotonic() + 5
    while canary.heard < 50 and time.monotonic() < until:
        time.sleep(0.05)
    assert canary.heard == 50
