"""AEG251 to AEG260: credentials."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity, Span
from aegis.detect.names import secret_role
from aegis.review.documents.source import in_pipeline
from aegis.review.facts.text import KNOWN_PASSWORDS
from aegis.review.facts.types import (
    CloudKeyVariable,
    CommandLineKey,
    DefaultCredential,
    ImageSecret,
    LiteralKey,
    LogCall,
    Secret,
    Trait,
    Workload,
)
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule

# Settings of Firebase in an app: Firebase documentation, "Learn about using and managing API keys".
_OF_FIREBASE = re.compile(
    r"(?:^|/)(?:google-services[\w.-]*\.json|GoogleService-Info[\w.-]*\.plist)$"
)
_OF_SCANNERS = re.compile(r"(?:^|/)(?:\.secrets\.baseline|\.gitleaksignore|detect-secrets\.json)$")
_STORE = "keep it in a secret store, reference it, and rotate the one that was written down"


@rule(
    "AEG251",
    checks=Repository,
    severity=Severity.CRITICAL,
    hard=True,
    refs=("OWASP LLM02:2025", "ATLAS AML.T0055", "CWE-798"),
)
def secret_in_repository(repository: Repository) -> Iterator[Hit]:
    """Credential written into the repository.

    Everyone with a clone has it, now and later: deleting the line does not delete the history.
    """
    lines = _Lines(repository)
    written = repository.all(LiteralKey) + repository.all(ImageSecret)
    for secret in repository.all(Secret):
        if _OF_SCANNERS.search(secret.span.path):
            continue  # digests of what a scanner found
        if secret.kind == "google-api-key" and _is_for_browsers(secret, repository):
            continue  # every copy of the app has it: it names the project and opens nothing
        value = lines.text_at(secret.span)
        yield Hit(
            secret.span,
            _said(secret),
            label=secret.masked,
            mend=_STORE,
            also=tuple(each.span for each in written if value and value in lines.at(each.span)),
            severity=None if secret.certainty is Certainty.CERTAIN else Severity.HIGH,
            certainty=secret.certainty,
        )


def _said(secret: Secret) -> str:
    """A vendor's key by its name; what only looks like a credential together with its like."""
    if secret.certainty is not Certainty.CERTAIN:
        return "credentials stand in the text"
    return f"{'an' if secret.kind[0] in 'aeiou' else 'a'} {secret.kind} stands in the text"


def _is_for_browsers(secret: Secret, repository: Repository) -> bool:
    """Whether a key of Google's is one that every copy of an app or of a page holds."""
    path = secret.span.path
    source = next((each for each in repository.tree.sources if each.path == path), None)
    maps = source is not None and source.has(b"maps.googleapis.com", b"maps/api/js")
    return _OF_FIREBASE.search(path) is not None or (path.endswith((".js", ".html")) and maps)


class _Lines:
    """Texts of places, to see that two of them hold one credential; nothing of them is kept."""

    def __init__(self, repository: Repository) -> None:
        self._sources = {source.path: source for source in repository.tree.sources}
        self._told = {self.text_at(secret.span) for secret in repository.all(Secret)} - {""}

    def at(self, place: Span) -> str:
        """The line of a place; empty when its file was not read."""
        source = self._sources.get(place.path)
        return "" if source is None else source.lines[place.line - 1]

    def text_at(self, place: Span) -> str:
        """What stands at a place; empty when it is longer than a line."""
        if place.end_column is None or place.end_line not in {None, place.line}:
            return ""
        return self.at(place)[place.column - 1 : place.end_column - 1]

    def is_told(self, place: Span) -> bool:
        """Whether the credential on a line is one that AEG251 names: one password, one mend."""
        line = self.at(place) if self._told else ""
        return any(value in line for value in self._told)


