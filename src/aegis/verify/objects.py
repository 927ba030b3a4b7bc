"""Kubernetes objects with their places, and the bundle that checks look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aegis.base.finding import Span
from aegis.verify.access import Map, Steps, dig, has_key, mapping, text, walk
from aegis.verify.text import Document

_POD_TEMPLATES: Mapping[str, Steps] = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_TEMPLATED = frozenset((*_POD_TEMPLATES, "Pod", "LeaderWorkerSet"))
_NOT_PODS = frozenset(("openAPIV3Schema", "properties"))
WORKLOADS = frozenset(("Deployment", "StatefulSet", "ReplicaSet", "Rollout"))


_LONGEST = 253  # characters of a name that a server may take


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Object:
    """One object: as written, and as the server would store it (`full`: nulls gone, defaults in)."""

    file: str
    document: Document
    value: Map
    full: Map
    inside: Steps = ()
    family: str = ""

    @property
    def api_version(self) -> str:
        return text(self.value.get("apiVersion"))

    @property
    def group(self) -> str:
        """The API group, empty for the core group."""
        head, slash, _ = self.api_version.partition("/")
        return head if slash else ""

    @property
    def kind(self) -> str:
        """The kind; a file without one (`family` is set) is called by its family."""
        return self.family or text(self.value.get("kind"))

    @property
    def name(self) -> str:
        return text(dig(self.value, "metadata", "name"))

    @property
    def namespace(self) -> str:
        """The namespace, empty when the object leaves it to whoever applies it."""
        return text(dig(self.value, "metadata", "namespace"))

    @property
    def labels(self) -> Map:
        return mapping(dig(self.value, "metadata", "labels"))

    @property
    def annotations(self) -> Map:
        return mapping(dig(self.value, "metadata", "annotations"))

    @property
    def title(self) -> str:
        """Kind and name, as findings begin; a name that no server takes is cut."""
        name = self.name if len(self.name) <= _LONGEST else f"{self.name[:_LONGEST]}…"
        return f"{self.kind} `{name}`" if name else self.kind

    def span(self, path: Steps = ()) -> Span:
        """Where a part of the object stands, or the deepest part of its path that exists."""
        place = self.document.find((*self.inside, *path))
        one_line = place.line == place.end_line
        return Span(
            path=self.file,
            line=place.line,
            column=place.column,
            end_line=place.end_line if one_line else None,
            end_column=place.end_column if one_line else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pods:
    """A pod template, and who makes pods of it."""

    owner: Object
    path: Steps
    labels: Map
    spec: Map
    spec_path: Steps

    def containers(self, *, init: bool = False) -> Iterator[tuple[Steps, Map]]:
        """The containers with their paths; with `init`, the ones that run first too."""
        names = ("initContainers", "containers") if init else ("containers",)
        for field_name in names:
            items = self.spec.get(field_name)
            for index, item in enumerate(items if isinstance(items, list) else []):
                if isinstance(item, dict):
                    yield (*self.spec_path, field_name, index), item


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One place where a check applies; `name` is the name of the check."""

    name: str
    object: Object
    path: Steps
    message: str
    also: tuple[Span, ...] = ()


@dataclass(slots=True)
class Bundle:
    """Objects that are applied together."""

    objects: tuple[Object, ...]
    spare_accelerators: int | None = None
    metrics: frozenset[str] | None = None
    recorded: frozenset[str] = frozenset()
    kubernetes: str = ""
    _by_kind: dict[str, list[Object]] = field(default_factory=dict)
    _pods: list[Pods] | None = None
    _all_pods: list[Pods] | None = None

    def __post_init__(self) -> None:
        for item in self.objects:
            self._by_kind.setdefault(item.kind, []).append(item)

    def of(self, *kinds: str, group: str | None = None) -> Iterator[Object]:
        """Objects of some kinds, in order."""
        for kind in kinds:
            for item in self._by_kind.get(kind, []):
                if group is None or item.group == group:
                    yield item

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """An object by kind and name; an absent namespace on either side fits any."""
        for item in self._by_kind.get(kind, []):
            if item.name == name and same_namespace(item.namespace, namespace):
                return item
        return None

    def pods(self) -> list[Pods]:
        """Every pod template of the known workload kinds."""
        if self._pods is None:
            self._pods = [pods for item in self.objects for pods in _templates(item)]
        return self._pods

    def all_pods(self) -> list[Pods]:
        """Also the pod specs inside resources of operators, which may fill in the rest."""
        if self._all_pods is None:
            inner = (pods for item in self.objects for pods in _embedded(item))
            self._all_pods = [*self.pods(), *inner]
        return self._all_pods


def _templates(item: Object) -> Iterator[Pods]:
    if item.kind == "Pod" and item.group == "":
        yield _pods(item, ())
    elif (path := _POD_TEMPLATES.get(item.kind)) is not None and dig(item.full, *path):
        yield _pods(item, path)
    elif item.kind == "LeaderWorkerSet":
        yield from _group_pods(item)


def _embedded(item: Object) -> Iterator[Pods]:
    if item.kind in _TEMPLATED or not has_key(item.full.get("spec"), "containers"):
        return
    for path, value in walk(item.full.get("spec"), ("spec",)):
        containers = value.get("containers") if isinstance(value, dict) else None
        if isinstance(containers, list) and path[-1] not in _NOT_PODS:
            yield Pods(owner=item, path=path, labels={}, spec=mapping(value), spec_path=path)


def same_namespace(left: str, right: str | None) -> bool:
    """Whether two namespaces can be the same: an absent one is chosen when applied."""
    return not left or not right or left == right


def _pods(item: Object, path: Steps) -> Pods:
    template = dig(item.full, *path)
    return Pods(
        owner=item,
        path=path,
        labels=mapping(dig(template, "metadata", "labels")),
        spec=mapping(dig(template, "spec")),
        spec_path=(*path, "spec"),
    )


def _group_pods(item: Object) -> Iterator[Pods]:
    for name in ("leaderTemplate", "workerTemplate"):
        path = ("spec", "leaderWorkerTemplate", name)
        if dig(item.full, *path):
            yield _pods(item, path)


def selects(selector: Map, labels: Map) -> bool:
    """Whether `matchLabels` and `matchExpressions` fit some labels; an empty selector fits all."""
    wanted = mapping(selector.get("matchLabels"))
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    expressions = selector.get("matchExpressions")
    return all(
        _expression(expression, labels)
        for expression in (expressions if isinstance(expressions, list) else [])
        if isinstance(expression, dict)
    )


def _expression(expression: Map, labels: Map) -> bool:
    key, operator = text(expression.get("key")), expression.get("operator")
    values = expression.get("values")
    known = values if isinstance(values, list) else []
    if operator == "In":
        return labels.get(key) in known
    if operator == "NotIn":
        return labels.get(key) not in known
    return (key in labels) is (operator == "Exists")
