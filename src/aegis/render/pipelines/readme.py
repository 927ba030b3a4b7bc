"""The page beside the steps of a release."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.scripts import release_file

_SYSTEMS = {
    "argo-workflows": (
        "`pipelines/argo-workflow.yaml` runs both steps: `argo submit --from workflowtemplate/SERVICE-release "
        "-p target=staging -p repository=… -p image=…@sha256:…`, by hand or from what hears of your merges. The "
        "image holds `aegis` and `git`; the Secret `SERVICE-release` holds a `token` that may push branches, "
        "and comes from your secret store."
    ),
    "github-actions": (
        "`.github/workflows/release-*.yaml` run both steps in the image of the variable `RELEASE_IMAGE`, by "
        "digest, which holds `aegis`, `git` and `gh`; the repository's settings let Actions create pull requests. "
        "Their only rights are to push a branch and to open a pull request. Put the environments `staging` and "
        "`production` under protection in the settings."
    ),
    "gitlab-ci": (
        "Include `pipelines/gitlab-ci.yml` in your pipeline (`include: [{local: pipelines/gitlab-ci.yml}]`) and "
        "set two variables in the project's settings: `RELEASE_IMAGE`, an image by digest that holds `aegis` "
        "and `git`, and `RELEASE_TOKEN`, a project access token that may push branches (masked, protected)."
    ),
}


def readme(plan: Plan) -> Artifact:
    """What the two steps do, and what the CI system must hold."""
    system = _SYSTEMS.get(
        plan.chosen("pipeline-orchestrator"),
        "Any CI system can run the two steps; each ends with an exit code other than 0 when it refuses.",
    )
    lines = [
        f"# How a version of {plan.service} moves",
        "",
        f"Rendered from plan `{plan.id}`. A build writes names and digests of development into",
        f"`{release_file(plan).replace('$1', 'development')}`. From there:",
        "",
        "1. `pipelines/gate.sh staging` judges the evaluation results and writes a verdict for these digests.",
        "2. `pipelines/promote.sh development staging` moves the same digests, and only with that verdict.",
        "3. A person merges what the pipeline proposes, and staging gets the version.",
        "4. That merge starts the same two steps from staging to production.",
        "",
        system.replace("SERVICE", plan.service),
        "",
        "Nothing is built again on the way. The way back is the release before: its digests stand in the history.",
    ]
    return Artifact(
        path="pipelines/README.md",
        content="\n".join(lines) + "\n",
        because=("pipeline-orchestrator", "release-strategy"),
    )
