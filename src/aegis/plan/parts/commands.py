"""The commands of runbooks, for where the service really runs."""

from __future__ import annotations

from collections.abc import Mapping

from aegis.plan.case import Case


def commands(case: Case, intent: str) -> tuple[str, ...]:
    """Commands for an intent: `status`, `logs`, `roll-back`, `shed` or `ask`."""
    service = case.brief.name
    table: Mapping[str, tuple[str, ...]]
    if case.on_device:
        table = _DEVICE
    elif case.is_batch:
        table = _BATCH
    elif case.on_host or case.managed:
        table = _HOST
    else:
        table = _CLUSTER
    return tuple(line.replace("SERVICE", service) for line in table.get(intent, ()))


_CLUSTER = {
    "status": (
        "kubectl -n production get rollout,pods -l app.kubernetes.io/name=SERVICE",
        "kubectl -n production describe rollout SERVICE",
    ),
    "logs": (
        "kubectl -n production logs -l app.kubernetes.io/name=SERVICE --since=15m --tail=200",
    ),
    "roll-back": (
        "kubectl argo rollouts abort SERVICE -n production",
        "kubectl argo rollouts undo SERVICE -n production",
        "kubectl argo rollouts status SERVICE -n production",
    ),
    "ask": (
        "kubectl -n production port-forward service/SERVICE 8080:80",
        "curl -fsS localhost:8080/health",
    ),
    "shed": ("kubectl -n production get configmap SERVICE-gateway -o yaml",),
    "events": ("kubectl -n production get events --sort-by=.lastTimestamp",),
}
_HOST = {
    "status": ("systemctl status SERVICE-stable SERVICE-canary SERVICE-gateway",),
    "logs": ("journalctl -u SERVICE-stable -u SERVICE-gateway --since -15min",),
    "roll-back": ("./way-back.sh", "systemctl is-active SERVICE-stable SERVICE-gateway"),
    "ask": ("curl -fsS http://localhost:8080/health",),
    "shed": ("less /etc/SERVICE/gateway.yaml",),
    "events": ("journalctl -k --since -15min",),
}
_BATCH = {
    "status": ("kubectl -n production get jobs -l app.kubernetes.io/name=SERVICE",),
    "logs": ("kubectl -n production logs job/SERVICE --since=24h --tail=500",),
    "roll-back": (
        "kubectl -n production annotate configmap SERVICE-output aegis.dev/keep-previous=true",
    ),
    "ask": ("kubectl -n production get configmap SERVICE-output -o yaml",),
    "events": ("kubectl -n production get events --sort-by=.lastTimestamp",),
}
_DEVICE = {
    "status": ("aegis rollout status --service SERVICE",),
    "logs": ("aegis rollout evidence --service SERVICE",),
    "roll-back": ("aegis rollout abort --service SERVICE",),
}
