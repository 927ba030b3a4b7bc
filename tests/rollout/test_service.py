"""The judge as a web metric: whoever moves the traffic asks, and obeys."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.rollout.doubles import JumpingClock, Switch, TwoArms, policy

from aegis.base import conventions as names
from aegis.rollout.policy import Step
from aegis.rollout.record import Routed, read_record
from aegis.rollout.service import JudgeService, judging_only

HEALTHY, HARMFUL = 0.02, 0.08
MORE = "/flagger/confirm-traffic-increase?release=v2"


class Served:
    """A service over two arms at 10 %, and its clock."""

    def __init__(
        self, folder: Path, canary: float, steps: tuple[Step, ...] = (), *, share: float = 10,
        changes: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.switch = switch = Switch([share])
        self.clock, self.path = JumpingClock(), folder / "policy.evidence.jsonl"
        self.source = TwoArms(switch, rates={"errors": {"canary": canary, "stable": 0.02}})
        self.rules = policy(warmup_s=0, metrics=[
            {"id": "errors", "kind": "rate", "margin": 2, "limit": 0.2, "minimum": 50}],
            **(changes or {}))  # fmt: skip
        self.app = self.judge(steps)

    def judge(self, steps: tuple[Step, ...]) -> JudgeService:
        """A judge over the record, as it begins."""
        return JudgeService(
            judging_only(self.rules), "digest", path=self.path, source=self.source, clock=self.clock,
            steps=steps,
        )  # fmt: skip

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def talk() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://judge") as client:
                return await client.request(method, path, **more)

        return asyncio.run(talk())

    def after(self, minutes: int) -> dict[str, Any]:
        """The verdict, asked every minute."""
        answer: dict[str, Any] = {}
        for _ in range(minutes):
            self.clock.sleep(60)
            answer = self.ask("GET", "/v1/verdict?release=v2").json()
        return answer


def test_it_continues_until_it_knows_and_then_promotes(tmp_path: Path) -> None:
    """The first question begins; two questions in one look are one look."""
    served = Served(tmp_path, HEALTHY)
    first = served.ask("GET", "/v1/verdict?release=v2").json()
    again = served.ask("GET", "/v1/verdict?release=v2").json()

    assert first == again
    assert (first["verdict"], first["looks"]) == ("continue", 0)
    assert served.ask("POST", "/flagger/confirm-promotion?release=v2").status_code == 403

    last = served.after(30)

    assert (last["verdict"], last["waits_for"]) == ("promote", [])
    assert served.ask("POST", "/flagger/confirm-promotion?release=v2").status_code == 200
    assert served.ask("POST", "/flagger/rollback?release=v2").status_code == 403


def test_harm_is_rollback_for_ever_and_has_a_record(tmp_path: Path) -> None:
    """Argo's failureCondition and Flagger's rollback hook see the same."""
    served = Served(tmp_path, HARMFUL)

    last = served.after(20)

    assert (last["verdict"], last["worse"]) == ("rollback", True)
    assert "errors" in last["reason"]
    assert served.ask("POST", "/flagger/rollback", json={"checksum": "v2"}).status_code == 200
    increase = served.ask("POST", "/flagger/confirm-traffic-increase?release=v2")
    assert increase.status_code == 403
    assert read_record(tmp_path / "policy.evidence.v2.jsonl").entries
    other = served.ask("GET", "/v1/verdict?release=v3").json()
    assert other["verdict"] == "continue"


STEPS = (Step(weight_percent=5, hold_s=600), Step(weight_percent=25, hold_s=300),
         Step(weight_percent=100, hold_s=60))  # fmt: skip


def increases(served: Served, minutes: int) -> list[int]:
    """Minutes at which a larger share is granted; Flagger asks once a minute."""
    granted = []
    for minute in range(minutes):
        if served.ask("POST", MORE).status_code == 200:
            granted.append(minute)
        served.clock.sleep(60)
    return granted


def test_each_share_is_held_as_the_policy_says(tmp_path: Path) -> None:
    """The first share is granted at once, the second after its hold; then nothing is left to hold."""
    served = Served(tmp_path, HEALTHY, STEPS)

    granted = increases(served, 17)

    assert granted[:2] == [0, 10]
    assert granted[2] == 15
    routed = [e.weight_percent for e in read_record(tmp_path / "policy.evidence.v2.jsonl").entries
              if isinstance(e, Routed)]  # fmt: skip
    assert routed == [5, 25]


def test_a_share_without_data_is_held_for_ever(tmp_path: Path) -> None:
    """A canary that nobody asked moves no further, and one that was not asked yet may begin."""
    served = Served(tmp_path, HEALTHY, STEPS)
    served.source.silent = {"errors"}

    assert increases(served, 30) == [0]


def test_a_restarted_judge_does_not_begin_the_shares_again(tmp_path: Path) -> None:
    """Where a release stands is in its record."""
    served = Served(tmp_path, HEALTHY, STEPS)
    before = increases(served, 6)
    again = Served(tmp_path, HEALTHY, STEPS)
    again.clock, again.source = served.clock, served.source
    again.app = again.judge(STEPS)

    assert before == [0]
    assert increases(again, 5) == [4]


PROMOTE = "/flagger/confirm-promotion?release=v2"
SHADOW = {"strategy": "shadow", "steps": [{"weight_percent": 0, "hold_s": 600}]}
SWITCHED = {"strategy": "blue-green", "steps": [{"weight_percent": 0, "hold_s": 600},
                                                {"weight_percent": 100, "hold_s": 600}]}  # fmt: skip


def promotions(served: Served, minutes: int) -> list[bool]:
    """Whether everybody may meet it, asked every minute."""
    said = []
    for _ in range(minutes):
        served.clock.sleep(60)
        said.append(served.ask("POST", PROMOTE).status_code == 200)
    return said


def test_what_a_mirror_proved_stays_proved_after_the_switch(tmp_path: Path) -> None:
    """Flagger asks again when nobody is left to compare with; a no would switch back and forth."""
    served = Served(tmp_path, HEALTHY, share=50, changes=SHADOW)
    assert promotions(served, 60)[-1]

    served.switch.set_weight(100)

    assert all(promotions(served, 10))


def test_a_mirror_that_proved_nothing_opens_no_switch(tmp_path: Path) -> None:
    """Nor does the silence after one that somebody made by hand."""
    served = Served(tmp_path, HEALTHY, share=50, changes=SHADOW)
    assert not promotions(served, 1)[-1]

    served.switch.set_weight(100)

    assert not any(promotions(served, 10))


def test_a_switch_by_limits_waits_for_its_margins(tmp_path: Path) -> None:
    """Before it the limits are proved, after it the margins beside stable's past; then it is promoted."""
    served = Served(tmp_path, HEALTHY, share=5, changes=SWITCHED)
    before = promotions(served, 60)
    served.switch.set_weight(100)
    after = promotions(served, 60)

    assert not before[0]
    assert before[-1]
    assert after[-1]
    assert served.ask("POST", "/flagger/rollback?release=v2").status_code == 403


