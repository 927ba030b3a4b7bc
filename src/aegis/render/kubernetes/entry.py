"""Envoy AI Gateway as the entry of callers: who they are, and how many tokens they may use.

It stands before the route of the service, not instead of it. Its controller owns the HTTPRoute that
it makes of an AIGatewayRoute, so nobody may move weights there; texts are guarded and recorded by
the gateway of the plan behind it. A key names its caller, and the entry writes that name into the
header by which the gateway behind it knows callers: nobody can write it himself.

Sources: envoyproxy/ai-gateway v1.1.0 (c217da8a), `internal/controller/{controller,ai_gateway_route}.go`,
`site/docs/capabilities/traffic/usage-based-ratelimiting.md`, `.../observability/tracing.md`;
envoyproxy/envoy, `source/extensions/filters/http/api_key_auth/api_key_auth.cc`.
"""

from __future__ import annotations

import math

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import GATEWAY_NAMESPACE, ROOT, Object, framed, replace
from aegis.render.kubernetes.platforms.platform import Changes, Platform
from aegis.render.kubernetes.watching import from_store
from aegis.render.shared.apis import typed
from aegis.render.shared.gap import Gap
from aegis.render.shared.limits import CALLER_HEADER, CALLER_SHARE, tokens_per_s
from aegis.render.shared.reading import number_or_none

NEEDS = ("envoy-gateway", "envoy-ai-gateway")
_GATEWAY = "ai"
_ROUTE_API, _AI_API = "gateway.networking.k8s.io", "gateway.envoyproxy.io"
_BECAUSE = ("gateway", "secrets")
_TOTAL = "llm_total_token"
_COSTS = (
    ("llm_input_token", "InputToken"),
    ("llm_output_token", "OutputToken"),
    (_TOTAL, "TotalToken"),
)
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60
_MOST = 2**32 - 1  # of a counter of Envoy's rate limits
_BODY = "8Mi"  # the entry reads a request whole, to know its model
_HIDDEN = ("INPUTS", "OUTPUTS", "EMBEDDINGS_TEXT", "EMBEDDINGS_VECTORS")
_ANY_HOST = "ai.named-by-the-overlay"


def entered(plan: Plan) -> bool:
    """Whether callers enter by it."""
    return plan.chosen("gateway") == "envoy-ai-gateway"


def _name(plan: Plan) -> str:
    return f"{plan.service}-entry"


def entry(plan: Plan) -> tuple[Artifact, ...]:
    """The route of callers with its limits, the way on to the service, and the keys by reference."""
    if not entered(plan):
        return ()
    bodies = (
        ("aigatewayroute", _name(plan), _route(plan)),
        ("aiservicebackend", _name(plan), _service(plan)),
        ("backend", _name(plan), _backend(plan)),
        ("backendtrafficpolicy", _name(plan), _limits(plan)),
        ("securitypolicy", _name(plan), _keys(plan)),
        ("callers", _secret(plan), _callers(plan)),
    )
    return tuple(
        Artifact(
            path=f"{ROOT}/base/{file}.yaml",
            content=framed(plan, name, _BECAUSE, body),
            because=_BECAUSE,
        )
        for file, name, body in bodies
    )


def _route(plan: Plan) -> Object:
    costs: list[JsonValue] = [{"metadataKey": key, "type": kind} for key, kind in _COSTS]
    model: Object = {"type": "Exact", "name": "x-ai-eg-model", "value": plan.service}
    return {
        **typed("AIGatewayRoute"),
        "spec": {
            "parentRefs": [{"name": _GATEWAY, "namespace": GATEWAY_NAMESPACE}],
            "hostnames": [_ANY_HOST],
            "llmRequestCosts": costs,
            "rules": [
                {
                    "matches": [{"headers": [model]}],
                    "backendRefs": [{"name": _name(plan)}],
                    # It ends a request after 60 s by itself; the gateway of the plan ends what hangs.
                    "timeouts": {"request": "0s"},
                }
            ],
        },
    }


def _service(plan: Plan) -> Object:
    backend: Object = {"group": _AI_API, "kind": "Backend", "name": _name(plan)}
    return {
        **typed("AIServiceBackend"),
        "spec": {"schema": {"name": "OpenAI"}, "backendRef": backend},
    }


def _backend(plan: Plan) -> Object:
    """The route of the service, by its own name: the entry sends that name on as the host."""
    at: Object = {"hostname": f"{plan.service}.production.internal", "port": 80}
    return {**typed("Backend"), "spec": {"endpoints": [{"fqdn": at}]}}


def _target(plan: Plan) -> JsonValue:
    """The HTTPRoute that its controller makes, under the name of the AIGatewayRoute."""
    return [{"group": _ROUTE_API, "kind": "HTTPRoute", "name": _name(plan)}]


