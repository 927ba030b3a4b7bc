"""Projects whose objects we write: their releases, API groups and pairings, once.

`release` is the one whose published schemas the objects were checked with; `versions` is what may
stand in the cluster. A test holds every rendered object, and every row, against those schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project: name, versions, and the API version of each kind that we write."""

    name: str
    versions: str
    why: str
    release: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[str, str] = field(default_factory=dict)
    """Other projects by id, with the versions that this release asks of them."""


PROJECTS: Mapping[str, Project] = {
    "kubernetes": Project(
        name="Kubernetes",
        versions="1.35 or newer",
        why="image volumes, native sleep in preStop, admission by CEL",
        kinds={
            "ConfigMap": "v1",
            "Namespace": "v1",
            "PersistentVolumeClaim": "v1",
            "ResourceQuota": "v1",
            "Service": "v1",
            "ServiceAccount": "v1",
            "Deployment": "apps/v1",
            "HorizontalPodAutoscaler": "autoscaling/v2",
            "Job": "batch/v1",
            "NetworkPolicy": "networking.k8s.io/v1",
            "PodDisruptionBudget": "policy/v1",
            "PriorityClass": "scheduling.k8s.io/v1",
            "Role": "rbac.authorization.k8s.io/v1",
            "RoleBinding": "rbac.authorization.k8s.io/v1",
            "ValidatingAdmissionPolicy": "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicyBinding": "admissionregistration.k8s.io/v1",
        },
    ),
    "argo-rollouts": Project(
        name="Argo Rollouts",
        versions="1.9",
        why="with the traffic router plugin `argoproj-labs/gatewayAPI` 0.15",
        release="v1.9.1",
        kinds={"Rollout": "argoproj.io/v1alpha1", "AnalysisTemplate": "argoproj.io/v1alpha1"},
    ),
    "flagger": Project(
        name="Flagger",
        versions="1.44",
        why="in namespace `flagger-system`, with its load tester there (`flagger-loadtester`)",
        release="v1.44.0",
        kinds={"Canary": "flagger.app/v1beta1", "MetricTemplate": "flagger.app/v1beta1"},
        pairs={"gateway-api": "v1"},
    ),
    "gateway-api": Project(
        name="Gateway API",
        versions="1.4 to 1.6",
        why="a Gateway `internal` in namespace `gateways`",
        release="v1.6.1",
        kinds={
            "Gateway": "gateway.networking.k8s.io/v1",
            "HTTPRoute": "gateway.networking.k8s.io/v1",
        },
    ),
    "envoy-gateway": Project(
        name="Envoy Gateway",
        versions="1.9",
        why="with a GatewayClass `envoy`, `extensionApis.enableBackend` and `rateLimit.backend` (a Redis): "
        "without the last no token is counted",
        release="v1.9.0",
        kinds={
            "Backend": "gateway.envoyproxy.io/v1alpha1",
            "BackendTrafficPolicy": "gateway.envoyproxy.io/v1alpha1",
            "ClientTrafficPolicy": "gateway.envoyproxy.io/v1alpha1",
            "SecurityPolicy": "gateway.envoyproxy.io/v1alpha1",
        },
    ),
    "envoy-ai-gateway": Project(
        name="Envoy AI Gateway",
        versions="1.1",
        why="as extension server of Envoy Gateway; tested by its project with Gateway API 1.5",
        release="v1.1.0",
        kinds={
            "AIGatewayRoute": "aigateway.envoyproxy.io/v1beta1",
            "AIServiceBackend": "aigateway.envoyproxy.io/v1beta1",
            "GatewayConfig": "aigateway.envoyproxy.io/v1beta1",
        },
        pairs={
            "envoy-gateway": "1.8.1 or newer",
            "gateway-api": "1.5",
            "kubernetes": "1.32 or newer",
        },
    ),
    "prometheus-operator": Project(
        name="Prometheus operator",
        versions="0.93",
        why="Prometheus in namespace `monitoring`",
        release="v0.93.0",
        kinds={"PodMonitor": "monitoring.coreos.com/v1"},
    ),
    "external-secrets": Project(
        name="External Secrets",
        versions="2.9",
        why="a SecretStore in each namespace, each with its own credentials",
        release="v2.9.0",
        kinds={"ExternalSecret": "external-secrets.io/v1"},
    ),
    "kuberay": Project(
        name="KubeRay",
        versions="1.7",
        why="in namespace `kuberay-system`; Ray's image is yours, with Serve LLM of Ray 2.52 or newer",
        release="v1.7.0",
        kinds={"RayService": "ray.io/v1"},
    ),
    "dynamo": Project(
        name="NVIDIA Dynamo",
        versions="1.5",
        why="operator and runtime of one release, with Kubernetes discovery: pods need no etcd and no NATS",
        release="v1.5.1",
        kinds={
            "DynamoGraphDeployment": "nvidia.com/v1beta1",
            "DynamoGraphDeploymentScalingAdapter": "nvidia.com/v1beta1",
        },
        pairs={"grove": "0.1.0-alpha.12"},
    ),
    "grove": Project(
        name="Grove",
        versions="0.1.0-alpha.12",
        why="starts the pods of a replica that spans machines together",
        release="v0.1.0-alpha.12-rc1",
    ),
    "argo-workflows": Project(
        name="Argo Workflows",
        versions="4.1",
        why="runs gate and promotion of a release",
        release="v4.1.2",
        kinds={"WorkflowTemplate": "argoproj.io/v1alpha1"},
    ),
    "chaos-mesh": Project(
        name="Chaos Mesh",
        versions="2.8",
        why="with `controllerManager.enableFilterNamespace` and the runtime of the nodes",
        release="v2.8.3",
        kinds={"Workflow": "chaos-mesh.org/v1alpha1"},
    ),
    "litmus": Project(
        name="LitmusChaos",
        versions="3.31",
        why="with the experiments of its hub at the same version",
        release="3.31.0",
        kinds={"ChaosEngine": "litmuschaos.io/v1alpha1"},
    ),
    "kyverno": Project(
        name="Kyverno",
        versions="1.19",
        why="verifies signatures where pods start",
        release="v1.19.0",
        kinds={"ImageValidatingPolicy": "policies.kyverno.io/v1"},
    ),
    "sigstore-policy-controller": Project(
        name="Sigstore policy controller",
        versions="0.15",
        why="verifies signatures where pods start",
        release="v0.15.1",
        kinds={"ClusterImagePolicy": "policy.sigstore.dev/v1beta1"},
    ),
    "kserve": Project(
        name="KServe",
        versions="0.20",
        why="`cmd/manager` and `cmd/llmisvc`, without TLS inside the cluster "
        "(`enableLLMInferenceServiceTLS: false`, its default)",
        release="v0.20.0",
        kinds={
            "InferenceService": "serving.kserve.io/v1beta1",
            "ServingRuntime": "serving.kserve.io/v1alpha1",
            "LLMInferenceService": "serving.kserve.io/v1alpha2",
            "LLMInferenceServiceConfig": "serving.kserve.io/v1alpha2",
        },
        pairs={
            "gateway-api": "1.5",
            "gateway-api-inference-extension": "1.5",
            "lws": "0.8 or newer",
        },
    ),
    "gateway-api-inference-extension": Project(
        name="Gateway API inference extension",
        versions="1.5 or 1.6",
        why="a Gateway `inference` in namespace `gateways`, of a class that knows InferencePool, which "
        "answers at `inference.gateways.svc` and at no address outside the cluster",
        release="v1.6.0",
        kinds={"InferencePool": "inference.networking.k8s.io/v1"},
        pairs={"gateway-api": "1.4 or newer"},
    ),
    "lws": Project(
        name="LeaderWorkerSet",
        versions="0.10",
        why="replicas of several pods that start and end together",
        release="v0.10.0",
        kinds={
            "LeaderWorkerSet": "leaderworkerset.x-k8s.io/v1",
            "DisaggregatedSet": "disaggregatedset.x-k8s.io/v1",
        },
    ),
    "llm-d-router": Project(
        name="llm-d router",
        versions="0.10",
        why="the endpoint picker, whose image you mirror",
        release="v0.10.0",
        kinds={"InferenceObjective": "llm-d.ai/v1alpha2"},
        pairs={"gateway-api-inference-extension": "1.5 or newer"},
    ),
    "opentelemetry-operator": Project(
        name="OpenTelemetry operator",
        versions="0.158",
        why="runs the collector on every node",
        release="v0.158.0",
        kinds={"OpenTelemetryCollector": "opentelemetry.io/v1beta1"},
    ),
    "gpu-operator": Project(
        name="NVIDIA GPU Operator",
        versions="26.7",
        why="driver, device plugin and metrics of the accelerators",
        release="v26.7.0",
        kinds={"ClusterPolicy": "nvidia.com/v1"},
    ),
    "karpenter": Project(
        name="Karpenter",
        versions="1.14",
        why="brings a node when a replica waits for one",
        release="v1.14.1",
        kinds={"NodePool": "karpenter.sh/v1", "EC2NodeClass": "karpenter.k8s.aws/v1"},
    ),
    "keda": Project(
        name="KEDA",
        versions="2.20",
        why="scales by the signal of the plan",
        release="v2.20.2",
        kinds={"ScaledObject": "keda.sh/v1alpha1"},
    ),
}
_VERSIONS = {
    kind: version for project in PROJECTS.values() for kind, version in project.kinds.items()
}


def typed(kind: str) -> dict[str, JsonValue]:
    """`apiVersion` and `kind` of an object; a kind that is not in the table is a bug.

    >>> typed("HTTPRoute")
    {'apiVersion': 'gateway.networking.k8s.io/v1', 'kind': 'HTTPRoute'}
    """
    return {"apiVersion": _VERSIONS[kind], "kind": kind}
