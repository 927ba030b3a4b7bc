"""What a repository is: a service, a library, a course, a chart, and whether it is released."""

from __future__ import annotations

import functools
import re

from aegis.base.finding import Span
from aegis.detect.placeholders import words
from aegis.review.documents.source import Tier, tier_of
from aegis.review.facts.types import (
    CiJob,
    Container,
    HostedModel,
    LlmClient,
    ModelReference,
    Prompt,
    Resource,
    Route,
    UnsafeLoad,
    Workload,
)
from aegis.review.searched import PIPELINES, Searched

# `01-introduction/`, `week_2/`, `lesson3/`: a folder by the number of its turn.
_LESSON = re.compile(
    r"(?:\d{1,2}(?=[-_. /])|(?:week|day|lesson|chapter|unit|session|module|part|project|lab)[-_ ]?\d)[^/]*/"
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
SPOKEN = 12  # words of a prompt; fewer are a line beside one
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
_ENTRIES = words("Ingress Gateway HTTPRoute VirtualService IngressRoute")
# What names a platform on which the service answers the Internet.
_PLATFORM_FILES = words(
    "procfile fly.toml render.yaml render.yml railway.json railway.toml vercel.json app.yaml "
    "heroku.yml apprunner.yaml dockerrun.aws.json azure.yaml serverless.yml serverless.yaml "
    "zappa_settings.json nixpacks.toml caddyfile netlify.toml"
)
# Libraries and classes of models that write, draw or speak: each call takes an accelerator's time.
_LARGE = (
    b"automodelforcausallm", b"forconditionalgeneration", b"automodelforseq2seqlm", b"vllm",
    b"llama_cpp", b"ctransformers", b"gpt4all", b"text-generation", b"diffusers", b"ollama",
    b"chatcompletion", b"langchain", b"llama_index", b"generativemodel(",
)  # fmt: skip
_SEVERAL = re.compile(
    r"(?:\bworkers[\"']?[ =:,\"']{1,4}|\bgunicorn\b[^\n]{0,80}\s-w[ =\"',]{1,4}"
    r"|(?:WORKERS|WEB_CONCURRENCY)\w*[\"']?[ =:]{1,3}[\"']?)"
    r"(?:\$\{\w+:-)?(?:[2-9]|[1-9]\d|\$\(nproc|[\w.(]*cpu_count)"
)
_DEMONSTRATES = re.compile(r"\b(?:public|live|hosted|online)[ -]demo\b", re.IGNORECASE)
# What says that one person runs it for himself, to use or to learn from.
_PRIVATE = re.compile(
    r"\b(?:fully|100 ?%|completely|entirely|purely) (?:local|offline)\b"
    r"|\b(?:learning|educational|portfolio|study|personal|hobby|toy|capstone|school|university|coursework)"
    r" (?:project|exercise|purposes)\b|\bdeeper (?:comprehension|understanding)\b|\bhackathon\b",
    re.IGNORECASE,
)
_OPENING = 60  # lines of a description that say what the whole is
_AI_RESOURCE = re.compile(r"sagemaker|cognitive|openai|bedrock|vertex_ai|machine_learning")
SPEAKS = re.compile(r"llm|chat|agent|model|generat|answer|chain|prompt")


class Nature(Searched):
    """What kind of repository it is, by its facts and its layout."""

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

    def is_idle(self, place: Span) -> bool:
        """Whether a place is known not to run for users: its file, service or function.

        Of functions it is known where it is known what starts, and nobody else imports them.
        """
        if place.path in self.reach.idle or place.path in self.aside:
            return True
        return self.starts_on_request(place) or (
            place.path in self.reach.running
            and not self.is_library
            and self.callers.uncalled(place.path, place.line)
        )

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
            if any(mark in source.path.lower() for mark in PIPELINES)
            or source.name in {"Makefile", "pyproject.toml", "setup.py", "setup.cfg"}
        ]
        return any(_PUBLISHES.search(source.text) for source in recipes)

    def _title_teaches(self, *, heading: bool) -> bool:
        """Whether the heading, or the first lines, of its description say that one learns from it."""
        for text in self._descriptions:
            lines = [line for line in text[:1500].lower().split("\n") if line.strip()]
            title = next((line for line in lines if line.startswith("# ")), "")
            opening = f"{title} {' '.join(each for each in lines[:4] if not each.isascii())}"
            return _TEACHES.search(opening if heading else " ".join(lines)) is not None
        return False

    @functools.cached_property
    def _descriptions(self) -> tuple[str, ...]:
        """What a repository says of itself at its root."""
        names = {"readme.md", "readme.rst", "readme"}
        return tuple(each.text for each in self.tree.sources if each.path.lower() in names)

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
            any(
                each.words >= SPOKEN and not self._starts_others(each.span.path)
                for each in self.all(Prompt, production=True)
            )
            or bool(self.clients)
            or any(each.via == "code" for each in self.all(ModelReference, production=True))
            or any(tier_of(path) is Tier.PRODUCTION for path, _ in self.tree.models)
        )

    def _starts_others(self, path: str) -> bool:
        """Whether a module of a package is a start that its users copy for agents of their own."""
        return self.is_library and "templates" in path.split("/")

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
    def spends_somewhere(self) -> bool:
        """Whether some route reaches a model."""
        return any(route.spends for route in self.all(Route))

    @functools.cached_property
    def asks_large_models(self) -> bool:
        """Whether a model that costs something stands behind: one that is paid for, or writes.

        A classifier, a regression or an encoder of one's own spends a moment of a processor.
        """
        return (
            any(not each.embeds for each in self.all(LlmClient, production=True))
            or bool(self.all(HostedModel, production=True))
            or any(each.words >= SPOKEN for each in self.all(Prompt, production=True))
            or any(
                each.role in {"model-server", "gateway"} and not _HELPS.search(each.name.lower())
                for each in self.all(Workload)
            )
            or any(_AI_RESOURCE.search(each.kind) for each in self.all(Resource))
            or self.mentions(*_LARGE)
        )

    @functools.cached_property
    def reaches_others(self) -> bool:
        """Whether what deploys it says that people elsewhere reach it.

        An entry of a cluster, a cloud, a job that deploys, a platform's file, or a proxy with a
        certificate; a compose file alone is how somebody tries it out.
        """
        if self.kinds & _ENTRIES or self.all(Resource, production=True):
            return True
        published = any(
            port.published
            for each in self.all(Workload, production=True)
            if each.origin == "kubernetes"
            for port in each.ports
        )
        hosted = any(path.rpartition("/")[2].lower() in _PLATFORM_FILES for path in self.tree.paths)
        return published or hosted or self.has_tls or any(job.deploys for job in self.all(CiJob))

    @functools.cached_property
    def has_probes(self) -> bool:
        """Whether something asks a service of it whether it is well."""
        return any(
            each.readiness or each.liveness or each.startup for each in self.all(Workload)
        ) or any(each.healthcheck for each in self.all(Container))

    @functools.cached_property
    def has_several_workers(self) -> bool:
        """Whether a command or a setting starts a service with more than one process."""
        return any(
            source.has(b"orkers", b"WORKERS", b"WEB_CONCURRENCY", b"gunicorn")
            and _SEVERAL.search(source.text) is not None
            for source in self.tree.sources
            if source.tier is Tier.PRODUCTION
        )

    @functools.cached_property
    def is_demonstration(self) -> bool:
        """Whether its description calls what it deploys a demonstration for everyone."""
        return any(_DEMONSTRATES.search(text) is not None for text in self._descriptions)

    @functools.cached_property
    def is_private(self) -> bool:
        """Whether its description says that one person runs it for himself, to use or to learn."""
        return any(
            _PRIVATE.search("\n".join(text.split("\n")[:_OPENING])) for text in self._descriptions
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
                SPEAKS.search(each.span.path.lower()) is None,
            ),
        )
