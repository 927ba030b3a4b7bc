"""AEG312 to AEG319: the process and the image it comes from."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Iterable, Iterator

from aegis.base.finding import Certainty, Severity, Span
from aegis.detect.placeholders import words
from aegis.review.documents.source import Tier, in_pipeline
from aegis.review.facts.images import image_of
from aegis.review.facts.types import (
    CiJob,
    Container,
    Image,
    Route,
    Workload,
)
from aegis.review.repository import Repository
from aegis.review.rule import Hit, Profile, rule


@rule(
    "AEG312",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Gunicorn documentation, timeout", "Kubernetes documentation, termination of Pods"),
)
def worker_timeout_off(repository: Repository) -> Iterator[Hit]:
    """Worker timeout switched off.

    A worker that hangs on a model hangs for ever, and the pool shrinks until none is left.
    """
    for trait in repository.traits("worker-timeout-off"):
        yield Hit(
            trait.span,
            "workers have no timeout",
            label="0 means never",
            mend="set it above the longest answer you allow",
        )
    for workload in repository.all(Workload, production=True):
        served = workload.role == "model-server" and workload.kind in {"Deployment", "StatefulSet"}
        if (
            served
            and workload.origin == "kubernetes"
            and workload.grace_s <= 30
            and not workload.drains
        ):
            yield Hit(
                workload.span,
                "a model server has 30 s to finish what it has begun",
                label=f"{workload.grace_s} s, then answers are cut",
                mend="terminationGracePeriodSeconds above the longest answer, and a preStop that drains",
                certainty=Certainty.LIKELY,
                severity=Severity.LOW,
            )


def _by_hand(path: str) -> bool:
    """Whether what stands there is started by a developer or a pipeline, and meets no user."""
    name = path.rpartition("/")[2].lower()
    helper = name.endswith(".sh") and (path.startswith(("scripts/", "tools/")) or "dev" in name)
    build = name in {"makefile", "justfile"} or name.endswith(".mk")
    return in_pipeline(path) or build or helper


@rule("AEG313", checks=Repository, severity=Severity.HIGH, refs=("CWE-489",))
def development_server(repository: Repository) -> Iterator[Hit]:
    """Development server where a service should run.

    It reloads code, shows its insides on an error and serves one request at a time; a debugger
    on the network is a shell.
    """
    built = [each for each in repository.all(Container, production=True) if each.command]
    for trait in repository.traits("development-server") + repository.traits("development-start"):
        by_hand = trait.name == "development-start" or _by_hand(trait.span.path)
        elsewhere = _started_by_hand(trait.span.path, built, repository)
        yield Hit(
            trait.span,
            "a development server is started",
            label=trait.detail.strip("`"),
            mend="a production server with a fixed number of workers",
            severity=Severity.LOW if by_hand or elsewhere else None,
        )
    for trait in repository.traits("debug-server"):
        path = trait.span.path
        near = [each for each in built if path.startswith(posixpath.dirname(each.span.path))]
        otherwise = bool(near) and not any(
            posixpath.basename(path) in each.command for each in near
        )
        yield Hit(
            trait.span,
            "a development server is started",
            label=f"{trait.detail}: its debugger is a shell",
            mend="a production server with a fixed number of workers",
            severity=Severity.LOW if otherwise else Severity.HIGH,
        )


def _started_by_hand(path: str, built: list[Container], repository: Repository) -> bool:
    """Whether a script or a compose file starts it for a developer, and an image starts otherwise."""
    name = path.rpartition("/")[2].lower()
    if "compose" in name:
        return bool(built)  # the image starts in its own way
    if name.endswith((".sh", ".bash", ".bat")):
        return not any(
            name.encode() in source.lower
            for source in repository.tree.sources
            if "dockerfile" in source.name.lower()
        )
    return False


@rule("AEG314", checks=Repository, severity=Severity.HIGH, refs=("FastAPI documentation, async",))
def blocking_inference(repository: Repository) -> Iterator[Hit]:
    """Blocking work inside an async handler.

    One slow answer stops the whole process: other requests, health checks, shutdown.
    """
    for route in repository.all(Route):
        if route.blocking is not None:
            yield Hit(
                route.blocking,
                "async handlers wait for blocking work",
                label="blocks the event loop",
                mend="a plain `def` handler, a thread, or the client's async form",
                certainty=Certainty.LIKELY,
                severity=None if _is_mounted(route, repository) else Severity.LOW,
            )


_GUARDED = (
    r"def {}\([^\n]*\n(?:\s*(?:\"\"\".*|#.*|global .*)\n)*"
    r"\s*if (?!not )[^\n]*(?:initiali[sz]ed|loaded|is not None)[^\n]*:\n(?:[^\n]*\n){{0,3}}?\s*return"
)


_LIBRARIES = words(
    "joblib torch pickle dill cloudpickle spacy mlflow onnx keras tensorflow tf transformers whisper "
    "sentence_transformers faster_whisper xgboost lightgbm"
)


def _loads_once(loader: str, repository: Repository) -> bool:
    """Whether a loader is the repository's own and returns at once when the model is there."""
    name = loader.rpartition(".")[2]
    if loader.partition(".")[0] in _LIBRARIES:
        return False
    guarded = re.compile(_GUARDED.format(re.escape(name)))
    return any(
        source.path.endswith(".py")
        and source.has(b"def " + name.lower().encode())
        and guarded.search(source.text) is not None
        for source in repository.tree.sources
    )


