"""The page beside what watches: what runs each file, and what it finds by name."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.shared.objects import MONITORING_NAMESPACE


def readme(plan: Plan) -> Artifact:
    """Who reads each file, on a cluster and on a machine."""
    on_cluster = plan.chosen("run-where") in {"cluster", "batch-job"}
    lines = [
        f"# What watches {plan.service}",
        "",
        f"Rendered from plan `{plan.id}`.",
        "",
        "| file | read by |",
        "|---|---|",
        "| `prometheus/rules` | Prometheus; `promtool test rules prometheus/tests/*.yaml` proves each alert |",
        "| `alertmanager.yaml` | Alertmanager: routes and receivers to merge into yours; addresses are files |",
        f"| `grafana/{plan.service}.json` | Grafana, by import or a sidecar |",
        "| `otel-collector.yaml` | an OpenTelemetry Collector, where you trace |",
        "",
        "Windows of the objectives reach back four weeks: Prometheus has to keep them.",
        *(_cluster(plan) if on_cluster else ()),
    ]
    return Artifact(
        path="observability/README.md",
        content="\n".join(lines) + "\n",
        because=("monitoring-stack",),
    )


def _cluster(plan: Plan) -> list[str]:
    at = f"kubectl -n {MONITORING_NAMESPACE}"
    lines = [
        "",
        "## On the clusters",
        "",
        (
            f"Prometheus of the operator stands in namespace `{MONITORING_NAMESPACE}`, answers at "
            "`prometheus-operated:9090`, takes the rules of its namespace and the PodMonitors of every namespace "
            "(`ruleSelector`, `podMonitorSelector`, `podMonitorNamespaceSelector`: `{}`)."
        ),
        "",
        "```sh",
        "kubectl apply --server-side -k observability/kubernetes       # the cluster of production",
        "kubectl apply --server-side -k observability/non-production   # the other: what holds there too",
        "```",
    ]
    if plan.chosen("run-where") != "cluster":
        return lines
    telemetry = f"{plan.service}-telemetry"
    return [
        *lines,
        "",
        (
            "The collector reads the gateway's audit records from the logs of each node. Its image is the operator's "
            "default: one with `filelog`, `file_storage` and the operator `container` (the distributions `k8s` or "
            "`contrib`), by digest. Where things go is yours to say, on each cluster:"
        ),
        "",
        "```sh",
        f"{at} create configmap {telemetry} --from-literal=ENVIRONMENT=production \\",
        "  --from-literal=TRACES_ENDPOINT=HOST:4317 --from-literal=AUDIT_ENDPOINT=ADDRESS",
        f"{at} create configmap {telemetry}-ca --from-file=ca.crt",
        "```",
    ]
