"""Dashboards: what Grafana would refuse, cover or leave empty."""

from __future__ import annotations

import copy
import json

import pytest
from pydantic import JsonValue

from aegis.verify.api import verify_files

Board = dict[str, JsonValue]


def panel(number: int, x: int, **fields: JsonValue) -> Board:
    return {
        "id": number,
        "type": "timeseries",
        "title": f"Panel {number}",
        "gridPos": {"x": x, "y": 0, "w": 12, "h": 8},
        "targets": [{"refId": "A", "expr": "sum(up{job='$job'})"}],
        **fields,
    }


GOOD: Board = {
    "title": "Model",
    "uid": "model",
    "schemaVersion": 39,
    "templating": {"list": [{"name": "job", "type": "custom"}]},
    "panels": [panel(1, 0), panel(2, 12), {"id": 3, "type": "row", "title": "More"}],
}


def messages(board: Board) -> list[str]:
    found = verify_files({"board.json": json.dumps(board)}).findings
    return [f.message for f in found if f.name == "dashboard-refused"]


def test_a_good_dashboard_has_no_finding() -> None:
    assert verify_files({"board.json": json.dumps(GOOD)}).findings == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"uid": "a b"}, "at most 40 letters", id="uid"),
        pytest.param({"title": ""}, "`title` is missing", id="title"),
        pytest.param({"panels": [panel(1, 0), panel(1, 12)]}, "two panels have the id 1", id="id"),
        pytest.param({"panels": [panel(1, 0), panel(2, 6)]}, "lies on another", id="covered"),
        pytest.param({"panels": [panel(1, 18)]}, "within 24 columns", id="beyond-the-edge"),
        pytest.param({"panels": [panel(1, 0, targets=[])]}, "asks nothing", id="no-query"),
        pytest.param(
            {"panels": [panel(1, 0, targets=[{"refId": "A", "expr": "up"}] * 2)]},
            "two queries are called `A`",
            id="two-queries-of-one-name",
        ),
        pytest.param(
            {"panels": [panel(1, 0, type=[1], targets=[])]}, "asks nothing", id="odd-type"
        ),
        pytest.param({"templating": {"list": []}}, "no variable `job`", id="no-variable"),
        pytest.param(
            {"panels": [panel(1, 0, datasource={"uid": "${source}"})]},
            "no variable `source`",
            id="no-source",
        ),
    ],
)
def test_what_cannot_be_shown_is_found(change: Board, words: str) -> None:
    """One change of a good dashboard each."""
    board = {**copy.deepcopy(GOOD), **change}

    assert any(words in message for message in messages(board)), messages(board)
