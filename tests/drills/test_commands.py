"""What `aegis drill` refuses, lists and reports, without waiting for a fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.drills import stage
from tests.drills.gateways import Naive, free_port, running
from tests.evaluate.endpoint import Reply

from aegis.cli.commands.drill import drill
from aegis.drills.bounds import bounds_of
from aegis.drills.catalogue import DRILLS
from aegis.drills.types import NotDrilledError
from aegis.gateway.policy import read_policy
from aegis.operations.results import DrillList, DrillResult
from aegis.plan.types import Plan


@pytest.fixture(scope="module")
def made() -> Plan:
    return stage.plan()


@pytest.fixture
def folder(made: Plan, tmp_path: Path) -> Path:
    return stage.bundle(tmp_path / "out", made)


def asked(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(drill, list(arguments))
    return done.exit_code, done.output


def listed(folder: Path) -> DrillList:
    code, output = asked("list", str(folder), "--format", "json")
    assert code == 0, output
    return DrillList.model_validate(json.loads(output))


@pytest.mark.obligation(49)
def test_every_experiment_of_a_plan_is_a_drill_or_says_who_does_it(
    folder: Path, made: Plan
) -> None:
    """Each failure mode stands once: with a drill that runs it, or with the bundle's command or a person."""
    found = listed(folder)
    drilled = {r.mode for row in found.drills for r in row.rehearses}
    others = {e.mode for e in found.elsewhere}

    assert drilled | others == {m.id for m in made.failure_modes}
    assert not drilled & others
    assert {"injection", "privacy-leak", "oom-at-peak", "kv-cache-full"} <= drilled


def test_what_a_cluster_loses_is_told_with_the_bundles_command(folder: Path) -> None:
    """A drained node is no fault of a gateway: Chaos Mesh of the same bundle injects it."""
    by_mode = {e.mode: e.command for e in listed(folder).elsewhere}

    assert by_mode["node-drained"] == f"{folder}/chaos/run.sh staging replica-lost"
    assert by_mode["moving-weights"] == ""


@pytest.mark.obligation(49)
def test_every_drill_states_thresholds_with_their_sources(folder: Path) -> None:
    """Hypothesis and end before anything is injected; each threshold names a number or a field."""
    for row in listed(folder).drills:
        assert row.stops_when, row.drill
        assert row.cannot or row.hypothesis, row.drill
        for claim in row.hypothesis:
            assert claim.source, (row.drill, claim.says)
            assert claim.at_most is not None or claim.at_least is not None


def test_the_list_reads_as_text(folder: Path) -> None:
    """What, for how long, against which claim, and what it rehearses in the plan's words."""
    code, output = asked("list", str(folder))

    assert code == 0
    assert "planted-instruction" in output
    assert "rehearses injection: plant a canary instruction" in output
    assert "[plan: slo.ttft]" in output
    assert "Not with this plan: the policy limits no tokens" in " ".join(output.split())


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        pytest.param((), "refused", id="no-flag"),
        pytest.param(("--reason", "game day"), "refused", id="a-reason-is-no-permission"),
    ],
)
def test_production_stays_closed(folder: Path, more: tuple[str, ...], outcome: str) -> None:
    """Exit 3, nothing is started, and the refusal is in the log."""
    backend = "http://127.0.0.1:9"
    ran = stage.run(folder, backend, "--environment", "production", "--experiment", "crowd", *more)
    refused = stage.run(
        folder, backend, "--environment", "production", "--experiment", "injection", *more
    )

    assert refused.code == ran.code == 3
    assert refused.one.outcome == outcome
    assert "--allow-production" in refused.one.why
    assert '"environment":"production"' in refused.log.read_text("utf-8")


def test_a_permission_takes_a_reason(folder: Path) -> None:
    """The flag alone is a usage error: somebody has to say why."""
    code, output = asked("run", str(folder), "--backend", "http://127.0.0.1:9", "--log", "x.jsonl",
                         "--environment", "production", "--allow-production")  # fmt: skip

    assert code == 2
    assert "--reason" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("--backend", "model:8000"), "no address", id="no-scheme"),
        pytest.param(("--backend", "http://10.0.0.1:8000"), "--environment", id="elsewhere-unnamed"),
        pytest.param(("--backend", "http://127.0.0.1:9", "--experiment", "gravity"), "gravity", id="unknown"),
        pytest.param(("--backend", "http://127.0.0.1:9", "--gateway", "http://127.0.0.1:8"), "--proxy", id="no-proxy"),
    ],
)  # fmt: skip
def test_what_cannot_be_drilled_says_what_to_do(
    folder: Path, arguments: tuple[str, ...], words: str
) -> None:
    """Exit 2 and a sentence; no log is begun."""
    log = folder / "drills.jsonl"
    code, output = asked("run", str(folder), "--log", str(log), *arguments)

    assert code == 2
    assert words in output
    assert not log.exists()


