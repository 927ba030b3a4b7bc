"""A scheduled job: CronJob, publication by pointer, and what watches it."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.batch.readme import readme
from aegis.render.shared import ways
from aegis.render.shared.pins import pins, set_images, unset
from aegis.render.shared.reading import labels, value
from aegis.render.shared.serving import resource_of

Object = dict[str, JsonValue]
_FOLDER = "batch"
_BECAUSE = ("run-where", "serving-platform", "scheduling")
_PARTS = (("JOB", "job"), ("MODEL", "model"))
_MOUNTED = "spec/jobTemplate/spec/template/spec/volumes[]/image/reference"
# Assumptions, to be replaced by what one worker needs in a measured run.
CPU, MEMORY_GIB = 4, 16
_CRON = {"hourly": "7 * * * *", "nightly": "7 1 * * *", "daily": "7 1 * * *", "weekly": "7 1 * * 1"}


def render_batch(plan: Plan) -> tuple[Artifact, ...]:
    """The job of a plan that scores in runs; nothing for what serves."""
    if plan.chosen("run-where") != "batch-job":
        return ()
    files = {
        "serviceaccount": _account(plan),
        "cronjob": _cronjob(plan),
        "output": _output(plan),
        "role": _role(plan),
        "rolebinding": _binding(plan),
        "networkpolicy": _network(plan),
        "podmonitor": _monitor(plan),
    }
    artifacts = [
        Artifact(path=f"{_FOLDER}/base/{name}.yaml", content=body, because=_BECAUSE)
        for name, body in files.items()
    ]
    resources: list[JsonValue] = [f"{name}.yaml" for name in sorted(files)]
    artifacts.append(
        Artifact(
            path=f"{_FOLDER}/base/kustomization.yaml",
            content={
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "resources": resources,
            },
            because=_BECAUSE,
        )
    )
    overlays = [part for e in names.ENVIRONMENTS for part in _overlay(plan, e)]
    return (*artifacts, *overlays, set_images(_FOLDER, _PARTS), readme(plan))


def cron(plan: Plan) -> str | None:
    """The schedule as cron writes it; None for a run on demand or in words of your own."""
    batch = plan.brief.workload.batch
    return _CRON.get(batch.schedule) if batch else None


def _meta(plan: Plan, name: str) -> Object:
    return {
        "name": name,
        "labels": dict(labels(plan)),
        "annotations": {names.DECISION_ANNOTATION: ",".join(_BECAUSE)},
    }


def _account(plan: Plan) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": _meta(plan, plan.service),
        "automountServiceAccountToken": False,
    }


def _cronjob(plan: Plan) -> Object:
    deadline_s = round(value(plan, "batch.deadline") * 3600)
    workers = max(1, plan.capacity.replicas)
    schedule = cron(plan)
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": _meta(plan, plan.service),
        "spec": {
            # Without a schedule in the common words it is started by hand, from this template.
            "schedule": schedule or "7 1 * * *",
            "suspend": schedule is None,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 7,
            "failedJobsHistoryLimit": 7,
            "jobTemplate": {
                "metadata": {"labels": dict(labels(plan))},
                "spec": {
                    # One index a chunk of the input: a failed chunk is repeated alone.
                    "completionMode": "Indexed",
                    "completions": workers,
                    "parallelism": workers,
                    "backoffLimitPerIndex": 3,
                    "maxFailedIndexes": 0,
                    "activeDeadlineSeconds": deadline_s,
                    "ttlSecondsAfterFinished": 7 * 86400,
                    "podReplacementPolicy": "Failed",
                    "template": {"metadata": {"labels": dict(labels(plan))}, "spec": _pod(plan)},
                },
            },
        },
    }


def _pod(plan: Plan) -> Object:
    resource = resource_of(plan.capacity.accelerator or "")
    limits: Object = {"memory": f"{MEMORY_GIB}Gi"}
    if resource:
        limits[resource] = str(plan.capacity.per_replica)
    return {
        "serviceAccountName": plan.service,
        # It moves the pointer of its output by itself, and may do nothing else.
        "automountServiceAccountToken": True,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "job",
                "image": unset("job"),
                "args": [
                    "--chunks",
                    str(max(1, plan.capacity.replicas)),
                    "--model",
                    "/model",
                    "--publish",
                    f"{plan.service}-output",
                ],
                "env": [
                    {"name": "AEGIS_SERVICE", "value": plan.service},
                    {"name": "AEGIS_PLAN", "value": plan.id},
                ],
                "ports": [{"name": "metrics", "containerPort": 9090}],
                "resources": {
                    "requests": {"cpu": str(CPU), **limits},
                    "limits": limits,
                },
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [
                    {"name": "model", "mountPath": "/model", "readOnly": True},
                    {"name": "scratch", "mountPath": "/tmp"},  # noqa: S108  # a mount of its own
                ],
            }
        ],
        "volumes": [
            {
                "name": "model",
                "image": {"reference": unset("model"), "pullPolicy": "IfNotPresent"},
            },
            {"name": "scratch", "emptyDir": {"sizeLimit": "20Gi"}},
        ],
    }


def _output(plan: Plan) -> Object:
    """The pointer consumers read through; a run that fails its comparison never moves it."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _meta(plan, f"{plan.service}-output"),
        "data": {"current": "", "previous": "", "publish": "after-comparison"},
    }


