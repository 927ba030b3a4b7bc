"""Claims that advice has no need of: law, credentials, what is certain, what is said to be of little weight.

Advice asks for something or names what may go wrong; reassurance does neither and says that it is so.
A sentence that speaks of law, of everything at once, or of a control in words that make it small, stands
only when it asks.
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis.review.prose.sentence import DETERMINERS, Sentence, of_class, rules

_STARTS = frozenset([",", ";", ":", "and", "then", "so", "but", "or"])
_ALWAYS = frozenset([";", ":", "so", "then"])
_OBJECTS = DETERMINERS | {"it", "them", "what", "how", "whether", "which"}
_HELPERS = frozenset(["have", "let", "do"])
_NO_DEMAND = frozenset(
    ["been", "to", "had", "it", "them", "us", "me", "already", "no", "nothing", "little"]
)
_MANY = 2  # demands of a sentence that are told apart


def demands(said: Sentence) -> int:
    """How many clauses begin with a command that adds something, two at most."""
    found = 0
    for at, word in enumerate(said.words):
        if word.text not in _HELPERS and not (word.bare and word.is_of(of_class("imperative"))):
            continue
        before = said.words[at - 1].text if at else ";"
        after = said.words[at + 1].text if at + 1 < len(said.words) else ""
        surely = before in _ALWAYS or "noun" not in word.parts or after in _OBJECTS
        if word.text in _HELPERS:
            surely = after not in _NO_DEMAND
        found += before in _STARTS and surely
    return min(found, _MANY)


def asks(said: Sentence) -> bool:
    """Whether a sentence commands, or says that something must, should or needs to be."""
    return demands(said) > 0 or said.has("asks")


def claimed(said: Sentence) -> Iterator[str]:
    """What is claimed by a sentence that asks for nothing."""
    topics = {name for name, form in rules().topics.items() if form.search(said.text)}
    if "credential" in topics and ("keeps" not in topics or ("place" in topics and not asks(said))):
        yield "speaks of a credential that nothing keeps"
    if asks(said):
        return
    if "law" in topics:
        yield "speaks of law and asks nobody"
    if "universal" in topics:
        yield "says what is certain"
    if "consequence" in topics:
        yield "says what is made easy"
    if said.has("belittles") and said.has("guard"):
        yield "makes little of a control"
    elif said.has("belittles") and not said.has("caution"):
        yield "makes little of it"


def shape(said: Sentence) -> Iterator[str]:
    """What a sentence asks, warns of, leaves open and makes little of, alone and by what it speaks of."""
    asked = demands(said)
    yield f"demands {asked}"
    has = {of: said.has(of) for of in ("asks", "caution", "uncertain", "belittles")}
    yield from (f"{'has' if here else 'lacks'} {of}" for of, here in has.items())
    has["asks"] |= asked > 0
    made = " ".join(of for of, here in has.items() if here)
    yield f"shape {made}"
    yield from (f"shape {of} {made}" for of in _SPOKEN_OF if said.has(of))


_SPOKEN_OF = ("guard", "law", "secret", "measure", "audience", "actor")
