"""AEG210: whether a model may be used for what the repository does with it."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Certainty, Severity
from aegis.review.facts.types import ModelFile, ModelReference
from aegis.review.facts.world import limited_licence
from aegis.review.repository import Repository
from aegis.review.rule import Hit, rule

_WRITTEN = ("license", "licence", "copying", "notice", "model_card", "modelcard")


@rule(
    "AEG210",
    checks=Repository,
    severity=Severity.MEDIUM,
    certainty=Certainty.LIKELY,
    refs=("NIST AI 600-1, intellectual property", "NIST AI 600-1, value chain"),
)
def model_licence_unfit(repository: Repository) -> Iterator[Hit]:
    """Model whose licence is missing, or forbids what a business does with it.

    Weights have licences of their own, and the code beside them does not change that. A model
    that must be replaced after launch costs the evaluation, the tuning and the trust again.
    """
    for model in repository.all(ModelReference, production=True):
        licence = limited_licence(model.name)
        if licence:
            yield Hit(
                model.span,
                "a model's licence forbids commercial use",
                label=f"{licence}",
                mend="write down why your use is allowed, buy a licence, or take another model",
            )
    files = repository.all(ModelFile, production=True)
    named = any(
        path.rpartition("/")[2].lower().startswith(_WRITTEN) for path in repository.tree.paths
    )
    if files and not named:
        yield Hit(
            files[0].span,
            "weights stand here and no licence or model card says what they may be used for",
            label=f"{len(files)} model files, no licence, no card",
            mend="a model card with licence, data and limits beside the weights",
            severity=Severity.LOW,
        )
