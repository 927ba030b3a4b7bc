"""Words that no text of Aegis contains, and where a sentence only mentions them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LAW = (
    r"(?:gdpr|hipaa|soc ?2|pci(?:[- ]dss)?|(?:eu )?ai act|iso[- ]?(?:iec )?\d+|law|laws|regulations?|"
    r"requirements|legislation|dora|nis ?2|fda rules)"
)
_SIGN_OFF = re.compile(
    rf"\b(?:is|are|be|being|stays?|remains?|fully|now|{_LAW}[- ])(?:\s+\w+ly)?\s*compliant\b"
    rf"|\b(?:you|we|it|this|system|plan|service|deployment|architecture)\s+(?:\w+ly\s+)?compl(?:y|ies)\b"
    rf"|\bcompl(?:y|ies) with (?:the |all )?(?:applicable )?{_LAW}\b"
    rf"|\b(?:satisf(?:y|ies)|meets?|fulfil?ls?) (?:the |all )?(?:\w+ )?{_LAW}\b"
    r"|\b(?:is|are|fully|officially) (?:certified|legal(?:ly approved)?|lawful)\b"
    r"|\bwe (?:hereby )?(?:certify|attest|guarantee)\b"
    r"|\bguarantee[sd]? (?:\w+ )?compliance\b"
    r"|\bno (?:legal|regulatory) risk\b"
    r"|\bapproved for (?:production )?use under\b"
    r"|\bcounsel is not (?:needed|required|necessary)\b"
    r"|\byou are (?:safe|covered) (?:legally|under)\b",
    re.IGNORECASE,
)
_OPENED = re.compile(
    r"\b(?:not|never|no|nobody|nothing|whether|if|cannot|can't|unless|without|until|who|may not"
    r"|isn't|aren't|nor|than|ask|asks|confirms?|judges?)\b",
    re.IGNORECASE,
)
_HYPE = re.compile(
    r"\b(?:cutting[- ]edge|state[- ]of[- ]the[- ]art|revolution(?:ary|i[sz]es?)|world[- ]class"
    r"|best[- ]in[- ]class|best[- ]of[- ]breed|seamless(?:ly)?|effortless(?:ly)?|game[- ]chang\w+"
    r"|blazing(?:ly)?|lightning[- ]fast|unparalleled|unmatched|unrivall?ed|next[- ]gen(?:eration)?"
    r"|turbo-?charge[sd]?|super-?charge[sd]?|synerg\w+|magic(?:al(?:ly)?)?|amazing|awesome"
    r"|incredibl[ey]|ground-?breaking|paradigm|silver bullet|bullet-?proof|unleash\w*|empower\w*"
    r"|hassle[- ]free|rock[- ]solid|enterprise[- ]grade|delightful|exciting|thrilled|superb)\b",
    re.IGNORECASE,
)
_SORRY = re.compile(
    r"\b(?:sorry|apologi[sz]e[sd]?|apologies|unfortunately|i(?:'| a)m afraid|regrettably)\b",
    re.IGNORECASE,
)
_SHOUT = re.compile(r"(?<=[\w)»\"'])!(?![=\w\[(])")
_REVIEW = r"(?:security (?:review|assessment)|compliance (?:assessment|review)|red[- ]team(?:ing)?)"
_SKIP = re.compile(
    rf"\b(?:skip|omit|drop|forgo|waive|bypass|postpone|defer|leave out)(?:ping|ting|ing)?\s+"
    rf"(?:the |a |any |your |this )?(?:\w+ ){{0,2}}{_REVIEW}"
    rf"|\b(?:no need (?:for|of)|do not need|don't need|needn't have|can do without|can go without)\s+"
    rf"(?:the |a |any )?(?:\w+ ){{0,2}}{_REVIEW}"
    rf"|\b{_REVIEW} (?:is|are|can be|may be|could be) (?:\w+ )?"
    r"(?:skipped|optional|unnecessary|omitted|waived|dropped|not (?:needed|required|necessary))",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b(?:not|never|no|nobody|cannot|can't|don't|refus\w+|against|instead of|rather than|forbid\w*"
    r"|wrong to|whether|if|asks? to|wish\w*|wants? to|pressure\w*)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"```.*?```|~~~.*?~~~|`[^`\n]*`|<(script|style)\b.*?</\1>", re.DOTALL | re.IGNORECASE
)
_NAME = re.compile(r"\[\[.*?\]\]|«[^»]{0,200}»|\"[^\"\n]{0,200}\"|“[^”]{0,200}”", re.DOTALL)


def without_code(text: str) -> str:
    """The text with code blanked out, character for character."""
    return _CODE.sub(_blank, text)


def without_names(text: str) -> str:
    """The text with code, names and quotations blanked out, character for character."""
    return _NAME.sub(_blank, without_code(text))


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def sign_offs(text: str) -> Iterator[re.Match[str]]:
    """Places that say that something is lawful, compliant or certified, as if we could know."""
    yield from (
        m for m in _SIGN_OFF.finditer(without_names(text)) if not _mentions(text, m, _OPENED)
    )


def skipping(text: str) -> Iterator[re.Match[str]]:
    """Places that advise to skip a review."""
    plain = without_names(text)
    for match in _SKIP.finditer(plain):
        own = re.search(
            r"not (?:needed|required|necessary)$|^(?:no need|do not|don't)", match[0], re.IGNORECASE
        )
        if own or not _mentions(text, match, _REFUSED):
            yield match


def tone(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Places that praise, shout or apologise, each with what it does."""
    plain = without_names(text)
    for pattern, what in ((_HYPE, "praise"), (_SORRY, "apology"), (_SHOUT, "exclamation")):
        yield from ((match, what) for match in pattern.finditer(plain))


def _mentions(text: str, match: re.Match[str], opener: re.Pattern[str]) -> bool:
    """Whether the sentence, before the match, takes it back: «whether», «never», «not»."""
    begin = max(text.rfind(mark, 0, match.start()) for mark in (". ", "\n\n", "; ", ": ", "| "))
    return bool(opener.search(text[max(begin, match.start() - 80, 0) : match.start()]))
