"""What is said of a control (a review, a gate, a way back), and in which words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from aegis.review.prose.sentence import (
    DETERMINERS,
    TOKEN,
    Sentence,
    is_noun_here,
    is_participle,
    of_class,
)
from aegis.review.prose.words import Word


def guarded(said: Sentence) -> Iterator[str]:
    """What is said of a control is said in words that keep it."""
    for part in said.guarded:
        for at, word in enumerate(part):
            if _weakens(part, at):
                sure = _is_about_it(part, at)
                yield f"{'weakens' if sure else 'may weaken'} a control: «{word.text}»"
            elif not _is_what_it_does(part, at) and not _may_stand_beside_a_control(part, at):
                yield f"not said of a control: «{word.text}»"
        if thing := _is_another_thing(part):
            yield f"says what a control is: «{thing}»"
    if said.guarded and "?" in said.text and re.match(r"(?:why|who|do|does|is|are)\b", said.text):
        yield "questions a control"
    if said.contrasts:
        yield "sets something against a control"


_WEAKENING = ("soft", "time_later", "guarded_no_noun", "takes_away", "past")


def _weakens(part: Sequence[Word], at: int) -> bool:
    word = part[at]
    if word.text == "only" and at and part[at - 1].text == "the":
        return False
    if word.is_of(of_class("guard")) or not any(word.is_of(of_class(of)) for of in _WEAKENING):
        return False
    return not (_is_of_another(part, at) or _is_what_it_does(part, at) or _is_apart(part, at))


_NEAR = 4  # words between a control and what weakens it


def _is_about_it(part: Sequence[Word], at: int) -> bool:
    """Whether what takes away takes the control, or what weakens stands near it."""
    word = part[at]
    if any(word.is_of(of_class(of)) for of in ("soft", "time_later", "guarded_no_noun")):
        guards = [i for i, w in enumerate(part) if w.is_of(of_class("guard"))]
        return not guards or any(abs(i - at) <= _NEAR for i in guards)
    is_done = at > 0 and (part[at - 1].text in _BE or part[at - 1].is_of(of_class("doubt")))
    near = part[max(0, at - 4) : at] if is_done else part[at + 1 : at + 4]
    return word.is_of(of_class("takes_away")) and any(w.is_of(of_class("guard")) for w in near)


def _is_apart(part: Sequence[Word], at: int) -> bool:
    """Whether it is an adverb, or a noun with an article, far from the control («a drop in quality»)."""
    far = not any(w.is_of(of_class("guard")) for w in part[max(0, at - 6) : at + 5])
    if part[at].parts & {"adverb", "function", "adjective"} and "verb" not in part[at].parts:
        return far
    before = part[at - 1].text if at else ""
    return (
        "noun" in part[at].parts
        and before in {"a", "an", "the"}
        and not any(w.is_of(of_class("guard")) for w in part[at + 1 : at + 5])
    )


def _is_what_it_does(part: Sequence[Word], at: int) -> bool:
    """Whether something is taken from another thing than the control («the canary stops a bad version»)."""
    if not part[at].is_of(of_class("takes_away")) or part[at].is_of(of_class("guarded_no_noun")):
        return False
    if any(w.is_of(of_class("guard")) for w in part[at + 1 : at + 6]) or part[at - 1].text in _BE:
        return False
    after = part[at + 1] if at + 1 < len(part) else None
    return after is not None and (
        after.text in DETERMINERS
        or bool(after.parts & {"noun", "adjective", "name"} - {"function"})
    )


_BE = frozenset(["is", "are", "be", "been", "being", "get", "gets", "have", "has", "to"])


def _is_another_thing(part: Sequence[Word]) -> str:
    """What a control is said to be, where that is none of the things that controls are."""
    for at, word in enumerate(part[:-1]):
        if word.text not in {"is", "are"} or not any(w.is_of(of_class("guard")) for w in part[:at]):
            continue
        after = list(part[at + 1 : at + 6])
        if after[0].text not in {"a", "an", "the", "its", "your", "of"}:
            continue
        head = _head(after[1:])
        if head and not (head.is_of(of_class("guard_is")) or head.is_of(of_class("guard"))):
            return head.text
    return ""


def _head(words: Sequence[Word]) -> Word | None:
    """The last noun before anything that ends a noun phrase."""
    found = None
    for word in words:
        if "noun" in word.parts:
            found = word
        elif not word.parts & {"adjective", "adverb", "name", "comparative"} and word.text not in {
            "and",
            "or",
        }:
            break
    return found


def _is_of_another(part: Sequence[Word], at: int) -> bool:
    """Whether an adjective belongs to a noun that is no control («a small model needs a review»)."""
    after = part[at + 1] if at + 1 < len(part) else None
    return (
        after is not None
        and bool(part[at].parts & {"adjective", "comparative"})
        and "verb" not in part[at].parts
        and "noun" in after.parts
        and not after.is_of(of_class("guard"))
        and not any(w.is_of(of_class("guard")) for w in part[at + 1 : at + 3])
    )


def _may_stand_beside_a_control(part: Sequence[Word], at: int) -> bool:
    """Verbs and adverbs stand unless they weaken; what a control is said to be is of a list."""
    word = part[at]
    if not word.parts & {"adjective", "comparative"} or word.parts & {"function", "name"}:
        return True
    if any(word.is_of(of_class(of)) for of in ("guard", "guarded_verb", "guarded_adjective")):
        return True
    if "verb" in word.parts and "adjective" not in word.parts:
        return True
    if "verb" in word.parts and not _is_said_to_be(part, at):
        return True
    return _stands_before_a_noun(part, at) or ("noun" in word.parts and is_noun_here(part, at))


def _stands_before_a_noun(part: Sequence[Word], at: int) -> bool:
    after = part[at + 1] if at + 1 < len(part) else None
    return after is not None and bool(after.parts & {"noun", "adjective", "name"})


_SAYS = frozenset(
    [
        "is",
        "are",
        "be",
        "been",
        "being",
        "stay",
        "stays",
        "remain",
        "remains",
        "become",
        "becomes",
        "seem",
        "seems",
        "look",
        "looks",
        "feel",
        "feels",
        "get",
        "gets",
        "too",
        "so",
        "as",
        "more",
        "less",
        "very",
        "quite",
        "rather",
    ]
)


def _is_said_to_be(part: Sequence[Word], at: int) -> bool:
    """Whether an adjective here is a predicate."""
    return any(w.text in _SAYS for w in part[max(0, at - 3) : at])


_THE = r"(?:(?:the|a|an|your|its|this|that|each|every|their) )?(?:[\w'-]+ ){0,2}?"


def negated(said: Sentence) -> Iterator[str]:
    """A negation near a control, or after one, stands only where it keeps the control."""
    text = said.text
    for pattern in _kept():
        text = pattern.sub(" ", text)
    guards = [m.start() for m in re.finditer(rf"\b(?:{_guard_words()})\w*", text)]
    if not said.guarded:
        return
    since = guards[0] if guards else 0
    since = max((text.rfind(mark, 0, since) for mark in ",;:"), default=0)
    if any(m[0] in of_class("negator") for m in TOKEN.finditer(text) if m.start() >= since):
        yield "negates near a control"


def _guard_words() -> str:
    return "|".join(sorted(of_class("guard"), key=len, reverse=True))


@cache
def _kept() -> tuple[re.Pattern[str], ...]:
    guards = rf"(?:{_guard_words()})\w*"
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"without {_THE}{guards}[^,;]{{0,40}}, (?:production|the release|the rollout) (?:stays|remains) closed",
            rf"\b(?:the |an? )?{guards} (?:that|which) (?:nobody|no team|no one) \w+",
            r"\bnobody can\b[^,;]*\bwithout\b",
        )
    )


def ordered(said: Sentence) -> Iterator[str]:
    """A control stands before what it guards, never after it."""
    guards, opens = said.where("guard"), said.where("opening")
    if not guards or not opens:
        return
    for at, word in enumerate(said.words):
        before = [g for g in guards if g < at]
        if word.text in {"after", "once", "following", "behind"}:
            opened = next((o for o in opens if at < o <= at + 4), None)
            guarded = next((g for g in guards if at < g <= at + 4), None)
            if opened is not None and guarded is None and not _rests(said, opened):
                yield "puts a control after what it guards"
        if word.text == "before" and not before and any(g > at for g in guards):
            yield "puts a control after what it guards"


_RESTS = frozenset({"incident", "failure"})


def _rests(said: Sentence, at: int) -> bool:
    return bool(said.words[at].lemmas & _RESTS)


def conditioned(said: Sentence) -> Iterator[str]:
    """Whether there is a control does not hang on a condition; what it does may."""
    for part in said.guarded:
        guards = [at for at, w in enumerate(part) if w.is_of(of_class("guard"))]
        for at, word in enumerate(part):
            after = part[at + 1].text if at + 1 < len(part) else ""
            nears = any(at < g <= at + 4 for g in guards) and not any(g < at for g in guards)
            if word.is_of(of_class("doubt")) and (
                nears or (after == "be" and any(g < at for g in guards))
            ):
                yield "makes a control a possibility"
            if word.text in {"is", "are"} and after == "for":
                yield "says for whom a control is"
    guards = said.where("guard")
    if guards and any(
        _hangs(said, at, guards) for at, w in enumerate(said.words) if w.text in _CONDITIONS
    ):
        yield "makes a control conditional"


def _hangs(said: Sentence, at: int, guards: Sequence[int]) -> bool:
    """Whether the condition at this place decides if there is a control at all."""
    named = [g for g in guards if at < g <= at + 6]
    if said.words[at].text == "whether":
        checks = any(w.is_of(of_class("checks")) for w in said.words[max(0, at - 2) : at])
        return bool(named) or not checks
    return not named or any(w.text in _WISHED for w in said.words[named[0] : named[0] + 4])


_CONDITIONS = frozenset({"if", "whether", "unless", "where", "provided"})
_WISHED = frozenset(
    [
        "needed",
        "required",
        "wanted",
        "necessary",
        "possible",
        "asked",
        "available",
        "affordable",
        "useful",
        "time",
        "helps",
        "fits",
    ]
)


def done(said: Sentence) -> Iterator[str]:
    """That a control has been passed is for the plan to say."""
    if not (said.has("guard") or said.has("law")):
        return
    for at, word in enumerate(said.words):
        claims = word.is_of(of_class("perfect")) and any(
            is_participle(w) for w in said.words[at + 1 : at + 3]
        )
        if claims or word.text in {"passed", "approved", "accepted", "cleared", "agreed", "signed"}:
            opens = {
                "until",
                "once",
                "after",
                "before",
                "if",
                "when",
                "that",
                "who",
                "nobody",
                "must",
                "should",
            }
            if not any(w.text in opens for w in said.words[max(0, at - 6) : at]):
                yield "says that a control is done"