_DEMONSTRATES = re.compile(r"(?:^|[/_.-])(?:demo|tests?|examples?|scripts?|bench\w*)(?=[/_.-])")


def _is_mounted(route: Route, repository: Repository) -> bool:
    """Whether a route stands at the top of a module, or code that runs calls what makes it."""
    name = route.made_by
    return not name or any(
        source.path.endswith(".py")
        and source.tier is Tier.PRODUCTION
        and _DEMONSTRATES.search(source.path.lower()) is None
        and source.has(name.lower().encode())
        and re.search(rf"(?<!def )\b{name}\(", source.text) is not None
        for source in repository.tree.sources
    )


@rule(
    "AEG315",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("Gunicorn documentation, preload",),
    profile=Profile.REVIEW,  # 1 of 7 was worth raising when read blind
)
def model_loaded_again(repository: Repository) -> Iterator[Hit]:
    """Model loaded for each worker or each request.

    Memory is multiplied by the number of workers, and the first answer waits for the disk. With
    one worker and no check of health, a port that opens after the model is there harms nobody.
    """
    if repository.has_probes or repository.has_several_workers:
        for trait in repository.traits("model-loaded-at-import"):
            yield Hit(
                trait.span,
                "the model is loaded when the module is imported",
                label="once per worker, before any check can answer",
                mend="load in the lifespan hook, report ready after it",
            )
    for trait in repository.traits("model-loaded-per-request"):
        yield Hit(
            trait.span,
            "the model is loaded inside a request",
            label="every time",
            mend="load once at start",
            severity=Severity.LOW if _loads_once(trait.detail, repository) else Severity.HIGH,
        )


@rule(
    "AEG316",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("CIS Docker 4.1", "SLSA build track"),
)
def mutable_image(repository: Repository) -> Iterator[Hit]:
    """Image named by a tag that moves.

    Two nodes run two versions under one name, and a rollback pulls whatever the tag holds then.
    """
    built = {each.name for each in repository.all(Image) if each.built_here}
    moved = _pushed_as_they_move(repository)
    for image in repository.all(Image):
        if (
            image.is_mutable
            and not image.built_here
            and image.name not in built
            and image.name.rpartition("/")[2] not in moved
            and image.name not in repository.named_by_overlays
            and not _STAND_IN.search(image.name.lower())
            and not ("/" not in image.name and repository.tags_as(image.name))
            and not _pinned_by_example(image, repository)
            and not (_VALUES.search(image.span.path) and repository.sets_tags)
            and image.tag != "?"
            and image.certainty is Certainty.CERTAIN
            and image.name != "controller"  # kustomize puts the real name there
        ):
            yield Hit(
                image.span,
                "images are named by a tag that moves",
                label="no tag" if not image.tag else f"`{image.tag}`",
                mend="name a version and a digest: image:1.2.3@sha256:…",
            )
    for image in repository.all(Image):
        if image.is_mutable and image.built_here and not image.tag:
            yield Hit(
                image.span,
                "images are named by a tag that moves",
                label="no tag",
                mend="name a version and a digest: image:1.2.3@sha256:…",
                severity=Severity.LOW,  # nobody pulls it unless it is pushed
            )


