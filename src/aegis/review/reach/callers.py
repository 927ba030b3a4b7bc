"""Functions of Python files and who calls them, as far as names tell."""

from __future__ import annotations

import ast
import bisect
import functools
import re
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from aegis.detect.placeholders import words
from aegis.review.documents.source import Source, Tier

_DEPTH = 3  # calls that are followed back
_MANY = 40  # files that hold a name; with more it is too general to follow
_SHORT = 4  # letters of a name that may mean anything
# Decorators that hand a function to nobody.
_PLAIN = words(
    "staticmethod classmethod property cached_property lru_cache cache wraps retry override "
    "contextmanager asynccontextmanager abstractmethod deprecated typechecked overload"
)
_PLAIN_BASES = words("object ABC Protocol Generic")
# Names that a platform, a framework or a server of models calls by itself.
_CALLED_BY_NAME = re.compile(
    r"^(?:__\w+__|(?:model|input|predict|output|transform|collate)_fn|(?:lambda_)?handler|main|run|init|setup|start|invoke"
    r"|load_context|predict|preprocess|postprocess|initialize|finalize|execute|upgrade|downgrade|app|application"
    r"|(?:create|make|get)_app|on_\w+|handle_\w+|visit_\w+|do_[A-Z]+|(?:pre|post|worker|when)_\w+|ready|lifespan|forward)$"
)
# What ends the work of a function at a time that it sets.
_BOUNDS = re.compile(
    r"\bwait_for\(|\basyncio\.timeout|\btimeout_at\(|\bfail_after\(|\bmove_on_after\(|\bfunc_timeout\b"
    r"|\.result\(\s*timeout|\bsignal\.alarm\(|with_options\([^)]*timeout|\basync_timeout\.|@timeout\("
)
_BOUNDING = (
    b"wait_for(", b"asyncio.timeout", b"timeout_at(", b"fail_after(", b"move_on_after(", b"func_timeout",
    b".result(", b"signal.alarm(", b"with_options(", b"async_timeout", b"@timeout(",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Function:
    """An outermost function or method, or a class where `owner` is its own name."""

    name: str
    owner: str
    first: int
    last: int
    handed_on: bool
    inherits: bool


class _File:
    """The functions of one file by line, and where it uses a name."""

    def __init__(self, source: Source) -> None:
        self.source = source
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a parser thinks of somebody's escapes
                self._tree = ast.parse(source.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self._tree = ast.Module(body=[], type_ignores=[])
        self.functions = sorted(_functions(self._tree), key=lambda each: each.first)
        self._starts = [each.first for each in self.functions]
        self._uses: dict[str, list[int]] | None = None

    def at(self, line: int) -> _Function | None:
        """The function around a line."""
        index = bisect.bisect_right(self._starts, line) - 1
        found = self.functions[index] if index >= 0 else None
        return found if found is not None and line <= found.last else None

    def uses(self, name: str) -> list[int]:
        """Lines that name something other than to define or to import it."""
        if self._uses is None:
            self._uses = {}
            for node in ast.walk(self._tree):
                if isinstance(node, ast.Name):
                    self._uses.setdefault(node.id, []).append(node.lineno)
                elif isinstance(node, ast.Attribute):
                    self._uses.setdefault(node.attr, []).append(node.lineno)
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    for word in re.findall(r"\w+", node.value[:200]):
                        self._uses.setdefault(word, []).append(node.lineno)
        return self._uses.get(name, [])

    def text(self, function: _Function) -> str:
        """The source of a function."""
        return "\n".join(self.source.lines[function.first - 1 : function.last])


def _functions(tree: ast.Module) -> Iterator[_Function]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _function(node, "", inherits=False)
        elif isinstance(node, ast.ClassDef):
            inherits = any(_last(base) not in _PLAIN_BASES for base in node.bases)
            inherits = inherits or bool(node.keywords) or bool(node.decorator_list)
            for each in node.body:
                if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield _function(each, node.name, inherits=inherits)


def _function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, owner: str, *, inherits: bool
) -> _Function:
    first = min((each.lineno for each in node.decorator_list), default=node.lineno)
    handed_on = any(_last(each) not in _PLAIN for each in node.decorator_list)
    return _Function(node.name, owner, first, node.end_lineno or first, handed_on, inherits)


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Call | ast.Subscript):
        return _last(node.func if isinstance(node, ast.Call) else node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


class Callers:
    """Who calls the functions of a repository. Files are parsed when they are asked about."""

    def __init__(self, sources: Iterable[Source], *, idle: Collection[str]) -> None:
        running = [
            each
            for each in sources
            if each.path not in idle and each.tier in {Tier.PRODUCTION, Tier.EXAMPLE}
        ]
        self._python = [each for each in running if each.path.endswith(".py")]
        self._others = [each for each in running if not each.path.endswith((".py", ".lock"))]
        self._by_path = {each.path: each for each in self._python}
        self._files: dict[str, _File] = {}
        self._dead: dict[str, bool] = {}

    def uncalled(self, path: str, line: int) -> bool:
        """Whether nothing that runs calls the function around a line.

        A name that a framework may call, that a decorator hands on, or that another file spells
        in any form counts as called.
        """
        function = self._around(path, line)
        return function is not None and self._is_dead(function, _DEPTH)

    def bounded(self, path: str, line: int) -> bool:
        """Whether a function that leads to the one around a line ends its work after a time."""
        function = self._around(path, line) if self._somewhere_bounded else None
        if function is None:
            return False
        if _BOUNDS.search(self._file(path).text(function)):
            return True
        names = self._ways_in(path, function)
        for _ in range(_DEPTH):
            callers = [each for name in sorted(names) for each in self._callers(name)]
            if any(_BOUNDS.search(file.text(caller)) for file, caller in callers):
                return True
            names = {caller.name for _, caller in callers if _is_telling(caller.name)} - names
        return False

    @functools.cached_property
    def _somewhere_bounded(self) -> bool:
        return any(each.has(*_BOUNDING) for each in self._python)

    def _ways_in(self, path: str, function: _Function) -> set[str]:
        """Names by which others reach what a function makes: its own, those of its class."""
        own = {function.name} if _is_telling(function.name) else set()
        if not function.owner:
            return own
        methods = {
            each.name
            for each in self._file(path).functions
            if each.owner == function.owner and _is_telling(each.name)
        }
        return own | {each for each in methods if not each.startswith("_")}

    def _around(self, path: str, line: int) -> _Function | None:
        return self._file(path).at(line) if path in self._by_path else None

    def _file(self, path: str) -> _File:
        found = self._files.get(path)
        if found is None:
            found = self._files[path] = _File(self._by_path[path])
        return found

    def _holding(self, name: str) -> list[Source]:
        wanted = name.encode()
        return [each for each in self._python if wanted in each.data]

    def _callers(self, name: str) -> list[tuple[_File, _Function]]:
        """Functions that use a name; none of a name that many files hold."""
        holding = self._holding(name)
        found: list[tuple[_File, _Function]] = []
        for source in holding if len(holding) <= _MANY else ():
            file = self._file(source.path)
            around = {each for line in file.uses(name) if (each := file.at(line)) is not None}
            found += [(file, each) for each in sorted(around, key=lambda each: each.first)]
        return found

    def _is_dead(self, function: _Function, depth: int) -> bool:
        if function.handed_on or function.inherits:
            return False
        constructor = function.name.startswith("__") and function.owner
        name = function.owner if constructor else function.name
        if name not in self._dead:
            self._dead[name] = False  # what calls only itself is settled by the others
            self._dead[name] = self._nobody_names(name, depth)
        return self._dead[name]

    def _nobody_names(self, name: str, depth: int) -> bool:
        if not _is_telling(name) or depth == 0:
            return False
        holding = self._holding(name)
        if len(holding) > _MANY:
            return False
        spelled = name.encode()
        if any(spelled in each.data for each in self._others):
            return False
        for source in holding:
            file = self._file(source.path)
            for line in file.uses(name):
                caller = file.at(line)
                if caller is None:
                    return False
                if name in {caller.name, caller.owner}:
                    continue  # it calls itself, or is named inside its class
                if not self._is_dead(caller, depth - 1):
                    return False
        return True


def _is_telling(name: str) -> bool:
    """Whether a name is one that only a call of this function would use."""
    return len(name) >= _SHORT and _CALLED_BY_NAME.match(name) is None
