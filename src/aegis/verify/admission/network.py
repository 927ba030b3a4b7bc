"""Rules of the API server for services, ingresses, network policies, roles and data.

Sources: Kubernetes `pkg/apis/{core,networking,rbac}/validation/validation.go`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping

from pydantic import JsonValue

from aegis.verify.access import Map, Steps, dig, listing, mapping, maps, text, whole
from aegis.verify.admission.pods import Said, one_of
from aegis.verify.objects import Bundle, Hit, Object
from aegis.verify.schema.formats import quantity
from aegis.verify.schema.meta import label_name
from aegis.verify.schema.problem import shown

_KEY = re.compile(r"^[-._a-zA-Z0-9]+\Z")
_MAX_DATA = 1_048_576
_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")


def network_rules(bundle: Bundle) -> Iterator[Hit]:
    """Everything that the API server refuses in these kinds beyond their schema."""
    kustomized = any(True for _ in bundle.of("kustomization"))
    for item in bundle.objects:
        if kustomized and item.kind.endswith("RoleBinding"):
            continue  # kustomize fills in the namespaces of subjects
        for rule in _RULES.get((item.group, item.kind), ()):
            for path, message in rule(item):
                yield Hit(name="kubernetes-rule", object=item, path=path, message=message)


def _service(item: Object) -> Said:
    spec = mapping(item.full.get("spec"))
    kind = spec.get("type")
    yield from one_of(kind, _TYPES, ("spec", "type"))
    ports = list(maps(item.full, "spec", "ports"))
    if not ports and kind != "ExternalName" and spec.get("clusterIP") != "None":
        yield ("spec",), "needs at least one port"
    if kind == "ExternalName" and not text(spec.get("externalName")):
        yield ("spec",), "`externalName` is missing"
    seen: set[str] = set()
    for path, port in ports:
        yield from _service_port(path, port, alone=len(ports) == 1)
        number = f"{port.get('port')}/{port.get('protocol', 'TCP')}"
        for key in (text(port.get("name")), number):
            if key in seen:
                yield path, f"`{key}` is given twice"
            if key:
                seen.add(key)


def _service_port(path: Steps, port: Map, *, alone: bool) -> Said:
    name = text(port.get("name"))
    if not name and not alone:
        yield path, "a port needs a name when there are several"
    if name and (why := label_name(name)):
        yield (*path, "name"), f"port name {shown(name)} {why}"
    if not _is_port(port.get("port")):
        yield (*path, "port"), "must be from 1 to 65535"
    target = port.get("targetPort")
    if isinstance(target, int) and not _is_port(target):
        yield (*path, "targetPort"), "must be from 1 to 65535"
    yield from one_of(port.get("protocol"), ("TCP", "UDP", "SCTP"), (*path, "protocol"))


def _is_port(value: JsonValue) -> bool:
    number = whole(value)
    return number is not None and 1 <= number <= 65535


def _ingress(item: Object) -> Said:
    if not dig(item.full, "spec", "rules") and not dig(item.full, "spec", "defaultBackend"):
        yield ("spec",), "needs `rules` or `defaultBackend`"
    for rule_path, rule in maps(item.full, "spec", "rules"):
        for steps, entry in maps(rule, "http", "paths"):
            path = (*rule_path, *steps)
            kinds = ("Exact", "Prefix", "ImplementationSpecific")
            yield from one_of(entry.get("pathType"), kinds, (*path, "pathType"))
            route = text(entry.get("path"))
            if entry.get("pathType") in ("Exact", "Prefix") and not route.startswith("/"):
                yield (*path, "path"), "must start with /"


def _network_policy(item: Object) -> Said:
    for index, kind in enumerate(listing(dig(item.full, "spec", "policyTypes"))):
        yield from one_of(kind, ("Ingress", "Egress"), ("spec", "policyTypes", index))
    for side, peers in (("ingress", "from"), ("egress", "to")):
        for rule_path, rule in maps(item.full, "spec", side):
            for steps, peer in maps(rule, peers):
                yield from _peer((*rule_path, *steps), peer)
            for steps, port in maps(rule, "ports"):
                if port.get("endPort") is not None and whole(port.get("port")) is None:
                    yield (*rule_path, *steps, "endPort"), "needs a numeric `port`"


def _peer(path: Steps, peer: Map) -> Said:
    if not peer:
        yield path, "needs `podSelector`, `namespaceSelector` or `ipBlock`"
    block = peer.get("ipBlock")
    if not isinstance(block, dict):
        return
    if len(peer) > 1:
        yield path, "`ipBlock` stands alone"
    network = _network(block.get("cidr"))
    if network is None:
        yield (*path, "ipBlock", "cidr"), f"{shown(block.get('cidr'))} is no CIDR"
        return
    for index, part in enumerate(listing(block.get("except"))):
        inner = _network(part)
        if inner is None or inner.version != network.version or not _within(inner, network):
            yield (*path, "ipBlock", "except", index), f"{shown(part)} is not inside the block"


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(value: JsonValue) -> _Network | None:
    try:
        return ipaddress.ip_network(text(value), strict=False)
    except ValueError:
        return None


def _within(inner: _Network, outer: _Network) -> bool:
    first, last = inner.network_address, inner.broadcast_address
    return first in outer and last in outer and inner.prefixlen > outer.prefixlen


def _data(item: Object) -> Said:
    total = 0
    for field in ("data", "stringData", "binaryData"):
        for key, value in mapping(item.full.get(field)).items():
            total += len(text(value).encode(errors="replace"))
            if len(key) > 253 or not _KEY.match(key) or key in {".", ".."}:
                yield (field, key), f"key {shown(key)} may have letters, digits, `-`, `_` and `.`"
    both = mapping(item.full.get("data")).keys() & mapping(item.full.get("binaryData")).keys()
    for key in sorted(both):
        yield ("binaryData", key), f"`{key}` stands in `data` too"
    if total > _MAX_DATA:
        yield ("data",), f"{total:,} bytes; at most {_MAX_DATA:,} are allowed"


def _role(item: Object) -> Said:
    for path, rule in maps(item.full, "rules"):
        if not listing(rule.get("verbs")):
            yield path, "a rule needs `verbs`"
        if not any(listing(rule.get(name)) for name in ("resources", "nonResourceURLs")):
            yield path, "a rule needs `resources` or `nonResourceURLs`"
        if listing(rule.get("resources")) and not listing(rule.get("apiGroups")):
            yield path, "a rule with `resources` needs `apiGroups`"


def _role_binding(item: Object) -> Said:
    kinds = ("ClusterRole",) if item.kind == "ClusterRoleBinding" else ("Role", "ClusterRole")
    yield from one_of(dig(item.full, "roleRef", "kind"), kinds, ("roleRef", "kind"))
    for path, subject in maps(item.full, "subjects"):
        kind = subject.get("kind")
        yield from one_of(kind, ("ServiceAccount", "User", "Group"), (*path, "kind"))
        if kind == "ServiceAccount" and not text(subject.get("namespace")):
            yield path, "a ServiceAccount needs its `namespace`"


def _quota(item: Object) -> Said:
    for name, amount in mapping(dig(item.full, "spec", "hard")).items():
        number = quantity(str(amount))
        if number is not None and number < 0:
            yield ("spec", "hard", name), "must not be negative"


Rule = Callable[[Object], Said]
_RULES: Mapping[tuple[str, str], tuple[Rule, ...]] = {
    ("", "Service"): (_service,),
    ("", "ConfigMap"): (_data,),
    ("", "Secret"): (_data,),
    ("", "ResourceQuota"): (_quota,),
    ("networking.k8s.io", "Ingress"): (_ingress,),
    ("networking.k8s.io", "NetworkPolicy"): (_network_policy,),
    ("rbac.authorization.k8s.io", "Role"): (_role,),
    ("rbac.authorization.k8s.io", "ClusterRole"): (_role,),
    ("rbac.authorization.k8s.io", "RoleBinding"): (_role_binding,),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (_role_binding,),
}
