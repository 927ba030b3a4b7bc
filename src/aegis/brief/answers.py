"""One typed answer becomes fields of a brief, or a sentence about what is wrong with it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping

from aegis.brief.positions import Plain
from aegis.brief.questions import Question
from aegis.catalog.loader import prices

Fields = Mapping[str, Plain]


class NotUnderstoodError(ValueError):
    """An answer that cannot be taken; `mend` says what would be."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


def fields_of(question: Question, text: str) -> Fields:
    """The fields that an answer fills, by dotted path.

    Raises:
        NotUnderstoodError: the answer does not have the shape that the question asks for.
    """
    return _READERS[question.kind](question, text.strip())


def nearest(word: str, known: tuple[str, ...]) -> str:
    """The known word that was probably meant, or all of them, as a sentence."""
    folded = word.lower().replace("_", "-").replace(" ", "-")
    begun = [each for each in known if folded and each.startswith(folded)]
    close = begun if len(begun) == 1 else difflib.get_close_matches(folded, known, n=1)
    words = ", ".join(known)
    return f"did you mean {close[0]}? known here: {words}" if close else f"known here: {words}"


def _line(question: Question, text: str) -> Fields:
    return {question.field: text}


def _word(question: Question, text: str) -> Fields:
    return {question.field: _known(text, question.words)}


def _words(question: Question, text: str) -> Fields:
    parts = [part for part in re.split(r"[,\s]+", text) if part]
    return {question.field: [_known(part, question.words) for part in dict.fromkeys(parts)]}


def _known(text: str, known: tuple[str, ...]) -> str:
    folded = text.strip().lower().replace("_", "-").replace(" ", "-")
    if folded in known:
        return folded
    raise NotUnderstoodError(f"{_short(text)} is not one of the words", nearest(text, known))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


_NUMBER = re.compile(r"(?P<value>\d{1,3}(?:,\d{3})+|[\d_]*\.?\d+)\s*(?P<unit>\D.*)?")


def _number(question: Question, text: str) -> Fields:
    example = f"write it as {question.example}" if question.example else "write digits"
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise NotUnderstoodError(f"{_short(text)} is not a number", example)
    unit = (found["unit"] or "").strip()
    if unit and unit.rstrip("s") != question.unit.rstrip("s"):
        asked = f"in {question.unit}, without a unit or with this one" if question.unit else "plain"
        raise NotUnderstoodError(f"the number is asked {asked}", example)
    value = float(found["value"].replace(",", "").replace("_", ""))
    return {question.field: int(value) if value.is_integer() else value}


def _yes_no(question: Question, text: str) -> Fields:
    folded = text.lower()
    if folded in {"y", "yes", "true"}:
        return {question.field: True}
    if folded in {"n", "no", "false"}:
        return {question.field: False}
    raise NotUnderstoodError(f"{_short(text)} is neither yes nor no", "answer yes or no")


def _model(question: Question, text: str) -> Fields:
    """`reference`, `reference@revision` or `reference@sha256:…`; a vendor's model is known as one."""
    reference, _, pin = (part.strip() for part in text.partition("@"))
    fields: dict[str, Plain] = {question.field: reference}
    if _is_sold_by_token(reference):
        fields |= {"model.source": "managed-api", "model.format": "api"}
    if pin:
        fields["model.digest" if pin.startswith("sha256:") else "model.revision"] = pin
    return fields


def _is_sold_by_token(reference: str) -> bool:
    """Whether a vendor of the catalog's price lists sells this name, and no weights of it exist."""
    if "/" in reference:
        return False
    rows = (price for entry in prices() for price in entry.prices)
    return any(r.sku.lower() == reference.lower() and r.per != "hour" for r in rows)


def _clouds(question: Question, text: str) -> Fields:
    """`aws eu-central-1, aws eu-west-1, gcp europe-west4`: regions are gathered by provider."""
    regions: dict[str, list[Plain]] = {}
    for part in text.split(","):
        words = part.split()
        if len(words) != 2:
            raise NotUnderstoodError(
                f"{_short(part.strip())}: a provider and a region are asked",
                f"write it as {question.example}",
            )
        found = regions.setdefault(words[0].lower(), [])
        if words[1] not in found:
            found.append(words[1])
    clouds: list[Plain] = [{"provider": p, "regions": names} for p, names in regions.items()]
    return {question.field: clouds}


def _evaluation(question: Question, text: str) -> Fields:
    """`path, items, metric, threshold`, or `none`."""
    if text.lower() in {"none", "no"}:
        return {question.field: []}
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 4 or not all(parts):
        raise NotUnderstoodError(
            "four parts with commas are asked: path, items, metric, threshold",
            f"write it as {question.example}",
        )
    path, items, metric, threshold = parts
    try:
        found: dict[str, Plain] = {
            "name": _slug(path),
            "path": path,
            "items": int(items.split()[0].replace("_", "")),
            "metric": metric,
            "threshold": float(threshold),
        }
    except ValueError as error:
        raise NotUnderstoodError(
            "items must be a whole number and the threshold a number",
            f"write it as {question.example}",
        ) from error
    return {question.field: [found]}


def _slug(path: str) -> str:
    """A name for a data set from its file name."""
    stem = path.rstrip("/").rsplit("/", 1)[-1].split(".", 1)[0].lower()
    name = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:40]
    return name if re.fullmatch(r"[a-z][a-z0-9-]+", name) else "evaluation"


def _tools(question: Question, text: str) -> Fields:
    """`name effect [approval]`, several with commas."""
    tools: list[Plain] = []
    for part in text.split(","):
        words = part.lower().split()
        if len(words) not in {2, 3} or (len(words) == 3 and words[2] != "approval"):
            raise NotUnderstoodError(
                f"{_short(part.strip())}: a name and an effect are asked",
                f"write it as {question.example}",
            )
        effect = _known(words[1], ("read", "write", "irreversible"))
        tool: dict[str, Plain] = {"name": words[0], "effect": effect}
        tools.append(tool | {"approval": True} if len(words) == 3 else tool)
    return {question.field: tools}


_READERS: dict[str, Callable[[Question, str], Fields]] = {
    "slug": _line,
    "line": _line,
    "word": _word,
    "words": _words,
    "number": _number,
    "count": _number,
    "yes-no": _yes_no,
    "model": _model,
    "clouds": _clouds,
    "evaluation": _evaluation,
    "tools": _tools,
}
