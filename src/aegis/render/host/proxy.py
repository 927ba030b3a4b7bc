"""HAProxy in front: TLS, health, and the weights of a release."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.host.containers import CANARY, STABLE, gateway_name, has_canary
from aegis.render.shared.reading import number_or_none
from aegis.render.shared.serving import GATEWAY_PORT, drain_s


def proxy(plan: Plan) -> Artifact:
    """The configuration; `update.sh` and `way-back.sh` rewrite only the two weights."""
    return Artifact(
        path="host/haproxy.cfg", content=_text(plan), because=("gateway", "release-strategy")
    )


def _text(plan: Plan) -> str:
    servers = [_server(plan, STABLE, 100)]
    if has_canary(plan):
        servers.append(_server(plan, CANARY, 0))
    peak = number_or_none(plan, "traffic.peak") or 1
    longest = 2 * drain_s(plan)
    return f"""# {plan.service}, plan {plan.id}. Only update.sh and way-back.sh move the weights.
global
    log stdout format raw local0
    maxconn {max(1000, round(peak * longest))}
    ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
    mode http
    log global
    option httplog
    option dontlognull
    timeout connect 2s
    timeout client {longest}s
    timeout server {longest}s
    timeout http-request 10s
    timeout queue 2s
    retries 1
    option redispatch

frontend callers
    bind :8443 ssl crt /etc/haproxy/tls/tls.pem alpn h2,http/1.1
    http-response set-header strict-transport-security "max-age=31536000"
    default_backend versions

backend versions
    # An independent draw by weight: leastconn would give a canary of 5 % half of a quiet service.
    balance random(1)
    option httpchk GET /ready
    default-server check inter 2s fall 3 rise 2 slowstart 10s init-addr last,libc,none
{chr(10).join(servers)}

frontend metrics
    bind :8404
    http-request use-service prometheus-exporter if {{ path /metrics }}
    no log
"""


def _server(plan: Plan, track: str, weight: int) -> str:
    return f"    server {track} {gateway_name(plan, track)}:{GATEWAY_PORT} weight {weight}"
