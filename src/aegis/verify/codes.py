"""Every check: its code, its name, how much it hurts, why, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.base.finding import Certainty, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is the same for every finding of one check."""

    code: str
    name: str
    title: str
    severity: Severity
    why: str
    mend: str
    refs: tuple[str, ...] = ()
    hard: bool = False
    certainty: Certainty = Certainty.CERTAIN


def check(  # noqa: PLR0913  # a row of the table
    number: int,
    name: str,
    severity: Severity,
    title: str,
    why: str,
    mend: str,
    *refs: str,
    hard: bool = False,
    certainty: Certainty = Certainty.CERTAIN,
) -> Check:
    """A row of the table."""
    return Check(
        code=f"AEG{number}",
        name=name,
        title=title,
        severity=severity,
        why=why,
        mend=mend,
        refs=refs,
        hard=hard,
        certainty=certainty,
    )


H, M, L = Severity.HIGH, Severity.MEDIUM, Severity.LOW
_ASK = Certainty.ASK

TEXT_CHECKS = (
    check(900, "unreadable-file", H, "File cannot be read",
          "A file that cannot be parsed is applied by nobody, and everything after the fault is "
          "unseen, by people and by tools.",
          "Mend the syntax at the line shown; keep files small, shallow and without nests of "
          "aliases."),
    check(901, "duplicate-key", H, "Key is given twice",
          "The last value wins in some readers and the first in others; a strict API server "
          "refuses the object.",
          "Keep one of the two lines.",
          "Kubernetes field validation, `fieldValidation=Strict`"),
    check(902, "ambiguous-scalar", M, "Word is read as a boolean",
          "`on`, `off`, `yes`, `no`, `y` and `n` without quotes are booleans for kubectl and words "
          "for a YAML 1.2 reader: two tools see two documents.",
          "Write `true` or `false`, or put the word in quotes.",
          "sigs.k8s.io/yaml, goyaml.v2/resolve.go"),
    check(903, "not-an-object", M, "Document is no Kubernetes object",
          "A document without `apiVersion` and `kind` in a file of objects is refused, or "
          "skipped in silence.",
          "Give it `apiVersion` and `kind`, or move it to a file of its own."),
    check(904, "unserved-version", H, "API version is not served",
          "The API server answers «no matches for kind»: nothing of the object is applied.",
          "Write the version that the platform's release serves, and check renamed fields.",
          "External Secrets v0.17.0 notes; Gateway API v1.4.0 and later CRDs"),
    check(905, "unknown-kind", L, "No schema for this kind",
          "Without a schema nobody has checked the fields of this object.",
          "Give its CustomResourceDefinition with `--crds`.", certainty=_ASK),
    check(906, "deprecated-version", L, "API version is deprecated",
          "It will stop being served; then the object cannot be applied, also not to repair it.",
          "Move to the version that the message names.",
          "`deprecated: true` in the CustomResourceDefinition"),
    check(907, "duplicate-object", H, "Object is defined twice",
          "Both are applied, in an order that nobody chose; under GitOps they overwrite each "
          "other at every sync.",
          "Keep one, or give them different names."),
    check(908, "missing-resource-file", H, "Kustomization names a file that is not there",
          "`kubectl kustomize` stops: the whole overlay renders to nothing.",
          "Add the file, or take its line out."),
)  # fmt: skip

SCHEMA_CHECKS = (
    check(910, "unknown-field", H, "Field does not exist",
          "A server without strict validation drops the field in silence: what it should have "
          "done does not happen, and nobody is told.",
          "Use the field that this version has; validate strictly in the pipeline.",
          "argo-rollouts#4569: traffic stayed at 50:50"),
    check(911, "wrong-type", H, "Value has the wrong type",
          "The API server refuses the object.", "Write the type that the message names."),
    check(912, "missing-field", H, "Required field is missing",
          "The API server refuses the object.", "Add the field."),
    check(913, "value-refused", H, "Value is not allowed",
          "The API server refuses the object.", "Write a value that the schema allows."),
    check(914, "duplicate-list-entry", H, "Entry is in the list twice",
          "The list is a map or a set for the API server; two entries with one key are refused.",
          "Give the entries different keys, or take one out."),
    check(915, "schema-rule-violated", H, "Rule of the schema is not met",
          "The CustomResourceDefinition carries this rule and the API server evaluates it on "
          "every write: the object is refused.",
          "Change the fields that the rule reads."),
    check(916, "bad-metadata", H, "Name, label or annotation is not allowed",
          "The API server refuses the object, whatever its kind.",
          "Follow the syntax that the message gives.",
          "Kubernetes apimachinery/pkg/api/validation/objectmeta.go"),
    check(917, "bad-quantity", H, "Quantity cannot be read",
          "The API server refuses the object.",
          "Write a number with a suffix such as `m`, `k`, `M`, `Ki`, `Mi` or `Gi`.",
          "Kubernetes apimachinery/pkg/api/resource/quantity.go"),
    check(918, "kubernetes-rule", H, "Kubernetes refuses this object",
          "The API server has this rule in code, so no schema shows it; the object is refused "
          "when it is applied.",
          "Change what the message names.",
          "Kubernetes pkg/apis/*/validation/validation.go"),
)  # fmt: skip

