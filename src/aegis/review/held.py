"""Facts as they were collected, by type, and which of them speak of what runs."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from aegis.base.finding import Span
from aegis.review.documents.source import Tier, tier_of
from aegis.review.documents.tree import Tree
from aegis.review.facts.types import Fact, Trait
from aegis.review.reach.aside import for_development, local_compose
from aegis.review.reach.builds import unbuilt_images
from aegis.review.reach.callers import Callers
from aegis.review.reach.closure import Reach, reach_of
from aegis.review.reach.deployed import deployed_files, named_files

Kind = TypeVar("Kind", bound=Fact)


# What sets a level on Python's root logger or hands it a handler: calls, settings, frameworks.
_SETS_UP_LOGGING = (
    b"basicConfig", b"dictConfig", b"fileConfig", b"addHandler", b"setLevel", b"setup_logging",
    b"LOGGING", b"log_config", b"log-config", b"loguru", b"structlog", b"coloredlogs", b"rich.logging",
    b"celery", b"chainlit", b"azure.functions", b"airflow", b"prefect", b"dagster", b"livekit", b"hydra",
    b"rasa", b"opentelemetry", b"logfire", b"sentry_sdk", b"logging_config", b"configure_logging",
)  # fmt: skip
_HOLDS_SETTINGS = (".py", ".yaml", ".yml", ".toml", ".ini", ".conf", ".json", "Dockerfile", ".sh")


@dataclass
class Held:
    """Facts by type, in order of path and line."""

    tree: Tree
    facts: dict[type[Fact], list[Fact]] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()

    def add(self, facts: Iterable[Fact]) -> None:
        """Keep the facts of one file."""
        for fact in facts:
            self.facts.setdefault(type(fact), []).append(fact)

    def all(self, kind: type[Kind], *, production: bool = False) -> list[Kind]:
        """Facts of one type, on request only those of what runs for users.

        Left out are then tests, examples and documents, and files that nothing starts or imports.
        """
        found = [fact for fact in self.facts.get(kind, []) if isinstance(fact, kind)]
        if production and found:
            found = [fact for fact in found if self.in_production(fact.span.path)]
        return found

    def traits(self, name: str) -> list[Trait]:
        return [trait for trait in self.all(Trait) if trait.name == name]

    @functools.cached_property
    def reach(self) -> Reach:
        """Which files run, and of which is known that they do not."""
        return reach_of(self.tree.sources, self.facts)

    @functools.cached_property
    def deployed(self) -> frozenset[str]:
        """Compose files and Dockerfiles that production is made of, where any text says so."""
        return deployed_files(self.tree.sources, self.facts)

    @functools.cached_property
    def named(self) -> frozenset[str]:
        """Compose files whose name says production, or with which a job, a script or the README deploys."""
        return named_files(self.tree.sources, self.facts)

    @functools.cached_property
    def aside(self) -> frozenset[str]:
        """What is for one's own machine, and Dockerfiles that nothing builds, where others are."""
        sources = self.tree.sources
        local = local_compose(sources, self.facts)
        unbuilt = unbuilt_images(sources, self.facts, local=local, optional=self._optional)
        return local | for_development(sources) | unbuilt

    @functools.cached_property
    def _optional(self) -> dict[str, list[Span]]:
        """By file, the services that a compose file starts only for who asks for tools or the past."""
        found: dict[str, list[Span]] = {}
        for trait in self.traits("optional-service"):
            found.setdefault(trait.span.path, []).append(trait.span)
        return found

    def starts_on_request(self, place: Span) -> bool:
        """Whether a place is inside a service that a compose file does not start by itself."""
        return any(
            each.line <= place.line <= (each.end_line or each.line)
            for each in self._optional.get(place.path, ())
        )

    @functools.cached_property
    def hears_info(self) -> bool:
        """Whether anything that runs sets up Python's logging; unless it does, INFO goes nowhere."""
        return any(
            source.has(*_SETS_UP_LOGGING)
            for source in self.tree.sources
            if source.tier is not Tier.TEST
            and source.path.endswith(_HOLDS_SETTINGS)
            and source.path not in self.reach.idle
        )

    @functools.cached_property
    def callers(self) -> Callers:
        """Who calls which function, of the files that run."""
        return Callers(self.tree.sources, idle=self.reach.idle)

    def in_production(self, path: str) -> bool:
        """Whether a path may be part of what users meet."""
        return tier_of(path) is Tier.PRODUCTION and path not in self.reach.idle
