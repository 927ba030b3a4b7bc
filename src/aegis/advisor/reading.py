"""A person's text, made readable for patterns, with the way back to every character."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from aegis.advisor.asides import asides
from aegis.advisor.clauses import Clause, clauses, sentence_at
from aegis.advisor.lexicon import single_words, unit, unit_words, without_accents


@dataclass(frozen=True, slots=True)
class Reading:
    """Lower case, plain digits, known typing errors mended; `plain` has no accents either.

    Places in `text` are places in `plain`; `offsets` leads back to the original.
    """

    said: str
    text: str
    plain: str
    offsets: tuple[int, ...]
    clauses: tuple[Clause, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in what was said; both offsets count characters, `end` is exclusive."""
        return self.offsets[start], self.offsets[end - 1] + 1

    def clause_at(self, position: int) -> Clause:
        """The clause around a place of `text`."""
        return next((c for c in self.clauses if c.start <= position < c.end), self.clauses[-1])

    def sentence_at(self, position: int) -> Clause:
        """The sentence around a place of `text`."""
        return sentence_at(self.text, position)

    def aside(self, position: int) -> bool:
        """Whether what stands at this place is said of something else than the system."""
        return any(a.start <= position < a.end for a in asides(self.text))

    def asks(self, position: int) -> bool:
        """Whether the sentence around a place is a question."""
        end = self.sentence_at(position).end
        return self.text[end : end + 1] == "?"

    def asks_whether(self, position: int) -> bool:
        """Whether the sentence around a place only asks if something is needed or applies."""
        sentence = self.sentence_at(position)
        return (
            self.asks(position)
            and _WHETHER.match(self.text, sentence.start, sentence.end) is not None
        )

    def denies(self, start: int, end: int) -> bool:
        """Whether the text takes back what stands at this place («we do not use AWS any more»)."""
        if self.aside(start) or _AFTERWARDS.match(self.text, end):
            return True
        clause = self.clause_at(start)
        before = self.text[clause.start : start]
        near = re.search(r"(?:\S+\s+){0,4}\S*\s*$", before)
        since = _turned(before)
        window = max(since, near.start() if near else 0)
        if _negation().search(before, window) and not _LIKED.search(self.text, end, clause.end):
            return True
        return bool(unit("abandoned").search(self.text[end : clause.end]))


@lru_cache(maxsize=64)
def read(said: str) -> Reading:
    """What a person said, ready for patterns. Nothing is dropped but invisible characters."""
    text, offsets = _plain(said)
    text, offsets = _mended(text, offsets)
    apart = tuple(clauses(text)) or (Clause(0, max(1, len(text))),)
    return Reading(
        said=said, text=text, plain=without_accents(text), offsets=tuple(offsets), clauses=apart
    )


_QUOTES = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "−": "-"}
)


def _plain(said: str) -> tuple[str, list[int]]:
    pieces: list[str] = []
    offsets: list[int] = []
    for at, character in enumerate(said):
        if unicodedata.category(character) in {"Cf", "Cc"} and character not in "\n\t":
            continue
        for part in unicodedata.normalize("NFKC", character).translate(_QUOTES).lower():
            pieces.append(part)
            offsets.append(at)
    return "".join(pieces), offsets


_LONG_WORD = re.compile(r"[a-z]{7,}")


