"""Pulumi in Python, for AWS: typed components with unit tests, one stack an environment.

The program is the same for every plan; what the plan decides is in the stacks' configuration, which
`pulumi preview` shows beside the change it makes.
"""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.iac.aws.cluster import log_days
from aegis.render.iac.aws.service import node_image
from aegis.render.iac.pulumi.cluster import CLUSTER
from aegis.render.iac.pulumi.service import SERVICE
from aegis.render.iac.pulumi.tests import TESTS
from aegis.render.iac.shape import (
    ALARMS,
    BECAUSE,
    DISK_GIB,
    Object,
    figures,
    images,
    region_of,
    retention_days,
    spot,
    zones,
)
from aegis.render.shared.serving import serving

FOLDER = "iac/pulumi"
# Lowest versions that the program was tested with; an older resolver picks a 3.33 that differs.
_REQUIREMENTS = "pulumi>=3.272,<4\npulumi-aws>=7.51,<8\npytest>=8\n"
_MAIN = '''"""What a stack holds: a cluster, unless one exists, and the service on it."""

from __future__ import annotations

import pulumi

from cluster import Cluster, Given, existing
from service import Service, Settings

config = pulumi.Config()
settings = Settings.read(config)
given: Given = existing(config) or Cluster(settings).given
service = Service(settings, given)
pulumi.export("registry", service.registry)
'''


def render_pulumi(plan: Plan) -> tuple[Artifact, ...]:
    """The program, its tests, and a stack for each environment."""
    project: Object = {
        "name": plan.service,
        "description": f"Infrastructure of {plan.service}",
        "runtime": {"name": "python", "options": {"virtualenv": "venv"}},
    }
    texts = (
        ("__main__.py", _MAIN, ("iac",)),
        ("cluster.py", CLUSTER, ("iac", "network", "secrets")),
        ("service.py", SERVICE, BECAUSE),
        ("test_service.py", TESTS, ("iac",)),
        ("requirements.txt", _REQUIREMENTS, ("iac",)),
    )
    return (
        Artifact(path=f"{FOLDER}/Pulumi.yaml", content=project, because=("iac",)),
        *(Artifact(path=f"{FOLDER}/{name}", content=t, because=b) for name, t, b in texts),
        *(_stack(plan, environment) for environment in names.ENVIRONMENTS),
    )


def _stack(plan: Plan, environment: str) -> Artifact:
    """The plan's figures; what is asked of people is named in the README and not set here."""
    found = serving(plan)
    alarms: list[JsonValue] = [*ALARMS]
    settings: Object = {
        **figures(plan, environment),
        "service": plan.service,
        "plan": plan.id,
        "zones": zones(plan),
        "network": "10.0.0.0/16",
        "operator_networks": [],
        "images": list[JsonValue](images(plan)),
        "retention_days": retention_days(plan),
        "log_days": log_days(plan),
        "devices_per_replica": max(1, found.devices),
        "device_resource": found.resource,
        "accelerator": plan.capacity.accelerator or "none",
        "node_image": node_image(plan),
        "disk_gib": DISK_GIB,
        "spot": spot(plan),
        "alarm_percents": alarms,
    }
    config: Object = {f"{plan.service}:{name}": value for name, value in settings.items()}
    return Artifact(
        path=f"{FOLDER}/Pulumi.{environment}.yaml",
        content={"config": {"aws:region": region_of(plan, "aws"), **config}},
        because=("iac", "environments"),
        environment=environment,
    )
