"""What the modules of all clouds have in common: figures of the plan, and a root an environment.

Terraform's JSON syntax: data, so that nothing is pasted together. Each cloud has two modules:
`cluster` (network and cluster, left out where one exists) and `service` (nodes with the plan's
accelerator, a registry, an encrypted store that forgets on time, keys, an identity without keys, a
budget). OpenTofu reads the same files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.shared.apis import PROJECTS
from aegis.render.shared.gap import Gap
from aegis.render.shared.reading import number_or_none, value
from aegis.render.shared.serving import floor, serving, slots

Object = dict[str, JsonValue]
Rows = tuple[tuple[str, str, str], ...]
"""Variables: name, type, description."""

# State locks without a table since Terraform 1.10 and OpenTofu 1.10.
REQUIRED = ">= 1.10"
BECAUSE = ("iac", "accelerator", "registry", "data-retention", "secrets")
# Pre-production shares of the production budget; ours, to be replaced by yours.
_BUDGET_SHARE = {"development": 0.1, "staging": 0.2, "production": 1.0}
ALARMS = (50, 80, 100)
"""Percent of the month's budget at which people are told."""
DISK_GIB = 200
"""Disk of a node: image of the engine and weights, twice during an update; yours to change."""
UPLOAD_DAYS = 1
"""Days after which an upload that never ended is gone: it holds a part of a record."""

BUDGET_TAG = "budget"
KUBERNETES = PROJECTS["kubernetes"].versions.split()[0]
"""The least version that knows what the bundle of a cluster uses."""

FIGURES: Rows = (
    ("environment", "string", "development, staging or production"),
    ("serving_replicas", "number", "replicas that stand at most, a release's included"),
    ("floor_replicas", "number", "replicas that always stand"),
    ("monthly_budget_usd", "number", "0 sets no budget"),
)
"""What a root tells the service's module; all of it is the plan's."""

ENVIRONMENT: Rows = FIGURES[:1]
REGION: Rows = (("region", "string", "region of the plan"),)
"""Told to both modules where the provider's block does not say it for all resources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """One cloud: its two modules, and what has to be known before they can be applied."""

    name: str
    """The provider's word in a brief."""
    title: str
    folder: str
    requires: Object
    """Entry of `required_providers`."""
    backend: Object
    """Where the state lies; names are given at `init -backend-config`."""
    provider: Callable[[str], Object]
    """The provider's block for a region."""
    cluster: Callable[[Plan], Object]
    service: Callable[[Plan], Object]
    cluster_tests: Callable[[Plan], str]
    service_tests: Callable[[Plan], str]
    place: Rows = ()
    """Asked of people, for both modules."""
    told_region: bool = True
    """Whether the modules are told the region; otherwise the provider's block says it for all."""
    for_root: Rows = ()
    """Asked of people, for the provider's block."""
    for_cluster: Rows = ()
    """Asked of people, each with a default: not needed where a cluster exists."""
    defaults: Callable[[Plan], Object] = field(default=lambda _: {})
    for_service: Rows = ()
    existing: Rows = ()
    """What the service's module needs of a cluster, ours or one that exists."""
    outputs: tuple[str, ...] = ("registry",)
    """Of the service's module, which people need afterwards."""
    cannot: Callable[[Plan], tuple[Gap, ...]] = field(default=lambda _: ())


def variables(*rows: Rows) -> Object:
    """Blocks of variables."""
    return {name: {"type": kind, "description": what} for part in rows for name, kind, what in part}


def module(cloud: Cloud, body: Object) -> Object:
    """A module with its versions stated."""
    return {"terraform": terraform(cloud), **body}


def terraform(cloud: Cloud) -> Object:
    return {"required_version": REQUIRED, "required_providers": cloud.requires}


def tags(plan: Plan) -> Object:
    """What every resource says of itself."""
    return {
        "service": plan.service,
        "environment": "${var.environment}",
        "managed-by": names.MANAGED_BY,
        "plan": plan.id,
        # What the budget of an environment counts: another environment has another value.
        BUDGET_TAG: "${local.name}",
    }


def budget_tests(kind: str, alarm: str) -> str:
    """Unit tests of a budget of some kind; `alarm` is true where one comes before its end."""
    return f"""
run "people_are_told_before_the_budget_is_spent" {{
  assert {{
    condition     = anytrue([{alarm}])
    error_message = "an alarm comes before the end of the budget"
  }}
}}

run "no_budget_without_a_figure" {{
  variables {{
    monthly_budget_usd = 0
  }}
  assert {{
    condition     = length({kind}.month) == 0
    error_message = "a budget of nothing would alarm at once"
  }}
}}
"""


