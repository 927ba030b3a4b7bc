"""Nodes with accelerators: what the GPU Operator is asked, and nodes that come when a replica waits.

Applied by whoever owns the cluster, once, beside `cluster/`: both kinds of object belong to all of its
services. The ClusterPolicy is the operator's own (its chart makes it, with the images of its release);
server-side apply adds the fields that stand here and leaves the others.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.kubernetes.objects import ROOT, Object, framed
from aegis.render.kubernetes.workload import ACCELERATOR_LABEL
from aegis.render.shared.apis import typed
from aegis.render.shared.serving import serving, slots

_FOLDER = f"{ROOT}/nodes"
_NVIDIA = "nvidia.com/gpu"
_CLUSTER_POLICY = "cluster-policy"  # the name that the operator's chart gives
_GIB = 1024
_CAPACITY = {
    "spot": ["spot", "on-demand"],
    "dedicated": ["on-demand"],
    "reserved": ["reserved", "on-demand"],
}


def nodes(plan: Plan) -> tuple[Artifact, ...]:
    """Files for the cluster's owner; none where no NVIDIA device serves."""
    if serving(plan).resource != _NVIDIA:
        return ()
    found = [_file(plan, "gpu-operator", _CLUSTER_POLICY, ("accelerator",), _operator(plan))]
    if grows(plan):
        because = ("scaling", "scheduling", "accelerator")
        found += [
            _file(plan, "nodepool", plan.service, because, _pool(plan)),
            _file(plan, "ec2nodeclass", plan.service, because, _class(plan)),
            Artifact(path=f"{_FOLDER}/site.yaml", content=_site(plan), because=because),
            Artifact(
                path=f"{_FOLDER}/kustomization.yaml",
                content={
                    "apiVersion": "kustomize.config.k8s.io/v1beta1",
                    "kind": "Kustomization",
                    "resources": ["nodepool.yaml", "ec2nodeclass.yaml"],
                    "patches": [{"path": "site.yaml", "target": {"kind": "EC2NodeClass"}}],
                },
                because=because,
            ),
        ]
    return tuple(found)


def grows(plan: Plan) -> bool:
    """Whether replicas come and go on a cloud whose nodes nobody else brings."""
    on_aws = any(cloud.provider == "aws" for cloud in plan.brief.placement.clouds)
    return on_aws and plan.chosen("scaling") == "queue-signal" and slots(plan).devices_there is None


def needs(plan: Plan) -> tuple[str, ...]:
    """The projects that have to stand in the cluster for it."""
    if serving(plan).resource != _NVIDIA:
        return ()
    return ("gpu-operator", *(("karpenter",) if grows(plan) else ()))


def _file(plan: Plan, file: str, name: str, because: tuple[str, ...], body: Object) -> Artifact:
    return Artifact(
        path=f"{_FOLDER}/{file}.yaml", content=framed(plan, name, because, body), because=because
    )


def own_drivers(plan: Plan) -> bool:
    """Whether the nodes are yours: images of clouds for accelerators bring driver and toolkit."""
    return not plan.brief.placement.clouds


def _operator(plan: Plan) -> Object:
    mine = own_drivers(plan)
    return {
        **typed("ClusterPolicy"),
        "spec": {
            "operator": {},
            "daemonsets": {
                "priorityClassName": "system-node-critical",
                "tolerations": [{"key": _NVIDIA, "operator": "Exists", "effect": "NoSchedule"}],
            },
            "driver": {
                "enabled": mine,
                # A driver takes its node's replicas with it: people choose the hour (gpu-operator 901).
                "upgradePolicy": {"autoUpgrade": False},
            },
            "toolkit": {"enabled": mine},
            "devicePlugin": {"enabled": True},
            "dcgm": {},
            "dcgmExporter": {
                "enabled": True,
                "serviceMonitor": {"enabled": True, "interval": "15s"},
            },
            "gfd": {"enabled": True},
            "nodeStatusExporter": {},
        },
    }


def _pool(plan: Plan) -> Object:
    found = serving(plan)
    return {
        **typed("NodePool"),
        "spec": {
            "template": {
                "metadata": {"labels": {ACCELERATOR_LABEL: plan.capacity.accelerator}},
                "spec": {
                    "nodeClassRef": {
                        "group": "karpenter.k8s.aws",
                        "kind": "EC2NodeClass",
                        "name": plan.service,
                    },
                    "requirements": _requirements(plan, found.devices),
                    "taints": [{"key": _NVIDIA, "effect": "NoSchedule"}],
                    "expireAfter": "720h",
                },
            },
            "disruption": {
                # A replica is not moved to save a node: it would load its weights again.
                "consolidationPolicy": "WhenEmpty",
                "consolidateAfter": "10m",
                "budgets": [{"nodes": "1"}],
            },
            # The devices of a release at the peak, and none beyond: the ceiling is the budget's.
            "limits": {_NVIDIA: str(slots(plan).devices_needed)},
        },
    }


