"""What the webhooks of operators refuse: one accepted object of each kind, changed in one place."""

from __future__ import annotations

import copy

import pytest
import yaml
from pydantic import JsonValue

from aegis.verify.api import verify_files

POD = "{metadata: {labels: {a: b}}, spec: {containers: [{name: main, image: 'i@sha256:00'}]}}"
RAY_POD = "{spec: {containers: [{name: ray, image: 'i@sha256:00'}]}}"
ACCEPTED = {
    "LeaderWorkerSet": f"""
apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: {{name: llm}}
spec:
  replicas: 2
  rolloutStrategy: {{rollingUpdateConfiguration: {{maxUnavailable: 1, maxSurge: 0}}}}
  leaderWorkerTemplate: {{size: 4, workerTemplate: {POD}}}
""",
    "DisaggregatedSet": f"""
apiVersion: disaggregatedset.x-k8s.io/v1
kind: DisaggregatedSet
metadata: {{name: llm}}
spec:
  roles:
    - name: prefill
      spec:
        replicas: 2
        rolloutStrategy: {{rollingUpdateConfiguration: {{maxUnavailable: 1, maxSurge: 0}}}}
        leaderWorkerTemplate: {{size: 1, workerTemplate: {POD}}}
    - name: decode
      spec: {{leaderWorkerTemplate: {{size: 1, workerTemplate: {POD}}}}}
""",
    "RayService": f"""
apiVersion: ray.io/v1
kind: RayService
metadata: {{name: llm}}
spec:
  upgradeStrategy:
    type: NewClusterWithIncrementalUpgrade
    clusterUpgradeOptions:
      {{gatewayClassName: eg, stepSizePercent: 10, intervalSeconds: 30, maxSurgePercent: 100}}
  rayClusterConfig:
    enableInTreeAutoscaling: true
    headGroupSpec: {{rayStartParams: {{}}, template: {RAY_POD}}}
    workerGroupSpecs:
      - groupName: gpu
        minReplicas: 1
        maxReplicas: 2
        rayStartParams: {{}}
        template: {RAY_POD}
""",
    "DynamoGraphDeployment": """
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeployment
metadata: {name: llm}
spec:
  components:
    - name: picker
      type: epp
      replicas: 1
      podTemplate: {spec: {containers: [{name: main, image: 'e:1.6.1@sha256:00'}]}}
    - name: worker
      type: worker
      runtimeVersionOverride: 1.6.1
      frontendSidecar: front
      podTemplate:
        spec: {containers: [{name: main, image: 'i@sha256:00'}, {name: front, image: 'i@sha256:00'}]}
""",
    "DynamoGraphDeploymentScalingAdapter": """
apiVersion: nvidia.com/v1beta1
kind: DynamoGraphDeploymentScalingAdapter
metadata: {name: llm-worker}
spec: {replicas: 2, dgdRef: {name: llm, componentName: worker}}
""",
    "NetworkChaos": """
apiVersion: chaos-mesh.org/v1alpha1
kind: NetworkChaos
metadata: {name: slow}
spec:
  action: delay
  mode: one
  duration: 5m
  selector: {labelSelectors: {app: llm}}
  delay: {latency: 100ms, jitter: 10ms}
""",
    "PodChaos": """
apiVersion: chaos-mesh.org/v1alpha1
kind: PodChaos
metadata: {name: kill}
spec: {action: pod-kill, mode: one, selector: {labelSelectors: {app: llm}}}
""",
    "StressChaos": """
apiVersion: chaos-mesh.org/v1alpha1
kind: StressChaos
metadata: {name: busy}
spec:
  mode: one
  duration: 5m
  selector: {labelSelectors: {app: llm}}
  stressors: {cpu: {workers: 1}}
""",
    "Schedule": """
apiVersion: chaos-mesh.org/v1alpha1
kind: Schedule
metadata: {name: weekly}
spec:
  schedule: "0 10 * * 2"
  type: PodChaos
  historyLimit: 1
  concurrencyPolicy: Forbid
  podChaos: {action: pod-kill, mode: one, selector: {labelSelectors: {app: llm}}}
""",
    "Workflow": """
apiVersion: chaos-mesh.org/v1alpha1
kind: Workflow
metadata: {name: rehearsal}
spec:
  entry: all
  templates:
    - {name: all, templateType: Serial, deadline: 10m, children: [lose, wait]}
    - name: lose
      templateType: PodChaos
      deadline: 5m
      podChaos: {action: pod-failure, mode: one, selector: {labelSelectors: {app: llm}}}
    - {name: wait, templateType: Suspend, deadline: 1m}
""",
    "ClusterImagePolicy": """
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: signed}
spec:
  images: [{glob: "registry.example/**"}]
  authorities:
    - name: release
      keyless:
        url: https://fulcio.example
        identities: [{issuer: "https://issuer.example", subjectRegExp: ".*/release.yaml"}]
      attestations: [{name: sbom, predicateType: "https://spdx.dev/Document"}]
""",
    "ValidatingPolicy": """
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: digests}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  validations:
    - {expression: "object.spec.containers.all(c, c.image.contains('@sha256:'))", message: digest}
""",
    "ExternalSecret": """
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: token}
spec:
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  data: [{secretKey: token, remoteRef: {key: llm/token}}]
  dataFrom: [{extract: {key: llm/all}}]
""",
    "ServingRuntime": """
apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata: {name: trees}
spec:
  protocolVersions: [v2]
  supportedModelFormats:
    - {name: xgboost, version: "2", autoSelect: true, priority: 1}
    - {name: xgboost, version: "3", autoSelect: true, priority: 1}
  containers: [{name: kserve-container, image: "i@sha256:00"}]
""",
}
SKIPPED = {"group-rollout-unset", "ray-upgrade-needs-second-cluster"}
"""Findings of other checks that a changed object may have too."""


