"""Briefs whose model, prompts or data sets could be something else tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.brief.schema import LLM_KINDS, Brief, ModelRef
from aegis.review.rule import Hit, rule

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_DATED = re.compile(r"\d{4}-?\d{2}-?\d{2}|\d{6,}|v?\d+(\.\d+)+|@\d+|sha256:[0-9a-f]{64}")
MOVING = re.compile(
    r"(latest|main|master|head|trunk|dev|develop|stable|prod(uction)?|nightly|edge|current|newest"
    r"|default|release|refs/heads/.+|.+[-_:/]latest|.+-preview)",
    re.IGNORECASE,
)


def _moves(revision: str) -> bool:
    return bool(MOVING.fullmatch(revision.strip()))


def _floating_alias(model: ModelRef) -> bool:
    """An API model id that ends in `latest` and the like."""
    return bool(re.search(r"[-:@/](latest|preview)$", model.reference, re.IGNORECASE))


@rule("AEG100", checks=Brief, severity=Severity.HIGH, refs=("CWE-1127",))
def notebook_as_endpoint(brief: Brief) -> Iterator[Hit]:
    """Notebook served as an endpoint.

    A notebook runs in the order its author clicked, holds state that no file records, and has no
    test. Behind a web framework it is the same notebook with users. Take the model out of it as a
    file with a digest, and the code as a module with tests.
    """
    if brief.model and brief.model.format == "notebook":
        yield Hit(
            "model.format",
            "the model is a notebook",
            label="no file, no digest, no test",
            mend="export the weights (`safetensors`, `onnx`, `lightgbm` …) and register them; keep "
            "the notebook for exploration",
        )


@rule("AEG102", checks=Brief, severity=Severity.HIGH, refs=("OWASP LLM03:2025",))
def moving_revision(brief: Brief) -> Iterator[Hit]:
    """Model revision that can move.

    A branch, a tag such as `latest` or an alias of a vendor points to other weights tomorrow. What
    was evaluated is then not what is served, and a rollback returns to something else.
    """
    model = brief.model
    if model is None or model.digest is not None:
        return
    if model.revision is not None and _moves(model.revision):
        yield Hit(
            "model.revision",
            f"`{model.revision}` can point to other weights tomorrow",
            mend="the commit of the repository (forty hexadecimal digits), a dated API version, or "
            "`model.digest`",
        )
    elif model.revision is None and _floating_alias(model):
        yield Hit("model.reference", "the model id follows the newest version",
                  mend="name the dated version that was evaluated")  # fmt: skip


@rule("AEG103", checks=Brief, severity=Severity.HIGH)
def unpinned_model(brief: Brief) -> Iterator[Hit]:
    """Model named without a revision.

    Without a revision or a digest the next restart may load other weights than the ones that were
    judged. Staging may start; production waits for the pin.
    """
    model = brief.model
    if model is not None and model.revision is None and model.digest is None:
        if _floating_alias(model):
            return  # AEG102 says it better
        yield Hit(
            "model",
            f"`{model.reference}` is named without a revision or digest",
            mend="add `model.revision` (a commit, or the vendor's dated version) or `model.digest`",
        )


@rule("AEG104", checks=Brief, severity=Severity.HIGH)
def prompts_without_versions(brief: Brief) -> Iterator[Hit]:
    """Prompts without version control.

    A prompt is code that a language model runs: one changed sentence moves every answer. Kept as
    static configuration it changes without review, without evaluation and without a way back.
    """
    if brief.workload.kind in LLM_KINDS and brief.prompts.versioned is False:
        yield Hit(
            "prompts.versioned",
            "prompts are not under version control",
            mend="keep them beside the code, release them by digest, and let each change pass the "
            "evaluation gate",
        )


@rule("AEG115", checks=Brief, severity=Severity.HIGH, refs=("CWE-502", "OWASP LLM03:2025"))
def weights_that_run_code(brief: Brief) -> Iterator[Hit]:
    """Model format that runs code when it is loaded.

    A pickle is a program. Loading one from outside gives its author a shell on your server, with
    the rights of the workload.
    """
    model = brief.model
    if model is None or model.format not in {"pickle", "joblib"}:
        return
    own = model.source == "own"
    yield Hit(
        "model.format",
        f"`{model.format}` runs code on loading" + ("" if own else ", and it comes from outside"),
        mend="convert it once in an isolated job: `safetensors`, `onnx`, or the library's own format",
        severity=Severity.MEDIUM if own else None,
    )


@rule("AEG135", checks=Brief, severity=Severity.HIGH)
def training_without_consent(brief: Brief) -> Iterator[Hit]:
    """Training on personal data without consent.

    What was learned cannot be deleted row by row. Consent, or another basis that counsel confirms,
    comes before the training run and not after it.
    """
    model, data = brief.model, brief.data
    personal = set(data.classes) - {"none", "confidential", "code"}
    if model is None or not model.training.by_us or not personal:
        return
    if data.training_consent == "no":
        yield Hit("data.training_consent", "people did not agree, and the model is trained on their data",
                  mend="train on consented or synthetic data, or ask counsel for another basis")  # fmt: skip
    elif data.training_consent == "unknown":
        yield Hit("data.training_consent", "nobody says whether people agreed to training",
                  mend="`yes`, `no` or `not-applicable`", severity=Severity.MEDIUM)  # fmt: skip


@rule("AEG107", checks=Brief, severity=Severity.HIGH)
def no_evaluation_data_set(brief: Brief) -> Iterator[Hit]:
    """No evaluation data set.

    Without one a canary can tell that the service is up, not that its answers are right. Staging
    may start; production stays closed until a set with a metric and a threshold exists.
    """
    if not brief.evaluation:
        yield Hit(
            "evaluation",
            "no evaluation data set",
            label="nobody could tell whether answers are right",
            mend="a few hundred real cases with consent, a metric and a threshold; the plan says how "
            "many show a drop that matters",
        )