def _mended(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    """Long words of the field with one slip of the finger, as they were meant."""
    known = single_words()
    out: list[str] = []
    back: list[int] = []
    last = 0
    for match in _LONG_WORD.finditer(text):
        meant = _meant(match[0], known)
        if meant is None:
            continue
        out.append(text[last : match.start()] + meant)
        back += offsets[last : match.start()]
        steps = [min(i, match.end() - match.start() - 1) for i in range(len(meant))]
        back += [offsets[match.start() + step] for step in steps]
        last = match.end()
    return "".join(out) + text[last:], back + offsets[last:]


def _meant(word: str, known: frozenset[str]) -> str | None:
    if word in known or word.rstrip("s") in known:
        return None
    slips = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    slips |= {word[:i] + word[i + 1 :] for i in range(1, len(word))}
    found = sorted(slips & known)
    if len(found) == 1:
        return found[0]
    near = [
        k for k in known if len(k) - len(word) in {0, 1} and k[0] == word[0] and _one_off(k, word)
    ]
    return near[0] if len(near) == 1 else None


def _one_off(known: str, word: str) -> bool:
    """One letter missing or one letter other, and not at the end, where inflection lives."""
    if len(known) == len(word):
        differs = [i for i, (a, b) in enumerate(zip(known, word, strict=True)) if a != b]
        return len(differs) == 1 and differs[0] < len(word) - 2
    return any(known[:i] + known[i + 1 :] == word for i in range(1, len(known) - 1))


_LIKED = re.compile(r"(?<!\w)and (?:liked|loved|it works|it worked|was happy|were happy)(?!\w)")
"""What was tried and found good is still meant."""
_AFTERWARDS = re.compile(
    r"\s*[:-]?\s*(?:"
    r"(?:no|non|nein|nicht|not|never|nunca|jamais|nie)\s*(?=[,.;:!)]|$)"
    r"|(?:is|are|was|were|ist|war|est|était|es|era|fue|fällt|scheidet)\s+(?:\w+\s+)?"
    r"(?:out(?! of \d)|too\s+\w+|zu\s+\w+|trop\s+\w+|demasiado\s+\w+|excluded|ausgeschlossen|exclue?|descartad[oa]|overkill|weg\b|aus\b"
    r"|not\s+(?:an\s+option|allowed|relevant|applicable|needed|required|involved|included)|off\s+the\s+table"
    r"|forbidden|banned|gesperrt|verboten|interdite?|prohibid[oa]|expired|discontinued)"
    r"|(?:does|do|did|would|will)(?:\s+not|n't)\s+(?:apply|matter|count|concern)"
    r"|(?:gilt|gelten|sind|ist|spielen|betrifft)\s+(?:\w+\s+)?nicht|ne\s+s'applique\w*\s+pas|no\s+(?:se\s+)?aplica"
    r"|(?:stays?|stay|remain\w*|is|are)\s+out\s+of\s+(?:it|scope|the\s+question))(?!\w)"
)
"""Words right behind a thing that take it back: «HIPAA non», «Llama is out», «PCI does not apply»."""
_WHETHER = re.compile(
    r"\W*(?:and |so |but |und |et |y )?(?:is|are|does|do|would|must|ist|sind|gilt|gelten|brauch\w*|müssen|muss|est[ -]ce|faut[ -]il|devons|avons|nos|necesit\w+|hace|se|es)(?!\w)"
    r".*(?<!\w)(?:relevant|need\w*|necessary|required|apply|applies|affects?|concerns?|matters?|brauch\w*|nötig|notwendig|gilt|gelten|betrifft|applique\w*|concerne\w*|faut|besoin|afecta\w*|aplica\w*|necesit\w+|falta)(?!\w)"
    r"|\W*(?:brauch\w*|braucht|necesit\w+) (?:wir|man|es|ich|nosotros)?(?!\w)"
)
"""A question that asks if something is needed: «do we need SOC 2?»."""


@cache
def _negation() -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\w)(?:{unit_words('negation').replace(' ', chr(92) + 's+')})(?!\w)|n't\b"
    )


_LEFT = re.compile(
    r"(?<!\w)(?:from|off|away|weg|von|de|desde|instead|quitt\w+|leav\w+|verlassen|dejamos)(?!\w)"
)
_ARRIVED = re.compile(r"(?<!\w)(?:to|onto|towards|for|nach|zu|vers|pour|hacia|a|por)(?!\w)")
_RATHER = re.compile(r"(?<!\w)(?:but|only|just|sondern|mais|sino)(?!\w)|(?<=\w)\s?:(?=\s)")


def _turned(before: str) -> int:
    """Where a clause begins to mean what it says again: «not AWS but …», «away from A to …»."""
    found = [m.end() for m in _RATHER.finditer(before)]
    left = _LEFT.search(before)
    if left:
        found += [m.end() for m in _ARRIVED.finditer(before, left.end())]
    return max(found, default=0)
