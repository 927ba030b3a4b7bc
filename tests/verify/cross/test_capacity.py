"""Accelerators, drains, startups and budgets of model servers: the edges of each check."""

from __future__ import annotations

import pytest
import yaml
from pydantic import JsonValue

from aegis.base.conventions import SPARE_ANNOTATION
from aegis.verify.api import Settings, verify_files

Spec = dict[str, JsonValue]
IMAGE = "registry.example/vllm@sha256:00"


def container(**fields: JsonValue) -> Spec:
    return {"name": "engine", "image": IMAGE, **fields}


def gpus(count: int | str, name: str = "nvidia.com/gpu") -> Spec:
    return {"resources": {"limits": {name: count}}}


def deployment(one: Spec, **spec: JsonValue) -> Spec:
    pod: Spec = {"containers": [one]}
    if "terminationGracePeriodSeconds" in spec:
        pod["terminationGracePeriodSeconds"] = spec.pop("terminationGracePeriodSeconds")
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "llm"},
        "spec": {
            "selector": {"matchLabels": {"app": "llm"}},
            "template": {"metadata": {"labels": {"app": "llm"}}, "spec": pod},
            **spec,
        },
    }


def names(*objects: Spec, spare: int | None = None) -> set[str]:
    text = yaml.safe_dump_all(objects)
    made = verify_files({"a.yaml": text}, settings=Settings(spare_accelerators=spare))
    return {f.name for f in made.findings}


ROLLING: JsonValue = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


@pytest.mark.parametrize(
    ("item", "spare", "flagged"),
    [
        pytest.param(deployment(container(**gpus(4)), replicas=2), None, True, id="default-25%"),
        pytest.param(deployment(container(**gpus(4)), replicas=2), 3, True, id="one-too-few"),
        pytest.param(deployment(container(**gpus(4)), replicas=2), 4, False, id="just-enough"),
        pytest.param(deployment(container(**gpus(4)), replicas=8), 4, True, id="two-pods-surge"),
        pytest.param(
            deployment(container(**gpus(1)), replicas=1, strategy={"type": "Recreate"}),
            None,
            False,
            id="recreate",
        ),
        pytest.param(deployment(container(), replicas=2), None, False, id="no-accelerator"),
        pytest.param(deployment(container(**gpus(1)), replicas=0), None, False, id="no-replica"),
        pytest.param(
            deployment(container(**gpus(1, "amd.com/gpu")), strategy=ROLLING), None, True, id="amd"
        ),
        pytest.param(
            deployment(container(**gpus(1, "example.org/disk"))), None, False, id="no-device"
        ),
    ],
)
def test_an_update_needs_what_is_spare(item: Spec, spare: int | None, *, flagged: bool) -> None:
    assert ("surge-without-spare-accelerator" in names(item, spare=spare)) is flagged


