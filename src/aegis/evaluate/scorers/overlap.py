"""ROUGE and BLEU, by the libraries whose figures papers print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aegis.evaluate.libraries import optional
from aegis.evaluate.samples import Sample
from aegis.evaluate.scorers.scorer import NoScoreError, Score


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of the targets the answer says, between 0 and 1."""

    name: str
    measure: Callable[[str, tuple[str, ...]], float]

    def score(self, sample: Sample, answer: str) -> Score:
        """Judge one answer."""
        if not sample.targets:
            raise NoScoreError(f"`{self.name}` needs a target, and the sample has none")
        return Score(min(1.0, max(0.0, self.measure(answer, sample.targets))))


def rouge(name: str) -> Overlap:
    """ROUGE-1, -2 or -L (F1, best target), by the package rouge-score."""
    library = optional("rouge_score.rouge_scorer", f"the scorer {name}", package="rouge-score")
    kind = {"rouge-1": "rouge1", "rouge-2": "rouge2", "rouge-l": "rougeL"}[name]
    scorer = library.RougeScorer([kind], use_stemmer=True)

    def measure(answer: str, targets: tuple[str, ...]) -> float:
        return float(scorer.score_multi(list(targets), answer)[kind].fmeasure)

    return Overlap(name, measure)


def sacrebleu(name: str) -> Overlap:
    """Sentence BLEU or chrF over all targets, by the package sacrebleu, divided by 100.

    Sentence BLEU is smoothed (exponentially); a mean of it is not corpus BLEU.
    """
    library = optional("sacrebleu", f"the scorer {name}")
    sentence = {"bleu": library.sentence_bleu, "chrf": library.sentence_chrf}[name]

    def measure(answer: str, targets: tuple[str, ...]) -> float:
        return float(sentence(answer, list(targets)).score) / 100

    return Overlap(name, measure)
