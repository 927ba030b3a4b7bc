"""A release at the Aegis gateway: its policy file is the weight, and nothing else moves anything.

Gateway (`aegis gateway`, as its users start it), rollout, Prometheus and the language model are
real processes. Both versions are the same model; a thin proxy before each is where one is hurt.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.rollout.real.stack import HERE, _await, _end, _free_ports, dump, missing, which

LACKS = [part for part in missing() if part != "envoy"]
if LACKS:
    warnings.warn(f"NO GATEWAY ROLLOUT IS TESTED: {', '.join(LACKS)} not installed", stacklevel=1)
pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(bool(LACKS), reason=f"needs {', '.join(LACKS)}: `make tools`"),
]

POLICY = {
    "version": 1,
    "service": "geography",
    "plan": "p1",
    "upstreams": [
        {"track": "stable", "weight_percent": 100, "model": "smollm2"},
        {"track": "canary", "weight_percent": 0, "model": "smollm2"},
    ],
    "limits": {"output_tokens_per_request": 2},
    # It would leave a canary alone that fails often; here the judge is to find it.
    "breaker": {"bad_share": 1, "minimum_requests": 100, "open_s": 5},
    "audit": {"keep": "none", "retention_days": 1},
}


@dataclass
class Visitors:
    """Threads that ask one question after another, and count what became of it."""

    url: str
    answers: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def visit(self) -> None:
        """One visitor, until the end."""
        with httpx.Client(timeout=30, trust_env=False) as client:
            while not self.over.is_set():
                asked = {"prompt": "The capital of France is", "temperature": 0}
                try:
                    answer = client.post(self.url + "/v1/completions", json=asked)
                    self.answers[str(answer.status_code)] += 1
                except httpx.HTTPError as error:
                    self.answers[type(error).__name__] += 1


@dataclass
class Stack:
    """What runs."""

    gateway: str
    prometheus: str
    faults: str
    policy: Path
    visitors: Visitors

    def hurt(self, **fault: float) -> None:
        """The candidate does this from now on."""
        httpx.post(self.faults + "/fault", json=fault, trust_env=False).raise_for_status()

    def weight(self) -> float:
        """The canary's, of a gateway that says that it obeys the file as it is."""
        text = self.policy.read_text("utf-8")
        said = httpx.get(self.gateway + "/health", trust_env=False).json()["policy"]
        assert said == "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        return float(yaml.safe_load(text)["upstreams"][1]["weight_percent"])


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("gateway")
    names = ("model", "stable", "candidate", "gateway", "prometheus")
    ports = dict(zip(names, _free_ports(len(names)), strict=True))
    at = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    policy = folder / "policy.yaml"
    policy.write_text(yaml.safe_dump(POLICY, sort_keys=False), "utf-8")
    scraped = {"job_name": "gateway", "static_configs": [{"targets": [at["gateway"][7:]]}]}
    scraping = {"global": {"scrape_interval": "1s"}, "scrape_configs": [scraped]}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(scraping), "utf-8")
    python = sys.executable
    commands = [
        [python, str(HERE / "language_model.py"), str(ports["model"])],
        [python, str(HERE / "thin_proxy.py"), str(ports["stable"]), at["model"]],
        [python, str(HERE / "thin_proxy.py"), str(ports["candidate"]), at["model"]],
        [python, "-m", "aegis", "gateway", "--policy", str(policy), "--upstream", at["stable"],
         "--canary-upstream", at["candidate"], "--listen", at["gateway"][7:]],
        [which("prometheus") or "", f"--config.file={folder / 'prometheus.yml'}",
         f"--storage.tsdb.path={folder / 'tsdb'}", "--log.level=error",
         f"--web.listen-address={at['prometheus'][7:]}"],
    ]  # fmt: skip
    visitors = Visitors(at["gateway"])
    with contextlib.ExitStack() as ending, (folder / "log").open("wb") as log:
        for command in commands:
            ending.callback(_end, subprocess.Popen(command, stdout=log, stderr=log))
        ending.callback(visitors.over.set)
        for url in (at["model"] + "/health", at["gateway"] + "/health",
                    at["prometheus"] + "/-/ready"):  # fmt: skip
            _await(url)
        for _ in range(4):
            threading.Thread(target=visitors.visit, daemon=True).start()
        yield Stack(at["gateway"], at["prometheus"], at["candidate"], policy, visitors)


def roll_out(stack: Stack, folder: Path) -> tuple[int, dict[str, Any]]:
    """`aegis rollout run` until its end: exit code and its JSON."""
    series = 'aegis_gateway_requests_total{{service="geography",track="$arm"{}}}'
    errors = {
        "id": "errors", "kind": "rate", "margin": 2, "negligible": 0.1, "limit": 0.5, "minimum": 40,
        "series": {"events": series.format(',outcome="error"'), "total": series.format("")},
    }  # fmt: skip
    policy = {
        "version": 1, "service": "geography", "strategy": "canary",
        "look_s": 1, "warmup_s": 1, "settle_s": 3,
        "steps": [{"weight_percent": 50, "hold_s": 3}, {"weight_percent": 100, "hold_s": 1}],
        "alpha": {"rollback": 0.005, "promotion": 0.05, "split": 0.0001},
        "cap": {"looks": 60, "seconds": 60},
        "metrics": [errors],
        "source": {"type": "prometheus", "url": stack.prometheus, "lookback_s": 30, "history_s": 9},
        "router": {"type": "gateway", "policy": str(stack.policy),
                   "health_url": stack.gateway + "/health"},
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "aegis", "rollout", "run",
         str(dump(policy, folder / "rollout.yaml")), "--format", "json"],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr[-2000:]
    return done.returncode, json.loads(done.stdout)


def test_a_healthy_candidate_is_promoted_and_no_request_is_lost(
    stack: Stack, tmp_path: Path
) -> None:
    """The gateway says that it obeys each weight, and every visitor got an answer meanwhile."""
    code, result = roll_out(stack, tmp_path)

    assert (code, result["outcome"]) == (0, "promoted"), result
    assert stack.weight() == 100
    assert set(stack.visitors.answers) == {"200"}


@pytest.mark.obligation(43, 47)
def test_a_candidate_that_errs_goes_back_by_itself(stack: Stack, tmp_path: Path) -> None:
    """On the gateway's own counts; afterwards it meets nobody."""
    stack.hurt(errors=0.4)

    code, result = roll_out(stack, tmp_path)
    stack.visitors.answers.clear()

    assert (code, result["outcome"]) == (4, "rolled-back"), result
    assert result["reason"].startswith("worse than stable: errors ("), result["reason"]
    assert stack.weight() == 0
    while sum(stack.visitors.answers.values()) < 40:
        time.sleep(0.05)
    assert stack.visitors.answers["502"] <= 4  # those that were under way
