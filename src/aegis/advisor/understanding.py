"""What a person said becomes stated fields of a brief, each with the words it came from.

Nothing is guessed: a field without words in the text is not stated. What is named in one breath
with its denial («we do not use AWS any more») is not stated either, and two values for one field
become a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from aegis.advisor.lexicon import bounded, family, unit_words
from aegis.advisor.meant import model_meant
from aegis.advisor.models import Named, models_named
from aegis.advisor.places import regions_of
from aegis.advisor.quantities import Quantity, quantities
from aegis.advisor.reading import Reading, read
from aegis.brief.positions import Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One field, its value, and where the person said it (offsets of characters, `end` exclusive)."""

    field: str
    value: Plain
    start: int
    end: int
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What a text states, and the fields for which it states two things."""

    said: str
    stated: tuple[Stated, ...]
    unsure: tuple[tuple[Stated, Stated], ...] = ()

    def value(self, field: str) -> Plain:
        """The stated value of a field; None when nothing was said."""
        return next((s.value for s in self.stated if s.field == field), None)


def understand(said: str) -> Understood:
    """The fields that a text states. Field names are paths of the brief."""
    reading = read(said)
    numbers = quantities(reading)
    found = [*_words(reading), *_figures(reading, numbers)]
    kept: dict[str, Stated] = {}
    unsure: list[tuple[Stated, Stated]] = []
    for each in found:
        before = kept.get(each.field)
        if before is None:
            kept[each.field] = each
        elif before.value != each.value and _either_or(reading, before, each):
            unsure.append((before, each))
    for first, _ in unsure:
        kept.pop(first.field, None)
    ordered = sorted(kept.values(), key=lambda s: (s.start, s.field))
    return Understood(said=said, stated=tuple(ordered), unsure=tuple(unsure))


def _either_or(reading: Reading, first: Stated, second: Stated) -> bool:
    """Whether a person left it open: «8B or 14B»."""
    low, high = sorted(((first.start, first.end), (second.start, second.end)))
    return either_or(reading.said[low[1] : high[0]].lower())


def either_or(between: str) -> bool:
    """Whether what stands between two things makes them alternatives."""
    return len(between) < 30 and re.search(r"(?<!\w)(?:or|oder|ou|o|vs)(?!\w)", between) is not None


def _stated(
    reading: Reading, field: str, value: Plain, start: int, end: int, note: str = ""
) -> Stated:
    begin, stop = reading.span(start, end)
    return Stated(
        field=field, value=value, start=begin, end=stop, words=reading.said[begin:stop], note=note
    )


# --- words ---------------------------------------------------------------------------------------

_ONE_OF = (
    ("placement.where", "where"),
    ("team.orchestrator", "orchestrators"),
    ("team.iac", "iac"),
    ("team.gitops", "gitops"),
    ("team.registry", "registry"),
    ("team.feature_store", "feature_store"),
    ("team.pipelines", "pipelines"),
    ("team.secrets", "secrets"),
    ("model.format", "formats"),
)
_SEVERAL = (
    ("data.classes", "data"),
    ("frameworks", "frameworks"),
    ("jurisdictions", "jurisdictions"),
    ("impact.areas", "areas"),
    ("team.observability", "observability"),
)
_DENIAL_IS_THE_POINT = frozenset({"air-gapped", "none", "no", "sovereign"})
_ONLY_IF_NEEDED = frozenset(
    {"frameworks", "jurisdictions", "orchestrators", "iac", "gitops", "registry", "feature_store"}
)
"""Families of which people ask whether they need them at all."""


def _words(reading: Reading) -> Iterator[Stated]:
    yield from _kind(reading)
    for field, name in _ONE_OF:
        found = _best(reading, field, name)
        yield from (
            s for s in found if not (s.value == "edge" and _goes_without_saying(reading, s))
        )
    clouds = tuple(_clouds(reading))
    yield from _cloud(reading, clouds)
    for field, name in _SEVERAL:
        yield from _all(reading, field, name)
    yield from _on_call(reading)
    yield from _evaluation(reading)
    yield from _internal(reading)
    yield from _environment(reading)
    yield from clouds
    yield from _residency(reading)
    yield from _tools(reading)
    yield from _device(reading)
    yield from model_stated(reading)


@dataclass(frozen=True, slots=True)
class _Match:
    value: str
    weight: int
    start: int
    end: int


def _matches(reading: Reading, name: str) -> list[_Match]:
    """Where words of a family stand and are meant, the most specific first, then by place."""
    found = [
        _Match(entry.value, entry.weight, m.start(), m.end())
        for entry in family(name)
        for m in entry.pattern.finditer(reading.plain)
        if entry.value in _DENIAL_IS_THE_POINT or not reading.denies(m.start(), m.end())
        if name != "where" or not _open_choice(reading.plain, m.start(), m.end())
        if name not in _ONLY_IF_NEEDED or not reading.asks_whether(m.start())
    ]
    return sorted(found, key=lambda m: (-m.weight, m.start, -(m.end - m.start)))


_BEFORE_CHOICE = re.compile(
    r"(?<!\w)(?:or|oder|ou|o)\s+(?:(?:on|in|at|to|auf|im|in der|sur|dans|en|our|own|nos|unsere[nm]?)\s+){0,2}$"
)
_AFTER_CHOICE = re.compile(r"\s*(?:or|oder|ou|o)\s+(?!later|so\b|more|less|rather)")


def _open_choice(text: str, start: int, end: int) -> bool:
    """Whether a person leaves open if it is this or another: «on-prem or cloud»."""
    return bool(_BEFORE_CHOICE.search(text, 0, start) or _AFTER_CHOICE.match(text, end))


def _best(reading: Reading, field: str, name: str) -> Iterator[Stated]:
    for match in _matches(reading, name):
        yield _stated(reading, field, match.value, match.start, match.end)
        return


def _all(reading: Reading, field: str, name: str) -> Iterator[Stated]:
    found = sorted(_matches(reading, name), key=lambda m: m.start)
    values = list(dict.fromkeys(m.value for m in found))
    if not values:
        return
    if len(values) > 1 and "none" in values:
        values.remove("none")
    first = found[0]
    yield _stated(reading, field, list(values), first.start, max(m.end for m in found))


_LANGUAGE_MODEL = bounded(
    r"(?:billion|milliarden|milliards de) param\w*|\d+(?:[.,]\d+)? ?b(?:illion)? ?(?:param\w*|model|instruct)?|finetuned|fine tun\w+|quanti[sz]ed model|(?<!tensorrt[\s-])llms?|(?:large )?language models?|sprachmodelle?|modèles? de lang(?:ue|age)|modelos? de lenguaje"
    rf"|\d+(?:[.,]\d+)? ?(?:{unit_words('parameters')})"
)


def _kind(reading: Reading) -> Iterator[Stated]:
    found = _matches(reading, "kinds")
    if found:
        best = found[0]
        yield _stated(reading, "workload.kind", best.value, best.start, best.end)
        return
    named = model_meant(reading)
    size = _LANGUAGE_MODEL.search(reading.text)
    if named is not None and named.kind:
        yield _stated(
            reading,
            "workload.kind",
            named.kind,
            named.start,
            named.end,
            "by the model that you name",
        )
    elif size and not reading.denies(size.start(), size.end()):
        yield _stated(
            reading,
            "workload.kind",
            "chat",
            size.start(),
            size.end(),
            "a language model, and nothing more is said of its task",
        )


def _on_a_device(reading: Reading) -> bool:
    """Whether the model runs in a thing of its own; that already says where."""
    kinds = _matches(reading, "kinds")
    return bool(kinds) and kinds[0].value in {"on-device", "robotics"}


def _goes_without_saying(reading: Reading, stated: Stated) -> bool:
    """Whether a device of its own says where already, and nobody names the edge."""
    return _on_a_device(reading) and _EDGE.search(stated.words.lower()) is None


_EDGE = re.compile(r"edge|rande?|borde|périphérie")


def _cloud(reading: Reading, clouds: tuple[Stated, ...]) -> Iterator[Stated]:
    """A provider by name says where, unless other words do."""
    if _matches(reading, "where"):
        return
    named = [s for s in clouds if s.field.endswith(".provider")]
    if named:
        first = named[0]
        yield Stated(
            field="placement.where",
            value="multi-cloud" if len({s.field for s in named}) > 1 else "cloud",
            start=first.start,
            end=first.end,
            words=first.words,
            note="by the provider that you name",
        )


def _on_call(reading: Reading) -> Iterator[Stated]:
    for entry in family("on_call"):
        match = entry.pattern.search(reading.plain)
        if match:
            yield _stated(reading, "team.on_call", entry.value, match.start(), match.end())
            return


def _evaluation(reading: Reading) -> Iterator[Stated]:
    for entry in family("evaluation"):
        for match in entry.pattern.finditer(reading.plain):
            if entry.value == "yes" and reading.asks(match.start()):
                continue  # «how do I turn logs into test cases?» says that there is none yet
            if entry.value == "yes" and reading.denies(match.start(), match.end()):
                yield _stated(reading, "evaluation", "no", match.start(), match.end())
                return
            yield _stated(reading, "evaluation", entry.value, match.start(), match.end())
            return


def _internal(reading: Reading) -> Iterator[Stated]:
    for match in _matches(reading, "internal"):
        yield _stated(reading, "users.external", value=False, start=match.start, end=match.end)
        return


def _environment(reading: Reading) -> Iterator[Stated]:
    """Where it should be next; production beside another one wins, because it is the claim."""
    found = _matches(reading, "environments")
    order = {"staging": 0, "production": 1, "development": 2}
    first = re.search(
        r"staging first|(?:set up|start with|begin with) staging|until then staging|first (?:in|on|to) staging|only (?:in )?(?:staging|dev\w*)",
        reading.text,
    )
    if found and not first:
        order = {"production": 0, "staging": 1, "development": 2}
    for match in sorted(found, key=lambda m: order[m.value]):
        yield _stated(reading, "goal.environment", match.value, match.start, match.end)
        return


def _clouds(reading: Reading) -> Iterator[Stated]:
    """Providers, with the regions that stand in the text."""
    named: dict[str, _Match] = {}
    for match in sorted(_matches(reading, "providers"), key=lambda m: m.start):
        named.setdefault(match.value, match)
    places = regions_of(reading, {p: m.end for p, m in named.items()})
    for provider, (_, start, end) in places.items():
        named.setdefault(provider, _Match(provider, 1, start, end))
    only = next(iter(named.values())) if len(named) == 1 else None
    if only and _open_choice(reading.text, only.start, only.end):
        return
    for first, second in pairwise(list(named.values())[:2]):
        if either_or(reading.text[first.end : second.start]):  # one of the two: a question
            named = {first.value: first}
            field = "placement.clouds.0.provider"
            yield _stated(reading, field, second.value, second.start, second.end)
    for at, (provider, match) in enumerate(named.items()):
        yield _stated(reading, f"placement.clouds.{at}.provider", provider, match.start, match.end)
        if provider in places:
            found, start, end = places[provider]
            yield _stated(reading, f"placement.clouds.{at}.regions", list(found), start, end)


_STAYS = re.compile(
    r"(?:(?:nothing|no data|data|it|prompts?|everything)\s+)?(?:may|must|can|cannot|can't|shall|should|has to|have to|darf|muss|müssen|doit|doivent|ne doit pas|debe\w*|no puede\w*)\s+"
    r"(?:not\s+|never\s+|only\s+|nicht\s+)?(?:leave|stay in|stay within|remain in|be kept in|quitter|rester en|rester à|salir de|permanecer en|quedarse en)\s+"
    r"(?:the\s+)?(?P<place>[a-zà-ÿ]+(?: (?:union|kingdom|states))?)"
    r"|(?P<german>deutschland|frankfurt|schweiz|österreich|europa|der eu) (?:nicht )?(?:verlassen|bleiben)"
    r"|data residency (?:in|within|:)\s*(?:the\s+)?(?P<other>[a-zà-ÿ]+)"
)


def _residency(reading: Reading) -> Iterator[Stated]:
    match = _STAYS.search(reading.text)
    if match is None:
        return
    group = next((g for g in ("place", "german", "other") if match[g]), "place")
    if (match[group] or "") in {"our", "the", "a", "its", "this", "house", "site"}:
        return
    start, end = match.span(group)
    begin, stop = reading.span(start, end)
    yield _stated(reading, "data.residency", reading.said[begin:stop], start, end)


def _tools(reading: Reading) -> Iterator[Stated]:
    tools: list[Plain] = []
    first, last = len(reading.text), 0
    for match in sorted(_matches(reading, "tools"), key=lambda m: m.start):
        name, _, effect = match.value.partition(" ")
        tools.append({"name": name, "effect": effect})
        first, last = min(first, match.start), max(last, match.end)
    if tools and any(m.value == "agent" for m in _matches(reading, "kinds")):
        yield _stated(reading, "workload.tools", tools, first, last)


def _device(reading: Reading) -> Iterator[Stated]:
    if not _on_a_device(reading):
        return
    for match in _matches(reading, "device"):
        begin, stop = reading.span(match.start, match.end)
        yield _stated(
            reading, "workload.device.device", reading.said[begin:stop], match.start, match.end
        )
        return


def model_stated(reading: Reading) -> Iterator[Stated]:
    """The model by name, as the catalog knows it where that is unambiguous."""
    named = model_meant(reading)
    if named is None:
        return
    yield from _of_model(reading, named)
    for other in models_named(reading.text):
        if other is not named and _offered(reading.text, named, other):
            yield from _of_model(reading, other)


def _of_model(reading: Reading, named: Named) -> Iterator[Stated]:
    begin, stop = reading.span(named.start, named.end)
    reference = named.reference or reading.said[begin:stop]
    yield _stated(reading, "model.reference", reference, named.start, named.end)
    if named.parameters_b:
        yield _stated(reading, "model.parameters_b", named.parameters_b, named.start, named.end)
    if named.managed:
        yield _stated(reading, "model.source", "managed-api", named.start, named.end)


def _offered(text: str, one: Named, other: Named) -> bool:
    """Whether the two are alternatives: «Llama 70B or Qwen 72B»."""
    low, high = sorted((one, other), key=lambda n: n.start)
    return either_or(text[low.end : high.start])


# --- figures -------------------------------------------------------------------------------------


def _figures(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Stated]:
    from aegis.advisor.figures import figures  # noqa: PLC0415  # the second half of this page

    for field, value, start, end, note in figures(reading, numbers):
        yield _stated(reading, field, value, start, end, note)
