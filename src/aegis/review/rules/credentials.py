"""AEG261 and AEG262: credentials that code makes, and whether anything looks for lost ones."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.review.facts.types import CiJob, Resource
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule

_KEYS = {
    "aws_iam_access_key": "an access key of a user",
    "google_service_account_key": "a key of a service account",
    "azuread_application_password": "a password of an application",
    "azuread_service_principal_password": "a password of a service principal",
}
_SCANNERS = (
    b"gitleaks", b"trufflehog", b"detect-secrets", b"ggshield", b"git-secrets", b"secretlint",
    b"credsweeper", b"talisman", b"aegis review", b"secret_detection", b"secret-detection",
)  # fmt: skip


@rule(
    "AEG261",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("CWE-312", "ATLAS AML.T0055"),
)
def long_lived_credential_made(repository: Repository) -> Iterator[Hit]:
    """Code that makes a credential which never expires.

    It ends up in a file, in a state file or in a log, works from anywhere, and outlives the
    person and the reason it was made for.
    """
    for resource in repository.all(Resource):
        what = _KEYS.get(resource.kind)
        if what:
            yield Hit(
                resource.span,
                "the infrastructure makes keys that never expire",
                label=f"{what}; its value stands in the state file",
                mend="workload identity or a role; nothing that can be copied",
            )
    for trait in repository.traits("credential-made"):
        written = trait.detail.endswith("file")
        yield Hit(
            trait.span,
            "code makes a key that never expires" + (" and writes it to a file" if written else ""),
            label=trait.detail,
            mend="ask for short-lived credentials of a role where they are used",
            severity=Severity.HIGH if written else None,
            certainty=trait.certainty,
        )


@rule(
    "AEG262",
    checks=Repository,
    severity=Severity.LOW,
    certainty=Certainty.LIKELY,
    refs=("OWASP LLM02:2025", "ATLAS AML.T0083"),
    profile=Profile.REVIEW,
)
def nothing_looks_for_secrets(repository: Repository) -> Iterator[Hit]:
    """Pipeline in which nothing looks for secrets.

    Keys reach a repository through notebooks' outputs, tool configuration and evaluation data;
    the one that a person overlooks is found by whoever clones it.
    """
    jobs = repository.all(CiJob)
    code = repository.calls_models and repository.has_code
    if jobs and code and not repository.mentions(*_SCANNERS):
        yield Hit(
            jobs[0].span,
            "no step of the pipeline looks for secrets",
            label="searched workflows and hooks for a secret scan, found none",
            mend="`aegis review --only AEG251` or a scanner of your choice, on each change",
        )
