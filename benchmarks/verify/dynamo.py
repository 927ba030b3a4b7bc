"""Kinds of Dynamo, whose published definitions could not be brought here.

Written from the field lists and markers of the Go types in ai-dynamo/dynamo (Apache-2.0),
`deploy/operator/api/v1beta1`: dynamographdeployment_types.go at 0fddc01b,
dynamocomponentdeployment_types.go at 006b6e10, common.go at 02911c80,
dynamographdeploymentscalingadapter_types.go at 02046eff, and of the definition of DynamoModel at
50820f5b. Parts that Aegis does not
render (provider overrides, experimental features) are left open.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.verify.schema.compact import Kind, Node, Source, Table

SOURCE = Source(
    name="ai-dynamo/dynamo",
    ref="v1beta1 Go types (hand-written schema)",
    commit="006b6e1085b60436ba0f77378749ec3a0f01fc24",
    licence="Apache-2.0",
)
_NAME = r"^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?$"
_VERSION = r"^(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})$"
_OPEN: Node = {"t": "object", "pu": True}
_TEXT: Node = {"t": "string"}
_TYPES = ["frontend", "worker", "prefill", "decode", "planner", "epp"]
_UNIQUE = (
    "self.all(c1, !has(c1.name) || self.filter(c2, has(c2.name) && "
    "c2.name.lowerAscii() == c1.name.lowerAscii()).size() == 1)"
)
_ONE_EPP = "self.filter(c, has(c.type) && c.type == 'epp').size() <= 1"
_ENOUGH = (
    "!has(self.minAvailable) || (has(self.replicas) && self.replicas == 0) || "
    "self.minAvailable <= (has(self.replicas) ? self.replicas : 1)"
)


def add_dynamo(table: Table) -> None:
    """Adds the graph deployment to a table that holds a LeaderWorkerSet (for its pod template)."""
    template = _pod_template(table)
    add = table.intern
    component: Node = {
        "t": "object",
        "r": ["name"],
        "p": {
            "providerOverride": add(_OPEN),
            "name": add({"t": "string", "nl": 1, "xl": 63, "re": _NAME}),
            "type": add({"t": "string", "e": [*_TYPES]}),
            "runtimeVersionOverride": add({"t": "string", "re": _VERSION}),
            "globalDynamoNamespace": add({"t": "boolean"}),
            "podTemplate": template,
            "replicas": add({"t": "integer", "f": "int32", "mn": 0}),
            "minAvailable": add({"t": "integer", "f": "int32", "mn": 1}),
            "multinode": add(
                {
                    "t": "object",
                    "p": {"nodeCount": add({"t": "integer", "f": "int32", "mn": 2, "d": 2})},
                }
            ),
            "roles": add({"t": "array", "it": add(_OPEN), "lt": "map", "lk": ["name"]}),
            "sharedMemorySize": add({"f": "quantity"}),
            "modelRef": add(
                {
                    "t": "object",
                    "r": ["name"],
                    "p": {"name": add({"t": "string", "nl": 1}), "revision": add(_TEXT)},
                }
            ),
            "scalingAdapter": add({"t": "object"}),
            "eppConfig": add(_OPEN),
            "frontendSidecar": add(_TEXT),
            "dynamoSidecar": add(_TEXT),
            "compilationCache": add(
                {
                    "t": "object",
                    "r": ["pvcName"],
                    "p": {"pvcName": add({"t": "string", "nl": 1}), "mountPath": add(_TEXT)},
                }
            ),
            "topologyConstraint": add(_OPEN),
            "experimental": add(_OPEN),
        },
        "cel": [
            {"r": "!has(self.eppConfig) || (has(self.type) && self.type == 'epp')"},
            {"r": _ENOUGH},
        ],
    }
    texts = add({"t": "object", "ap": add(_TEXT)})
    spec: Node = {
        "t": "object",
        "p": {
            "providerOverride": add(_OPEN),
            "annotations": texts,
            "labels": texts,
            "priorityClassName": add(_TEXT),
            "components": add(
                {
                    "t": "array",
                    "it": add(component),
                    "lt": "map",
                    "lk": ["name"],
                    "xi": 25,
                    "cel": [{"r": _ONE_EPP}, {"r": _UNIQUE}],
                }
            ),
            "env": _inside(table, template, "spec", "containers", "[]", "env"),
            "backendFramework": add({"t": "string", "e": ["sglang", "vllm", "trtllm"]}),
            "restart": add(_OPEN),
            "topologyConstraint": add(_OPEN),
            "experimental": add(_OPEN),
        },
        "cel": [{"r": "oldSelf.hasValue() || !has(self.restart)", "o": True}],
    }
    root: Node = {"t": "object", "p": {"spec": add(spec), "status": add(_OPEN)}}
    _served(table, "DynamoGraphDeployment", {"v1beta1": add(root), "v1alpha1": add(_OPEN)})
    adapters = {"v1beta1": "componentName", "v1alpha1": "serviceName"}
    _served(
        table,
        "DynamoGraphDeploymentScalingAdapter",
        {version: _adapter(table, name) for version, name in adapters.items()},
        scale=".spec.replicas",
    )
    _served(table, "DynamoModel", dict.fromkeys(("v1beta1", "v1alpha1"), _model(table)))


def _served(table: Table, kind: str, roots: dict[str, int], *, scale: str = "") -> None:
    """One kind in its versions; of those, only the first is not deprecated."""
    number = table.source(SOURCE)
    for version, root in roots.items():
        table.kinds.append(
            Kind(
                group="nvidia.com",
                version=version,
                kind=kind,
                namespaced=True,
                served=True,
                deprecated=version == "v1alpha1",
                core=False,
                root=root,
                scale=scale,
                source=number,
            )
        )


def _adapter(table: Table, field: str) -> int:
    add = table.intern
    name = add({"t": "string", "nl": 1})
    reference: Node = {"t": "object", "r": ["name", field], "p": {"name": name, field: name}}
    spec: Node = {
        "t": "object",
        "r": ["dgdRef", "replicas"],
        "p": {
            "dgdRef": add(reference),
            "replicas": add({"t": "integer", "f": "int32", "mn": 0}),
        },
    }
    return add({"t": "object", "p": {"spec": add(spec), "status": add(_OPEN)}})


def _model(table: Table) -> int:
    add = table.intern
    source: Node = {"t": "object", "r": ["uri"], "p": {"uri": add(_TEXT)}}
    spec: Node = {
        "t": "object",
        "r": ["baseModelName", "modelName"],
        "p": {
            "baseModelName": add(_TEXT),
            "modelName": add(_TEXT),
            "modelType": add({"t": "string", "e": ["base", "lora", "adapter"], "d": "base"}),
            "source": add(source),
        },
    }
    return add({"t": "object", "p": {"spec": add(spec), "status": add(_OPEN)}})


def _pod_template(table: Table) -> int:
    kind = next(kind for kind in table.kinds if kind.kind == "LeaderWorkerSet")
    number = _inside(table, kind.root, "spec", "leaderWorkerTemplate", "workerTemplate")
    node = dict(table.nodes[number])
    properties = node["p"]
    inner: dict[str, JsonValue] = dict(properties) if isinstance(properties, dict) else {}
    return table.intern({**node, "p": {**inner, "metadata": table.intern({"meta": True})}})


def _inside(table: Table, number: int, *steps: str) -> int:
    for step in steps:
        node = table.nodes[number]
        properties = node.get("p")
        found = (
            node.get("it")
            if step == "[]"
            else (properties.get(step) if isinstance(properties, dict) else None)
        )
        if not isinstance(found, int):
            raise KeyError(step)
        number = found
    return number
