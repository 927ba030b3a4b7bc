"""Whether one sentence of free prose may stand beside a plan: by what it is made of, not by what it avoids.

Each word must be in the closed list or be a name of the plan; there is no figure in any script or
in words. A sentence that speaks of a control (a review, a gate, a way back) may only use the words
that say what controls do, and a negation only in a form that keeps the control.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aegis.review.prose import controls, promises
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


def withheld(sentence: str, names: Sequence[str] = (), *, before: str = "") -> str:
    """Why a sentence may not stand; empty when it may.

    `names` are what the plan calls its parts; `before` is the sentence before it, whose controls a
    pronoun may mean.
    """
    text = without_names(" ".join(sentence.split()).replace("’", "'"), names)
    if not PLAIN.fullmatch(text):
        return "more than plain words in one English sentence"
    for written, meant in rules().read_as:
        text = written.sub(meant, text)
    words = []
    for token in TOKEN.findall(text):
        word = word_of(token)
        if word is None:
            return f"«{token}» is not a word of the list"
        words.append(word)
    spoken = sum(bool(w.parts) for w in words)
    if not LEAST <= spoken <= MOST:
        return "too short or too long to be judged"
    said = Sentence(tuple(words), text.lower(), speaks_of_a_control(before))
    return next((reason for rule in _RULES for reason in rule(said)), "")


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
    controls.conditioned, controls.done, promises.measured, promises.opened, promises.legal, promises.secrets,
    promises.entries,
)  # fmt: skip
