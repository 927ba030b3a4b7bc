"""The page for whoever is on call: what to run, what to expect, how to stop it."""

from __future__ import annotations

from aegis.base.artifact import Artifact
from aegis.plan.types import Plan
from aegis.render.chaos.faults import FAULTS, Fault, rehearses
from aegis.render.shared.apis import PROJECTS
from aegis.render.shared.reading import duration, sentence
from aegis.render.shared.steady import look_s, watched

_NEEDS = {
    "chaos-mesh": (
        "`controllerManager.enableFilterNamespace=true`: faults enter annotated namespaces only",
        (
            "`chaosDaemon.runtime=containerd` and `chaosDaemon.socketPath=/run/containerd/containerd.sock`; other "
            "nodes have another socket (K3s `/run/k3s/containerd/containerd.sock`, CRI-O `/var/run/crio/crio.sock` "
            "with `runtime=crio`)"
        ),
        "its controller reaches Prometheus in namespace `monitoring`, and the rules of `observability/` are loaded",
    ),
    "litmus": (
        (
            "the experiments `pod-delete`, `container-kill` and `pod-cpu-hog` of its hub in the namespace, their "
            "image by digest from your registry"
        ),
        "nodes with containerd at `/run/containerd/containerd.sock`; for others change `SOCKET_PATH`",
        "its pods reach Prometheus in namespace `monitoring`, and the rules of `observability/` are loaded",
    ),
}
_LET_IN = {
    "chaos-mesh": (
        "kubectl annotate namespace staging chaos-mesh.org/inject=enabled",
        "kubectl annotate namespace production chaos-mesh.org/inject=enabled    # on the game day",
        "kubectl annotate namespace production chaos-mesh.org/inject-           # as soon as it is over",
    ),
    "litmus": (
        "kubectl apply -f staging/access.yaml",
        "kubectl apply -f production/access.yaml     # on the game day",
        "kubectl delete -f production/access.yaml    # as soon as it is over",
    ),
}
_RESULT = {
    "chaos-mesh": (
        "kubectl -n staging get workflownode -l chaos-mesh.org/workflow=SERVICE-EXPERIMENT",
        "kubectl -n staging describe workflow SERVICE-EXPERIMENT",
    ),
    "litmus": (
        "kubectl -n staging get chaosresult SERVICE-EXPERIMENT-NAME -o jsonpath='{.status}'",
        "kubectl -n staging describe chaosengine SERVICE-EXPERIMENT",
    ),
}


def readme(plan: Plan, tool: str, found: tuple[Fault, ...]) -> Artifact:
    """One page; failure modes that no tool can inject stand in it as well."""
    parts = [
        *_head(plan, tool),
        *_experiments(plan, found),
        *_ends(plan),
        *_needs(tool),
        *_use(plan, tool, found),
        *_production(),
        *_by_hand(plan, found),
    ]
    return Artifact(
        path="chaos/README.md", content="\n".join(parts) + "\n", because=("fault-injection",)
    )


def _head(plan: Plan, tool: str) -> list[str]:
    return [
        f"# Rehearsals of {plan.service}",
        "",
        (
            f"Faults for {PROJECTS[tool].name}, from plan `{plan.id}`. Nothing here is applied by GitOps: a "
            "person starts one at a time, in staging, under the load of a test. Production only on a stated game day."
        ),
        "",
        "**Stop now:** `./run.sh stop staging EXPERIMENT`. The fault is taken back within seconds.",
        "",
    ]


def _experiments(plan: Plan, found: tuple[Fault, ...]) -> list[str]:
    lines = ["## Experiments", ""]
    for fault in found:
        lines += [
            f"### `{fault.id}`: {fault.title}",
            "",
            f"- **does** {fault.does}, for {duration(fault.lasts_s(plan))} at most",
            f"- **expected**: {fault.expects}",
            f"- **ends by** {fault.ends_by}",
            f"- **where**: staging{', then production' if fault.in_production else ' only'}",
            "- **rehearses**:",
            *(
                f"  - {sentence(plan, mode.title)}"
                + (f" (runbook `{mode.runbook}`)" if mode.runbook else "")
                for mode in rehearses(plan, fault)
            ),
            "",
        ]
    return lines


def _ends(plan: Plan) -> list[str]:
    names = ", ".join(o.name for o in watched(plan))
    return [
        "## When it ends by itself",
        "",
        (
            "Before, during and after, Prometheus is asked whether the steady state holds: over "
            f"{duration(look_s(plan))} no objective ({names}) burns as fast as what pages, and requests arrive. The "
            "series are those of the alerts, so what ends a rehearsal is what would have woken "
            "you. A Prometheus that does not answer ends it too."
        ),
        "",
        (
            "A rehearsal does not start while the steady state is broken: without load it would prove nothing. Drive "
            "staging at its peak first (`aegis bench`, the numbers are in `dossier/capacity-model.md`)."
        ),
        "",
    ]


def _needs(tool: str) -> list[str]:
    project = PROJECTS[tool]
    return [
        "## What must be there",
        "",
        f"{project.name} {project.versions}, and:",
        "",
        *(f"- {line}" for line in _NEEDS[tool]),
        "",
    ]


def _use(plan: Plan, tool: str, found: tuple[Fault, ...]) -> list[str]:
    first = found[0].id
    result = [
        line.replace("SERVICE", plan.service).replace("EXPERIMENT", first) for line in _RESULT[tool]
    ]
    if tool == "litmus" and found[0].litmus:
        result = [line.replace("NAME", found[0].litmus(plan)[0]) for line in result]
    return [
        "## Let it in",
        "",
        "```sh",
        *_LET_IN[tool],
        "```",
        "",
        "## Run one",
        "",
        "```sh",
        f"./run.sh staging {first}",
        *result,
        f"./run.sh stop staging {first}",
        "```",
        "",
        (
            "Write down what you expected before you start, and what you saw after. A surprise is the result: it "
            "becomes an alert, a runbook step or a task, and the experiment is run again."
        ),
        "",
    ]


def _production() -> list[str]:
    return [
        "## Production: the game day",
        "",
        "1. The same experiment passed in staging on the same version, and its record is named.",
        "2. A day and an hour with little traffic and everybody there; no release is under way.",
        "3. More than half of each error budget is left.",
        "4. One owner, who may stop it without asking; whoever is on call knows.",
        "5. `production/game-day.env` says all of that. `run.sh` refuses otherwise, and on any other day.",
        "6. Let it in, run one, take the right back, clear the file, write the record.",
        "",
    ]


def _by_hand(plan: Plan, found: tuple[Fault, ...]) -> list[str]:
    covered = {mode for fault in found for mode in fault.modes}
    rest = [mode for mode in plan.failure_modes if mode.id not in covered]
    without = [f for f in FAULTS if f not in found and rehearses(plan, f)]
    lines = [
        "## By hand",
        "",
        (
            "These failure modes are about data, load, releases or people: no tool injects them. Each has its "
            "experiment, its hypothesis and its end; staging only unless it says otherwise."
        ),
        "",
        *(f"- **{sentence(plan, m.title)}**: {sentence(plan, m.experiment)}." for m in rest),
    ]
    if without:
        names = ", ".join(f"«{f.title}»" for f in without)
        lines += ["", f"The hub of LitmusChaos has no experiment that does this: {names}."]
    return lines
