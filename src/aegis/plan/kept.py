"""What the retention decision means in the words of every other part of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aegis.plan.case import Case
from aegis.plan.types import LlmControl


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One choice of `data-retention`, as other parts speak of it. Texts are prose."""

    record: str  # what flows into the audit store
    evidence: str  # what an incident is read from
    samples: str  # what a person reads when a guardrail fires
    staging: str  # data of the staging environment
    control: tuple[str, str, str]  # title, what, test
    logged: str  # what the log of prompts and answers holds
    privacy: str  # how it is protected
    graded: str  # how samples of production reach the evaluation sets


SUBJECT: Mapping[str, str] = {
    "prediction": "rows",
    "ranking": "rows",
    "batch": "rows",
    "vision": "images",
    "robotics": "images",
    "speech": "recordings",
    "on-device": "recordings and inputs",
}
"""What requests hold, by kind; text elsewhere."""


def kept(case: Case) -> Kept:
    """The words of what was decided."""
    what = SUBJECT.get(case.kind, "text")
    match case.chosen("data-retention"):
        case "raw":
            return _raw(what, seen=case.is_llm)
        case "none":
            return _NONE
        case _:
            return _redacted(what)


def prompt_logging(case: Case) -> LlmControl:
    """How prompts and answers are recorded, as the retention decision says."""
    how = kept(case)
    readers = "two people at a time" if case.sensitive else "one named role"
    return LlmControl(
        id="prompt-logging",
        what=f"who asked when, with which prompt, model and policy digests, what was decided, {how.logged}",
        privacy=f"{how.privacy}, access for {readers}, each time recorded; not used for training without consent",
        artifact="gateway/policy.yaml",
        component="audit",
    )


def _redacted(what: str) -> Kept:
    return Kept(
        record="redacted record",
        evidence=f"redacted {what}",
        samples="masked samples",
        staging="synthetic data and consented samples, redacted",
        control=(
            "Redaction before storage",
            (
                "personal spans are masked before anything is written; what is kept has an end date, an access procedure and an "
                "erasure path"
            ),
            "planted synthetic identities are found in no sink; an erasure request leaves nothing behind",
        ),
        logged=f"and the redacted {what}, so that an incident can be read",
        privacy="redaction before storage, encryption, {retention.days} of retention, erasure by subject id",
        graded="production samples enter redacted and with a reason",
    )


def _raw(what: str, *, seen: bool) -> Kept:
    claim = (
        "the gateway flags what looks personal as it passes"
        if seen
        else "a sample is read each month for what looks personal"
    )
    return Kept(
        record="record as sent",
        evidence=f"{what} as sent",
        samples="samples",
        staging="synthetic data and samples that their owner released",
        control=(
            "Nothing personal in the record, and an end to it",
            (
                f"requests are kept as sent because nothing personal should be in them, and {claim}; what is kept is encrypted, has "
                "an end date and an access procedure"
            ),
            "a planted synthetic identity is found and erased; nothing in the store is older than its end date",
        ),
        logged=f"and the {what} as sent, so that an incident can be replayed",
        privacy=f"encryption, {{retention.days}} of retention; {claim}",
        graded="production samples enter with a reason, after somebody looked for what is personal",
    )


_NONE = Kept(
    record="decisions and digests",
    evidence="decisions and digests, for what was asked is not kept",
    samples="decisions, by rule and caller",
    staging="synthetic data and samples that people gave for the purpose",
    control=(
        "Nothing kept to leak",
        (
            "neither requests nor answers are written anywhere, error reports and traces included; decisions and digests have "
            "an end date"
        ),
        "planted synthetic identities are found in no log, trace, crash report or backup",
    ),
    logged="and neither prompt nor answer: an incident can be counted and cannot be read, which this decision accepts",
    privacy="nothing of the text is written (`data.retention_days`); decisions are encrypted, with a retention of their own",
    graded="samples come from people who gave them for the purpose, never from the log",
)
