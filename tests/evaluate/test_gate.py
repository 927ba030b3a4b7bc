"""A gate says passed only with data on the right side, and names what is missing."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from aegis.base.verdict import Verdict
from aegis.cli.main import cli
from aegis.evaluate.compare import Terms
from aegis.evaluate.gate import GateVerdict, judge_gate
from aegis.evaluate.records import Result, read_records
from aegis.operations.evaluating import evaluate_gates


def results(passed: int, failed: int, *, stable: float | None = None) -> list[Result]:
    scores = [1.0] * passed + [0.0] * failed
    return [Result(id=f"s{i}", score=s, stable=stable) for i, s in enumerate(scores)]


def judged(found: list[Result], **changes: object) -> GateVerdict:
    settings: dict[str, object] = {
        "threshold": 0.9, "better": "higher", "planned": 100, "terms": Terms(),
    }  # fmt: skip
    return judge_gate("g", found, **{**settings, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "changes", "verdict"),
    [
        pytest.param([], {}, Verdict.INCONCLUSIVE, id="no-data"),
        pytest.param(results(96, 4), {}, Verdict.PASSED, id="above"),
        pytest.param(results(88, 12), {}, Verdict.INCONCLUSIVE, id="below-and-unsure"),
        pytest.param(results(60, 40), {}, Verdict.FAILED, id="surely-below"),
        pytest.param(results(10, 0), {}, Verdict.INCONCLUSIVE, id="a-tenth-of-the-samples"),
        pytest.param(
            results(2, 98),
            {"better": "lower", "threshold": 0.05},
            Verdict.PASSED,
            id="lower-is-better",
        ),
        pytest.param(
            results(92, 8, stable=1.0), {}, Verdict.FAILED, id="above-but-worse-than-what-runs"
        ),
        pytest.param(results(96, 4, stable=0.9), {}, Verdict.PASSED, id="above-and-no-worse"),
    ],
)
def test_verdicts(found: list[Result], changes: dict[str, object], verdict: Verdict) -> None:
    """Passed needs data, the right side, and no surely worse comparison."""
    assert judged(found, **changes).verdict is verdict


@given(st.integers(0, 60), st.integers(0, 60))
def test_the_interval_contains_the_mean(passed: int, failed: int) -> None:
    """Whatever the results, what is printed is consistent."""
    verdict = judged(results(passed, failed))
    if verdict.mean is not None and verdict.low is not None and verdict.high is not None:
        assert verdict.low <= verdict.mean <= verdict.high


def test_an_equal_candidate_is_rarely_called_worse() -> None:
    """At alpha of 5 %, two hundred equal candidates with clustered samples: few fail."""
    rng = random.Random(20261122)  # noqa: S311  # a seeded simulation
    failures = 0
    for _ in range(200):
        found = []
        for cluster in range(30):
            ease = rng.random()
            for i in range(4):
                draw = [float(rng.random() < 0.6 + 0.35 * ease) for _ in range(2)]
                found.append(
                    Result(id=f"{cluster}-{i}", score=draw[0], stable=draw[1], cluster=str(cluster))
                )
        failures += judged(found, threshold=0.5).verdict is Verdict.FAILED

    assert failures <= 18  # 10 expected; the 99 % point of Binomial(200, 0.05) is 18


def test_too_few_pairs_are_refused_with_how_many_are_missing() -> None:
    """Above the threshold, and equal to what runs as far as one can see: that is not enough."""
    found = [
        Result(id=str(i), score=float(i % 20 > 0), stable=float(i % 20 != 1)) for i in range(60)
    ]
    verdict = judged(found)

    assert verdict.verdict is Verdict.INCONCLUSIVE
    assert verdict.need is not None
    assert f"{verdict.need.missing} are missing" in verdict.reasons[0]


def test_a_slice_that_got_worse_keeps_the_gate_closed() -> None:
    """The mean is above the threshold and no worse; the answers about code are."""
    chat = [
        Result(id=f"c{i}", score=1.0, stable=float(i % 10 > 0), slice="chat") for i in range(900)
    ]
    code = [Result(id=f"k{i}", score=float(i % 4 > 0), stable=1.0, slice="code") for i in range(60)]
    verdict = judged(chat + code, slices=("chat", "code"))

    assert verdict.mean is not None
    assert verdict.mean > 0.95
    assert verdict.verdict is Verdict.FAILED
    assert verdict.reasons[0].startswith("code: worse")


def test_a_slice_of_the_plan_without_results_is_missed() -> None:
    """Half a data set is no data set, once results say what they are about."""
    found = [Result(id=str(i), score=1.0, slice="chat") for i in range(100)]

    assert judged(found, slices=("chat", "code")).verdict is Verdict.INCONCLUSIVE
    assert judged(found, slices=("chat",)).verdict is Verdict.PASSED
    assert judged(results(100, 0), slices=("chat", "code")).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("digest", "problems"),
    [
        pytest.param("dataset_digest", 0, id="of-what-the-samples-say"),
        pytest.param("file_digest", 0, id="of-the-file"),
        pytest.param("", 1, id="of-something-else"),
    ],
)
def test_results_of_another_data_set_than_the_pinned_one_open_nothing(
    tmp_path: Path, digest: str, problems: int
) -> None:
    """A plan may pin what sha256sum prints, or the digest of the samples."""
    import yaml  # noqa: PLC0415

    pinned = "sha256:" + "a" * 64
    gates = _bundle(tmp_path)
    content = yaml.safe_load(gates.read_text("utf-8"))
    content["gates"] = content["gates"][:1]
    gate = content["gates"][0]
    gate.update(digest=pinned, opens="staging")
    gates.write_text(yaml.safe_dump(content))
    run = {"started": "", "dataset": "d", "dataset_digest": "sha256:b", "samples": 1,
           "scorers": ["exact"], "release": {"model": "m", "protocol": "p", "endpoint": ""}}  # fmt: skip
    run |= {digest: pinned} if digest else {}
    good = 1.0 if gate["better"] == "higher" else 0.0
    rows = [{"run": run}, *({"id": str(i), "score": good} for i in range(gate["items"]))]
    folder = tmp_path / "results"
    folder.mkdir()
    text = "\n".join(json.dumps(row) for row in rows)
    (folder / f"{gate['dataset']}.jsonl").write_text(text, encoding="utf-8")

    found = evaluate_gates(gates, folder, opens="staging")
    assert len(found.problems) == problems
    assert found.verdict is (Verdict.INCONCLUSIVE if problems else Verdict.PASSED)


@pytest.mark.parametrize(
    ("score", "code", "verdict"),
    [
        pytest.param(None, 3, "inconclusive", id="no-results"),
        pytest.param(0.0, 4, "failed", id="all-wrong"),
        pytest.param(1.0, 0, "passed", id="all-right"),
    ],
)
@pytest.mark.parametrize("command", [(), ("gate",)], ids=["as-ever", "by-name"])
def test_the_command_exits_by_its_verdict_and_writes_reports(
    tmp_path: Path, command: tuple[str, ...], score: float | None, code: int, verdict: str
) -> None:
    """0 open, 4 closed, 3 not known; the old call form and the new one alike."""
    gates = tmp_path / "gates.yaml"
    spec: dict[str, object] = {
        "id": "quality-faq", "dataset": "faq", "path": "faq.jsonl", "digest": None, "items": 40,
        "metric": "exact match", "threshold": 80, "better": "higher", "slices": [],
        "opens": "staging", "detects": "wrong answers",
    }  # fmt: skip
    comparison = {"alpha": 0.05, "power": 80, "tolerated_drop_points": 5, "pairs_needed": 430}
    gates.write_text(
        json.dumps(
            {"service": "s", "plan": "p", "prompts": None, "gates": [spec], "checks": [],
             "production_opens": True, "waits_for": [], "comparison": comparison}
        )
    )  # fmt: skip
    if score is not None:
        rows = [json.dumps({"id": str(i), "score": score}) for i in range(40)]
        (tmp_path / "faq.jsonl").write_text("\n".join(rows))
    call = ["evaluate", *command, "--gates", gates, "--results", tmp_path, "--opens", "staging",
            "--junit", tmp_path / "j.xml", "--html", tmp_path / "h.html"]  # fmt: skip
    done = CliRunner().invoke(cli, [str(part) for part in call])

    assert done.exit_code == code, done.output
    assert f"the verdict is {verdict}" in done.output
    assert f'<span class="verdict {verdict}">' in (tmp_path / "h.html").read_text()
    junit = (tmp_path / "j.xml").read_text()
    assert ("<failure" in junit, "<error" in junit) == (code == 4, code == 3)


def test_a_broken_line_is_named_and_loses_nothing_else() -> None:
    """Not JSON, no id, a score beyond one, an id twice: each is named with its line."""
    lines = [
        '{"id": "a", "score": 1}',
        "{",
        '{"score": 1}',
        '{"id": "b", "score": 7}',
        '{"id": "a", "score": 0}',
        "",
    ]
    records = read_records(lines, path="r.jsonl")

    assert [r.id for r in records.results] == ["a"]
    assert [p.split(": ")[0] for p in records.problems] == [f"r.jsonl:{n}" for n in (2, 3, 4, 5)]


def _bundle(folder: Path) -> Path:
    import datetime  # noqa: PLC0415

    from aegis.operations.planning import plan_brief, write_bundle  # noqa: PLC0415

    brief = Path(__file__).parents[2] / "examples" / "agent-backoffice" / "brief.yaml"
    result = plan_brief(brief.read_text("utf-8"), path="b", today=datetime.date(2026, 11, 22))
    write_bundle(result, folder)
    return folder / "evaluation" / "gates.yaml"


def test_the_gates_of_a_plan_open_on_results_and_only_on_them(tmp_path: Path) -> None:
    """Without results nothing opens; with good ones for every gate it does."""
    gates = _bundle(tmp_path)
    folder = tmp_path / "results"
    folder.mkdir()
    empty = evaluate_gates(gates, folder, opens="production")
    import yaml  # noqa: PLC0415

    for gate in yaml.safe_load(gates.read_text("utf-8"))["gates"]:
        good = 1.0 if gate["better"] == "higher" else 0.0
        rows = [json.dumps({"id": str(i), "score": good}) for i in range(gate["items"])]
        (folder / f"{gate['dataset']}.jsonl").write_text("\n".join(rows), encoding="utf-8")
    full = evaluate_gates(gates, folder, opens="staging")

    assert empty.verdict is Verdict.INCONCLUSIVE
    assert all(g.verdict is Verdict.PASSED for g in full.gates)
