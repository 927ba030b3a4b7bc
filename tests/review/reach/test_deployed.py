"""Of several compose files and Dockerfiles those of production are known."""

from __future__ import annotations

import pytest

from aegis.review.documents.source import Source
from aegis.review.reach.deployed import deployed_files

FILES = (
    "docker-compose.craft.yml",
    "docker-compose.prod.yml",
    "docker-compose.yml",
    "b/Dockerfile",
)


@pytest.mark.parametrize(
    ("path", "text", "named"),
    [
        pytest.param(
            "README.md",
            "# Ask\n\ncompose -f docker-compose.craft.yml\n",
            False,
            id="readme-elsewhere",
        ),
        pytest.param(
            "README.md",
            "# Ask\n## Deployment\ncompose -f docker-compose.craft.yml up\n",
            True,
            id="readme-on-deployment",
        ),
        pytest.param(
            "scripts/deploy.sh",
            "docker compose -f docker-compose.craft.yml up -d\n",
            True,
            id="script-that-deploys",
        ),
        pytest.param(
            "scripts/setup.sh",
            "docker compose -f docker-compose.craft.yml up -d\n",
            False,
            id="another-script",
        ),
    ],
)
def test_a_compose_file_is_named_by_what_deploys(path: str, text: str, named: bool) -> None:  # noqa: FBT001
    """Production and the plain file at the root count anyway."""
    sources = [Source(each, b"services:\n") for each in FILES] + [Source(path, text.encode())]

    found = deployed_files(sources, {})

    assert found == {"docker-compose.prod.yml", "docker-compose.yml"} | (
        {"docker-compose.craft.yml"} if named else set()
    )


def test_a_single_file_needs_no_choice() -> None:
    """Where there is one, nothing is said."""
    assert deployed_files([Source("Dockerfile", b"FROM a\n")], {}) == frozenset()
