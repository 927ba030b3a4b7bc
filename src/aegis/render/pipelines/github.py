"""The release as a workflow of GitHub Actions, without any third party's action."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.scripts import release_file

Object = dict[str, JsonValue]

_CLONE: Object = {
    "name": "Fetch this commit",
    "env": {"GH_TOKEN": "${{ github.token }}"},
    "run": (
        'gh repo clone "$GITHUB_REPOSITORY" . -- --quiet --no-checkout\n'
        'git checkout --quiet "$GITHUB_SHA"\n'
    ),
}


def workflow(plan: Plan) -> Artifact:
    """A pinned version in development opens staging; staging opens a pull request."""
    watched = release_file(plan).replace("$1", "development")
    return Artifact(
        path=".github/workflows/release.yaml",
        content={
            "name": f"Release {plan.service}",
            "on": {"push": {"branches": ["main"], "paths": [watched]}},
            "permissions": {},
            "concurrency": {"group": f"release-{plan.service}", "cancel-in-progress": False},
            "jobs": {
                "staging": _promotion("development", "staging", needs=None),
                "production": _promotion("staging", "production", needs="staging"),
            },
        },
        because=("pipeline-orchestrator", "release-strategy"),
    )


def _promotion(source: str, target: str, *, needs: str | None) -> Object:
    """Gate, then a pull request: a person merges, and GitOps applies what was merged."""
    branch = f"release/{target}-${{GITHUB_SHA}}"
    job: Object = {
        "runs-on": "ubuntu-24.04",
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
    return {"needs": needs, **job} if needs else job
