"""Of several actions that a release names by a tag, the one that is least known comes first."""

from __future__ import annotations

from pathlib import Path

from aegis.review.engine import review_repository

WORKFLOW = """on: [push]
jobs:
  release:
    runs-on: ubuntu-24.04
    steps:
      - uses: docker/login-action@v3
      - uses: docker/build-push-action@v6
        with:
          push: true
          tags: ghcr.io/acme/answers:${{ github.sha }}
      - uses: somebody/ssh-action@master
"""


def test_the_least_known_action_is_the_first_place(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "release.yml").write_text(WORKFLOW)
    (tmp_path / "app.py").write_text("from openai import OpenAI\n\nclient = OpenAI(timeout=9)\n")

    (found,) = (each for each in review_repository(tmp_path).findings if each.code == "AEG446")

    assert found.span is not None
    assert (found.span.line, [each.line for each in found.also]) == (11, [6, 7])
    assert "somebody/ssh-action@master" in found.label
