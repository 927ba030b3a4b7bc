"""AEG441 to AEG469: release and observability."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.detect.placeholders import words
from aegis.review.facts.types import (
    CiJob,
    Container,
    Fact,
    LogCall,
    Resource,
    Route,
    Trait,
    UnsafeLoad,
    Workload,
)
from aegis.review.facts.world import ended_images, ended_kubernetes
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule
from aegis.review.rules.places import asked_at, reads_for_others

_SERVES_MODEL = "Aegis prohibition: production without monitoring, alerting and a way back"


@rule(
    "AEG441",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("Aegis anti-pattern: untested model to all traffic",),
)
def change_reaches_everyone_at_once(repository: Repository) -> Iterator[Hit]:
    """Change that goes to all traffic at once.

    A model that is worse is not an error: nothing fails, everyone gets it.
    """
    servers = [
        each
        for each in repository.all(Workload, production=True)
        if each.role == "model-server"
        and each.origin == "kubernetes"
        and "/templates/" not in each.span.path  # whoever installs a chart decides
        and each.kind in {"Deployment", "StatefulSet", "InferenceService"}
    ]
    if servers and not repository.has_progressive_delivery:
        yield Hit(
            servers[0].span,
            "a new model reaches all traffic at once",
            label="searched for canary, blue-green and traffic weights, found none",
            mend="a canary with an analysis on quality and latency",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG442",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=(_SERVES_MODEL,),
)
def no_way_back(repository: Repository) -> Iterator[Hit]:
    """No automated way back.

    The night it goes wrong, the steps are worked out by the person who is woken.
    """
    place = repository.anchor()
    if place is None or not repository.calls_models or not repository.serves:
        return
    managed = any(each.kind == "aws_sagemaker_endpoint" for each in repository.all(Resource))
    if not repository.has_progressive_delivery and not repository.is_template and not managed:
        found = (
            "no deployment artefact at all"
            if not repository.deploys
            else "searched for rollback, canary and analysis, found none"
        )
        yield Hit(
            place.span,
            "nothing takes a bad release back by itself",
            label=found,
            mend="keep the last version deployable, and roll back on a metric",
            certainty=Certainty.LIKELY,
            severity=None if repository.is_released else Severity.LOW,
        )


@rule(
    "AEG443",
    checks=Workload,
    severity=Severity.HIGH,
    refs=("Kubernetes documentation, deployment strategies",),
)
def every_replica_stops_at_once(workload: Workload) -> Iterator[Hit]:
    """Update that stops the old before the new can answer.

    The service is away as long as the weights take to load.
    """
    if workload.role == "model-server" and workload.strategy in {"Recreate", "maxUnavailable 100%"}:
        yield Hit(
            workload.span,
            "an update stops every replica of a model server",
            label=workload.strategy,
            mend="RollingUpdate with maxUnavailable 0 where accelerators allow it",
        )


@rule("AEG444", checks=Repository, severity=Severity.MEDIUM, refs=("SLSA build track", "CWE-829"))
def release_under_a_moving_name(repository: Repository) -> Iterator[Hit]:
    """Pipeline that releases under a name that moves, or from a pull request.

    The version that worked yesterday cannot be named any more. Under `pull_request_target` a
    stranger's change can be published; under `pull_request` the token of a fork may only read.
    """
    for job in repository.all(CiJob):
        if job.pushes_mutable_only is not None:
            yield Hit(
                job.pushes_mutable_only,
                "CI pushes images under a moving tag only",
                label="no commit or version",
                mend="push the commit's digest, move the tag after the gates",
            )
        if (
            job.publishes is not None
            and not job.guarded
            and "pull_request_target" in job.triggers
            and not {"push", "release", "workflow_dispatch", "tag"} & set(job.triggers)
        ):
            yield Hit(
                job.publishes,
                "CI publishes from pull requests",
                mend="build there, publish after the merge",
                severity=Severity.HIGH,
            )


@rule(
    "AEG446",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("GitHub documentation, security hardening for Actions", "CWE-829"),
    profile=Profile.GATE,
)
def moving_action(repository: Repository) -> Iterator[Hit]:
    """Third-party action named by a tag in a job that releases.

    Its owner, or whoever takes the account, runs code with your registry's password.
    """
    found = [
        each
        for job in repository.all(CiJob)
        if job.publishes is not None or job.deploys is not None
        for each in job.unpinned_actions
    ]
    found.sort(key=lambda each: (_known_vendor(each[0]), each[1].path, each[1].line))
    if found:
        name, place = found[0]
        yield Hit(
            place,
            "a releasing job uses actions by tag",
            label=f"{name}: not a commit",
            mend="owner/action@<40 hex digits>  # v1.2.3",
            also=tuple(span for _, span in found[1:]),
        )


# Companies whose actions handle their own products' credentials; anybody else's come first.
_VENDORS = words(
    "docker aws-actions azure google-github-actions hashicorp helm sigstore anchore aquasecurity pypa "
    "astral-sh superfly databricks cloudflare digitalocean redhat-actions oracle-actions codecov"
)


def _known_vendor(action: str) -> bool:
    """Whether an action is a large vendor's own, and named by a release and not by a branch."""
    owner, _, reference = action.lower().partition("/")
    return owner in _VENDORS and not reference.endswith(("@main", "@master"))