def rollout(canary: Spec, replicas: int) -> Spec:
    item = deployment(container(**gpus(2)), replicas=replicas, strategy={"canary": canary})
    return {**item, "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}


ROUTED: JsonValue = {"plugins": {"argoproj-labs/gatewayAPI": {"httpRoute": "llm"}}}


@pytest.mark.parametrize(
    ("canary", "needed"),
    [
        pytest.param({}, 2, id="a-quarter-of-three-rounds-up"),
        pytest.param({"maxSurge": 0, "maxUnavailable": 1}, 0, id="no-surge"),
        pytest.param({"trafficRouting": ROUTED}, 6, id="routing-keeps-both-at-full-size"),
        pytest.param(
            {"trafficRouting": ROUTED, "dynamicStableScale": True}, 2, id="the-stable-one-shrinks"
        ),
    ],
)
def test_a_canary_needs_room_for_what_its_strategy_adds(canary: Spec, needed: int) -> None:
    """Three replicas of two devices each."""
    item = rollout(canary, replicas=3)
    surge = "surge-without-spare-accelerator"

    assert surge not in names(item, spare=needed)
    assert needed == 0 or surge in names(item, spare=needed - 1)


@pytest.mark.parametrize(("noted", "flagged"), [("1", True), ("2", False), ("many", True)])
def test_a_workload_may_note_what_is_spare(noted: str, *, flagged: bool) -> None:
    """An annotation speaks where the caller does not; one who calls knows better."""
    item = deployment(container(**gpus(2)), replicas=1)
    item["metadata"] = {"name": "llm", "annotations": {SPARE_ANNOTATION: noted}}

    assert ("surge-without-spare-accelerator" in names(item)) is flagged
    assert "surge-without-spare-accelerator" in names(item, spare=0)


@pytest.mark.parametrize(
    ("words", "count", "flagged"),
    [
        pytest.param(["--tensor-parallel-size=4"], 4, False, id="equal"),
        pytest.param(["--tensor-parallel-size", "4"], 8, True, id="idle-devices"),
        pytest.param(["-tp", "2"], 1, True, id="short-form"),
        pytest.param(["--tp-size 2 --dp-size 2"], 4, False, id="data-parallel"),
        pytest.param(["-tp=2", "--pipeline-parallel-size=2"], 4, False, id="pipeline"),
        pytest.param(["--tensor-parallel-size=16", "--nnodes=2"], 8, False, id="several-nodes"),
        pytest.param(["--model=a"], 4, False, id="not-stated"),
    ],
)
def test_parallelism_equals_the_accelerators(
    words: list[str], count: int, *, flagged: bool
) -> None:
    args: list[JsonValue] = [*words]
    item = deployment(container(args=args, **gpus(count)))

    assert ("parallelism-not-accelerators" in names(item)) is flagged


LIVE: Spec = {"tcpSocket": {"port": 1}}


@pytest.mark.parametrize(
    ("probes", "flagged"),
    [
        pytest.param({"livenessProbe": LIVE}, True, id="thirty-seconds"),
        pytest.param({"livenessProbe": {**LIVE, "initialDelaySeconds": 600}}, False, id="delay"),
        pytest.param({"readinessProbe": LIVE}, False, id="nothing-restarts-it"),
        pytest.param(
            {"livenessProbe": LIVE, "startupProbe": {**LIVE, "failureThreshold": 2}},
            True,
            id="a-short-startup-probe",
        ),
        pytest.param(
            {"livenessProbe": LIVE, "startupProbe": {**LIVE, "failureThreshold": 12}},
            False,
            id="two-minutes",
        ),
    ],
)
def test_a_model_may_take_its_time_to_load(probes: Spec, *, flagged: bool) -> None:
    item = deployment(container(**gpus(1), **probes))

    assert ("no-startup-budget" in names(item)) is flagged


@pytest.mark.parametrize(
    ("hook", "grace", "flagged"),
    [
        pytest.param({"sleep": {"seconds": 30}}, None, True, id="all-of-the-default"),
        pytest.param({"sleep": {"seconds": 20}}, None, False, id="less-than-the-default"),
        pytest.param({"exec": {"command": ["sh", "-c", "sleep 90"]}}, 60, True, id="shell"),
        pytest.param({"exec": {"command": ["sleep", "5"]}}, 60, False, id="short"),
        pytest.param({"httpGet": {"port": 80}}, 10, False, id="unknown-length"),
    ],
)
def test_the_grace_period_is_longer_than_the_drain(
    hook: Spec, grace: int | None, *, flagged: bool
) -> None:
    more: Spec = {} if grace is None else {"terminationGracePeriodSeconds": grace}
    item = deployment(container(lifecycle={"preStop": hook}), **more)

    assert ("drain-longer-than-grace" in names(item)) is flagged


def budget(**spec: JsonValue) -> Spec:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "llm"},
        "spec": {"selector": {"matchLabels": {"app": "llm"}}, **spec},
    }


def scaler(least: int) -> Spec:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "llm"},
        "spec": {
            "minReplicas": least,
            "maxReplicas": 9,
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "llm"},
        },
    }


@pytest.mark.parametrize(
    ("objects", "flagged"),
    [
        pytest.param([deployment(container(), replicas=1), budget(minAvailable=1)], True, id="one"),
        pytest.param(
            [deployment(container(), replicas=2), budget(minAvailable=1)], False, id="two"
        ),
        pytest.param(
            [deployment(container(), replicas=3), budget(minAvailable="67%")], True, id="rounds-up"
        ),
        pytest.param(
            [deployment(container(), replicas=3), budget(maxUnavailable="30%")], False, id="up-too"
        ),
        pytest.param(
            [deployment(container(), replicas=3), budget(maxUnavailable="0%")], True, id="zero"
        ),
        pytest.param(
            [deployment(container(), replicas=3), budget(maxUnavailable=1)], False, id="room"
        ),
        pytest.param(
            [deployment(container()), scaler(2), budget(minAvailable=2)], True, id="scaled-floor"
        ),
        pytest.param(
            [deployment(container()), scaler(3), budget(minAvailable=2)], False, id="scaled-room"
        ),
    ],
)
def test_a_budget_leaves_room_for_one_eviction(objects: list[Spec], *, flagged: bool) -> None:
    assert ("disruption-budget-blocks-drain" in names(*objects)) is flagged


