"""Some targets of a plan's bundle, and what rendering them again would change."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import Field

from aegis.base.artifact import Artifact
from aegis.base.finding import Finding, Severity
from aegis.base.model import Frozen
from aegis.brief.read import PAGES
from aegis.brief.schema import Orchestrator
from aegis.operations.bundle import ON_REQUEST
from aegis.operations.planning import plan_brief, plan_there, to_text, written_before
from aegis.operations.results import PlanResult

TARGETS: Mapping[str, tuple[frozenset[str], str]] = {
    "dossier": (frozenset({"dossier"}), ""),
    "kubernetes": (frozenset({"kubernetes"}), "serving-platform"),
    "flagger": (frozenset({"kubernetes"}), "serving-platform"),
    "kserve": (frozenset({"kubernetes"}), "serving-platform"),
    "lws": (frozenset({"kubernetes"}), "serving-platform"),
    "llm-d": (frozenset({"kubernetes"}), "serving-platform"),
    "ray": (frozenset({"kubernetes"}), "serving-platform"),
    "dynamo": (frozenset({"kubernetes"}), "serving-platform"),
    "helm": (frozenset({"chart"}), "serving-platform"),
    "host": (frozenset({"host"}), "serving-platform"),
    "batch": (frozenset({"batch"}), "serving-platform"),
    "edge": (frozenset({"edge"}), "edge-runtime"),
    "gateway": (frozenset({"gateway"}), "gateway"),
    "evaluation": (frozenset({"evaluation"}), "evaluation-stack"),
    "rollout": (frozenset({"rollout"}), "release-strategy"),
    "observability": (frozenset({"observability"}), "monitoring-stack"),
    "argocd": (frozenset({"gitops"}), "gitops"),
    "flux": (frozenset({"gitops"}), "gitops"),
    "pipelines": (frozenset({"pipelines", ".github"}), "pipeline-orchestrator"),
    "terraform": (frozenset({"iac"}), "iac"),
    "pulumi": (frozenset({"iac"}), "iac"),
    "crossplane": (frozenset({"iac"}), "iac"),
    "chaos": (frozenset({"chaos"}), "fault-injection"),
    "mirror": (frozenset({"mirror"}), "network"),
}
"""Target → folders of the bundle, and the decision that brings it about."""
_CHOICES = {
    "argocd": {"argo-cd"},
    "flux": {"flux"},
    "terraform": {"terraform", "opentofu"},
    "pulumi": {"pulumi"},
    "crossplane": {"crossplane"},
    "kubernetes": {"kubernetes"},
    "flagger": {"flagger"},
    "kserve": {"kserve"},
    "lws": {"lws"},
    "llm-d": {"llm-d"},
    "ray": {"ray-serve"},
    "dynamo": {"nvidia-dynamo"},
}
"""Targets that share a folder, and the options that mean each."""
_PLATFORMS: Mapping[str, Orchestrator] = {
    "kubernetes": "kubernetes",
    "flagger": "flagger",
    "kserve": "kserve",
    "lws": "lws",
    "llm-d": "llm-d",
    "ray": "ray",
    "dynamo": "dynamo",
}
"""Targets that say what the brief says by `team.orchestrator`."""


class FileChange(Frozen):
    """One file that rendering again would add, change or remove."""

    path: str
    change: Literal["added", "changed", "stamped", "removed"] = Field(
        description="stamped: nothing but the id of the plan changes"
    )
    diff: str = Field(default="", description="unified diff of a changed file")


class RenderResult(Frozen):
    """Files of the wanted targets; findings say what a plan does not bring about, and why."""

    plan: PlanResult
    changes: tuple[FileChange, ...] = ()
    compared: bool = False


def render_targets(
    text: str, *, path: str, today: datetime.date, targets: Sequence[str]
) -> PlanResult:
    """The plan of a brief with the files of some targets only; all of them when none is named."""
    also = [target for target in targets if target in ON_REQUEST]
    plan = partial(plan_brief, text, path=path, today=today, also=also)
    result = _asked(plan(), plan, targets)
    if result.plan is None or result.refused or not targets:
        return result
    wanted = [a for a in result.bundle if any(_is_of(a, t, result) for t in targets)]
    missing = [t for t in targets if not any(_is_of(a, t, result) for a in result.bundle)]
    findings = (*result.findings, *(_missing(t, result) for t in missing))
    return result.model_copy(update={"bundle": tuple(wanted), "findings": findings})


def _asked(
    result: PlanResult, make: Callable[..., PlanResult], targets: Sequence[str]
) -> PlanResult:
    """The plan with the platform that a target names, where a cluster serves and the brief is silent.

    The target is the same statement as `team.orchestrator`: the plan is made with it, by its own
    rules. A plan for one machine, a vendor or a device has no place for one, and stays as it is.
    """
    plan, platform = result.plan, next((t for t in targets if t in _PLATFORMS), "")
    if plan is None or not platform or plan.chosen("run-where") != "cluster":
        return result
    if plan.chosen("serving-platform") in _CHOICES[platform]:
        return result
    wanted, said = _PLATFORMS[platform], plan.brief.team.orchestrator
    again = make(orchestrator=wanted)
    name, title = PAGES["AEG010"]
    finding = Finding(
        code="AEG010",
        name=name,
        title=title,
        severity=Severity.INFO,
        message=f"the plan is made with `team.orchestrator: {wanted}`, asked on the command line; the brief "
        + (f"says `{said}`" if said else "says nothing"),
        mend="write it into the brief, so that the next plan says the same",
        where="team.orchestrator",
    )
    return again.model_copy(update={"findings": (*again.findings, finding)})


def _is_of(artifact: Artifact, target: str, result: PlanResult) -> bool:
    folders, decision = TARGETS[target]
    if artifact.path.split("/", 1)[0] not in folders or result.plan is None:
        return False
    return target not in _CHOICES or result.plan.chosen(decision) in _CHOICES[target]


def _missing(target: str, result: PlanResult) -> Finding:
    """A target that the plan has no use for, with what it has instead."""
    decision = TARGETS[target][1]
    plan = result.plan
    chosen = next((d.title for d in plan.decisions if d.id == decision), "") if plan else ""
    instead = f"; the plan has: {chosen}" if chosen else ""
    return Finding(
        code="AEG008",
        name="target-not-in-plan",
        title="Target that the plan does not bring about",
        severity=Severity.MEDIUM,
        message=f"no file is for `{target}`{instead.replace('[[', '').replace(']]', '')}",
        mend=f"state the tool in the brief, or leave `{target}` out; `aegis explain {decision} --plan plan.json` says "
        "why the plan decided otherwise",
    )


def changes(result: PlanResult, folder: Path, *, part: bool) -> Iterator[FileChange]:
    """What writing this bundle into a folder would change, file by file. Nothing is written."""
    new = {a.path: to_text(a) for a in result.bundle}
    before, now = plan_there(folder), result.plan.id if result.plan else ""
    for path, text in sorted(new.items()):
        there = folder / path
        if not there.is_file():
            yield FileChange(path=path, change="added")
            continue
        old = there.read_text(encoding="utf-8", errors="replace")
        if before and old.replace(before, now) == text != old:
            yield FileChange(path=path, change="stamped")
        elif old != text:
            lines = difflib.unified_diff(
                old.splitlines(),
                text.splitlines(),
                f"{path} (there)",
                f"{path} (new)",
                lineterm="",
                n=2,
            )
            yield FileChange(path=path, change="changed", diff="\n".join(lines))
    if not part:
        for file in written_before(folder):
            if file.path not in new and file.path != "plan.json" and (folder / file.path).is_file():
                yield FileChange(path=file.path, change="removed")
