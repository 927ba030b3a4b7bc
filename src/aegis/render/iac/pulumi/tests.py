"""Unit tests of the Pulumi program, which need neither the engine nor the cloud."""

from __future__ import annotations

TESTS = '''"""The program makes what the plan says: run `pytest` here; no cloud and no engine is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

HERE = Path(__file__).parent
ASKED = {
    "instance_type": "test.large",
    "devices_per_node": "4",
    "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:budget",
}
MADE: list[pulumi.runtime.MockResourceArgs] = []


class Cloud(pulumi.runtime.Mocks):
    """Keeps what it was asked to make."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        MADE.append(args)
        return f"{args.name}-id", {**args.inputs, "arn": f"arn:test:{args.name}"}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return {"names": ["zone-a", "zone-b", "zone-c", "zone-d"]}


def apply(environment: str) -> dict[str, list[dict[str, Any]]]:
    """Inputs of all resources of a stack, by type."""
    import json

    project = yaml.safe_load((HERE / "Pulumi.yaml").read_text())["name"]
    written = yaml.safe_load((HERE / f"Pulumi.{environment}.yaml").read_text())["config"]
    asked = {f"{project}:{name}": value for name, value in ASKED.items()}
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in {**written, **asked}.items()}
    MADE.clear()
    pulumi.runtime.set_mocks(Cloud(), project=project, stack=environment, preview=False)
    pulumi.runtime.set_all_config(texts)

    from cluster import Cluster, existing
    from service import Service, Settings

    def program() -> None:
        config = pulumi.Config(project)
        settings = Settings.read(config)
        Service(settings, existing(config) or Cluster(settings).given)

    pulumi.runtime.test(program)()
    found: dict[str, list[dict[str, Any]]] = {}
    for each in MADE:
        found.setdefault(each.typ, []).append(each.inputs)
    found["settings"] = [{k.partition(":")[2]: v for k, v in written.items()}]
    return found


@pytest.fixture(params=["development", "staging", "production"])
def made(request: pytest.FixtureRequest) -> dict[str, list[dict[str, Any]]]:
    return apply(request.param)


def one(made: dict[str, list[dict[str, Any]]], kind: str) -> dict[str, Any]:
    (found,) = made[kind]
    return found


def test_nodes_hold_the_replicas(made: dict[str, list[dict[str, Any]]]) -> None:
    settings = one(made, "settings")
    name = f"{settings['service']}-{settings['environment']}"
    groups = {each["nodeGroupName"]: each for each in made["aws:eks/nodeGroup:NodeGroup"]}
    serving = groups[name]
    devices = settings["serving_replicas"] * settings["devices_per_replica"]

    assert serving["scalingConfig"]["maxSize"] * 4 >= devices
    assert serving["scalingConfig"]["maxSize"] * 4 < devices + 4


def test_the_api_server_is_reached_from_inside_only(made: dict[str, list[dict[str, Any]]]) -> None:
    cluster = one(made, "aws:eks/cluster:Cluster")

    assert cluster["vpcConfig"]["endpointPrivateAccess"] is True
    assert cluster["vpcConfig"]["endpointPublicAccess"] is False


def test_records_are_private_and_end(made: dict[str, list[dict[str, Any]]]) -> None:
    block = one(made, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
    (rule,) = one(made, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")["rules"]

    assert all(block[name] for name in ("blockPublicAcls", "restrictPublicBuckets"))
    assert rule["expiration"]["days"] == one(made, "settings")["retention_days"]


def test_tags_of_images_cannot_move(made: dict[str, list[dict[str, Any]]]) -> None:
    images = made["aws:ecr/repository:Repository"]

    assert len(images) == len(one(made, "settings")["images"])
    assert {each["imageTagMutability"] for each in images} == {"IMMUTABLE"}


def test_people_are_told_before_the_budget_is_spent(made: dict[str, list[dict[str, Any]]]) -> None:
    budgets = made.get("aws:budgets/budget:Budget", [])

    assert len(budgets) == (1 if one(made, "settings")["monthly_budget_usd"] > 0 else 0)
    for budget in budgets:
        assert any(alarm["threshold"] < 100 for alarm in budget["notifications"])


def test_the_budget_counts_what_costs_most(made: dict[str, list[dict[str, Any]]]) -> None:
    """Tags of a node group do not reach its instances: those of its launch template do."""
    settings = one(made, "settings")
    name = f"{settings['service']}-{settings['environment']}"
    for template in made["aws:ec2/launchTemplate:LaunchTemplate"]:
        assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
        for each in template["tagSpecifications"]:
            assert each["tags"]["budget"] == name
    for budget in made.get("aws:budgets/budget:Budget", []):
        assert budget["costFilters"][0]["values"] == [f"user:budget${name}"]


def test_each_zone_of_production_has_a_way_out() -> None:
    exits = {e: len(apply(e)["aws:ec2/natGateway:NatGateway"]) for e in ("staging", "production")}

    assert exits["staging"] == 1
    assert exits["production"] == one(apply("production"), "settings")["zones"]
'''
