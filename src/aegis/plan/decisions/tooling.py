"""Tools beside serving: what the team has comes first, then the simplest that does the job.

Each decision is one row of a table. `aegis catalog tools` lists what was considered.
"""

from __future__ import annotations

from dataclasses import dataclass

from aegis.catalog.loader import tools
from aegis.catalog.types import Tool
from aegis.plan.case import Case
from aegis.plan.choose import Candidate, Later, choose
from aegis.plan.decisions.spoken import spoken
from aegis.plan.types import ALL, Decision, Environment, Weight

CRITERIA: tuple[tuple[str, Weight], ...] = (
    ("does the job", "must"),
    ("the team already runs it", "high"),
    ("work to operate", "high"),
    ("works where this runs", "must"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """One tooling question: the default when the team has nothing, and the alternatives."""

    id: str
    question: str
    title: str
    default: str
    default_name: str
    default_good: str
    default_bad: str
    default_wins: str
    categories: tuple[str, ...]
    prefer: tuple[str, ...]
    later: Later
    shown_by: str
    revisit: str
    applies_to: tuple[Environment, ...] = ALL


_SELF_MANAGED = frozenset({"gitlab-ci", "wandb"})  # have an edition that runs on your machines
_NAMES = {
    "azure-ml": "Azure Machine Learning",
    "bicep": "Bicep",
    "cloudformation": "AWS CloudFormation",
    "databricks": "Databricks",
    "oci": "the container registry",
    "own": "your own feature store",
    "sagemaker": "Amazon SageMaker",
    "vertex-ai": "Google Vertex AI",
}


# The alternatives worth a row, by what the pipeline of that kind mostly does.
_PIPELINES = {
    "agent": ("temporal", "argo-workflows", "prefect"),  # long waits for people
    "batch": ("airflow", "dagster", "prefect"),  # data intervals and backfills
    "chat": ("argo-workflows", "temporal"),
    "completion": ("argo-workflows", "prefect"),
    "embedding": ("dagster", "airflow"),  # assets: an index is one
    "on-device": ("prefect",),
    "prediction": ("airflow", "kubeflow-pipelines"),
    "rag": ("dagster", "argo-workflows", "temporal"),  # an index as an asset
    "ranking": ("kubeflow-pipelines", "airflow", "argo-workflows"),
    "reranking": ("dagster", "prefect"),
    "robotics": ("kubeflow-pipelines",),
    "vision": ("prefect", "dagster"),
}


def decide(case: Case) -> list[Decision]:
    """Pipelines, GitOps, infrastructure as code, registry, tracker and feature store."""
    needs = [_pipelines(case), _iac(case)]
    if not case.managed:
        needs.append(_registry())
    if case.on_cluster or (case.is_batch and case.brief.team.gitops not in {None, "none"}):
        needs.append(_gitops())
    if case.brief.model and case.brief.model.training.by_us:
        needs.append(_tracker())
    if case.kind in {"prediction", "ranking"}:
        needs.append(_features(case))
    return [_decision(case, need) for need in needs]


@spoken
def _decision(case: Case, need: _Need) -> Decision:
    mine = _mine(case, need.id)
    known = {t.id: t for t in tools()}
    picked = [t for i in need.prefer if (t := known.get(i))]
    default = Candidate(
        id=need.default,
        name=need.default_name,
        good=need.default_good,
        bad=need.default_bad,
        wins=need.default_wins,
        ratings={
            "does the job": "good",
            "the team already runs it": "fair",
            "work to operate": "good",
            "works where this runs": "good",
        },
    )
    others = [_tool(case, tool, need) for tool in picked if tool.id not in {mine, need.default}]
    candidates = [default, *others]
    if mine and mine != need.default:
        tool = known.get(mine)
        candidates.insert(0, _already(case, mine, tool.name if tool else _NAMES.get(mine, mine)))
    elif mine:
        candidates[0] = _already(case, mine, need.default_name)
    return choose(
        id=need.id,
        question=need.question,
        candidates=candidates,
        title=need.title,
        reasons=[
            "total cost of ownership is mostly people: what the team already runs costs nothing new"
        ]
        if mine
        else ["the team runs none today, so the one with the least to operate comes first"],
        criteria=CRITERIA,
        later=need.later,
        improves=("understandable",),
        shown_by=need.shown_by,
        revisit_when=need.revisit,
        applies_to=need.applies_to,
    )


def _mine(case: Case, need: str) -> str:
    team = case.brief.team
    known: dict[str, str | None] = {
        "pipeline-orchestrator": team.pipelines,
        "gitops": team.gitops,
        "iac": team.iac,
        "registry": team.registry,
        "experiment-tracker": team.experiment_tracker
        or (team.registry if team.registry not in {"oci", "hugging-face-hub"} else None),
        "feature-store": team.feature_store,
    }
    value = known[need] or "none"
    value = {"kubeflow": "kubeflow-pipelines"}.get(value, value)
    return "" if value == "none" else value


def _already(case: Case, tool: str, title: str) -> Candidate:
    return Candidate(
        id=tool,
        name=title,
        good="known, watched and upgraded already",
        bad="its limits come along, and its outage is now this service's too"
        + ("; its self-managed edition only" if case.isolated and tool in _SELF_MANAGED else ""),
        fails="it is its vendor's service and nothing may leave" if case.out_of_reach(tool) else "",
        wins="the team already runs it; a second tool for the same job is a second thing to forget",
        ratings={
            "does the job": "good",
            "the team already runs it": "good",
            "work to operate": "good",
            "works where this runs": "good",
        },
    )


def _tool(case: Case, tool: Tool, need: _Need) -> Candidate:
    hosted = case.out_of_reach(tool.id)
    fails = "it is its vendor's service and nothing may leave" if hosted else ""
    if tool.maturity.value in {"deprecated", "maintenance"}:
        fails = f"the project is in `{tool.maturity.value}` (read in the catalog)"
    return Candidate(
        id=tool.id,
        name=tool.name,
        good=_join(tool.good_for) or "does the job well",
        bad=_join(tool.costs) or f"one more system for {need.id.replace('-', ' ')}",
        fails=fails,
        when=need.revisit,
        ratings={
            "does the job": "good",
            "the team already runs it": "poor",
            "work to operate": "fair",
            "works where this runs": "poor" if hosted else "good",
        },
    )


def _join(phrases: tuple[str, ...]) -> str:
    text = "; ".join(phrases)
    return f"[[{text}]]" if any(c.isdigit() for c in text) else text


def _pipelines(case: Case) -> _Need:
    host = case.on_host or case.managed or case.on_device
    return _Need(
        id="pipeline-orchestrator",
        question="What runs build, evaluation, release and training, the same way each time?",
        title="Run pipelines on <chosen>",
        default="ci",
        default_name="the CI system that already builds your code",
        default_good="one place where a change is built, evaluated and released; nothing new to operate",
        default_bad="long runs and data dependencies are not its strength",
        default_wins="evaluation and release are a few steps with a gate between them; CI can hold that"
        if host
        else "evaluation and release are steps with gates; an orchestrator earns its place with the first data dependency",
        categories=("pipeline-orchestrator",),
        prefer=_PIPELINES.get(case.kind, ("prefect", "argo-workflows", "dagster")),
        later=Later(
            load="one definition of the delivery pipeline, rendered for the tool the team has",
            maintenance="the tool's upgrades; the definition stays",
            lock_in="the definition is neutral, the history is the tool's",
            drift="every run leaves inputs, digests and verdicts",
        ),
        shown_by="**lead time** from commit to staging, and **hand-made steps** per release (none)",
        revisit="a pipeline needs retries over hours, or a schedule with dependencies on data",
    )


def _iac(case: Case) -> _Need:
    small = case.on_host or case.isolated or case.on_device or case.managed
    return _Need(
        id="iac",
        question="How is infrastructure declared?",
        title="Declare infrastructure with <chosen>",
        default="script" if small else "opentofu",
        default_name="one declarative script and the bundle itself" if small else "OpenTofu",
        default_good="nothing beside the bundle to learn"
        if small
        else "the common language of clouds, under an open licence",
        default_bad="does not plan a change before it makes it"
        if small
        else "state must be kept, locked and protected",
        default_wins="there is little to declare: an idempotent script does it without a state file"
        if small
        else "it is the smallest step that shows a change before it is made",
        categories=("iac",),
        prefer=("terraform", "pulumi")
        if small
        else ("opentofu", "terraform", "pulumi", "crossplane"),
        later=Later(
            load="one language for infrastructure",
            maintenance="provider upgrades, one at a time, planned before applied",
            lock_in="modules are portable between the two common tools",
            drift="a nightly plan shows what was changed by hand",
        ),
        shown_by="**unplanned differences** found by the nightly plan",
        revisit="a platform team wants to offer model serving as an API of its own",
    )


def _registry() -> _Need:
    return _Need(
        id="registry",
        question="Where do models, adapters and prompts live, with versions and digests?",
        title="Keep models in <chosen>",
        default="oci",
        default_name="the container registry, as signed artifacts",
        default_good="digests, signatures, access control and mirroring that you already have",
        default_bad="no experiment history and no page that explains a model",
        default_wins="a digest and a signature are what a release needs; the registry for images gives both",
        categories=("model-registry", "experiment-tracker"),
        prefer=("mlflow", "hugging-face-hub", "wandb"),
        later=Later(
            load="one reference for weights: name at digest",
            maintenance="retention rules, so that old versions outlive the way back",
            lock_in="artifacts are plain files",
            drift="licences and model cards travel with the artifact",
        ),
        shown_by="**releases with a complete lineage record** (all)",
        revisit="several people train models and need to compare runs",
    )


def _gitops() -> _Need:
    return _Need(
        id="gitops",
        question="What applies the declared state, and corrects what drifts?",
        title="Apply with <chosen>",
        default="argo-cd",
        default_name="Argo CD",
        default_good="shows what differs and why, for people who did not write it",
        default_bad="a service with rights over everything: it needs its own access review",
        default_wins="the on-call engineer sees the difference between declared and running on one page",
        categories=("gitops",),
        prefer=("flux",),
        later=Later(
            load="a release is a merge; the rota looks at one page",
            maintenance="controller upgrades with the cluster's",
            lock_in="applications are thin wrappers around plain manifests",
            drift="hand-made changes are undone and reported",
        ),
        shown_by="**time out of sync** per environment",
        revisit="clusters are many, or nobody looks at the page",
    )


def _tracker() -> _Need:
    return _Need(
        id="experiment-tracker",
        question="Where are training runs recorded?",
        title="Track runs with <chosen>",
        default="mlflow",
        default_name="MLflow",
        default_good="runs on your machines, with registry and tracking in one",
        default_bad="a database and a store to back up",
        default_wins="it can run where the data is, and the registry comes with it",
        categories=("experiment-tracker",),
        prefer=("wandb",),
        later=Later(
            load="one page per run",
            maintenance="a server and its database",
            lock_in="runs export as plain tables",
            drift="runs name the data they used: consent can be traced",
        ),
        shown_by="**runs that can be repeated** from their record",
        revisit="several teams compare runs every day",
    )


def _features(case: Case) -> _Need:
    fresh = case.brief.workload.feature_freshness_s
    if fresh:
        case.numbers.given("features.freshness", fresh, "s", "workload.feature_freshness_s")
    return _Need(
        id="feature-store",
        question="Where do online features come from, the same as in training?",
        title="Serve features from <chosen>",
        default="feast" if fresh else "request",
        default_name="Feast"
        if fresh
        else "the request itself, with the training code's own transforms",
        default_good="one definition for training and serving; point-in-time joins"
        if fresh
        else "no second store, no freshness to lose",
        default_bad="an online store and a stream to keep fresh"
        if fresh
        else "callers must send everything",
        default_wins="features must be no older than {features.freshness}, and training must see the same values"
        if fresh
        else "the brief names no feature that arrives apart from the request",
        categories=("feature-store",),
        prefer=("feast", "tecton"),
        later=Later(
            load="features have owners and freshness objectives",
            maintenance="a feature is retired with the last model that reads it",
            lock_in="definitions are code; the online store is exchangeable",
            drift="training and serving skew is measured, not assumed away",
        ),
        shown_by="**feature age p99** and **skew** between training and serving",
        revisit="a second model needs the same features",
    )
