"""A gateway whose protection is off fails the drill that rehearses it, and leaks stop it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.drills import stage
from tests.drills.gateways import Asking, Naive, free_port, obeying, running
from tests.evaluate.endpoint import Reply

from aegis.gateway.policy import Policy, read_policy
from aegis.plan.types import Plan


@pytest.fixture(scope="module")
def made() -> Plan:
    return stage.plan()


LIMITS = stage.POLICY["limits"]
OFF: dict[str, Any] = {"guardrails": ()}
NO_BREAKER: dict[str, Any] = {
    "breaker": {"bad_share": 1.0, "minimum_requests": 1_000_000, "open_s": 1.0}
}


@contextmanager
def external(
    folder: Path, backend: str, app: Callable[[str], Asking], drill: str, *more: str
) -> Iterator[stage.Ran]:
    """A drill of a gateway that runs already: `app` makes it from its upstream."""
    port = free_port()
    with running(app(f"http://127.0.0.1:{port}")) as url:
        yield stage.run(
            folder, backend, "--experiment", drill, "--gateway", url, "--proxy",
            f"127.0.0.1:{port}", *more,
        )  # fmt: skip


def _mutated(folder: Path, changes: dict[str, Any]) -> tuple[Policy, str]:
    policy, digest = read_policy((folder / "gateway" / "policy.yaml").read_text("utf-8"))
    return Policy.model_validate({**policy.model_dump(), **changes}), digest


@pytest.mark.parametrize(
    ("drill", "mutation", "policy", "more", "claim"),
    [
        pytest.param("backend-errors", NO_BREAKER, {}, (), "opened-after", id="no-breaker"),
        pytest.param("planted-identity", OFF, {}, (), "leaked", id="nothing-redacted", marks=pytest.mark.slow),
        pytest.param("backend-slow", NO_BREAKER, {}, (), "opened-after", id="slow-is-fine", marks=pytest.mark.slow),
        pytest.param("backend-stuck", {**NO_BREAKER, "limits": {}}, {}, (), "at-once", id="no-places",
                     marks=pytest.mark.slow),
        pytest.param("largest-requests", {**OFF, "limits": {}}, {}, (), "longest-input", id="any-size",
                     marks=pytest.mark.slow),
        pytest.param("endless-answers", {"limits": {}}, stage.SPARING, ("--rate", "20"), "tokens-per-s",
                     id="any-tokens", marks=pytest.mark.slow),
        pytest.param("crowd", {"limits": {}}, stage.FEW, ("--rate", "10"), "admitted-per-s",
                     id="any-rate", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_protection_that_is_off_fails_its_drill(
    made: Plan,
    tmp_path: Path,
    drill: str,
    mutation: dict[str, Any],
    policy: dict[str, Any],
    more: tuple[str, ...],
    claim: str,
) -> None:
    """Exit 4, and the claim that the missing protection should have held is the one that failed."""
    folder = stage.bundle(tmp_path / "out", made, **policy)
    mutant, digest = _mutated(folder, mutation)

    with (
        stage.model() as backend,
        external(
            folder, backend, lambda up: obeying(mutant, says=digest, upstream=up), drill, *more
        ) as ran,
    ):
        assert ran.code == 4, ran.one.why

    assert ran.one.outcome == "failed"
    assert claim in ran.failed()


@pytest.mark.parametrize(
    ("drill", "tries", "claim"),
    [
        pytest.param("garbled-answers", 1, "deceived", id="nonsense-passes"),
        pytest.param("stream-cut", 1, "told-share", id="cuts-are-not-told", marks=pytest.mark.slow),
        pytest.param("backend-busy", 3, "arrivals-per-request", id="busy-is-asked-again", marks=pytest.mark.slow),
        pytest.param("some-errors", 3, "arrivals-per-request", id="errors-are-asked-again", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_gateway_that_only_passes_things_on_fails(
    made: Plan, tmp_path: Path, drill: str, tries: int, claim: str
) -> None:
    """What the plan promises is not what a plain proxy does."""
    folder = stage.bundle(tmp_path / "out", made)
    _, digest = _mutated(folder, {})

    with (
        stage.model() as backend,
        external(
            folder, backend, lambda up: Naive(says=digest, upstream=up, tries=tries), drill
        ) as ran,
    ):
        assert ran.code == 4, ran.one.why

    assert claim in ran.failed()


def test_a_leak_ends_the_drill_at_once(made: Plan, tmp_path: Path) -> None:
    """The first planted value outside takes the fault back, long before its time."""
    folder = stage.bundle(tmp_path / "out", made)
    mutant, digest = _mutated(folder, OFF)

    with (
        stage.model() as backend,
        external(
            folder, backend, lambda up: obeying(mutant, says=digest, upstream=up),
            "planted-instruction", "--rate", "10",
        ) as ran,
    ):  # fmt: skip
        ended = ran.one.ended

    assert ended is not None
    assert "leaked" in ran.failed()
    assert "stopped early" in ended.why
    assert ended.fault_s < 2.0  # of four


def test_a_backend_that_fails_by_itself_ends_the_drill(made: Plan, tmp_path: Path) -> None:
    """It is stopped, not judged: exit 3, and the log says what ended it."""
    folder = stage.bundle(tmp_path / "out", made)
    asked = 0

    def failing(path: str, body: dict[str, object]) -> Reply:
        nonlocal asked
        asked += 1
        return stage.answers(path, body) if asked <= 50 else Reply({}, status=500)

    with stage.model(failing) as backend:
        ran = stage.run(folder, backend, "--experiment", "backend-busy", "--rate", "10")

    assert ran.code == 3
    assert ran.one.outcome == "aborted"
    assert "met no fault" in ran.one.why
    assert ran.one.ended is not None
    assert ran.one.ended.fault_s < 6.0  # of eight
