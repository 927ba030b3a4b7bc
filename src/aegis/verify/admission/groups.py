"""Rules of the LeaderWorkerSet project's webhooks.

Source: kubernetes-sigs/lws v0.10.0 (2161f38f), `pkg/webhooks/leaderworkerset_webhook.go`
(generalValidate, validateUpdateSubGroupPolicy) and
`pkg/webhooks/disaggregatedset/disaggregatedset_webhook.go` (validateRoleRolloutStrategy,
validateGeneratedNames).
"""

from __future__ import annotations

from collections.abc import Iterator

from aegis.verify.access import Map, Steps, dig, mapping, maps, text, whole
from aegis.verify.admission.pods import Said
from aegis.verify.admission.workloads import count_of
from aegis.verify.objects import Bundle, Hit, Object
from aegis.verify.schema.meta import label_1035
from aegis.verify.schema.problem import shown

_MOST_PODS = 2**31 - 1
_MOST_REPLICAS = 1_000_000
_SUBGROUP_KEY = "leaderworkerset.sigs.k8s.io/subgroup-exclusive-topology"
_LABEL = 63
_REVISION = 8
_SUFFIX = len("-prv")
_ROLLING: Steps = ("rolloutStrategy", "rollingUpdateConfiguration")


def group_rules(bundle: Bundle) -> Iterator[Hit]:
    """What the webhooks refuse in a LeaderWorkerSet or a DisaggregatedSet."""
    for item in bundle.of("LeaderWorkerSet", group="leaderworkerset.x-k8s.io"):
        for rule in (_name, _numbers, _rolling, _subgroups):
            for path, message in rule(item):
                yield Hit(name="group-refused", object=item, path=path, message=message)
    for item in bundle.of("DisaggregatedSet", group="disaggregatedset.x-k8s.io"):
        for path, message in (*_roles(item), *_generated_names(item)):
            yield Hit(name="group-refused", object=item, path=path, message=message)


def _name(item: Object) -> Said:
    """generalValidate: the name becomes that of a headless Service."""
    if item.name and (why := label_1035(item.name)):
        yield ("metadata", "name"), f"{shown(item.name)} {why}"


def _numbers(item: Object) -> Said:
    """generalValidate: replicas and size, alone and together."""
    replicas = _replicas(mapping(item.full.get("spec")))
    size = whole(dig(item.full, "spec", "leaderWorkerTemplate", "size"))
    if not 0 <= replicas <= _MOST_REPLICAS:
        yield ("spec", "replicas"), f"{replicas} must be from 0 to {_MOST_REPLICAS:,}"
    if size is not None and size < 1:
        yield ("spec", "leaderWorkerTemplate", "size"), f"{size} must be at least 1"
    elif size is not None and replicas * size > _MOST_PODS:
        yield ("spec", "replicas"), f"{replicas} groups of {size} pods are more than {_MOST_PODS:,}"


def _replicas(spec: Map) -> int:
    given = whole(spec.get("replicas"))
    return 1 if given is None else given


def _rolling(item: Object) -> Said:
    """generalValidate: surge and unavailability of a rolling update."""
    spec = mapping(item.full.get("spec"))
    yield from _moves(spec, ("spec",))


def _moves(spec: Map, where: Steps) -> Said:
    rolling = mapping(dig(spec, *_ROLLING))
    if not rolling:
        return
    path = (*where, *_ROLLING)
    given = {
        "maxUnavailable": rolling.get("maxUnavailable", 1),
        "maxSurge": rolling.get("maxSurge", 0),
    }
    for name, value in given.items():
        count = count_of(value, 100, up=True)
        if count is None or count < 0:
            yield (*path, name), f"{shown(value)} must be a count or a percentage"
            return
        if isinstance(value, str) and count > 100:
            yield (*path, name), f"{value} must be at most 100%"
    replicas = _replicas(spec)
    gone = count_of(given["maxUnavailable"], replicas, up=False)
    more = count_of(given["maxSurge"], replicas, up=True)
    if gone == 0 and more == 0 and replicas:
        yield (*path, "maxUnavailable"), "must not be 0 when maxSurge is 0"
    partition = whole(rolling.get("partition"))
    if partition is not None and partition < 0:
        yield (*path, "partition"), "must not be negative"


def _subgroups(item: Object) -> Said:
    """validateUpdateSubGroupPolicy: subgroups divide a group, with or without its leader."""
    template = mapping(dig(item.full, "spec", "leaderWorkerTemplate"))
    policy = template.get("subGroupPolicy")
    if not isinstance(policy, dict):
        if _SUBGROUP_KEY in item.annotations:
            yield (
                ("metadata", "annotations", _SUBGROUP_KEY),
                "needs leaderWorkerTemplate.subGroupPolicy.subGroupSize",
            )
        return
    path: Steps = ("spec", "leaderWorkerTemplate", "subGroupPolicy", "subGroupSize")
    size, part = whole(template.get("size")) or 1, whole(policy.get("subGroupSize")) or 0
    if part < 1:
        yield path, "must be at least 1"
    elif part > size:
        yield path, f"{part} is larger than the group of {size}"
    elif policy.get("subGroupPolicyType") == "LeaderExcluded" and (size - 1) % part:
        yield path, f"{size - 1} workers cannot be divided by {part}"
    elif size % part and (size - 1) % part:
        yield path, f"neither {size} pods nor {size - 1} workers can be divided by {part}"


def _roles(item: Object) -> Said:
    """validateRoleRolloutStrategy: the set moves its roles itself."""
    for path, role in maps(item.full, "spec", "roles"):
        spec = mapping(role.get("spec"))
        kind = text(dig(spec, "rolloutStrategy", "type"))
        if kind not in {"", "RollingUpdate"}:
            yield (*path, "spec", "rolloutStrategy", "type"), f"{shown(kind)} must be RollingUpdate"
        if whole(dig(spec, *_ROLLING, "partition")):
            yield (*path, "spec", *_ROLLING, "partition"), "belongs to the controller"
        if whole(spec.get("replicas")):
            yield from _moves(spec, (*path, "spec"))


def _generated_names(item: Object) -> Said:
    """validateGeneratedNames: `<set>-<slice>-<revision>-<role>-prv` is the name of a Service."""
    slices = whole(dig(item.full, "spec", "slices")) or 1
    fixed = 3 + len(str(slices - 1)) + _REVISION + _SUFFIX
    for path, role in maps(item.full, "spec", "roles"):
        length = len(item.name) + len(text(role.get("name"))) + fixed
        if length > _LABEL:
            room = _LABEL - fixed
            words = f"its Service is called by {length} characters; set and role may have {room}"
            yield (*path, "name"), words
