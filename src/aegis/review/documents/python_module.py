"""A Python file as calls, functions and strings, from one walk over its syntax tree.

Nothing is imported or executed. Names are resolved through the imports of the file and through
variables that hold a call's result, so `client.chat.completions.create` reads
`openai.OpenAI.chat.completions.create`.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from aegis.base.finding import Span
from aegis.review.documents.source import Source

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Scope:
    """A function, or the module itself when `node` is none."""

    node: FunctionNode | None
    parent: Scope | None
    in_class: str = ""

    @property
    def name(self) -> str:
        return self.node.name if self.node else ""

    @property
    def is_async(self) -> bool:
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def parameters(self) -> list[ast.arg]:
        if self.node is None:
            return []
        arguments = self.node.args
        return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


@dataclass(slots=True)
class Call:
    """One call; `name` is fully resolved, `loops` counts the loops around it."""

    name: str
    node: ast.Call
    scope: Scope
    loops: int
    guarded: bool = False
    awaited: bool = False

    def keyword(self, *names: str) -> ast.expr | None:
        """The value of the first keyword argument of these names."""
        for each in self.node.keywords:
            if each.arg in names:
                return each.value
        return None

    @property
    def spreads(self) -> bool:
        """Whether `**something` may carry any keyword."""
        return any(each.arg is None for each in self.node.keywords)

    def argument(self, position: int, *names: str) -> ast.expr | None:
        """A positional argument, or the keyword that stands for it."""
        if len(self.node.args) > position:
            return self.node.args[position]
        return self.keyword(*names)


@dataclass(slots=True)
class Module:
    """What one file says; lists are in the order of the walk."""

    source: Source
    tree: ast.Module
    imports: dict[str, str] = field(default_factory=dict)
    variables: dict[str, ast.expr] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    functions: list[Scope] = field(default_factory=list)
    classes: list[ast.ClassDef] = field(default_factory=list)
    assigns: list[tuple[str, ast.expr, Scope]] = field(default_factory=list)
    dicts: list[tuple[ast.Dict, Scope]] = field(default_factory=list)
    loops: list[tuple[ast.While | ast.For | ast.AsyncFor, Scope]] = field(default_factory=list)
    handlers: list[tuple[ast.ExceptHandler, Scope]] = field(default_factory=list)
    tried: dict[int, list[ast.stmt]] = field(default_factory=dict)
    assigned_to: dict[int, str] = field(default_factory=dict)
    scope: Scope = field(default_factory=lambda: Scope(None, None))
    asks: dict[int, bool] = field(default_factory=dict)
    called: dict[str, set[str]] | None = None
    imported: dict[tuple[str, ...], bool] = field(default_factory=dict)
    by_scope: dict[int, list[Call]] = field(default_factory=dict)
    by_hand: list[range] | None = None
    kinds: dict[str, set[str]] | None = None
    lines: dict[tuple[bytes, ...], list[int]] = field(default_factory=dict)

    def span(self, node: ast.AST) -> Span:
        """Where a node stands; columns count characters from 1."""
        line = getattr(node, "lineno", 1)
        column = getattr(node, "col_offset", 0) + 1
        same = getattr(node, "end_lineno", None) == line
        end = getattr(node, "end_col_offset", None)
        return self.source.at(line, column, end + 1 if same and end is not None else None)

    def resolve(self, node: ast.expr, depth: int = 0) -> str:
        """The dotted name of an expression, through imports and variables; empty if none."""
        parts: list[str] = []
        while True:
            if isinstance(node, ast.Attribute):
                parts.append(node.attr)
                node = node.value
            elif isinstance(node, ast.Call):
                node = node.func
            elif isinstance(node, ast.Subscript | ast.Await):
                node = node.value
            else:
                break
        if not isinstance(node, ast.Name):
            return ".".join(["?", *reversed(parts)]) if parts else ""
        name = node.id
        if name == "self" and parts:
            name = f"self.{parts.pop()}"
        known = self.imports.get(name)
        if known is None and depth < 3:
            value = self.variables.get(name)
            if value is not None and not (isinstance(value, ast.Name) and value.id == name):
                known = self.resolve(value, depth + 1)
        return ".".join([known or name, *reversed(parts)])

    def literal(self, node: ast.expr | None, depth: int = 0) -> str | None:
        """A string constant, directly or through one variable."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name) and depth < 3:
            return self.literal(self.variables.get(node.id), depth + 1)
        return None

    def calls_in(self, scope: Scope) -> list[Call]:
        """Calls of a function itself, without those of functions inside it."""
        if not self.by_scope:
            for call in self.calls:
                self.by_scope.setdefault(id(call.scope), []).append(call)
        return self.by_scope.get(id(scope), [])

    def may_name(self, node: FunctionNode, needles: tuple[bytes, ...]) -> bool:
        """Whether a line of the function holds one of the lower-case words, in any case.

        Asked before its syntax is searched. Cells of a notebook have no lines of their own.
        """
        if self.source.path.endswith(".ipynb"):
            return self.source.holds(needles)
        lines = self.lines.get(needles)
        if lines is None:
            lines = self.lines[needles] = _lines_with(self.source.lower, needles)
        at = bisect_left(lines, node.lineno)
        return at < len(lines) and lines[at] <= (node.end_lineno or 0)

    def under_main(self, node: ast.AST) -> bool:
        """Whether it stands under `if __name__ == "__main__"`, so that no import runs it."""
        if self.by_hand is None:
            self.by_hand = [
                range(each.lineno, (each.end_lineno or 0) + 1)
                for each in self.tree.body
                if isinstance(each, ast.If) and "__main__" in ast.unparse(each.test)
            ]
        return any(getattr(node, "lineno", 1) in lines for lines in self.by_hand)

    def has_import(self, *packages: str) -> bool:
        """Whether one of the packages, or something below it, is imported."""
        known = self.imported.get(packages)
        if known is None:
            below = tuple(f"{package}." for package in packages)
            known = self.imported[packages] = any(
                name in packages or name.startswith(below) for name in self.imports.values()
            )
        return known


