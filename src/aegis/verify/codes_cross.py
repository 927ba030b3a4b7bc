"""The checks that look at several objects, at queries, and at what real tools say."""

from __future__ import annotations

from aegis.base.finding import Certainty, Severity
from aegis.verify.codes import Check, check

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
_ASK, _LIKELY = Certainty.ASK, Certainty.LIKELY

WIRING_CHECKS = (
    check(930, "selector-matches-nothing", H, "Selector matches no pod of the bundle",
          "The object exists and does nothing: a Service without endpoints, a budget that "
          "protects nothing, a monitor that scrapes nothing.",
          "Use labels of the pod template.", certainty=_LIKELY),
    check(931, "missing-backend", H, "Route leads to a backend that is not there",
          "The gateway answers 500 for every request that meets this rule.",
          "Name a Service (or pool) of the bundle and one of its ports.", certainty=_LIKELY),
    check(932, "missing-reference-grant", H, "Route crosses a namespace without a grant",
          "The gateway ignores the reference until a ReferenceGrant in the other namespace "
          "allows it.",
          "Add a ReferenceGrant beside the backend.",
          "Gateway API, ReferenceGrant"),
    check(933, "wrong-endpoint-picker", H, "Pool's endpoint picker cannot be reached",
          "The gateway calls the picker over gRPC before each request; a wrong Service or the "
          "model's own port gives ext_proc errors, or an open pool without scheduling.",
          "Point `endpointPickerRef` at the picker's Service and its gRPC port (9002), not at "
          "the model's port.",
          "istio#57295, opendatahub-io/kserve#1097"),
    check(934, "missing-scale-target", H, "Scaler's target is not there",
          "The autoscaler reports an error and nothing scales.",
          "Name a workload of the bundle.", certainty=_LIKELY),
    check(935, "two-owners-of-replicas", M, "Two owners set the number of replicas",
          "Each sync or reconcile resets what the other chose: replicas jump under load.",
          "Leave `replicas` out where an autoscaler owns it, and give a workload one autoscaler.",
          "KEDA, ScaledObject; Kubernetes, HorizontalPodAutoscaler"),
    check(936, "missing-port-name", M, "Monitor or Service names a port that no pod has",
          "Nothing is scraped or reached, and an alert on missing data is the first to notice.",
          "Name a container port and use that name.", certainty=_LIKELY),
    check(937, "secret-in-manifest", C, "Secret value stands in a manifest",
          "Whoever can read the repository, its history or its backups holds the credential, and "
          "rotating it needs a commit.",
          "Store it in a secret manager and reference it: ExternalSecret, `secretKeyRef`, "
          "workload identity. Then rotate the value that was committed.", hard=True),
    check(938, "secret-not-provided", L, "Nothing in the bundle provides this secret",
          "The pod waits with CreateContainerConfigError until somebody makes the Secret by hand.",
          "Add an ExternalSecret (or name who provides it) for the Secret.", certainty=_ASK),
    check(939, "moving-image", M, "Image can change under its name",
          "A tag can be pushed again: two pods of one workload can run different code, and a "
          "rollback returns to something else.",
          "Pin the image by digest (`@sha256:…`)."),
    check(940, "drain-longer-than-grace", H, "Pod is killed while it drains",
          "The kubelet counts preStop and draining against `terminationGracePeriodSeconds`; "
          "streams that are longer are cut.",
          "Make the grace period longer than preStop plus the longest answer."),
    check(941, "no-startup-budget", M, "Model load has no startup budget",
          "A liveness probe that starts before the weights are loaded restarts the container "
          "again and again; a large model never becomes ready.",
          "Add a startupProbe whose `failureThreshold × periodSeconds` covers image pull and "
          "weight load.", certainty=_LIKELY),
    check(942, "surge-without-spare-accelerator", H, "Update needs accelerators that are not spare",
          "The new pod stays Pending on `Insufficient nvidia.com/gpu` while the old one waits "
          "for it: the rollout never ends.",
          "Use `maxSurge: 0` and `maxUnavailable: 1` (`Recreate` for one replica), or keep "
          "accelerators spare and note how many on the workload: "
          '`aegis.dev/spare-accelerators: "4"`.',
          "LLMKube#192, opendatahub-io/kserve#1822; reproduced on kube-scheduler 1.36.2",
          certainty=_LIKELY),
    check(943, "parallelism-not-accelerators", H, "Parallelism does not equal the accelerators",
          "Too few: the engine stops at start. Too many: paid for and idle.",
          "Make tensor × pipeline parallel size equal the accelerators of the replica."),
    check(944, "disruption-budget-blocks-drain", M, "Disruption budget blocks every drain",
          "No pod may ever be evicted: node upgrades and scale-downs stand still until somebody "
          "deletes the budget.",
          "Leave room: `maxUnavailable: 1`, or one replica more than `minAvailable`."),
    check(945, "sync-wave-order", M, "Sync wave applies a user before what it needs",
          "Argo CD applies lower waves first: the object is refused or fails until a later wave.",
          "Order: definitions, operators, configuration, workloads, routes.",
          "Argo CD, sync waves"),
)  # fmt: skip