def test_a_policy_of_another_plan_is_refused(made: Plan, tmp_path: Path) -> None:
    """Thresholds would not be the gateway's own."""
    folder = stage.bundle(tmp_path / "out", made, plan="another")
    code, output = asked("list", str(folder))

    assert code == 2
    assert "take both from one bundle" in output


def test_a_gateway_that_goes_elsewhere_is_refused(folder: Path) -> None:
    """A drill that injects nothing must not hold; the message says how to point the gateway."""
    _, digest = read_policy((folder / "gateway" / "policy.yaml").read_text("utf-8"))
    with (
        stage.model() as backend,
        running(Naive(says=digest, upstream=backend)) as url,
    ):
        ran = stage.run(folder, backend, "--experiment", "crowd", "--experiment", "injection",
                        "--gateway", url, "--proxy", f"127.0.0.1:{free_port()}")  # fmt: skip
    last = next(d for d in ran.result.drills if d.drill == "planted-instruction")

    assert ran.code == 3
    assert "--upstream" in last.why


def test_a_gateway_under_another_policy_is_refused(folder: Path) -> None:
    """Its own word says which policy it obeys."""
    with stage.model() as backend, running(Naive(says="sha256:0", upstream=backend)) as url:
        ran = stage.run(folder, backend, "--experiment", "injection", "--gateway", url, "--proxy",
                        f"127.0.0.1:{free_port()}")  # fmt: skip

    assert ran.code == 3
    assert "thresholds would not be its own" in ran.one.why


@pytest.mark.parametrize(
    ("name", "paths", "words"),
    [
        pytest.param(
            "embedding-search", ["/v1/embeddings"], "chat interface only", id="does-not-chat"
        ),
        pytest.param("phone-speech", None, "no gateway to drill", id="no-gateway"),
    ],
)
def test_a_plan_that_no_drill_stands_before_still_lists_its_experiments(
    tmp_path: Path, name: str, paths: list[str] | None, words: str
) -> None:
    """Why, and every experiment with who does it; `run` says the same and ends with 3."""
    plan = stage.plan(name)
    folder = stage.bundle(tmp_path / "out", plan, **({} if paths is None else {"paths": paths}))
    if paths is None:
        (folder / "gateway" / "policy.yaml").unlink()

    found = listed(folder)
    code, output = asked(
        "run", str(folder), "--backend", "http://127.0.0.1:9", "--log", str(folder / "log")
    )

    assert words in found.cannot
    assert {e.mode for e in found.elsewhere} == {m.id for m in plan.failure_modes}
    assert code == 3
    assert "Not before a gateway" in output


def test_a_missing_threshold_is_asked_for_and_never_invented() -> None:
    """A plan without token lengths cannot be drilled: the field of the brief is named."""
    plan = stage.plan("ranking-20k")
    policy, _ = read_policy(json.dumps({**stage.POLICY, "plan": plan.id}))

    with pytest.raises(NotDrilledError, match=r"tokens\.input\.mean.*`workload\.input_tokens`"):
        bounds_of(plan, policy)


@pytest.mark.slow
def test_a_broken_steady_state_injects_nothing(folder: Path) -> None:
    """A backend that fails already proves nothing: refused, exit 3, with what was measured."""

    def failing(path: str, body: dict[str, object]) -> Reply:
        del path, body
        return Reply({}, status=500)

    with stage.model(failing) as backend:
        ran = stage.run(folder, backend, "--experiment", "planted-instruction")

    assert ran.code == 3
    assert ran.one.outcome == "refused"
    assert "nothing was injected" in ran.one.why


def test_ids_of_drills_are_told_once() -> None:
    """No two drills share an id, and none is named like a failure mode."""
    ids = [d.id for d in DRILLS]

    assert len(ids) == len(set(ids))
    assert not set(ids) & {m for d in DRILLS for m in d.rehearses}


def test_an_empty_log_says_so(tmp_path: Path) -> None:
    """Nothing rehearsed is said, and is no success."""
    log = tmp_path / "none.jsonl"
    log.write_text("")
    code, output = asked("report", str(log))

    assert code == 3
    assert "nothing has been rehearsed" in output
    _, document = asked("report", str(log), "--format", "json")
    assert DrillResult.model_validate(json.loads(document)).drills == ()
