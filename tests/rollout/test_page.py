"""What `docs/rollout.md` shows is what the program reads and writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.rollout.doubles import policy

from aegis.cli.commands.rollout import rollout
from aegis.rollout.arms import MetricLook, metric_look
from aegis.rollout.counts import read_snapshot
from aegis.rollout.forecast import forecast
from aegis.rollout.policy import read_policy
from aegis.rollout.service import WebVerdict
from aegis.rollout.world import Past

PAGE = (Path(__file__).parents[2] / "docs" / "rollout.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_policy_of_the_page_is_one() -> None:
    """With every kind of metric."""
    rules, _ = read_policy(blocks("yaml")[0])

    assert {m.kind for m in rules.metrics} == {"rate", "latency", "score"}
    assert len(forecast(rules, Past())) >= len(rules.metrics)


def test_the_page_shows_what_is_printed_before_the_start() -> None:
    """At 500 requests a minute, looking every minute, with ten percent on the canary."""
    metric = {"id": "errors", "kind": "rate", "margin": 2, "expected_share": 0.01}
    shown = blocks("console")[0].splitlines()[1:]

    router = {"type": "envoy", "admin_url": "http://envoy:9901", "key": "canary"}
    rules = policy(metrics=[metric], expected_units_per_s=500 / 60, router=router)

    said = forecast(rules, Past())
    assert shown == list(said)


def test_the_counts_and_the_answer_of_the_page_are_read() -> None:
    """Counters have the names that the policy of the page asks for."""
    counts, answer = blocks("json")
    rules, _ = read_policy(blocks("yaml")[0])
    found = read_snapshot(counts, where="page").samples()

    for metric in rules.metrics:
        gained: dict[str, dict[str, float]] = {}
        for key, (reading,) in found.items():
            if key.metric == metric.id:
                arm = gained.setdefault(key.arm, {})
                arm[key.counter] = arm.get(key.counter, 0.0) + reading.total
        assert isinstance(metric_look(metric, gained, paired=False), MetricLook)
    assert WebVerdict.model_validate(json.loads(answer)).verdict == "continue"


def test_the_page_names_every_command() -> None:
    """None is missing, none is invented."""
    named = set(re.findall(r"\| `aegis rollout (\w+)", PAGE))

    assert named == set(rollout.commands)
