"""The judges of Aegis, asked about a drill: right about harm and shift, silent about health."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.drills import stage

from aegis.base import conventions as names
from aegis.drills.catalogue import DRILLS
from aegis.drills.counts import document
from aegis.drills.load import plain
from aegis.drills.runner import Kept
from aegis.gateway.telemetry import Telemetry
from aegis.operations.drill_judges import judge_for
from aegis.operations.rolling import load_policy
from aegis.plan.types import Plan

BY_ID = {drill.id: drill for drill in DRILLS}


@pytest.fixture(scope="module")
def made() -> Plan:
    return stage.plan()


def page(requests: dict[str, int], errors: dict[str, int]) -> str:
    """What a gateway's /metrics says after so many requests and errors by track."""
    telemetry = Telemetry("support-assistant")
    for track, count in requests.items():
        for number in range(count):
            outcome = "error" if number < errors.get(track, 0) else "ok"
            telemetry.count(names.GATEWAY_REQUESTS, track=track, outcome=outcome)
            telemetry.observe(names.GATEWAY_TTFT, 0.1, track=track)
    return telemetry.exposition()


@pytest.mark.parametrize(
    ("errors", "right"),
    [
        pytest.param({"canary": 30}, True, id="the-canary-fails"),
        pytest.param({}, False, id="both-are-well"),
        pytest.param({"stable": 30}, False, id="stable-fails"),
    ],
)
def test_the_release_goes_back_for_a_failing_canary_only(
    made: Plan, tmp_path: Path, errors: dict[str, int], *, right: bool
) -> None:
    """Read from the gateway's own metrics by the selectors of the bundle's policy."""
    folder = stage.bundle(tmp_path / "out", made)
    both = {"canary": 40, "stable": 40}
    kept = Kept(pages=((0.0, page({}, {})), (20.0, page(both, errors))), texts={})

    judgement = judge_for(BY_ID["worse-canary"], folder / "rollout" / "policy.yaml")(kept)

    assert judgement is not None
    assert judgement.right is right, judgement.said


def test_counts_follow_the_selectors_of_the_policy(made: Plan, tmp_path: Path) -> None:
    """Shed and failed requests are events; invalid ones are in neither count."""
    folder = stage.bundle(tmp_path / "out", made)
    policy, _ = load_policy(folder / "rollout" / "policy.yaml")
    telemetry = Telemetry("support-assistant")
    for outcome in ("ok", "ok", "error", "shed", "invalid"):
        telemetry.count(names.GATEWAY_REQUESTS, track="canary", outcome=outcome)

    metrics = document(policy, telemetry.exposition(), at_s=1.0)["metrics"]

    assert isinstance(metrics, dict)
    assert metrics["errors"]["canary"] == {"events": 2.0, "total": 4.0}
    assert metrics["errors"]["stable"] == {"events": 0.0, "total": 0.0}
    assert "quality" not in metrics


def says(seed: int) -> list[str]:
    """Forty short answers of a few words."""
    rng = random.Random(seed)  # noqa: S311  # words, no secret
    words = ["all", "is", "well", "today", "you", "may", "reset", "it", "in", "the", "settings"]
    return [" ".join(rng.choice(words) for _ in range(rng.randint(4, 9))) for _ in range(40)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("shifts", "comes_back", "right"),
    [
        pytest.param(True, True, True, id="shifted-and-back"),
        pytest.param(False, True, False, id="nothing-moved"),
        pytest.param(True, False, False, id="it-stays-shifted"),
    ],
)
def test_drift_is_said_of_shifted_answers_only(
    seed: int, *, shifts: bool, comes_back: bool, right: bool
) -> None:
    """Whatever the seed; a judge that says it of everything is not right either."""
    other = [plain(60, seed)(n) for n in range(40)]
    kept = Kept(
        pages=(),
        texts={
            "steady": says(seed),
            "fault": other if shifts else says(seed + 100),
            "recovery": says(seed + 200) if comes_back else other,
        },
    )

    judgement = judge_for(BY_ID["other-answers"], Path("none"))(kept)

    assert judgement is not None
    assert judgement.right is right, judgement.said
