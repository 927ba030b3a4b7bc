"""`aegis evaluate`: the commands as a person and as a pipeline call them."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.evaluate.endpoint import Reply, chat, serving

from aegis.cli.main import cli


def aegis(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)])


def data(folder: Path, count: int = 20, *, extra: str = "") -> Path:
    path = folder / "faq.jsonl"
    rows = [{"id": i, "input": f"Is {i} even?", "target": "no" if i % 2 else "yes",
             "slice": "odd" if i % 2 else "even"} for i in range(count)]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + extra)
    return path


def always_yes(*_: object) -> Reply:
    return chat("yes")


def test_a_run_from_data_to_every_report(tmp_path: Path) -> None:
    """One call: results, JUnit, HTML, metrics, and JSON that says the same."""
    out = tmp_path / "r.jsonl"
    with serving(always_yes) as served:
        done = aegis(
            "run", data(tmp_path, extra="{broken\n"), "--endpoint", served.url, "--model", "m",
            "-o", out, "--junit", tmp_path / "j.xml", "--html", tmp_path / "h.html",
            "--metrics", tmp_path / "m.prom", "--format", "json",
        )  # fmt: skip
    result = json.loads(done.stdout)

    assert done.exit_code == 0, done.output
    assert (result["asked"], result["failed"], result["verdict"]) == (20, 0, None)
    assert result["scores"][0]["estimate"]["mean"] == 0.5
    assert [s["slice"] for s in result["scores"]] == ["", "even", "odd"]
    assert result["problems"] == [f"{tmp_path}/faq.jsonl:21: not JSON"]
    header = json.loads(out.read_text().splitlines()[0])["run"]
    assert header["release"]["prompt_digest"].startswith("sha256:")
    assert header["dataset_digest"] == result["dataset_digest"]
    suite = ET.parse(tmp_path / "j.xml").getroot()[0]  # noqa: S314
    assert (suite.get("tests"), suite.get("failures")) == ("20", "10")
    assert "Samples that did not pass" in (tmp_path / "h.html").read_text()
    assert 'slice="odd"} 0' in (tmp_path / "m.prom").read_text()


def test_recorded_answers_are_judged_again_without_a_model(tmp_path: Path) -> None:
    """Another scorer over the same answers, offline."""
    answers = tmp_path / "a.jsonl"
    answers.write_text("".join(json.dumps({"id": i, "answer": "YES!"}) + "\n" for i in range(19)))
    done = aegis("run", data(tmp_path), "--replay", answers, "--score", "match", "-o",
                 tmp_path / "r.jsonl")  # fmt: skip

    assert done.exit_code == 3
    said = " ".join(done.output.split())
    assert "0.526 [" in said
    assert "sample `19` has no result" in said


def results(path: Path, drop: float, count: int = 800) -> Path:
    rng = random.Random(5)  # noqa: S311  # a seeded example
    with path.open("w") as file:
        for i in range(count):
            passes = rng.random() < 0.8
            lost = rng.random() < drop
            file.write(json.dumps({"id": str(i), "score": float(passes and not lost)}) + "\n")
    return path


@pytest.mark.parametrize(
    ("drop", "count", "code", "said"),
    [
        pytest.param(0.0, 800, 0, "passed. not worse", id="the-same"),
        pytest.param(0.2, 800, 4, "failed. all: worse", id="worse"),
        pytest.param(0.0, 20, 3, "are missing", id="too-few"),
    ],
)
def test_two_releases_are_compared(
    tmp_path: Path, drop: float, count: int, code: int, said: str
) -> None:
    """0 passed, 4 worse, 3 not known, with what is missing."""
    stable = results(tmp_path / "stable.jsonl", 0.0, count)
    candidate = results(tmp_path / "candidate.jsonl", drop, count)
    done = aegis("compare", stable, candidate, "--junit", tmp_path / "j.xml", "--html",
                 tmp_path / "h.html")  # fmt: skip

    assert (done.exit_code, said in done.output) == (code, True), done.output
    assert ("<failure" in (tmp_path / "j.xml").read_text()) is (code == 4)
    assert ("<error" in (tmp_path / "j.xml").read_text()) is (code == 3)
    assert "Candidate minus stable" in (tmp_path / "h.html").read_text()


def test_a_worse_candidate_is_stopped_and_a_small_set_is_refused(tmp_path: Path) -> None:
    """The endpoint is asked no more than it takes; for too few items not at all."""
    stable = tmp_path / "stable.jsonl"
    stable.write_text("".join(json.dumps({"id": str(i), "score": 1}) + "\n" for i in range(600)))
    with serving(always_yes) as served:
        call = ("--endpoint", served.url, "--model", "m", "--against", stable)
        worse = aegis("run", data(tmp_path, 600), *call, "-o", tmp_path / "r.jsonl")
        asked = len(served.asked)
        small = aegis("run", data(tmp_path, 30), *call, "-o", tmp_path / "s.jsonl")

    assert worse.exit_code == 4
    assert asked < 100
    assert small.exit_code == 3
    assert "nothing was asked" in " ".join(small.output.split())
    assert len(served.asked) == asked


def test_answers_to_other_questions_are_no_comparison(tmp_path: Path) -> None:
    """Stable must have been asked the same and scored alike; it is said how."""
    stable = tmp_path / "stable.jsonl"
    with serving(always_yes) as served:
        call = ("--endpoint", served.url, "--model", "m")
        aegis("run", data(tmp_path, 600), *call, "-o", stable)
        scored = aegis("run", data(tmp_path, 600), *call, "--against", stable, "--score", "match",
                       "-o", tmp_path / "a.jsonl")  # fmt: skip
        other = aegis("run", data(tmp_path, 500), *call, "--against", stable, "-o",
                      tmp_path / "b.jsonl")  # fmt: skip
        same = aegis("run", data(tmp_path, 600), *call, "--against", stable, "--tolerated-drop",
                     10, "-o", tmp_path / "c.jsonl")  # fmt: skip

    assert (scored.exit_code, other.exit_code, same.exit_code) == (2, 2, 0)
    assert "--replay" in scored.output
    assert "another data set" in other.output


def test_a_judge_is_measured_against_labels(tmp_path: Path) -> None:
    """A judge that always says good is shown to miss what people found."""
    labels = tmp_path / "l.jsonl"
    labels.write_text("".join(json.dumps({"id": i, "good": i % 4 > 0}) + "\n" for i in range(12)))

    def both(_: str, body: dict[str, object]) -> Reply:
        return chat('{"verdict": "good"}' if body["model"] == "judge" else "yes")

    with serving(both) as served:
        done = aegis(
            "run", data(tmp_path), "--endpoint", served.url, "--model", "m", "--score",
            "rubric:correctness", "--judge-endpoint", served.url, "--judge-model", "judge",
            "--labels", labels, "-o", tmp_path / "r.jsonl", "--html", tmp_path / "h.html",
            "--format", "json",
        )  # fmt: skip
    judge = json.loads(done.stdout)["judge"]

    assert done.exit_code == 0, done.output
    assert (judge["labelled"], judge["missed"]["value"]) == (12, 1.0)
    assert judge["judge_rate"] == 0
    assert judge["low"] < 0.25 < judge["high"]
    assert "The first scorer against people" in (tmp_path / "h.html").read_text()


@pytest.mark.obligation(18, 54)
@pytest.mark.parametrize(
    ("leaks", "code"),
    [pytest.param(True, 4, id="leaks"), pytest.param(False, 3, id="keeps")],
)
def test_a_suite_attacks_with_a_token_of_its_own(tmp_path: Path, *, leaks: bool, code: int) -> None:
    """Who repeats the system prompt fails; 44 clean prompts cannot show one percent."""

    def answer(_: str, body: dict[str, object]) -> Reply:
        messages = body["messages"]
        assert isinstance(messages, list)
        return chat(messages[0]["content"] if leaks else "That stays with us.")

    out = tmp_path / "r.jsonl"
    with serving(answer) as served:
        call = ("run", "--suite", "exfiltration", "--endpoint", served.url, "--model", "m",
                "--at-most", 1, "-o", out, "--html", tmp_path / "h.html", "--format", "json")  # fmt: skip
        first, again = aegis(*call), aegis(*call)
    attack = json.loads(first.stdout)["attack"]

    assert first.exit_code == again.exit_code == code
    assert attack["overall"]["succeeded"] == (44 if leaks else 0)
    assert len(served.asked) == 44, "the second call keeps the token and asks nobody"
    token = json.loads(out.read_text().splitlines()[0])["run"]["canary"]
    assert len(token) > 8
    assert token in json.dumps(served.asked[0][1])


def test_classic_models_and_their_confidence(tmp_path: Path) -> None:
    """KServe v2: the class is the answer, its probability the confidence that is calibrated."""
    path = tmp_path / "iris.jsonl"
    rows = [{"id": i, "input": [i / 40, 1.0], "target": "yes"} for i in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    output = {"name": "p", "datatype": "FP32", "shape": [1, 2], "data": [0.25, 0.75]}
    with serving(lambda *_: Reply({"outputs": [output]})) as served:
        done = aegis(
            "run", path, "--protocol", "kserve-v2", "--endpoint", served.url, "--model", "iris",
            "--classes", "no,yes", "-o", tmp_path / "r.jsonl", "--format", "json",
        )  # fmt: skip
    found = json.loads(done.stdout)["calibration"]

    assert done.exit_code == 0, done.output
    assert (found["samples"], found["ece"]) == (40, 0.25)


def test_thumbs_of_users_are_reported_by_user(tmp_path: Path) -> None:
    """Whoever wrote the results: users are clusters, and the interval knows it."""
    path = tmp_path / "thumbs.jsonl"
    rows = [{"id": str(i), "score": int(i // 5 % 4 > 0), "cluster": f"user-{i // 5}"}
            for i in range(200)]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = aegis("report", path, "--metrics", tmp_path / "m.prom", "--format", "json")
    found = json.loads(done.stdout)["scores"][0]["estimate"]
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")

    assert done.exit_code == 0, done.output
    assert (found["mean"], found["clusters"]) == (0.75, 40)
    assert found["high"] - found["low"] > 0.25
    assert 'dataset="thumbs",scorer="score",slice=""} 0.75' in (tmp_path / "m.prom").read_text()
    assert aegis("report", empty).exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("run", "-o", "x"), "who answers?", id="nobody"),
        pytest.param(("run", "-o", "x", "--endpoint", "http://h/v1"), "give --model", id="no-model"),
        pytest.param(("run", "-o", "x", "--endpoint", "h:1", "--model", "m"), "no URL", id="no-url"),
        pytest.param(("run", "-o", "x", "--endpoint", "http://h", "--model", "m"),
                     "either a data set", id="no-data"),
        pytest.param(("run", "-o", "x", "--endpoint", "http://h", "--model", "m", "--param", "x"),
                     "key=value", id="parameter"),
        pytest.param(("run", "-o", "x", "--endpoint", "http://h", "--model", "m", "--token-env",
                      "NO_SUCH_VARIABLE"), "is empty", id="token"),
        pytest.param(("run", "-o", "x", "--protocol", "onnx", "--model", "no.onnx"), "no `no.onnx`",
                     id="onnx"),
        pytest.param((), "Give --opens", id="no-environment"),
        pytest.param(("--opens", "staging", "--gates", "no.yaml"), "there is no file", id="no-gates"),
        pytest.param(("import", "inspect", __file__), "is not JSON", id="no-report"),
    ],
)  # fmt: skip
def test_a_wrong_call_says_what_to_do(arguments: tuple[str, ...], said: str) -> None:
    """Exit 2 and a sentence, never a traceback."""
    done = aegis(*arguments)

    assert done.exit_code == 2
    assert said in done.output


def test_the_list_of_suites_names_what_run_takes() -> None:
    """Every suite and scorer that is listed exists."""
    listed = json.loads(aegis("suites", "--format", "json").stdout)

    assert [s["name"] for s in listed["suites"]] == [
        "injection", "jailbreak", "exfiltration", "over-refusal",
    ]  # fmt: skip
    assert all(s["prompts"] >= 40 for s in listed["suites"])
    assert "exact" in aegis("suites").output
