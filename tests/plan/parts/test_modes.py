"""Failure modes are told for the engine, the platform, the release and the data of the plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from aegis.base import conventions as names
from aegis.brief.read import read_brief
from aegis.catalog.loader import engines
from aegis.plan.parts.commands import commands
from aegis.plan.parts.modes import MODES, language_engines, other_engines
from aegis.plan.parts.voice import Mode
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import FailureMode, Plan

ROOT = Path(__file__).parents[3]
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="test")
EXAMPLES = sorted(p.parent.name for p in ROOT.glob("examples/*/brief.yaml"))
OURS = {
    *names.GATEWAY_METRICS, *names.MONITOR_METRICS, *names.JOB_METRICS, *names.DEVICE_METRICS,
}  # fmt: skip
SERIES = re.compile(r"\b[a-z]+[a-z_]*:[a-z_]+|\b(?:aegis|te|nv|trtllm|ovms)_[a-z_]+")
SUFFIX = re.compile(r"_(?:bucket|sum|count)$")


@cache
def planned(name: str) -> Plan:
    brief = read_brief((ROOT / "examples" / name / "brief.yaml").read_text("utf-8")).brief
    assert brief is not None
    return make_plan(brief, VERSIONS)


def told() -> Iterator[tuple[str, FailureMode]]:
    for name in EXAMPLES:
        for mode in planned(name).failure_modes:
            yield name, mode


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        pytest.param("support-assistant", "vllm-preemption", id="vllm"),
        pytest.param("hospital-triage", "vllm-rank-hangs", id="tensor-parallel"),
        pytest.param("hospital-triage", "health-in-passing", id="health"),
        pytest.param("embedding-search", "tei-truncation", id="tei"),
        pytest.param("fraud-classifier", "tree-columns-moved", id="treelite"),
        pytest.param("fraud-classifier", "card-in-free-text", id="payment"),
        pytest.param("fraud-classifier", "shadow-starves-stable", id="shadow"),
        pytest.param("ranking-20k", "ort-provider-fallback", id="onnxruntime"),
        pytest.param("ranking-20k", "ab-uneven-arms", id="ab"),
        pytest.param("multi-lora-tutor", "ray-head-lost", id="ray-serve"),
        pytest.param("multi-lora-tutor", "child-discloses", id="children"),
        pytest.param("startup-two-people", "vendor-error-shapes", id="managed"),
        pytest.param("startup-two-people", "blue-green-everyone", id="blue-green"),
        pytest.param("phone-speech", "whisper-silence", id="whisper"),
        pytest.param("phone-speech", "ring-out-of-reach", id="rings"),
        pytest.param("nightly-batch", "swap-without-previous", id="job-swap"),
        pytest.param("code-completion", "secret-in-code", id="code"),
    ],
)
def test_what_was_chosen_breaks_in_its_own_way(example: str, expected: str) -> None:
    assert expected in {mode.id for mode in planned(example).failure_modes}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_series_in_a_command_is_exported(example: str) -> None:
    """A query names what the chosen engine's pinned version or the bundle itself exports."""
    plan = planned(example)
    engine = next((e for e in engines() if e.id == plan.chosen("engine")), None)
    exported = OURS | {m.name for m in (engine.metrics if engine else ())}
    queries = [c for m in plan.failure_modes for c in m.commands if c.startswith("promtool")]
    named = {
        SUFFIX.sub("", s) if s not in exported else s for q in queries for s in SERIES.findall(q)
    }

    assert named <= exported, named - exported


def test_no_placeholder_is_left_in_what_a_person_types() -> None:
    for name, mode in told():
        text = "\n".join((*mode.commands, mode.first_sign))
        assert "METRIC" not in text, (name, mode.id)
        assert "SERVICE" not in text, (name, mode.id)


def test_a_mode_is_told_once() -> None:
    """What a kind says itself stands for the common mode of the same id."""
    for name in EXAMPLES:
        ids = [mode.id for mode in planned(name).failure_modes]
        assert len(ids) == len(set(ids)), name
    assert len({mode.id for mode in MODES}) == len(MODES)


@pytest.mark.parametrize(
    "mode", [pytest.param(m, id=m.id) for m in (*language_engines.MODES, *other_engines.MODES)]
)
def test_an_engine_mode_says_what_shows_it_or_how_to_look(mode: Mode) -> None:
    """Each has a query of a metric or a command; words alone mend nothing at night."""
    assert mode.query or mode.mend
    assert ("METRIC" in mode.first_sign) == bool(mode.metric), mode.id


def test_every_intent_is_a_command_somewhere() -> None:
    """A misspelt intent would silently mend nothing."""
    cases = [planned(name) for name in EXAMPLES]
    known = {intent for mode in MODES for intent in mode.mend}
    source = Path(commands.__code__.co_filename).read_text("utf-8")

    assert cases
    assert all(f'"{intent}":' in source for intent in known), known
