"""AEG251 to AEG260: credentials."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.review.documents.source import in_pipeline
from aegis.review.facts.types import (
    CloudKeyVariable,
    CommandLineKey,
    DefaultCredential,
    ImageSecret,
    LiteralKey,
    LogCall,
    Secret,
    Trait,
)
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule

_STORE = "keep it in a secret store, reference it, and rotate the one that was written down"


@rule(
    "AEG251",
    checks=Secret,
    severity=Severity.CRITICAL,
    hard=True,
    refs=("OWASP LLM02:2025", "ATLAS AML.T0055", "CWE-798"),
)
def secret_in_repository(secret: Secret) -> Iterator[Hit]:
    """Credential written into the repository.

    Everyone with a clone has it, now and later: deleting the line does not delete the history.
    """
    yield Hit(
        secret.span,
        f"a {secret.kind} stands in the text",
        label=secret.masked,
        mend=_STORE,
        certainty=secret.certainty,
    )


@rule("AEG252", checks=Repository, severity=Severity.HIGH, refs=("CIS Docker 4.10", "CWE-538"))
def secret_in_image(repository: Repository) -> Iterator[Hit]:
    """Secret that becomes part of an image.

    Build arguments, variables and copied files stay in the layers; whoever pulls the image reads
    them.
    """
    held = {secret.span.path for secret in repository.all(Secret)}
    committed = {path for path in repository.tree.paths if path.endswith(".env")} - held
    for secret in repository.all(ImageSecret):
        if secret.what.startswith("`COPY") and ".env" in secret.what and committed:
            continue  # everybody can read that file in the repository, and no secret is in it
        yield Hit(
            secret.span,
            "a secret enters an image layer",
            label=secret.what,
            mend="mount it for the one step: RUN --mount=type=secret,id=…",
        )


@rule("AEG253", checks=DefaultCredential, severity=Severity.HIGH, refs=("CWE-1392",))
def default_credential(credential: DefaultCredential) -> Iterator[Hit]:
    """Password or key that everybody knows.

    It works when nobody sets another, and an attacker tries it first.
    """
    label = "used when the variable is not set" if credential.fallback else "copied, it works"
    mend = (
        "fail at start when it is missing: ${NAME:?set me}"
        if credential.fallback
        else "leave it empty and make the service refuse to start without it"
    )
    yield Hit(credential.span, "a known default password or key is in use", label=label, mend=mend)


@rule("AEG254", checks=LiteralKey, severity=Severity.HIGH, refs=("CIS Kubernetes 5.4", "CWE-312"))
def literal_key(key: LiteralKey) -> Iterator[Hit]:
    """Key written as a literal into a deployment file.

    Configuration is read by more people and tools than secrets are, and is kept for ever.
    """
    yield Hit(
        key.span,
        f"a key is a literal in the {key.where}",
        label=f"`{key.name}`",
        mend="valueFrom.secretKeyRef, or the platform's secret reference",
    )


@rule(
    "AEG255",
    checks=LogCall,
    severity=Severity.HIGH,
    refs=("CWE-532",),
    profile=Profile.REVIEW,  # 1 of 4 was worth raising when read blind: names mislead
)
def secret_in_log(call: LogCall) -> Iterator[Hit]:
    """Key or token written to a log.

    Logs are copied, indexed and kept where secrets are not protected.
    """
    if call.carries == "secret":
        yield Hit(
            call.span,
            "a log call writes a key or token",
            label=f"`{call.names[0].rpartition('.')[2]}`",
            mend="log that it is set, never what it is",
            certainty=call.certainty,
        )


@rule(
    "AEG257", checks=CloudKeyVariable, severity=Severity.MEDIUM, refs=("ATLAS AML.T0055", "CWE-522")
)
def long_lived_cloud_key(key: CloudKeyVariable) -> Iterator[Hit]:
    """Long-lived cloud key where a role would do.

    It does not expire, works from anywhere, and reaches more than this service needs.
    """
    yield Hit(
        key.span,
        "workloads are given long-lived cloud keys",
        label=f"`{key.name}`",
        mend="use the platform's identity: instance role, workload identity, OIDC in CI",
    )


def _by_hand(path: str) -> bool:
    """Whether a pipeline's throwaway machine or a developer runs it, and not a service."""
    return in_pipeline(path) or path.rpartition("/")[2].lower() in {
        "makefile",
        "justfile",
    }


@rule(
    "AEG258",
    checks=CommandLineKey,
    severity=Severity.MEDIUM,
    refs=("CWE-214",),
    profile=Profile.REVIEW,  # 3 of 6 were worth raising when read blind
)
def key_on_command_line(key: CommandLineKey) -> Iterator[Hit]:
    """Key passed on a command line.

    The process list, crash reports and the orchestrator's description of the pod all show it.
    """
    yield Hit(
        key.span,
        "a key is an argument of a command",
        label=f"`{key.flag}`",
        mend="pass it by environment from a secret, or by file",
        severity=Severity.LOW if _by_hand(key.span.path) else None,
    )


@rule(
    "AEG259",
    checks=Trait,
    severity=Severity.MEDIUM,
    refs=("ATLAS AML.T0055",),
    profile=Profile.REVIEW,
)
def long_lived_ci_key(trait: Trait) -> Iterator[Hit]:
    """CI job that holds a long-lived cloud key.

    Any step of the job, and any action it uses, can take it along.
    """
    if trait.name == "long-lived-ci-key":
        yield Hit(
            trait.span,
            "a CI job uses a long-lived cloud key",
            label=f"`{trait.detail}`",
            mend="federate: permissions id-token: write and a role to assume",
        )
