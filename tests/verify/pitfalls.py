"""The 28 known pitfalls of the platforms as laws: what holds, how it is broken, what stays unseen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ROLLOUT = "kubernetes/base/rollout.yaml"
SCALER = "kubernetes/base/scaledobject.yaml"
ROUTE = "kubernetes/base/httproute.yaml"
JUDGE = "kubernetes/components/release/analysis-judge.yaml"
PRODUCTION = "gitops/argo-cd/support-assistant-production.yaml"
ADDED = "kubernetes/base/added.yaml"

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edit:
    """One place of a rendered bundle that is changed; with an empty `old`, a file that is added.

    `before` are changes that make room for it.
    """

    check: str
    path: str
    old: str
    new: str
    before: tuple[Edit, ...] = ()

    def __call__(self, files: Files) -> dict[str, str]:
        for edit in self.before:
            files = edit(files)
        if not self.old:
            assert self.path not in files
            return {**files, self.path: self.new}
        assert self.old in files[self.path], f"{self.path} has no {self.old!r}"
        return {**files, self.path: files[self.path].replace(self.old, self.new)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A pitfall turned round; `unseen` is what no reading of manifests can decide."""

    number: int
    name: str
    edits: tuple[Edit, ...]
    unseen: str


def added(check: str, text: str) -> Edit:
    """An object beside the rendered ones, for kinds that these bundles do not hold."""
    return Edit(check, ADDED, "", text)


def _chart(name: str, version: str, values: str = "{}") -> str:
    return f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: {name}}}
spec:
  interval: 10m
  chart:
    spec:
      chart: {name}
      version: {version}
      sourceRef: {{kind: HelmRepository, name: charts}}
  values: {values}
"""


def _serving(spec: str, *, meta: str = "name: llm") -> str:
    return (
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\n"
        f"metadata: {{{meta}}}\nspec:\n{spec}"
    )


def _llm(name: str, spec: str) -> str:
    return (
        "apiVersion: serving.kserve.io/v1alpha2\nkind: LLMInferenceService\n"
        f"metadata: {{name: {name}}}\nspec:\n  model: {{uri: 'oci://registry.example/m'}}\n{spec}"
    )


_STANDARD = "name: llm, annotations: {serving.kserve.io/deploymentMode: Standard}"
_MODEL = "model: {modelFormat: {name: xgboost}, storageUri: 'pvc://models/m'}"
_POD = "{spec: {containers: [{name: a, image: 'registry.example/a@sha256:00'}]}}"
_POOL = """\
apiVersion: inference.networking.%s
kind: InferencePool
metadata: {name: pool}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: support-assistant}}
  targetPorts: [{number: 8000}]
  endpointPickerRef: {name: picker, port: {number: %d}, failureMode: FailClose}
