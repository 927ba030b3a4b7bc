"""GitHub workflows as jobs: what they test, evaluate, publish and deploy, and after what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.finding import Span
from aegis.review.documents.source import Source
from aegis.review.documents.yaml_view import Node
from aegis.review.facts.commands import read_command
from aegis.review.facts.compose import places_from
from aegis.review.facts.types import CiJob, Fact, Trait

PUBLISH = re.compile(r"docker\s+(?:buildx\s+build[^\n]*--push|push)|skopeo copy|crane push|kaniko")
DEPLOY = re.compile(
    r"\bkubectl\s+(?:apply|set image|rollout)|\bhelm\s+(?:upgrade|install)|terraform\s+apply|"
    r"\bgcloud\s+run\s+deploy|\baws\s+(?:ecs|lambda|sagemaker)\s+(?:update|create)|az\s+(?:webapp|containerapp)"
    r"|flyctl deploy|fly deploy|serverless deploy|vercel\s+(?:--prod|deploy)|modal deploy|sam deploy|cdk deploy"
    r"|bentoml deploy|docker stack deploy|argocd app sync"
)
TESTS = re.compile(
    r"\bpytest\b|\btox\b|\bnox\b|unittest|npm (?:run )?test|go test|make (?:test|check)|jest|vitest|"
    r"poetry run test|cargo (?:nextest|test)|ctest|(?:yarn|pnpm|bun|deno|dotnet|swift|mix) (?:run )?test|"
    r"\bmvnw? [^\n]*\b(?:test|verify)\b|gradlew? [^\n]*\b(?:test|check)\b|\brspec\b|phpunit|"
    r"\b(?:invoke|inv|just|task|nox) (?:-\w+ )?(?:checks?|tests?)\b|hatch (?:run )?test"
)
EVALUATES = re.compile(
    r"\beval(?:s|uate|uation|uations)?\b(?!\s*[\"']?\$\()|promptfoo|deepeval|ragas|lm[-_]eval|inspect eval|giskard|"
    r"langsmith|trulens|braintrust|phoenix|azure-ai-evaluation",
    re.IGNORECASE,
)
_PUBLISH_ACTIONS = (
    "docker/build-push-action",
    "mr-smithers-excellent/docker-build-push",
    "redhat-actions/push-to-registry",
)
_DEPLOY_ACTIONS = ("deploy", "helm-release", "amazon-ecs", "cloudrun", "k8s-", "webapps")
MUTABLE = re.compile(r":(?:latest|main|master|dev|edge|stable|nightly)\b")
FIXED = re.compile(
    r"github\.sha|github\.ref_name|steps\.meta|\bsha\b|GITHUB_SHA|(?i:outputs\.[\w-]*(?:tags?|version|sha))|:v?\d|needs\.|inputs\.|env\.|CI_COMMIT"
    r"|\bBuild\.(?:BuildId|SourceVersion|BuildNumber)|GIT_COMMIT|BUILD_(?:NUMBER|ID|TAG)"
    r"|\$\{?\w*(?:TAG|VERSION|SHA1?)\b"
)
# A cluster that lives as long as the job: what is installed there is tested, not released.
THROWAWAY = re.compile(
    r"kind-action|\bkind create cluster|minikube|\bk3[ds]\b|microk8s|\bct install"
)
_TRIES = re.compile(
    r"(?:^|[-_.])(?:preview|storybook|tests?|e2e|functionality|integration|lint|check|verify)(?:[-_.]|$)"
)
_TESTING = re.compile(r"(?:^|[\W_])(?:unit)?tests?(?:[\W_]|$)", re.IGNORECASE)
_LOCAL_OWNERS = ("actions/", "github/")


def workflow_facts(source: Source, document: Node) -> Iterator[Fact]:
    """Jobs of a GitHub workflow."""
    triggers = tuple(_triggers(document))
    for name, key, job in document.get("jobs").items():
        yield _job(name, key, job, triggers)
        for step in job.get("steps").entries():
            run = step.get("run")
            if run.text:
                for offset, line in enumerate(run.text.splitlines()):
                    yield from read_command(line, places_from(source, run.line + offset))
        yield from _long_lived_keys(job)
        yield from _toothless(job)


def _triggers(document: Node) -> Iterator[str]:
    on = document.get("on") or document.get("true") or document.get("True")
    if on.text:
        yield on.text
    yield from (each.text for each in on.entries())
    for name, _, value in on.items():
        yield name
        if name == "push" and value.get("tags"):
            yield "tag"
        if name == "push" and value.get("branches"):
            yield "branch"


def _job(name: str, key: Node, job: Node, triggers: tuple[str, ...]) -> CiJob:
    publishes = deploys = mutable = None
    tests = evaluates = False
    loose: list[tuple[str, Span]] = []
    called = job.get("uses").text.rpartition("/")[2].partition("@")[0]  # a workflow of its own
    title = f"{name} {job.get('name').text} {called}"
    written = " ".join(
        f"{each.get('uses').text} {each.get('run').text}" for each in job.get("steps").entries()
    )
    file = key.source.path.rpartition("/")[2]
    about_docs = re.search(r"(?:^|[-_.])docs?(?:[-_.]|$)", f"{file} {name}") is not None
    throwaway = (
        about_docs or THROWAWAY.search(written) is not None or _TRIES.search(file) is not None
    )
    for step in job.get("steps").entries():
        uses, run = step.get("uses"), step.get("run")
        text = f"{run.text}\n{step.get('name').text}"
        if not (about_docs or _TRIES.search(file)) and (
            PUBLISH.search(run.text) or _pushes(uses.text, step)
        ):
            publishes = publishes or (run or uses).span
            mutable = mutable or _only_mutable(step, run)
        if not throwaway and (DEPLOY.search(run.text) or _deploys(uses.text.lower())):
            deploys = deploys or (run or uses).span
        tests = tests or TESTS.search(run.text) is not None
        evaluates = evaluates or EVALUATES.search(text) is not None
        known = uses.text.startswith(("./", "docker://", *_LOCAL_OWNERS))
        if uses.text and not known and not re.search(r"@[0-9a-f]{40}$", uses.text):
            loose.append((uses.text, uses.span))
    needs = job.get("needs")
    return CiJob(
        span=key.span,
        workflow=key.source.path,
        name=name,
        needs=tuple(each.text for each in needs.words()),
        triggers=triggers,
        publishes=publishes,
        deploys=deploys,
        tests=tests or _TESTING.search(title) is not None,
        evaluates=evaluates or EVALUATES.search(title) is not None,
        pushes_mutable_only=None if _names_commits(job) else mutable,
        unpinned_actions=tuple(loose),
        guarded=bool(job.get("environment")) or "labels" in job.get("if").text,
        calls=job.get("uses").text.removeprefix("./") if job.get("uses").text[:2] == "./" else "",
    )


def _deploys(uses: str) -> bool:
    """Whether an action deploys a service; pages, wikis and previews are none."""
    return any(each in uses for each in _DEPLOY_ACTIONS) and not re.search(
        r"pages|wiki|docs|preview", uses
    )


def _pushes(uses: str, step: Node) -> bool:
    if not uses.startswith(_PUBLISH_ACTIONS):
        return False
    push = step.get("with", "push").text
    return push.lower() not in {"false", ""} or "build-push-action" not in uses


def _names_commits(job: Node) -> bool:
    """Whether some step pushes under the commit or a version, whatever the others move."""
    for step in job.get("steps").entries():
        run = step.get("run").text
        text = step.get("with", "tags").text or (run if PUBLISH.search(run) else "")
        if re.search(r"--tag|-t\b|push|:", text) and FIXED.search(text):
            return True
    return False


def _only_mutable(step: Node, run: Node) -> Span | None:
    tags = step.get("with", "tags")
    text = tags.text or run.text
    if MUTABLE.search(text) and not FIXED.search(text):
        return (tags if tags.text else run).span
    return None


def _toothless(job: Node) -> Iterator[Trait]:
    """Evaluation steps whose failure changes nothing."""
    for step in job.get("steps").entries():
        run, name = step.get("run"), step.get("name").text
        if not run.text or not EVALUATES.search(f"{name} {run.text}"):
            continue
        if step.get("continue-on-error").is_true or job.get("continue-on-error").is_true:
            yield Trait(span=run.span, name="toothless-evaluation", detail="continue-on-error")
        elif forgives(run.text):
            yield Trait(span=run.span, name="toothless-evaluation", detail="|| true")


_FORGIVES = re.compile(r"\|\|\s*(?:true|:|echo)")


def forgives(script: str) -> bool:
    """Whether a line of a script evaluates and lets no failure through, as in `… || true`."""
    lines = script.replace("\\\n", " ").split("\n")
    return any(EVALUATES.search(line) and _FORGIVES.search(line) for line in lines)


_CLOUD_INPUTS = ("aws-secret-access-key", "AWS_SECRET_ACCESS_KEY", "credentials_json")


def _long_lived_keys(job: Node) -> Iterator[Trait]:
    for name, value in job.walk():
        if name in _CLOUD_INPUTS and "secrets." in value.text:
            yield Trait(span=value.span, name="long-lived-ci-key", detail=name)