def changed(kind: str, path: str, value: JsonValue) -> dict[str, JsonValue]:
    """The accepted object with one value in another place; None takes it out."""
    loaded = yaml.safe_load(ACCEPTED[kind])
    made: dict[str, JsonValue] = copy.deepcopy(loaded)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    here: JsonValue = made
    for step in steps:
        if isinstance(here, dict):
            here = here.setdefault(str(step), {})
        elif isinstance(here, list) and isinstance(step, int):
            here = here[step]
    if isinstance(here, dict):
        here[str(last)] = value
        if value is None:
            del here[str(last)]
    return made


@pytest.mark.parametrize("kind", ACCEPTED)
def test_what_the_webhook_accepts_has_no_finding(kind: str) -> None:
    """The ground on which the changes below stand."""
    findings = verify_files({"a.yaml": ACCEPTED[kind]}).findings

    assert [f"{f.name}: {f.message}" for f in findings] == []


TEMPLATE = "spec/leaderWorkerTemplate"
ROLLING = "spec/rolloutStrategy/rollingUpdateConfiguration"
OPTIONS = "spec/upgradeStrategy/clusterUpgradeOptions"
CLUSTER = "spec/rayClusterConfig"
AUTHORITY = "spec/authorities/0"


@pytest.mark.parametrize(
    ("kind", "path", "value", "words"),
    [
        ("LeaderWorkerSet", "metadata/name", "1st", "start with a letter"),
        ("LeaderWorkerSet", "spec/replicas", 2_000_000, "0 to 1,000,000"),
        ("LeaderWorkerSet", f"{TEMPLATE}/size", 2_000_000_000, "more than 2,147,483,647"),
        ("LeaderWorkerSet", f"{ROLLING}/maxUnavailable", 0, "must not be 0 when maxSurge is 0"),
        ("LeaderWorkerSet", f"{ROLLING}/maxUnavailable", "120%", "at most 100%"),
        ("LeaderWorkerSet", f"{ROLLING}/maxSurge", "some", "count or a percentage"),
        ("LeaderWorkerSet", f"{ROLLING}/partition", -1, "not be negative"),
        ("LeaderWorkerSet", f"{TEMPLATE}/subGroupPolicy", {"subGroupSize": 5}, "larger than"),
        ("LeaderWorkerSet", f"{TEMPLATE}/subGroupPolicy", {"subGroupSize": 0}, "at least 1"),
        (
            "LeaderWorkerSet",
            f"{TEMPLATE}/subGroupPolicy",
            {"subGroupSize": 2, "subGroupPolicyType": "LeaderExcluded"},
            "3 workers cannot be divided by 2",
        ),
        (
            "LeaderWorkerSet",
            "metadata/annotations",
            {"leaderworkerset.sigs.k8s.io/subgroup-exclusive-topology": "rack"},
            "subGroupSize",
        ),
        ("DisaggregatedSet", "metadata/name", "a" * 45, "set and role may have"),
        (
            "DisaggregatedSet",
            f"spec/roles/0/{ROLLING}/maxUnavailable",
            0,
            "must not be 0 when maxSurge is 0",
        ),
        ("DisaggregatedSet", f"spec/roles/0/{ROLLING}/partition", 1, "belongs to the controller"),
        ("RayService", "metadata/name", "a" * 48, "more than 47 characters"),
        ("RayService", f"{OPTIONS}/stepSizePercent", 101, "0 to maxSurgePercent 100"),
        ("RayService", f"{OPTIONS}/intervalSeconds", 0, "greater than 0"),
        ("RayService", f"{OPTIONS}/gatewayClassName", "", "`gatewayClassName` is missing"),
        ("RayService", OPTIONS, None, "needs clusterUpgradeOptions"),
        ("RayService", f"{CLUSTER}/enableInTreeAutoscaling", False, "enableInTreeAutoscaling"),
        ("RayService", f"{CLUSTER}/workerGroupSpecs/0/minReplicas", 3, "more than maxReplicas 2"),
        (
            "RayService",
            f"{CLUSTER}/headGroupSpec",
            {
                "rayStartParams": {"num-cpus": "0"},
                "resources": {"CPU": "1"},
                "template": yaml.safe_load(RAY_POD),
            },
            "only one place",
        ),
        (
            "RayService",
            f"{CLUSTER}/headGroupSpec/headService",
            {"metadata": {"name": "mine"}},
            "the operator names it",
        ),
        (
            "RayService",
            "metadata/annotations",
            {"ray.io/initializing-timeout": "soon"},
            "no positive duration",
        ),
        ("DynamoGraphDeployment", "spec/components/0/replicas", 2, "exactly one replica"),
        ("DynamoGraphDeployment", "spec/components/0/multinode", {"nodeCount": 2}, "one node"),
        (
            "DynamoGraphDeployment",
            "spec/components/1/runtimeVersionOverride",
            None,
            "no tag that is a version",
        ),
        ("DynamoGraphDeployment", "spec/components/1/frontendSidecar", "x", "no container"),
        ("DynamoGraphDeployment", "spec/components/1/minAvailable", 2, "minAvailable"),
        ("DynamoGraphDeploymentScalingAdapter", "spec/replicas", -1, "at least 0"),
        ("DynamoGraphDeploymentScalingAdapter", "spec/dgdRef/componentName", "", "1"),
        ("NetworkChaos", "spec/duration", "five minutes", "no duration"),
        ("NetworkChaos", "spec/delay/latency", "100", "no duration"),
        ("NetworkChaos", "spec/direction", "both", "need a `target`"),
        ("NetworkChaos", "spec/loss", {"loss": "a lot"}, "no percentage"),
        (
            "NetworkChaos",
            "spec/bandwidth",
            {"rate": "fast", "limit": 1, "buffer": 1},
            "no rate",
        ),
        ("PodChaos", "spec/action", "container-kill", "needed by container-kill"),
        ("PodChaos", "spec/mode", "fixed", "count above 0"),
        ("PodChaos", "spec/mode", "fixed-percent", "from 1 to 100"),
        ("StressChaos", "spec/stressors", {}, "`cpu` or `memory`"),
        ("StressChaos", "spec/stressors", None, "needs `stressors`"),
        ("Schedule", "spec/schedule", "tuesdays", "no cron schedule"),
        ("Schedule", "spec/podChaos/mode", "fixed", "count above 0"),
        ("Workflow", "spec/entry", "everything", "no template"),
        ("Workflow", "spec/templates/0/children", ["lose", "watch"], "no template"),
        ("Workflow", "spec/templates/1/name", "all", "two templates are called"),
        ("Workflow", "spec/templates/1/podChaos/duration", "5m", "`deadline` says how long"),
        ("Workflow", "spec/templates/1/podChaos/mode", "fixed", "count above 0"),
        ("Workflow", "spec/templates/2/deadline", None, "needs its `deadline`"),
        ("Workflow", "spec/templates/2/children", ["lose"], "has no place in a template"),
        ("ClusterImagePolicy", "spec/images", [], "`images` is missing"),
        ("ClusterImagePolicy", "spec/authorities", [], "nobody's signature"),
        ("ClusterImagePolicy", "spec/mode", "audit", "enforce, warn"),
        ("ClusterImagePolicy", f"{AUTHORITY}/static", {"action": "pass"}, "both given"),
        ("ClusterImagePolicy", f"{AUTHORITY}/keyless/identities", [], "anybody's signature"),
        (
            "ClusterImagePolicy",
            f"{AUTHORITY}/keyless/identities",
            [{"issuer": "https://issuer.example"}],
            "needs exactly one of subject, subjectRegExp",
        ),
        (
            "ClusterImagePolicy",
            f"{AUTHORITY}/keyless/identities",
            [{"issuer": "https://issuer.example", "subjectRegExp": "("}],
            "no regular expression",
        ),
        ("ClusterImagePolicy", f"{AUTHORITY}/attestations/0/predicateType", "", "`predicateType`"),
        (
            "ClusterImagePolicy",
            f"{AUTHORITY}/attestations/0/policy",
            {"type": "cel", "data": "x"},
            "cue, rego",
        ),
        ("ValidatingPolicy", "spec/validations/0/expression", "object.spec..a", "no CEL"),
        ("ExternalSecret", "spec/target", {"deletionPolicy": "Delete", "creationPolicy": "Merge"},
         "needs creationPolicy Owner"),
        ("ExternalSecret", "spec/dataFrom/0/find", {"name": {"regexp": "a"}}, "exclude each other"),
        ("ExternalSecret", "spec/dataFrom/0/extract", None, "needs extract, find or sourceRef"),
        (
            "ExternalSecret",
            "spec/data",
            [{"secretKey": "a", "remoteRef": {"key": "x"}}] * 2,
            "given twice",
        ),
        ("ServingRuntime", "spec/supportedModelFormats/1/priority", 2, "another priority"),
        (
            "ServingRuntime",
            "spec/workerSpec",
            {"pipelineParallelSize": 0, "containers": [{"name": "worker-container"}]},
            "at least 1",
        ),
    ],
)  # fmt: skip
def test_what_the_webhook_refuses_is_found(
    kind: str, path: str, value: JsonValue, words: str
) -> None:
    """Each rule of the source, by one change; the message says what is wrong."""
    text = yaml.safe_dump(changed(kind, path, value))

    found = [f for f in verify_files({"a.yaml": text}).findings if f.name not in SKIPPED]

    assert any(words in f.message for f in found), [f.message for f in found]
    assert all(f.name.endswith("refused") or f.code < "AEG919" for f in found)


