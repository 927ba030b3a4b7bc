"""Of several compose files and Dockerfiles, those that production is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from aegis.review.documents.dockerfile import is_dockerfile
from aegis.review.documents.source import Source, Tier
from aegis.review.facts.types import CiJob, Fact

COMPOSE = re.compile(r"compose[^/]*\.ya?ml$")
_PLAIN = re.compile(r"^(?:(?:docker-)?compose\.ya?ml|dockerfile|containerfile)$")
SAYS_SO = re.compile(r"(?:^|[/_.-])(?:prod(?:uction)?|release|deploy(?:ment)?|swarm)(?=[/_.-]|$)")
_DEPLOYS = re.compile(
    r"(?:^|/)(?:[\w-]*deploy[\w-]*|release|publish|up-prod[\w-]*)\.(?:sh|bash|ya?ml)$"
)
_HEADING = re.compile(r"^#+ .*\b(?:deploy\w*|production)\b", re.IGNORECASE)


def deployed_files(
    sources: Iterable[Source], facts: dict[type[Fact], list[Fact]]
) -> frozenset[str]:
    """Paths whose name says production, or that a job, a script or the README deploys with.

    The plain name, as in `docker-compose.yml`, counts at the root, and elsewhere where it is written
    with its folder.
    """
    sources = list(sources)
    files = [
        source
        for source in sources
        if source.tier is Tier.PRODUCTION
        and (is_dockerfile(source) or COMPOSE.search(source.path.lower()))
    ]
    if len(files) < 2:
        return frozenset()
    texts = list(told(sources, facts))
    return frozenset(
        source.path
        for source in files
        if ("/" not in source.path and _PLAIN.match(source.name.lower()))
        or SAYS_SO.search(source.path.lower())
        or any(_names(text, source) for text in texts)
    )


def named_files(sources: Iterable[Source], facts: dict[type[Fact], list[Fact]]) -> frozenset[str]:
    """Compose files whose name says production, or that a job, a script or the README deploys with."""
    sources = list(sources)
    texts = list(told(sources, facts))
    return frozenset(
        source.path
        for source in sources
        if COMPOSE.search(source.path.lower())
        and (SAYS_SO.search(source.path.lower()) or any(_names(text, source) for text in texts))
    )


def _names(text: str, source: Source) -> bool:
    plain = _PLAIN.match(source.name.lower()) is not None
    if plain:
        return source.path in text
    return source.name in text


def told(sources: Iterable[Source], facts: dict[type[Fact], list[Fact]]) -> Iterator[str]:
    """Texts that say how production is made: jobs that deploy or publish, scripts, the README."""
    jobs = {
        each.span.path
        for each in facts.get(CiJob, [])
        if isinstance(each, CiJob) and (each.deploys or each.publishes)
    }
    for source in sources:
        if source.path in jobs or _DEPLOYS.search(source.path.lower()):
            yield source.text
        elif source.path.lower() == "readme.md":
            yield _about_deployment(source.lines)


def _about_deployment(lines: Iterable[str]) -> str:
    """The sections of a description whose heading speaks of deployment."""
    said: list[str] = []
    inside = False
    for line in lines:
        if line.startswith("#"):
            inside = _HEADING.match(line) is not None
        if inside:
            said.append(line)
    return "\n".join(said)
