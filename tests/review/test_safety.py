"""Hostile trees, several processes, and the small print of setting findings aside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import pytest

from aegis.review.engine import Options, review_repository
from aegis.review.report.json_report import baseline, read_baseline
from aegis.review.rule import Profile

LOADS = "import pickle\n\nmodel = pickle.load(open('model.bin', 'rb'))\n"
PROGRAM = """
import datetime, pathlib, sys
from aegis.operations.reviewing import report
from aegis.review.engine import Options, review_repository
review = review_repository(pathlib.Path(sys.argv[1]), Options(today=datetime.date(2026, 11, 22)))
print("".join(report(review, form) for form in ("json", "sarif", "text", "html", "junit")))
"""


def test_links_are_named_and_not_followed(tmp_path: Path) -> None:
    """Loops, links out of the tree, links to devices."""
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "out").symlink_to("/etc")
    (tmp_path / "device.py").symlink_to("/dev/zero")
    (tmp_path / "app.py").write_text(LOADS)

    review = review_repository(tmp_path)

    assert review.files == 1
    assert [path for path, _ in review.skipped] == ["device.py", "loop", "out"]


def test_a_line_of_a_gigabyte_is_left_out_unread(tmp_path: Path) -> None:
    """The file is sparse; its size alone decides."""
    with (tmp_path / "line.json").open("wb") as file:
        file.truncate(1 << 30)
    (tmp_path / "app.py").write_text(LOADS)
    start = time.process_time()

    review = review_repository(tmp_path)

    assert review.skipped[0][0] == "line.json"
    assert time.process_time() - start < 5


def test_an_archive_that_grows_a_thousandfold_is_stopped(tmp_path: Path) -> None:
    """Weights in a zip are read up to a bound, and the gate does not let them pass."""
    with zipfile.ZipFile(tmp_path / "model.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(300_000_000))
    start = time.process_time()

    review = review_repository(tmp_path, Options(profile=Profile.AUDIT))

    assert {"AEG205"} <= {finding.code for finding in review.findings}
    assert time.process_time() - start < 10


def test_pipes_and_sockets_are_not_opened(tmp_path: Path) -> None:
    """Reading one would wait for ever."""
    os.mkfifo(tmp_path / "wait.py")
    (tmp_path / "app.py").write_text(LOADS)

    review = review_repository(tmp_path)

    assert review.findings
    assert review.skipped == (("wait.py", "a pipe, socket or device, which is not opened"),)


def test_python_that_cannot_be_parsed_is_named(tmp_path: Path) -> None:
    """Python 2, templates and what nests too deep; nothing is said on the error stream."""
    (tmp_path / "old.py").write_text("import pickle\nprint 'x', '\\d'\n")
    (tmp_path / "deep.py").write_text("import openai\nx = " + "(" * 5000 + "1" + ")" * 5000 + "\n")

    with warnings.catch_warnings(record=True) as said:
        review = review_repository(tmp_path)

    assert [path for path, _ in review.skipped] == ["deep.py", "old.py"]
    assert not said


SLOW = {
    "routes.py": "import openai, fastapi\napp = fastapi.FastAPI()\n"
    + "".join(
        f"@app.post('/{n}')\nasync def f{n}(q):\n    return c.chat.completions.create(q)\n"
        for n in range(1500)
    ),
    "keys.yaml": "services:\n  a:\n" + "".join(f"    k{n}: v\n" for n in range(60_000)),
    "templates/open.yaml": "apiVersion: v1\nkind: Deployment\n" + "{{ " * 30_000,
    "get.sh": f"curl http://{'a' * 90_000}\n",
    ".github/workflows/a.yml": "on: push\njobs:\n"
    + "".join(
        f"  j{n}:\n    needs: [j{n + 1}]\n    steps: [{{run: docker push x}}]\n"
        for n in range(1500)
    ),
}


@pytest.mark.parametrize(("path", "text"), SLOW.items(), ids=SLOW)
def test_time_grows_with_the_length_of_a_text_and_no_faster(
    path: str, text: str, tmp_path: Path
) -> None:
    """Each took from five to twenty seconds when a part of it was searched again for every other."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)
    start = time.process_time()

    review_repository(tmp_path, Options(profile=Profile.AUDIT))

    assert time.process_time() - start < 4


def test_folders_deeper_than_the_bound_are_named(tmp_path: Path) -> None:
    """Depth costs paths, not the stack."""
    deep = tmp_path
    for _ in range(60):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "app.py").write_text(LOADS)

    review = review_repository(tmp_path)

    assert "deeper than" in review.skipped[0][1]


def test_processes_with_other_seeds_write_the_same_bytes(tmp_path: Path) -> None:
    """Hashes of strings differ between processes; reports do not."""
    for number in range(12):
        (tmp_path / f"app{number}.py").write_text(f"import openai\n{LOADS}C = openai.OpenAI()\n")
    (tmp_path / "compose.yaml").write_text(
        "services:\n  a: {image: ollama/ollama, ports: ['11434:11434']}\n"
        "  b: {image: redis, ports: ['6379:6379']}\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True,
        ).stdout
        for seed in ("0", "1", "20261122")
    }  # fmt: skip

    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param(
            "x = joblib.load(a)  # aegis: ignore[AEG203] ours\ny = joblib.load(b)\n", 1, id="beside"
        ),
        pytest.param(
            "# aegis: ignore[AEG203] ours\nx = joblib.load(a)\ny = joblib.load(b)\n", 1, id="above"
        ),
        pytest.param(
            "x = joblib.load(a)\ny = joblib.load(b)\n# aegis: ignore[AEG203] ours\n", 2, id="below"
        ),
    ],
)
def test_a_comment_covers_one_line(text: str, places: int, tmp_path: Path) -> None:
    """The line it stands beside, or the one below when it stands alone."""
    (tmp_path / "app.py").write_text(f"import joblib\n{text}")

    review = review_repository(tmp_path, Options(only=frozenset(("AEG203",))))

    assert sum(1 + len(finding.also) for finding in review.findings) == places


def test_a_baseline_knows_the_questions_that_were_not_asked(tmp_path: Path) -> None:
    """At most three are shown; the others must not come up as new the next day."""
    (tmp_path / "app.py").write_text(
        "from fastapi import FastAPI\nfrom openai import OpenAI\n\napp = FastAPI()\nclient = OpenAI()\n\n\n"
        "@app.post('/ask')\ndef ask(q: str) -> str:\n    return client.chat.completions.create(q)\n"
    )
    first = review_repository(tmp_path, Options(profile=Profile.AUDIT))

    known = read_baseline(baseline(first))
    again = review_repository(tmp_path, Options(profile=Profile.AUDIT, baseline=known))

    assert first.unasked
    assert (again.findings, again.questions) == ((), ())
