"""Where a repository starts: the Python files that something deployed runs."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from aegis.review.documents.source import Source, Tier, tier_of
from aegis.review.facts.types import CiJob, Fact, Start, Workload
from aegis.review.reach.modules import Modules, above, below
from aegis.review.reach.notations import (
    PYTHON,
    Named,
    entry_points,
    handlers,
    named,
    scripts,
)

# Files that hold commands, by name: what they name starts when the service does.
_COMMANDS = re.compile(
    r"^(?:procfile|supervisord?.*\.(?:conf|ini)|.*\.service|.*crontab.*|.*\.cron|fly\.toml|render\.yaml"
    r"|railway\.(?:json|toml)|nixpacks\.toml|app\.json|app\.ya?ml|cog\.yaml|bentofile\.yaml|langgraph\.json"
    r"|zappa_settings\.json|cdk\.json|ecosystem\.config\.c?js|uwsgi\.ini|.*\.uwsgi|vercel\.json"
    r"|heroku\.yml|startup\.(?:txt|cmd)|serve_?config.*\.ya?ml|mlproject|dvc\.ya?ml|\.replit)$"
)
_FUNCTIONS = re.compile(
    r"^(?:serverless\.ya?ml|template\.ya?ml|sam\.ya?ml|samconfig\.toml|function\.json|zappa_settings\.json)$"
)
_PACKAGES = frozenset(("pyproject.toml", "setup.py", "setup.cfg"))
_SCRIPTED = (b"scripts]", b"entry-points", b"entry_points", b"plugins]", b"console_scripts")
_ROOTS = re.compile(r"PYTHONPATH[\"']?\s*[=:]\s*[\"']?([\w./:${}-]+)")
_PUT_AWAY = re.compile(
    r"(?:^|[/_.-])(?:archived?|legacy|backups?|bak|old|deprecated|obsolete|unused)(?=[/_.-])"
)
# What a file says that a platform, a scheduler or a server of models calls by itself.
_CALLED = re.compile(
    rb"^(?:from|import) (?:airflow|modal|functions_framework|azure\.functions|bentoml|kfp|zenml|metaflow"
    rb"|prefect|dagster|luigi|cog|chalice|alembic|ray import serve|mangum)\b"
    rb"|def lambda_handler\(|class TritonPythonModel|class EndpointHandler|BaseHandler\)|^def model_fn\("
    rb"|^def init\(\):",
    re.MULTILINE,
)
# What a file must hold before it is searched for the lines above.
_CALLERS = (
    b"airflow", b"modal", b"functions_framework", b"azure.functions", b"bentoml", b"kfp", b"zenml",
    b"metaflow", b"prefect", b"dagster", b"luigi", b"cog", b"chalice", b"alembic", b"ray import serve",
    b"mangum", b"lambda_handler", b"TritonPythonModel", b"EndpointHandler", b"BaseHandler",
    b"def model_fn(", b"def init():",
)  # fmt: skip


@dataclass(slots=True)
class Starts:
    """Files that start: `firm` are those that a deployment names, `also` what else may be called.

    `lost` are folders with a command that runs Python which was not found.
    """

    firm: set[str] = field(default_factory=set)
    also: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)


class _Search:
    """Commands followed to the files that they name, through shell scripts."""

    def __init__(self, modules: Modules, sources: Iterable[Source]) -> None:
        self.modules = modules
        self.starts = Starts()
        self._shell: dict[str, list[Source]] = {}
        self._seen: set[tuple[str, str]] = set()
        for source in sources:
            if source.name.endswith((".sh", ".bash")) or source.data.startswith(b"#!"):
                self._shell.setdefault(source.name, []).append(source)
            elif source.name == "Makefile":
                self._shell.setdefault("make", []).append(source)

    def command(self, text: str, near: str, *, firm: bool, image: Start | None = None) -> bool:
        """Note what a command starts; whether any of it was found."""
        found = self._note(named(text), near, firm=firm, image=image)
        for word in scripts(text):
            for source in self._scripts(word):
                key = source.path, near
                if key not in self._seen:
                    self._seen.add(key)
                    inner = self.command(source.text, near, firm=firm, image=image)
                    found = inner or found
        return found

    def is_unclear(self, name: Named) -> bool:
        """Whether a name is put together at run time, or may be one of many files here.

        A module with its package is what it says: where no such package is, it is gone.
        """
        wanted = name.path or f"{name.module.replace('.', '/')}.py"
        if "$" in wanted or "{" in wanted:
            return True
        return "." not in name.module and self.modules.is_named(posixpath.basename(wanted))

    def _scripts(self, word: str) -> list[Source]:
        return self._shell.get(posixpath.basename(word), [])

    def _note(
        self, names: Iterable[Named], near: str, *, firm: bool, image: Start | None = None
    ) -> bool:
        files = sorted({path for name in names for path in self._files(name, near, image)})
        (self.starts.firm if firm else self.starts.also).update(files)
        return bool(files)

    def _files(self, name: Named, near: str, image: Start | None) -> list[str]:
        wanted = name.path or name.module.replace(".", "/")
        if image is not None:
            inside = self._in_image(name, wanted, near, image)
            if inside:
                return inside
        if name.path:
            return self.modules.of_path(name.path, near)
        tail = wanted.removeprefix("/")
        return (
            self.modules.of_path(f"{tail}.py", near)
            or self.modules.of_path(f"{tail}/__main__.py", near)
            or self.modules.of_path(f"{tail}/__init__.py", near)
        )

    def _in_image(self, name: Named, wanted: str, near: str, image: Start) -> list[str]:
        """Files by the place that they have in an image, whatever folder it was built from."""
        full = posixpath.normpath(posixpath.join(image.folder, wanted))
        ends = ("", "/__main__.py") if name.path else (".py", "/__main__.py", "/__init__.py")
        for context in above(near):
            for source, target in image.copies:
                at = posixpath.normpath(target)
                if full != at and not full.startswith(f"{at.rstrip('/')}/"):
                    continue
                rest = full[len(at) :].strip("/")
                folder = posixpath.normpath(posixpath.join(context, source.strip("/"))).strip("/.")
                for end in ends:
                    path = f"{below(folder, rest) if rest else folder}{end}"
                    if path in self.modules.files:
                        return [path]
        return []

    def platform(self, source: Source, folder: str) -> None:
        """Note functions of a platform that a file describes."""
        found = self._note(handlers(source.text), folder, firm=True)
        if not found and b"andler" in source.data:
            self.starts.lost.add(folder)

    def package(self, source: Source, folder: str) -> None:
        """Note scripts of a package."""
        self._note(entry_points(source.text), below(folder, "src"), firm=False)


def starts_of(
    modules: Modules, sources: Iterable[Source], facts: dict[type[Fact], list[Fact]]
) -> Starts:
    """Every file that something starts, as far as the repository says it."""
    sources = list(sources)
    search = _Search(modules, sources)
    for fact in _deployed(facts):
        _follow(search, fact)
    deploying = {
        each.span.path for each in facts.get(CiJob, []) if isinstance(each, CiJob) and each.deploys
    }
    for source in sources:
        if source.has(b"PYTHONPATH") and source.tier is not Tier.DOCS:
            modules.add_roots(_ROOTS.findall(source.text))
        if source.path in deploying:
            search.command(source.text, "", firm=False)
        elif source.path.endswith(".py") and _is_called(source):
            search.starts.also.add(source.path)
        if source.tier is not Tier.TEST:
            _read(search, source)
    return search.starts


def _read(search: _Search, source: Source) -> None:
    """Note what a file of commands, of a platform or of a package starts."""
    folder, name = posixpath.dirname(source.path), source.name.lower()
    if _COMMANDS.match(name) and not search.command(source.text, folder, firm=True):
        _lose(search, source.text, folder)
    if _FUNCTIONS.match(name) or _describes_functions(source):
        search.platform(source, folder)
    if name in _PACKAGES and source.has(*_SCRIPTED):
        search.package(source, folder)
    if name == "package.json" and source.has(b"python"):
        search.command(source.text, folder, firm=False)
    if name == "host.json":
        search.starts.firm.update({below(folder, "function_app.py")} & search.modules.files)


def _is_called(source: Source) -> bool:
    """Whether something other than this repository calls what the file holds."""
    return source.has(*_CALLERS) and _CALLED.search(source.data) is not None


def _describes_functions(source: Source) -> bool:
    """Whether infrastructure as code describes functions: Terraform, or a kit of Amazon's."""
    if source.path.endswith(".tf"):
        return source.has(b"handler ", b"handler=")
    return source.path.endswith((".ts", ".py")) and source.has(b"aws-cdk", b"aws_cdk")


def _deployed(facts: dict[type[Fact], list[Fact]]) -> Iterator[Start | Workload]:
    """Images and workloads, without those of tests and those that were put away."""
    for kind in (Start, Workload):
        for fact in facts.get(kind, []):
            path = fact.span.path
            if tier_of(path) is Tier.TEST or _PUT_AWAY.search(path.lower()):
                continue
            if isinstance(fact, Start | Workload):
                yield fact


def _follow(search: _Search, fact: Start | Workload) -> None:
    folder = posixpath.dirname(fact.span.path)
    if isinstance(fact, Start):
        found = search.command(fact.command, folder, firm=fact.at_start, image=fact)
        if fact.at_start and not found:
            _lose(search, fact.command, folder)
        return
    near = fact.built_from if fact.built_from is not None else folder
    found = search.command(fact.command, near, firm=True)
    if not found and fact.built_from is not None:
        _lose(search, fact.command, near)


def _lose(search: _Search, command: str, folder: str) -> None:
    """Note a command that runs Python of this repository, nobody knows which.

    A module or file that is written out and is nowhere is somebody else's, or gone.
    """
    names = list(named(command))
    if PYTHON.search(command) and (not names or any(map(search.is_unclear, names))):
        search.starts.lost.add(folder)