@pytest.mark.parametrize("changes", [SHADOW, SWITCHED], ids=["mirrored", "by-limits"])
def test_a_version_that_is_worse_is_never_promoted(tmp_path: Path, changes: dict[str, Any]) -> None:
    served = Served(tmp_path, 0.5, share=50 if changes is SHADOW else 5, changes=changes)

    assert not any(promotions(served, 40))
    assert served.ask("POST", "/flagger/rollback?release=v2").status_code == 200


def test_no_data_continues_and_stops_the_traffic_from_rising(tmp_path: Path) -> None:
    """Never promoted, never `passed`."""
    served = Served(tmp_path, HEALTHY)
    served.source.silent = {"errors"}

    last = served.after(10)

    assert (last["verdict"], last["blind"]) == ("continue", ["errors"])
    assert served.ask("POST", "/flagger/confirm-traffic-increase?release=v2").status_code == 403


def test_a_restarted_service_goes_on_from_its_record(tmp_path: Path) -> None:
    """Evidence is not lost with the process."""
    served = Served(tmp_path, HARMFUL)
    before = served.after(2)
    again = Served(tmp_path, HARMFUL)
    again.clock, again.source = served.clock, served.source

    assert again.ask("GET", "/v1/verdict?release=v2").json()["looks"] >= before["looks"]


def test_gauges_for_those_who_scrape(tmp_path: Path) -> None:
    """Every name is one of ours, for every release that was asked for."""
    served = Served(tmp_path, HARMFUL)
    served.after(20)

    page = served.ask("GET", "/metrics").text

    assert 'aegis_rollout_worse{service="helper",release="v2"} 1' in page
    assert 'aegis_rollout_log_evidence{service="helper",release="v2",metric="errors"}' in page
    assert {line.split("{")[0] for line in page.splitlines() if not line.startswith("#")} == set(
        names.ROLLOUT_METRICS
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/health", 200, id="health"),
        pytest.param("GET", "/nothing", 404, id="no-such-page"),
        pytest.param("GET", "/v1/verdict?release=../../etc", 400, id="a-path-as-a-name"),
        pytest.param("POST", "/v1/verdict", 404, id="wrong-method"),
    ],
)
def test_answers_by_status(tmp_path: Path, method: str, path: str, status: int) -> None:
    """What is asked wrongly changes nothing on disk."""
    served = Served(tmp_path, HEALTHY)

    assert served.ask(method, path).status_code == status
    assert not list(tmp_path.iterdir())


def test_a_body_that_is_too_long_or_no_json_is_refused(tmp_path: Path) -> None:
    """Strangers may talk to it."""
    served = Served(tmp_path, HEALTHY)

    assert served.ask("POST", "/flagger/rollback", content=b"x" * 200_000).status_code == 400
    assert served.ask("POST", "/flagger/rollback", content=b"{").status_code == 400
