"""The two steps of a release as scripts: what opens an environment, and what moves to it."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.shared.serving import weighed

_BECAUSE = ("pipeline-orchestrator", "evaluation-stack", "release-strategy")


PROMOTIONS = (("development", "staging"), ("staging", "production"))
"""From where a version comes, and where it goes."""


def release_file(plan: Plan) -> str:
    """Where the names and digests of an environment stand; `$1` is the environment."""
    match plan.chosen("run-where"):
        case "cluster":
            return "kubernetes/overlays/$1/release.env"
        case "batch-job":
            return "batch/overlays/$1/release.env"
        case _:
            return "host/$1/candidate.env"


def gate(plan: Plan) -> Artifact:
    """`gate.sh ENVIRONMENT`: the verdict of every gate that opens it, bound to the digests."""
    text = f"""#!/bin/sh
# Opens an environment for a version, or does not: gate.sh staging|production
# The verdict names the digests it was made for; promote.sh refuses any other.
set -eu
cd "$(dirname "$0")/.."
environment=${{1:?usage: gate.sh staging|production}}
case $environment in staging) from=development ;; production) from=staging ;; *) exit 2 ;; esac

release() {{ echo "{release_file(plan)}"; }}
version=$(grep -E '_(IMAGE|DIGEST)=' "$(release "$from")" | sort | sha256sum | cut -d' ' -f1)
mkdir -p evaluation/verdicts
report="evaluation/verdicts/$environment-$version.json"
aegis evaluate --gates evaluation/gates.yaml --opens "$environment" --format json > "$report.new"
mv "$report.new" "$report"
echo "$environment is open for $version"
"""
    return Artifact(path="pipelines/gate.sh", content=text, because=_BECAUSE, executable=True)


def _moves(*, trial: bool) -> tuple[str, str, str]:
    """Usage, the moves that there are as a pattern, and where a version goes.

    Where a trial has objects of its own, production's first place is the trial.
    """
    moves = [*PROMOTIONS, *([("canary", "production")] if trial else [])]
    usage = "usage: " + " | ".join(f"promote.sh {source} {target}" for source, target in moves)
    pattern = " | ".join(f'"{source} {target}"' for source, target in moves)
    first = '[ "$from $to" != "staging production" ] || place=canary  # it proves itself first'
    return usage, pattern, "place=$to\n" + first if trial else "place=$to"


def promote(plan: Plan) -> Artifact:
    """`promote.sh FROM TO`: the same digests, after the verdict that was made for them."""
    where = plan.chosen("run-where")
    root = {"cluster": "kubernetes", "batch-job": "batch"}.get(where, "")
    pin = (
        f'./{root}/set-images.sh "$place"'
        if root
        else ": # the machine pins it: update.sh reads it"
    )
    usage, moves, place = _moves(trial=weighed(plan))
    text = f"""#!/bin/sh
# Moves a version by its digests: {usage.removeprefix("usage: ")}
# Nothing is built again on the way: what was evaluated is what is served.
set -eu
cd "$(dirname "$0")/.."
usage="{usage}"
from=${{1:?$usage}}
to=${{2:?$usage}}
case "$from $to" in
  {moves}) ;;
  *) echo "$usage" >&2; exit 2 ;;
esac
{place}

release() {{ echo "{release_file(plan)}"; }}
source=$(release "$from")
if grep -Eq '_DIGEST=$' "$source" || ! grep -Eq '_DIGEST=sha256:[0-9a-f]{{64}}$' "$source"; then
  echo "$from is not pinned: nothing to promote" >&2
  exit 2
fi
version=$(grep -E '_(IMAGE|DIGEST)=' "$source" | sort | sha256sum | cut -d' ' -f1)
report="evaluation/verdicts/$to-$version.json"
grep -Eq '"verdict": *"passed"' "$report" 2>/dev/null || {{
  echo "no verdict «passed» for this version in $report: run gate.sh $to" >&2
  exit 3
}}
cp "$source" "$(release "$place").new"
mv "$(release "$place").new" "$(release "$place")"
{pin}
echo "$place gets $version"
"""
    return Artifact(path="pipelines/promote.sh", content=text, because=_BECAUSE, executable=True)


STEP = """#!/bin/sh
# One step of a release, in a clone of its own: release.sh gate|propose staging|production COMMIT
# COMMIT is the full name of a merged commit, so that both steps see the same files: what the gate let through is
# judged again beside the proposal, because promote.sh takes no verdict from anywhere else.
# The environment holds REPOSITORY, an address over https, and RELEASE_TOKEN, which may push branches.
# Exit 75: the repository could not be reached, and repeating is safe. Any other failure is an answer.
set -eu
usage="usage: release.sh gate|propose staging|production COMMIT"
step=${1:?$usage}
target=${2:?$usage}
commit=${3:?$usage}
case "$step $target" in
  "gate staging" | "propose staging") source=development ;;
  "gate production" | "propose production") source=staging ;;
  *) echo "$usage" >&2; exit 2 ;;
esac
case $commit in *[!0-9a-f]*) echo "$usage" >&2; exit 2 ;; esac
[ ${#commit} -eq 40 ] || { echo "COMMIT is the full name of a commit: 40 digits" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 143' INT TERM
export GIT_TERMINAL_PROMPT=0
# shellcheck disable=SC2016  # git's own shell reads the token, so that it is no argument of anything
credential='!f() { echo username=release; echo "password=$RELEASE_TOKEN"; }; f'
git -c credential.helper="$credential" clone --quiet "$REPOSITORY" "$work/release" || exit 75
cd "$work/release"
git config credential.helper "$credential"
git config user.name release
git config user.email release@git.internal
git merge-base --is-ancestor "$commit" origin/HEAD || { echo "$commit is not merged" >&2; exit 3; }
git checkout --quiet --detach "$commit"
./pipelines/gate.sh "$target" >&2 || {
  refused=$?
  cat evaluation/verdicts/*.new >&2  # why; the clone goes away
  exit "$refused"
}
[ "$step" = propose ] || exit 0

branch="release/$target-$commit"
if git rev-parse --quiet --verify "origin/$branch" >/dev/null; then
  echo "$branch is there already" >&2
  echo "$branch"
  exit 0
fi
./pipelines/promote.sh "$source" "$target" >&2
git checkout --quiet -b "$branch"
git add --all
git commit --quiet --message "Release to $target" >&2
git push --quiet origin "$branch" >&2 || exit 75
echo "$branch"
"""


def step() -> Artifact:
    """`release.sh`: gate and proposal for what has no checkout of its own."""
    return Artifact(path="pipelines/release.sh", content=STEP, because=_BECAUSE, executable=True)
