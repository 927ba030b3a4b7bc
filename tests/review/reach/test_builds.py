"""Of several Dockerfiles those are known that nothing builds for production."""

from __future__ import annotations

import pytest

from aegis.base.finding import Span
from aegis.review.documents.source import Source
from aegis.review.facts.types import CiJob, Fact
from aegis.review.reach.builds import unbuilt_images

WORKFLOW = ".github/workflows/release.yml"
PUSHES = "      - uses: docker/build-push-action@v6\n        with:\n          push: true\n"


def _left_over(
    files: dict[str, str],
    *,
    local: frozenset[str] = frozenset(),
    optional: dict[str, list[Span]] | None = None,
    publishes: bool = True,
) -> set[str]:
    sources = [Source(path, text.encode()) for path, text in files.items()]
    place = Span(path=WORKFLOW, line=1, column=1)
    facts: dict[type[Fact], list[Fact]] = {
        CiJob: [
            CiJob(
                span=place,
                workflow=WORKFLOW,
                name="release",
                needs=(),
                triggers=("push",),
                publishes=place if publishes else None,
                deploys=None,
                tests=False,
                evaluates=False,
            )
        ]
        if WORKFLOW in files
        else []
    }
    return set(unbuilt_images(sources, facts, local=local, optional=optional or {}))


@pytest.mark.parametrize(
    ("builder", "text", "left"),
    [
        pytest.param(
            WORKFLOW, PUSHES + "          context: .\n", {"api/Dockerfile"}, id="only-the-root"
        ),
        pytest.param(
            WORKFLOW,
            PUSHES + "          context: .\n          # then api/\n",
            {"api/Dockerfile"},
            id="a-comment",
        ),
        pytest.param(
            WORKFLOW,
            PUSHES + "          file: api/Dockerfile\n",
            {"Dockerfile"},
            id="only-the-folder",
        ),
        pytest.param(
            "deploy.sh",
            "docker build -t acme/app .\ndocker build -t acme/api ./api\n",
            set(),
            id="script-that-builds-both",
        ),
        pytest.param(
            "deploy.sh",
            "for each in api web; do docker build $each; done\n",
            {"Dockerfile"},
            id="folders-in-a-variable",
        ),
        pytest.param(
            "compose.yaml",
            "services:\n  app:\n    build: .\n  api:\n    build: ./api\n",
            set(),
            id="compose",
        ),
        pytest.param(
            "compose.yaml",
            "services:\n  app:\n    build: .\n",
            {"api/Dockerfile"},
            id="compose-of-one",
        ),
        pytest.param("notes.txt", "nothing\n", set(), id="nothing-is-known"),
    ],
)
def test_what_nothing_builds_is_left_over(builder: str, text: str, left: set[str]) -> None:
    files = {"Dockerfile": "FROM a", "api/Dockerfile": "FROM a", builder: text}
    assert _left_over(files) == left


def test_a_service_whose_recipe_lies_elsewhere_is_not_built_in_its_folder() -> None:
    files = {
        "billing/Dockerfile": "FROM a",
        "build/billing.Dockerfile": "FROM a",
        "build/deploy.sh": "docker build -f build/billing.Dockerfile -t billing billing\n",
    }
    assert _left_over(files) == {"billing/Dockerfile"}


def test_what_the_readme_builds_is_built() -> None:
    files = {
        "Dockerfile": "FROM a",
        "Dockerfile.gpu": "FROM b",
        "compose.yaml": "services:\n  app:\n    build: .\n",
    }
    assert _left_over(files) == {"Dockerfile.gpu"}
    files["README.md"] = "docker build -f Dockerfile.gpu -t acme/app:gpu .\n"
    assert _left_over(files) == set()


def test_a_compose_file_for_ones_own_machine_builds_nothing_for_production() -> None:
    files = {
        "Dockerfile": "FROM a",
        "Dockerfile.fill": "FROM b",
        "compose.yaml": "services:\n  fill:\n    build:\n      dockerfile: Dockerfile.fill\n",
        "fly.toml": "[build]\n  dockerfile = 'Dockerfile'\n",
    }
    assert _left_over(files) == set()
    assert _left_over(files, local=frozenset(("compose.yaml",))) == {"Dockerfile.fill"}


def test_a_service_on_request_builds_nothing_for_production() -> None:
    compose = (
        "services:\n  app:\n    build: .\n  fill:\n    build:\n      dockerfile: Dockerfile.fill\n"
    )
    files = {"Dockerfile": "FROM a", "Dockerfile.fill": "FROM b", "compose.yaml": compose}
    assert _left_over(files) == set()
    asked = {"compose.yaml": [Span(path="compose.yaml", line=4, column=1, end_line=6)]}
    assert _left_over(files, optional=asked) == {"Dockerfile.fill"}


def test_one_project_says_nothing_of_another() -> None:
    files = {
        "web/Dockerfile": "FROM a",
        "web/docker/compose.yaml": "services:\n  app:\n    build: ../../web\n",
        "web/Dockerfile.old": "FROM a",
        "cloud/Dockerfile": "FROM a",
    }
    assert _left_over(files) == {"web/Dockerfile.old"}


def test_a_job_that_only_tries_the_build_is_no_release() -> None:
    files = {"Dockerfile": "FROM a", "api/Dockerfile": "FROM a", WORKFLOW: "run: docker build .\n"}
    assert _left_over(files, publishes=False) == set()