def _lines_with(lower: bytes, needles: tuple[bytes, ...]) -> list[int]:
    """Lines on which one of the words stands, in order."""
    places: set[int] = set()
    for needle in needles:
        at = lower.find(needle)
        while at != -1:
            places.add(at)
            at = lower.find(needle, at + len(needle))
    found: list[int] = []
    line, seen = 1, 0
    for at in sorted(places):
        line, seen = line + lower.count(b"\n", seen, at), at
        if found[-1:] != [line]:
            found.append(line)
    return found


def read_python(source: Source) -> Module | None:
    """The module, or nothing when the text is not Python of this version."""
    try:
        tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return module_of(source, tree)


def module_of(source: Source, tree: ast.Module) -> Module:
    """Walk the tree once."""
    module = Module(source, tree)
    _walk(module)
    for call in module.calls:
        call.name = module.resolve(call.node.func)
        if call.name and _holds_a_result(module, call.node.func):
            call.name += ".__call__"
    return module


def _holds_a_result(module: Module, function: ast.expr) -> bool:
    """Whether what is called is the result of another call, as in `model = load(); model(x)`."""
    name = _target_name(function)
    return (
        bool(name)
        and name not in module.imports
        and isinstance(module.variables.get(name), ast.Call)
    )


def _walk(module: Module) -> None:
    awaited: set[int] = set()
    pending: list[tuple[ast.AST, _Where]] = [
        (module.tree, _Where(module.scope, 0, "", guarded=False))
    ]
    while pending:
        node, where = pending.pop()
        if isinstance(node, ast.Call):
            done = id(node) in awaited
            module.calls.append(Call("", node, where.scope, where.loops, where.guarded, done))
        elif node.__class__ in _HANDLED:
            where = _note(module, node, where)
        elif isinstance(node, ast.Await):
            awaited.add(id(node.value))
        elif isinstance(node, ast.Try):
            pending += reversed(_of_try(module, node, where))
            continue
        _below(node, where, pending)


def _below(node: ast.AST, where: _Where, pending: list[tuple[ast.AST, _Where]]) -> None:
    """Put children that can hold something of interest on the stack, the first one on top."""
    for name in _BELOW[node.__class__]:
        value = getattr(node, name, None)
        if isinstance(value, list):
            pending += [(each, where) for each in reversed(value) if each.__class__ not in _SKIPPED]
        elif value is not None and value.__class__ not in _SKIPPED:
            pending.append((value, where))


def _of_try(module: Module, node: ast.Try, where: _Where) -> list[tuple[ast.AST, _Where]]:
    """Children of a `try`; what stands in its body is guarded when something is caught."""
    inner = where._replace(guarded=True)
    tried = {id(each) for each in node.body} if node.handlers else set()
    module.tried |= {id(handler): node.body for handler in node.handlers}
    return [(child, inner if id(child) in tried else where) for child in ast.iter_child_nodes(node)]