def _requirements(plan: Plan, devices: int) -> list[JsonValue]:
    name, memory = _chip(plan.capacity.accelerator or "")
    capacity = _CAPACITY.get(plan.chosen("scheduling"), ["on-demand"])
    wanted = [
        _one_of("kubernetes.io/arch", "amd64"),
        _one_of("karpenter.sh/capacity-type", *capacity),
        _one_of("karpenter.k8s.aws/instance-gpu-manufacturer", "nvidia"),
        _one_of("karpenter.k8s.aws/instance-gpu-name", name),
        _at_least("karpenter.k8s.aws/instance-gpu-count", devices),
    ]
    if memory:
        wanted.append(_at_least("karpenter.k8s.aws/instance-gpu-memory", memory))
    return [*wanted]


def _chip(accelerator: str) -> tuple[str, int]:
    """The name by which instances are labelled, and the memory in MiB where a name has two.

    >>> _chip("nvidia-l40s"), _chip("nvidia-a100-sxm-80gb")
    (('l40s', 0), ('a100', 71680))
    """
    parts = accelerator.removeprefix("nvidia-").split("-")
    size = next((p.removesuffix("gb") for p in parts if p.endswith("gb")), "0")
    # Labels give what the vendor's tool shows, a little less than the name says.
    return parts[0], round(int(size) * 0.875 * _GIB)


def _one_of(key: str, *values: str) -> Object:
    return {"key": key, "operator": "In", "values": [*values]}


def _at_least(key: str, value: int) -> Object:
    return {"key": key, "operator": "Gt", "values": [str(value - 1)]}


def _class(plan: Plan) -> Object:
    return {
        **typed("EC2NodeClass"),
        "spec": {
            "amiSelectorTerms": [{"alias": "al2023@set-in-site.yaml"}],
            "role": _role(plan),
            "subnetSelectorTerms": _of_cluster(plan),
            "securityGroupSelectorTerms": _of_cluster(plan),
            # What the budget of `../iac` counts; nodes that it does not see cost the most.
            "tags": {"service": plan.service, "budget": _cluster(plan)},
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {
                        "volumeSize": "200Gi",
                        "volumeType": "gp3",
                        "encrypted": True,
                        "deleteOnTermination": True,
                    },
                }
            ],
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        },
    }


def _cluster(plan: Plan) -> str:
    """The cluster of production, as `iac/` calls it."""
    return f"{plan.service}-production"


def _role(plan: Plan) -> str:
    return f"{_cluster(plan)}-nodes"


def _of_cluster(plan: Plan) -> list[JsonValue]:
    """Private subnets and the group of the control plane: a tag of the service is on others too."""
    return [{"tags": {"karpenter.sh/discovery": _cluster(plan)}}]


def _site(plan: Plan) -> list[JsonValue]:
    """What only you know: edit it, it is never written over."""
    places: list[JsonValue] = [
        {"op": "replace", "path": f"/spec/{field}SelectorTerms", "value": _of_cluster(plan)}
        for field in ("subnet", "securityGroup")
    ]
    return [
        {
            "op": "replace",
            "path": "/spec/amiSelectorTerms",
            "value": [{"alias": "al2023@set-a-version"}],
        },
        {"op": "replace", "path": "/spec/role", "value": _role(plan)},
        *places,
    ]


def page(plan: Plan) -> list[str]:
    """Lines of the README: who applies the nodes, and how a driver is changed."""
    if not needs(plan):
        return []
    drivers = (
        "The driver is the operator's."
        if own_drivers(plan)
        else "The cloud's node image brings driver and toolkit, so the operator leaves them alone."
    )
    lines = [
        "## Nodes",
        "",
        (
            f"`nodes/` is for whoever owns the cluster. {drivers} Drivers are never changed unattended: drain a node, "
            "change, measure a replica on it, then the next."
        ),
        "",
        "```sh",
        "kubectl apply --server-side --force-conflicts -f nodes/gpu-operator.yaml",
    ]
    if grows(plan):
        lines += ["$EDITOR nodes/site.yaml", "kubectl apply --server-side -k nodes"]
    lines += ["```", ""]
    if grows(plan):
        lines += [
            (
                "`nodes/site.yaml` names the cluster by its tag `karpenter.sh/discovery`, as `../iac` sets it on "
                "subnets and security group, and the role of its nodes; another cluster has another name. "
                "Karpenter brings a node when a replica waits for one, up to the devices of a release at the peak. "
                "Set the size of the accelerated node group of `../iac` to the floor, or to nought, so that only one "
                "of the two grows. The disk of a node is an assumption: image and weights, twice during an update."
            ),
            "",
        ]
    return lines
