"""Rules about change: what a difference touches, what a pipeline forgets, what nobody owns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.review.facts.types import (
    Prompt,
    Route,
    Trait,
    UnsafeLoad,
    Workload,
)
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule

_PROMPT_FILE = re.compile(
    r"(?:(?:^|/)prompts?/[^/]+|prompt[^/]*)\.(?:txt|md|ya?ml|j2|jinja2?|json|toml)$"
)
_EVALUATIONS = re.compile(r"(?<![a-z])eval|golden|promptfoo|ragas|expected|cases", re.IGNORECASE)


@rule(
    "AEG215",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("OWASP LLM04:2025", "ATLAS AML.M0014"),
)
def engine_changed_without_evaluation(repository: Repository) -> Iterator[Hit]:
    """Model, quantisation or engine changed, and no evaluation with it.

    Four bits answer differently from sixteen, and a new engine samples differently. Judged only
    where the changed files are known.
    """
    if _evaluated(repository):
        return
    for workload in repository.all(Workload):
        serves = workload.role == "model-server" and workload.span.path in repository.changed
        if serves:
            yield Hit(
                workload.span,
                "a model server changed and no evaluation changed or was added",
                label=workload.name,
                mend="run the evaluation set on the change and keep its result beside it",
                certainty=Certainty.LIKELY,
            )


def _evaluated(repository: Repository) -> bool:
    changed = repository.changed
    return not changed or any(_EVALUATIONS.search(path) for path in changed)


@rule(
    "AEG256",
    checks=Trait,
    severity=Severity.LOW,
    refs=("Helm documentation, chart best practices",),
    profile=Profile.REVIEW,
)
def chart_takes_secret_as_text(trait: Trait) -> Iterator[Hit]:
    """Chart that takes a secret as a plain value.

    Helm keeps the values of every release; whoever may read them reads the secret.
    """
    if trait.name == "chart-secret":
        yield Hit(
            trait.span,
            "a chart takes secrets as plain values",
            label=f"`{trait.detail}`",
            mend="take the name of an existing secret and its key",
        )


@rule(
    "AEG343",
    checks=Trait,
    severity=Severity.MEDIUM,
    refs=("Amazon Builders' Library, timeouts, retries and backoff with jitter",),
    profile=Profile.REVIEW,  # never read blind, and likely at most
)
def retry_without_backoff(trait: Trait) -> Iterator[Hit]:
    """Retries without a pause between them.

    A model server that is slow gets three times the load, and stays slow.
    """
    if trait.name == "retry-without-backoff":
        yield Hit(
            trait.span,
            "model calls are retried at once",
            label=trait.detail,
            mend="wait_random_exponential, stop_after_attempt, and one layer of retries only",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG364",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("vLLM documentation, security guide",),
    profile=Profile.REVIEW,
)
def engine_key_as_only_guard(repository: Repository) -> Iterator[Hit]:
    """Engine's own key as the only guard of a published server.

    vLLM checks it on some paths only; others, that pause the server or change its weights, stay
    open.
    """
    routed = repository.kinds & {"Ingress", "HTTPRoute", "Gateway"}
    for workload in repository.all(Workload):
        keyed = "--api-key" in workload.command or workload.variable("VLLM_API_KEY") is not None
        published = any(port.published for port in workload.ports) or bool(routed)
        if workload.product == "vllm" and keyed and published:
            yield Hit(
                workload.command_span,
                "the engine's key is the only guard of a published server",
                label="guards /v1, /v2, /inference and /cohere only",
                mend="a gateway that authenticates and forwards the paths you need, and no others",
                certainty=Certainty.LIKELY,
            )


@rule(
    "AEG402",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("Aegis anti-pattern: prompts as static configuration",),
)
def prompt_changed_without_evaluation(repository: Repository) -> Iterator[Hit]:
    """Prompt changed, and no evaluation with it.

    It is a release of new behaviour that looks like an edit of text. Judged only where the
    changed files are known.
    """
    if _evaluated(repository):
        return
    prompts = {each.span.path: each for each in reversed(repository.all(Prompt))}
    for path in sorted(repository.changed):
        named = _PROMPT_FILE.search(path)
        if path in prompts:
            yield Hit(
                prompts[path].span,
                "prompts changed and no evaluation changed or was added",
                label="changed",
                mend="add the cases that made you change it, and run the set",
                certainty=Certainty.LIKELY,
            )
        elif named is not None:
            place = next(
                (each.at(1) for each in repository.tree.sources if each.path == path), None
            )
            if place is not None:
                yield Hit(
                    place,
                    "prompts changed and no evaluation changed or was added",
                    label="changed",
                    mend="add the cases that made you change it, and run the set",
                )


@rule(
    "AEG425",
    checks=Trait,
    severity=Severity.HIGH,
    refs=("GitHub documentation, workflow syntax: continue-on-error",),
    profile=Profile.REVIEW,  # 0 of 2 were worth raising when read blind
)
def evaluation_cannot_fail(trait: Trait) -> Iterator[Hit]:
    """Evaluation in CI that cannot fail the job.

    It runs, it is red, and the release goes out.
    """
    if trait.name == "toothless-evaluation":
        yield Hit(
            trait.span,
            "an evaluation step cannot fail its job",
            label=trait.detail,
            mend="fail below the threshold; report only while you look for the threshold",
        )


@rule(
    "AEG427",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("Aegis objective: SLOs",),
    profile=Profile.REVIEW,
)
def no_load_test(repository: Repository) -> Iterator[Hit]:
    """Model server that nobody has loaded on purpose.

    Queues grow slowly and then all at once; where that point lies is measured or met.
    """
    servers = [
        each
        for each in repository.all(Workload, production=True)
        if each.role == "model-server" and each.gpus
    ]
    found = repository.mentions(
        b"locust", b"k6 ", b"vegeta", b"genai-perf", b"guidellm", b"aiperf", b"benchmark_serving",
        b"load_test", b"load-test", b"llmperf", b"wrk ", b"hey -",
    )  # fmt: skip
    if servers and not found:
        yield Hit(
            servers[0].span,
            "at what load does it miss its objective?",
            label="searched for load tests, found none",
            mend="raise the rate in steps until the objective breaks; keep the figure with the plan",
        )


@rule(
    "AEG445",
    checks=Trait,
    severity=Severity.MEDIUM,
    refs=("Kubernetes documentation, deployment revision history",),
)
def no_previous_version(trait: Trait) -> Iterator[Hit]:
    """History of versions switched off.

    `kubectl rollout undo` has nothing to go back to.
    """
    if trait.name == "no-history":
        yield Hit(
            trait.span,
            "no earlier version is kept to return to",
            label="revisionHistoryLimit: 0",
            mend="keep the last few; they cost nothing",
        )


@rule(
    "AEG447",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.LIKELY,
    refs=("Aegis objective: AI quality in progressive delivery",),
)
def canary_blind_to_quality(repository: Repository) -> Iterator[Hit]:
    """Canary that looks at errors only.

    A model that answers fast, politely and wrongly is promoted.
    """
    objects = [
        each
        for each in repository.objects
        if each.kind in {"AnalysisTemplate", "ClusterAnalysisTemplate", "Canary"}
    ]
    seen = repository.mentions(
        b"groundedness", b"faithful", b"hallucination", b"quality", b"eval_score", b"toxicity",
        b"feedback", b"relevance", b"accuracy", b"satisfaction",
    )  # fmt: skip
    if objects and repository.calls_models and not seen:
        yield Hit(
            objects[0].span,
            "the canary's analysis knows nothing of answers",
            label="searched for quality metrics, found none",
            mend="a verdict on sampled answers, beside errors and latency",
        )


@rule(
    "AEG451",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("Aegis strict requirement: separate environments",),
    profile=Profile.REVIEW,
)
def no_staging(repository: Repository) -> Iterator[Hit]:
    """One environment.

    Every change meets users first.
    """
    place = repository.anchor()
    paths = " ".join(repository.tree.paths).lower()
    named = any(word in paths for word in ("staging", "preprod", "overlays/", "environments/"))
    if place is None or not (repository.deploys and repository.serves and repository.calls_models):
        return
    if not named and not repository.mentions(b"staging", b"preprod", b"environment:"):
        yield Hit(
            place.span,
            "where does a change live before users meet it?",
            label="searched for staging, found none",
            mend="the same files with other values; smaller, and with no user data",
        )


@rule(
    "AEG469",
    checks=Workload,
    severity=Severity.LOW,
    refs=("vLLM documentation, usage stats collection",),
    profile=Profile.AUDIT,
)
def engine_reports_home(workload: Workload) -> Iterator[Hit]:
    """Engine that reports its use to its makers.

    In a closed network it fails; under some contracts it is not yours to send.
    """
    names = {each.name for each in workload.variables}
    silent = names & {"VLLM_NO_USAGE_STATS", "VLLM_DO_NOT_TRACK", "DO_NOT_TRACK"}
    if workload.product == "vllm" and workload.kind != "Job" and not silent:
        yield Hit(
            workload.span,
            "the engine sends usage statistics",
            label="on by default",
            mend="DO_NOT_TRACK=1 where contract or network ask for it",
        )


@rule(
    "AEG501",
    checks=Trait,
    severity=Severity.MEDIUM,
    refs=("OWASP LLM08:2025", "ATLAS AML.T0085.000"),
    profile=Profile.REVIEW,
)
def search_without_tenant(trait: Trait) -> Iterator[Hit]:
    """Search in a shared store without a filter.

    One customer's question finds another customer's document.
    """
    if trait.name == "unfiltered-search":
        yield Hit(
            trait.span,
            "searches of the vector store name no tenant",
            label=trait.detail,
            mend="filter by tenant in the store, and test that another tenant's text is not found",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG504",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("Aegis strict requirement: lineage", "ATLAS AML.M0025"),
    profile=Profile.REVIEW,
)
def no_lineage(repository: Repository) -> Iterator[Hit]:
    """Model whose origin nobody wrote down.

    When a label turns out wrong, nobody can say which models learned it.
    """
    loads = repository.all(UnsafeLoad, production=True)
    routes = [route for route in repository.all(Route, production=True) if route.spends]
    written = repository.mentions(
        b"mlflow", b"dvc.yaml", b"model_card", b"modelcard", b"wandb", b"lineage", b"model registry"
    )
    if loads and routes and not written:
        yield Hit(
            loads[0].span,
            "from which data and which commit does this model come?",
            label="searched for a registry, a card or lineage, found none",
            mend="digest of the data, commit of the code and versions of libraries, with the model",
        )
