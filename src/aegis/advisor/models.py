"""Names of models and accelerators as people write them, and what the catalog calls them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from aegis.advisor.phrases import Phrases, letters_of
from aegis.catalog.loader import files, find_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A model in a text: the catalog's name where one fits alone, and what the words say of it."""

    start: int
    end: int
    reference: str | None
    parameters_b: float | None
    kind: str | None
    managed: bool = False


_FAMILIES = {
    "whisper": "speech", "moonshine": "speech", "parakeet": "speech", "wav2vec2?": "speech",
    "bge": "embedding", "e5": "embedding", "minilm": "embedding", "nomic": "embedding",
    "sentence[ -]?transformers?": "embedding",
    "yolo(?:v?\\d+\\w?)?": "vision", "resnet": "vision", "detr": "vision", "clip": "vision",
    "efficientnet": "vision", "mobilenet": "vision", "sam ?2": "vision",
    "distilbert": "prediction", "roberta": "prediction", "deberta": "prediction",
    "llama": "chat", "code ?llama": "completion", "mistral": "chat", "mixtral": "chat",
    "ministral": "chat", "codestral": "completion", "starcoder": "completion",
    "qwen": "chat", "gemma": "chat", "deepseek": "chat", "phi": "chat", "granite": "chat",
    "falcon": "chat", "olmo": "chat", "gpt[ -]?oss": "chat", "glm": "chat", "kimi": "chat",
    "minimax": "chat", "nemotron": "chat", "command[ -]?r": "chat", "smollm": "chat", "yi": "chat",
    "apertus": "chat", "teuken": "chat", "bloom": "chat",
}  # fmt: skip
_TAIL = (
    r"(?:[\s-]?(?:v?\d+(?:\.\d+)?(?:x\d+)?[bm]?(?![\w%/.,]*\s*(?:ms|rps|req|users|s\b|%))|instruct|chat|coder|it|base|vl|vision|large|small|medium|nano|mini|tiny|turbo|"
    r"scout|maverick|distill|r1|v3|k2|air|m3|reranker|embedding|embed|nemo|a\d+b|e\d+b|\d+e)(?![\w])|-en(?![\w]))*"
)
_OPEN = re.compile(
    rf"(?<![\w/])(?:(?P<before>\d+(?:\.\d+)?b)[\s-]+)?(?:[a-z][\w.-]+/)?(?P<family>{'|'.join(sorted(_FAMILIES, key=len, reverse=True))})(?![a-zà-ÿ]){_TAIL}"
)
_PATH = re.compile(r"(?<![\w/.:])(?P<org>[a-z][\w.-]+)/(?P<name>[a-z][\w.]*-[\w.-]+)(?![\w/])")
_MANAGED = re.compile(
    r"(?<![\w-])(?:gpt-?\s?(?:4|5|3)[\w.]*(?:[ -](?:mini|nano|turbo|o))?|o[134]-mini|claude(?:[ -](?:opus|sonnet|haiku|\d)[\w.]*)*|gemini(?:[ -](?:pro|flash|ultra|\d)[\w.]*)*)(?![\w-])"
)
_SIZE = re.compile(r"(?<![\w.$€£])(\d+(?:\.\d+)?)\s?b(?![\w])")


def model_named(text: str) -> Named | None:
    """The first model that a lower-case text names."""
    return next(iter(models_named(text)), None)


def models_named(text: str) -> tuple[Named, ...]:
    """Every model that a lower-case text names, by place; none overlaps another."""
    found = [
        *(_known(m) for m in _names().finditer(text)),
        *(_open_model(m) for m in _OPEN.finditer(text) if _is_a_model(m)),
        *(_open_model(m) for m in _PATH.finditer(text) if _resolved(m["name"])),
        *(_managed(m) for m in _MANAGED.finditer(text)),
    ]
    apart: list[Named] = []
    for each in sorted(found, key=lambda n: (n.start, n.reference is None, -n.end)):
        if not apart or each.start >= apart[-1].end:
            apart.append(each)
    return tuple(apart)


def _managed(match: re.Match[str]) -> Named:
    return Named(start=match.start(), end=match.end(), reference=None, parameters_b=None,
                 kind="chat", managed=True)  # fmt: skip


