"""Texts that try to give a language model new orders: plain phrases, and what sounds like them.

The phrases are the forms that published attacks and filters share: orders to forget the
instructions, a new role without limits, a request for the hidden prompt, chat markup smuggled into
content, and data sent out through a link or an image. What they miss is weighed (`detect.orders`):
other words, other languages, disguises, requests dressed up as fiction. How much is found, and how
often harmless text is mistaken, `python -m benchmarks.guardrails` says. A determined attacker writes
around any list and any weights; a guardrail must not rest on this alone.

Sources: OWASP LLM01:2025 (prompt injection, examples of attack scenarios); MITRE ATLAS
AML.T0051.000, AML.T0051.001 and AML.T0054; retrieved 2026-11-22.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aegis.detect.orders.finding import find_orders


@dataclass(frozen=True, slots=True)
class InjectionSpan:
    """Where an order to the model stands; `strong` when it has hardly another use.

    `because` are the words that decided, folded as they were read; `disguise` is what was taken off to
    read them.
    """

    start: int
    end: int
    kind: str
    strong: bool
    because: tuple[str, ...] = ()
    disguise: str = ""


@dataclass(frozen=True, slots=True)
class _Phrase:
    kind: str
    strong: bool
    pattern: re.Pattern[str]


def _phrase(kind: str, pattern: str, *, strong: bool = True) -> _Phrase:
    return _Phrase(kind, strong, re.compile(pattern, re.IGNORECASE))


_ORDERS = (
    r"(?:instructions?|prompts?|rules?|guidelines?|directions?|directives?|messages?|context|"
    r"policies|constraints?|programming)"
)
_EARLIER = r"(?:previous|prior|preceding|earlier|above|foregoing|initial|original|system|existing)"

_PHRASES: tuple[_Phrase, ...] = (
    _phrase(
        "override",
        rf"\b(?:ignore|disregard|forget|override|bypass|discard|neglect)\s+(?:about\s+)?"
        rf"(?:(?:all|any|every|everything|of|the|your|my|these|those|our)\s+){{0,4}}"
        rf"(?:{_EARLIER}\s+){{1,2}}(?:\w+\s+)?{_ORDERS}",
    ),
    _phrase(
        "override",
        rf"\b(?:ignore|disregard|forget)\s+(?:all\s+(?:of\s+)?)?(?:your|the|these|those)\s+{_ORDERS}",
    ),
    _phrase(
        "override",
        r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all)\s+"
        r"(?:(?:that\s+(?:was|came)|written|said|you\s+(?:were|have\s+been)\s+told)\s+)*"
        r"(?:above|before|so\s+far|until\s+now|previously)",
    ),
    _phrase(
        "override",
        r"\b(?:new|updated|real|actual)\s+(?:system\s+)?(?:instructions?|prompt)\s*(?::|follow|are\b)",
        strong=False,
    ),
    _phrase(
        "override",
        r"\b(?:do\s+not|don't|never)\s+(?:follow|obey|adhere\s+to)\s+(?:your|the|any)\s+"
        rf"(?:{_EARLIER}\s+)?{_ORDERS}",
    ),
    _phrase("override", r"\bignor(?:a|iere|ez?)\s+(?:todas?\s+las|alle|toutes?\s+les)\s+\w+"),
    _phrase(
        "new-role",
        r"\byou\s+are\s+(?:now\s+)?(?:in\s+)?(?:DAN|developer\s+mode|jailbroken|unrestricted|"
        r"an?\s+unfiltered|free\s+(?:from|of)\s+(?:all\s+)?(?:restrictions|rules|limits))\b",
    ),
    _phrase(
        "new-role",
        r"\b(?:act|behave|respond|answer)\s+as\s+(?:if\s+you\s+(?:had|have)|an?\s+\w+\s+(?:with|without))"
        r"\s+(?:no|any)?\s*(?:restrictions?|limits?|limitations?|filters?|rules|guidelines|ethic\w*)",
    ),
    _phrase(
        "new-role",
        r"\b(?:enable|enter|activate|switch\s+to)\s+(?:DAN|developer|god|debug|admin)\s+mode\b",
    ),
    _phrase(
        "new-role",
        r"\bpretend\s+(?:that\s+)?(?:you\s+are|to\s+be)\b.{0,60}\b(?:no|without|not\s+bound)\b.{0,30}"
        r"\b(?:rules|restrictions|limits|filters|guidelines)\b",
    ),
    _phrase(
        "prompt-extraction",
        r"\b(?:reveal|print|show|repeat|output|display|leak|disclose|give|tell|write|send)\s+"
        r"(?:me\s+|us\s+|back\s+|out\s+)?(?:all\s+(?:of\s+)?)?(?:your|the)\s+(?:\w+\s+){0,2}"
        r"(?:system\s+(?:prompt|message|instructions?)|hidden\s+(?:prompt|instructions?)|"
        r"initial\s+(?:prompt|instructions?)|(?:original\s+)?instructions\s+verbatim)",
    ),
    _phrase(
        "prompt-extraction",
        r"\brepeat\s+(?:everything|all\s+(?:the\s+)?(?:text|words)|the\s+(?:text|words))\s+(?:above|before)",
    ),
    _phrase(
        "prompt-extraction",
        r"\bwhat\s+(?:is|are|was|were)\s+your\s+(?:system\s+prompt|initial\s+instructions)\b",
    ),
    _phrase("chat-markup", r"<\|(?:im_start|im_end|system|endoftext|eot_id|start_header_id)\|>"),
    _phrase("chat-markup", r"\[/?INST\]|<</?SYS>>|<start_of_turn>"),
    _phrase(
        "chat-markup",
        r"(?m)^\s*(?:#{2,}\s*)?(?:system|assistant)\s*(?:prompt|message)?\s*:\s*you\s+(?:are|must|will)\b",
    ),
    _phrase("chat-markup", r"</?(?:system|instructions?|system_prompt)>", strong=False),
    _phrase(
        "exfiltration",
        r"!\[[^\]]{0,80}\]\(https?://[^)\s]{1,200}[?&][\w-]{1,40}=(?:\{|%7B|<|\[|\$)",
    ),
    _phrase(
        "exfiltration",
        r"\b(?:send|post|forward|upload|email|transmit|exfiltrate)\s+(?:me\s+)?(?:all\s+(?:of\s+)?)?"
        r"(?:the\s+|this\s+|your\s+|our\s+)?(?:\w+\s+){0,3}(?:conversation|chat\s+history|api\s+keys?|"
        r"credentials?|passwords?|secrets?|tokens?)\s+to\s+(?:https?://|\S+@\S+|the\s+following)",
    ),
    _phrase(
        "hidden-order",
        r"<!--[^>]{0,200}\b(?:ignore|instruction|assistant|AI\s+model|you\s+must)\b[^>]{0,200}-->",
    ),
    _phrase(
        "hidden-order",
        r"\b(?:if\s+you\s+are|attention|note\s+to|message\s+for)\s+(?:an?\s+|the\s+|any\s+)?"
        r"(?:AI|LLM|language\s+model|assistant|chatbot|agent)s?\b.{0,40}"
        r"\b(?:must|should|please|ignore|instead|do\s+not)\b",
        strong=False,
    ),
)

# Letters of the Unicode tag block are invisible and spell ASCII (U+E0020 to U+E007E).
_TAGS = re.compile(r"[\U000e0020-\U000e007e]{4,}")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")


def find_injection(text: str) -> tuple[InjectionSpan, ...]:
    """Orders to the model in a text, by place, without overlaps; the strong ones first of all.

    Invisible letters are named `invisible-text`. Lookalike letters are folded (NFKC) where that
    keeps every offset, so full-width disguises are seen.
    """
    found = sorted((*_weighed(text), *_phrases(text)), key=lambda span: not span.strong)
    return tuple(sorted(_apart(found), key=lambda span: span.start))


def _weighed(text: str) -> Iterator[InjectionSpan]:
    """What sounds like an order, the likeliest first: a whole sentence or paragraph."""
    for order in find_orders(text):
        yield InjectionSpan(
            order.start, order.end, order.sort, order.strong, order.because, order.disguise
        )


def _phrases(text: str) -> Iterator[InjectionSpan]:
    for match in _TAGS.finditer(text):
        yield InjectionSpan(match.start(), match.end(), "invisible-text", strong=True)
    folded = _same_length_fold(text)
    for phrase in _PHRASES:
        for match in phrase.pattern.finditer(folded):
            words = tuple(match[0].lower().split())
            yield InjectionSpan(match.start(), match.end(), phrase.kind, phrase.strong, words)


def _apart(found: Iterable[InjectionSpan]) -> list[InjectionSpan]:
    """Those that overlap none of the ones before them."""
    kept: list[InjectionSpan] = []
    for span in found:
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return kept


def _same_length_fold(text: str) -> str:
    """NFKC letter by letter where one letter stays one letter; invisible ones become spaces."""
    if text.isascii():
        return text
    folded = "".join(
        character
        if character.isascii() or len(unicodedata.normalize("NFKC", character)) != 1
        else unicodedata.normalize("NFKC", character)
        for character in text
    )
    return _INVISIBLE.sub(" ", folded)
