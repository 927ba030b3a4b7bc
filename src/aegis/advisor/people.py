"""How many people a text speaks of: those who use the system, and those who run it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from aegis.advisor.lexicon import family, unit_words
from aegis.advisor.quantities import Figure, Quantity, plain
from aegis.advisor.reading import Reading

_AT_ONCE = re.compile(
    r"\s*(?:at (?:once|a time)|at the same time|at any (?:time|moment)|concurrent\w*|simultan\w*|in parallel|parallel\w*|gleichzeitig\w*|auf einmal|a la vez|en paralelo|en même temps|à la fois|en parallèle|online)(?!\w)"
)
_TOGETHER_WORD = re.compile(r"concurrent|simultan|parallel|gleichzeitig|paralel")
_A_TEAM = 60
"""People up to which «our team counts …» means who operates it."""
_SEEN_OR_SCORED = frozenset({"vision", "batch"})
_SCORED = frozenset({"prediction", "batch"})
_OF_THEM = "of them|d'entre eux|davon|de ellos"
_USE = re.compile(r"\b(?:use|uses|using|for|für|nutz\w+|utilis\w+|pour|usa\w*|para)\b")
_USE_IT = re.compile(r"\b(?:use|uses|using|used by|nutz\w+|utilis\w+|usan)\b")


@cache
def _people() -> re.Pattern[str]:
    return re.compile(
        rf"\+?\s*(?:{_OF_THEM}|(?:[^\W\d][\w'-]*\s+){{0,3}}?(?:d[e']\s?|\w+-)?(?:{unit_words('people')}))(?![\w])"
    )


def people(reading: Reading, numbers: Sequence[Quantity]) -> Iterator[Figure]:
    """Users and operators; people whom the model only looks at are neither.

    Those of whom it is said that they use it come first, a company's whole staff comes last.
    """
    found = [*_labelled(reading, numbers), *_counted(reading, numbers), *_team(reading, numbers)]
    for _, figure in sorted(found, key=lambda f: (f[0], f[1][2])):
        yield figure


def _counted(reading: Reading, numbers: Sequence[Quantity]) -> Iterator[tuple[int, Figure]]:
    """Numbers with people after them, each with its rank."""
    used: set[Quantity] = set()
    for at, number in enumerate(numbers):
        if number in used or number.value < 1:
            continue
        second = numbers[at + 1] if at + 1 < len(numbers) else None
        joined = _joined(reading.text, number, second) if second else None
        if joined and second:
            used.add(second)
            yield joined
        else:
            yield from _single(reading, number)


def _joined(text: str, number: Quantity, second: Quantity) -> tuple[int, Figure] | None:
    """«2,000 of the 14,000 seats», «ten percent of 5,000 staff», «six tenants with 200 users»."""
    for pattern, rank, per, note in _TOGETHER:
        between = pattern.fullmatch(text, number.end, second.start)
        match = _people().match(text, second.end) if between else None
        if match and not _ADJECTIVE_STOPS.search(_between(match)):
            value = number.value if per is None else number.value * second.value / per
            figure = ("users.count", plain(round(value)), number.start, match.end(), note)
            return rank, figure
    return None


def _single(reading: Reading, number: Quantity) -> Iterator[tuple[int, Figure]]:
    text = reading.text
    match = _people().match(text, number.end)
    if match is None or not _counts(reading, number, match):
        return
    if _operate(text, number, match):
        some = -1 if _SOME_OF_THEM.match(match[0]) else 0
        yield some, ("team.size", plain(number.value), number.start, match.end(), "")
        return
    value, end, note = number.value, match.end(), number.note
    share = _SHARE.search(text, match.end(), match.end() + 60)
    if share:
        value *= float(share["percent"].replace(",", ".")) / 100
        end, note = share.end(), "the share that you name, of all"
    rank = _rank(text, number, match)
    if rank < _WHOLE or not _CUSTOMERS.search(match[0]):
        yield rank, ("users.count", plain(round(value)), number.start, end, note)


_PART_OF = re.compile(
    r"\s+(?:out )?(?:of|der|von|des|de los|de las|de nos|de nuestros|sur|von unseren)\s+(?:the |our |its |their |all |unserer |seiner )?"
)
_PERCENT_OF = re.compile(
    r"\s?(?:%|percent|per cent|prozent|pour ?cent|por ciento)\s+(?:of|der|von|des|de|d')\s?(?:the |our |its |all |los |las |unserer |nos |nuestros )?"
)
_TIMES = re.compile(r"\s+(?!of\b)(?:[a-zà-ÿ]+)\s+(?:with|mit|avec|con|à|a|of)\s+(?:je |about )?")
_TOGETHER = (
    (_PART_OF, 0, None, ""),
    (_PERCENT_OF, 1, 100, "the share that you name, of all"),
    (_TIMES, 1, 1, "as many places times as many people"),
)
"""What joins two numbers, the rank, what their product is divided by (None: the first counts), and a note."""
_WHOLE = 2
"""Rank of all people of a company or of a town."""
_CUSTOMERS = re.compile(
    r"customers?|clients?|members?|inhabitants?|residents?|citizens?|kund(?:en|innen)|mitglieder|einwohner|bürger|habitants|citoyens|clientes|habitantes|vecinos"
)
_SHARE = re.compile(
    r"(?P<percent>\d+(?:[.,]\d+)?)\s?%\s+(?:of (?:them|those|these|users)\s+)?(?:use|uses|are active|try|chat|nutzen|utilisent|usan)"
)
_SOME_OF_THEM = re.compile(rf"\+?\s*(?:{_OF_THEM})")
_WILL_USE = re.compile(
    r"\s*(?:[a-z]+ ){0,2}?(?:(?:will|would|should|shall|are to|can|could|who|to) )?(?:use|uses|get|chat|talk|ask|work with it|depend|rely|nutzen|arbeiten damit|verwenden|utilisent|l'utilisent|usan|lo usan|utilizan)(?!\w)"
)
_FOR = re.compile(
    r"(?:\bfor|\bfür|\bpour|\bpara|\bserves?|\bserving|\bused by|\bonly|\bnur)\s+(?:(?:our|its|the|about|around|roughly|some|up to|all|unsere|rund|etwa|ca\.?|nos|les|environ|unos|los|nuestros|~)\s+){0,3}$"
)
_STAFF_OF = re.compile(
    r"(?:bank|company|firm|insurer|insurance|retailer|hospital|group|city|town|council|university|startup|client|customer|portal|app|unternehmen\w*|mittelständler|stadt|gemeinde|klinik|konzern|banque|entreprise|pme|société|ville|hôpital|banco|empresa|ayuntamiento)\s*,?\s*(?:of|with|has|having|mit|hat|de|con|tiene|à|a|avec|qui compte)\s+(?:about |around |rund |over |more than )?$"
)


def _rank(text: str, number: Quantity, match: re.Match[str]) -> int:
    """0: said to use it; 2: a whole company; 1: anything between."""
    before = text[max(0, number.start - 44) : number.start]
    if _SOME_OF_THEM.match(match[0]) or _said_to_use(text, number, match):
        return 0
    return _WHOLE if _STAFF_OF.search(before) else 1


def _labelled(reading: Reading, numbers: Sequence[Quantity]) -> Iterator[tuple[int, Figure]]:
    """«users: 120», «volunteers 60», «users are 30»."""
    text = reading.text
    for number in numbers:
        head = _label().search(text, max(0, number.start - 40), number.start)
        if head and number.value >= 1 and (head["sign"].strip() or _bare(text, head, number)):
            yield 0, ("users.count", plain(number.value), number.start, number.end, "")


def _bare(text: str, head: re.Match[str], number: Quantity) -> bool:
    """«volunteers 60»: many, and nothing else follows."""
    return head[0].rstrip().endswith(("s", "n")) and _ENDS.match(text, number.end) is not None


@cache
def _label() -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|[;,\n|.]\s*)(?:{unit_words('people')})(?P<sign>\s*(?:[:=|]|are|is|sind|sont|son)?\s*)(?:about |~)?$"
    )


_ENDS = re.compile(r"\s*(?:[.,;)\n]|$)")

# --- whether they are counted --------------------------------------------------------------------

_ADJECTIVE_STOPS = re.compile(
    r"\b(?:per|a|an|for|and|or|of|with|by|und|für|pro|et|pour|par|y|para|por|in|on|from|to|each|every|tokens?|ms|s|gpus?|percent"
    r"|is|are|was|were|has|have|had|what|which|that|who|we|our|the|i|you|they|it|its|do|does|can|will|would|if|when|than"
    r"|ist|sind|wird|werden|von|den|dem|die|der|das|wir|les|la|le|el|los|las|que|nos|du|au|am|im|um|mit|con|avec|à"
    r"|january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember"
    r"|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)\b|[.,;:%$€]"
)
_RATE = re.compile(
    r"\s*(?:/|per |a |pro |par |por |each |every )(?:second|sec|minute|hour|day|month|week|sekunde|tag|seconde|jour|segundo|día)"
)
_OF_PEOPLE = re.compile(
    r"\s+(?:records?|data|rows|questions|requests|tickets|messages|calls|stories|hours|days|months|profiles|names)\b"
)


def _counts(reading: Reading, number: Quantity, match: re.Match[str]) -> bool:
    """Whether a number and the people after it belong together, and they are counted as such."""
    rest = reading.text[match.end() :]
    return not (
        _ADJECTIVE_STOPS.search(_between(match))
        or (_SOME_OF_THEM.match(match[0]) and not _spoken_of(reading.text, number))
        or _RATE.match(rest)
        or _OF_PEOPLE.match(rest)
        or _AT_ONCE.match(rest)
        or _TOGETHER_WORD.search(_between(match))
        or _NAME_OF_A_NORM.search(reading.text, 0, number.start)
        or _are_subjects(reading, number, match)
    )


def _spoken_of(text: str, number: Quantity) -> bool:
    """Whether people stand before «eight of them»."""
    return _anybody().search(text, 0, number.start) is not None


@cache
def _anybody() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{unit_words('people')})(?!\w)")


def _between(match: re.Match[str]) -> str:
    """The words between a number and the people it counts."""
    if _SOME_OF_THEM.match(match[0]):
        return ""
    return re.sub(r"\bd[e']$", "", match[0].strip().rpartition(" ")[0])


_NAME_OF_A_NORM = re.compile(
    r"(?:\biso|\bsoc|\biec|\bdin|\ben|\brfc|\bnist|\bversion|\bv|\bart\.?|\barticle|§|#)\s*$"
)


def _are_subjects(reading: Reading, number: Quantity, match: re.Match[str]) -> bool:
    """People whom the model looks at or scores, and nobody says that they use it."""
    sentence = reading.sentence_at(number.start)
    near = reading.text[
        max(sentence.start, number.start - 24) : min(sentence.end, match.end() + 40)
    ]
    if _CUSTOMERS.search(match[0]) and not _USE_IT.search(near) and _is_any(reading, _SCORED):
        return True
    return not _USE.search(near) and _is_any(reading, _SEEN_OR_SCORED)


def _is_any(reading: Reading, kinds: frozenset[str]) -> bool:
    return any(e.value in kinds and e.pattern.search(reading.plain) for e in family("kinds"))


# --- those who run it ----------------------------------------------------------------------------

_ENGINEERS = re.compile(
    r"(?<!\w)(?:engineers?|admins?|sysadmins?|administrators?|data scientists?|operators?|ingenieure[n]?|ingénieurs?|ingenier[oa]s?|administrador(?:es|as)?)(?!\w)"
)
_A_FEW = 12
"""Engineers up to whom nobody means users, unless it is said that they use it."""


def _said_to_use(text: str, number: Quantity, match: re.Match[str]) -> bool:
    before = text[max(0, number.start - 44) : number.start]
    return bool(_FOR.search(before) or _WILL_USE.match(text, match.end()))


_OUR_TEAM = re.compile(r"(?:team|équipe|equipo|mannschaft|rota|crew|squad)\b[^.;,]{0,34}$")
_OTHER_TEAM = re.compile(
    r"\b(?:sales|marketing|finance|support|legal|hr|product|customer|design|procurement|the other|vertriebs?|verkaufs?)[\s-]?(?:team|rota|crew|squad)\b"
)
_OPERATORS = re.compile(r"^\s*(?:sre|ops|platform|ml|devops|infra\w*|mlops)\b")
_RUN_IT = re.compile(
    r"\s+(?:startup|team|run|running|operate|maintain|look after|keep it running|on (?:it|call)|betreiben|betreuen|kümmern sich|warten|exploitent|s'occupent|gèrent|maintiennent|(?:lo |la )?mantienen|(?:lo |la )?operan|(?:will |would )?(?:run|operate))(?!\w)"
)


def _operate(text: str, number: Quantity, match: re.Match[str]) -> bool:
    """Whether they run the system."""
    before = text[max(0, number.start - 44) : number.start]
    if number.value > _A_TEAM:
        return False
    if (
        _ENGINEERS.search(match[0])
        and number.value <= _A_FEW
        and not _said_to_use(text, number, match)
    ):
        return True
    ours = _OUR_TEAM.search(before) and not _OTHER_TEAM.search(before)
    led = re.search(rf"\b(?:{unit_words('team')})\s*(?:only |just |about )?$", before)
    return bool(ours or led or _OPERATORS.search(match[0]) or _RUN_IT.match(text, match.end()))


_TEAM = re.compile(
    r"\b(?:team (?:of|is)|rota is|we(?: a|')re(?: a team of| only| just| now)?|wir sind(?: zu)?|nous sommes|somos|équipe de|equipo de|team von)\s*$"
)
_MEMBERS = re.compile(
    r"\s*(?:[.,;:!?)]|$|people|persons?|engineers?|developers?|devs?|admins?|and\b|und\b|et\b|y\b|in the team|im team|dans l'équipe|en el equipo|who\b|personnes|personas|leute|personen|runs?\b|operates?\b|maintains?\b|looks?\b|keeps?\b)"
)
_OF_US = re.compile(
    r"\s+(?:of us(?! (?:want|need|use|would|will use))|admins?|personas? en el equipo|personnes dans l'équipe|de nosotros lo)\b"
)
_FOR_US = re.compile(r"\bfor (?:the |all )?$")
_ALONE = re.compile(
    r"(?<!\w)(?:i'm the only (?:admin|engineer|one|person|developer|operator)|i am the only (?:admin|engineer|one|person|developer|operator)|it's just me|only me|i run it alone"
    r"|ich bin (?:allein|der einzige|die einzige)|je suis (?:seule?|le seul|la seule)|soy (?:la única persona|el único|la única))(?!\w)"
)


_TWOS = {"zweit": 2, "dritt": 3, "viert": 4, "fünft": 5, "sechst": 6, "siebt": 7, "acht": 8}
_BY_TWOS = re.compile(
    rf"(?<!\w)(?:wir sind|sind wir)(?: nur)? zu (?P<count>{'|'.join(_TWOS)})(?!\w)"
)


def _team(reading: Reading, numbers: Sequence[Quantity]) -> Iterator[tuple[int, Figure]]:
    text = reading.text
    for number in numbers:
        before = text[max(0, number.start - 30) : number.start]
        of_us = _OF_US.match(text, number.end)
        if of_us or (
            _TEAM.search(before)
            and not _OTHER_TEAM.search(before)
            and _MEMBERS.match(text, number.end)
            and 1 <= number.value <= 500
        ):
            for_us = of_us and _FOR_US.search(before)
            field = "users.count" if for_us else "team.size"
            rank = -1 if of_us and not for_us else 0
            yield rank, (field, plain(number.value), number.start, number.end, "")
    for match in _BY_TWOS.finditer(text):
        yield 0, ("team.size", _TWOS[match["count"]], match.start(), match.end(), "")
    alone = _ALONE.search(text)
    if alone:
        yield -1, ("team.size", 1, alone.start(), alone.end(), "")
