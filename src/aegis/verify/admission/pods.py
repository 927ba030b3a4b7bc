"""Rules of the API server for pods and pod templates.

Source: Kubernetes `pkg/apis/core/validation/validation.go` (ValidatePodSpec and what it calls).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text, whole
from aegis.verify.objects import Bundle, Hit, Pods
from aegis.verify.schema.formats import quantity
from aegis.verify.schema.meta import label_name
from aegis.verify.schema.problem import shown

_PORT_NAME = re.compile(r"^(?=.{1,15}\Z)(?!.*--)(?=.*[a-z])[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
_STANDARD = frozenset(("cpu", "memory", "ephemeral-storage"))
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_LIFECYCLE = ("exec", "httpGet", "tcpSocket", "sleep")
_ENV_SOURCES = ("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")
_ENUMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("imagePullPolicy", ("Always", "IfNotPresent", "Never")),
    ("terminationMessagePolicy", ("File", "FallbackToLogsOnError")),
)
_POD_ENUMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("dnsPolicy", ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")),
    ("restartPolicy", ("Always", "OnFailure", "Never")),
)
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")

Said = Iterator[tuple[Steps, str]]


def pod_rules(bundle: Bundle) -> Iterator[Hit]:
    """Everything that the API server refuses in a pod template of a core kind."""
    for pods in bundle.pods():
        for rule in _RULES:
            for path, message in rule(pods):
                yield Hit(name="kubernetes-rule", object=pods.owner, path=path, message=message)


def one_of(value: JsonValue, allowed: tuple[str, ...], path: Steps) -> Said:
    """The value is absent or one of these."""
    if value is not None and value not in allowed:
        yield path, f"{shown(value)} is not one of {', '.join(allowed)}"


def exactly_one(value: Map, names: tuple[str, ...], path: Steps) -> Said:
    """One of these fields, and only one."""
    given = [name for name in names if value.get(name) is not None]
    if len(given) != 1:
        what = f"{' and '.join(given)} are both given" if given else "none is given"
        yield path, f"needs exactly one of {', '.join(names)}; {what}"


def _container_names(pods: Pods) -> Said:
    seen: set[str] = set()
    if not listing(pods.spec.get("containers")):
        yield pods.spec_path, "needs at least one container"
    for path, container in pods.containers(init=True):
        name = text(container.get("name"))
        if why := label_name(name):
            yield (*path, "name"), f"container name {shown(name)} {why}"
        if name in seen:
            yield (*path, "name"), f"two containers are called `{name}`"
        seen.add(name)
        if not text(container.get("image")).strip():
            yield path, f"container `{name}` has no image"
        for field, allowed in _ENUMS:
            yield from one_of(container.get(field), allowed, (*path, field))


def _ports(pods: Pods) -> Said:
    for path, container in pods.containers(init=True):
        names: set[str] = set()
        for steps, port in maps(container, "ports"):
            where = (*path, *steps)
            number = whole(port.get("containerPort"))
            if number is None or not 1 <= number <= 65535:
                yield (*where, "containerPort"), "must be from 1 to 65535"
            yield from one_of(port.get("protocol"), ("TCP", "UDP", "SCTP"), (*where, "protocol"))
            name = text(port.get("name"))
            if name and not _PORT_NAME.match(name):
                rule = "must be at most 15 lower-case letters, digits and `-`, with a letter"
                yield (*where, "name"), f"port name {shown(name)} {rule}"
            if name and name in names:
                yield (*where, "name"), f"two ports are called `{name}`"
            names.add(name)


def _env(pods: Pods) -> Said:
    for path, container in pods.containers(init=True):
        for steps, item in maps(container, "env"):
            where = (*path, *steps)
            name = text(item.get("name"))
            if not name or "=" in name or not name.isascii() or not name.isprintable():
                yield (*where, "name"), f"{shown(name)} cannot name an environment variable"
            source = item.get("valueFrom")
            if isinstance(source, dict):
                yield from exactly_one(source, _ENV_SOURCES, (*where, "valueFrom"))
                if item.get("value"):
                    yield where, f"`{name}` has both `value` and `valueFrom`"


def _volumes(pods: Pods) -> Said:
    names: set[str] = set()
    for steps, volume in maps(pods.spec, "volumes"):
        where = (*pods.spec_path, *steps)
        name = text(volume.get("name"))
        if why := label_name(name):
            yield (*where, "name"), f"volume name {shown(name)} {why}"
        if name in names:
            yield (*where, "name"), f"two volumes are called `{name}`"
        names.add(name)
        sources = [key for key in volume if key != "name"]
        if len(sources) != 1:
            yield where, f"volume `{name}` needs exactly one kind of source, not {len(sources)}"


def _mounts(pods: Pods) -> Said:
    names = {text(volume.get("name")) for _, volume in maps(pods.spec, "volumes")}
    for where in (("spec",), ("spec", "leaderWorkerTemplate")):
        for _, claim in maps(pods.owner.full, *where, "volumeClaimTemplates"):
            names.add(text(dig(claim, "metadata", "name")))
    for path, container in pods.containers(init=True):
        mounted: set[str] = set()
        for steps, mount in maps(container, "volumeMounts"):
            at = (*path, *steps)
            if text(mount.get("name")) not in names:
                yield (*at, "name"), f"there is no volume {shown(mount.get('name'))}"
            target = text(mount.get("mountPath"))
            if not target or target in mounted:
                yield (*at, "mountPath"), f"{shown(target)} is empty or mounted twice"
            mounted.add(target)


def is_extended(name: str) -> bool:
    """Whether a resource belongs to a device plugin, for example `nvidia.com/gpu`."""
    return "/" in name and not name.split("/", maxsplit=1)[0].endswith("kubernetes.io")


def _resources(pods: Pods) -> Said:
    for path, container in pods.containers(init=True):
        where = (*path, "resources")
        resources = mapping(container.get("resources"))
        limits, requests = mapping(resources.get("limits")), mapping(resources.get("requests"))
        for kind, amounts in (("limits", limits), ("requests", requests)):
            for name, amount in amounts.items():
                yield from _amount(name, amount, (*where, kind, name))
        for name, amount in requests.items():
            yield from _against_limit(name, amount, limits.get(name), (*where, "requests", name))


def _amount(name: str, amount: JsonValue, path: Steps) -> Said:
    if "/" not in name and name not in _STANDARD and not name.startswith("hugepages-"):
        yield path, f"`{name}` is no resource of a container"
    number = quantity(str(amount))
    if number is not None and number < 0:
        yield path, "must not be negative"
    if number is not None and is_extended(name) and number != int(number):
        yield path, f"`{name}` is counted in whole devices, not {shown(amount)}"


def _against_limit(name: str, amount: JsonValue, limit: JsonValue, path: Steps) -> Said:
    wanted = quantity(str(amount))
    most = quantity(str(limit)) if limit is not None else None
    if is_extended(name) and most is None:
        yield path, f"`{name}` needs a limit equal to the request"
    elif most is not None and wanted is not None and wanted > most:
        yield path, f"request {shown(amount)} is above the limit {shown(limit)}"
    elif is_extended(name) and wanted is not None and wanted != most:
        yield path, f"request {shown(amount)} of `{name}` must equal the limit {shown(limit)}"


def _probes(pods: Pods) -> Said:
    for path, container in pods.containers():
        for name in ("livenessProbe", "readinessProbe", "startupProbe"):
            probe = container.get(name)
            if not isinstance(probe, dict):
                continue
            where = (*path, name)
            yield from exactly_one(probe, _HANDLERS, where)
            for field in ("periodSeconds", "timeoutSeconds", "failureThreshold"):
                if (amount := whole(probe.get(field))) is not None and amount < 0:
                    yield (*where, field), "must not be negative"
            if name != "readinessProbe" and probe.get("successThreshold", 1) not in (0, 1):
                yield (*where, "successThreshold"), "must be 1 for this probe"


def _lifecycle(pods: Pods) -> Said:
    grace = whole(pods.spec.get("terminationGracePeriodSeconds"))
    for path, container in pods.containers():
        for name, hook in mapping(container.get("lifecycle")).items():
            if name not in {"preStop", "postStart"} or not isinstance(hook, dict):
                continue
            where = (*path, "lifecycle", name)
            yield from exactly_one(hook, _LIFECYCLE, where)
            pause = whole(dig(hook, "sleep", "seconds"))
            most = 30 if grace is None else grace
            if pause is not None and not 0 <= pause <= most:
                yield (
                    (*where, "sleep", "seconds"),
                    f"{pause} s must be at most the grace period of {most} s",
                )


def _pod_fields(pods: Pods) -> Said:
    where = pods.spec_path
    for field, allowed in _POD_ENUMS:
        yield from one_of(pods.spec.get(field), allowed, (*where, field))
    grace = whole(pods.spec.get("terminationGracePeriodSeconds"))
    if grace is not None and grace < 0:
        yield (*where, "terminationGracePeriodSeconds"), "must not be negative"
    policy = pods.spec.get("restartPolicy")
    if pods.owner.kind in {"Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"}:
        if policy not in (None, "Always"):
            yield (*where, "restartPolicy"), f"must be Always in a {pods.owner.kind}"
        if pods.spec.get("activeDeadlineSeconds") is not None:
            yield (*where, "activeDeadlineSeconds"), f"not allowed in a {pods.owner.kind}"
    if pods.owner.kind in {"Job", "CronJob"} and policy not in ("OnFailure", "Never"):
        yield where, f"restartPolicy must be OnFailure or Never in a {pods.owner.kind}"


def _placement(pods: Pods) -> Said:
    where = pods.spec_path
    for steps, toleration in maps(pods.spec, "tolerations"):
        at = (*where, *steps)
        yield from one_of(
            toleration.get("operator"), ("Exists", "Equal", "Lt", "Gt"), (*at, "operator")
        )
        yield from one_of(toleration.get("effect") or None, _EFFECTS, (*at, "effect"))
        if toleration.get("operator") == "Exists" and toleration.get("value"):
            yield (*at, "value"), "must be empty with operator Exists"
        if not toleration.get("key") and toleration.get("operator", "Equal") != "Exists":
            yield at, "a toleration without a key needs operator Exists"
    for steps, constraint in maps(pods.spec, "topologySpreadConstraints"):
        at = (*where, *steps)
        if (whole(constraint.get("maxSkew")) or 0) < 1:
            yield (*at, "maxSkew"), "must be at least 1"
        yield from one_of(
            constraint.get("whenUnsatisfiable"),
            ("DoNotSchedule", "ScheduleAnyway"),
            (*at, "whenUnsatisfiable"),
        )


def _security(pods: Pods) -> Said:
    for path, container in pods.containers(init=True):
        context = mapping(container.get("securityContext"))
        if context.get("privileged") is True and context.get("allowPrivilegeEscalation") is False:
            yield (
                (*path, "securityContext"),
                "`privileged: true` and `allowPrivilegeEscalation: false` exclude each other",
            )


_RULES: tuple[Callable[[Pods], Said], ...] = (
    _container_names,
    _ports,
    _env,
    _volumes,
    _mounts,
    _resources,
    _probes,
    _lifecycle,
    _pod_fields,
    _placement,
    _security,
)
