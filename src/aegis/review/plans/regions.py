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
    (r"eu-(frankfurt|amsterdam|paris|marseille|milan|madrid|stockholm)-\d", "EU"),
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
# Countries of the union, by name and code. A residency in one of them is stricter than the union.
_EU_COUNTRIES = {
    "austria": "at", "belgium": "be", "bulgaria": "bg", "croatia": "hr", "cyprus": "cy",
    "czechia": "cz", "denmark": "dk", "estonia": "ee", "finland": "fi", "france": "fr",
    "germany": "de", "greece": "gr", "hungary": "hu", "ireland": "ie", "italy": "it",
    "latvia": "lv", "lithuania": "lt", "luxembourg": "lu", "malta": "mt", "netherlands": "nl",
    "poland": "pl", "portugal": "pt", "romania": "ro", "slovakia": "sk", "slovenia": "si",
    "spain": "es", "sweden": "se",
}  # fmt: skip
_CODES = frozenset(_EU_COUNTRIES.values())
_REGIONS_OF: dict[str, str] = {
    "be": "europe-west1 belgiumcentral",
    "de": "eu-central-1 eusc-de-east-1 europe-west3 europe-west10 germanywestcentral germanynorth "
    "eu-frankfurt-1 eu-frankfurt-2",
    "dk": "denmarkeast",
    "es": "eu-south-2 europe-southwest1 spaincentral eu-madrid-1 eu-madrid-2",
    "fi": "europe-north1 finlandcentral eu-north1",
    "fr": "eu-west-3 europe-west9 francecentral francesouth eu-paris-1 eu-marseille-1 eu-west1",
    "ie": "eu-west-1 northeurope",
    "it": "eu-south-1 europe-west8 europe-west12 italynorth eu-milan-1",
    "nl": "europe-west4 westeurope eu-amsterdam-1",
    "pl": "europe-central2 polandcentral",
    "se": "eu-north-1 europe-north2 swedencentral swedensouth eu-stockholm-1",
    "at": "austriaeast",
}  # fmt: skip
_COUNTRY = {region: code for code, regions in _REGIONS_OF.items() for region in regions.split()}


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
    if country_of_residency(residency):
        return frozenset({"EU"})
    return _RESIDENCY.get(text, frozenset())


def country_of_residency(residency: str) -> str:
    """The code of a country of the union that a residency names; empty for anything wider.

    >>> country_of_residency("Germany"), country_of_residency("FR"), country_of_residency("EU")
    ('de', 'fr', '')
    """
    text = residency.strip().lower().removesuffix(" only")
    return _EU_COUNTRIES.get(text, text if text in _CODES else "")


def country_of_region(region: str) -> str:
    """The code of the country of the union that a region lies in; empty when it is not known.

    >>> country_of_region("eu-west-1"), country_of_region("eu-somewhere-9")
    ('ie', '')
    """
    return _COUNTRY.get(region.strip().lower(), "")
