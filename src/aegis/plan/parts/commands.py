"""The commands of runbooks, for where the service really runs."""

from __future__ import annotations

from collections.abc import Mapping

from aegis.brief.schema import LLM_KINDS
from aegis.plan.case import Case


def commands(case: Case, intent: str) -> tuple[str, ...]:
    """Commands for an intent such as `status`, `logs`, `roll-back`, `ask` or `restart`."""
    service = case.brief.name
    table: Mapping[str, tuple[str, ...]]
    if case.on_device:
        table = _DEVICE
    elif case.is_batch:
        table = _BATCH
    elif case.on_host or case.managed:
        table = _HOST
    elif case.chosen("serving-platform") == "ray-serve":
        table = _RAY
    elif case.chosen("serving-platform") == "nvidia-dynamo":
        table = _DYNAMO
    elif case.chosen("serving-platform") == "kserve":
        language = case.kind in LLM_KINDS and case.chosen("engine") == "vllm"
        table = _KSERVE_LANGUAGE if language else _KSERVE_PREDICTIVE
    else:
        table = _PLATFORM_TABLES.get(case.chosen("serving-platform"), _ARGO)
    entry = _ENTRY.get(intent, ()) if case.chosen("gateway") == "envoy-ai-gateway" else ()
    return tuple(line.replace("SERVICE", service) for line in (*table.get(intent, ()), *entry))


