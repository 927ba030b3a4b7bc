"""All renderers, in order; the only list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from aegis.base.artifact import Artifact
from aegis.base.finding import Finding, Severity
from aegis.brief.read import PAGES
from aegis.operations.judging import judge_groups
from aegis.operations.size_dossier import dossier_figures
from aegis.plan.case import SERVED_FROM_FILES
from aegis.plan.types import Plan
from aegis.render.batch import render_batch
from aegis.render.chaos import render_chaos
from aegis.render.documents import render_documents
from aegis.render.edge import render_edge
from aegis.render.evaluation import render_evaluation
from aegis.render.gateway import render_gateway
from aegis.render.gitops import render_gitops
from aegis.render.host import render_host
from aegis.render.iac import gaps as infrastructure_gaps
from aegis.render.iac import render_iac
from aegis.render.kubernetes import entry_gaps, gaps, render_chart, render_kubernetes
from aegis.render.mirror import render_mirror
from aegis.render.observability import render_observability
from aegis.render.pipelines import SYSTEMS, render_pipelines
from aegis.render.pipelines import gaps as pipeline_gaps
from aegis.render.rollout import render_rollout


def _dossier(plan: Plan) -> tuple[Artifact, ...]:
    """The documents, with the drawings that sizing has for them."""
    return render_documents(plan, dossier_figures(plan))


def _observability(plan: Plan) -> tuple[Artifact, ...]:
    """What watches the plan, with the judge of its releases among the rules."""
    return render_observability(plan, judge_groups(plan))


RENDERERS: tuple[Callable[[Plan], tuple[Artifact, ...]], ...] = (
    _dossier,
    render_kubernetes,
    render_host,
    render_batch,
    render_edge,
    render_gateway,
    render_evaluation,
    render_rollout,
    _observability,
    render_gitops,
    render_pipelines,
    render_iac,
    render_chaos,
    render_mirror,
)
"""Each gives its files, or none when the plan does not call for it."""


_TARGETS = {
    "serving-platform": SERVED_FROM_FILES,
    "gitops": {"argo-cd", "flux"},
    "iac": {"terraform", "opentofu", "pulumi", "crossplane", "script"},
    "pipeline-orchestrator": {"ci", *SYSTEMS},
    "fault-injection": {"chaos-mesh", "litmus"},
}
"""What can be rendered so far, by decision."""
_FOLDERS = {
    "serving-platform": ("kubernetes", "host", "batch", "gateway"),
    "gitops": ("gitops",),
    "iac": ("iac",),
    "pipeline-orchestrator": ("pipelines",),
    "fault-injection": ("chaos",),
}
"""Where the files of a decision lie: a choice whose folder is empty was not carried out either."""
_SCRIPTED = ("host", "kubernetes", "edge")
"""Bundles that declare all that they need themselves: `setup.sh`, or objects that are applied."""


def unrendered(plan: Plan, bundle: tuple[Artifact, ...]) -> tuple[tuple[str, str], ...]:
    """Decisions whose choice no renderer carried out: id of the decision and name of the choice."""
    there = {artifact.path.split("/", 1)[0] for artifact in bundle}
    found = []
    for decision, known in _TARGETS.items():
        chosen = plan.chosen(decision)
        folders = _SCRIPTED if chosen == "script" else _FOLDERS[decision]
        written = chosen in known and not there.isdisjoint(folders)
        if chosen and not written:
            name = plan.decision(decision).winners[0].name
            found.append((decision, name))
    return tuple(found)


def platform_gaps(plan: Plan) -> tuple[Finding, ...]:
    """What the plan asks and its platform or tool cannot express, each with a way around."""
    return (
        *(_gap("serving-platform", each.what, each.instead) for each in gaps(plan)),
        *(_gap("gateway", each.what, each.instead) for each in entry_gaps(plan)),
        *(_gap("iac", each.what, each.instead) for each in infrastructure_gaps(plan)),
        *(_gap("pipeline-orchestrator", each.what, each.instead) for each in pipeline_gaps(plan)),
        *_left_aside(plan),
        *_unconnected(plan),
    )


def _gap(where: str, what: str, instead: str) -> Finding:
    name, title = PAGES["AEG009"]
    return Finding(
        code="AEG009",
        name=name,
        title=title,
        severity=Severity.LOW,
        message=what,
        mend=instead,
        where=where,
    )


_NOT_RENDERED = {
    "ecs": "Amazon ECS",
    "nomad": "Nomad",
    "slurm": "Slurm",
    "sagemaker": "Amazon SageMaker",
    "vertex-ai": "Vertex AI",
    "azure-ml": "Azure Machine Learning",
}
"""What a team may run and no renderer writes for."""


def _left_aside(plan: Plan) -> Iterator[Finding]:
    """A scheduler of the team's that the plan does not use, because nothing is written for it."""
    mine = _NOT_RENDERED.get(plan.brief.team.orchestrator or "")
    if mine is None or plan.chosen("run-where") not in {"cluster", "single-host"}:
        return
    instead = plan.decision("serving-platform").winners[0].name
    yield _gap(
        "team.orchestrator",
        f"The team runs {mine}, and no file is written for it: the bundle is for {instead}.",
        f"Run the bundle beside {mine}, or carry its container over by hand: image, command, health check and "
        "drain stand in the bundle. `team.orchestrator: kubernetes` says that a cluster may be had.",
    )


_UNCONNECTED = {
    ("registry", "mlflow", "wandb", "azure-ml", "vertex-ai"): (
        ("Versions are kept in {name}, and no file of the bundle writes there: a release names its model by revision "
        "and digest."),
        ("Register the version in the step after the gate, with that revision, the digest and the verdict as its "
        "tags; what runs is then found by either name."),
    ),
    ("feature-store", "feast", "tecton"): (
        ("Features come from {name}, and no definition of a feature is written: the bundle serves the model and "
        "watches the drift of what it is sent."),
        ("Keep the definitions in the repository of the service that calls the model, and let it send the features "
        "with the request."),
    ),
}  # fmt: skip
"""Decision and the choices that are weighed by name and have no adapter: what that means, what to do."""


def _unconnected(plan: Plan) -> Iterator[Finding]:
    """Tools that the plan chooses and no file speaks to."""
    for (decision, *tools), (what, instead) in _UNCONNECTED.items():
        if plan.chosen(decision) in tools:
            name = plan.decision(decision).winners[0].name
            yield _gap(decision, what.format(name=name), instead)


ON_REQUEST: Mapping[str, Callable[[Plan], tuple[Artifact, ...]]] = {"helm": render_chart}
"""Another form of what the bundle holds, by the target that asks for it; no plan brings it about."""


def render_all(plan: Plan, also: Iterable[str] = ()) -> tuple[Artifact, ...]:
    """Every artifact of a plan, and the forms of `ON_REQUEST` that are named.

    Two artifacts never share a path.
    """
    renderers = (*RENDERERS, *(ON_REQUEST[name] for name in also))
    bundle = tuple(artifact for render in renderers for artifact in render(plan))
    paths = [a.path for a in bundle]
    if len(paths) != len(set(paths)):
        twice = sorted({p for p in paths if paths.count(p) > 1})
        raise ValueError(f"two renderers write the same file: {', '.join(twice)}")
    return bundle