def _pushed_as_they_move(repository: Repository) -> frozenset[str]:
    """Last parts of names of images that a job pushes under no other tag, as AEG444 says there."""
    paths = {job.span.path for job in repository.all(CiJob) if job.pushes_mutable_only is not None}
    texts = [each.text for each in repository.tree.sources if each.path in paths]
    names = {each.name.rpartition("/")[2] for each in repository.all(Image) if "/" in each.name}
    return frozenset(name for name in names if any(f"/{name}:" in text for text in texts))


# Collectors that nobody opens; a viewer of logs is a page, and shows the host to whoever opens it.
_WATCHES = re.compile(
    r"exporter|promtail|cadvisor|filebeat|fluent|vector|alloy|datadog|node[-_]agent"
)
_STAND_IN = re.compile(
    r"(?:your|my)[-_]?(?:user|org|repo|name|registry|account|company)|<|example\.|placeholder"
    r"|^(?:gcr\.io|us-docker\.pkg\.dev)/cloudrun/(?:container/)?(?:hello|placeholder)"  # until the first release
)


_VALUES = re.compile(r"(?:^|/)values[\w.-]*\.ya?ml$")
_ASSIGNED = re.compile(r"^(?:export )?(\w+)=[\"']?([^\s\"'#]+)", re.MULTILINE)
_FALLBACK = re.compile(r"\$\{(\w+)(?::?-[^}]*)?\}")


def _pinned_by_example(image: Image, repository: Repository) -> bool:
    """Whether the environment that is copied before the first start names the image for good."""
    sources = {source.path: source for source in repository.tree.sources}
    holder = sources.get(image.span.path)
    written = "" if holder is None else holder.lines[image.span.line - 1].partition("image:")[2]
    folders = {"", posixpath.dirname(image.span.path)}
    return "${" in written and any(
        posixpath.dirname(path) in folders
        and posixpath.basename(path).startswith((".env", "env."))
        and _is_fixed_by(source.text, written, image.span)
        for path, source in sources.items()
    )


def _is_fixed_by(assignments: str, written: str, place: Span) -> bool:
    """Whether a reference with variables names one version once they have these values."""
    given = dict(_ASSIGNED.findall(assignments))
    filled = _FALLBACK.sub(lambda match: given.get(match[1], match[0]), written)
    named = image_of(filled, place)
    return filled != written and named is not None and not named.is_mutable


# Others build on it: they install as root, and choose the user at their own end.
_A_BASE = re.compile(
    r"(?:^|/)(?:base[-_]?images?|images?[-_]base)/|dockerfile[._-]base$|(?:^|/)base[._-]dockerfile$"
)
_SHELL = re.compile(r"^\W*(?:/bin/)?(?:ba)?sh\W*$")