RELEASE_CHECKS = (
    check(946, "analysis-argument-overridden", H, "Analysis argument is missing or given twice",
          "A second entry of one name replaces the first, also a `valueFrom` by an empty text: "
          "the query then matches nothing and the analysis decides on nothing.",
          "Give every argument of the template once.",
          "juspay/hyperswitch-helm#308"),
    check(947, "analysis-without-no-data-decision", H, "Analysis does not decide the empty result",
          "Without traffic the vector is empty: the condition fails with an index error or is "
          "NaN, and the release is judged by accident.",
          "Decide `len(result) == 0` and `isNaN(...)` in the condition.",
          "argo-rollouts#1466; argo-rollouts docs/features/analysis.md"),
    check(948, "unguarded-scale-to-zero", H, "Scale to zero without a guard",
          "An empty query counts as inactive, and a pod that is still loading its model is "
          "stopped: the first users wait for a model that never comes.",
          "Queue in front, decide `ignoreNullValues`, and keep `cooldownPeriod` above the "
          "model's start time; or keep one replica.",
          "llm-d#1981, llm-d#2492, superlinked/sie#293", certainty=_LIKELY),
    check(949, "unknown-metric", M, "Query reads a metric that the engine does not export",
          "The query is valid and always empty: the alert, the scaler or the analysis is blind.",
          "Use the name that this engine version exports.",
          "kthena#868 (`vllm:num_requests_waiting` has a colon)", certainty=_LIKELY),
    check(950, "invalid-promql", H, "Query is no PromQL",
          "Prometheus refuses the rule file, or the analysis and the scaler fail at run time.",
          "Mend the query at the place shown.",
          "Prometheus, querying basics"),
    check(957, "ray-upgrade-needs-second-cluster", M, "Ray upgrade needs a second cluster",
          "A changed `rayClusterConfig` starts a full second cluster before the first goes; "
          "without spare accelerators it stays Pending. A change of `serveConfigV2` alone is in "
          "place.",
          "State `upgradeStrategy.type`: `None` with downtime, or "
          "`NewClusterWithIncrementalUpgrade` with a Gateway class.",
          "kuberay#1476, kuberay#4239, kuberay#2274, ray#39074"),
    check(958, "group-rollout-unset", L, "Group's rollout is left to defaults",
          "A LeaderWorkerSet then replaces one whole group at a time; with Kueue and a surge it "
          "got stuck.",
          "Set `maxUnavailable` and `maxSurge` yourself.",
          "kueue#8801, lws#725, lws#877"),
    check(976, "unknown-label", M, "Query selects by a label that the metric does not have",
          "No series matches: the query is valid and always empty, and the alert, the scaler or "
          "the analysis is blind.",
          "Use a label that the engine gives, or one that the scraping adds.",
          "Metrics of the engines in the catalog, each with its source", certainty=_LIKELY),
    check(980, "dashboard-refused", M, "Grafana cannot show this as it is meant",
          "A panel stays empty, covers another, or the import fails, and it is noticed when "
          "somebody needs it.",
          "Follow the message.",
          "Grafana, dashboard JSON model"),
    check(982, "collector-refused", H, "OpenTelemetry Collector refuses this configuration",
          "It stops at start: no trace and no metric of this path arrives anywhere.",
          "Define what the pipeline names, or take the name out.",
          "opentelemetry-collector otelcol/config.go and service/pipelines/config.go"),
)  # fmt: skip