def _role(plan: Plan) -> Object:
    """The one right of a run: to move the pointer of its output."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": _meta(plan, plan.service),
        "rules": [
            {
                "apiGroups": [""],
                "resources": ["configmaps"],
                "resourceNames": [f"{plan.service}-output"],
                "verbs": ["get", "patch"],
            }
        ],
    }


def _binding(plan: Plan) -> Object:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": _meta(plan, plan.service),
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": plan.service,
        },
        "subjects": [{"kind": "ServiceAccount", "name": plan.service, "namespace": "production"}],
    }


def _network(plan: Plan) -> Object:
    closed = plan.chosen("network") != "open-egress"
    types: list[JsonValue] = ["Ingress", "Egress"] if closed else ["Ingress"]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": _meta(plan, plan.service),
        "spec": {
            "podSelector": {"matchLabels": {names.SERVICE_LABEL: plan.service}},
            "policyTypes": types,
            "ingress": [
                {
                    "from": [
                        {
                            "namespaceSelector": {
                                "matchLabels": {"kubernetes.io/metadata.name": "monitoring"}
                            }
                        }
                    ],
                    "ports": [{"protocol": "TCP", "port": 9090}],
                }
            ],
            # The way to the data is the site's to say, in each overlay.
            **({"egress": [ways.names(), ways.api_server()]} if closed else {}),
        },
    }


def _monitor(plan: Plan) -> Object:
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PodMonitor",
        "metadata": _meta(plan, plan.service),
        "spec": {
            "selector": {"matchLabels": {names.SERVICE_LABEL: plan.service}},
            "podMetricsEndpoints": [
                {
                    "port": "metrics",
                    "path": "/metrics",
                    "interval": "15s",
                    "honorLabels": True,
                    "relabelings": [
                        {"targetLabel": "service", "replacement": plan.service},
                        {"targetLabel": "environment", "replacement": "production"},
                    ],
                }
            ],
        },
    }


_SITE = """# Where the data of a run lie and where its answers go; yours, never written over.
- op: add
  path: /spec/egress/-
  value:
    to:
    - ipBlock:
        cidr: 10.0.0.0/8
    ports:
    - protocol: TCP
      port: 443
"""


def _overlay(plan: Plan, environment: str) -> tuple[Artifact, ...]:
    folder = f"{_FOLDER}/overlays/{environment}"
    patches: list[JsonValue] = [
        {
            "target": {"kind": "PodMonitor"},
            "patch": (
                "- op: replace\n"
                "  path: /spec/podMetricsEndpoints/0/relabelings/1/replacement\n"
                f"  value: {environment}\n"
            ),
        },
        {
            "target": {"kind": "RoleBinding"},
            "patch": f"- op: replace\n  path: /subjects/0/namespace\n  value: {environment}\n",
        },
    ]
    if environment != "production":
        # Before production a run is started by hand, on a sample.
        patches.append(
            {
                "target": {"kind": "CronJob"},
                "patch": "- op: replace\n  path: /spec/suspend\n  value: true\n",
            }
        )
    site: tuple[Artifact, ...] = ()
    if plan.chosen("network") != "open-egress":
        patches.append({"path": "site.yaml", "target": {"kind": "NetworkPolicy"}})
        site = (
            Artifact(
                path=f"{folder}/site.yaml",
                content=_SITE,
                because=("environments", "network"),
                environment=environment,
            ),
        )
    overlay = Artifact(
        path=f"{folder}/kustomization.yaml",
        content={
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": environment,
            "resources": ["../../base"],
            "labels": [
                {
                    "pairs": {names.ENVIRONMENT_LABEL: environment},
                    "includeSelectors": False,
                    "includeTemplates": True,
                }
            ],
            "components": ["images"],
            "patches": patches,
        },
        because=("environments",),
        environment=environment,
    )
    return (overlay, *site, *pins(folder, environment, _PARTS, mounted=(_MOUNTED,)))
