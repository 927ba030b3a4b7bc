"""Safe mends change one line exactly, and what they mend is gone afterwards."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aegis.review.engine import Options, review_repository
from aegis.review.fix import apply, fixes, patch
from aegis.review.rule import Profile

# `torch.load` is a pickle by default before torch 2.6 only.
OLD_TORCH = "torch==2.4.1\n"
CASES = [
    pytest.param(
        "load.py",
        'import torch\n\nw = torch.load("w.pth", map_location="cpu")\n',
        'import torch\n\nw = torch.load("w.pth", map_location="cpu", weights_only=True)\n',
        id="weights-only",
    ),
    pytest.param(
        "compose.yaml",
        "services:\n  m:\n    image: ollama/ollama:0.12.3\n    ports:\n      - 11434:11434\n",
        "services:\n  m:\n    image: ollama/ollama:0.12.3\n    ports:\n"
        '      - "127.0.0.1:11434:11434"\n',
        id="loopback",
    ),
    pytest.param(
        "app.py",
        "from flask import Flask\r\n\r\napp = Flask('x')\r\napp.run(debug=True, port=1)\r\n",
        "from flask import Flask\r\n\r\napp = Flask('x')\r\napp.run(debug=False, port=1)\r\n",
        id="debug-off-and-line-ends-kept",
    ),
    pytest.param(
        "ui.py",
        "import gradio\n\ngradio.Interface(f, 'text', 'text').launch(share=True)",
        "import gradio\n\ngradio.Interface(f, 'text', 'text').launch(share=False)",
        id="no-newline-at-the-end",
    ),
]


@pytest.mark.parametrize(("name", "before", "after"), CASES)
def test_a_fix_writes_exactly_the_mended_line(
    name: str, before: str, after: str, tmp_path: Path
) -> None:
    """And a second run has nothing left to mend."""
    (tmp_path / name).write_bytes(before.encode())
    (tmp_path / "requirements.txt").write_text(OLD_TORCH, "utf-8")
    found = fixes(tmp_path, review_repository(tmp_path))

    assert apply(tmp_path, found) == (name,)
    assert (tmp_path / name).read_bytes() == after.encode()
    assert fixes(tmp_path, review_repository(tmp_path)) == ()


@pytest.mark.parametrize(("name", "before", "after"), CASES[:2])
def test_the_patch_is_one_that_git_takes(
    name: str, before: str, after: str, tmp_path: Path
) -> None:
    """Shown first, and nothing is written by showing it."""
    (tmp_path / name).write_bytes(before.encode())
    (tmp_path / "requirements.txt").write_text(OLD_TORCH, "utf-8")
    text = patch(tmp_path, fixes(tmp_path, review_repository(tmp_path)))

    assert (tmp_path / name).read_bytes() == before.encode()
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=text.encode(), check=True)
    assert (tmp_path / name).read_bytes() == after.encode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("import torch\nw = torch.load(path(), **options)\n", id="call-inside"),
        pytest.param("import torch\nw = torch.load(\n    'w.pth',\n)\n", id="several-lines"),
        pytest.param("import joblib\nw = joblib.load('w')\n", id="no-safe-form"),
    ],
)
def test_what_is_not_exact_stays_advice(text: str, tmp_path: Path) -> None:
    """A finding without a fix is still a finding."""
    (tmp_path / "load.py").write_text(text)
    review = review_repository(tmp_path, Options(profile=Profile.AUDIT))

    assert "AEG203" in [finding.code for finding in review.findings]
    assert fixes(tmp_path, review) == ()


def test_a_line_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    """Somebody edited between the review and the fix."""
    (tmp_path / "load.py").write_text("import torch\nw = torch.load('w.pth')\n")
    found = fixes(tmp_path, review_repository(tmp_path))
    (tmp_path / "load.py").write_text("import torch\nw = torch.load('other.pth')\n")

    assert apply(tmp_path, found) == ()
