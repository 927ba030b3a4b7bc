"""Pipelines of GitLab, Azure, CircleCI and Jenkins as jobs: the same facts as a GitHub workflow's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aegis.base.finding import Span
from aegis.review.documents.source import Source
from aegis.review.documents.yaml_view import Node
from aegis.review.facts import ci
from aegis.review.facts.commands import read_command
from aegis.review.facts.compose import places_from
from aegis.review.facts.types import CiJob, Fact, Trait

_HERITAGE = 8  # how far `extends` is followed


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a job runs, and where it stands; `forgiven` says why its failure changes nothing."""

    text: str
    span: Span
    title: str = ""
    forgiven: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A job as every pipeline describes it; `needs` are names of jobs of the same file."""

    name: str
    span: Span
    scripts: Sequence[Script]
    needs: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ("push",)
    guarded: bool = False


def _facts(source: Source, job: _Job) -> Iterator[Fact]:
    """The job, what its commands say, and evaluations that cannot fail it."""
    written = " ".join(each.text for each in job.scripts)
    pushes = [each for each in job.scripts if ci.PUBLISH.search(each.text)]
    throwaway = ci.THROWAWAY.search(written) is not None
    deploys = [each for each in job.scripts if ci.DEPLOY.search(each.text) and not throwaway]
    judged = [each for each in job.scripts if ci.EVALUATES.search(f"{each.title} {each.text}")]
    moving = [each for each in pushes if ci.MUTABLE.search(each.text)]
    fixed = any(ci.FIXED.search(each.text) for each in pushes)
    yield CiJob(
        span=job.span,
        workflow=source.path,
        name=job.name,
        needs=job.needs,
        triggers=job.triggers,
        publishes=pushes[0].span if pushes else None,
        deploys=deploys[0].span if deploys else None,
        tests=ci.TESTS.search(written) is not None
        or re.search(r"(?:^|[\W_])tests?(?:[\W_]|$)", job.name, re.IGNORECASE) is not None,
        evaluates=bool(judged) or ci.EVALUATES.search(job.name) is not None,
        pushes_mutable_only=moving[0].span if moving and not fixed else None,
        guarded=job.guarded,
    )
    for each in job.scripts:
        for offset, line in enumerate(each.text.splitlines()):
            yield from read_command(line, places_from(source, each.span.line + offset))
    for each in judged:
        if each.forgiven or ci.forgives(each.text):
            yield Trait(
                span=each.span, name="toothless-evaluation", detail=each.forgiven or "|| true"
            )


# --- GitLab ------------------------------------------------------------------------------------


def gitlab_facts(source: Source, document: Node) -> Iterator[Fact]:
    """Jobs of a GitLab pipeline; without `needs` a job waits for the stages before its own."""
    stages = [each.text for each in document.get("stages").entries()] or ["build", "test", "deploy"]
    jobs = {
        name: (key, job)
        for name, key, job in document.items()
        if _inherited(document, job, "script") and not name.startswith(".")
    }
    stage_of = {
        name: _inherited(document, job, "stage").text or "test" for name, (_, job) in jobs.items()
    }
    for name, (key, job) in jobs.items():
        forgiven = "allow_failure" if job.get("allow_failure").is_true else ""
        scripts = [
            Script(text=each.text, span=each.span, forgiven=forgiven)
            for part in ("before_script", "script")
            for each in _inherited(document, job, part).words()
        ]
        rules = " ".join(
            text.text for part in ("rules", "only") for _, text in job.get(part).walk()
        )
        yield from _facts(
            source,
            _Job(
                name=name,
                span=key.span,
                scripts=scripts,
                needs=_gitlab_needs(job, name, stages, stage_of),
                triggers=_gitlab_triggers(rules),
                guarded=job.get("when").text == "manual" or "manual" in rules.split(),
            ),
        )


def _inherited(document: Node, job: Node, part: str) -> Node:
    """A part of a job, from what it extends when it has none of its own."""
    for _ in range(_HERITAGE):
        if job.get(part):
            break
        parents = job.get("extends").words()
        if not parents:
            break
        job = document.get(parents[-1].text)
    return job.get(part)


def _gitlab_needs(
    job: Node, name: str, stages: list[str], stage_of: dict[str, str]
) -> tuple[str, ...]:
    written = job.get("needs")
    if written:
        return tuple(each.text or each.get("job").text for each in written.words())
    mine = stage_of[name]
    before = stages[: stages.index(mine)] if mine in stages else []
    return tuple(other for other, stage in stage_of.items() if stage in before)


def _gitlab_triggers(rules: str) -> tuple[str, ...]:
    asks = "merge_request" in rules
    others = re.search(
        r"CI_COMMIT_(?:BRANCH|TAG)|CI_DEFAULT_BRANCH|\b(?:main|master|tags)\b", rules
    )
    return ("pull_request",) if asks and not others else ("push",)


# --- Azure Pipelines ---------------------------------------------------------------------------

_AZURE_SHELLS = ("script", "bash", "pwsh", "powershell")
# What a task does, in the words of a shell: name of the task, what its command must say.
_AZURE_TASKS = (
    ("docker@", ("push",), "docker push"),
    ("helmdeploy@", ("upgrade", "install"), "helm upgrade"),
    ("kubernetesmanifest@", ("deploy", "promote", ""), "kubectl apply"),
    ("kubernetes@", ("apply",), "kubectl apply"),
    ("azurewebapp", ("",), "az webapp"),
    ("azurecontainerapps", ("",), "az containerapp"),
    ("azurefunctionapp", ("",), "az webapp"),
    ("azurermwebapp", ("",), "az webapp"),
    ("terraform", ("apply",), "terraform apply"),
)


def is_azure_pipeline(document: Node) -> bool:
    """Whether a YAML document is a pipeline of Azure: steps of its own notation, by list."""
    first = next(iter(_azure_jobs(document)), None)
    if first is None:
        return False
    steps = list(_azure_steps(first[1]))
    known = {*_AZURE_SHELLS, "task", "checkout"}
    return any(name in known for step in steps for name, _, _ in step.items())


def azure_facts(source: Source, document: Node) -> Iterator[Fact]:
    """Jobs of an Azure pipeline; a stage waits for the one before it unless it says otherwise."""
    found = list(_azure_jobs(document))
    by_stage: dict[str, list[str]] = {}
    for name, _, stage, _ in found:
        by_stage.setdefault(stage, []).append(name)
    stages = list(by_stage)
    after = {stage: stages[max(at - 1, 0) : at] for at, stage in enumerate(stages)}
    for each in document.get("stages").entries():
        if each.get("dependsOn"):
            after[each.get("stage").text] = [word.text for word in each.get("dependsOn").words()]
    triggers = ("push",) if document.get("trigger").text != "none" else ("workflow_dispatch",)
    for name, job, stage, key in found:
        needs = [word.text for word in job.get("dependsOn").words()]
        needs += [other for before in after[stage] for other in by_stage.get(before, [])]
        yield from _facts(
            source,
            _Job(
                name=name,
                span=key.span,
                scripts=list(_azure_scripts(job)),
                needs=tuple(needs),
                triggers=triggers,
                guarded=bool(job.get("environment")),
            ),
        )


def _azure_jobs(document: Node) -> Iterator[tuple[str, Node, str, Node]]:
    """Name, job, stage and the place of each job; a pipeline of steps alone is one job."""
    stages = list(document.get("stages").entries()) or [document]
    for stage in stages:
        jobs = list(stage.get("jobs").entries())
        if not jobs and stage.get("steps"):
            yield "job", stage, stage.get("stage").text, stage.key("steps")
        for job in jobs:
            name = job.get("job") or job.get("deployment")
            if name:
                yield name.text, job, stage.get("stage").text, name


def _azure_steps(job: Node) -> Iterator[Node]:
    yield from job.get("steps").entries()
    for kind in ("runOnce", "rolling", "canary"):
        for phase in ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic"):
            yield from job.get("strategy", kind, phase, "steps").entries()


def _azure_scripts(job: Node) -> Iterator[Script]:
    for step in _azure_steps(job):
        forgiven = "continueOnError" if step.get("continueOnError").is_true else ""
        title = step.get("displayName").text
        for name in _AZURE_SHELLS:
            node = step.get(name)
            if node.text:
                yield Script(text=node.text, span=node.span, title=title, forgiven=forgiven)
        task, inputs = step.get("task"), step.get("inputs")
        inline = inputs.get("inlineScript") or inputs.get("script")
        if inline.text:
            yield Script(text=inline.text, span=inline.span, title=title, forgiven=forgiven)
        said = f"{inputs.get('command').text} {inputs.get('action').text}".lower()
        for start, commands, text in _AZURE_TASKS:
            if task.text.lower().startswith(start) and any(word in said for word in commands):
                tags = inputs.get("tags").text
                names = " ".join(f":{tag}" for tag in tags.split())
                yield Script(text=f"{text} {names}".strip(), span=task.span, title=title)


# --- CircleCI ----------------------------------------------------------------------------------


def circle_facts(source: Source, document: Node) -> Iterator[Fact]:
    """Jobs of a CircleCI configuration; workflows say what waits for what."""
    needs: dict[str, list[str]] = {}
    places: dict[str, Node] = {}
    approvals: set[str] = set()
    for name, key, wanted in _circle_entries(document):
        places.setdefault(name, key)
        needs.setdefault(name, []).extend(each.text for each in wanted.get("requires").words())
        if wanted.get("type").text == "approval":
            approvals.add(name)
    jobs = {name: (key, job) for name, key, job in document.get("jobs").items()}
    for name, (key, job) in jobs.items():
        yield from _facts(source, _circle_job(name, key, _circle_scripts(job), needs, approvals))
    for name, key in places.items():
        if name not in jobs and name not in approvals:  # a job that an orb brings
            script = Script(text=_of_orb(name), span=key.span)
            yield from _facts(source, _circle_job(name, key, [script], needs, approvals))


def _circle_entries(document: Node) -> Iterator[tuple[str, Node, Node]]:
    """Name, place and settings of each job that a workflow runs."""
    for _, _, workflow in document.get("workflows").items():
        for each in workflow.get("jobs").entries():
            if each.text:
                yield each.text, each, each
            yield from each.items()


def _circle_job(
    name: str,
    key: Node,
    scripts: Iterable[Script],
    needs: dict[str, list[str]],
    approvals: set[str],
) -> _Job:
    mine = tuple(dict.fromkeys(needs.get(name, ())))
    return _Job(
        name=name,
        span=key.span,
        scripts=list(scripts),
        needs=mine,
        guarded=bool(approvals.intersection(mine)),
    )


def _circle_scripts(job: Node) -> Iterator[Script]:
    for step in job.get("steps").entries():
        run = step.get("run")
        command = run.get("command") if run.is_mapping else run
        if command.text:
            yield Script(text=command.text, span=command.span, title=run.get("name").text)
        for name, key, _ in step.items():
            if "/" in name:
                yield Script(text=_of_orb(name), span=key.span)


def _of_orb(name: str) -> str:
    """What a command or job of an orb does, in the words of a shell."""
    last = name.rpartition("/")[2]
    if re.search(r"push|publish", last):
        return "docker push"
    return "kubectl apply" if re.search(r"deploy|rollout|release|upgrade", last) else ""


# --- Jenkins -----------------------------------------------------------------------------------

_STAGE = re.compile(r"\bstage\s*\(\s*[\"'](?P<name>[^\"'\n]{1,100})[\"']\s*\)")
_SHELL = re.compile(
    r"\b(?:sh|bat|powershell)\b[\s(]*(?:[^\n\"']{0,80}\bscript\s*:\s*)?"
    r"(?:\"\"\"(?P<a>.*?)\"\"\"|'''(?P<b>.*?)'''|\"(?P<c>[^\"\n]*)\"|'(?P<d>[^'\n]*)')",
    re.DOTALL,
)
_PUSHED = re.compile(r"\.push\(\s*(?:[\"'](?P<tag>[^\"'\n]*)[\"'])?\s*\)")


def jenkins_facts(source: Source) -> Iterator[Fact]:
    """Stages of a Jenkinsfile, each after the ones that stand before it."""
    text = source.text
    found = list(_STAGE.finditer(text))
    names = [match["name"] for match in found]
    for at, match in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(text)
        block = text[match.end() : end]
        scripts = [
            Script(text=shell[group], span=source.between(*_bounds(shell, group, match.end())))
            for shell in _SHELL.finditer(block)
            if (group := shell.lastgroup)
        ]
        scripts += [
            Script(
                text=f"docker push :{pushed['tag'] or ''}",
                span=source.between(match.end() + pushed.start(), match.end() + pushed.end()),
            )
            for pushed in _PUSHED.finditer(block)
        ]
        asks = re.search(r"\bchangeRequest\s*\(", block) is not None
        yield from _facts(
            source,
            _Job(
                name=match["name"],
                span=source.between(match.start(), match.end()),
                scripts=scripts,
                needs=tuple(names[:at]),
                triggers=("pull_request",) if asks else ("push",),
                guarded=re.search(r"\binput\b\s*[({m]", block) is not None,
            ),
        )


def _bounds(shell: re.Match[str], group: str, offset: int) -> tuple[int, int]:
    return offset + shell.start(group), offset + max(shell.end(group), shell.start(group) + 1)
