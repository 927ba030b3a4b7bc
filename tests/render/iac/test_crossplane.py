"""The model-serving API: accepted by Crossplane's own schemas, and so is all it makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.render.iac import composing, rendered

from aegis.base import conventions as names
from aegis.operations.planning import to_text
from aegis.render.iac import render_iac
from aegis.verify.api import verify_files

PLAN = rendered.plan_on("aws", iac="crossplane")
_SCHEMAS = Path(__file__).with_name("composed.json")


def judged() -> Iterator[dict[str, Any]]:
    """What no schema of the bundle covers: inputs of functions, and objects of the cloud."""
    composition = composing.objects(PLAN)["iac/crossplane/api/composition.yaml"]
    for step in composition["spec"]["pipeline"]:
        yield {**step["input"], "metadata": {"name": step["step"]}}
    for environment in names.ENVIRONMENTS:
        yield from composing.composed(PLAN, environment)


def test_the_api_and_its_requests_are_accepted() -> None:
    """Definition, composition and one request an environment; the request by the definition."""
    made = verify_files({a.path: to_text(a) for a in render_iac(PLAN)})

    assert not made.findings
    assert all(file.judges for file in made.files)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("retentionDays", 0, id="records-that-end-at-once"),
        pytest.param("environment", "test", id="an-environment-that-is-none"),
        pytest.param("gpus", 8, id="a-field-that-is-none"),
    ],
)
def test_a_wrong_request_is_refused(field: str, value: object) -> None:
    files = {a.path: to_text(a) for a in render_iac(PLAN)}
    path = "iac/crossplane/environments/staging/model-service.yaml"
    request = composing.objects(PLAN)[path]
    request["spec"][field] = value

    assert verify_files({**files, path: json.dumps(request)}).findings


@pytest.mark.obligation(33)
def test_all_that_it_makes_is_accepted() -> None:
    """Every composed object under the provider's schema, every input under its function's."""
    definitions = {
        f"{n}.json": json.dumps(d) for n, d in enumerate(json.loads(_SCHEMAS.read_text()))
    }
    files = {f"{n}.json": json.dumps(each) for n, each in enumerate(judged())}
    made = verify_files(files, crds=definitions)

    assert len(files) == 2 + 3 * 13
    assert not made.findings
    assert not [file.path for file in made.files if file.unchecked]


def test_the_definitions_bind() -> None:
    """A field that the provider does not know is a finding: the pruned schemas are strict."""
    definitions = {
        f"{n}.json": json.dumps(d) for n, d in enumerate(json.loads(_SCHEMAS.read_text()))
    }
    nodes = next(each for each in judged() if each["kind"] == "NodeGroup")
    nodes["spec"]["forProvider"]["gpu"] = 1

    assert verify_files({"nodes.json": json.dumps(nodes)}, crds=definitions).findings


@pytest.mark.parametrize("environment", names.ENVIRONMENTS)
def test_what_it_makes_says_what_the_plan_says(environment: str) -> None:
    made: dict[str, list[dict[str, Any]]] = {}
    for each in composing.composed(PLAN, environment):
        made.setdefault(each["kind"], []).append(each["spec"]["forProvider"])
    (ends,) = made["BucketLifecycleConfiguration"]
    (nodes,) = made["NodeGroup"]
    (policy,) = made["RolePolicy"]

    assert ends["rule"][0]["expiration"][0]["days"] == round(PLAN.numbers["retention.days"].value)
    assert {each["imageTagMutability"] for each in made["Repository"]} == {"IMMUTABLE"}
    assert nodes["taint"][0]["key"] == "nvidia.com/gpu"
    assert json.loads(policy["policy"])["Statement"][0]["Resource"] == ["arn:aws:s3:::audit/*"]
    assert made["BucketPublicAccessBlock"][0]["restrictPublicBuckets"]
    assert any(n["threshold"] < 100 for n in made["Budget"][0]["notification"])
