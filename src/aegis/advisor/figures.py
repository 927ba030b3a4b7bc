"""Numbers with what they measure: users, rates, latencies, money, sizes, counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.advisor.currency import CURRENCY_AFTER, CURRENCY_BEFORE, is_money
from aegis.advisor.latencies import latencies
from aegis.advisor.lexicon import after_unit, unit, unit_words
from aegis.advisor.meant import elsewhere_live, model_meant, stage
from aegis.advisor.models import accelerators_named
from aegis.advisor.people import people
from aegis.advisor.quantities import Figure, Quantity, plain
from aegis.advisor.rates import rates
from aegis.advisor.reading import Reading
from aegis.advisor.settling import settled


def figures(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    """What each number states; a number whose words say nothing, or that is taken back, states nothing."""
    meant = tuple(n for n in numbers if not _TAKEN_BACK.search(reading.text, 0, n.start))
    found = [
        *people(reading, [n for n in meant if not is_money(reading.text, n)]),
        *rates(reading, meant),
        *latencies(reading, meant),
        *_money(reading, meant),
        *_availability(reading, meant),
        *_parameters(reading, meant),
        *_tokens(reading, meant),
        *_items(reading, meant),
    ]
    yield from _accelerators(reading)
    yield from settled(reading, meant, found)
    yield from _evaluation_items(reading, meant)


_TAKEN_BACK = re.compile(
    r"(?<!\w)(?:not|nicht|pas|no|no son|no serán|ce ne sont pas|instead of|rather than|statt|anstatt|au lieu de|en lugar de)\s+(?:the )?$"
)
"""Words right before a number that deny it: «not 500 but 800»."""


# --- accelerators --------------------------------------------------------------------------------


def _accelerators(reading: Reading) -> Iterator[Figure]:
    text = reading.text
    named = [n for n in accelerators_named(text) if not reading.denies(n[2], n[3])]
    if _COMPARES.search(text) and len({chip for chip, *_ in named}) > 1:
        return
    meant = [
        n for n in named if stage(reading, n[2]) < _PROTOTYPE or not elsewhere_live(reading, n[2])
    ]
    for chip, count, start, end in sorted(meant, key=lambda n: (stage(reading, n[2]), n[2])):
        yield "placement.accelerators.0.id", chip, start, end, ""
        sentence = reading.sentence_at(start)
        if count and not _EACH.search(text, sentence.start, start):
            yield "placement.accelerators.0.count", count, start, end, ""
        return


_PROTOTYPE = 2
_COMPARES = re.compile(r"(?<!\w)(?:compare|comparison|versus|vs|vergleich\w*|compar\w+)(?!\w)")
_EACH = re.compile(
    r"(?<!\w)(?:each|every|jede[rmns]?|chaque|cada)\s(?:of (?:the |our )?)?(?:\d+ )?(?:store|clinic|site|shop|robot|vehicle|car|truck|drone|branch|plant|filiale|magasin|tienda)"
)
"""A device in each of many places is not the number of devices."""


# --- money ---------------------------------------------------------------------------------------

_PERIOD = {
    "per_month": 1.0,
    "per_quarter": 1 / 3,
    "per_year": 1 / 12,
    "per_day": 30.0,
    "per_hour": 730.0,
}
_DOLLARS = frozenset(
    {
        "$",
        "us$",
        "usd",
        "us-dollar",
        "us-dollars",
        "us dollar",
        "us dollars",
        "dollar",
        "dollars",
        "dólares",
        "grand",
        "bucks",
    }
)
_BUDGET = re.compile(
    r"budget|spend\w*|cap\b|afford|pay\b|bill|kosten|ausgeben|dépens\w+|coût\w*|presupuesto|gast\w+|coste|cost(?:s|ing)? (?:no more|at most|under|below|more than)|may cost|must not cost|can cost"
)
_NOT_A_BUDGET = re.compile(
    r"revenue|turnover|umsatz|chiffre d'affaires|ingresos|profit|funding|licen[cs]es?|subscriptions?|invoices?|rechnung|facture|factura|fine of|salary|rent\b|server\b(?! costs)|hardware cost|hardware kostete|bought|purchased|paid\b"
    r"|(?:per|/|a|each|pro|par|por) (?:user|seat|head|person|employee|customer|month per user|nutzer|utilisateur|usuario)|per gpu|gpu hours?|a token|in tokens|pays?\b.{0,32}(?:us|product)|saas|spent"
)


def _period(text: str) -> float | None:
    """How many of the period that is named first make a month."""
    found = [
        (match.start(), factor)
        for name, factor in _PERIOD.items()
        if (match := re.search(rf"(?:{unit_words(name)})(?![\w])", text))
    ]
    return min(found)[1] if found else None


def _money(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    for number in numbers:
        before = CURRENCY_BEFORE.search(text, max(0, number.start - 4), number.start)
        after = CURRENCY_AFTER.match(text, number.end)
        sign = before["sign"] if before else after["sign"] if after else None
        if sign is None:
            continue
        start = before.start() if before else number.start
        end = after.end() if after else number.end
        sentence = reading.sentence_at(number.start)
        around = text[max(sentence.start, start - 40) : min(sentence.end, end + 40)]
        clause = reading.clause_at(number.start)
        halved = unit("halve").search(text, sentence.start, sentence.end)
        if not halved and _not_to_spend(text[clause.start : max(clause.end, end)]):
            continue
        if re.match(
            r"\s*(?:per|/|a|pro)\s*(?:1?k|1?m|million|1,?000)?\s*(?:tokens?|requests?|calls?|gpu)",
            text[end:],
        ):
            continue
        after_it = text[end : min(sentence.end, end + 28)]
        factor = _period(after_it) or _period(around)
        if factor is None and not _BUDGET.search(around):
            continue
        value = number.value * (1.0 if factor is None else factor)
        note = "" if factor is not None else "read as a month"
        if halved:
            value, note = value / 2, "half of what you spend today"
        if sign not in _DOLLARS:
            yield (
                "budget.other_currency",
                f"{plain(number.value)} {sign}",
                start,
                end,
                "not converted",
            )
            continue
        yield "budget.monthly_usd", plain(round(value, 2)), start, end, note


_COSTS_NOW = re.compile(r"(?<!\w)costs?(?!\w).*(?<!\w)(?:now|today|currently|at the moment)(?!\w)")


def _not_to_spend(clause: str) -> bool:
    """Money that is earned, was paid or is another's price."""
    return bool(_NOT_A_BUDGET.search(clause) or _COSTS_NOW.search(clause)) and not re.search(
        r"budget|presupuesto|afford", clause
    )