def _limits(plan: Plan) -> Object:
    return {
        **typed("BackendTrafficPolicy"),
        "spec": {
            "targetRefs": _target(plan),
            "rateLimit": {"global": {"rules": [rule for rule, _ in _rules(plan)]}},
        },
    }


def _rules(plan: Plan) -> list[tuple[JsonValue, str]]:
    """Each rule with its line of the README; what the plan has no figure for has no rule."""
    peak, mean = tokens_per_s(plan), tokens_per_s(plan, "traffic.mean")
    requests = number_or_none(plan, "traffic.peak")
    longest = (_DAY_S, "Day") if (mean or 0) * CALLER_SHARE * _DAY_S <= _MOST else (_HOUR_S, "Hour")
    wanted = (
        (peak, CALLER_SHARE, _MINUTE_S, "Minute", "tokens of a caller"),
        (mean, CALLER_SHARE, *longest, "tokens of a caller"),
        (peak, 1.0, _MINUTE_S, "Minute", "tokens of all callers"),
        (requests, CALLER_SHARE, _MINUTE_S, "Minute", "requests of a caller"),
    )
    return [
        (
            _rule(
                most := math.ceil(rate * share * seconds),
                unit,
                each=share < 1,
                tokens=what.startswith("tokens"),
            ),
            f"{what}: {most:,} in one {unit.lower()}",
        )
        for rate, share, seconds, unit, what in wanted
        if rate
    ]


def _rule(most: int, unit: str, *, each: bool, tokens: bool) -> JsonValue:
    rule: Object = {}
    if each:
        header: JsonValue = {"name": CALLER_HEADER, "type": "Distinct"}
        rule["clientSelectors"] = [{"headers": [header]}]
    rule["limit"] = {"requests": most, "unit": unit}
    if tokens:
        # Asked before and counted after: a request costs nothing until its answer has ended.
        used: Object = {"namespace": "io.envoy.ai_gateway", "key": _TOTAL}
        rule["cost"] = {
            "request": {"from": "Number", "number": 0},
            "response": {"from": "Metadata", "metadata": used},
        }
    return rule


def _secret(plan: Plan) -> str:
    return f"{plan.service}-callers"


def _keys(plan: Plan) -> Object:
    """A key is asked of every caller, taken away, and its owner's name put in its place."""
    return {
        **typed("SecurityPolicy"),
        "spec": {
            "targetRefs": _target(plan),
            "apiKeyAuth": {
                "credentialRefs": [{"name": _secret(plan)}],
                "extractFrom": [{"headers": ["Authorization"]}],
                "forwardClientIDHeader": CALLER_HEADER,
                "sanitize": True,
            },
        },
    }


def _callers(plan: Plan) -> Object:
    """All keys of an environment: the name of an entry in the store is the caller's."""
    all_of: Object = {"extract": {"key": f"{plan.service}/production/callers"}}
    return from_store(plan, _secret(plan), {"dataFrom": [all_of]})


def once(plan: Plan) -> tuple[Artifact, ...]:
    """The Gateway of all services, for whoever owns the gateways; spans hold no text."""
    if not entered(plan):
        return ()
    hidden: list[JsonValue] = [
        {"name": f"OPENINFERENCE_HIDE_{what}", "value": "true"} for what in _HIDDEN
    ]
    sized: Object = {
        "requests": {"cpu": "250m", "memory": "256Mi"},
        "limits": {"memory": "512Mi"},
    }
    reader: Object = {"env": hidden, "resources": sized}
    config: Object = {**typed("GatewayConfig"), "spec": {"extProc": {"kubernetes": reader}}}
    environments: JsonValue = {
        "from": "Selector",
        "selector": {
            "matchExpressions": [
                {
                    "key": "kubernetes.io/metadata.name",
                    "operator": "In",
                    "values": [*names.ENVIRONMENTS],
                }
            ]
        },
    }
    listener: Object = {
        "name": "https",
        "protocol": "HTTPS",
        "port": 443,
        "tls": {"mode": "Terminate", "certificateRefs": [{"name": f"{_GATEWAY}-tls"}]},
        "allowedRoutes": {"namespaces": environments},
    }
    gateway: Object = {
        **typed("Gateway"),
        "spec": {"gatewayClassName": "envoy", "listeners": [listener]},
    }
    target: JsonValue = [{"group": _ROUTE_API, "kind": "Gateway", "name": _GATEWAY}]
    client: Object = {
        **typed("ClientTrafficPolicy"),
        "spec": {
            "targetRefs": target,
            # Only a key may name a caller.
            "headers": {"earlyRequestHeaders": {"remove": [CALLER_HEADER]}},
            "connection": {"bufferLimit": _BODY},
        },
    }
    bound = {"aigateway.envoyproxy.io/gateway-config": _GATEWAY}
    documents: list[JsonValue] = [
        _in_gateways(framed(plan, _GATEWAY, ("gateway",), config)),
        _in_gateways(framed(plan, _GATEWAY, ("gateway",), gateway, bound)),
        _in_gateways(framed(plan, _GATEWAY, ("gateway",), client)),
    ]
    return (
        Artifact(
            path=f"{ROOT}/entry/gateway.yaml",
            content=documents,
            because=("gateway",),
            documents=True,
        ),
    )


