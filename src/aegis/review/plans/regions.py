"""Which legal area a cloud region lies in, by its name; what is unknown stays unknown."""

from __future__ import annotations

import re

# Exceptions first: regions named after a continent that lie outside the European Union.
# Names as in the providers' own lists of regions (AWS, Google Cloud, Azure, OCI), November 2026.
_REGIONS: tuple[tuple[str, str], ...] = (
    (r"eu-west-2|europe-west2|uk(south|west)|uk-(london|cardiff)-1", "UK"),
    (r"eu-central-2|europe-west6|switzerland(north|west)|eu-zurich-1", "CH"),
    (r"norway(east|west)", "NO"),
    (r"eu-(west|central|north|south)-?\d|eusc-de-east-1|europe-(west|north|central|southwest)\d+", "EU"),
    (r"(north|west)europe|france(central|south)|germany(westcentral|north)|sweden(central|south)", "EU"),
    (r"italynorth|polandcentral|spaincentral|austriaeast|belgiumcentral|denmarkeast|finlandcentral", "EU"),
    (r"eu-(frankfurt|amsterdam|paris|marseille|milan|madrid|stockholm|jovanovac)-\d", "EU"),
    (r"us-(gov-)?(east|west|central|south)-?\d*|us-(ashburn|phoenix|chicago|sanjose)-1", "US"),
    (r"(east|west|central|northcentral|southcentral|westcentral)us\d?|usgov\w+", "US"),
    (r"ca-(central|west|toronto|montreal)-\d|northamerica-northeast\d|canada(central|east)", "CA"),
    (r"ap-southeast-1|asia-southeast1|southeastasia|ap-singapore-\d", "SG"),
    (r"ap-southeast-[24]|australia-southeast\d|australia(east|southeast|central)\d?|ap-(sydney|melbourne)-1", "AU"),
    (r"ap-northeast-[13]|asia-northeast[12]|japan(east|west)|ap-(tokyo|osaka)-1", "JP"),
    (r"ap-south-[12]|asia-south[12]|(central|south|west)india|ap-(mumbai|hyderabad)-1", "IN"),
    (r"sa-east-1|southamerica-east1|brazil(south|southeast)|sa-(saopaulo|vinhedo)-1", "BR"),
)  # fmt: skip
_KNOWN = tuple((re.compile(pattern), area) for pattern, area in _REGIONS)

_RESIDENCY: dict[str, frozenset[str]] = {
    "eu": frozenset({"EU"}),
    "european union": frozenset({"EU"}),
    "eea": frozenset({"EU", "NO"}),
    "uk": frozenset({"UK"}),
    "united kingdom": frozenset({"UK"}),
    "gb": frozenset({"UK"}),
    "ch": frozenset({"CH"}),
    "switzerland": frozenset({"CH"}),
    "us": frozenset({"US"}),
    "usa": frozenset({"US"}),
    "united states": frozenset({"US"}),
    "ca": frozenset({"CA"}),
    "canada": frozenset({"CA"}),
    "sg": frozenset({"SG"}),
    "singapore": frozenset({"SG"}),
    "au": frozenset({"AU"}),
    "australia": frozenset({"AU"}),
    "jp": frozenset({"JP"}),
    "japan": frozenset({"JP"}),
    "in": frozenset({"IN"}),
    "india": frozenset({"IN"}),
    "br": frozenset({"BR"}),
    "brazil": frozenset({"BR"}),
}
# Countries of the union: a region outside the union is outside them too.
_EU_COUNTRIES = frozenset(
    {
        "austria", "belgium", "bulgaria", "croatia", "cyprus", "czechia", "denmark", "estonia",
        "finland", "france", "germany", "greece", "hungary", "ireland", "italy", "latvia",
        "lithuania", "luxembourg", "malta", "netherlands", "poland", "portugal", "romania",
        "slovakia", "slovenia", "spain", "sweden", "at", "be", "bg", "cz", "de", "dk", "ee", "es",
        "fi", "fr", "gr", "hr", "hu", "ie", "it", "lt", "lu", "lv", "mt", "nl", "pl", "pt", "ro",
        "se", "si", "sk",
    }
)  # fmt: skip


def area_of_region(region: str) -> str:
    """`EU`, `US`, `UK` …; empty when the name is not known.

    >>> area_of_region("eu-central-1"), area_of_region("europe-west2"), area_of_region("mars-1")
    ('EU', 'UK', '')
    """
    text = region.strip().lower()
    return next((area for pattern, area in _KNOWN if pattern.fullmatch(text)), "")


def areas_of_residency(residency: str) -> frozenset[str]:
    """The areas that a residency allows; empty when the word is not known.

    >>> sorted(areas_of_residency("Germany")), sorted(areas_of_residency("the moon"))
    (['EU'], [])
    """
    text = residency.strip().lower().removesuffix(" only")
    if text in _EU_COUNTRIES:
        return frozenset({"EU"})
    return _RESIDENCY.get(text, frozenset())