def test_two_runtimes_that_choose_themselves_at_one_rank_are_refused() -> None:
    """KServe could not say which of them serves the model."""
    other = ACCEPTED["ServingRuntime"].replace("name: trees", "name: forests")

    found = verify_files({"a.yaml": f"{ACCEPTED['ServingRuntime']}---{other}"}).findings

    assert {f.name for f in found} == {"kserve-refused"}
    assert "at the same priority" in found[0].message


ODD: tuple[JsonValue, ...] = (-1, [[None]], {"": 1})


def places(value: JsonValue, path: tuple[str, ...] = ()) -> list[str]:
    """The path of every value inside."""
    parts = [*value.items()] if isinstance(value, dict) else []
    if isinstance(value, list):
        parts = [(str(index), item) for index, item in enumerate(value)]
    here = ["/".join(path)] if path else []
    return here + [place for key, item in parts for place in places(item, (*path, key))]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ACCEPTED)
def test_no_odd_value_anywhere_breaks_a_rule(kind: str) -> None:
    """Every value in turn becomes what nobody expects there; there is always an answer."""
    for path in places(yaml.safe_load(ACCEPTED[kind])):
        if path.startswith("metadata") or path.rpartition("/")[2].isdigit():
            continue
        for odd in ODD:
            text = yaml.safe_dump(changed(kind, path, odd))
            assert verify_files({"a.yaml": text}).files
