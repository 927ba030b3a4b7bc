"""What the composition makes of a request: the patches we use, carried out as the functions do.

Source of their meaning: crossplane-contrib/function-patch-and-transform v0.10.8 (`patches.go`) and
function-environment-configs v0.7.1. Only the kinds of patches that we render are known; another one
is an error.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from aegis.plan.types import Plan
from aegis.render.iac import render_iac

Object = dict[str, Any]
PLATFORM: Object = {
    "clusterName": "serving",
    "nodeRoleArn": "arn:aws:iam::123456789012:role/nodes",
    "subnetIds": ["subnet-a", "subnet-b"],
    "instanceTypes": ["test.large"],
    "amiType": "AL2023_x86_64_NVIDIA",
    "alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:budget",
}
"""What the platform team's EnvironmentConfigs say, together."""
STATUS: Object = {"auditStoreArn": "arn:aws:s3:::audit", "keyArn": "arn:aws:kms:::key/test"}
_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")


def objects(plan: Plan) -> Mapping[str, Object]:
    """Path → content of the files of the plan's infrastructure."""
    return {a.path: json.loads(json.dumps(a.content)) for a in render_iac(plan)}


def composed(plan: Plan, environment: str) -> Iterator[Object]:
    """The objects that Crossplane would apply for one environment, once all of them exist."""
    made = objects(plan)
    request = made[f"iac/crossplane/environments/{environment}/model-service.yaml"]
    request = {**request, "status": STATUS}
    _, step = made["iac/crossplane/api/composition.yaml"]["spec"]["pipeline"]
    for resource in step["input"]["resources"]:
        found = copy.deepcopy(resource["base"])
        found["metadata"] = {"name": resource["name"], "namespace": environment}
        for patch in resource["patches"]:
            if patch["type"] != "ToCompositeFieldPath":
                put(found, patch["toFieldPath"], _value(patch, request))
        yield found


def _value(patch: Object, request: Object) -> Any:
    match patch["type"]:
        case "FromCompositeFieldPath":
            value = get(request, patch["fromFieldPath"])
        case "FromEnvironmentFieldPath":
            value = get(PLATFORM, patch["fromFieldPath"])
        case "CombineFromComposite":
            paths = [each["fromFieldPath"] for each in patch["combine"]["variables"]]
            value = patch["combine"]["string"]["fmt"] % tuple(get(request, p) for p in paths)
        case other:
            raise AssertionError(f"patch of an unknown kind: {other}")
    for transform in patch.get("transforms", []):
        assert transform == {"type": "convert", "convert": {"toType": "string"}}
        value = str(value)
    return value


def steps(path: str) -> list[str | int]:
    """Names and indices of a field path."""
    return [
        name or (int(inner) if inner.isdigit() else inner) for name, inner in _STEP.findall(path)
    ]


def get(value: Any, path: str) -> Any:
    """The value there; a required one that is missing is an error."""
    for step in steps(path):
        value = value[step]
    return value


def put(into: Any, path: str, value: Any) -> None:
    """Sets it, making objects and lists on the way."""
    parts = steps(path)
    for step, following in itertools.pairwise(parts):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int) and len(into) <= step:
            into.append(empty)
        elif not isinstance(step, int):
            into.setdefault(step, empty)
        into = into[step]
    last = parts[-1]
    if isinstance(last, int) and len(into) <= last:
        into.append(value)
    else:
        into[last] = value
