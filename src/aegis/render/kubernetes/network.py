"""Services, the route with its weights, and who may talk to whom."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import (
    GATEWAY_NAME,
    GATEWAY_NAMESPACE,
    MONITORING_NAMESPACE,
    ROOT,
    Object,
    framed,
    manifest,
    selector,
)
from aegis.render.shared import ways
from aegis.render.shared.apis import typed
from aegis.render.shared.serving import GATEWAY_PORT, serving
from aegis.render.shared.ways import api_server, namespace

__all__ = ["api_server", "egress", "namespace", "policies", "route", "service", "services"]
_RELEASE = ("gateway", "release-strategy")


def services(plan: Plan) -> tuple[Artifact, ...]:
    """One service for the proven version and one for the version on trial."""
    return tuple(service(plan, part, selector(plan)) for part in ("", "-canary"))


def service(plan: Plan, part: str, pods: Object) -> Artifact:
    """A service whose name ends with that part, over some pods."""
    name, file = f"{plan.service}{part}", f"service{part}"
    body: Object = {
        **typed("Service"),
        "spec": {
            "selector": pods,
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }
    return Artifact(
        path=f"{ROOT}/base/{file}.yaml",
        content=framed(plan, name, _RELEASE, body),
        because=_RELEASE,
    )


def route(plan: Plan, *, trial: bool = True) -> Artifact:
    """The route whose weights the release moves; host names are set in each overlay.

    Without a `trial` there is one version, which has all traffic.
    """
    backends: list[JsonValue] = [{"name": plan.service, "port": 80, "weight": 100}]
    if trial and plan.release.strategy != "blue-green":
        backends.append({"name": f"{plan.service}-canary", "port": 80, "weight": 0})
    return manifest(
        plan,
        "httproute",
        _RELEASE,
        {
            **typed("HTTPRoute"),
            "spec": {
                "parentRefs": [{"name": GATEWAY_NAME, "namespace": GATEWAY_NAMESPACE}],
                "hostnames": [f"{plan.service}.production.internal"],
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                        "backendRefs": backends,
                        # Proxies end a request after 15 s by themselves; the gateway of the plan
                        # ends what hangs.
                        "timeouts": {"request": "0s"},
                    }
                ],
            },
        },
    )


def policies(plan: Plan, pods: Object) -> tuple[Artifact, ...]:
    """Nothing is allowed but what is named."""
    closed = plan.chosen("network") != "open-egress"
    wanted = [_deny(closed=closed), _ingress(plan)]
    if closed:
        own: Object = {
            "to": [{"podSelector": {"matchLabels": {names.PART_OF_LABEL: plan.service}}}]
        }
        wanted.append(("egress", egress(own)))
    return tuple(_policy(plan, name, pods, spec) for name, spec in wanted)


def _policy(plan: Plan, name: str, pods: Object, spec: Object) -> Artifact:
    body: Object = {
        **typed("NetworkPolicy"),
        "spec": {"podSelector": {"matchLabels": pods}, **spec},
    }
    return Artifact(
        path=f"{ROOT}/base/networkpolicy-{name}.yaml",
        content=framed(plan, f"{plan.service}-{name}", ("network",), body),
        because=("network",),
    )


def _deny(*, closed: bool) -> tuple[str, Object]:
    return "deny", {"policyTypes": ["Ingress", "Egress"] if closed else ["Ingress"]}


def _ingress(plan: Plan) -> tuple[str, Object]:
    start = serving(plan).start
    engine: list[JsonValue] = [{"protocol": "TCP", "port": start.metrics_port or start.port}]
    rules: list[JsonValue] = [
        {
            "from": [namespace(GATEWAY_NAMESPACE)],
            "ports": [{"protocol": "TCP", "port": GATEWAY_PORT}],
        },
        {
            "from": [namespace(MONITORING_NAMESPACE)],
            "ports": [{"protocol": "TCP", "port": GATEWAY_PORT}, *engine],
        },
    ]
    return "ingress", {"policyTypes": ["Ingress"], "ingress": rules}


def egress(*inside: JsonValue) -> Object:
    """Names, telemetry and what is named; every other way out is denied."""
    traces: Object = {
        "to": [namespace(MONITORING_NAMESPACE)],
        "ports": [{"protocol": "TCP", "port": 4317}],
    }
    return {"policyTypes": ["Egress"], "egress": [ways.names(), traces, *inside]}