@cache
def _names() -> Phrases:
    """Names of the catalog as they stand there, without their organisation."""
    names = [name.rpartition("--")[2] for name, _ in _catalog()]
    longest_first = sorted((n for n in names if n.count("-") >= 1), key=len, reverse=True)
    return Phrases(longest_first, letters=letters_of, pattern=_name_pattern)


def _name_pattern(name: str) -> str:
    return rf"(?<![\w/-]){re.escape(name).replace(chr(92) + '-', '[ -]')}(?![\w-])"


def _known(match: re.Match[str]) -> Named:
    family = next((f for f in _FAMILIES if re.search(rf"(?<![a-z]){f}", match[0])), None)
    return _named(match[0], match.start(), family)


_PLAIN_WORDS = frozenset(
    {"phi", "clip", "yi", "bloom", "nomic", "falcon", "granite", "e5", "command r"}
)


def _is_a_model(match: re.Match[str]) -> bool:
    """Words of the language count as models only with a version or a size."""
    said = match[0][match.start("family") - match.start() :]
    return (
        match["family"] not in _PLAIN_WORDS
        or re.search(r"\d", said[len(match["family"]) :]) is not None
    )


def _open_model(match: re.Match[str]) -> Named:
    family = match.groupdict().get("family")
    pattern = next((f for f in _FAMILIES if family and re.fullmatch(f, family)), None)
    return _named(match[0].rstrip(" -"), match.start(), pattern)


def _named(said: str, start: int, family: str | None) -> Named:
    size = _SIZE.search(said) or re.search(r"(?<![\w.])(\d+(?:\.\d+)?)b(?!\w)", said)
    kind = _FAMILIES.get(family or "")
    for part, other in (("coder", "completion"), ("rerank", "reranking"), ("embed", "embedding")):
        kind = other if part in said else kind
    return Named(
        start=start,
        end=start + len(said),
        reference=_resolved(said),
        parameters_b=float(size[1]) if size else None,
        kind=kind,
    )


_FILLERS = frozenset({"instruct", "it", "chat", "ai", "hf", "v", "meta"})


