"""Numbers with what they measure: users, rates, latencies, money, sizes, counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aegis.advisor.lexicon import unit, unit_words
from aegis.advisor.models import accelerators_named, model_named
from aegis.advisor.people import people
from aegis.advisor.quantities import Figure, Quantity, plain
from aegis.advisor.reading import Clause, Reading


def figures(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    """What each number states; a number whose words say nothing, or that is taken back, states nothing."""
    numbers = tuple(n for n in numbers if not _TAKEN_BACK.search(reading.text, 0, n.start))
    yield from _accelerators(reading)
    yield from people(reading, [n for n in numbers if not _is_money(reading.text, n)])
    yield from _rates(reading, numbers)
    yield from _latencies(reading, numbers)
    yield from _money(reading, numbers)
    yield from _availability(reading, numbers)
    yield from _parameters(reading, numbers)
    yield from _tokens(reading, numbers)
    yield from _items(reading, numbers)
    yield from _evaluation_items(reading, numbers)


_TAKEN_BACK = re.compile(
    r"(?<!\w)(?:not|nicht|pas|no|instead of|rather than|statt|anstatt|au lieu de|en lugar de)\s+$"
)
"""Words right before a number that deny it: «not 500 but 800»."""


def _after(name: str, gap: str = r"[\s-]*") -> re.Pattern[str]:
    """A unit right after a number."""
    return re.compile(rf"{gap}(?:{unit_words(name)})(?![\w])")


# --- accelerators --------------------------------------------------------------------------------

_OWNED = re.compile(
    r"\b(?:we (?:already )?(?:own|have)|our|existing|spare|haben|besitzen|avons|possédons|tenemos|on)\b"
)


_STAGE = re.compile(r"\b(?:staging|dev(?:elopment)?|test(?:ing)?|prototype)\b")
_LIVE = re.compile(r"\bprod(?:uction)?\b")


def text_of(reading: Reading, clause: Clause) -> str:
    """The words of a stretch."""
    return reading.text[clause.start : clause.end]


def _accelerators(reading: Reading) -> Iterator[Figure]:
    for chip, count, start, end in accelerators_named(reading.text):
        sentence = reading.sentence_at(start)
        here, elsewhere = (
            text_of(reading, sentence),
            reading.text[: sentence.start] + reading.text[sentence.end :],
        )
        other_stage = _STAGE.search(here) and not _LIVE.search(here) and _LIVE.search(elsewhere)
        if reading.denies(start, end) or other_stage:
            continue
        yield "placement.accelerators.0.id", chip, start, end, ""
        if count:
            yield "placement.accelerators.0.count", count, start, end, ""
        return


# --- rates ---------------------------------------------------------------------------------------

_PER = (("per_second", 1.0), ("per_minute", 60.0), ("per_hour", 3600.0), ("per_day", 86400.0),
        ("per_month", 30 * 86400.0))  # fmt: skip


_A_MINUTE = 60.0
"""Seconds up to which a bare rate («70/s», «5 per minute») counts requests."""


def _rates(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    for number in numbers:
        direct = _after("rate").match(text, number.end)
        if direct:
            yield _rate(reading, number, direct.end(), number.value, busy=True)
            continue
        for name, seconds in _PER:
            bare = re.compile(rf"\s?(?:{unit_words(name)})").match(text, number.end)
            if bare and seconds <= _A_MINUTE and not _is_money(text, number):
                yield _rate(reading, number, bare.end(), number.value / seconds, busy=True)
                break
            match = re.compile(
                rf"\s*(?:[\w'-]+\s+){{0,2}}?(?:{unit_words('requests')})\s*(?:are sent |arrive |come in )?(?:{unit_words(name)})"
            ).match(text, number.end)
            if match:
                per_user = re.match(
                    r"\s*(?:each|per (?:user|person|agent)|pro (?:nutzer|person))",
                    text[match.end() :],
                )
                each = re.search(r"\beach\b", match[0])
                if per_user or each:
                    break
                yield _rate(
                    reading, number, match.end(), number.value / seconds, busy=seconds <= 60.0
                )
                break


def _rate(reading: Reading, number: Quantity, end: int, value: float, *, busy: bool) -> Figure:
    sentence = reading.sentence_at(number.start)
    after = re.split(r"[,;]|\band\b|\bund\b", reading.text[end : min(sentence.end, end + 24)])[0]
    before = reading.text[max(sentence.start, number.start - 30) : number.start]
    near = next(
        (
            part
            for part in (after, before)
            if unit("mean").search(part) or unit("peak").search(part)
        ),
        "",
    )
    if near:
        busy = unit("peak").search(near) is not None
    field = "workload.traffic.peak_rps" if busy else "workload.traffic.mean_rps"
    note = "the upper end of your range" if number.lower is not None else ""
    return field, plain(value), number.start, end, note


# --- latencies -----------------------------------------------------------------------------------

_MS = {"milliseconds": 1.0, "seconds": 1000.0, "minutes": 60_000.0}
_P99 = re.compile(r"p ?99|99th|99 ?%|99 percent|p ?99\.9")
_P50 = re.compile(r"p ?50|median\w*|50th|médiane|mediana")
_P95 = re.compile(r"p ?9[05]|9[05]th|9[05] ?%|9[05] percent")
_NO_LATENCY = re.compile(
    r"\s*(?:of (?:audio|video|speech)|clips?|audio|video|utterances?|chunks?|windows?|ago|long|retention|timeouts?|"
    r"(?:per|a) (?:week|day|month|year))"
)
_EVERY = re.compile(r"(?:every|each|alle|jede|toutes les|cada)\s+$")


def _latencies(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    found: list[tuple[bool, int, Figure]] = []
    scale = 0.0
    for at, number in enumerate(numbers):
        end, factor = number.end, 0.0
        for name, ms in _MS.items():
            match = _after(name).match(text, number.end)
            if match:
                end, factor = match.end(), ms
                break
        before = text[max(0, number.start - 24) : number.start]
        if not factor:
            if (
                scale
                and re.search(r"\b(?:under|below|within|unter|sous|bajo)\s+$", before)
                and _alone(text, number)
            ):
                factor = scale
            else:
                continue
        else:
            scale = factor
        if _NO_LATENCY.match(text, end) or _EVERY.search(before) or factor * number.value > 600_000:
            continue
        sentence = reading.sentence_at(number.start)
        clause = reading.clause_at(number.start)
        context = text[sentence.start : sentence.end]
        near = text[max(clause.start, number.start - 48) : min(sentence.end, end + 40)]
        alone = text[clause.start : clause.end].strip(" .,;!?") == text[number.start : end].strip()
        if not unit("latency").search(context) and not alone:
            continue
        own = None if unit("first_token").search(near) else _right_before(before)
        field, note = own or _which(near, context)
        past = bool(unit("past").search(text[clause.start : clause.end])) and not unit(
            "wanted"
        ).search(near)
        note = "the upper end of your range" if number.lower is not None else note
        figure: Figure = (field, plain(number.value * factor), number.start, end, note)
        found.append((past, at, figure))
    for _, _, figure in sorted(found, key=lambda f: (f[0], f[1])):
        yield figure


def _alone(text: str, number: Quantity) -> bool:
    return re.match(r"\s*(?:[.,;!?)]|$|for\b|at\b)", text[number.end :]) is not None


_PERCENTILES = re.compile(
    r"(?P<p99>p ?99|99th|never more)|(?P<p50>p ?50|median\w*|médiane|mediana)|(?P<p95>p ?9[05]|9[05]th)"
)
_OF_PERCENTILE = {
    "p99": ("objectives.latency_p99_ms", ""),
    "p50": ("objectives.latency_p50_ms", "a median; objectives of a plan are on the p95"),
    "p95": ("objectives.latency_p95_ms", ""),
}


def _right_before(before: str) -> tuple[str, str] | None:
    """The percentile that stands right before a number outranks every other."""
    found = list(_PERCENTILES.finditer(before))
    return _OF_PERCENTILE[str(found[-1].lastgroup)] if found else None


def _which(near: str, context: str) -> tuple[str, str]:
    if unit("first_token").search(near):
        return "objectives.ttft_p95_ms", ""
    if unit("per_token").search(near):
        return "objectives.tpot_p95_ms", ""
    if unit("first_token").search(context) and not re.search(
        r"end to end|total|whole|complete|full|ganze|complète|completa", near
    ):
        return "objectives.ttft_p95_ms", ""
    percentile = next(
        (p for p in (near, context) if _P99.search(p) or _P50.search(p) or _P95.search(p)), ""
    )
    if _P99.search(percentile) and not _P95.search(near):
        return "objectives.latency_p99_ms", ""
    if _P50.search(percentile) and not _P95.search(near):
        return "objectives.latency_p50_ms", "a median; objectives of a plan are on the p95"
    return "objectives.latency_p95_ms", "" if _P95.search(percentile) else "read as a p95"


# --- money ---------------------------------------------------------------------------------------

_CURRENCY_BEFORE = re.compile(r"(?P<sign>us\$|\$|€|£|usd|eur|gbp|chf)\s?$")
_CURRENCY_AFTER = re.compile(
    r"\s?(?P<sign>usd|us\$|\$|dollars?|dólares|eur|euros?|€|gbp|pounds?|£|chf|francs?|grand|bucks)(?![\w])"
)
_PERIOD = {
    "per_month": 1.0,
    "per_quarter": 1 / 3,
    "per_year": 1 / 12,
    "per_day": 30.0,
    "per_hour": 730.0,
}
_DOLLARS = frozenset({"$", "us$", "usd", "dollar", "dollars", "dólares", "grand", "bucks"})
_BUDGET = re.compile(
    r"budget|spend\w*|cost\w*|cap\b|afford|pay|bill|kosten|ausgeben|dépens\w+|coût\w*|presupuesto|gast\w+|coste"
)


def _period(text: str) -> float | None:
    """How many of the period that is named first make a month."""
    found = [
        (match.start(), factor)
        for name, factor in _PERIOD.items()
        if (match := re.search(rf"(?:{unit_words(name)})(?![\w])", text))
    ]
    return min(found)[1] if found else None


def _is_money(text: str, number: Quantity) -> bool:
    return bool(_CURRENCY_BEFORE.search(text[max(0, number.start - 4) : number.start])) or bool(
        _CURRENCY_AFTER.match(text, number.end)
    )


def _money(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    for number in numbers:
        before = _CURRENCY_BEFORE.search(text, max(0, number.start - 4), number.start)
        after = _CURRENCY_AFTER.match(text, number.end)
        sign = before["sign"] if before else after["sign"] if after else None
        if sign is None:
            continue
        start = before.start() if before else number.start
        end = after.end() if after else number.end
        sentence = reading.sentence_at(number.start)
        around = text[max(sentence.start, start - 40) : min(sentence.end, end + 40)]
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
        if unit("halve").search(text, sentence.start, sentence.end):
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
    since = re.search(r"(?<!\w)prod(?:uction)?\s*:", text)
    named = model_named(text)
    found = []
    for number in numbers:
        sized = _after("parameters").match(text, number.end)
        value = number.value
        if sized is None and number.value >= 1e8:
            sized = re.compile(
                r"[\s-]*(?:parameters?|params?|parameter-\w+|de paramètres|parametern?|(?:de )?parámetros)(?!\w)"
            ).match(text, number.end)
            value = number.value / 1e9
        if sized is None or _is_money(text, number) or not 0.01 <= value <= 5000:
            continue
        if reading.denies(number.start, sized.end()) or re.match(
            r"\s+(?:tokens?|users?|requests?|rows|records)", text[sized.end() :]
        ):
            continue
        later = since is not None and number.start >= since.end()
        found.append(
            (not later, ("model.parameters_b", plain(value), number.start, sized.end(), ""))
        )
    if named is None or named.parameters_b is None or since is not None or len(found) > 1:
        for _, figure in sorted(found, key=lambda f: f[0]):
            yield figure


def _tokens(reading: Reading, numbers: tuple[Quantity, ...]) -> Iterator[Figure]:
    text = reading.text
    for number in numbers:
        match = _after("tokens").match(text, number.end)
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
        match = _after("hours").match(text, number.end)
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
