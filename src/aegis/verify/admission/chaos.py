"""Rules of Chaos Mesh's webhooks.

Source: chaos-mesh/chaos-mesh v2.8.3 (60ec97f1), `api/v1alpha1/{common,podchaos,networkchaos,
stresschaos,httpchaos,schedule,workflow}_webhook.go` and the `webhook` tags of the types beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text, whole
from aegis.verify.admission.pods import Said
from aegis.verify.objects import Bundle, Hit
from aegis.verify.schema.formats import seconds
from aegis.verify.schema.problem import shown

_GROUP = "chaos-mesh.org"
_EMBEDDED = {
    "podChaos": "PodChaos", "networkChaos": "NetworkChaos", "stressChaos": "StressChaos",
    "httpChaos": "HTTPChaos", "ioChaos": "IOChaos", "dnsChaos": "DNSChaos", "timeChaos": "TimeChaos",
}  # fmt: skip
_KINDS = tuple(_EMBEDDED.values())
_PARTS = ("task", "children", "conditionalBranches", "schedule", "statusCheck")
_OWN = {
    "Serial": ("children",), "Parallel": ("children",), "Schedule": ("schedule",),
    "Task": ("task", "conditionalBranches"), "StatusCheck": ("statusCheck",),
}  # fmt: skip
"""What each type of template may hold."""

_SHARES = ("loss", "duplicate", "corrupt")
_RATE = re.compile(r"^[0-9]+ *([kmgt]?bit|[kmgt]?bps)\Z")
_CRON = re.compile(r"^(@[a-z]+( \S+)?|(\S+ +){4,5}\S+)\Z")


def chaos_rules(bundle: Bundle) -> Iterator[Hit]:
    """What the webhooks refuse in an experiment, alone or inside a Schedule."""
    for item in bundle.of(*_KINDS, group=_GROUP):
        for path, message in _experiment(item.kind, mapping(item.full.get("spec")), ("spec",)):
            yield Hit(name="chaos-refused", object=item, path=path, message=message)
    for item in bundle.of("Schedule", group=_GROUP):
        spec = mapping(item.full.get("spec"))
        found = [*_schedule(spec)]
        for field, kind in _EMBEDDED.items():
            if isinstance(inner := spec.get(field), dict):
                found += _experiment(kind, inner, ("spec", field))
        for path, message in found:
            yield Hit(name="chaos-refused", object=item, path=path, message=message)
    for item in bundle.of("Workflow", group=_GROUP):
        for path, message in _workflow(mapping(item.full.get("spec"))):
            yield Hit(name="chaos-refused", object=item, path=path, message=message)


def _workflow(spec: Map) -> Said:
    """Upstream: entryMustExists, namesCouldNotBeDuplicated, validateTemplate."""
    templates = list(maps(spec, "templates"))
    names = [text(template.get("name")) for _, template in templates]
    if text(spec.get("entry")) not in names:
        yield ("spec", "entry"), f"there is no template {shown(spec.get('entry'))}"
    for (path, template), name in zip(templates, names, strict=True):
        where = ("spec", *path)
        if names.count(name) > 1:
            yield (*where, "name"), f"two templates are called `{name}`"
        yield from _template(template, where, names)


def _template(template: Map, path: Steps, names: list[str]) -> Said:
    kind = text(template.get("templateType"))
    field = next((field for field, known in _EMBEDDED.items() if known == kind), "")
    belongs = {*_OWN.get(kind, ()), field}
    for part in sorted({*_PARTS, *_EMBEDDED} - belongs):
        if template.get(part):
            yield (*path, part), f"has no place in a template of type {kind}"
    if kind == "Suspend" and not template.get("deadline"):
        yield path, "a Suspend template needs its `deadline`"
    for index, child in enumerate(listing(template.get("children"))):
        if child not in names:
            yield (*path, "children", index), f"there is no template {shown(child)}"
    inner = template.get(field) if field else None
    if field and not isinstance(inner, dict):
        yield path, f"`{field}` is missing"
    elif isinstance(inner, dict):
        if inner.get("duration") is not None:
            yield (*path, field, "duration"), "the template's `deadline` says how long"
        yield from _experiment(kind, inner, (*path, field))


def _schedule(spec: Map) -> Said:
    """validateSchedule: five or six fields, or a word such as `@daily`."""
    schedule = text(spec.get("schedule"))
    if not _CRON.match(schedule):
        yield ("spec", "schedule"), f"{shown(schedule)} is no cron schedule"


def _experiment(kind: str, spec: Map, path: Steps) -> Said:
    yield from _duration(spec.get("duration"), (*path, "duration"))
    yield from _selector(spec, path)
    if kind == "PodChaos":
        yield from _pods(spec, path)
    elif kind == "NetworkChaos":
        yield from _network(spec, path)
    elif kind == "StressChaos":
        yield from _stress(spec, path)
    elif kind == "HTTPChaos" and (whole(spec.get("port")) or 0) <= 0:
        yield path, "`port` must be greater than 0"
    elif kind == "TimeChaos" and seconds(text(spec.get("timeOffset"))) is None:
        yield (*path, "timeOffset"), "must be a duration such as -10m"


def _duration(value: JsonValue, path: Steps) -> Said:
    """Duration.Validate: absent, empty or as Go writes one."""
    words = text(value).lstrip("-")
    if words and seconds(words) is None:
        yield path, f"{shown(value)} is no duration such as 30s or 5m"


def _selector(spec: Map, path: Steps) -> Said:
    """PodSelector.Validate: how many of the selected pods."""
    mode, value = text(spec.get("mode")), text(spec.get("value"))
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 0
    if mode == "fixed" and number <= 0:
        yield (*path, "value"), "must be a count above 0 with mode fixed"
    if mode in {"fixed-percent", "random-max-percent"} and not 0 < number <= 100:
        yield (*path, "value"), f"must be from 1 to 100 with mode {mode}"
    target = spec.get("target")
    if isinstance(target, dict):
        yield from _selector(target, (*path, "target"))


def _pods(spec: Map, path: Steps) -> Said:
    """PodChaosSpec.Validate: which container is killed."""
    if spec.get("action") == "container-kill" and not listing(spec.get("containerNames")):
        yield (*path, "containerNames"), "is needed by container-kill"


def _network(spec: Map, path: Steps) -> Said:
    """NetworkChaosSpec.Validate, and the shares and rates of its parameters."""
    if spec.get("action") != "partition" and spec.get("direction") in ("from", "both"):
        if spec.get("externalTargets") is not None:
            yield (*path, "direction"), "`from` and `both` work with a partition only here"
        if spec.get("target") is None:
            yield (*path, "direction"), "`from` and `both` need a `target`"
    for field in _SHARES:
        share = dig(spec, field, field)
        if share is not None and not _number(share):
            yield (*path, field, field), f'{shown(share)} is no percentage such as "25"'
    for field in ("latency", "jitter"):
        yield from _duration(dig(spec, "delay", field), (*path, "delay", field))
    for field in ("bandwidth", "rate"):
        rate = dig(spec, field, "rate")
        if rate is not None and not _RATE.match(text(rate).strip().lower()):
            yield (*path, field, "rate"), f"{shown(rate)} is no rate such as 1mbps"


def _number(value: JsonValue) -> bool:
    try:
        float(text(value))
    except ValueError:
        return False
    return True


def _stress(spec: Map, path: Steps) -> Said:
    """StressChaosSpec.Validate and Stressors.Validate."""
    stressors = spec.get("stressors")
    if stressors is None and not text(spec.get("stressngStressors")):
        yield path, "needs `stressors` or `stressngStressors`"
    elif isinstance(stressors, dict) and not (stressors.get("cpu") or stressors.get("memory")):
        yield (*path, "stressors"), "needs `cpu` or `memory`"