def _tokens(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+(?=\d*[^a-z]|$|\d)|\d+(?:\.\d+)?[bm]?", name.lower()))


@cache
def _catalog() -> tuple[tuple[str, frozenset[str]], ...]:
    names = [file.name.removesuffix(".yaml") for file in files("models")]
    return tuple((each, _tokens(each.rpartition("--")[2])) for each in names)


def _resolved(said: str) -> str | None:
    """The one model of the catalog that has every part of what was said, or None."""
    wanted = _tokens(said.rpartition("/")[2]) - _FILLERS
    return _fitting(wanted) or _fitting(
        frozenset(w for w in wanted if not _IS_A_SIZE.fullmatch(w)), sized=False
    )


_IS_A_SIZE = re.compile(r"\d+(?:\.\d+)?b")


def _fitting(wanted: frozenset[str], *, sized: bool = True) -> str | None:
    """The catalog's name that has these parts; without a size in it when `sized` is false."""
    fits = sorted(
        (len(parts - wanted - _FILLERS), each)
        for each, parts in _catalog()
        if wanted <= parts and (sized or not any(_IS_A_SIZE.fullmatch(part) for part in parts))
    )
    if not fits or (len(fits) > 1 and fits[0][0] == fits[1][0]):
        return None
    if len(wanted) == 1 and fits[0][0] > 0:
        return None
    entry = find_model(fits[0][1])
    return entry.name if entry else None


_CHIPS = {
    "gb200": "nvidia-gb200", "gb300": "nvidia-gb300", "gh200": "nvidia-gh200-96gb",
    "b200": "nvidia-b200-sxm", "b300": "nvidia-b300-sxm", "h200": "nvidia-h200-sxm",
    "h100[ -]?pcie": "nvidia-h100-pcie", "h100[ -]?nvl": "nvidia-h100-nvl", "h100": "nvidia-h100-sxm",
    "a100[ -]?40 ?gb?[ -]?pcie": "nvidia-a100-pcie-40gb", "a100[ -]?pcie[ -]?40 ?gb?": "nvidia-a100-pcie-40gb",
    "a100[ -]?80 ?gb?[ -]?pcie": "nvidia-a100-pcie-80gb", "a100[ -]?pcie(?:[ -]?80 ?gb?)?": "nvidia-a100-pcie-80gb",
    "a100[ -]?(?:sxm[ -]?)?40 ?gb?": "nvidia-a100-sxm-40gb", "a100": "nvidia-a100-sxm-80gb",
    "l40s": "nvidia-l40s", "l40": "nvidia-l40", "l4": "nvidia-l4", "t4": "nvidia-t4",
    "a10g": "nvidia-a10g", "a10": "nvidia-a10", "a30": "nvidia-a30", "v100(?![^,;.]{0,8}32 ?g)": "nvidia-v100-sxm-16gb",
    "rtx ?4090": "nvidia-rtx-4090", "rtx ?5090": "nvidia-rtx-5090", "4090": "nvidia-rtx-4090",
    "5090": "nvidia-rtx-5090", "rtx ?6000 ?ada": "nvidia-rtx-6000-ada",
    "rtx pro 6000": "nvidia-rtx-pro-6000-server", "mi300x": "amd-mi300x", "mi325x": "amd-mi325x",
    "mi355x": "amd-mi355x", "gaudi ?3": "intel-gaudi3", "gaudi ?2": "intel-gaudi2",
    "tpu ?v5e": "google-tpu-v5e", "tpu ?v5p": "google-tpu-v5p", "tpu ?v6e": "google-tpu-v6e",
    "inferentia ?2?": "aws-inferentia2", "inf2": "aws-inferentia2", "trainium ?2": "aws-trainium2",
    "trainium": "aws-trainium1", "(?:jetson )?agx orin": "nvidia-jetson-agx-orin-64gb",
    "(?:jetson )?orin nx": "nvidia-jetson-orin-nx-16gb",
}  # fmt: skip
"""How people write an accelerator → its id in the catalog; the usual variant where they name none."""

_COUNTS = {
    "one": 1, "a": 1, "an": 1, "a single": 1, "single": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "sixteen": 16,
    "twenty": 20, "ein": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4,
    "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "zehn": 10, "zwölf": 12, "un": 1, "une": 1, "une seule": 1,
    "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "huit": 8, "dix": 10, "douze": 12, "una": 1,
    "una sola": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "ocho": 8, "diez": 10, "doce": 12,
}  # fmt: skip
_WORDS = "|".join(sorted(_COUNTS, key=len, reverse=True))
_CHIP = re.compile(
    rf"(?<![\w.+-])(?:(?P<count>\d+)\s?[x×*]\s?|(?P<word>{_WORDS}|\d+)\s+)?"
    rf"(?:nvidia |amd |intel |google |aws )?(?P<chip>{'|'.join(sorted(_CHIPS, key=len, reverse=True))})"
    rf"(?:[ -]?(?:\d+ ?gb?|sxm\d?|pcie|nvl))*s?(?:\s+(?:gpus?|cards?|chips?|modules?))?(?:\s?[x×]\s?(?P<after>\d+))?(?![\w])"
)
_MACHINES = re.compile(
    rf"(?<!\w)(?P<machines>\d+|{_WORDS})\s+(?:boxes|nodes|servers|machines|hosts|knoten|nodos|nœuds|servidores)\s+(?:with|w/|of|each with|mit|je|avec|con|à)?\s*(?:je |each )?$"
)
_LATER = re.compile(
    rf"(?<!\w)(?P<later>\d+|{_WORDS})\s+(?:of them|chips?|cards?|gpus|davon|karten)(?!\w)"
)


def accelerators_named(text: str) -> Sequence[tuple[str, int | None, int, int]]:
    """Accelerators in a lower-case text: catalog id, count if said, start, end."""
    found = []
    for match in _CHIP.finditer(text):
        chip = next(i for pattern, i in _CHIPS.items() if re.fullmatch(pattern, match["chip"]))
        said = match["count"] or match["after"] or match["word"]
        count = None if said is None else _number(said)
        machines = _MACHINES.search(text, max(0, match.start() - 36), match.start())
        later = _LATER.search(text, match.end(), match.end() + 60)
        if count is not None and machines:
            count *= _number(machines["machines"])
        elif count is None and later and _CHIP.search(text, match.end(), later.start()) is None:
            count = _number(later["later"])
        found.append((chip, count, match.start(), match.end()))
    return found


def _number(said: str) -> int:
    return int(said) if said.isdigit() else _COUNTS[said]
