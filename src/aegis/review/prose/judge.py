"""Whether one sentence of free prose may stand beside a plan: by what it is made of, not by what it avoids.

Each word must be in the closed list or be a name of the plan; there is no figure in any script or
in words. A sentence that speaks of a control (a review, a gate, a way back) may only use the words
that say what controls do, and a negation only in a form that keeps the control. Some rules forbid;
others only doubt, and what they doubt is weighed with the whole sentence (`weighing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aegis.review.prose import claims, controls, promises
from aegis.review.prose.sentence import (
    LEAST,
    MOST,
    PLAIN,
    TOKEN,
    Sentence,
    rules,
    speaks_of_a_control,
    without_names,
    word_of,
)  # fmt: skip
from aegis.review.prose.weighing import reassures
from aegis.review.prose.words import Word


def withheld(sentence: str, names: Sequence[str] = (), *, before: str = "") -> str:
    """Why a sentence may not stand; empty when it may.

    `names` are what the plan calls its parts; `before` is the sentence before it, whose controls a
    pronoun may mean.
    """
    said = read_sentence(sentence, names, before=before)
    if isinstance(said, str):
        return said
    doubts: list[str] = []
    for reason in reasons(said):
        if kind_of(reason) not in rules().doubts:
            return reason
        doubts.append(reason)
    if reassures(said, [kind_of(doubt) for doubt in doubts]):
        return doubts[0] if doubts else "reassures instead of advising"
    return ""


def read_sentence(sentence: str, names: Sequence[str], *, before: str = "") -> Sentence | str:
    """A sentence as words of the list, or why it is not made of them."""
    text = without_names(" ".join(sentence.split()).replace("’", "'"), names)
    if not PLAIN.fullmatch(text):
        return "more than plain words in one English sentence"
    for written, meant in rules().read_as:
        text = written.sub(meant, text)
    words: list[Word] = []
    for token in TOKEN.findall(text):
        word = word_of(token)
        if word is None:
            return f"«{token}» is not a word of the list"
        if word.general and words and token[0].isupper():
            return f"«{token}» is a name that the plan does not use"
        words.append(word)
    spoken = sum(bool(w.parts) for w in words)
    if not LEAST <= spoken <= MOST:
        return "too short or too long to be judged"
    return Sentence(tuple(words), text.lower(), speaks_of_a_control(before))


def reasons(said: Sentence) -> Iterator[str]:
    """What speaks against a sentence; the kind of a reason stands before its colon."""
    for rule in _RULES:
        yield from rule(said)


def kind_of(reason: str) -> str:
    """The rule that a reason is of."""
    return reason.partition(":")[0]


def _together(said: Sentence) -> Iterator[str]:
    for rule in rules().together:
        if rule.unless and said.has(rule.unless):
            continue
        here, banned = said.where(rule.with_), said.where(rule.ban)
        found = next((b for b in banned for h in here if b != h and abs(b - h) <= rule.near), None)
        if found is not None:
            yield f"{rule.id}: «{said.words[found].text}»"


def _said_never(said: Sentence) -> Iterator[str]:
    yield from (never.id for never in rules().never if never.form.search(said.text))
    for at in said.where("predicted"):
        if any(w.text == "will" for w in said.words[max(0, at - 3) : at]):
            yield f"predicts: «{said.words[at].text}»"


_RULES = (
    promises.commands, _together, _said_never, controls.guarded, controls.negated, controls.ordered,
    controls.conditioned, controls.done, promises.measured, promises.likened, promises.opened, promises.legal,
    promises.secrets, promises.entries, claims.claimed,
)  # fmt: skip