@rule("AEG252", checks=Repository, severity=Severity.HIGH, refs=("CIS Docker 4.10", "CWE-538"))
def secret_in_image(repository: Repository) -> Iterator[Hit]:
    """Secret that becomes part of an image.

    Build arguments, variables and copied files stay in the layers; whoever pulls the image reads
    them.
    """
    held = {secret.span.path for secret in repository.all(Secret)}
    committed = {path for path in repository.tree.paths if path.endswith(".env")} - held
    lines = _Lines(repository)
    for secret in repository.all(ImageSecret):
        if secret.what.startswith("`COPY") and ".env" in secret.what and committed:
            continue  # everybody can read that file in the repository, and no secret is in it
        if lines.is_told(secret.span) or _ends_in_a_stage(secret, repository):
            continue
        yield Hit(
            secret.span,
            "a secret enters an image layer",
            label=secret.what,
            mend="mount it for the one step: RUN --mount=type=secret,id=…",
            severity=Severity.LOW if _only_settings(secret, repository) else None,
        )


_NAMES = re.compile(r"^(?:export )?(\w+)\s*=", re.MULTILINE)


def _only_settings(secret: ImageSecret, repository: Repository) -> bool:
    """Whether the sample of a copied `.env`, beside the image's file, names no secret at all."""
    folder = posixpath.dirname(secret.span.path)
    samples = [
        _NAMES.findall(source.text)
        for source in repository.tree.sources
        if posixpath.dirname(source.path) == folder
        and re.fullmatch(r"\.?env\.(?:example|sample|template|dist)", source.name) is not None
    ]
    names = [name for sample in samples for name in sample]
    return ".env" in secret.what and bool(names) and not any(map(secret_role, names))


def _ends_in_a_stage(secret: ImageSecret, repository: Repository) -> bool:
    """Whether an argument of a build is only taken by stages that the image does not keep."""
    name = secret.what.strip("`").removeprefix("--build-arg ").encode()
    if not secret.what.startswith("`--build-arg"):
        return False
    kept = any(each.what == f"`ARG {name.decode()}`" for each in repository.all(ImageSecret))
    return not kept and any(
        b"ARG " + name in source.data
        for source in repository.tree.sources
        if "dockerfile" in source.name.lower()
    )


@rule("AEG253", checks=Repository, severity=Severity.HIGH, refs=("CWE-1392",))
def default_credential(repository: Repository) -> Iterator[Hit]:
    """Password or key that everybody knows.

    It works when nobody sets another, and an attacker tries it first. What code falls back on
    weighs little where every deployment gives it another, and what is only sent to a page that
    alerts are posted to opens less than the password of a store.
    """
    given = _given_by_deployments(repository)
    for credential in repository.all(DefaultCredential):
        label = "used when the variable is not set" if credential.fallback else "copied, it works"
        mend = (
            "fail at start when it is missing: ${NAME:?set me}"
            if credential.fallback
            else "leave it empty and make the service refuse to start without it"
        )
        in_code = credential.fallback and credential.span.path.endswith(".py")
        severity = Severity.MEDIUM if _ONLY_SENT.search(credential.span.path) else None
        yield Hit(
            credential.span,
            "a known default password or key is in use",
            label=label,
            mend=mend,
            severity=Severity.LOW if in_code and credential.name.upper() in given else severity,
        )


# Settings of what scrapes and alerts: their passwords are shown to others and open nothing here.
_ONLY_SENT = re.compile(r"(?:^|/)(?:alertmanager|prometheus|scrape|promtail|blackbox)[^/]*\.ya?ml$")


def _given_by_deployments(repository: Repository) -> frozenset[str]:
    """Names that deployments set to something that nobody can know from a file."""
    given: dict[str, bool] = {}
    for workload in repository.all(Workload, production=True):
        for variable in workload.variables:
            known = ":-" in variable.value or variable.value.lower() in KNOWN_PASSWORDS
            secret = bool(variable.value) and not known
            given[variable.name] = given.get(variable.name, True) and secret
    return frozenset(name for name, secret in given.items() if secret)


@rule("AEG254", checks=Repository, severity=Severity.HIGH, refs=("CIS Kubernetes 5.4", "CWE-312"))
def literal_key(repository: Repository) -> Iterator[Hit]:
    """Key written as a literal into a deployment file.

    Configuration is read by more people and tools than secrets are, and is kept for ever.
    """
    lines = _Lines(repository)
    for key in repository.all(LiteralKey):
        if not lines.is_told(key.span):
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