ADMISSION_CHECKS = (
    check(920, "kserve-canary-refused", H, "KServe refuses this canary",
          "The rules stand in KServe's webhook, not in its schema: the apply fails in the cluster.",
          "Unique names, weights from 0 to 100 that sum to at most 100, and no scaling bounds on "
          "a canary.",
          "kserve pkg/apis/serving/v1beta1/inference_service_validation.go, validateCanarySpecs; "
          "kserve#5672"),
    check(921, "canary-share-ignored", H, "Canary share has no effect in this mode",
          "`canaryTrafficPercent` is carried out by Knative only. In Standard mode the new version "
          "takes all traffic at once.",
          "Use `spec.canary` (KServe 0.20 and later), or Knative mode.",
          "kserve#5672, kserve website#734"),
    check(922, "replicas-and-scaling", H, "Fixed replicas and scaling exclude each other",
          "KServe 0.20 refuses both together, and refuses `scaling` without a `wva` block.",
          "Keep `replicas` for a fixed number or `scaling` for a range.",
          "Recorded answer of kube-apiserver 1.36.2 with the CRDs of kserve v0.20.0"),
    check(923, "rollout-refused", H, "Argo Rollouts refuses this Rollout",
          "The controller validates after the API server has accepted: the Rollout becomes "
          "Degraded with InvalidSpec and no pod changes.",
          "Follow the message.",
          "argo-rollouts pkg/apis/rollouts/validation/validation.go"),
    check(924, "scaler-refused", H, "KEDA refuses this scaler",
          "KEDA's webhook or operator refuses it: nothing scales.",
          "Follow the message.",
          "keda apis/keda/v1alpha1/scaledobject_types.go and scaledobject_webhook.go"),
    check(925, "dynamo-graph-refused", H, "Dynamo refuses this graph",
          "The operator's webhook holds these rules.",
          "Follow the message.",
          "ai-dynamo/dynamo deploy/operator/api/v1beta1 types"),
    check(926, "llm-group-weights", H, "Weights of a KServe group cannot work",
          "Members of `router.route.group` share traffic by weight and there is no baseline: a "
          "group whose weights are all zero serves nobody.",
          "Give every member a weight; at least one above zero.",
          "kserve#5725, kserve#5452"),
    check(927, "undefined-receiver", H, "Route names a receiver that does not exist",
          "Alertmanager refuses the whole configuration and keeps the old one: no alert of this "
          "change reaches anybody.",
          "Define the receiver, or name one that exists."),
    check(928, "llm-service-refused", H, "KServe refuses this LLMInferenceService",
          "The rules stand in KServe's webhook, not in its schema: the apply fails in the cluster.",
          "Follow the message.",
          "kserve v0.20.0 pkg/apis/serving/v1alpha2/llm_inference_service_validation.go"),
    check(929, "group-refused", H, "LeaderWorkerSet's webhook refuses this group",
          "The rules stand in the webhook, not in the schema: the apply fails in the cluster.",
          "Follow the message.",
          "kubernetes-sigs/lws v0.10.0 pkg/webhooks"),
    check(966, "ray-refused", H, "KubeRay refuses this cluster or service",
          "The operator validates after the API server has accepted: it reports an invalid spec "
          "and starts nothing.",
          "Follow the message.",
          "ray-project/kuberay v1.7.0 ray-operator/controllers/ray/utils/validation.go"),
    check(967, "chaos-refused", H, "Chaos Mesh refuses this experiment",
          "The rules stand in the webhook, not in the schema: the experiment never runs, and what "
          "it should prove stays unproven.",
          "Follow the message.",
          "chaos-mesh/chaos-mesh v2.8.3 api/v1alpha1/*_webhook.go"),
    check(968, "policy-refused", H, "Policy for images is refused",
          "The policy's own webhook refuses it: nothing is admitted or refused by it, and the gate "
          "stands open.",
          "Follow the message.",
          "sigstore/policy-controller v0.15.1 pkg/apis/policy/v1beta1/clusterimagepolicy_validation.go"),
    check(969, "kserve-refused", H, "KServe refuses this object",
          "The rules stand in KServe's webhooks, not in its schemas: the apply fails in the cluster.",
          "Follow the message.",
          "kserve pkg/apis/serving/v1beta1/inference_service_validation.go and "
          "pkg/webhook/admission/servingruntime/servingruntime_webhook.go"),
    check(975, "external-secret-refused", H, "External Secrets refuses this object",
          "The rules stand in the webhook, not in the schema: no Secret is made, and pods wait for "
          "it.",
          "Follow the message.",
          "external-secrets apis/externalsecrets/v1/externalsecret_validator.go"),
    check(983, "canary-refused", H, "Flagger cannot carry this Canary out",
          "Flagger has no webhook: the object is accepted, and the release never begins or never "
          "ends; only an event says why.",
          "Follow the message.",
          "fluxcd/flagger v1.44.0 pkg/router/gateway_api.go, pkg/controller/scheduler.go, "
          "pkg/canary/deployment_controller.go"),
)  # fmt: skip
