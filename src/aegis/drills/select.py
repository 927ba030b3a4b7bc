"""Which experiments of a plan a drill can carry out, and what carries out the others."""

from __future__ import annotations

from dataclasses import dataclass

from aegis.drills.catalogue import DRILLS, Drill
from aegis.drills.types import Rehearsed
from aegis.plan.types import Plan
from aegis.render.chaos.faults import rehearsed
from aegis.render.shared.reading import sentence

_TOOLS = ("chaos-mesh", "litmus")


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """An experiment that no drill before a gateway carries out."""

    mode: str
    experiment: str
    command: str
    """The bundle's command that injects it; empty where a person does it by hand."""


def rehearses(plan: Plan, drill: Drill) -> tuple[Rehearsed, ...]:
    """The plan's experiments that a drill carries out, in the plan's words."""
    return tuple(
        Rehearsed(
            mode=mode.id, experiment=sentence(plan, mode.experiment),
            unjudged=drill.rehearses[mode.id],
        )
        for mode in plan.failure_modes
        if mode.id in drill.rehearses
    )  # fmt: skip


def elsewhere(
    plan: Plan, *, bundle: str, drills: tuple[Drill, ...] = DRILLS
) -> tuple[Elsewhere, ...]:
    """The plan's experiments that are none of these drills, with the bundle's command."""
    ours = {mode for drill in drills for mode in drill.rehearses}
    tool = plan.chosen("fault-injection")
    by_tool = {
        mode: fault.id
        for fault in (rehearsed(plan, by_litmus=tool == "litmus") if tool in _TOOLS else ())
        for mode in fault.modes
    }
    return tuple(
        Elsewhere(
            mode=mode.id, experiment=sentence(plan, mode.experiment),
            command=f"{bundle}/chaos/run.sh staging {by_tool[mode.id]}" if mode.id in by_tool else "",
        )
        for mode in plan.failure_modes
        if mode.id not in ours
    )  # fmt: skip


def chosen(names: tuple[str, ...]) -> tuple[Drill, ...]:
    """The drills that carry out these experiments, each a drill's own id or a failure mode's.

    An empty tuple of names is all of them.
    """
    if not names:
        return DRILLS
    wanted = set(names)
    return tuple(d for d in DRILLS if d.id in wanted or wanted & set(d.rehearses))
