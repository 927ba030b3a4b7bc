"""Which Dockerfiles something builds, and which are left over beside those that reach production."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from aegis.base.finding import Span
from aegis.review.documents.dockerfile import is_dockerfile
from aegis.review.documents.source import Source, Tier
from aegis.review.facts.types import CiJob, Fact
from aegis.review.reach.deployed import COMPOSE
from aegis.review.reach.modules import above

# By file, the services that it starts only for who asks.
Optional = Mapping[str, Sequence[Span]]

_PLAIN = re.compile(r"^(?:docker|container)file$")
_BUILDERS = re.compile(
    r"\.(?:ya?ml|sh|bash|tf|json|toml|tsx?|hcl|mk|ps1|bat|gradle|sbt)$"
    r"|(?:^|/)(?:make|just|task|jenkins|tilt|earth)file[^/]*$|(?:^|/)readme[^/]*$"
)
# A line that may say what an image is built from.
_SAYS_BUILD = re.compile(
    r"(?i)\b(?:build\w*|context|docker\w*|file|path|folder|dir\w*|matrix|images?|services?|names?|apps?|components?)\b"
    r"|^\s*-\s"
)
_BY_HAND = re.compile(r"(?i)\b(?:docker|podman|buildah)\b.*\b(?:build|bud|compose)\b")
_HERE = re.compile(
    r"(?m)\bbuild\b(?!.*\s(?:-f|--file)[ =]).*\s\.(?:\s|$)|\b(?:build|context)\s*[:=]\s*[\"']?\./?[\"']?\s*$"
    r"|docker/build-push-action|\bbuilds submit\b|\bacr build\b|source-to-image|\bDOCKERFILE\b"
)
_FILE_GIVEN = re.compile(r"(?m)^\s*(?:-\s+)?(?:dockerfile|file)\s*[:=]")
# Folders that only run time knows: each of them is built.
_ALL_OF_THEM = re.compile(
    r"find\b.*dockerfile|\*/dockerfile|for \w+ in \S*\*"
    r"|\bbuild\b.*\$\{?\w*(?:dir|path|context|service|app|name|component)\w*\}?/?[\"']?\s*$",
    re.IGNORECASE | re.MULTILINE,
)
_PUSHES = re.compile(
    r"\b(?:docker|podman|buildah)\s+(?:image\s+)?push\b|--push\b|build-push-action|\bbuilds submit\b|\bacr build\b"
    r"|\b(?:fly|flyctl|railway|copilot|eb|gcloud run|gcloud app|az containerapp) (?:deploy|up)\b"
)
_PLATFORMS = re.compile(
    r"(?:^|/)(?:fly[\w.-]*\.toml|render\.ya?ml|railway\.(?:json|toml)|heroku\.yml|apprunner\.ya?ml"
    r"|cloudbuild[\w.-]*\.ya?ml|buildspec[\w.-]*\.ya?ml|skaffold\.ya?ml|azure\.ya?ml|app\.ya?ml|captain-definition"
    r"|docker-bake\.(?:hcl|json)|(?:template|samconfig)\.ya?ml|dockerrun\.aws\.json|[\w.-]+\.tf|jenkinsfile"
    r"|\.gitlab-ci\.ya?ml|bitbucket-pipelines\.ya?ml|azure-pipelines[\w.-]*\.ya?ml|deploy[\w.-]*\.(?:sh|bash|ya?ml|ps1)"
    r"|(?:release|publish)\.(?:sh|bash|ya?ml))$"
)
_OF_BUILDS = re.compile(
    r"^(?:scripts?|bin|ci|tools?|infra\w*|terraform|ops|builds?|make|(?:docker|compose)(?:[_-]?(?:files?|builds?|compose))?)$|^deploy"
)
# A copy that an editor or a person left.
_COPY = re.compile(r"(?:^|/)[^/]*(?: copy|\.bak|\.old|\.orig)\b[^/]*$")
_LARGE = 100_000  # bytes; a larger text is data


def unbuilt_images(
    sources: Iterable[Source],
    facts: dict[type[Fact], list[Fact]],
    *,
    local: Collection[str],
    optional: Optional,
) -> frozenset[str]:
    """Dockerfiles that nothing builds, beside others that reach production.

    What builds is a job, a script, a platform's file, a compose file, or a command that the README
    gives. A job that neither publishes nor deploys, a `local` compose file and a service that is
    started on request build nothing for production.
    """
    sources = [each for each in sources if each.tier is not Tier.TEST]
    files = [each for each in sources if is_dockerfile(each) and each.tier is Tier.PRODUCTION]
    if len(files) < 2:
        return frozenset()
    jobs = {
        each.span.path: bool(each.publishes or each.deploys)
        for each in sorted(
            (each for each in facts.get(CiJob, []) if isinstance(each, CiJob)),
            key=lambda each: bool(each.publishes or each.deploys),
        )
    }
    built: set[str] = set()
    projects: set[str] = set()  # folders of which something reaches production
    for text, ships in _builders(sources, jobs, local, optional):
        new = ships and text.project not in projects
        for each in files:
            if (new or each.path not in built) and text.builds(each.path):
                built.add(each.path)
                projects.update((text.project,) if ships else ())
    return frozenset(
        each.path
        for each in files
        if each.path not in built and projects.intersection(above(posixpath.dirname(each.path)))
    )


class _Builder:
    """A text that may say what is built, and the folder in which it stands."""

    def __init__(self, path: str, lines: Iterable[str]) -> None:
        self._folder = posixpath.dirname(path)
        self._text = "\n".join(lines)
        self._here = _HERE.search(self._text) is not None and not (
            _FILE_GIVEN.search(self._text) and "compose" not in path.lower()
        )
        self._all = _ALL_OF_THEM.search(self._text) is not None

    @property
    def project(self) -> str:
        """The folder for which it builds: its own, or what holds a folder of scripts and settings."""
        kept: list[str] = []
        for name in self._folder.split("/"):
            if name.startswith(".") or _OF_BUILDS.search(name.lower()):
                break
            kept.append(name)
        return "/".join(kept)

    def builds(self, path: str) -> bool:
        """Whether it names a Dockerfile, by its path, by its own name, or by its folder."""
        folder, _, name = path.rpartition("/")
        if not _PLAIN.match(name.lower()):
            return name in self._text
        if self._all:
            return True
        if not folder:
            return self._root(path)
        if self._here and folder == self._folder:
            return True
        service = posixpath.basename(folder)
        elsewhere = (
            f"{service}.dockerfile" in self._text.lower()
        )  # its recipe lies in another place
        return not elsewhere and _names(self._text, service)

    def _root(self, path: str) -> bool:
        """The Dockerfile at the root needs no name: what is built from `.` is built from it."""
        if self._folder and not self._folder.startswith("."):
            up = "../" * len(list(above(self._folder))[:-1])
            return up.rstrip("/") in self._text
        return self._here or _named_alone(self._text, path)


def _names(text: str, folder: str) -> bool:
    """Whether a text holds a folder's name as part of a path, as a value, or in a list of words."""
    if folder not in text:
        return False
    word = re.escape(folder)
    return (
        re.search(
            rf"(?m)(?:[/\"'=\[,]|[:-]\s)\s*{word}(?=[/\"',\]\s]|$)"
            rf"|(?:\bbuild\b|\bin\b|=\().*[\s(]{word}(?=[\s/);]|$)",
            text,
        )
        is not None
    )