"""
_BOTH = "  router: {route: {group: chat, weight: 0}}\n"

_CLIENT_SIDE = Edit("", PRODUCTION, "    - ServerSideApply=true\n", "")

LAWS = (
    Law(number=1, name="what is too large for an annotation is applied by the server",
        edits=(Edit("client-side-apply-too-large", PRODUCTION,
                    "path: kubernetes/overlays/production", "path: kubernetes/crds",
                    before=(_CLIENT_SIDE,)),
               Edit("client-side-apply-too-large", ADDED, "",
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n" + "".join(
                        f"  k{number}: {'x' * 900}\n" for number in range(300)),
                    before=(_CLIENT_SIDE,))),
        unseen="what a chart or a repository elsewhere holds; only its name is read"),
    Law(number=2, name="no field is pruned in silence",
        edits=(Edit("unknown-field", ROLLOUT, "plugins:\n          argoproj-labs/gatewayAPI:",
                    "gatewayAPI:"),),
        unseen="fields below `x-kubernetes-preserve-unknown-fields`, a plugin's own settings first"),
    Law(number=3, name="an update never needs an accelerator that is not spare",
        edits=(Edit("surge-without-spare-accelerator", ROLLOUT,
                    "    aegis.dev/spare-accelerators: '4'\n", ""),
               Edit("surge-without-spare-accelerator", ROLLOUT,
                    "spare-accelerators: '4'", "spare-accelerators: '0'")),
        unseen="whether the devices that the annotation promises are free when the update comes"),
    Law(number=4, name="a group's rollout is stated",
        edits=(added("group-rollout-unset",
                     "apiVersion: leaderworkerset.x-k8s.io/v1\nkind: LeaderWorkerSet\n"
                     "metadata: {name: llm}\nspec: {leaderWorkerTemplate: "
                     f"{{size: 2, workerTemplate: {_POD}}}}}\n"),),
        unseen="how long this registry takes to give the image"),
    Law(number=5, name="a Ray service says how it is upgraded",
        edits=(added("ray-upgrade-needs-second-cluster",
                     "apiVersion: ray.io/v1\nkind: RayService\nmetadata: {name: llm}\nspec:\n"
                     "  rayClusterConfig: {headGroupSpec: "
                     f"{{rayStartParams: {{}}, template: {_POD}}}}}\n"),),
        unseen="whether a second cluster's accelerators are free"),
    Law(number=6, name="what restarts a Ray cluster is told from what does not",
        edits=(),
        unseen="two versions of one object: the difference between `rayClusterConfig` and "
        "`serveConfigV2` is a matter of the change, and verify reads one state"),
    Law(number=7, name="a canary of KServe works in its mode",
        edits=(added("kserve-canary-refused", _serving(
                   f"  predictor: {{{_MODEL}}}\n  canary:\n"
                   f"    - {{trafficPercent: 60, predictor: {{name: a, {_MODEL}}}}}\n"
                   f"    - {{trafficPercent: 60, predictor: {{name: b, {_MODEL}}}}}\n",
                   meta=_STANDARD)),
               added("canary-share-ignored", _serving(
                   f"  predictor: {{canaryTrafficPercent: 10, {_MODEL}}}\n", meta=_STANDARD))),
        unseen="the mode that the cluster's own configuration sets where no annotation does"),
    Law(number=8, name="a weighted group serves somebody",
        edits=(added("llm-group-weights", f"{_llm('a', _BOTH)}---\n{_llm('b', _BOTH)}"),),
        unseen="members of the group that another repository applies"),
    Law(number=9, name="replicas are fixed or scaled, not both",
        edits=(added("replicas-and-scaling", _llm(
                   "a", "  replicas: 1\n  scaling: {minReplicas: 1, maxReplicas: 2}\n")),),
        unseen="which release of KServe the cluster runs; 0.20 is judged"),
    Law(number=10, name="a pool's endpoint picker is reached on its own port",
        edits=(added("wrong-endpoint-picker", _POOL % ("k8s.io/v1", 8000)),),
        unseen="the group for which the picker was started"),
    Law(number=11, name="kinds are named by the group that serves them",
        edits=(added("unserved-version", _POOL % ("x-k8s.io/v1alpha2", 9002)),),
        unseen="which versions an older or newer cluster serves; `--crds` and `--cluster` tell"),
    Law(number=12, name="gateways are paired, and token limits are counted",
        edits=(added("unpaired-versions",
                     f"{_chart('ai-gateway-helm', 'v1.0.0')}---\n{_chart('gateway-helm', 'v1.7.0')}"),
               added("token-limit-without-counter",
                     "apiVersion: aigateway.envoyproxy.io/v1beta1\nkind: AIGatewayRoute\n"
                     "metadata: {name: chat}\nspec:\n  parentRefs: [{name: edge}]\n"
                     "  llmRequestCosts: [{metadataKey: tokens, type: TotalToken}]\n"
                     "  rules: [{backendRefs: [{name: a}]}]\n"),
               added("token-limit-without-counter",
                     "apiVersion: aigateway.envoyproxy.io/v1beta1\nkind: AIGatewayRoute\n"
                     "metadata: {name: chat}\nspec:\n  parentRefs: [{name: edge}]\n"
                     "  llmRequestCosts: [{metadataKey: tokens, type: TotalToken}]\n"
                     "  rules: [{backendRefs: [{name: a}]}]\n---\n"
                     "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: BackendTrafficPolicy\n"
                     "metadata: {name: chat}\nspec:\n"
                     "  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: edge}]\n"
                     "  rateLimit: {global: {rules: [{limit: {requests: 9, unit: Day}, cost: {response: {"
                     "from: Metadata, metadata: {namespace: io.envoy.ai_gateway, key: token}}}}]}}\n")),
        unseen="charts that are installed by hand, and the Redis behind the counters"),
    Law(number=13, name="an analysis decides the empty result and NaN",
        edits=(Edit("analysis-without-no-data-decision", JUDGE, "len(result) > 0 && !isNaN(result[0]) && result[0] ",
                    "result[0] "),),
        unseen="whether the decision that stands there is the right one for this service"),
    Law(number=14, name="an analysis has each argument once",
        edits=(Edit("analysis-argument-overridden", ROLLOUT,
                    "          - name: looks\n            value: '165'\n",
                    "          - name: looks\n            value: '165'\n"
                    "          - name: looks\n            value: ''\n"),
               Edit("analysis-argument-overridden", ROLLOUT,
                    "          - name: looks\n            value: '165'\n", "")),
        unseen="arguments that a script adds when it applies"),
    Law(number=15, name="no plugin is downloaded when a controller starts",
        edits=(added("plugin-downloaded-at-start",
                     "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argo-rollouts-config}\n"
                     "data:\n  trafficRouterPlugins: |\n    - name: argoproj-labs/gatewayAPI\n"
                     "      location: https://example.org/plugin\n"),),
        unseen="the controller's settings in a cluster that this bundle does not install"),
    Law(number=16, name="Argo Rollouts weighs Services, never pools",
        edits=(Edit("pool-behind-rollout-plugin", ROUTE, "    - name: support-assistant-canary\n",
                    "    - group: inference.networking.k8s.io\n      kind: InferencePool\n"
                    "      name: support-assistant-canary\n"),),
        unseen="routes that another repository applies"),
    Law(number=17, name="Flagger and KEDA do not share a workload",
        edits=(added("flagger-with-keda",
                     "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: chat}\nspec:\n"
                     "  targetRef: {apiVersion: argoproj.io/v1alpha1, kind: Rollout, "
                     "name: support-assistant}\n  service: {port: 80}\n  analysis: {interval: 1m}\n"),),
        unseen="a ScaledObject that another repository applies"),
    Law(number=18, name="nothing scales to zero without a guard",
        edits=(Edit("unguarded-scale-to-zero", SCALER, "minReplicaCount: 3", "minReplicaCount: 0"),),
        unseen="whether something queues in front while nothing runs, and the true time of a start"),
    Law(number=19, name="a query reads a metric that the engine exports",
        edits=(Edit("unknown-metric", SCALER, "vllm:num_requests_waiting",
                    "vllm_num_requests_waiting"),
               Edit("unknown-label", SCALER, 'service="support-assistant"', 'svc="support-assistant"')),
        unseen="metrics of engines that the catalog does not hold, and of releases other than its"),
    Law(number=20, name="ExternalSecret is v1",
        edits=(Edit("unserved-version", "kubernetes/base/externalsecret.yaml",
                    "external-secrets.io/v1\n", "external-secrets.io/v1beta1\n"),),
        unseen="whether the store holds the key that is named"),
    Law(number=21, name="policies are of kinds that stay",
        edits=(added("deprecated-policy-kind",
                     "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: digests}\n"
                     "spec: {rules: []}\n"),),
        unseen="whether attestations of the signing tool are found by the policy at run time"),
    Law(number=22, name="a Dynamo graph is what its operator accepts",
        edits=(added("dynamo-graph-refused",
                     "apiVersion: nvidia.com/v1beta1\nkind: DynamoGraphDeployment\n"
                     "metadata: {name: llm}\nspec: {components: []}\n"),
               added("deprecated-version",
                     "apiVersion: nvidia.com/v1alpha1\nkind: DynamoGraphDeployment\n"
                     "metadata: {name: llm}\nspec: {services: {a: {}}}\n"),
               added("unpaired-versions", f"{_chart('dynamo-platform', '1.6.1')}---\n"
                     f"{_chart('grove-charts', '0.0.9')}")),
        unseen="whether the conversion webhook is up, and fields that may not change later"),
    Law(number=23, name="GPU drivers are not upgraded unattended",
        edits=(added("unattended-driver-upgrade",
                     _chart("gpu-operator", "v26.7.0",
                            "{driver: {upgradePolicy: {autoUpgrade: true}}}")),),
        unseen="pods that use a device without asking for it"),
    Law(number=24, name="Crossplane objects have the form of v2",
        edits=(added("crossplane-v1-form",
                     "apiVersion: apiextensions.crossplane.io/v2\nkind: CompositeResourceDefinition\n"
                     "metadata: {name: models.example.org}\nspec:\n  group: example.org\n"
                     "  scope: Namespaced\n  names: {kind: Model, plural: models}\n"
                     "  claimNames: {kind: Claim, plural: claims}\n  versions:\n"
                     "    - {name: v1, served: true, referenceable: true, "
                     "schema: {openAPIV3Schema: {type: object}}}\n"),),
        unseen="managed resources of providers whose definitions are not given"),
    Law(number=25, name="chaos ends, and its daemon knows the node's runtime",
        edits=(added("chaos-without-end",
                     "apiVersion: chaos-mesh.org/v1alpha1\nkind: NetworkChaos\nmetadata: {name: slow}\n"
                     "spec: {action: delay, mode: one, selector: {labelSelectors: {a: b}}, "
                     "delay: {latency: 100ms}}\n"),
               added("chaos-daemon-socket", _chart("chaos-mesh", "2.8.3"))),
        unseen="where containerd's socket lies on these nodes"),
    Law(number=26, name="delivery knows when each kind is healthy",
        edits=(added("kind-without-health-check", _POOL % ("k8s.io/v1", 9002)),),
        unseen="health checks in a configuration of Argo CD that the bundle does not hold"),
    Law(number=27, name="no queue is promised that KServe cannot keep",
        edits=(added("kueue-on-kserve", _serving(
                   f"  predictor: {{{_MODEL}}}\n",
                   meta="name: llm, labels: {kueue.x-k8s.io/queue-name: gpu}")),),
        unseen="quotas that the cluster sets elsewhere"),
    Law(number=28, name="every reader of YAML reads the same",
        edits=(Edit("ambiguous-scalar", ROLLOUT, "automountServiceAccountToken: false",
                    "automountServiceAccountToken: no"),),
        unseen="placeholders that parse as something else before they are filled in"),
)  # fmt: skip
"""Sources stand on the page of each check (`docs/rules`)."""

SERVICE = "kubernetes/base/service.yaml"
MONITOR = "kubernetes/base/podmonitor.yaml"
_SELECTED = "  selector:\n    app.kubernetes.io/name: support-assistant\n"
WIRES = (
    Edit("selector-matches-nothing", SERVICE, _SELECTED, _SELECTED.replace("assistant", "agent")),
    Edit("selector-matches-nothing", "kubernetes/base/poddisruptionbudget.yaml",
         "    matchLabels:\n      app.kubernetes.io/name: support-assistant\n",
         "    matchLabels:\n      app.kubernetes.io/name: support-agent\n"),
    Edit("missing-backend", ROUTE, "    - name: support-assistant-canary\n",
         "    - name: support-assistant-trial\n"),
    Edit("missing-backend", ROUTE, "      port: 80\n", "      port: 8080\n"),
    Edit("missing-port-name", SERVICE, "targetPort: http", "targetPort: web"),
    Edit("missing-port-name", MONITOR, "  - port: engine\n", "  - port: metrics\n"),
    Edit("missing-scale-target", SCALER, "    kind: Rollout\n    name: support-assistant\n",
         "    kind: Rollout\n    name: support-agent\n"),
    Edit("two-owners-of-replicas", ROLLOUT, "spec:\n  revisionHistoryLimit: 5\n",
         "spec:\n  replicas: 3\n  revisionHistoryLimit: 5\n"),
    Edit("secret-not-provided", ROLLOUT, "          secretName: support-assistant-gateway\n",
         "          secretName: support-agent-gateway\n"),
    Edit("drain-longer-than-grace", ROLLOUT, "terminationGracePeriodSeconds: 104",
         "terminationGracePeriodSeconds: 10"),
    Edit("no-startup-budget", ROLLOUT, "failureThreshold: 180", "failureThreshold: 3"),
    Edit("parallelism-not-accelerators", ROLLOUT, "        - --max-model-len\n",
         "        - --tensor-parallel-size\n        - '2'\n        - --max-model-len\n"),
    Edit("disruption-budget-blocks-drain", "kubernetes/base/poddisruptionbudget.yaml",
         "maxUnavailable: 1", "maxUnavailable: 0"),
    Edit("duplicate-object", ADDED, "", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"
         "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"),
    Edit("invalid-promql", SCALER, "query: sum(vllm", "query: sum((vllm"),
)  # fmt: skip
"""What no schema sees: each object of the bundle reaches what it names."""