def images(plan: Plan) -> tuple[str, ...]:
    """Repositories: what runs, and what it runs on."""
    return (plan.chosen("engine"), "model", "aegis-gateway")


def retention_days(plan: Plan) -> int:
    """Days after which an audit record is gone."""
    return max(1, round(value(plan, "retention.days")))


def zones(plan: Plan) -> int:
    """Failure domains; two at least, which every managed control plane asks."""
    return max(2, plan.brief.placement.zones or 2)


def nodes(plan: Plan, replicas: str) -> str:
    """Nodes that hold so many replicas, as an expression without its braces."""
    each = max(1, serving(plan).devices)
    return f"ceil({replicas} * {each} / var.devices_per_node)"


def region_of(plan: Plan, provider: str) -> str:
    """The region of the brief on that cloud."""
    return next(c.regions[0] for c in plan.brief.placement.clouds if c.provider == provider)


def spot(plan: Plan) -> bool:
    return plan.chosen("scheduling") == "spot"


def files(plan: Plan, cloud: Cloud) -> tuple[Artifact, ...]:
    """Both modules with their tests, and a root for each environment."""
    here = f"iac/{cloud.folder}"
    parts = (
        ("cluster", cloud.cluster, cloud.cluster_tests, ("iac", "network", "secrets")),
        ("service", cloud.service, cloud.service_tests, BECAUSE),
    )
    made: list[Artifact] = []
    for name, body, tests, because in parts:
        path = f"{here}/{name}/main"
        made += [
            Artifact(path=f"{path}.tf.json", content=module(cloud, body(plan)), because=because),
            Artifact(path=f"{path}.tftest.hcl", content=tests(plan), because=("iac",)),
        ]
    return (*made, *(_root(plan, cloud, environment) for environment in names.ENVIRONMENTS))


def _root(plan: Plan, cloud: Cloud, environment: str) -> Artifact:
    """A state of its own; the plan's figures are in it, the rest is asked of whoever applies it."""
    asked = variables(cloud.for_root, cloud.place, cloud.for_cluster, cloud.for_service)
    for name, default in cloud.defaults(plan).items():
        asked[name] = {**_block(asked[name]), "default": default}
    fields = ", ".join(f"{name} = {kind}" for name, kind, _ in cloud.existing)
    asked["existing_cluster"] = {
        "type": f"object({{{fields}}})",
        "default": None,
        "description": "a cluster that exists; null makes a network and a cluster",
    }
    region = region_of(plan, cloud.name)
    there: Object = {"region": region} if cloud.told_region else {}
    return Artifact(
        path=f"iac/{cloud.folder}/environments/{environment}/main.tf.json",
        content={
            # Names and the lock of the state are given at `init -backend-config`.
            "terraform": {**terraform(cloud), "backend": cloud.backend},
            "provider": cloud.provider(region),
            "variable": asked,
            "module": {
                "cluster": {
                    "source": "../../cluster",
                    "count": "${var.existing_cluster == null ? 1 : 0}",
                    "environment": environment,
                    **there,
                    **_passed(cloud.place, cloud.for_cluster),
                },
                "service": {
                    "source": "../../service",
                    **figures(plan, environment),
                    **there,
                    **_passed(cloud.place, cloud.for_service),
                    **{name: _either(name) for name, _, _ in cloud.existing},
                },
            },
            "output": {name: {"value": f"${{module.service.{name}}}"} for name in cloud.outputs},
        },
        because=("iac", "environments"),
        environment=environment,
    )


def _block(entry: JsonValue) -> Object:
    return entry if isinstance(entry, dict) else {}


def _passed(*rows: Rows) -> Object:
    return {name: f"${{var.{name}}}" for part in rows for name, _, _ in part}


def _either(name: str) -> str:
    made, given = f"one(module.cluster[*].{name})", f"var.existing_cluster.{name}"
    return f"${{var.existing_cluster == null ? {made} : {given}}}"


def figures(plan: Plan, environment: str) -> Object:
    """The plan's figures. Several clouds run the same bundle each, and share the budget."""
    production = environment == "production"
    places = slots(plan)
    most = 2 * places.replicas if places.room == "double" else places.replicas + 1
    month = number_or_none(plan, "budget.month") or number_or_none(plan, "cost.month") or 0
    share = _BUDGET_SHARE[environment] / len(plan.brief.placement.clouds)
    return {
        "environment": environment,
        "serving_replicas": most if production else 1,
        "floor_replicas": floor(plan) if production else 1,
        "monthly_budget_usd": round(month * share),
    }
