"""A repository as facts, and the joins between them that give the facts their meaning."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Sequence

from aegis.detect.placeholders import words
from aegis.review.documents.yaml_view import UnreadableError, read_yaml
from aegis.review.facts.callers import Dependency, asking, with_callers
from aegis.review.facts.types import (
    Container,
    Fact,
    FunctionCalls,
    KubernetesObject,
    LlmClient,
    Resource,
    Route,
    Workload,
)
from aegis.review.nature import SPEAKS, Nature

# Names too general to follow from one file to another.
_GENERAL = words(
    "get post run main call load init __init__ create update start invoke setup read write close "
    "open process handle index __call__"
)
# What carries messages or pages for a service and is not the service.
_PLUMBING = re.compile(
    r"rabbitmq|kafka|zookeeper|nats|pulsar|mosquitto|activemq|redis|valkey|memcached|nginx|traefik|"
    r"caddy|haproxy|envoy|minio|mailhog|mailpit|proxy|queue|broker|etcd|consul|vault|keycloak|"
    r"airflow|prefect|monitor|prometheus|grafana|localstack|autoheal|watchtower|frontend|web-?ui|jupyter|demo|migrat|init|worker"
)


def _is_plumbing(workload: Workload) -> bool:
    """Whether a workload carries messages, pages or set-up for a service, and is not one."""
    image = workload.image.name if workload.image is not None else ""
    return _PLUMBING.search(f"{workload.name} {image}".lower()) is not None


_BESIDE = re.compile(r"(?:^|[/_.-])(?:local|dev|demo|scripts?|tools?|utils?)(?=[/_.-]|$)")


_ASKED = re.compile(
    r"chat|quer|ask|complet|answer|generat|predict|infer|invoke|messag|search|transcri"
)
_DOORS = re.compile(
    r"log(?:in|out)|auth|regist|sign|callback|health|config|admin|provider|logs?(?:/|$)|histor|audit|metric|status"
)


def _nearest(fact: Fact) -> tuple[bool, bool, bool, bool, str, int]:
    """What is built here before other people's images, what answers before what does not."""
    aside = _BESIDE.search(fact.span.path.lower()) is not None
    image = fact.image if isinstance(fact, Workload) else None
    foreign = image is not None and not image.built_here
    silent = isinstance(fact, Workload) and not fact.ports
    named = (
        fact.path if isinstance(fact, Route) else fact.name if isinstance(fact, Workload) else ""
    )
    asked = bool(named) and _ASKED.search(named.lower()) is None
    spoken = isinstance(fact, LlmClient) and SPEAKS.search(fact.span.path.lower()) is None
    return aside, asked or spoken, foreign, silent, fact.span.path, fact.span.line


class Repository(Nature):
    """Facts by type, in order of path and line; rules on the whole read this."""

    def join(self) -> None:
        """Settle what only several files together say."""
        self._routes_that_spend()
        asks = asking(self.all(Dependency))
        routes: list[Fact] = [*with_callers(self.all(Route), asks)]
        if routes:
            self.facts[Route] = routes
        self.add(
            dataclasses.replace(each, name="global-authentication")
            for each in self.traits("global-dependency")
            if each.detail in asks
        )

    def _routes_that_spend(self) -> None:
        calls: dict[str, set[str]] = {}
        for function in self.all(FunctionCalls):
            calls.setdefault(function.name, set()).update(function.calls)
        spending = {name for name, names in calls.items() if "*" in names} - _GENERAL
        grown = True
        while grown:
            more = {name for name, names in calls.items() if names & spending}
            more -= spending | _GENERAL
            spending |= more
            grown = bool(more)
        routes: list[Fact] = [
            dataclasses.replace(route, spends=True)
            if calls.get(route.name, set()) & (spending | {"*"})
            else route
            for route in self.all(Route)
        ]
        if routes:
            self.facts[Route] = routes

    def anchor(self) -> Fact | None:
        """The place to which a finding about the whole points: what is deployed, best first."""
        servers = [
            each for each in self.all(Workload, production=True) if each.role == "model-server"
        ]
        spending = [
            each
            for each in self.all(Route, production=True)
            if each.spends and _DOORS.search(each.path) is None
        ]
        own = [each for each in self.all(Workload, production=True) if each.role == "app"]
        own = [each for each in own if not _is_plumbing(each)]
        deployed = [each for each in own if each.origin == "kubernetes"]
        own = deployed or own
        best: list[Sequence[Fact]] = [spending, self.clients, own] if self.answers else [servers]
        for first in (*best, spending, servers, own):
            if first:
                return min(first, key=_nearest)
        for kind in (Container, Resource, Route):
            found = sorted(self.all(kind, production=True), key=lambda fact: fact.span.path)
            if found:
                return found[0]
        return None

    @property
    def objects(self) -> list[KubernetesObject]:
        """Every Kubernetes object."""
        return self.all(KubernetesObject)

    @functools.cached_property
    def model_owners(self) -> frozenset[str]:
        """Owners that `aegis.yaml` allows under `review.model_owners`; empty when it says none."""
        for source in self.tree.sources:
            if source.path == "aegis.yaml":
                try:
                    documents = read_yaml(source)
                except UnreadableError:
                    return frozenset()
                owners = (each.get("review", "model_owners").entries() for each in documents)
                return frozenset(node.text for found in owners for node in found)
        return frozenset()
