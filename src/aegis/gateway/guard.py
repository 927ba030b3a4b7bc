"""Guardrails on texts, on the way in and out. What they find is counted by kind, never kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aegis.detect.injection import find_injection
from aegis.detect.personal import find_personal
from aegis.detect.secrets import find_secrets
from aegis.gateway.policy import Guardrail

_LINK = re.compile(r"!?\[[^\]]*\]\(\s*https?://[^)\s]+\)|https?://\S+", re.IGNORECASE)
_END = re.compile(r"[.!?…:;]['\")\]]*\s|\n\n")
_MOST_HELD = 4000
_ORDER = ("allow", "flag", "redact", "block")


@dataclass(frozen=True, slots=True)
class Judged:
    """A text after its guardrails."""

    text: str
    decision: str = "allow"
    fired: tuple[tuple[str, str, int], ...] = ()  # guardrail, action, number of spans


def judge(
    text: str, guardrails: tuple[Guardrail, ...], side: str, *, most_tokens: int | None = None
) -> Judged:
    """The text with what must go redacted, and the gravest decision."""
    decision, fired = "allow", []
    for rail in guardrails:
        if rail.on not in {side, "both"} or rail.action == "allow":
            continue
        spans = _spans(rail.detector, text, most_tokens)
        if not spans:
            continue
        fired.append((rail.id, rail.action, len(spans)))
        if rail.action == "redact":
            text = _redacted(text, spans)
        decision = max(decision, rail.action, key=_ORDER.index)
        if rail.detector == "size" and rail.action == "block":
            break  # what is too long to be answered is too long to be read
    return Judged(text, decision, tuple(fired))


def _spans(detector: str, text: str, most_tokens: int | None) -> list[tuple[int, int, str]]:
    match detector:
        case "secrets":
            return [(s.start, s.end, s.masked) for s in find_secrets(text)]
        case "personal":
            return [(s.start, s.end, s.masked) for s in find_personal(text)]
        case "injection":
            return [(s.start, s.end, "") for s in find_injection(text) if s.strong]
        case "links":
            return [(m.start(), m.end(), "[link]") for m in _LINK.finditer(text)]
        case "size":
            return (
                [(0, len(text), "")] if most_tokens and estimate_tokens(text) > most_tokens else []
            )
        case _:
            return []  # topics need a list that the policy does not carry yet


def _redacted(text: str, spans: list[tuple[int, int, str]]) -> str:
    parts, at = [], 0
    for start, end, masked in sorted(spans):
        if start < at:
            continue
        parts += [text[at:start], masked]
        at = end
    return "".join((*parts, text[at:]))


def estimate_tokens(text: str) -> int:
    """About four characters a token; only a bound, the engine counts."""
    return max(1, len(text) // 4)


@dataclass(slots=True)
class HoldBack:
    """Lets a streamed answer through sentence by sentence, each judged before anyone sees it.

    What is streamed and what would have been answered at once are the same characters, because both
    pass through here.
    """

    guardrails: tuple[Guardrail, ...]
    held: str = ""
    blocked: bool = False
    fired: list[tuple[str, str, int]] = field(default_factory=list)

    def add(self, text: str) -> Iterator[str]:
        """Takes more text, gives what may leave."""
        self.held += text
        while not self.blocked:
            cut = self._cut()
            if cut is None:
                return
            ready, self.held = self.held[:cut], self.held[cut:]
            yield from self._judged(ready)

    def finish(self) -> Iterator[str]:
        """The rest, at the end of the answer."""
        if not self.blocked and self.held:
            ready, self.held = self.held, ""
            yield from self._judged(ready)

    def _cut(self) -> int | None:
        begun = self.held.find("-----BEGIN")
        if begun >= 0 and "-----END" not in self.held[begun:] and len(self.held) < 4 * _MOST_HELD:
            return None  # a key block ends only at its end
        found = _END.search(self.held)
        if found:
            return found.end()
        if len(self.held) > _MOST_HELD:
            return max(self.held.rfind(" ", 0, _MOST_HELD), 1)
        return None

    def _judged(self, text: str) -> Iterator[str]:
        result = judge(text, self.guardrails, "output")
        self.fired += result.fired
        if result.decision == "block":
            self.blocked = True
            return
        yield result.text