def _named_alone(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w./-])(?:\./)?{re.escape(name)}(?![\w.-])", text) is not None


def _builders(
    sources: Iterable[Source], jobs: dict[str, bool], local: Collection[str], optional: Optional
) -> Iterator[tuple[_Builder, bool]]:
    """Texts that build images, each with whether what it builds reaches production."""
    for source in sources:
        path = source.path.lower()
        if len(source.data) > _LARGE or not _BUILDERS.search(path) or source.path in local:
            continue
        if not source.has(b"build", b"Build", b"ockerfile", b"compose up") or _COPY.search(path):
            continue
        if path.endswith((".ts", ".tsx", ".json", ".toml")) and not source.has(b"ocker"):
            continue  # pages and settings that build something else
        described = posixpath.basename(path).startswith("readme")
        if source.tier is Tier.DOCS and not described:
            continue
        if source.path in jobs:
            ships = jobs[source.path]
            if not ships and not _pushes(source):
                continue  # it builds to see that it builds
        else:
            ships = bool(COMPOSE.search(path) or _PLATFORMS.search(path) or _pushes(source))
        lines = [
            line
            for number, line in enumerate(source.lines, start=1)
            if not line.lstrip().startswith(("#", "//"))
            and (not described or "build" in line or "compose" in line)
            and (_BY_HAND if described else _SAYS_BUILD).search(line)
            and not any(
                span.line <= number <= (span.end_line or span.line)
                for span in optional.get(source.path, ())
            )
        ]
        if lines:
            yield _Builder(source.path, lines), ships and not described


def _pushes(source: Source) -> bool:
    """Whether a text pushes an image or hands one to a platform."""
    return source.has(b"push", b"submit", b"acr build", b"deploy", b" up") and (
        _PUSHES.search(source.text) is not None
    )
