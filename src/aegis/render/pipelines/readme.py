"""The page beside the steps of a release."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.pipelines.programs import PROGRAMS
from aegis.render.pipelines.scripts import release_file

_SYSTEMS = {
    "argo-workflows": (
        "`pipelines/argo-workflow.yaml` runs both steps: `argo submit --from workflowtemplate/SERVICE-release "
        "-p target=staging -p commit=$(git rev-parse origin/main) -p repository=… -p image=…@sha256:…`, by hand or "
        "from what hears of your merges. The image holds `aegis` and `git`; the Secret `SERVICE-release` holds a "
        "`token` that may push branches, and comes from your secret store."
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
_ANY = (
    "Any CI system can run the two steps; each ends with an exit code other than 0 when it refuses."
)
_BRANCHES = """\
- Before production two people agree. A run of this system cannot wait for an answer, so let the branch rules of
  your repository ask for two reviews of what production runs: its folder, and that of its canary."""
_PROPOSED = """\
`release.sh` does both steps in a clone of its own, and a run ends with a branch `release/TARGET-COMMIT`, which a
person merges. On GitHub it becomes a request by `gh pr create --head BRANCH`; on GitLab the worker's git asks for
the merge itself after `git config --global push.pushOption merge_request.create`. Starting a commit again changes
nothing while its branch is there. What is not merged yet is taken back by deleting the branch, what is merged by
reverting the merge. A repository that cannot be reached is tried again where the system can tell it from a refusal;
a refusal never is."""


def _system(plan: Plan) -> str:
    """The words for the system that the team runs."""
    chosen = plan.chosen("pipeline-orchestrator")
    program = PROGRAMS.get(chosen)
    if program is None:
        return _SYSTEMS.get(chosen, _ANY).replace("SERVICE", plan.service)
    asked = (program.approval or _BRANCHES) if plan.brief.high_impact else ""
    text = program.guide.replace("\nAPPROVAL", f"\n{asked}" if asked else "")
    module = plan.service.replace("-", "_")
    return f"{text}\n\n{_PROPOSED}".replace("SERVICE", plan.service).replace("MODULE", module)


def _weights(plan: Plan) -> list[str]:
    """What stands before the build: weights that somebody vouched for, or none."""
    if plan.chosen("run-where") == "managed-api":
        return []
    verify = ["aegis supply verify model --signature model.sig --public-key release.pub"]
    sign = [
        "aegis supply inventory model -o model.cdx.json",
        'aegis supply sign model --key "$SIGNING_KEY" --public-key release.pub -o model.sig',
    ]
    who = "Whoever takes a model in writes inventory and signature, after its files were looked at:"
    if plan.brief.model and plan.brief.model.training.by_us:
        who = "Training writes inventory, signature and attestation beside the model; `.gitignore` names all of it:"
        sign[0] = (
            "aegis supply inventory model --data DATA --evaluation SAMPLES --code . -o model.cdx.json"
        )
        sign.append(
            "aegis supply attest --weights model --data DATA --code . --inventory model.cdx.json "
            '--key "$SIGNING_KEY" --public-key release.pub -o model.att.json'
        )
        verify.append(
            "aegis supply verify-attestation model.att.json --public-key release.pub --weights model --partly"
        )
    return [
        "",
        "## Before the build packs the weights",
        "",
        f"{who} `SIGNING_KEY` is an address of your key service.",
        "",
        "```sh",
        *sign,
        "```",
        "",
        "The build takes the weights over only where this exits with 0:",
        "",
        "```sh",
        *verify,
        "```",
    ]


def readme(plan: Plan) -> Artifact:
    """What the two steps do, and what the CI system must hold."""
    by_itself = plan.chosen("pipeline-orchestrator") not in PROGRAMS
    next_move = "That merge starts" if by_itself else "Its commit is what is started next, for"
    lines = [
        f"# How a version of {plan.service} moves",
        "",
        f"Rendered from plan `{plan.id}`. A build writes names and digests of development into",
        f"`{release_file(plan).replace('$1', 'development')}`. From there:",
        "",
        "1. `pipelines/gate.sh staging` judges the evaluation results and writes a verdict for these digests.",
        "2. `pipelines/promote.sh development staging` moves the same digests, and only with that verdict.",
        "3. A person merges what the pipeline proposes, and staging gets the version.",
        f"4. {next_move} the same two steps from staging to production.",
        "",
        _system(plan),
        "",
        "Nothing is built again on the way. The way back is the release before: its digests stand in the history.",
        *_weights(plan),
    ]
    return Artifact(
        path="pipelines/README.md",
        content="\n".join(lines) + "\n",
        because=("pipeline-orchestrator", "release-strategy"),
    )