def _in_gateways(item: Object) -> Object:
    meta = item["metadata"]
    placed: Object = {"namespace": GATEWAY_NAMESPACE, **(meta if isinstance(meta, dict) else {})}
    return {**item, "metadata": placed}


def changes(plan: Plan, environment: str) -> Changes:
    """The keys of an environment other than production."""
    if not entered(plan):
        return ()
    key = replace("/spec/dataFrom/0/extract/key", f"{plan.service}/{environment}/callers")
    return ((f"ExternalSecret/{_secret(plan)}", [key]),)


def replacements(plan: Plan, platform: Platform, environment: str) -> list[JsonValue]:
    """The host of the service, which `site.yaml` names once, where the entry names it too."""
    if not entered(plan):
        return []
    kind, path = platform.hosts(plan, environment)
    field = path.strip("/").replace("/", ".")
    return [
        {
            "source": {"kind": kind, "name": plan.service, "fieldPath": f"{field}.0"},
            "targets": [
                {
                    "select": {"kind": "Backend", "name": _name(plan)},
                    "fieldPaths": ["spec.endpoints.0.fqdn.hostname"],
                },
                {
                    "select": {"kind": "AIGatewayRoute", "name": _name(plan)},
                    "fieldPaths": ["spec.hostnames.0"],
                    "options": {"delimiter": ".", "index": 1},
                },
            ],
        }
    ]


def page(plan: Plan) -> list[str]:
    """Lines of the README."""
    if not entered(plan):
        return []
    host = f"ai.{plan.service}.production.internal"
    return [
        "## The entry",
        "",
        (
            f"Callers enter by Envoy AI Gateway at `{host}` (`ai.` before the host of `site.yaml`). A key in the store "
            f"under `{plan.service}/production/callers` names each of them: its name there is the caller's, and the "
            f"entry sends it on as `{CALLER_HEADER}`. Limits, from the figures of the plan:"
        ),
        "",
        *(f"- {line}" for _, line in _rules(plan)),
        "",
        (
            "Whoever owns the gateways applies `entry/` once for all services, with a certificate in the Secret "
            f"`{_GATEWAY}-tls` of the namespace `{GATEWAY_NAMESPACE}`. It asks the Gateway `internal` at the host of "
            "`site.yaml`, on port 80. Let nobody but the entry reach the Gateway "
            "`internal` from outside: who goes past the entry has no name, and only the gateway behind it counts him."
        ),
        "",
        "```sh",
        "kubectl apply --server-side -f entry/gateway.yaml",
        f"kubectl -n production get aigatewayroute,backendtrafficpolicy,securitypolicy {_name(plan)}",
        f'curl -fsS https://{host}/v1/models -H "Authorization: Bearer $KEY"',
        "```",
        "",
    ]


def gaps(plan: Plan) -> tuple[Gap, ...]:
    """What the plan asks of a gateway, and Envoy AI Gateway 1.1, or several gateways without it, cannot say."""
    if not entered(plan):
        return _counted_apart(plan)
    pool = plan.chosen("serving-platform") == "llm-d"
    to_pool = Gap(
        what="A way from the entry straight to the InferencePool: it would pass the guardrails by.",
        instead="The entry leads to the gateway of the plan, which leads to the pool.",
    )
    return (
        Gap(
            what="Guardrails, redaction and a record of texts: Envoy AI Gateway 1.1 has none of them.",
            instead="It stands before the gateway of the plan, which does all three for every request.",
        ),
        Gap(
            what="A limit before the answer: tokens are counted when an answer has ended, so one answer may go "
            "beyond the limit, and money a month is not counted at all.",
            instead="The gateway behind it reserves tokens before it asks, bounds each answer, and counts money.",
        ),
        Gap(
            what="Shares of a release on the entry's route: its controller writes that route anew.",
            instead="Releases move the weights of the route behind the entry.",
        ),
        *((to_pool,) if pool else ()),
    )


def _counted_apart(plan: Plan) -> tuple[Gap, ...]:
    """Several gateways without a common count."""
    if plan.chosen("gateway") != "aegis-gateway" or not plan.capacity.replicas > 1:
        return ()
    return (
        Gap(
            what="Limits over all replicas: each has a gateway of its own, which counts for itself, so a caller who "
            "is spread over them may use its share at each.",
            instead="`team.gateway: envoy-ai-gateway` counts the tokens of a caller once, before all of them.",
        ),
    )
