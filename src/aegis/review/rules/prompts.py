"""AEG401 to AEG428: prompts and their evaluation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity, Span
from aegis.review.documents.source import Tier, tier_of
from aegis.review.facts.types import CiJob, Prompt, Trait
from aegis.review.nature import SPOKEN
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule
from aegis.review.rules.places import answers_at, asked_at

# Fewer words are a line beside a prompt: the date, a name, the sentence that every example has; where no
# prompt has as many, those of `SPOKEN` words are all that there is.
_A_PROMPT = 20
# What writes the prompts that are sent into traces.
_RECORDED = (
    b"openaiinstrumentor", b"langchaininstrumentor", b"openinference", b"traceloop",
    b"langfuse.openai", b"llamaindexinstrumentor", b"anthropicinstrumentor",
)  # fmt: skip
# What says, beside each trace or answer, which commit of the code gave it.
_STAMPED = (
    b"git_sha", b"commit_sha", b"git_commit", b"source_commit", b"git_hash", b"release_sha", b"build_sha",
)  # fmt: skip
# A module that holds prompts, and one that says which version its texts are.
_OF_PROMPTS = re.compile(r"prompts?(?:_templates?)?(?:/[^/]+)?\.py$")
_FILED = re.compile(r"(?:^|/)prompts/[^/]+\.py$")
_NUMBERED = re.compile(r"(?:^|[/_.-])v\d+(?=[/_.-])")
_STORED = (b"process_name=", b"prompt_name=", b"model_version=", b"process_version=")
_VERSIONED = re.compile(r"(?i)\b\w*version\w*[\"']?\s*(?::\s*\w+\s*)?[=:]\s*[\"']v?\d")


@rule(
    "AEG401",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Aegis anti-pattern: prompts as static configuration", "ATLAS AML.M0021"),
)
def unversioned_prompt(repository: Repository) -> Iterator[Hit]:
    """Prompt written as a literal in code, without an id or version.

    It changes behaviour like a model does, and nothing says which text answered which user.
    """
    if repository.mentions(
        b"prompt_version",
        b"prompt_id",
        b"prompt-version",
        b"langfuse.get_prompt",
        b"pull_prompt",
        b"hub.pull",
        b"prompt_registry",
        b"load_prompt",
    ):
        return
    if repository.is_stamped(*_STAMPED):
        return  # prompts are of the code, and each answer says of which
    spoken = [each for each in repository.all(Prompt) if each.words >= SPOKEN]
    written = [each for each in spoken if each.words >= _A_PROMPT] or spoken
    kept = _kept_with_a_name(repository, written)
    prompts = [each for each in written if each.span.path not in kept]
    if len(prompts) * 2 < len(written):
        return  # most are kept as the rule asks
    if len({each.span.path for each in prompts}) == 1 and repository.mentions(*_RECORDED):
        return  # each trace holds the text, and the history of one module holds every version
    served = [each for each in prompts if tier_of(each.span.path) is Tier.PRODUCTION] or prompts
    for prompt in sorted(served, key=_weight)[:1]:
        yield Hit(
            prompt.span,
            "prompts are literals in code, without id or version",
            label="no id, no version",
            mend="one file per prompt with an id; log id and digest with each answer",
            certainty=prompt.certainty,
            also=tuple(each.span for each in prompts if each is not prompt),
        )


def _kept_with_a_name(repository: Repository, written: list[Prompt]) -> frozenset[str]:
    """Modules that do what the rule asks for: one prompt each in a folder of prompts, or a version.

    A number in the name of a module is one where answers are stored with the name of what made them.
    """
    many = Counter(each.span.path for each in written)
    named = repository.mentions(*_STORED)
    return frozenset(
        source.path
        for source in repository.tree.sources
        if source.path in many
        and (
            (many[source.path] == 1 and _FILED.search(source.path) is not None)
            or (_OF_PROMPTS.search(source.path) and _VERSIONED.search(source.text))
            or (named and _NUMBERED.search(source.path) is not None)
        )
    )


def _weight(prompt: Prompt) -> tuple[bool, int]:
    """Much before little, what tells a model who it is before what fills in a question."""
    judges = re.search(r"eval|bench|judge", prompt.span.path.lower()) is not None
    return judges, -prompt.words * (2 if prompt.role == "system" else 1)


@rule(
    "AEG403", checks=Prompt, severity=Severity.HIGH, refs=("OWASP LLM07:2025", "OWASP LLM08:2026")
)
def secret_in_prompt(prompt: Prompt) -> Iterator[Hit]:
    """Credential inside a prompt.

    A prompt can be asked for its own text.
    """
    if prompt.holds:
        yield Hit(
            prompt.span,
            "a prompt holds a credential",
            label=prompt.holds,
            mend="give it to the tool that needs it, never to the model",
        )


@rule(
    "AEG404",
    checks=Prompt,
    severity=Severity.MEDIUM,
    refs=("Regulation (EU) 2024/1689, Article 50",),
    profile=Profile.REVIEW,  # never read blind, and likely at most
)
def prompt_claims_to_be_human(prompt: Prompt) -> Iterator[Hit]:
    """Prompt that tells the model to pass for a person.

    People have a right to know that they talk to a machine, in the European Union by law.
    """
    if prompt.claims_human:
        yield Hit(
            prompt.span,
            "a prompt tells the model to pass for a human",
            label="says it is a person",
            mend="say that it is an assistant, in the prompt and on the page",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG405",
    checks=Prompt,
    severity=Severity.MEDIUM,
    refs=("Python language reference, formatted string literals",),
)
def frozen_value_in_prompt(prompt: Prompt) -> Iterator[Hit]:
    """Prompt that froze the time at start.

    The process runs for weeks and tells the model that today is the day of the deployment.
    """
    if prompt.frozen_at_import:
        yield Hit(
            prompt.span,
            f"a prompt freezes {prompt.frozen_at_import} when the module is imported",
            mend="build it for each request",
        )


@rule(
    "AEG421",
    checks=Repository,
    severity=Severity.HIGH,
    certainty=Certainty.ASK,  # answers may be judged where this repository does not show it
    refs=(
        "Aegis strict requirement: evaluation data before production",
        "NIST AI 600-1, confabulation",
    ),
)
def no_evaluation(repository: Repository) -> Iterator[Hit]:
    """No evaluation of what the model answers.

    Tests say that the service is up; only known answers say that it is right.
    """
    place = asked_at(repository)
    if place is None or not repository.releases_models:
        return
    if not repository.has_evaluation and repository.chooses_models:
        found = (
            "no test of any kind"
            if not repository.has_tests
            else "tests, but none that judges answers"
        )
        yield Hit(
            place.span,
            "nothing judges the model's answers before they reach users",
            label=f"searched paths and code for evaluation: {found}",
            mend="begin with 50 labelled cases and a threshold",
            # Elsewhere the place was mostly wrong when it was read: 17 of 33 were worth raising.
            severity=None if answers_at(place) else Severity.LOW,
        )


@rule(
    "AEG422",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Aegis strict requirement: evaluation harness",),
)
def evaluation_gates_nothing(repository: Repository) -> Iterator[Hit]:
    """Evaluation that gates nothing, or no pipeline at all.

    A check that somebody must remember to run is skipped on the day that matters.
    """
    place = repository.anchor()
    if place is None or not repository.releases_models:
        return
    jobs = repository.all(CiJob)
    if not repository.has_code:
        return
    if not repository.has_ci:
        yield Hit(
            place.span,
            "no pipeline runs tests or evaluations",
            label="searched for CI configuration, found none",
            mend="a job that runs both on each change and fails below the threshold",
        )
    elif jobs and repository.judges_answers and not any(job.evaluates for job in jobs):
        yield Hit(
            jobs[0].span,
            "evaluations exist and no CI job runs them",
            label=f"{len(jobs)} jobs read",
            mend="run them on changes of model, prompt or data, and fail below the threshold",
            certainty=Certainty.LIKELY,
        )


@rule("AEG423", checks=Repository, severity=Severity.HIGH, refs=("ATLAS AML.M0014",))
def release_without_gate(repository: Repository) -> Iterator[Hit]:
    """Release that depends on no test and no evaluation.

    A red test and a green release can happen in the same minute.
    """
    jobs = repository.all(CiJob)
    if not repository.calls_models:
        return
    gated = _gated(jobs)
    anywhere = any(each.tests or each.evaluates for each in jobs)
    merged = _tested_before_the_merge(jobs)
    late: list[tuple[Span, CiJob]] = []
    for job in jobs:
        place = job.deploys or job.publishes
        if (
            place is None
            or job.tests
            or job.evaluates
            or _waits(job)
            or _BESIDE.search(f"{job.workflow} {job.name}")
        ):
            continue
        if (job.workflow, job.name) not in gated:
            late.append((place, job))
    lone = Counter(job.workflow for _, job in late)
    for place, job in late:
        alone = lone[job.workflow] == 1 and job.deploys is None and _by_tag_only(job)
        yield Hit(
            place,
            "a job releases without waiting for tests or evaluations",
            label=_what_tests(job, jobs),
            mend="needs: [test, evaluate]",
            certainty=Certainty.LIKELY if anywhere else Certainty.CERTAIN,
            severity=Severity.LOW if merged or alone else None,
        )


def _what_tests(job: CiJob, jobs: list[CiJob]) -> str:
    """Where the tests are that a release does not wait for."""
    tested = {each.workflow for each in jobs if each.tests or each.evaluates}
    beside = {each.calls for each in jobs if each.workflow == job.workflow} | {job.workflow}
    if beside & tested:
        return "the job that tests is not one of its needs"
    return "its workflow tests nothing, others do" if tested else "no job tests or evaluates"


def _by_tag_only(job: CiJob) -> bool:
    """Whether nothing but a tag or a release that somebody made starts it."""
    events = set(job.triggers) - _STARTED - {"push"}
    return bool(events) and events <= {"tag", "release"}


_STARTED = {"workflow_dispatch", "repository_dispatch", "workflow_call", "workflow_run"}


def _waits(job: CiJob) -> bool:
    """Whether a person starts it, or another workflow whose gates it has."""
    return bool(job.triggers) and set(job.triggers) <= _STARTED


def _tested_before_the_merge(jobs: list[CiJob]) -> bool:
    """Whether tests run on pull requests and on nothing else.

    Then the gate, if there is one, is the protection of the branch, which no file shows. Where
    they run again on each push, a release of that push races them.
    """
    testing = [set(each.triggers) for each in jobs if each.tests or each.evaluates]
    return any("pull_request" in each for each in testing) and not any(
        each & {"push", "schedule", "release"} for each in testing
    )


# What a pipeline makes for itself, and what is published beside a service.
_BESIDE = re.compile(
    r"base[-_ ]?image|(?:^|[-_/ ])caches?(?:[-_. ]|$)|builder|(?:^|/)docs?[-_.]|documentation",
    re.IGNORECASE,
)


def _gated(jobs: list[CiJob]) -> set[tuple[str, str]]:
    """Jobs that test or evaluate, and those that wait for one of them at any distance.

    A job that runs another workflow of the repository tests what that one tests.
    """
    tested = {each.workflow for each in jobs if each.tests or each.evaluates}
    after: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for job in jobs:
        for name in job.needs:
            after.setdefault((job.workflow, name), []).append((job.workflow, job.name))
    pending = [
        (job.workflow, job.name)
        for job in jobs
        if job.tests or job.evaluates or job.calls in tested
    ]
    gated = set(pending)
    while pending:
        fresh = [each for each in after.get(pending.pop(), ()) if each not in gated]
        gated.update(fresh)
        pending += fresh
    return gated


@rule(
    "AEG424",
    checks=Trait,
    severity=Severity.MEDIUM,
    refs=("CWE-1053",),
    profile=Profile.REVIEW,  # 0 of 1 was worth raising when read blind
)
def test_that_proves_nothing(trait: Trait) -> Iterator[Hit]:
    """Test without an assertion, or against a live service.

    It is green whatever the code does.
    """
    if trait.name == "hollow-test":
        yield Hit(
            trait.span,
            f"tests prove nothing: {trait.detail}",
            mend="assert on the answer, against a local instance",
        )


@rule(
    "AEG428",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("OWASP LLM01:2025", "Aegis prohibition: skipping red-teaming"),
    profile=Profile.REVIEW,
)
def no_red_team(repository: Repository) -> Iterator[Hit]:
    """No attempt at breaking it before others try.

    Users will ask for the prompt, paste hostile documents and push the tools.
    """
    prompts = repository.all(Prompt, production=True)
    found = repository.mentions(
        b"red_team",
        b"redteam",
        b"red-team",
        b"jailbreak",
        b"prompt_injection",
        b"prompt injection",
        b"garak",
        b"pyrit",
        b"injection",
    )
    if prompts and repository.serves and not found:
        yield Hit(
            prompts[0].span,
            "who has tried to break the prompts?",
            label="searched for injection and red-team suites, found none",
            mend="a suite of hostile inputs in CI, and a person for an afternoon",
        )