def labelled_ray(kind: str, field: str | None) -> Spec:
    """A cluster whose head and workers carry the label of the budget."""
    pod: Spec = {"metadata": {"labels": {"app": "llm"}}, "spec": {"containers": [container()]}}
    cluster: Spec = {
        "headGroupSpec": {"rayStartParams": {}, "template": pod},
        "workerGroupSpecs": [
            {
                "groupName": "w",
                "replicas": 1,
                "maxReplicas": 2,
                "rayStartParams": {},
                "template": pod,
            }
        ],
    }
    return {
        "apiVersion": "ray.io/v1",
        "kind": kind,
        "metadata": {"name": "llm"},
        "spec": cluster if field is None else {field: cluster},
    }


JOB: Spec = {
    "apiVersion": "batch/v1",
    "kind": "Job",
    "metadata": {"name": "judge"},
    "spec": {
        "template": {
            "metadata": {"labels": {"app": "llm"}},
            "spec": {"restartPolicy": "Never", "containers": [container()]},
        }
    },
}


@pytest.mark.parametrize(
    ("owner", "limit", "flagged"),
    [
        pytest.param(
            labelled_ray("RayService", "rayClusterConfig"),
            {"maxUnavailable": 1},
            True,
            id="service",
        ),
        pytest.param(labelled_ray("RayCluster", None), {"maxUnavailable": 1}, True, id="cluster"),
        pytest.param(JOB, {"maxUnavailable": 1}, True, id="job"),
        pytest.param(labelled_ray("RayCluster", None), {"minAvailable": 1}, False, id="a-number"),
    ],
)
def test_a_budget_by_what_may_be_missing_needs_a_count(
    owner: Spec, limit: Spec, *, flagged: bool
) -> None:
    """Who has no scale subresource cannot be asked, and the server then allows no eviction."""
    found = names(owner, budget(**limit))

    assert ("disruption-budget-blocks-drain" in found) is flagged


@pytest.mark.parametrize(
    ("spec", "spare", "flagged"),
    [
        pytest.param({"replicas": 4}, None, True, id="nobody-said"),
        pytest.param({"replicas": 4}, 2, False, id="a-quarter-is-one"),
        pytest.param({"replicas": 5}, 2, True, id="rounded-up"),
        pytest.param({"replicas": 1, "prefill": 4}, 1, True, id="readers-too"),
        pytest.param({"replicas": 4, "worker": {}}, None, False, id="groups-do-not"),
    ],
)
def test_kserve_adds_a_quarter_of_a_language_model(
    spec: Spec, spare: int | None, *, flagged: bool
) -> None:
    """LLMInferenceService 0.20 leaves the strategy to the default of a Deployment."""
    template: Spec = {"containers": [{"name": "main", "image": IMAGE, **gpus(2)}]}
    body: Spec = {"model": {"uri": "hf://a/b"}, "replicas": spec["replicas"], "template": template}
    if "prefill" in spec:
        body["prefill"] = {"replicas": spec["prefill"], "template": template}
    if "worker" in spec:
        body["worker"] = {"containers": [container()]}
    item: Spec = {
        "apiVersion": "serving.kserve.io/v1alpha2",
        "kind": "LLMInferenceService",
        "metadata": {"name": "llm"},
        "spec": body,
    }

    assert ("surge-without-spare-accelerator" in names(item, spare=spare)) is flagged


def group(**spec: JsonValue) -> Spec:
    """Two groups of a leader and three workers with two devices each."""
    pod: Spec = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container(**gpus(2))]}}
    return {
        "apiVersion": "leaderworkerset.x-k8s.io/v1",
        "kind": "LeaderWorkerSet",
        "metadata": {"name": "llm"},
        "spec": {
            "replicas": 2,
            "leaderWorkerTemplate": {"size": 4, "workerTemplate": pod},
            **spec,
        },
    }