@rule(
    "AEG448",
    checks=Container,
    severity=Severity.HIGH,
    refs=("Aegis anti-pattern: deploying the notebook",),
)
def notebook_in_production(container: Container) -> Iterator[Hit]:
    """Notebook as the thing that is deployed.

    Cells run in the order somebody once clicked them; nothing tests, bounds or reviews that.
    """
    if container.copies_notebook:
        yield Hit(
            container.command_span,
            "the image starts a notebook",
            label=container.command[:40],
            mend="move the code into a module with tests, and serve that",
        )


@rule(
    "AEG449",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Aegis strict requirement: separate environments",),
)
def development_settings_deployed(repository: Repository) -> Iterator[Hit]:
    """Development settings in the only deployment file.

    Code from the checkout covers the code in the image, so what runs is not what was built.
    """
    elsewhere = repository.all(Resource, production=True) or any(
        each.origin == "kubernetes" for each in repository.all(Workload, production=True)
    )
    for trait in repository.traits("source-over-image"):
        if elsewhere or not _holds_code(repository, trait):
            continue
        yield Hit(
            trait.span,
            "the checkout is mounted over the image's code",
            label="what runs is not what was built",
            mend="keep it in an override file for development",
        )


_CODE = (".py", ".js", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java")


def _holds_code(repository: Repository, trait: Trait) -> bool:
    """Whether the folder that is mounted has code in it, and not data."""
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(trait.span.path), trait.detail))
    start = "" if folder == "." else f"{folder}/"
    return any(path.startswith(start) and path.endswith(_CODE) for path in repository.tree.paths)


_CLUSTERS = {
    "aws_eks_cluster": "version",
    "azurerm_kubernetes_cluster": "kubernetes_version",
    "google_container_cluster": "min_master_version",
    "module.eks": "cluster_version",
}
_VERSION = re.compile(r"v?(\d+(?:\.\d+)?)")
# Products that are numbered by one figure.
_WHOLE = frozenset(("node", "debian"))


@rule(
    "AEG450",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("endoflife.date, products",),
)
def unsupported_platform(repository: Repository) -> Iterator[Hit]:
    """Base that no longer gets security fixes.

    New holes stay open.
    """
    for container in repository.all(Container):
        base = container.base
        name = base.name.rpartition("/")[2] if base is not None else ""
        version = _version(base.tag, whole=name in _WHOLE) if base is not None else ""
        ended = ended_images().get(name, {}).get(version)
        if base is not None and ended:
            yield Hit(
                base.span,
                "a base image gets no security fixes",
                label=f"{name.capitalize()} {version} ended {ended}",
                mend="a supported version, tested first",
            )
    for resource in repository.all(Resource):
        found = resource.get(_CLUSTERS.get(resource.kind, ""))
        version = _version(found.value, whole=False) if found is not None else ""
        if found is not None and version in ended_kubernetes():
            yield Hit(
                found.span,
                "a cluster runs a version of Kubernetes that is not mended upstream",
                label=f"{version} ended {ended_kubernetes()[version]}",
                mend="the next minor versions one by one; a cloud's paid support buys months",
                severity=Severity.LOW,
            )


def _version(written: str, *, whole: bool) -> str:
    match = _VERSION.match(written)
    if match is None:
        return ""
    return match[1].partition(".")[0] if whole else match[1]


@rule(
    "AEG461",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,  # a platform may measure what this repository does not
    refs=(_SERVES_MODEL, "ATLAS AML.M0024"),
)
def no_metrics(repository: Repository) -> Iterator[Hit]:
    """Service without metrics.

    You learn from users that it is slow, and from the bill that it was busy.
    """
    place = asked_at(repository)
    if (
        place is None
        or not repository.calls_models
        or not repository.serves
        or repository.shows_samples
        or repository.has_metrics
    ):
        return
    yield Hit(
        place.span,
        "nothing measures the service",
        label="searched for exporters, scrapes and traces, found none",
        mend="latency, errors, tokens and queue length, per model version",
        # An image shows no service, and a cloud counts for itself.
        severity=Severity.LOW if isinstance(place, Container | Resource) else None,
    )


