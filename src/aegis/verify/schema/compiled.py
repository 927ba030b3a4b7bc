"""Turns compact schemas into functions that judge objects as a strict API server does.

One pass over an object drops nulls, fills in defaults, refuses unknown fields and checks types;
rules in CEL run afterwards, on the value with its defaults, and only when the structure is sound.
Source: Kubernetes `apiextensions-apiserver/pkg/apiserver/schema` (pruning, defaulting, listtype,
objectmeta, cel) and `pkg/apiserver/validation`; agreement is measured on recorded verdicts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from aegis.verify.access import listing
from aegis.verify.schema.bounds import Bound, bounds
from aegis.verify.schema.compact import Kind, Node
from aegis.verify.schema.meta import label_1035, label_name, metadata_check, segment, subdomain
from aegis.verify.schema.predicate import Predicates, has_type
from aegis.verify.schema.problem import Check, Path, Sink, shown
from aegis.verify.schema.rules import rules_of

_KINDS = {
    "object": "a map", "array": "a list", "string": "a text", "integer": "a whole number",
    "number": "a number", "boolean": "true or false",
}  # fmt: skip
_GROUP_VERSION = re.compile(r"^([a-z0-9.-]+/)?[a-zA-Z0-9]+\Z")
_NAME_RULES = {
    "Service": label_1035,
    "Namespace": label_name,
    "Role": segment,
    "ClusterRole": segment,
    "RoleBinding": segment,
    "ClusterRoleBinding": segment,
}
"""Core kinds whose names are no DNS subdomains (`pkg/apis/*/validation`, NameIsDNS…)."""

_SCALARS = (str, int, float, bool)


class Compiler:
    """Checks of one node table; `core` decodes as typed kinds do: a null is an absent field."""

    def __init__(self, nodes: Sequence[Node], *, core: bool) -> None:
        self._nodes = nodes
        self._core = core
        self._predicates = Predicates(nodes)
        self._made: dict[int, Check] = {}

    def nullable(self, number: int) -> bool:
        node = self._nodes[number]
        return node.get("nul") is True or ("t" not in node and node.get("pu") is True)

    def check(self, number: int) -> Check:
        """The check of a node, made when first needed."""
        made = self._made.get(number)
        if made is None:
            made = self._made[number] = self._finished(self._nodes[number])
        return made

    def node(self, number: int) -> Node:
        return self._nodes[number]

    def root(self, kind: Kind) -> Check:
        """The check of whole objects of a kind."""
        node = self._nodes[kind.root]
        rule = _NAME_RULES.get(kind.kind, subdomain) if kind.core else subdomain
        meta = metadata_check(rule, named=True, namespaced=kind.namespaced)
        fixed: dict[str, Check] = {"apiVersion": _text, "kind": _text, "metadata": meta}
        properties = node.get("p")
        if isinstance(properties, dict) and isinstance(properties.get("metadata"), int):
            fixed["metadata"] = self._restricted(meta, properties["metadata"])
        required = sorted({"metadata", *(str(key) for key in listing(node.get("r")))})
        whole: Node = {**node, "t": "object", "r": [*required]}
        return self._finished(whole, fixed, scale=_scale_path(kind.scale))

    def _restricted(self, meta: Check, number: JsonValue) -> Check:
        if not isinstance(number, int) or not self._nodes[number].get("p"):
            return meta
        fits = self._predicates.get(number)

        def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
            if not fits(value):
                sink.add("value-refused", path, "does not fit what this kind asks of metadata")
            return meta(value, path, sink)

        return run

    def _finished(
        self,
        node: Node,
        fixed: Mapping[str, Check] | None = None,
        *,
        scale: tuple[str, ...] = (),
    ) -> Check:
        if node.get("meta"):
            return metadata_check(segment, named=False, namespaced=None)
        if node.get("er") is True:
            fixed = _EMBEDDED
            needed = {"apiVersion", "kind", *(str(key) for key in listing(node.get("r")))}
            node = {**node, "r": [*sorted(needed)]}
        base = self._base(node, fixed)
        rules = rules_of(node)
        tests = self._predicates.junctors(node)
        nullable = node.get("nul") is True
        if not rules and not tests and not scale:
            return base

        def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
            before = len(sink.problems)
            result = base(value, path, sink)
            if (nullable and value is None) or len(sink.problems) > before:
                return result
            for fits, words in tests:
                if not fits(result):
                    sink.add("value-refused", path, words)
            if scale:
                _scale(result, scale, sink)
            if rules:
                sink.rules.append((rules, result, path))
            return result

        return run

    def _base(self, node: Node, fixed: Mapping[str, Check] | None) -> Check:
        kind = node.get("t")
        limits = bounds(node)
        if kind == "object" or (kind is None and (fixed or node.get("p"))):
            return self._object(node, fixed or {})
        if kind == "array":
            return self._array(node)
        if node.get("ios") is True:
            return _int_or_string(limits)
        if node.get("f") == "quantity":
            return _quantity(limits)
        nullable = node.get("nul") is True
        return _scalar(kind, limits, nullable=nullable) if isinstance(kind, str) else _anything

    def _object(self, node: Node, fixed: Mapping[str, Check]) -> Check:  # noqa: C901  # holds the hot loop
        children = _Children(self, node, fixed)
        required = [str(key) for key in listing(node.get("r"))]
        limits = bounds(node)
        defaults = children.defaults
        get = children.get
        missing = children.__missing__
        extra, keep = self._rest(node)
        core = self._core
        strict = _EMBEDDED if fixed is _EMBEDDED else ()
        nullable = node.get("nul") is True

        def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:  # noqa: C901, PLR0912  # the hot loop: calls would double its time
            if type(value) is not dict:
                if not (nullable and value is None):
                    sink.add("wrong-type", path, f"must be a map, not {shown(value)}")
                return value
            result: dict[str, JsonValue] = {}
            for key, item in value.items():
                child = get(key) or missing(key)
                if child is None:
                    child = extra
                    if child is None:
                        if keep:
                            result[key] = item
                        else:
                            sink.add("unknown-field", (path, key), _unknown(key, children))
                        continue
                if item is None and (core or not child[1]) and key not in strict:
                    continue
                result[key] = child[0](item, (path, key), sink)
            for key, default in defaults:
                if key not in result:
                    child = get(key) or missing(key)
                    result[key] = child[0](default, (path, key), sink) if child else default
            for key in required:
                if key not in result:
                    sink.add("missing-field", path, f"`{key}` is missing")
            for bound in limits:
                if why := bound(result):
                    sink.add("value-refused", path, why)
            return result

        return run

    def _rest(self, node: Node) -> tuple[tuple[Check, bool] | None, bool]:
        """What fields without a name in the schema must be, and whether they may stay."""
        extra = node.get("ap")
        if isinstance(extra, int) and not isinstance(extra, bool):
            return (self.check(extra), self.nullable(extra)), False
        return None, extra is True or node.get("pu") is True

    def _array(self, node: Node) -> Check:
        number = node.get("it")
        item_check = self.check(number) if isinstance(number, int) else _anything
        default = self._nodes[number].get("d") if isinstance(number, int) else None
        limits = bounds(node)
        unique = None if self._core else _unique(node)
        nullable = node.get("nul") is True
        core = self._core

        def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
            if type(value) is not list:
                if not (nullable and value is None):
                    sink.add("wrong-type", path, f"must be a list, not {shown(value)}")
                return value
            result: list[JsonValue] = [
                None
                if item is None and core
                else item_check(default if item is None else item, (path, index), sink)
                for index, item in enumerate(value)
            ]
            for bound in limits:
                if why := bound(result):
                    sink.add("value-refused", path, why)
            if unique is not None:
                unique(result, path, sink)
            return result

        return run


class _Children(dict[str, tuple[Check, bool]]):
    """Checks of the named fields, each made when first met."""

    def __init__(self, compiler: Compiler, node: Node, fixed: Mapping[str, Check]) -> None:
        super().__init__({name: (check, False) for name, check in fixed.items()})
        self._compiler = compiler
        properties = node.get("p")
        self.numbers = {
            name: number
            for name, number in (properties if isinstance(properties, dict) else {}).items()
            if isinstance(number, int) and name not in fixed
        }
        self.defaults = [
            (name, default)
            for name, number in self.numbers.items()
            if (default := compiler.node(number).get("d")) is not None
        ]

    def __missing__(self, key: str) -> tuple[Check, bool] | None:  # None: unknown
        number = self.numbers.get(key)
        if number is None:
            return None
        child = self[key] = (self._compiler.check(number), self._compiler.nullable(number))
        return child


def _unknown(key: str, children: _Children) -> str:
    import difflib  # noqa: PLC0415  # only when there is something to say

    near = difflib.get_close_matches(key, [*children.numbers, *children], n=1)
    return f"there is no field `{key[:80]}`" + (f"; did you mean `{near[0]}`?" if near else "")


def _anything(value: JsonValue, _path: Path, _sink: Sink) -> JsonValue:
    return value


def _text(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
    if not isinstance(value, str):
        sink.add("wrong-type", path, f"must be a text, not {shown(value)}")
    return value


def _filled(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
    if not isinstance(value, str) or not value:
        sink.add("missing-field", path, "must be a text that is not empty")
    elif (
        label_1035(value.lower()) is not None
        if path and path[1] == "kind"
        else not _GROUP_VERSION.match(value)
    ):
        sink.add("bad-metadata", path, f"{shown(value)} cannot be a {path[1] if path else ''}")
    return value


_EMBEDDED: dict[str, Check] = {
    "apiVersion": _filled,
    "kind": _filled,
    "metadata": metadata_check(segment, named=False, namespaced=None),
}


def _scalar(kind: str, limits: tuple[Bound, ...], *, nullable: bool) -> Check:
    exact = {"string": str, "integer": int, "boolean": bool, "number": float}.get(kind, str)
    words = _KINDS.get(kind, kind)

    def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
        if type(value) is not exact:
            if nullable and value is None:
                return None
            if not has_type(value, kind):
                hint = "; quote it" if exact is str and isinstance(value, _SCALARS) else ""
                sink.add("wrong-type", path, f"must be {words}, not {shown(value)}{hint}")
                return value
            value = exact(value)
        for bound in limits:
            if why := bound(value):
                sink.add("value-refused", path, why)
        return value

    return run


def _int_or_string(limits: tuple[Bound, ...]) -> Check:
    def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
        if type(value) is not str and not has_type(value, "integer"):
            sink.add("wrong-type", path, f"must be a whole number or a text, not {shown(value)}")
            return value
        for bound in limits:
            if why := bound(value):
                sink.add("value-refused", path, why)
        return value

    return run


def _quantity(limits: tuple[Bound, ...]) -> Check:
    def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            sink.add("wrong-type", path, f"must be a quantity, not {shown(value)}")
            return value
        for bound in limits:
            if why := bound(value):
                sink.add("bad-quantity", path, why)
        return value

    return run


def _unique(node: Node) -> Check | None:
    kind = node.get("lt")
    keys = [str(key) for key in listing(node.get("lk"))]
    if kind != "set" and not (kind == "map" and keys):
        return None

    def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
        seen: set[str] = set()
        for index, item in enumerate(listing(value)):
            part = {key: item.get(key) for key in keys} if isinstance(item, dict) and keys else item
            spelled = repr(part)
            if spelled in seen:
                words = ", ".join(f"{k}: {shown(v)}" for k, v in part.items()) if isinstance(
                    part, dict
                ) else shown(part)  # fmt: skip
                sink.add("duplicate-entry", (path, index), f"{words} is in the list twice")
            seen.add(spelled)
        return value

    return run


def _scale_path(path: str) -> tuple[str, ...]:
    return tuple(step for step in path.split(".") if step)


def _scale(value: JsonValue, path: tuple[str, ...], sink: Sink) -> None:
    here: JsonValue = value
    for step in path:
        here = here.get(step) if isinstance(here, dict) else None
    if isinstance(here, int) and not isinstance(here, bool) and here < 0:
        where: Path = None
        for step in path:
            where = (where, step)
        sink.add("value-refused", where, f"{here} replicas; it must be at least 0")
