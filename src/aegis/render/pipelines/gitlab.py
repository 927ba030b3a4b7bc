"""The release as jobs of GitLab CI/CD, to be included in the project's own pipeline."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.scripts import PROMOTIONS, release_file

Object = dict[str, JsonValue]

# The token is a masked, protected variable of the project; it is never part of an address.
_CREDENTIAL = '!f() { echo username=release; echo "password=$RELEASE_TOKEN"; }; f'


def gitlab(plan: Plan) -> tuple[Artifact, ...]:
    """A pinned version in development proposes staging; what staging runs proposes production."""
    jobs = {f"release-{target}": _promotion(plan, source, target) for source, target in PROMOTIONS}
    stages: list[JsonValue] = [target for _, target in PROMOTIONS]
    return (
        Artifact(
            path="pipelines/gitlab-ci.yml",
            content={"stages": stages, **jobs},
            because=("pipeline-orchestrator", "release-strategy"),
        ),
    )


def _promotion(plan: Plan, source: str, target: str) -> Object:
    """Gate, then a merge request: a person merges, and what was merged is applied."""
    branch = f"release/{target}-$CI_COMMIT_SHA"
    watched = release_file(plan).replace("$1", source)
    return {
        "stage": target,
        "image": "$RELEASE_IMAGE",
        "environment": {"name": target, "action": "access"},
        "resource_group": f"release-{plan.service}",
        "interruptible": False,
        "timeout": "2 hours",
        "rules": [
            {"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH", "changes": [watched]},
        ],
        "script": [
            f"./pipelines/gate.sh {target}",
            f"./pipelines/promote.sh {source} {target}",
            "git config user.name release",
            "git config user.email release@git.internal",
            f"git config credential.helper '{_CREDENTIAL}'",
            f'git checkout -b "{branch}"',
            "git add --all",
            f'git commit --message "Release to {target}"',
            (
                f"git push --push-option merge_request.create "
                f'--push-option merge_request.target="$CI_DEFAULT_BRANCH" '
                f'--push-option merge_request.title="Release {plan.service} to {target}" '
                f'"$CI_PROJECT_URL.git" "{branch}"'
            ),
        ],
        "artifacts": {"when": "always", "paths": ["evaluation/verdicts/"], "expire_in": "1 year"},
    }