def rolling(surge: int | str) -> JsonValue:
    return {"rollingUpdateConfiguration": {"maxUnavailable": 1, "maxSurge": surge}}


def ray(upgrade: str, **options: JsonValue) -> Spec:
    """Two workers with four devices each."""
    pod: JsonValue = {"spec": {"containers": [container(**gpus(4))]}}
    serve = "applications:\n  - args:\n      llm_configs:\n        - engine_kwargs: {tensor_parallel_size: %s}\n"
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": "llm"},
        "spec": {
            "upgradeStrategy": {"type": upgrade, "clusterUpgradeOptions": options},
            "serveConfigV2": serve % options.pop("tensor", 4),
            "rayClusterConfig": {
                "headGroupSpec": {"template": {"spec": {"containers": [container()]}}},
                "workerGroupSpecs": [{"groupName": "gpu", "replicas": 2, "template": pod}],
            },
        },
    }


def predictor(strategy: JsonValue, mode: str = "Standard") -> Spec:
    """A predictor of four replicas with one device each, through KServe."""
    model: JsonValue = {"modelFormat": {"name": "onnx"}, "storageUri": "pvc://m/m", **gpus(1)}
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {"name": "llm", "annotations": {"serving.kserve.io/deploymentMode": mode}},
        "spec": {"predictor": {"minReplicas": 4, "model": model, "deploymentStrategy": strategy}},
    }


def graph(arguments: str, **component: JsonValue) -> Spec:
    """A worker of a Dynamo graph with four devices in each pod."""
    words: list[JsonValue] = [*arguments.split()]
    main = {**container(**gpus(4), args=words), "name": "main"}
    part: Spec = {"name": "w", "podTemplate": {"spec": {"containers": [main]}}, **component}
    return {
        "apiVersion": "nvidia.com/v1beta1",
        "kind": "DynamoGraphDeployment",
        "metadata": {"name": "llm"},
        "spec": {"components": [part]},
    }


@pytest.mark.parametrize(
    ("item", "needed"),
    [
        pytest.param(group(rolloutStrategy=rolling(0)), 0, id="group-without-surge"),
        pytest.param(group(rolloutStrategy=rolling(1)), 8, id="one-whole-group"),
        pytest.param(group(rolloutStrategy=rolling("100%")), 16, id="all-groups"),
        pytest.param(predictor({}), 1, id="predictor-by-default"),
        pytest.param(predictor({}, "Knative"), 0, id="predictor-of-another-mode"),
        pytest.param(predictor({"rollingUpdate": {"maxSurge": 2}}), 2, id="predictor-by-two"),
        pytest.param(predictor({"type": "Recreate"}), 0, id="predictor-anew"),
        pytest.param(ray("None"), 0, id="ray-in-place"),
        pytest.param(ray("NewCluster"), 8, id="ray-second-cluster"),
        pytest.param(
            ray("NewClusterWithIncrementalUpgrade", maxSurgePercent=25), 2, id="ray-by-quarters"
        ),
    ],
)
def test_an_update_of_groups_and_clusters_needs_room(item: Spec, needed: int) -> None:
    """Whole groups, or a part of a second Ray cluster, are counted in devices."""
    check = "surge-without-spare-accelerator"

    assert check not in names(item, spare=needed)
    if needed:
        assert check in names(item, spare=needed - 1)


@pytest.mark.parametrize(
    ("item", "flagged"),
    [
        pytest.param(graph("vllm --tensor-parallel-size 4"), False, id="one-pod"),
        pytest.param(graph("vllm --tensor-parallel-size 8"), True, id="more-than-a-pod-has"),
        pytest.param(
            graph("vllm --tensor-parallel-size 8", multinode={"nodeCount": 2}),
            False,
            id="two-nodes-without-pipeline",
        ),
        pytest.param(
            graph(
                "vllm --tensor-parallel-size 4 --pipeline-parallel-size 3",
                multinode={"nodeCount": 2},
            ),
            True,
            id="three-stages-on-two-nodes",
        ),
        pytest.param(ray("None"), False, id="ray-fits-a-worker"),
        pytest.param(ray("None", tensor=8), True, id="ray-more-than-a-worker-has"),
    ],
)
def test_parallelism_of_operators_pods_equals_the_accelerators(
    item: Spec, *, flagged: bool
) -> None:
    """Pod templates inside resources of operators are read as any other."""
    assert ("parallelism-not-accelerators" in names(item)) is flagged
