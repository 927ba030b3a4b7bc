"""`metadata`: which fields exist and what names, labels and annotations may look like.

Sources: Kubernetes `apimachinery/pkg/api/validation/objectmeta.go`,
`apimachinery/pkg/util/validation/validation.go` and, for resources inside resources,
`apiextensions-apiserver/pkg/apiserver/schema/objectmeta/validation.go`.
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import JsonValue

from aegis.verify.schema.formats import DNS_LABEL, DNS_SUBDOMAIN, QUALIFIED, TEXT_FORMATS
from aegis.verify.schema.problem import Check, Path, Sink, shown

MAX_ANNOTATIONS = 262_144
"""Bytes of all keys and values together."""

_TEXTS = ("name", "generateName", "namespace", "selfLink", "uid", "resourceVersion")
_WHOLE = ("generation", "deletionGracePeriodSeconds")
_TIMES = ("creationTimestamp", "deletionTimestamp")
_MAPS = ("labels", "annotations")
_LISTS = ("ownerReferences", "finalizers", "managedFields")
_FIELDS = frozenset((*_TEXTS, *_WHOLE, *_TIMES, *_MAPS, *_LISTS))
_OWNER_FIELDS = frozenset(("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"))


def subdomain(text: str) -> str | None:
    """Why a text is no DNS-1123 subdomain, or None."""
    if len(text) <= 253 and DNS_SUBDOMAIN.match(text):
        return None
    return "must be at most 253 lower-case letters, digits, `-` and `.`, and start and end with a letter or digit"


def label_name(text: str) -> str | None:
    """Why a text is no DNS-1123 label, or None."""
    if len(text) <= 63 and DNS_LABEL.match(text):
        return None
    return "must be at most 63 lower-case letters, digits and `-`, and start and end with a letter or digit"


def label_1035(text: str) -> str | None:
    """Why a text is no DNS-1035 label (a Service's name), or None."""
    if label_name(text) is None and text[0].isalpha():
        return None
    return "must be at most 63 lower-case letters, digits and `-`, and start with a letter"


def segment(text: str) -> str | None:
    """Why a text cannot be a part of a path, or None."""
    if text not in {".", ".."} and "/" not in text and "%" not in text:
        return None
    return "must not be `.` or `..` or contain `/` or `%`"


def qualified(text: str) -> str | None:
    """Why a text is no key of a label or an annotation, or None.

    >>> qualified("app.kubernetes.io/name"), qualified("a/b/c") is None
    (None, False)
    """
    prefix, slash, name = text.rpartition("/")
    fits = len(name) <= 63 and QUALIFIED.match(name) is not None
    if fits and (not slash or (prefix and subdomain(prefix) is None)):
        return None
    return "must be `name` or `prefix/name`: the name at most 63 letters, digits, `-`, `_` and `.`, the prefix a DNS subdomain"  # noqa: E501


def label_value(text: str) -> str | None:
    """Why a text is no label value, or None."""
    if not text or (len(text) <= 63 and QUALIFIED.match(text)):
        return None
    return "must be at most 63 letters, digits, `-`, `_` and `.`, and start and end with a letter or digit"


Rule = Callable[[str], str | None]


def metadata_check(name: Rule, *, named: bool, namespaced: bool | None) -> Check:
    """Judges `metadata`; `namespaced` None leaves the namespace open (an embedded resource)."""

    def run(value: JsonValue, path: Path, sink: Sink) -> JsonValue:
        if not isinstance(value, dict):
            sink.add("wrong-type", path, f"must be a map, not {shown(value)}")
            return value
        result: dict[str, JsonValue] = {}
        for key, item in value.items():
            if key not in _FIELDS:
                sink.add("unknown-field", (path, key), f"`metadata` has no field `{key}`")
            elif item is not None:
                result[key] = item
                _field(key, item, (path, key), sink)
        _names(result, path, sink, rule=name, named=named)
        _namespace(result, path, sink, namespaced=namespaced)
        return result

    return run


def _field(key: str, item: JsonValue, path: Path, sink: Sink) -> None:
    if key in _MAPS:
        _texts(key, item, path, sink)
    elif key in _LISTS:
        _list(key, item, path, sink)
    elif key in _WHOLE:
        if type(item) is not int:
            sink.add("wrong-type", path, f"must be a whole number, not {shown(item)}")
    elif not isinstance(item, str):
        sink.add("wrong-type", path, f"must be a text, not {shown(item)}")
    elif key in _TIMES and not TEXT_FORMATS["date-time"](item):
        sink.add("value-refused", path, f"must be a time, not {shown(item)}")


def _texts(key: str, item: JsonValue, path: Path, sink: Sink) -> None:
    if not isinstance(item, dict):
        sink.add("wrong-type", path, f"must be a map, not {shown(item)}")
        return
    total = 0
    for name, value in item.items():
        if value is None and key == "labels":
            continue
        if not isinstance(value, str) and value is not None:
            sink.add("wrong-type", (path, name), f"must be a text, not {shown(value)}; quote it")
            continue
        text = value or ""
        total += len(name.encode()) + len(text.encode(errors="replace"))
        why = qualified(name.lower() if key == "annotations" else name)
        if why:
            sink.add("bad-metadata", (path, name), f"key `{name[:80]}` {why}")
        if key == "labels" and (why := label_value(text)):
            sink.add("bad-metadata", (path, name), f"label value {shown(text)} {why}")
    if key == "annotations" and total > MAX_ANNOTATIONS:
        sink.add("bad-metadata", path, f"{total:,} bytes; at most {MAX_ANNOTATIONS:,} are allowed")


def _list(key: str, item: JsonValue, path: Path, sink: Sink) -> None:
    if not isinstance(item, list):
        sink.add("wrong-type", path, f"must be a list, not {shown(item)}")
        return
    for index, entry in enumerate(item):
        if key == "finalizers":
            if not isinstance(entry, str):
                sink.add("wrong-type", (path, index), f"must be a text, not {shown(entry)}")
            elif why := qualified(entry):
                sink.add("bad-metadata", (path, index), f"finalizer {shown(entry)} {why}")
        elif not isinstance(entry, dict):
            sink.add("wrong-type", (path, index), f"must be a map, not {shown(entry)}")
        elif key == "ownerReferences":
            _owner(entry, (path, index), sink)


def _owner(entry: dict[str, JsonValue], path: Path, sink: Sink) -> None:
    for name in entry.keys() - _OWNER_FIELDS:
        sink.add("unknown-field", (path, name), f"an owner has no field `{name}`")
    for name in ("apiVersion", "kind", "name", "uid"):
        if not entry.get(name):
            sink.add("missing-field", path, f"`{name}` is missing")


def _names(meta: dict[str, JsonValue], path: Path, sink: Sink, *, rule: Rule, named: bool) -> None:
    name, prefix = meta.get("name"), meta.get("generateName")
    if isinstance(name, str) and name:
        if why := rule(name):
            sink.add("bad-metadata", (path, "name"), f"name {shown(name)} {why}")
    elif named and not prefix:
        sink.add("missing-field", path, "`name` is missing")
    if isinstance(prefix, str) and prefix and (why := rule(prefix.rstrip("-") or "-")):
        sink.add("bad-metadata", (path, "generateName"), f"{shown(prefix)} {why}")


def _namespace(
    meta: dict[str, JsonValue], path: Path, sink: Sink, *, namespaced: bool | None
) -> None:
    space = meta.get("namespace")
    if not isinstance(space, str) or not space:
        return
    if namespaced is False:
        return  # the server clears it (apiserver/pkg/registry/rest/meta.go)
    if why := label_name(space):
        sink.add("bad-metadata", (path, "namespace"), f"namespace {shown(space)} {why}")