# --- shares, sizes, counts -----------------------------------------------------------------------

_NINES = {"2": 99.0, "3": 99.9, "4": 99.99, "5": 99.999, "two": 99.0, "three": 99.9, "four": 99.99, "five": 99.999, "drei": 99.9, "vier": 99.99,
          "trois": 99.9, "quatre": 99.99, "tres": 99.9, "cuatro": 99.99}  # fmt: skip
_NINE_WORDS = re.compile(
    rf"(?<!\w)(?P<count>{'|'.join(_NINES)})[\s-]+(?:nines|neunen|neuf|nueves)(?!\w)"
)


_BARE_SHARE = re.compile(r"\s?(?:%|percent|prozent)\s*(?:[.,;)]|$)")
_SURELY = 99.4
"""Percent above which a share that names nothing is an availability."""


def _availability(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    for match in _NINE_WORDS.finditer(text):
        yield (
            "objectives.availability_percent",
            _NINES[match["count"]],
            match.start(),
            match.end(),
            "",
        )
        return
    for number in numbers:
        if not 90 <= number.value < 100:
            continue
        percent = re.match(r"\s?(?:%|percent|prozent|pour ?cent|por ciento)", text[number.end :])
        clause = reading.sentence_at(number.start)
        near = text[max(clause.start, number.start - 40) : min(clause.end, number.end + 40)]
        cue = unit("availability").search(near) or (
            percent and _BARE_SHARE.match(text, number.end) and number.value > _SURELY
        )
        if (
            cue
            and (percent or re.search(r"\b(?:slo|sla|uptime|availab\w+|target)\b", near))
            and number.value >= 95
        ):
            if re.search(r"accura\w+|precision|recall|f1|groundedness|genauigkeit|précision", near):
                continue
            end = number.end + (percent.end() if percent else 0)
            yield "objectives.availability_percent", number.value, number.start, end, ""


def _parameters(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    named = model_meant(reading)
    found = []
    for number in numbers:
        sized = after_unit("parameters").match(text, number.end)
        value = number.value
        if sized is None and number.value >= 1e8:
            sized = _PARAMETERS.match(text, number.end)
            value = number.value / 1e9
        if sized is None or is_money(text, number) or not 0.01 <= value <= 5000:
            continue
        if reading.denies(number.start, sized.end()) or _COUNTED_IN_BILLIONS.match(
            text, sized.end()
        ):
            continue
        figure: Figure = ("model.parameters_b", plain(value), number.start, sized.end(), "")
        found.append((stage(reading, number.start), figure))
    if named is None or named.parameters_b is None or len(found) > 1:
        for _, figure in sorted(found, key=lambda f: f[0]):
            yield figure


_PARAMETERS = re.compile(
    r"[\s-]*(?:parameters?|params?|parameter-\w+|de paramètres|parametern?|(?:de )?parámetros)(?!\w)"
)
_COUNTED_IN_BILLIONS = re.compile(
    r"\s+(?:tokens?|users?|requests?|rows|records|events?|documents?|images?|items?|people|dollars?|euros?|zeilen|lignes|filas)"
)


def _tokens(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    for number in numbers:
        match = after_unit("tokens").match(text, number.end)
        if match is None or number.value > 200_000:
            continue
        rest = text[match.end() : match.end() + 24]
        before = text[max(0, number.start - 28) : number.start]
        if re.match(r"\s*(?:/|per |a |pro |par |por )", rest):
            continue
        near = re.split(r"[,;]|\band\b", rest)[0]
        if unit("answer").search(near) or (
            not unit("prompt").search(near) and unit("answer").search(before)
        ):
            yield "workload.output_tokens.mean", plain(number.value), number.start, match.end(), ""
        elif unit("prompt").search(near) or unit("prompt").search(before):
            yield "workload.input_tokens.mean", plain(number.value), number.start, match.end(), ""


def _items(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    nightly = re.search(
        r"night|overnight|batch|nächtlich|nacht|nuit|noche|score (?:all|every)|weekly|daily (?:job|run|scoring)|refresh|backfill|lote",
        text,
    )
    if not nightly:
        return
    for number in numbers:
        match = re.compile(rf"\s*(?:[\w'-]+\s+){{0,2}}?(?:{unit_words('items')})(?!\w)").match(
            text, number.end
        )
        if (
            match
            and number.value >= 100
            and not re.match(r"\s*(?:/|per|a)\s*(?:sec|min)", text[match.end() :])
        ):
            yield "workload.batch.items", plain(number.value), number.start, match.end(), ""
            break
    for number in numbers:
        match = after_unit("hours").match(text, number.end)
        before = text[max(0, number.start - 24) : number.start]
        if match and re.search(
            r"(?:within|in|under|less than|at most|deadline of|max(?:imum)?|takes? up to|innerhalb von|in höchstens|en moins de|en|en menos de)\s+$",
            before,
        ):
            yield (
                "workload.batch.deadline_hours",
                plain(number.value),
                number.start,
                match.end(),
                "",
            )
            break


_LABELLED = re.compile(
    r"\s*(?:[\w'-]+\s+){0,2}?(?:labell?ed|golden|evaluation|eval|test|annotated|gelabelte\w*|annotés?|etiquetad\w+)\s+\w+|\s*(?:[\w'-]+\s+){0,2}?(?:exemples annotés|ejemplos etiquetados)"
)


def _evaluation_items(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    for number in numbers:
        match = _LABELLED.match(reading.text, number.end)
        if match and number.value >= 2 and not reading.denies(number.start, match.end()):
            yield "evaluation.items", plain(number.value), number.start, match.end(), ""
            return