# Where callers enter by Envoy AI Gateway: what it was told, and whether it took it.
_ENTRY = {
    "shed": ("kubectl -n production describe backendtrafficpolicy SERVICE-entry",),
    "ask": ("kubectl -n production describe aigatewayroute,httproute SERVICE-entry",),
}
# What every cluster answers, whatever runs the pods; `aegis.dev/service` is on those of operators.
_CLUSTER = {
    "logs": (
        "kubectl -n production logs -l app.kubernetes.io/name=SERVICE --since=15m --tail=200",
    ),
    "ask": (
        "kubectl -n production port-forward service/SERVICE 8080:80",
        "curl -fsS localhost:8080/health",
    ),
    "shed": ("kubectl -n production get configmap SERVICE-gateway -o yaml",),
    "engine-log": (
        "kubectl -n production logs -l app.kubernetes.io/name=SERVICE -c engine --since=15m --tail=200",
    ),
    "pods": ("kubectl -n production get pods -l app.kubernetes.io/name=SERVICE -o wide",),
    "one-replica": ('kubectl -n production delete pod "$POD"',),
    "drain": ('kubectl cordon "$NODE"', 'kubectl -n production delete pod "$POD"'),
    "metrics": (
        "kubectl -n production port-forward service/SERVICE 8080:80",
        "curl -fsS localhost:8080/metrics",
    ),
    "floor": ("kubectl -n production get scaledobject -l app.kubernetes.io/name=SERVICE",),
    "events": ("kubectl -n production get events --sort-by=.lastTimestamp",),
}
# Pods that an operator labels by its own rules carry the service under a label of ours.
_BY_OUR_LABEL = {
    "logs": ("kubectl -n production logs -l aegis.dev/service=SERVICE --since=15m --tail=200",),
    "pods": ("kubectl -n production get pods -l aegis.dev/service=SERVICE -o wide",),
}
_ARGO = {
    **_CLUSTER,
    "status": (
        "kubectl -n production get rollout,pods -l app.kubernetes.io/name=SERVICE",
        "kubectl -n production describe rollout SERVICE",
    ),
    "roll-back": (
        "kubectl argo rollouts abort SERVICE -n production",
        "kubectl argo rollouts undo SERVICE -n production",
        "kubectl argo rollouts status SERVICE -n production",
    ),
    "flags": (
        "kubectl -n production get rollout SERVICE -o jsonpath='{.spec.template.spec.containers[0].command}'",
    ),
    "restart": ("kubectl argo rollouts restart SERVICE -n production",),
    "hold": ("kubectl argo rollouts pause SERVICE -n production",),
    "floor": ("kubectl -n production get scaledobject SERVICE",),
}
# Flagger's copy of a service, `-primary`, serves; the Deployment of the plain name is on trial. Images
# of the release before, without analysis, are the way back under way and after a promotion. What
# kubectl changes under its own name, Flux changes back.
_FLAGGER = {
    **_CLUSTER,
    **_BY_OUR_LABEL,
    "engine-log": (
        "kubectl -n production logs -l aegis.dev/service=SERVICE -c engine --since=15m --tail=200",
    ),
    "status": (
        "kubectl -n production get canary,deployment,httproute -l app.kubernetes.io/part-of=SERVICE",
        "kubectl -n production get pods -l aegis.dev/service=SERVICE -L app.kubernetes.io/name",
        "kubectl -n production describe canary SERVICE",
    ),
    "roll-back": (
        'kubectl -n production patch canary SERVICE --field-manager=release --type merge -p \'{"spec":{"skipAnalysis":true}}\'',
        'git checkout "$LAST_RELEASE" -- kubernetes/overlays/production/release.env',
        "kubernetes/set-images.sh production",
        "kubectl apply --server-side -k kubernetes/overlays/production",
        "kubectl -n production rollout status deployment/SERVICE-primary --timeout=90m",
        'kubectl -n production patch canary SERVICE --field-manager=release --type merge -p \'{"spec":{"skipAnalysis":false}}\'',
    ),
    "hold": (
        'kubectl -n production patch canary SERVICE --field-manager=release --type merge -p \'{"spec":{"suspend":true}}\'',
    ),
    "flags": (
        (
            "kubectl -n production get deployment SERVICE-primary "
            "-o jsonpath='{.spec.template.spec.containers[0].command}'"
        ),
    ),
    "restart": ("kubectl -n production rollout restart deployment/SERVICE-primary",),
    "floor": ("kubectl -n production get hpa -l app.kubernetes.io/part-of=SERVICE",),
}
# Where `aegis rollout` moves the weights of the route: first the traffic goes back, then the images,
# whose history is in git. `hold` leaves the weight where it is, with nobody to move it.
_WEIGHED = {
    **_CLUSTER,
    "roll-back": (
        "kubectl -n production delete job/SERVICE-rollout --ignore-not-found",
        (
            "kubectl -n production patch httproute SERVICE --type json -p "
            '\'[{"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":100},'
            '{"op":"replace","path":"/spec/rules/0/backendRefs/1/weight","value":0}]\''
        ),
        'git checkout "$LAST_RELEASE" -- kubernetes/overlays/production/release.env',
        "kubernetes/set-images.sh production",
        "kubectl apply --server-side -k kubernetes/overlays/production -l aegis.dev/weights!=rollout",
    ),
    "hold": ("kubectl -n production delete job/SERVICE-rollout --ignore-not-found",),
    "restart": ('kubectl -n production delete pod "$POD"',),
}
_KSERVE_PREDICTIVE = {
    **_WEIGHED,
    "status": (
        "kubectl -n production get inferenceservice,pods -l app.kubernetes.io/name=SERVICE",
        "kubectl -n production describe inferenceservice SERVICE",
    ),
    "flags": (
        "kubectl -n production get servingruntime SERVICE -o jsonpath='{.spec.containers[1].command}'",
    ),
}
_KSERVE_LANGUAGE = {
    **_WEIGHED,
    **_BY_OUR_LABEL,
    "status": (
        "kubectl -n production get llminferenceservice -l app.kubernetes.io/part-of=SERVICE",
        "kubectl -n production get pods -l aegis.dev/service=SERVICE",
        "kubectl -n production describe llminferenceservice SERVICE",
    ),
    "flags": (
        "kubectl -n production get llminferenceservice SERVICE -o jsonpath='{.spec.template.containers[0].args}'",
    ),
    "engine-log": (
        (
            "kubectl -n production logs -l aegis.dev/service=SERVICE,aegis.dev/role=engine -c main "
            "--since=15m --tail=200"
        ),
    ),
}
_LWS = {
    **_WEIGHED,
    **_BY_OUR_LABEL,
    "status": (
        "kubectl -n production get leaderworkerset,pods -l app.kubernetes.io/part-of=SERVICE -o wide",
        "kubectl -n production describe leaderworkerset SERVICE",
    ),
    "flags": (
        (
            "kubectl -n production get leaderworkerset SERVICE "
            "-o jsonpath='{.spec.leaderWorkerTemplate.leaderTemplate.spec.containers[0].command}'"
        ),
    ),
}
_LLM_D = {
    **_WEIGHED,
    **_BY_OUR_LABEL,
    "status": (
        "kubectl -n production get inferencepool,httproute -l app.kubernetes.io/part-of=SERVICE",
        "kubectl -n production get pods -l aegis.dev/service=SERVICE -o wide",
        "kubectl -n production logs -l aegis.dev/service=SERVICE,aegis.dev/role=picker --since=15m --tail=100",
    ),
    "flags": (
        (
            "kubectl -n production get pods -l aegis.dev/service=SERVICE,aegis.dev/role=engine "
            "-o jsonpath='{.items[0].spec.containers[0].command}'"
        ),
    ),
    "engine-log": (
        (
            "kubectl -n production logs -l aegis.dev/service=SERVICE,aegis.dev/role=engine -c engine "
            "--since=15m --tail=200"
        ),
    ),
}
_PLATFORM_TABLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "kubernetes": _ARGO,
    "flagger": _FLAGGER,
    "lws": _LWS,
    "llm-d": _LLM_D,
}
"""Option of the decision `serving-platform` → its commands, where the plan's kind changes nothing."""
# A cluster of Ray takes other images by being made again; the weights of the route go back first.
_RAY = {
    **_WEIGHED,
    **_BY_OUR_LABEL,
    "status": (
        "kubectl -n production get rayservice -l app.kubernetes.io/part-of=SERVICE",
        "kubectl -n production get pods -l aegis.dev/service=SERVICE",
        "kubectl -n production describe rayservice SERVICE",
    ),
    "roll-back": (
        *_WEIGHED["roll-back"],
        "kubectl -n production delete rayservice SERVICE --wait",
        "kubectl apply --server-side -k kubernetes/overlays/production -l aegis.dev/weights!=rollout",
    ),
    "flags": ("kubectl -n production get rayservice SERVICE -o jsonpath='{.spec.serveConfigV2}'",),
    "engine-log": (
        "kubectl -n production get pods -l aegis.dev/service=SERVICE,aegis.dev/role=engine",
        (
            'kubectl -n production exec "$POD" -c engine -- '
            "sh -c 'tail -n 200 /tmp/ray/session_latest/logs/serve/*.log'"
        ),
    ),
}
_DYNAMO = {
    **_WEIGHED,
    **_BY_OUR_LABEL,
    "status": (
        "kubectl -n production get dynamographdeployment -l app.kubernetes.io/part-of=SERVICE",
        "kubectl -n production get pods -l aegis.dev/service=SERVICE",
        "kubectl -n production describe dynamographdeployment SERVICE",
    ),
    "flags": (
        (
            "kubectl -n production get dynamographdeployment SERVICE "
            "-o jsonpath='{.spec.components[*].podTemplate.spec.containers[0].command}'"
        ),
    ),
    "engine-log": (
        (
            "kubectl -n production logs -l aegis.dev/service=SERVICE,aegis.dev/role=engine -c main "
            "--since=15m --tail=200"
        ),
    ),
}
_HOST = {
    "status": ("systemctl list-units --all 'SERVICE-*'",),
    "logs": ("journalctl -u 'SERVICE-*' --since -15min",),
    "roll-back": ("host/way-back.sh", "systemctl is-active SERVICE-proxy SERVICE-gateway"),
    "ask": ("curl -fsS http://localhost:8080/health",),
    "shed": ("less /etc/SERVICE/gateway-stable.yaml",),
    "flags": ("systemctl cat SERVICE-stable",),
    "engine-log": ("journalctl -u SERVICE-stable --since -15min",),
    "pods": ("systemctl status SERVICE-stable",),
    "one-replica": ("systemctl restart SERVICE-stable",),
    "restart": ("systemctl restart SERVICE-stable",),
    "drain": ("systemctl restart SERVICE-stable",),
    "hold": ("host/way-back.sh",),
    "space": ("df -h /var/lib/SERVICE /var/lib/containers", "podman image prune --force"),
    "events": ("journalctl -k --since -15min",),
}
_BATCH = {
    "status": ("kubectl -n production get jobs -l app.kubernetes.io/name=SERVICE",),
    "logs": (
        "kubectl -n production logs -l app.kubernetes.io/name=SERVICE --since=24h --tail=500",
    ),
    # Consumers read through `current`: the way back points it at the output before.
    "roll-back": (
        "previous=$(kubectl -n production get configmap SERVICE-output -o jsonpath='{.data.previous}')",
        (
            "kubectl -n production patch configmap SERVICE-output --type merge "
            '-p \'{"data":{"current":"\'"$previous"\'"}}\''
        ),
    ),
    "ask": ("kubectl -n production get configmap SERVICE-output -o yaml",),
    "again": (
        "kubectl -n production create job SERVICE-again --from=cronjob/SERVICE",
        "kubectl -n production logs -f job/SERVICE-again",
    ),
    "pause": ('kubectl -n production patch cronjob SERVICE -p \'{"spec":{"suspend":true}}\'',),
    "events": ("kubectl -n production get events --sort-by=.lastTimestamp",),
}
# The update channel is the fleet's own: it reads edge/production/rollout.yaml from git.
_DEVICE = {
    "status": (
        (
            'promtool query instant "$PROMETHEUS_URL" \'sum(rate(aegis_device_fallbacks_total[15m])) '
            "/ sum(rate(aegis_device_inferences_total[15m]))'"
        ),
    ),
    "logs": ("git log --oneline -5 -- edge/production/rollout.yaml",),
    "roll-back": (
        'git revert --no-edit "$(git log -1 --format=%H -- edge/production/rollout.yaml)"',
        "git push",
    ),
}
