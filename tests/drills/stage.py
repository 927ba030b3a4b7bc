"""A bundle with quick limits, a small model over HTTP, and `aegis drill` between them.

Plan, gateway process, proxy, load and HTTP are real; only what the model answers is the test's.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner
from tests.evaluate.endpoint import Reply, chat, serving, streamed
from tests.obligations.corpus import EXAMPLES, VERSIONS

from aegis.brief.read import read_brief
from aegis.cli.commands.drill import drill
from aegis.operations.planning import to_text
from aegis.operations.results import DrillResult, DrillRun
from aegis.plan.planner import make_plan
from aegis.plan.types import Plan
from aegis.render.rollout import render_rollout

RATE = "25"
LONG_FIRST_TOKEN_MS = 2000
"""So that a busy machine does not break the steady state by itself."""
POLICY: dict[str, Any] = {
    "version": 1,
    "service": "support-assistant",
    "upstreams": [{"track": "stable", "weight_percent": 100, "model": "m"}],
    "limits": {
        "requests_per_s": 200.0, "input_tokens_per_request": 300, "output_tokens_per_request": 600,
        "sequences_at_once": 40, "retry_share": 0.1, "queue_s": 1.0,
    },
    "guardrails": [
        {"id": "size", "on": "input", "detector": "size", "action": "block"},
        {"id": "injection", "on": "input", "detector": "injection", "action": "flag"},
        {"id": "secrets-out", "on": "output", "detector": "secrets", "action": "block"},
        {"id": "personal", "on": "both", "detector": "personal", "action": "redact"},
    ],
    "breaker": {
        "bad_share": 0.4, "minimum_requests": 5, "open_s": 0.6, "slow_first_token_ms": 1000.0,
    },
    "ladder": [{"order": 1, "trigger": "open", "behaviour": "the assistant is busy"}],
    "audit": {"keep": "none", "retention_days": 30},
}  # fmt: skip
_LIMITS: dict[str, Any] = POLICY["limits"]
FEW: dict[str, Any] = {"limits": {**_LIMITS, "requests_per_s": 12.0}}
SPARING: dict[str, Any] = {
    "limits": {
        **_LIMITS, "tokens_per_s": 4000.0, "sequences_at_once": 8, "output_tokens_per_request": 200
    }
}  # fmt: skip


def plan(
    name: str = "support-assistant",
    *,
    first_token_ms: int = LONG_FIRST_TOKEN_MS,
    answer_tokens: int = 250,
) -> Plan:
    """The plan of an example; that of the assistant with short prompts and an objective that is held."""
    path = EXAMPLES / name / "brief.yaml"
    text = path.read_text("utf-8")
    quick = {
        "ttft_p95_ms: 500": f"ttft_p95_ms: {first_token_ms}",
        "peak_rps: 20": "peak_rps: 12",
        "input_tokens: {mean: 900, p95: 2200}": "input_tokens: {mean: 60, p95: 120}",
        "output_tokens: {mean: 250,": f"output_tokens: {{mean: {answer_tokens},",
    }
    if name == "support-assistant":
        for old, new in quick.items():
            assert old in text
            text = text.replace(old, new)
    brief = read_brief(text, path=str(path)).brief
    assert brief is not None
    return make_plan(brief, VERSIONS)


def bundle(folder: Path, made: Plan, **changes: Any) -> Path:
    """`plan.json` and `gateway/policy.yaml`; `changes` replace parts of the policy."""
    (folder / "gateway").mkdir(parents=True)
    (folder / "plan.json").write_text(made.model_dump_json(), "utf-8")
    policy = {**POLICY, "plan": made.id, **changes}
    (folder / "gateway" / "policy.yaml").write_text(yaml.safe_dump(policy), "utf-8")
    (folder / "rollout").mkdir()
    for artifact in render_rollout(made)[:1]:
        (folder / artifact.path).write_text(to_text(artifact), "utf-8")
    return folder


_SAYS = (
    "All",
    "is",
    "well",
    "today",
    ".",
    "You",
    "may",
    "reset",
    "it",
    "in",
    "the",
    "settings",
    "when",
)


def answers(_path: str, body: dict[str, object]) -> Reply:
    """A model in good health: a sentence or two of its few words, by what it was asked."""
    rng = random.Random(json.dumps(body["messages"]))  # noqa: S311  # words, no secret
    words = [f"{rng.choice(_SAYS)} " for _ in range(rng.randint(4, 12))]
    return streamed(*words) if body.get("stream") else chat("".join(words))


@dataclass(frozen=True)
class Ran:
    """What a run of the command gave."""

    code: int
    output: str
    log: Path

    @property
    def result(self) -> DrillResult:
        return DrillResult.model_validate(json.loads(self.output))

    @property
    def one(self) -> DrillRun:
        """The only drill of the run."""
        (found,) = self.result.drills
        return found

    def failed(self) -> set[str]:
        """The measures whose claim of the hypothesis failed."""
        assert self.one.ended is not None, self.one
        return {m.claim.measure for m in self.one.ended.hypothesis if m.verdict == "failed"}


def run(folder: Path, backend: str, *more: str) -> Ran:
    """`aegis drill run` on this machine."""
    log = folder / "drills.jsonl"
    done = CliRunner().invoke(
        drill,
        ["run", str(folder), "--backend", backend, "--log", str(log), "--rate", RATE,
         "--answer-s", "2", "--format", "json", *more],
    )  # fmt: skip
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.output, log)


@contextmanager
def model(answer: Callable[[str, dict[str, object]], Reply] = answers) -> Iterator[str]:
    """A model over HTTP; its base URL."""
    with serving(answer) as served:
        yield served.url.removesuffix("/v1")