@rule(
    "AEG317",
    checks=Repository,
    severity=Severity.MEDIUM,
    refs=("CIS Docker 4.1", "CIS Kubernetes 5.2.6"),
)
def runs_as_root(repository: Repository) -> Iterator[Hit]:
    """Service that runs as root.

    Whatever breaks out of the process owns the container, and often the node.
    """
    for container in repository.all(Container):
        user = container.user.partition(":")[0]
        by_hand = _SHELL.match(container.command) is not None  # somebody opens it to work in
        if by_hand or (not user and repository.drops_root(container.span.path)):
            continue
        if user in {"root", "0"} or (not user and container.base_known):
            yield Hit(
                container.span,
                "images run as root",
                label="no USER after this base",
                mend="create a user in the image and switch to it",
                severity=Severity.LOW if _A_BASE.search(container.span.path.lower()) else None,
            )
    for workload in repository.all(Workload):
        if (
            workload.origin == "kubernetes"
            and workload.runs_as_root
            and workload.role == "model-server"
        ):
            yield Hit(
                workload.span, "a model server is told to run as root", mend="runAsNonRoot: true"
            )


@rule(
    "AEG318",
    checks=Repository,
    severity=Severity.CRITICAL,
    refs=("ATLAS AML.T0105", "CIS Docker 5.31", "CWE-250"),
)
def host_in_reach(repository: Repository) -> Iterator[Hit]:
    """Container that holds the host.

    The runtime's socket, privileged mode and the host's namespaces are each the same as root on
    the machine.
    """
    hits = [
        hit for workload in repository.all(Workload) for hit in _as_one_mend(_dangers(workload))
    ]
    paths = {hit.place.path for hit in hits if isinstance(hit.place, Span)}
    told = {
        source.path
        for source in repository.tree.sources
        if source.path in paths and _SAYS_THAT_IT_IS_ROOT.search(source.text)
    }
    for hit in hits:
        known = isinstance(hit.place, Span) and hit.place.path in told
        yield dataclasses.replace(hit, severity=Severity.LOW) if known else hit


# A comment that names the danger: whoever wrote it has decided who may run it.
_SAYS_THAT_IT_IS_ROOT = re.compile(
    r"(?m)^[ \t]*#.*(?:docker\.sock|docker socket|privileged).*\b(?:root[- ](?:equivalent|access)|root on)\b",
    re.IGNORECASE,
)


def _as_one_mend(hits: Iterable[Hit]) -> list[Hit]:
    """Rights that stand beside each other are taken away together: the heaviest is named."""
    kept: list[Hit] = []
    lesser: list[Hit] = []
    for hit in hits:
        (kept if hit.severity is None else lesser).append(hit)
    lesser.sort(key=lambda hit: hit.severity.rank if hit.severity else 0)
    if lesser:
        also = tuple(hit.place for hit in lesser[1:] if isinstance(hit.place, Span))
        kept.append(dataclasses.replace(lesser[0], also=also))
    return kept


def _dangers(workload: Workload) -> Iterator[Hit]:
    """What of the host a container is given, with its weight."""
    image = workload.image.name.lower() if workload.image is not None else ""
    for what, span in workload.dangers:
        worst = "socket" in what or what in {"privileged", "the host's root"}
        named = _WATCHES.search(f"{workload.name.lower()} {image.rpartition('/')[2]}") is not None
        if named and ("socket" in what or what in {"privileged", "the host's root", "pid: host"}):
            continue  # what its vendor asks for, to read logs and counters of the others
        if (named and "SYS_ADMIN" in what) or "localstack" in workload.name.lower():
            continue  # what counters of a device need; a stand-in for a cloud
        foreign = workload.image is not None and not workload.image.built_here
        if "network" in what.lower() and foreign and workload.role == "app":
            continue  # what its vendor asks for, to find devices beside it
        exporter = named or workload.role == "observability" or workload.kind == "DaemonSet"
        shares = "ipc" in what.lower() or "network" in what.lower()
        severity = None if worst else Severity.HIGH
        if "ipc" in what.lower() and (workload.gpus or workload.role == "model-server"):
            continue  # what engines ask for, to pass tensors between their processes
        if exporter or shares:
            severity = Severity.LOW if exporter and shares else Severity.MEDIUM
        yield Hit(
            span,
            f"a container is given {what}"
            if "socket" in what or "root" in what
            else f"a container runs with {what}",
            label=workload.name,
            mend="take it away; give the one device or right it needs",
            severity=severity,
        )