PLATFORM_CHECKS = (
    check(951, "client-side-apply-too-large", H, "Object is too large for client-side apply",
          "Client-side apply stores the object in an annotation; above 262,144 bytes the server "
          "refuses it: «metadata.annotations: Too long».",
          "Apply with `--server-side`; in Argo CD `syncOptions: [ServerSideApply=true]`.",
          "kserve#3487, kubeflow/community-distribution#2914, prometheus-operator#4355"),
    check(952, "kind-without-health-check", M, "GitOps has no health check for this kind",
          "The sync «succeeds» before the model serves, and the next wave or promotion starts.",
          "Add a Lua health check to `argocd-cm` (or `healthCheckExprs` in Flux).",
          "Argo CD v3.5.1, resource_customizations"),
    check(953, "flagger-with-keda", H, "Flagger and KEDA on one workload",
          "The primary's ScaledObject stays paused at zero or is not kept in sync.",
          "Use a HorizontalPodAutoscaler with Flagger, or no Flagger.",
          "flagger#1934, flagger#1368, flagger#1798"),
    check(954, "kueue-on-kserve", M, "Kueue cannot hold back a KServe service",
          "KServe has no `suspend` field: the label promises a quota that is not enforced.",
          "Limit it by ResourceQuota or by dynamic resource allocation.",
          "kserve#5645, kueue#9460"),
    check(955, "plugin-downloaded-at-start", M, "Rollouts downloads a plugin at start",
          "A controller restart then needs the internet; in an air-gapped cluster no rollout "
          "works.",
          "Ship the plugin in an image and name it by `file://`.",
          "rollouts-plugin-trafficrouter-gatewayapi#88"),
    check(956, "pool-behind-rollout-plugin", H, "Rollout plugin cannot weigh a pool",
          "The Gateway API plugin knows Services only; the weights of an InferencePool never "
          "change.",
          "Weigh by HTTPRoute with a runner, or by a KServe group.",
          "rollouts-plugin-trafficrouter-gatewayapi v0.15.0"),
    check(959, "unpaired-versions", H, "Platform versions do not go together",
          "These projects are released in pairs; another pairing is refused or fails at run time.",
          "Use the pairing that the message names.",
          "envoyproxy/ai-gateway site/docs/compatibility.md; dynamo#10419"),
    check(960, "token-limit-without-counter", H, "Token limit is not counted",
          "Without the rate-limit service and its Redis nothing is counted and nobody is limited.",
          "Configure the rate-limit backend of Envoy Gateway, and a cost from the response.",
          "ai-gateway#1754, ai-gateway#1169, kserve#4595", certainty=_LIKELY),
    check(961, "deprecated-policy-kind", M, "Policy kind is on its way out",
          "Kyverno's ClusterPolicy is deprecated since 1.17; later releases drop it, and with it "
          "the gate.",
          "Use ValidatingAdmissionPolicy, or `policies.kyverno.io/v1`.",
          "kyverno#16302, kyverno#17214"),
    check(962, "unattended-driver-upgrade", H, "GPU drivers upgrade by themselves",
          "The operator drains and restarts GPU nodes on its own schedule, and stalls on users "
          "without a GPU request.",
          "Set `driver.upgradePolicy.autoUpgrade: false` on serving nodes; upgrade by runbook.",
          "gpu-operator#2570, gpu-operator#901, gpu-operator#2166"),
    check(963, "crossplane-v1-form", H, "Crossplane v1 form in a v2 cluster",
          "Crossplane 2 has no claims for v2 definitions and no patch-and-transform in a "
          "Composition.",
          "Use `apiextensions.crossplane.io/v2` definitions and `mode: Pipeline`.",
          "crossplane/docs#976, upbound/platform-ref-gcp#138"),
    check(964, "chaos-without-end", M, "Chaos experiment has no end",
          "It stays on until somebody deletes it, also over the weekend.",
          "Give it a `duration`.",
          "Chaos Mesh, spec.duration"),
    check(965, "chaos-daemon-socket", M, "Chaos daemon looks for Docker",
          "The chart's default runtime is Docker; on a containerd node every experiment fails.",
          "Set `chaosDaemon.runtime: containerd` and its `socketPath`.",
          "chaos-mesh#2300"),
)  # fmt: skip

TOOL_CHECKS = (
    check(970, "promtool-refused", H, "promtool refuses this file",
          "Prometheus would refuse it too, or the unit test of an alert fails.",
          "Follow promtool's message."),
    check(971, "amtool-refused", H, "amtool refuses this file",
          "Alertmanager would keep the old configuration.", "Follow amtool's message."),
    check(972, "kustomize-refused", H, "kubectl kustomize refuses this overlay",
          "The overlay renders to nothing.", "Follow kustomize's message."),
    check(973, "terraform-refused", H, "terraform refuses this module",
          "The plan stops before it starts.", "Follow terraform's message."),
    check(977, "mermaid-refused", M, "Mermaid refuses this diagram",
          "The page shows an error where the drawing should be.", "Follow Mermaid's message."),
    check(978, "tofu-refused", H, "OpenTofu refuses this module",
          "The plan stops before it starts.", "Follow OpenTofu's message."),
    check(979, "unit-tests-failed", H, "Unit tests of a program fail",
          "The program makes other resources than its tests promise.", "Follow the message."),
    check(981, "helm-refused", H, "helm refuses this chart",
          "The chart renders to nothing.", "Follow helm's message."),
    check(974, "tool-failed", M, "A tool did not finish",
          "What it should have judged is unchecked.", "Run it by hand."),
)  # fmt: skip

CROSS_CHECKS: tuple[Check, ...] = (
    *WIRING_CHECKS, *RELEASE_CHECKS, *PLATFORM_CHECKS, *TOOL_CHECKS,
)  # fmt: skip
