"""What the default profile asks, and what it says because a file shows it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.review.weighed import OPEN, service

from aegis.review.asked import question_of
from aegis.review.engine import Options, review_repository
from aegis.review.report.text import text_report
from aegis.review.review import Review
from aegis.review.rule import Profile

IMAGE = "FROM python:3.12-slim\nUSER 1000\nCMD uvicorn app:app\n"
STORE = (
    "services:\n  db:\n    image: postgres:16.4\n    ports: ['5432:5432']\n"
    "    environment: {POSTGRES_PASSWORD: postgres}\n  app:\n    build: .\n    ports: ['8000:8000']\n"
)
ASKS = {"app.py": service(OPEN), "Dockerfile": IMAGE}


def reviewed(root: Path, files: dict[str, str], profile: Profile = Profile.GATE) -> Review:
    """The review of a repository of these files."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return review_repository(root, Options(profile=profile))


def test_a_compose_file_that_nothing_deploys_with_is_asked_about(tmp_path: Path) -> None:
    review = reviewed(tmp_path, {**ASKS, "docker-compose.yml": STORE})

    assert "AEG363" in {each.code for each in review.questions}
    assert "AEG363" not in {each.code for each in review.findings}


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"docker-compose.prod.yml": STORE}, id="its name says production"),
        pytest.param(
            {
                "docker-compose.yml": STORE,
                "README.md": "# A\n\n## Deployment\n\n    docker compose -f docker-compose.yml up -d\n",
            },
            id="the description deploys with it",
        ),
        pytest.param(
            {"docker-compose.yml": STORE, "deploy.sh": "docker compose -f docker-compose.yml up\n"},
            id="a script deploys with it",
        ),
    ],
)
def test_what_a_file_shows_is_said(files: dict[str, str], tmp_path: Path) -> None:
    review = reviewed(tmp_path, {**ASKS, **files})

    assert "AEG363" in {each.code for each in review.findings}


def test_there_are_three_questions_at_most_and_each_names_its_places(tmp_path: Path) -> None:
    """What one question decides stands together; nothing of it is cut off."""
    review = reviewed(tmp_path, {**ASKS, "docker-compose.yml": STORE})
    asking = [question_of(each) for each in review.questions]

    assert 1 < len(set(asking)) <= 3
    assert asking == sorted(asking, key=asking.index)
    assert all(each.span is not None for each in review.questions)
    assert not review.unasked


def test_a_terminal_reads_each_question_once_above_its_places(tmp_path: Path) -> None:
    said = text_report(reviewed(tmp_path, {**ASKS, "docker-compose.yml": STORE}))

    assert said.count("Does production run this?\n") == 1
    assert "AEG363  If so, stores are published" in said
    assert (
        f"{len(set(re.findall('ask      [A-Z][a-z].*', said)))} questions only you can answer"
        in said
    )


def test_other_profiles_say_what_the_default_asks(tmp_path: Path) -> None:
    review = reviewed(tmp_path, {**ASKS, "docker-compose.yml": STORE}, Profile.REVIEW)

    assert "AEG363" in {each.code for each in review.findings}
