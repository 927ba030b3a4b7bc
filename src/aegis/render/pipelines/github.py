"""The release as a workflow of GitHub Actions, without any third party's action."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.scripts import PROMOTIONS, release_file

Object = dict[str, JsonValue]

_CLONE: Object = {
    "name": "Fetch this commit",
    "env": {"GH_TOKEN": "${{ github.token }}"},
    "run": (
        'gh repo clone "$GITHUB_REPOSITORY" . -- --quiet --no-checkout\n'
        'git checkout --quiet "$GITHUB_SHA"\n'
    ),
}


def workflows(plan: Plan) -> tuple[Artifact, ...]:
    """A pinned version in development proposes staging; what staging runs proposes production.

    Two workflows, because the second starts from what was merged for staging, not beside it.
    """
    return tuple(_workflow(plan, source, target) for source, target in PROMOTIONS)


def _workflow(plan: Plan, source: str, target: str) -> Artifact:
    watched = release_file(plan).replace("$1", source)
    return Artifact(
        path=f".github/workflows/release-{target}.yaml",
        content={
            "name": f"Release {plan.service} to {target}",
            "on": {"push": {"branches": ["main"], "paths": [watched]}},
            "permissions": {},
            # One that waits is dropped for the next of its group: each environment has its own.
            "concurrency": {
                "group": f"release-{plan.service}-{target}",
                "cancel-in-progress": False,
            },
            "jobs": {target: _promotion(source, target)},
        },
        because=("pipeline-orchestrator", "release-strategy"),
    )


def _promotion(source: str, target: str) -> Object:
    """Gate, then a pull request: a person merges, and GitOps applies what was merged."""
    branch = f"release/{target}-${{GITHUB_SHA}}"
    return {
        "runs-on": "ubuntu-24.04",
        "container": {"image": "${{ vars.RELEASE_IMAGE }}"},
        "timeout-minutes": 120,
        "environment": target,
        "permissions": {"contents": "write", "pull-requests": "write"},
        "steps": [
            _CLONE,
            {"name": f"Gate of {target}", "run": f"./pipelines/gate.sh {target}"},
            {"name": "Move the digests", "run": f"./pipelines/promote.sh {source} {target}"},
            {
                "name": "Propose",
                "env": {"GH_TOKEN": "${{ github.token }}"},
                "run": (
                    "gh auth setup-git\n"
                    "git config user.name release\n"
                    "git config user.email release@git.internal\n"
                    f'git checkout -b "{branch}"\n'
                    "git add --all\n"
                    f'git commit --message "Release to {target}"\n'
                    f'git push origin "{branch}"\n'
                    f'gh pr create --base main --head "{branch}" --fill\n'
                ),
            },
        ],
    }
