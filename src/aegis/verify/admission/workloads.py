"""Rules of the API server for workloads, budgets, scalers and policies.

Sources: Kubernetes `pkg/apis/{apps,batch,autoscaling,policy,scheduling,admissionregistration}/
validation/validation.go`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text, whole
from aegis.verify.admission.pods import Said, one_of
from aegis.verify.cel.syntax import CelSyntaxError, parse
from aegis.verify.objects import Bundle, Hit, Object, selects
from aegis.verify.schema.problem import shown

_PERCENT = re.compile(r"^[0-9]+%\Z")
_CRON_FIELD = re.compile(r"^[0-9A-Za-z*/,?#-]+\Z")


def count_of(value: JsonValue, total: int, *, up: bool) -> int | None:
    """An int-or-percent of a total, or None when it is neither.

    >>> count_of("25%", 2, up=True), count_of("25%", 2, up=False), count_of(3, 2, up=True)
    (1, 0, 3)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _PERCENT.match(value):
        product = total * int(value[:-1])
        return -(-product // 100) if up else product // 100
    return None


def workload_rules(bundle: Bundle) -> Iterator[Hit]:
    """Everything that the API server refuses in these kinds beyond their schema."""
    for item in bundle.objects:
        for rule in _RULES.get((item.group, item.kind), ()):
            for path, message in rule(item):
                yield Hit(name="kubernetes-rule", object=item, path=path, message=message)


def _selector(item: Object) -> Said:
    selector = dig(item.full, "spec", "selector")
    if not isinstance(selector, dict):
        return  # the schema says so
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield ("spec", "selector"), "an empty selector is not allowed"
    elif not selects(selector, mapping(dig(item.full, "spec", "template", "metadata", "labels"))):
        yield ("spec", "selector"), "does not match the labels of the pod template"


def _replicas(item: Object) -> Said:
    replicas = whole(dig(item.full, "spec", "replicas"))
    if replicas is not None and replicas < 0:
        yield ("spec", "replicas"), "must not be negative"


def _deployment(item: Object) -> Said:
    strategy = mapping(dig(item.full, "spec", "strategy"))
    path: Steps = ("spec", "strategy")
    yield from one_of(strategy.get("type"), ("Recreate", "RollingUpdate"), (*path, "type"))
    rolling = strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling is not None:
        yield (*path, "rollingUpdate"), "not allowed with type Recreate"
    elif isinstance(rolling, dict):
        yield from _surge(rolling, (*path, "rollingUpdate"))
    ready = whole(dig(item.full, "spec", "minReadySeconds")) or 0
    deadline = whole(dig(item.full, "spec", "progressDeadlineSeconds"))
    if deadline is not None and deadline <= ready:
        yield ("spec", "progressDeadlineSeconds"), "must be greater than minReadySeconds"


def _surge(rolling: Map, path: Steps) -> Said:
    values = {"maxSurge": rolling.get("maxSurge", "25%"),
              "maxUnavailable": rolling.get("maxUnavailable", "25%")}  # fmt: skip
    counts = {name: count_of(value, 100, up=True) for name, value in values.items()}
    for name, count in counts.items():
        if count is None or count < 0:
            yield (*path, name), f"{shown(values[name])} must be a count or a percentage"
    if counts["maxSurge"] == 0 and counts["maxUnavailable"] == 0:
        yield (*path, "maxUnavailable"), "must not be 0 when maxSurge is 0"
    if isinstance(values["maxUnavailable"], str) and (counts["maxUnavailable"] or 0) > 100:
        yield (*path, "maxUnavailable"), "must be at most 100%"


def _daemon_set(item: Object) -> Said:
    rolling = mapping(dig(item.full, "spec", "updateStrategy", "rollingUpdate"))
    surge = count_of(rolling.get("maxSurge", 0), 100, up=True)
    gone = count_of(rolling.get("maxUnavailable", 1), 100, up=True)
    if rolling and (surge == 0) == (gone == 0):
        yield (
            ("spec", "updateStrategy", "rollingUpdate"),
            "exactly one of maxSurge and maxUnavailable must be above 0",
        )


def _cron_job(item: Object) -> Said:
    schedule = text(dig(item.full, "spec", "schedule"))
    fields = schedule.split()
    fits = len(fields) == 5 and all(_CRON_FIELD.match(field) for field in fields)
    if not fits and not schedule.startswith("@"):
        yield ("spec", "schedule"), f"{shown(schedule)} is no cron schedule of five fields"
    policy = dig(item.full, "spec", "concurrencyPolicy")
    yield from one_of(policy, ("Allow", "Forbid", "Replace"), ("spec", "concurrencyPolicy"))


def _scaler(item: Object) -> Said:
    least = dig(item.full, "spec", "minReplicas")
    most = whole(dig(item.full, "spec", "maxReplicas")) or 0
    low = whole(least) if least is not None else 1
    if most < 1:
        yield ("spec", "maxReplicas"), "must be at least 1"
    if low is not None and low > most:
        yield ("spec", "maxReplicas"), f"{most} is less than minReplicas {low}"
    kinds = {text(metric.get("type")) for _, metric in maps(item.full, "spec", "metrics")}
    if low is not None and (low < 0 or (low == 0 and not kinds & {"Object", "External"})):
        yield ("spec", "minReplicas"), "0 needs an Object or External metric"
    for path, metric in maps(item.full, "spec", "metrics"):
        field = text(metric.get("type"))
        field = field[:1].lower() + field[1:]
        if field and not isinstance(metric.get(field), dict):
            yield path, f"type {metric.get('type')} needs the block `{field}`"


def _budget(item: Object) -> Said:
    spec = mapping(item.full.get("spec"))
    given = [name for name in ("minAvailable", "maxUnavailable") if spec.get(name) is not None]
    if len(given) == 2:
        yield ("spec", "maxUnavailable"), "minAvailable and maxUnavailable exclude each other"
    for name in given:
        count = count_of(spec[name], 100, up=True)
        if count is None or count < 0 or (isinstance(spec[name], str) and count > 100):
            yield ("spec", name), f"{shown(spec[name])} must be a count or at most 100%"


def _priority(item: Object) -> Said:
    value = whole(item.full.get("value")) or 0
    if value > 1_000_000_000 and not item.name.startswith("system-"):
        yield ("value",), "must be at most 1,000,000,000"
    if item.name.startswith("system-") and item.name not in _SYSTEM_PRIORITIES:
        yield ("metadata", "name"), "names with `system-` belong to Kubernetes"
    policy = item.full.get("preemptionPolicy")
    yield from one_of(policy, ("Never", "PreemptLowerPriority"), ("preemptionPolicy",))


_SYSTEM_PRIORITIES = ("system-node-critical", "system-cluster-critical")


def _claim(item: Object) -> Said:
    if not listing(dig(item.full, "spec", "accessModes")):
        yield ("spec",), "`accessModes` is missing"
    if dig(item.full, "spec", "resources", "requests", "storage") is None:
        yield ("spec", "resources"), "`requests.storage` is missing"


def _policy(item: Object) -> Said:
    spec = mapping(item.full.get("spec"))
    if not listing(spec.get("validations")) and not listing(spec.get("auditAnnotations")):
        yield ("spec",), "needs `validations` or `auditAnnotations`"
    if not listing(dig(spec, "matchConstraints", "resourceRules")):
        yield ("spec",), "`matchConstraints.resourceRules` is missing"
    yield from one_of(spec.get("failurePolicy"), ("Fail", "Ignore"), ("spec", "failurePolicy"))
    for name, field in (
        ("validations", "expression"),
        ("validations", "messageExpression"),
        ("matchConditions", "expression"),
        ("variables", "expression"),
        ("auditAnnotations", "valueExpression"),
    ):
        for path, rule in maps(item.full, "spec", name):
            yield from expression(rule.get(field), (*path, field))


def expression(value: JsonValue, path: Steps) -> Said:
    """The value parses as CEL."""
    if not isinstance(value, str):
        return
    try:
        parse(value)
    except CelSyntaxError as error:
        yield path, f"is no CEL expression: {error}"


def _policy_binding(item: Object) -> Said:
    spec = mapping(item.full.get("spec"))
    actions = listing(spec.get("validationActions"))
    if not text(spec.get("policyName")):
        yield ("spec",), "`policyName` is missing"
    if not actions:
        yield ("spec",), "`validationActions` is missing"
    for index, action in enumerate(actions):
        yield from one_of(action, ("Deny", "Warn", "Audit"), ("spec", "validationActions", index))
    if "Deny" in actions and "Warn" in actions:
        yield ("spec", "validationActions"), "Deny and Warn exclude each other"


Rule = Callable[[Object], Said]
_RULES: Mapping[tuple[str, str], tuple[Rule, ...]] = {
    ("apps", "Deployment"): (_selector, _replicas, _deployment),
    ("apps", "ReplicaSet"): (_selector, _replicas),
    ("apps", "StatefulSet"): (_selector, _replicas),
    ("apps", "DaemonSet"): (_selector, _daemon_set),
    ("batch", "CronJob"): (_cron_job,),
    ("autoscaling", "HorizontalPodAutoscaler"): (_scaler,),
    ("policy", "PodDisruptionBudget"): (_budget,),
    ("scheduling.k8s.io", "PriorityClass"): (_priority,),
    ("", "PersistentVolumeClaim"): (_claim,),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): (_policy,),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"): (_policy_binding,),
}