class _Where(NamedTuple):
    scope: Scope
    loops: int
    in_class: str
    guarded: bool


_MARKS = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
_LEAVES = frozenset((ast.Constant, ast.Name, ast.alias, ast.arg, ast.Pass)).union(
    *(kind.__subclasses__() for kind in _MARKS)
)
_SKIPPED = _LEAVES | {type(None), str, int, float, complex, bytes, bool, type(...)}
_NO_NODES = frozenset(
    ("ctx", "op", "ops", "attr", "arg", "id", "names", "conversion", "type_comment")
)


class _Below(dict[type[ast.AST], tuple[str, ...]]):
    """Fields of a kind of node that can hold something of interest, last first, as a stack wants."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = tuple(name for name in reversed(kind._fields) if name not in _NO_NODES)
        self[kind] = fields
        return fields


_BELOW = _Below()
_HANDLED = frozenset(
    (
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.ClassDef,
        ast.Import,
        ast.ImportFrom,
        ast.Assign,
        ast.AnnAssign,
        ast.Dict,
        ast.While,
        ast.For,
        ast.AsyncFor,
        ast.ExceptHandler,
        ast.withitem,
    )
)


def _note(module: Module, node: ast.AST, where: _Where) -> _Where:
    scope = where.scope
    if isinstance(node, FunctionNode):
        inner = Scope(node, scope, where.in_class)
        module.functions.append(inner)
        return _Where(inner, 0, "", guarded=False)
    if isinstance(node, ast.ClassDef):
        module.classes.append(node)
        return where._replace(in_class=node.name)
    if isinstance(node, ast.While | ast.For | ast.AsyncFor):
        module.loops.append((node, scope))
        return where._replace(loops=where.loops + 1)
    if isinstance(node, ast.Import | ast.ImportFrom):
        _note_import(module, node)
    elif isinstance(node, ast.ExceptHandler):
        module.handlers.append((node, scope))
    elif isinstance(node, ast.Dict):
        module.dicts.append((node, scope))
    else:
        _note_assign(module, node, scope)
    return where


def _note_import(module: Module, node: ast.Import | ast.ImportFrom) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            local = alias.asname or alias.name.partition(".")[0]
            module.imports[local] = alias.name if alias.asname else local
            module.imports.setdefault(alias.name, alias.name)
        return
    base = "." * node.level + (node.module or "")
    for alias in node.names:
        module.imports[alias.asname or alias.name] = f"{base}.{alias.name}"


def _note_assign(module: Module, node: ast.AST, scope: Scope) -> None:
    if isinstance(node, ast.withitem):
        if isinstance(node.optional_vars, ast.Name):
            module.variables.setdefault(node.optional_vars.id, node.context_expr)
        return
    targets: list[ast.expr] = []
    value: ast.expr | None = None
    if isinstance(node, ast.Assign):
        targets, value = node.targets, node.value
    elif isinstance(node, ast.AnnAssign):
        targets, value = [node.target], node.value
    if value is None:
        return
    for target in targets:
        name = _target_name(target)
        if name:
            module.variables.setdefault(name, value)
            module.assigns.append((name, value, scope))
            module.assigned_to[id(value)] = name


def _target_name(target: ast.expr) -> str:
    if isinstance(target, ast.Name):
        return target.id
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        return f"{target.value.id}.{target.attr}"
    return ""


def below(root: ast.AST) -> Iterator[ast.AST]:
    """A node and everything below it, in the order of the text; marks such as `+` are left out."""
    pending = [root]
    while pending:
        node = pending.pop()
        yield node
        for name in _BELOW[node.__class__]:
            value = getattr(node, name, None)
            if isinstance(value, list):
                pending += [each for each in reversed(value) if isinstance(each, ast.AST)]
            elif isinstance(value, ast.AST):
                pending.append(value)


def names_in(node: ast.AST) -> Iterator[str]:
    """Every variable, attribute and subscript key that an expression reads."""
    for each in below(node):
        if isinstance(each, ast.Name):
            yield each.id
        elif isinstance(each, ast.Attribute):
            yield each.attr
        elif isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Constant):
            yield str(each.slice.value)


def is_true(node: ast.expr | None) -> bool:
    """Whether it is the literal `True`."""
    return isinstance(node, ast.Constant) and node.value is True
