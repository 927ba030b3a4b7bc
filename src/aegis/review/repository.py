"""A repository as facts, and the joins between them that give the facts their meaning."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from aegis.detect.placeholders import words
from aegis.review.documents.source import Source, Tier, tier_of
from aegis.review.documents.tree import Tree
from aegis.review.documents.yaml_view import UnreadableError, read_yaml
from aegis.review.facts.callers import Dependency, asking, with_callers
from aegis.review.facts.types import (
    CiJob,
    Container,
    Fact,
    FunctionCalls,
    HostedModel,
    KubernetesObject,
    LlmClient,
    ModelReference,
    Prompt,
    Resource,
    Route,
    Trait,
    UnsafeLoad,
    Workload,
)

Kind = TypeVar("Kind", bound=Fact)

# Names too general to follow from one file to another.
_GENERAL = words(
    "get post run main call load init __init__ create update start invoke setup read write close "
    "open process handle index __call__"
)
_PIPELINES = (
    ".github/workflows/", ".gitlab-ci", "jenkinsfile", "azure-pipelines", ".circleci/", "buildspec",
    "cloudbuild", ".drone.yml", "bitbucket-pipelines", ".tekton/",
)  # fmt: skip
_EVALUATION_PATH = re.compile(r"(?<![a-z])eval|golden(?![a-z])|benchmark_set|promptfoo|ragas")
# `01-introduction/`, `week_2/`, `lesson3/`: a folder by the number of its turn.
_LESSON = re.compile(
    r"(?:\d{1,2}(?=[-_. /])|(?:week|day|lesson|chapter|unit|session|module|part|project|lab)[-_ ]?\d)[^/]*/"
)
_SCORES = (
    b"accuracy", b"faithful", b"ground_truth", b"groundtruth", b"groundedness", b"ragas", b"deepeval",
    b"promptfoo", b"llm_judge", b"judge", b"f1_score", b"rouge", b"bleu", b"exact_match", b"relevance",
    b"langsmith", b"expected_answer", b"correctness",
)  # fmt: skip
# Version 2.6 made `weights_only` the default of `torch.load`.
_OLD_TORCH = re.compile(
    r"\btorch(?:\[\w,]+\])?\s*(?:==|<=|~=|<|\^|=\s*[\"'][\^~=<]*)\s*[\"']?(?:0\.|1\.|2\.[0-5](?!\d))"
    r"|\bname = \"torch\"\nversion = \"(?:1\.|2\.[0-5](?!\d))|pytorch/pytorch:(?:1\.|2\.[0-5](?!\d))"
)
_TEACHES = re.compile(
    r"\b(?:samples|tutorials?|workshops?|courses|crash course|course (?:on|for|about)|lessons?|hands-on|"
    r"labs|cookbooks?|quickstarts?|patterns|guide to|bootcamp|zoomcamp|curriculum|exercises)\b"
    r"|学習用|学习|教程|教材|강의|실습"
)
# What sends a package to the index, and what describes one there.
_PUBLISHES = re.compile(
    r"gh-action-pypi-publish|\btwine upload|\b(?:poetry|uv|hatch|flit|pdm) publish|"
    r"Development Status :: |npm publish"
)
# A script that makes a model.
_TRAINS = re.compile(r"(?:pre|fine_?)?(?:train|tune)(?:[_-]\w+)?\.(?:py|sh)$")
# Folders that are parts of one product.
_PARTS = words(
    "frontend backend api server web webapp client app ui gui worker workers docs services packages "
    "apps libs lib src infra deploy deployment docker helm charts k8s sdk clients core common shared "
    "tests scripts extensions plugins db database gateway"
)
_MANIFESTS = words(
    "requirements.txt pyproject.toml package.json setup.py dockerfile bentofile.yaml"
)
_SPOKEN = 12  # words of a prompt; fewer are a line beside one
# What turns text into numbers or orders it; nobody reads its answers.
_HELPS = re.compile(
    r"eval|ragas|judge|experiment|embed|rerank|rank|search|scrap|crawl|speech|transcri|stt|tts"
)
# Functions that try a key or a connection, or make pictures and sounds.
_TRIES = re.compile(r"check|verif|valid|test|list_|auth|image|picture|speech|audio|video")
# What carries messages or pages for a service and is not the service.
_PLUMBING = re.compile(
    r"rabbitmq|kafka|zookeeper|nats|pulsar|mosquitto|activemq|redis|valkey|memcached|nginx|traefik|"
    r"caddy|haproxy|envoy|minio|mailhog|mailpit|proxy|queue|broker|etcd|consul|vault|keycloak|"
    r"airflow|prefect|monitor|prometheus|grafana|localstack|autoheal|watchtower|frontend|web-?ui|jupyter|demo|migrat|init|worker"
)
_HOLDER = re.compile(
    r"(?mi)^\s*copyright\s+(?:\(c\)|©)?\s*(?:\d{4}[-–, \d]*)?\s*([^\n\[]{2,60}?)\.?\s*$"
)
_OVERLAID = re.compile(
    r"-\s+name:\s*(\S+)\s*\n(?:\s+newName:.*\n)?\s+(?:newTag|digest):\s*(?![\"']?latest)\S"
)
# What asks who calls before the service does: proxies and gateways, and headers in which the
# platforms of Azure, Google, Amazon and Cloudflare hand over who it was.
_GUARDS = (
    b"auth_basic ", b"auth_request ", b"oauth2-proxy", b"oauth2_proxy", b"forwardauth", b"authelia",
    b"basicauth.users", b"x-ms-client-principal", b"x-goog-iap", b"x-goog-authenticated-user",
    b"x-amzn-oidc", b"x-auth-request-", b"cf-access-", b"cloudflareaccess", b"forward_auth ",
    b"--no-allow-unauthenticated", b"requestauthentication", b"jwtauthenticator",
    b"httpapijwtauthorizer", b"httpuserpoolauthorizer", b"cognitouserpoolsauthorizer",
    b"aws_api_gateway_authorizer", b"aws_apigatewayv2_authorizer", b"defaultauthorizer:",
    b'authorization_type = "aws_iam"', b"functionurlauthtype.aws_iam", b"authtype: aws_iam",
    b"require_auth_header", b"key-auth",
)  # fmt: skip
# Platforms that count requests, errors and durations of what runs on them without being asked.
_COUNTED_BY_PLATFORM = (
    b"aws::serverless::function", b"import mangum", b"from mangum", b"aws_lambda_function",
    b"lambda_.function(", b"lambda_.dockerimagefunction(", b"pythonfunction(", b"nodejsfunction(",
    b"gcloud run deploy", b"google_cloud_run", b"deploy-cloudrun", b"microsoft.app/containerapps",
    b"azurerm_container_app", b"host: containerapp", b"host: appservice",
)  # fmt: skip
_AI_RESOURCE = re.compile(r"sagemaker|cognitive|openai|bedrock|vertex_ai|machine_learning")
_MONITORING = frozenset(("ServiceMonitor", "PodMonitor", "PodMonitoring", "VMServiceScrape"))
_ALERTS = frozenset(("PrometheusRule", "AlertmanagerConfig", "VMRule", "PrometheusServiceLevel"))
_PROGRESSIVE = frozenset(("Rollout", "Canary", "AnalysisTemplate", "ClusterAnalysisTemplate"))


def _is_plumbing(workload: Workload) -> bool:
    """Whether a workload carries messages, pages or set-up for a service, and is not one."""
    image = workload.image.name if workload.image is not None else ""
    return _PLUMBING.search(f"{workload.name} {image}".lower()) is not None


_BESIDE = re.compile(r"(?:^|[/_.-])(?:local|dev|demo|scripts?|tools?|utils?)(?=[/_.-]|$)")


_ASKED = re.compile(
    r"chat|quer|ask|complet|answer|generat|predict|infer|invoke|messag|search|transcri"
)
_DOORS = re.compile(r"log(?:in|out)|auth|regist|sign|callback|health|config|admin|provider")
_SPEAKS = re.compile(r"llm|chat|agent|model|generat|answer|chain|prompt")


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
    spoken = isinstance(fact, LlmClient) and _SPEAKS.search(fact.span.path.lower()) is None
    return aside, asked or spoken, foreign, silent, fact.span.path, fact.span.line


@dataclass
class Repository:
    """Facts by type, in order of path and line; rules on the whole read this."""

    tree: Tree
    facts: dict[type[Fact], list[Fact]] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()

    def add(self, facts: Iterable[Fact]) -> None:
        """Keep the facts of one file."""
        for fact in facts:
            self.facts.setdefault(type(fact), []).append(fact)

    def all(self, kind: type[Kind], *, production: bool = False) -> list[Kind]:
        """Facts of one type, on request only those that are not tests, examples or documents."""
        found = [fact for fact in self.facts.get(kind, []) if isinstance(fact, kind)]
        if production:
            found = [fact for fact in found if tier_of(fact.span.path) is Tier.PRODUCTION]
        return found

    def traits(self, name: str) -> list[Trait]:
        return [trait for trait in self.all(Trait) if trait.name == name]

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

    # --- what the repository is ----------------------------------------------------------------

    @functools.cached_property
    def calls_models(self) -> bool:
        """Whether it asks or serves a model at all; elsewhere these rules have nothing to say."""
        marks = (LlmClient, ModelReference, HostedModel, UnsafeLoad, Prompt)
        if any(tier_of(path) is Tier.PRODUCTION for path, _ in self.tree.models):
            return True
        if any(self.all(kind, production=True) for kind in marks):
            return True
        roles = {"model-server", "vector-db"}
        return (
            any(each.role in roles for each in self.all(Workload))
            or any(route.spends for route in self.all(Route))
            or any(_AI_RESOURCE.search(each.kind) for each in self.all(Resource))
        )

    @functools.cached_property
    def deploys(self) -> bool:
        """Whether something in it is there to be deployed."""
        return bool(
            self.all(Workload, production=True)
            or self.all(Container, production=True)
            or self.all(Resource, production=True)
            or any(job.deploys or job.publishes for job in self.all(CiJob))
        )

    @functools.cached_property
    def idle(self) -> bool:
        """Whether nobody runs it as a service: a package for others, research, or documents."""
        if self.is_library:
            return True
        if self.deploys or self.serves or self._shows_pages:
            return False
        names = {path for path in self.tree.paths if "/" not in path}
        documents = sum(source.tier is Tier.DOCS for source in self.tree.sources)
        packaged = bool(names & {"pyproject.toml", "setup.py", "setup.cfg", "Cargo.toml"})
        research = any(_TRAINS.match(path.rpartition("/")[2].lower()) for path in self.tree.paths)
        return packaged or research or documents * 3 >= len(self.tree.sources)

    @functools.cached_property
    def kept_here(self) -> tuple[str, ...]:
        """Folders of other people's projects: a package with a licence that the root does not hold.

        What such a project could do is not what the service does.
        """
        holders: dict[str, set[str]] = {}
        packages = set()
        for source in self.tree.sources:
            folder, _, name = source.path.rpartition("/")
            if name.lower() in {"license", "license.txt", "license.md"}:
                found = _HOLDER.findall(source.text[:4000])
                holders[folder] = {" ".join(each.lower().split()) for each in found}
            elif name in {"setup.py", "pyproject.toml", "setup.cfg"}:
                packages.add(folder)
        own = holders.get("", set())
        return tuple(
            f"{folder}/"
            for folder, names in holders.items()
            if folder and folder in packages and names and not names & own
        )

    @functools.cached_property
    def teaches(self) -> bool:
        """Whether it is a course: most of its code is notebooks, or it is laid out in lessons."""
        code = [path for path in self.tree.paths if path.endswith((".py", ".ipynb"))]
        notebooks = sum(path.endswith(".ipynb") for path in code)
        lessons = {path.partition("/")[0] for path in code if _LESSON.match(path.lower())}
        if self._title_teaches(heading=True):
            return True
        mostly = notebooks >= 5 and notebooks * 2 >= len(code)
        named = self._title_teaches(heading=False) and notebooks >= 3
        return (
            mostly or named or len(lessons) >= 4 or (notebooks >= 10 and notebooks * 4 >= len(code))
        )

    @functools.cached_property
    def is_library(self) -> bool:
        """Whether it is published as a package, so that others decide how it runs.

        What asks models of its own and is laid out to run is a service, published or not.
        """
        if self.clients and any(each.role == "app" for each in self.all(Workload, production=True)):
            return False
        recipes = [
            source
            for source in self.tree.sources
            if any(mark in source.path.lower() for mark in _PIPELINES)
            or source.name in {"Makefile", "pyproject.toml", "setup.py", "setup.cfg"}
        ]
        return any(_PUBLISHES.search(source.text) for source in recipes)

    def _title_teaches(self, *, heading: bool) -> bool:
        """Whether the heading, or the first lines, of its description say that one learns from it."""
        for source in self.tree.sources:
            if source.path.lower() in {"readme.md", "readme.rst", "readme"}:
                lines = [line for line in source.text[:1500].lower().split("\n") if line.strip()]
                title = next((line for line in lines if line.startswith("# ")), "")
                opening = f"{title} {' '.join(each for each in lines[:4] if not each.isascii())}"
                return _TEACHES.search(opening if heading else " ".join(lines)) is not None
        return False

    @functools.cached_property
    def shows_samples(self) -> bool:
        """Whether it is a collection: three or more folders with a manifest and a text of their own.

        What a service must have is not asked of a collection of samples.
        """
        folders: dict[str, set[str]] = {}
        for path in self.tree.paths:
            first, _, rest = path.partition("/")
            if rest and "/" not in rest:
                folders.setdefault(first, set()).add(rest.lower())
        alone = [
            names
            for first, names in folders.items()
            if first.lower() not in _PARTS
            and any(name.startswith("readme") for name in names)
            and names & _MANIFESTS
        ]
        return len(alone) >= 3

    @functools.cached_property
    def _shows_pages(self) -> bool:
        """Whether its own code is an application with a page."""
        return any(
            source.tier is Tier.PRODUCTION
            and source.has(b"import streamlit", b"import gradio", b"import chainlit")
            for source in self.tree.sources
            if source.path.endswith(".py")
        )

    @property
    def is_template(self) -> bool:
        """Whether it is a chart or a module for others to deploy, with no code of its own."""
        module = {"Chart.yaml", "main.tf", "main.tf.json"} & set(self.tree.paths)
        return bool(module) and not self.answers and not self.has_code

    @property
    def releases_models(self) -> bool:
        """Whether what it makes with models reaches somebody: it is deployed, or it serves."""
        return self.calls_models and (self.deploys or self.serves) and not self.shows_samples

    @functools.cached_property
    def has_code(self) -> bool:
        """Whether it holds code of its own, and not only what deploys other people's."""
        kinds = (Route, LlmClient, UnsafeLoad, Prompt, Container)
        return any(self.all(kind, production=True) for kind in kinds)

    @functools.cached_property
    def answers(self) -> bool:
        """Whether its own code asks a model for something, and does not only run other people's."""
        kinds = (LlmClient, Prompt, UnsafeLoad)
        return (
            any(self.all(kind, production=True) for kind in kinds)
            or any(route.spends for route in self.all(Route, production=True))
            or any(each.via == "code" for each in self.all(ModelReference, production=True))
        )

    @functools.cached_property
    def chooses_models(self) -> bool:
        """Whether it says which model answers, and how, so that its answers are its own."""
        return (
            any(each.words >= _SPOKEN for each in self.all(Prompt, production=True))
            or bool(self.clients)
            or any(each.via == "code" for each in self.all(ModelReference, production=True))
            or any(tier_of(path) is Tier.PRODUCTION for path, _ in self.tree.models)
        )

    @functools.cached_property
    def is_released(self) -> bool:
        """Whether a release of it can be seen: a cluster, a cloud resource or a job that deploys.

        A compose file alone is how somebody tries it out.
        """
        return (
            any(each.origin == "kubernetes" for each in self.all(Workload, production=True))
            or bool(self.all(Resource, production=True))
            or any(job.deploys for job in self.all(CiJob))
        )

    @functools.cached_property
    def deployed_elsewhere(self) -> bool:
        """Whether a cloud or a cluster is described, so that compose files are for one's machine."""
        return bool(self.all(Resource, production=True)) or any(
            each.origin == "kubernetes" and each.role in {"app", "model-server"}
            for each in self.all(Workload, production=True)
        )

    @functools.cached_property
    def serves(self) -> bool:
        """Whether it answers requests: routes, or a model server."""
        managed = any(_AI_RESOURCE.search(each.kind) for each in self.all(Resource))
        return (
            managed
            or bool(self.all(Route, production=True))
            or any(
                each.role == "model-server" and not each.kind.endswith("ServingRuntime")
                for each in self.all(Workload, production=True)
            )
        )

    @functools.cached_property
    def kinds(self) -> frozenset[str]:
        """Kinds of Kubernetes objects that occur."""
        return frozenset(each.kind for each in self.all(KubernetesObject))

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

    @functools.cached_property
    def clients(self) -> list[LlmClient]:
        """Clients of vendors' models in the service, those in a folder that has routes first."""
        beside = {each.span.path.partition("/")[0] for each in self.all(Route, production=True)}
        found = [
            each
            for each in self.all(LlmClient, production=True)
            if each.sdk != "requests"
            and not each.by_hand
            and not each.embeds
            and not _HELPS.search(each.span.path.lower())
            and not _TRIES.search(each.within.lower())
        ]
        return sorted(
            found,
            key=lambda each: (
                each.span.path.partition("/")[0] not in beside,
                _SPEAKS.search(each.span.path.lower()) is None,
            ),
        )

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

    # --- what was searched for, once ----------------------------------------------------------

    def mentions(self, *needles: bytes) -> bool:
        """Whether one of the words stands in any text outside documents, lower case."""
        return any(any(needle in source.lower for needle in needles) for source in self._searched)

    def _mentioned_in_production(self, *needles: bytes) -> bool:
        """Whether one of the words stands where the service itself is built and run."""
        return any(
            any(needle in source.lower for needle in needles)
            for source in self._searched
            if source.tier is Tier.PRODUCTION
        )

    @functools.cached_property
    def _searched(self) -> list[Source]:
        """Texts that say how the service is built and run; large ones are data."""
        return [
            source
            for source in self.tree.sources
            if source.tier is not Tier.DOCS and len(source.data) < 100_000
        ]

    @functools.cached_property
    def asks_for_old_torch(self) -> bool:
        """Whether a requirement, a lock or a base image names a torch whose default was a pickle."""
        return any(
            source.has(b"torch") and _OLD_TORCH.search(source.text)
            for source in self.tree.sources
            if source.path.endswith((".txt", ".toml", ".lock", ".py", ".cfg", ".yml", ".yaml"))
            or "dockerfile" in source.name.lower()
        )

    @functools.cached_property
    def named_by_overlays(self) -> frozenset[str]:
        """Images whose tag or digest a kustomization sets."""
        return frozenset(
            match[1].strip("\"'")
            for source in self.tree.sources
            if source.name in {"kustomization.yaml", "kustomization.yml"}
            for match in _OVERLAID.finditer(source.text)
        )

    @functools.cached_property
    def guarded_in_front(self) -> bool:
        """Whether something before the service asks who calls: a proxy, a gateway, a platform."""
        return self._mentioned_in_production(*_GUARDS)

    @functools.cached_property
    def _built(self) -> list[Workload]:
        """Services of compose files that are built here."""
        return [each for each in self.all(Workload, production=True) if each.built_from is not None]

    def only_inside(self, path: str) -> bool:
        """Whether the code at `path` runs where only other services of its file reach it.

        A compose file builds it, publishes none of its ports, and no proxy hands calls on to it.
        """
        around = [
            each
            for each in self._built
            if not each.built_from or path.startswith(f"{each.built_from}/")
        ]
        nearest = max((len(each.built_from or "") for each in around), default=0)
        own = [each for each in around if len(each.built_from or "") == nearest]
        return (
            nearest > 0
            and not any(port.published for each in own for port in each.ports)
            and any(port.published for each in self._built for port in each.ports)
            and not any(self._handed_on(each.name) for each in own)
        )

    def _handed_on(self, name: str) -> bool:
        """Whether a proxy hands calls on to a service of that name."""
        return self.mentions(
            f"proxy_pass http://{name.lower()}".encode(),
            f"reverse_proxy {name.lower()}".encode(),
            f"server {name.lower()}:".encode(),
            f"traefik.http.routers.{name.lower()}".encode(),
        )

    @functools.cached_property
    def has_metrics(self) -> bool:
        """Whether metrics are exported or scraped."""
        if self.kinds & _MONITORING or any(
            each.role == "observability" for each in self.all(Workload)
        ):
            return True
        return self._mentioned_in_production(*_COUNTED_BY_PLATFORM) or self._mentioned_in_production(
            b"prometheus_client", b"prometheus.io/scrape", b"/metrics", b"opentelemetry",
            b"instrumentator", b"statsd", b"cloudwatch", b"datadog", b"promauto", b"scrape_configs",
            b"langfuse", b"logfire", b"traceloop", b"application_insights", b"applicationinsights",
            b"import weave", b"weave.init", b"langsmith", b"helicone", b"openllmetry", b"phoenix.otel",
            b"azure.monitor", b"sentry_sdk", b"newrelic", b"aws_lambda_powertools", b"aws_xray",
        )  # fmt: skip

    @functools.cached_property
    def has_alerts(self) -> bool:
        """Whether somebody would be told."""
        return bool(self.kinds & _ALERTS) or self.mentions(
            b"alertmanager", b"alerting_rules", b"groups:\n- name:", b"- alert:", b"metric_alarm",
            b"alert_policy", b"pagerduty", b"opsgenie", b"slo:",
        )  # fmt: skip

    @functools.cached_property
    def has_progressive_delivery(self) -> bool:
        """Whether a change can reach a part of the traffic first, or be taken back by itself."""
        if self.kinds & _PROGRESSIVE or self.traits("traffic-split"):
            return True
        return self.mentions(
            b"canary", b"rollback", b"--atomic", b"blue-green", b"bluegreen", b"blue_green",
            b"deployment_circuit_breaker", b"autorollback", b"auto_rollback", b"rollout undo",
        )  # fmt: skip

    @functools.cached_property
    def has_evaluation_files(self) -> bool:
        """Whether there are files for judging answers, by their names."""
        return any(
            _EVALUATION_PATH.search(path.lower()) and tier_of(path) is not Tier.DOCS
            for path in self.tree.paths
        )

    @functools.cached_property
    def judges_answers(self) -> bool:
        """Whether code that is named for evaluation scores what a model said."""
        return any(
            _EVALUATION_PATH.search(source.path.lower())
            and source.path.endswith((".py", ".ts", ".js", ".ipynb", ".yaml", ".yml", ".sh"))
            and any(word in source.lower for word in _SCORES)
            for source in self.tree.sources
            if source.tier is not Tier.DOCS and not source.path.startswith(".")
        )

    @functools.cached_property
    def has_evaluation(self) -> bool:
        """Whether answers or predictions are judged against known ones anywhere."""
        if self.has_evaluation_files:
            return True
        return self.mentions(
            b"deepeval", b"promptfoo", b"ragas", b"lm_eval", b"lm-eval", b"inspect_ai",
            b"evaluate.load", b"accuracy_score", b"f1_score", b"roc_auc_score", b"langsmith.evaluate",
            b"trulens", b"word_error_rate", b"jiwer", b"mean_squared_error", b"bleu",
        )  # fmt: skip

    @functools.cached_property
    def has_tests(self) -> bool:
        """Whether there is a test of any kind."""
        return any(tier_of(path) is Tier.TEST for path in self.tree.paths)

    @functools.cached_property
    def has_ci(self) -> bool:
        """Whether any pipeline is configured."""
        return any(any(mark in path.lower() for mark in _PIPELINES) for path in self.tree.paths)
