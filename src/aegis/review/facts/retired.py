"""Models that their vendor has retired, where a text chooses them and does not only name them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from aegis.review.documents.source import Source, in_pipeline
from aegis.review.facts.types import HostedModel
from aegis.review.facts.world import retired_models

# A file that names more different retired models than this knows about models and chooses none.
_A_TABLE = 6
_KNOWS = 12  # of whatever model, retired or not
_MODEL_ID = re.compile(r"(?<![\w./-])(?:text|code|gpt|claude)-[a-z0-9][\w.-]*[a-z0-9](?![\w/-])")
_QUOTES = ("'", '"', "`")
_SCRIPTS = (".js", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".html")
_DATA = (".json", ".txt", ".xml")


def retired_in(source: Source) -> Iterator[HostedModel]:
    """Each place where a retired model is chosen; none in what only knows about models."""
    if source.path.endswith((".sql", ".patch", ".diff")) or in_pipeline(source.path):
        return
    if re.search(r"(?:^|/)(?:alembic|migrations?)/", source.path):
        return  # what was once true of the data
    text = source.text
    found = sorted(_named_models(text, retired_models()))
    if source.path.endswith(_SCRIPTS):
        found = [(at, name) for at, name in found if text[at - 1 : at] in _QUOTES]
    if source.path.endswith(_DATA):
        found = [(at, name) for at, name in found if _chosen(text, at)]
    found = [(at, name) for at, name in found if not _described(text, at, at + len(name))]
    if not found:
        return
    if len({name for _, name in found}) > _A_TABLE or len(set(_MODEL_ID.findall(text))) > _KNOWS:
        return
    for start, name in found:
        if not _left_behind(source, start, start + len(name)):
            yield HostedModel(span=source.between(start, start + len(name)), name=name)


def _chosen(text: str, at: int) -> bool:
    """Whether data names a model as a setting, as in `"model": "…"`, and does not speak of it."""
    before = text[max(text.rfind("\n", 0, at) + 1, at - 60) : at]
    return (
        re.search(r"(?:model|engine|deployment)\w*[\"']?\s*[:=]\s*[\"']?$", before, re.IGNORECASE)
        is not None
    )


_KEY_OF_A_TABLE = re.compile(r"[\"']\]?\s*:(?!:)|\s*:\s*[\d{\[(]")
_ASKED_ABOUT = re.compile(
    r"(?:[!=]=|\bin\b\s*[\[({]?|startswith\(|includes\(|\bcase)\s*[\"'][^\"'\n]*$|^\s*(?:#|//|\*|<!--)"
)


def _described(text: str, start: int, end: int) -> bool:
    """Whether a model is a key, a default, compared with or commented on, and not chosen."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    docstring = text.count('"""', 0, start) % 2 == 1
    if re.match(r"\s*(?:async\s+)?def\b", before):
        return True  # the default of a parameter
    told = docstring and not re.search(r"[=:]\s*[\"']$", before)
    return told or bool(_KEY_OF_A_TABLE.match(text, end) or _ASKED_ABOUT.search(before))


_NEAR = 800  # characters: the longest list of parameters, or of models, that is looked through
# The parameters of a function, each on a line of its own.
_PARAMETER = re.compile(r"\bdef\s+\w+\([^()]*(?:\([^()]*\)[^()]*)*$")
# A row whose key is a model as well: `'gpt-4': { openAIModel: 'gpt-4', …`.
_ROW = re.compile(r"[\"'](?:text|code|gpt|claude)-[\w.-]+[\"']\s*:\s*\{[^{}]*$")
# `OLD_MODEL = "…"`, `deprecated = {"…", …`: the name says that nobody uses what stands there.
_OF_YESTERDAY = re.compile(
    r"\b(?:\w*_)?(?:old|previous|legacy|deprecated|retired|obsolete|unsupported|removed|forbidden|blocked|ignor\w*|exclud\w*)"
    r"(?![a-z])\w*[^=:\n]{0,40}[:=]\s*(?:\w*\(?[\[{(]\s*)?(?:[\"'][^\"'\n]*[\"'],?\s*)*[\"']$",
    re.IGNORECASE,
)
# In a list of fallbacks: tried when what was chosen does not answer.
_A_FALLBACK = re.compile(r"(?i)fallback\w*[^=:\n]{0,30}[:=]\s*\[[^\[\]{}();=]*[\"']$")
_ASKED_OF_A_LIST = re.compile(r"[\"'`][^\[\](){};=]*\]\s*\)?\s*\.(?:includes|indexOf|some|has)\(")
_OF_A_TYPE = (re.compile(r"\|\s*[\"']$"), re.compile(r"[\"']\s*\|(?!\|)"))
_OF_AN_ENUM = re.compile(r"^\s*[A-Z][A-Z0-9_]*\s*=\s*[\"']$")


def _left_behind(source: Source, start: int, end: int) -> bool:
    """Whether a model stands in what callers replace, types allow, or code leaves out."""
    text = source.text
    near = text[max(start - _NEAR, 0) : start]
    if _OF_YESTERDAY.search(near) or _A_FALLBACK.search(near):
        return True
    if source.path.endswith(".py"):
        return near[-1:].isspace() or _PARAMETER.search(near) is not None
    if source.path.endswith(_SCRIPTS):
        before, after = _OF_A_TYPE
        line = near[near.rfind("\n") + 1 :]
        typed = before.search(line) or after.match(text, end) or _OF_AN_ENUM.match(line)
        return bool(typed or _ROW.search(near) or _ASKED_OF_A_LIST.match(text, end))
    return False


def _named_models(text: str, table: Container[str]) -> Iterator[tuple[int, str]]:
    """Where a model of the table is named; each prefix is searched for as a plain string."""
    for prefix in ("text-", "code-", "gpt-", "claude-"):
        at = text.find(prefix)
        while at != -1:
            match = _MODEL_ID.match(text, at)
            if match is not None and match[0] in table:
                yield at, match[0]
            at = text.find(prefix, at + len(prefix))