@rule(
    "AEG462",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=(_SERVES_MODEL,),
    profile=Profile.REVIEW,  # 6 of 11 were worth raising when read blind
)
def no_alert(repository: Repository) -> Iterator[Hit]:
    """Metrics that wake nobody.

    A dashboard is looked at after the fact.
    """
    place = repository.anchor()
    monitored = repository.exports_metrics and (repository.deploys and repository.serves)
    if place is None or not repository.calls_models or not monitored or repository.has_alerts:
        return
    yield Hit(
        place.span,
        "metrics exist and nothing alerts on them",
        label="searched for alert rules and objectives, found none",
        mend="an objective, and an alert on the speed at which its budget burns",
        certainty=Certainty.LIKELY,
    )


@rule(
    "AEG463",
    checks=Repository,
    severity=Severity.HIGH,
    refs=("OWASP LLM02:2025", "NIST AI 600-1, data privacy", "CWE-532"),
)
def conversation_in_log(repository: Repository) -> Iterator[Hit]:
    """Raw prompt, answer or personal data in a log.

    People type what they would tell a doctor; logs go to places that were never assessed for it.
    """
    shown = bool(repository.traits("debug-logging"))
    for call in repository.all(LogCall):
        quiet = (call.is_debug and not shown) or (call.is_info and not repository.hears_info)
        if call.carries == "content":
            quiet = quiet or call.is_trouble  # only when something failed
            short = call.names[0].rpartition(".")[2]
            measured = short.startswith("prediction")
            yield Hit(
                call.span,
                "conversations are written to the log"
                if not measured
                else "every prediction is written to the log",
                label=f"`{short}`",
                mend="log an id, lengths and the prompt's version; keep content in a store with retention",
                certainty=call.certainty,
                severity=Severity.LOW if measured or quiet else None,
            )
        elif call.carries == "person":
            yield Hit(
                call.span,
                "personal data is written to the log",
                label=f"`{call.names[0]}`",
                severity=Severity.LOW if quiet else None,
                mend="log a pseudonym",
                certainty=call.certainty,
            )


@rule(
    "AEG464",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("NIST AI 600-1, data privacy",),
    profile=Profile.REVIEW,
)
def prompts_to_third_party(repository: Repository) -> Iterator[Hit]:
    """Prompts sent to a tracing service of somebody else.

    They leave your boundary with everything that users wrote.
    """
    for workload in repository.all(Workload):
        for variable in workload.variables:
            if (
                variable.name in {"LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING"}
                and variable.value.lower() == "true"
            ):
                yield Hit(
                    variable.span,
                    "prompts are traced to a hosted service",
                    mend="hide inputs and outputs, or host the traces yourself",
                )


@rule(
    "AEG465",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("ATLAS AML.M0024", "Aegis strict requirement: lineage"),
    profile=Profile.REVIEW,
)
def answer_without_origin(repository: Repository) -> Iterator[Hit]:
    """Answers that do not say which model and prompt made them.

    A complaint cannot be traced to a version.
    """
    routes = [route for route in repository.all(Route, production=True) if route.spends]
    if routes and not repository.mentions(
        b"model_version", b"x-model", b"gen_ai.request.model", b"model-version", b"prompt_version",
        b"model_used", b"used_model", b"langfuse", b"langsmith", b"openinference",
    ):  # fmt: skip
        yield Hit(
            routes[0].span,
            "answers carry no model or prompt version",
            mend="put both into the answer's metadata and the trace",
            certainty=Certainty.LIKELY,
        )


@rule(
    "AEG467",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.ASK,
    refs=("Aegis anti-pattern: ignoring drift and feedback",),
)
def nothing_comes_back(repository: Repository) -> Iterator[Hit]:
    """No drift monitor and no feedback.

    The world moves on; the model does not notice.
    """
    place = asked_at(repository)
    found = repository.mentions(
        b"evidently",
        b"drift",
        b"feedback",
        b"thumbs",
        b"nannyml",
        b"alibi_detect",
        b"whylogs",
        b"arize",
    )
    own = repository.chooses_models or bool(repository.all(UnsafeLoad, production=True))
    asked = repository.serves and repository.releases_models and own
    if place is not None and asked and not found and not _reads(place):
        yield Hit(
            place.span,
            "nothing tells you when answers get worse",
            label="searched for drift and feedback, found none",
            mend="a thumb on each answer, a weekly look at the worst, a drift test on inputs",
            severity=Severity.LOW if isinstance(place, Container | Resource) else None,
        )


def _reads(place: Fact) -> bool:
    """Whether what answers there is a text that was read, or numbers: nobody would rate them."""
    path = place.path if isinstance(place, Route) else ""
    return reads_for_others(f"{place.span.path} {path}")


@rule("AEG468", checks=Trait, severity=Severity.LOW, refs=("CWE-532",), profile=Profile.REVIEW)
def debug_logging(trait: Trait) -> Iterator[Hit]:
    """Root logger at DEBUG.

    Client libraries log whole requests at that level, with prompts and headers.
    """
    if trait.name == "debug-logging":
        yield Hit(trait.span, "the root logger is set to DEBUG", mend="INFO, from configuration")
