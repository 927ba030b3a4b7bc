"""How the infrastructure is applied, what it asks for, and how one goes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.base.number import Fact, Source
from aegis.plan.types import Plan
from aegis.render.iac.shape import BUDGET_TAG, Cloud, Rows
from aegis.render.shared.gap import Gap

_STATE: Mapping[str, str] = {
    "aws": "-backend-config=bucket=STATE_BUCKET -backend-config=key=SERVICE/ENVIRONMENT "
    "-backend-config=region=REGION",
    "gcp": "-backend-config=bucket=STATE_BUCKET -backend-config=prefix=SERVICE/ENVIRONMENT",
    "azure": "-backend-config=resource_group_name=GROUP -backend-config=storage_account_name=ACCOUNT "
    "-backend-config=container_name=state -backend-config=key=SERVICE/ENVIRONMENT",
}
_FORGETS = (
    "Before you destroy anything: the audit store holds records that somebody may be bound to keep, and "
    "a deleted key takes them with it after its waiting time."
)


def readme(plan: Plan, clouds: Sequence[Cloud], gaps: Sequence[Gap]) -> Artifact:
    """`iac/README.md`, in the words of the tool that the plan decided."""
    parts: Mapping[str, Callable[[Plan, Sequence[Cloud]], list[str]]] = {
        "pulumi": _pulumi,
        "crossplane": _crossplane,
    }
    tool = plan.chosen("iac")
    lines = [
        f"# Infrastructure of {plan.service}",
        "",
        (
            "Network and cluster (or one that exists), nodes with the plan's accelerator, a registry, an "
            "encrypted store for audit records that forgets on time, a key, an identity without stored keys, "
            "and a budget with alarms. Each environment has a state of its own."
        ),
        *_machine(plan),
        "",
        *parts.get(tool, _terraform)(plan, clouds),
        "",
        _FORGETS,
    ]
    if gaps:
        lines += ["", "## What it cannot say", ""]
        lines += [f"- {gap.what} {gap.instead}" for gap in gaps]
    return Artifact(path="iac/README.md", content="\n".join(lines) + "\n", because=("iac",))


def _machine(plan: Plan) -> list[str]:
    """Which machine to name: the plan knows the accelerator, and where its price was read."""
    capacity, price = plan.capacity, plan.numbers.get("price.hour")
    if not capacity.accelerator:
        return []
    text = f"A replica takes {capacity.per_replica} x `{capacity.accelerator}`: name a machine that has it."
    if isinstance(price, Fact) and isinstance(price.source, Source):
        text += f" The plan's price was read here: {price.source.title}."
    return ["", text]


def _table(*rows: Rows) -> list[str]:
    found = [f"| `{name}` | {what} |" for part in rows for name, _, what in part]
    return ["| asked | what it is |", "|---|---|", *found]


_COUNTED = {
    "aws": (
        (
            f"Activate the tag `{BUDGET_TAG}` as a cost allocation tag in the billing console, or its budget "
            "counts nothing. Instances carry it from their launch template."
        ),
        "",
    ),
}


def _terraform(plan: Plan, clouds: Sequence[Cloud]) -> list[str]:
    tool = {"opentofu": "tofu"}.get(plan.chosen("iac"), "terraform")
    lines = [
        f"The modules are tested without a cloud: `{tool} init -backend=false && {tool} test` in "
        "`cluster/` and `service/`. Then, for each environment, in this order: "
        + ", ".join(names.ENVIRONMENTS)
        + ".",
    ]
    for cloud in clouds:
        state = _STATE[cloud.name].replace("SERVICE", plan.service)
        lines += [
            "",
            f"## {cloud.title}",
            "",
            "```sh",
            f"cd iac/{cloud.folder}/environments/development",
            f"{tool} init {state.replace('ENVIRONMENT', 'development')}",
            f"{tool} plan -var-file=answers.tfvars -out=planned",
            f"{tool} apply planned",
            "```",
            "",
            "`answers.tfvars` lies beside the root and says what the plan cannot know:",
            "",
            *_table(cloud.for_root, cloud.place, cloud.for_service, cloud.for_cluster),
            "",
            *_COUNTED.get(cloud.name, ()),
            "With `existing_cluster` no network and no cluster is made; it names: "
            + ", ".join(f"`{name}` ({what})" for name, _, what in cloud.existing)
            + ".",
        ]
    lines += [
        "",
        (
            f"A nightly `{tool} plan -detailed-exitcode` shows what was changed by hand. The way back is the "
            "last commit that was applied: check it out, plan, read, apply."
        ),
    ]
    return lines


def _pulumi(_: Plan, clouds: Sequence[Cloud]) -> list[str]:
    (aws,) = clouds
    return [
        "The program has unit tests that need neither Pulumi's engine nor a cloud:",
        "",
        "```sh",
        "cd iac/pulumi",
        "python -m venv venv && venv/bin/pip install -r requirements.txt",
        "venv/bin/python -m pytest",
        "pulumi login BACKEND",
        "pulumi stack init development",
        "pulumi config set instance_type TYPE",
        "pulumi preview",
        "pulumi up",
        "```",
        "",
        *_table(tuple(row for row in aws.for_service if row[0] != "disk_gib")),
        "",
        "With `existing_cluster` (an object: "
        + ", ".join(f"`{name.removeprefix('cluster_')}`" for name, _, _ in aws.existing)
        + ") no network and no cluster is made.",
        "",
        (
            "`pulumi preview --diff --expect-no-changes` at night shows what was changed by hand. The way back "
            "is the last commit that was applied: check it out, preview, read, up."
        ),
    ]


def _crossplane(plan: Plan, _: Sequence[Cloud]) -> list[str]:
    accelerator = plan.capacity.accelerator or "none"
    return [
        "`api/` is applied once by the platform team, a request by the team of the service:",
        "",
        "```sh",
        "kubectl apply -f iac/crossplane/api/",
        "kubectl apply -f iac/crossplane/environments/development/",
        f"kubectl -n development get modelservice {plan.service} -o yaml",
        "```",
        "",
        (
            "It stands in a cluster that has Crossplane 2.3, the AWS providers `ecr`, `eks`, `iam`, `kms`, `s3` "
            "and `budgets` (provider-upjet-aws 2.6) with a ClusterProviderConfig `default` that uses an "
            "identity, not a key, and the functions `function-patch-and-transform` 0.10 and "
            "`function-environment-configs` 0.7. Network and cluster are the platform team's, and so are two "
            "kinds of EnvironmentConfig, found by their labels:"
        ),
        "",
        "| label | says |",
        "|---|---|",
        (
            "| `aegis.dev/environment: development` (and so on) | `clusterName`, `nodeRoleArn`, `subnetIds`, "
            "`alarmTopicArn` |"
        ),
        f"| `aegis.dev/accelerator: {accelerator}` | `instanceTypes`, `amiType` |",
        "",
        "What drifts is corrected without anybody asking. The way back is the last request in git: apply it.",
    ]
