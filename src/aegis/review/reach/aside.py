"""Compose files and Dockerfiles that are beside production: for one's own machine."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from aegis.detect.placeholders import words
from aegis.review.documents.dockerfile import is_dockerfile
from aegis.review.documents.source import Source, Tier
from aegis.review.facts.types import CiJob, Container, Fact, Route, Workload
from aegis.review.reach.deployed import COMPOSE, SAYS_SO, told
from aegis.review.reach.modules import above

# What names a platform on which a service runs without a compose file; pages alone go elsewhere.
_PLATFORMS = words(
    "procfile fly.toml render.yaml render.yml railway.json railway.toml heroku.yml apprunner.yaml "
    "dockerrun.aws.json azure.yaml serverless.yml serverless.yaml zappa_settings.json nixpacks.toml"
)
_LAYS_OVER = re.compile(r"-f[ =]+\S*compose[^\s/]*\.ya?ml\s+-f\b")
# What a service uses and is not.
_STORES = frozenset(("database", "vector-db", "admin-ui", "observability"))


def local_compose(sources: Iterable[Source], facts: dict[type[Fact], list[Fact]]) -> frozenset[str]:
    """Compose files for one's own machine, of a repository whose production is made otherwise.

    Beside each stands one whose name says production and that is whole by itself; or a platform or
    a job deploys, and nothing that tells how speaks of compose files.
    """
    sources = [source for source in sources if source.tier is not Tier.TEST]
    files = [each for each in sources if COMPOSE.search(each.path.lower())]
    plain = [each for each in files if not SAYS_SO.search(each.path.lower())]
    if not plain:
        return frozenset()
    laid_over = any(source.has(b"-f") and _LAYS_OVER.search(source.text) for source in sources)
    whole = {
        posixpath.dirname(each.path)
        for each in files
        if SAYS_SO.search(each.name.lower()) and _stands_alone(each) and not laid_over
    }
    elsewhere = any(
        source.name.lower() in _PLATFORMS and source.tier is Tier.PRODUCTION for source in sources
    ) or any(isinstance(each, CiJob) and each.deploys for each in facts.get(CiJob, []))
    if elsewhere:
        elsewhere = not any("compose" in text for text in told(sources, facts))
    stores = _only_stores(facts)
    return frozenset(
        each.path
        for each in plain
        if elsewhere
        or each.path in stores
        or whole.intersection(above(posixpath.dirname(each.path)))
    )


_DEVELOPMENT = re.compile(
    r"(?i)^#+\s*(?:docker\w*\s+(?:image\s+)?for\s+)?(?:local|dev(?:elopment)?)\b[\s-]*(?:dev\w*|only|use|image|container|docker\w*|testing|$)"
    r"|^#.*\b(?:development|local|testing) (?:use )?only\b|^#.*\bnot (?:meant |intended )?for production\b"
)


def for_development(sources: Iterable[Source]) -> frozenset[str]:
    """Dockerfiles whose first lines say that they are for development."""
    return frozenset(
        each.path
        for each in sources
        if is_dockerfile(each)
        and any(_DEVELOPMENT.search(line.strip()) for line in _head(each.lines))
    )


def _head(lines: Iterable[str]) -> Iterator[str]:
    """The comments before the first instruction."""
    for line in lines:
        if line.strip() and not line.startswith("#"):
            return
        yield line


def _only_stores(facts: dict[type[Fact], list[Fact]]) -> frozenset[str]:
    """Compose files that start stores and what watches them, beside a service that other files start."""
    if not facts.get(Container) or not facts.get(Route):
        return frozenset()
    services: dict[str, list[Workload]] = {}
    for each in facts.get(Workload, []):
        if isinstance(each, Workload) and each.origin == "compose":
            services.setdefault(each.span.path, []).append(each)
    return frozenset(
        path
        for path, found in services.items()
        if all(each.role in _STORES and each.built_from is None for each in found)
    )


def _stands_alone(source: Source) -> bool:
    """Whether each service of a compose file says what it is made of, and none is only changed."""
    services = len(re.findall(r"(?m)^  [\w.-]+:\s*(?:#.*|&\w+)?$", source.text))
    made = len(re.findall(r"(?m)^    (?:image|build|extends):", source.text))
    return made > 0 and made * 2 > services
