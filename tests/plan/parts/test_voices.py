"""Speech and reranking speak for themselves, and a vendor's drawing claims nothing about the vendor."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aegis.brief.read import read_brief
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan

ROOT = Path(__file__).parents[3]
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="test")
SEARCH = (ROOT / "examples/embedding-search/brief.yaml").read_text("utf-8")
RERANKING = re.sub(r"(kind|reference): (embedding|BAAI/bge-m3)", lambda m: (
    "kind: reranking" if m[1] == "kind" else "reference: BAAI/bge-reranker-v2-m3"
), SEARCH)  # fmt: skip
SPEECH = (
    SEARCH.replace("kind: embedding", "kind: speech")
    .replace("BAAI/bge-m3", "openai/whisper-large-v3-turbo")
    .replace(
        "Embeds queries and articles of a furniture shop", "Transcribes calls of a furniture shop"
    )
    .replace("request: {kilobytes: 1}", "request: {audio_s: 12}")
    .replace("  input_tokens: {mean: 24, p95: 120}\n", "")
)


def planned(text: str) -> Plan:
    brief = read_brief(text).brief
    assert brief is not None
    return make_plan(brief, VERSIONS)


@pytest.mark.parametrize(
    ("text", "own", "foreign"),
    [
        pytest.param(SPEECH, {"seam-lost", "hard-pieces-slow"}, {"reindex-forgotten"}, id="speech"),
        pytest.param(
            RERANKING,
            {"cut-off-moves", "first-search-moved", "list-grows"},
            {"reindex-forgotten", "vector-model-mixed", "tei-bulk-beside-queries"},
            id="reranking",
        ),
    ],
)
def test_a_kind_tells_its_own_failures_and_none_of_the_index(
    text: str, own: set[str], foreign: set[str]
) -> None:
    """A reranker stores no vectors: nothing of it can be out of step with an index."""
    modes = {mode.id for mode in planned(text).failure_modes}

    assert own <= modes
    assert not foreign & modes


def test_a_vendor_exports_no_metrics_and_loads_no_prompt_of_ours() -> None:
    plan = planned((ROOT / "examples/startup-two-people/brief.yaml").read_text("utf-8"))

    ends = {(flow.source, flow.target) for flow in plan.flows}
    assert {end for end in ends if "stable" in end} == {("gateway", "stable")}
    assert ("registry", "gateway") in ends
