"""Plans with an empty chapter: what every production plan has to answer."""

from __future__ import annotations

from collections.abc import Iterator

from aegis.base.finding import Severity
from aegis.brief.schema import LLM_KINDS
from aegis.plan.types import ALL, Plan
from aegis.review.rule import Hit, rule

LLM_CONTROLS = ("guardrails", "rate-limiting", "prompt-logging", "evaluation-harness")


@rule("AEG159", checks=Plan, severity=Severity.HIGH)
def architecture_with_holes(plan: Plan) -> Iterator[Hit]:
    """Architecture with holes.

    Every flow connects two parts that exist, and every part is there for a reason that the plan
    can name.
    """
    parts = {component.id for component in plan.components}
    if not plan.flows:
        yield Hit("plan.flows", "nothing flows between the parts")
    for flow in plan.flows:
        for end in (flow.source, flow.target):
            if end not in parts:
                yield Hit("plan.flows", f"a flow ends at `{end}`, which does not exist")
    known = {decision.id for decision in plan.decisions}
    for component in plan.components:
        for reason in component.because:
            if reason not in known:
                yield Hit(f"plan.components.{component.id}", f"there is no decision `{reason}`",
                          severity=Severity.LOW)  # fmt: skip


@rule("AEG160", checks=Plan, severity=Severity.CRITICAL, hard=True)
def too_few_controls(plan: Plan) -> Iterator[Hit]:
    """Too few security controls.

    At least three, each with somebody who answers for it and a test that can fail. A control that
    nobody tests is a sentence.
    """
    if len(plan.controls) < 3:
        yield Hit(
            "plan.controls", f"{len(plan.controls)} security controls; at least three are needed"
        )
    for control in plan.controls:
        if not control.test.strip() or not control.what.strip():
            yield Hit(f"plan.controls.{control.id}", "the control has no content or no test")


@rule("AEG161", checks=Plan, severity=Severity.CRITICAL, hard=True)
def cost_without_bounds(plan: Plan) -> Iterator[Hit]:
    """Cost neither estimated nor bounded.

    The plan names a monthly range, or says why it cannot, and what keeps the bill in bounds.
    """
    cost = plan.cost
    if cost.total is None and not (cost.unpriced or "").strip():
        yield Hit("plan.cost.total", "no estimate, and no reason why there is none")
    if len(cost.controls) < 2:
        yield Hit("plan.cost.controls", "fewer than two controls keep the cost in bounds")
    if not cost.lines or not cost.excludes:
        yield Hit("plan.cost", "the estimate does not say what it holds and what it leaves out")


@rule("AEG162", checks=Plan, severity=Severity.CRITICAL, hard=True)
def lineage_with_gaps(plan: Plan) -> Iterator[Hit]:
    """Lineage with gaps.

    To explain one answer a year later you need the data, the code, the model, the environment and
    the configuration of that day, and the prompt of a language model.
    """
    wanted = ["data", "code", "model", "environment", "configuration"]
    if plan.kind in LLM_KINDS:
        wanted.append("prompt")
    there = {item.what for item in plan.lineage if item.identity.strip()}
    for what in wanted:
        if what not in there:
            yield Hit("plan.lineage", f"nothing identifies the {what}")


@rule("AEG163", checks=Plan, severity=Severity.CRITICAL, hard=True)
def incident_without_a_process(plan: Plan) -> Iterator[Hit]:
    """Incident response with an empty part.

    Roles, severities, communication, evidence and what is particular to this system: each is
    written down before the night it is needed.
    """
    incident = plan.incident
    if len(incident.roles) < 3:
        yield Hit("plan.incident.roles", "fewer than three roles")
    for part in ("severities", "communication", "evidence", "branches"):
        if not getattr(incident, part):
            yield Hit(f"plan.incident.{part}", f"nothing is said about {part}")


@rule("AEG164", checks=Plan, severity=Severity.HIGH)
def failure_mode_half_told(plan: Plan) -> Iterator[Hit]:
    """Failure mode told by half.

    How it breaks, what shows it first, what happens by itself and what a person does: each mode
    says all four. An alert and a runbook that it names exist; where no expression can show it, it
    names none, and the first sign says who sees it.
    """
    alerts = {alert.id for alert in plan.alerts}
    runbooks = {runbook.id for runbook in plan.runbooks}
    if not plan.failure_modes:
        yield Hit("plan.failure_modes", "the plan does not say how it breaks")
    for mode in plan.failure_modes:
        for part in ("trigger", "first_sign", "automatic", "manual"):
            if not getattr(mode, part).strip():
                yield Hit(f"plan.failure_modes.{mode.id}.{part}", f"the {part} is missing")
        if mode.alert and (mode.alert not in alerts or mode.runbook not in runbooks):
            yield Hit(f"plan.failure_modes.{mode.id}", "its alert or its runbook does not exist",
                      severity=Severity.MEDIUM)  # fmt: skip


@rule("AEG169", checks=Plan, severity=Severity.CRITICAL, hard=True)
def language_model_without_controls(plan: Plan) -> Iterator[Hit]:
    """Language model without its four controls.

    Guardrails, rate limiting, logging of prompts with privacy, and an evaluation harness: each is
    answered, bound to a file of the bundle and to a part that exists.
    """
    if plan.kind not in LLM_KINDS:
        return
    parts = {component.id for component in plan.components}
    controls = {control.id: control for control in plan.llm_controls}
    for name in LLM_CONTROLS:
        control = next((c for key, c in controls.items() if key == name), None)
        if control is None:
            yield Hit("plan.llm_controls", f"nothing is said about {name}")
        elif not control.artifact or not control.privacy.strip() or control.component not in parts:
            yield Hit(
                f"plan.llm_controls.{name}",
                "bound to no file, no part, or without a word on privacy",
            )


@rule("AEG171", checks=Plan, severity=Severity.HIGH)
def environments_alike(plan: Plan) -> Iterator[Hit]:
    """Environments missing or alike.

    Development, staging and production differ in purpose, data and access. Where two of them read
    the same, one of them is a copy of production's rights or of its data.
    """
    stages = {stage.environment: stage for stage in plan.stages}
    for name in ALL:
        if name not in stages:
            yield Hit("plan.stages", f"nothing is said about {name}")
    for part in ("purpose", "data", "access"):
        said = [getattr(stage, part).strip() for stage in plan.stages]
        if len(set(said)) < len(said) and part != "data":
            yield Hit("plan.stages", f"two environments have the same {part}")
    production = stages.get("production")
    if production and any(s.data == production.data for s in plan.stages if s is not production):
        yield Hit("plan.stages", "production's data are also used elsewhere")


@rule("AEG166", checks=Plan, severity=Severity.HIGH)
def memory_at_peak_forgotten(plan: Plan) -> Iterator[Hit]:
    """Accelerator memory at peak is nobody's failure mode.

    At the peak the cache of the running sequences fills the memory, a process dies, and its
    requests fall on the others. The plan names this mode and bounds the sequences of a replica.
    """
    capacity = plan.capacity
    if capacity.shape != "accelerators" or plan.chosen("run-where") == "managed-api":
        return
    if not any("oom" in mode.id for mode in plan.failure_modes):
        yield Hit("plan.failure_modes", "running out of accelerator memory is not among them")
    if plan.kind in LLM_KINDS and capacity.replicas and capacity.max_sequences is None:
        yield Hit("plan.capacity.max_sequences", "nothing bounds the sequences of one replica")


@rule("AEG186", checks=Plan, severity=Severity.LOW)
def training_not_answered(plan: Plan) -> Iterator[Hit]:
    """Nothing is said about training again.

    Whether and when the model is trained again is decided, even when the answer is never.
    """
    if not plan.continuous_training.strip():
        yield Hit("plan.continuous_training", "neither a trigger nor a reason why not")


@rule("AEG189", checks=Plan, severity=Severity.HIGH)
def robot_without_a_safe_state(plan: Plan) -> Iterator[Hit]:
    """Robot without a watchdog and a safe state.

    When answers stop, the machine goes to a safe state without asking the model. The last rung of
    the ladder is that state, and a part of its own takes it there.
    """
    if plan.kind != "robotics":
        return
    watchdogs = {c.id for c in plan.components if "watchdog" in c.id or "watchdog" in c.name}
    last = max(plan.degradation, key=lambda rung: rung.order, default=None)
    if not watchdogs:
        yield Hit("plan.components", "no watchdog takes over when answers are late")
    elif last is not None and (
        last.component not in watchdogs or "safe state" not in last.behaviour
    ):
        yield Hit("plan.degradation", "the last rung is not the watchdog's safe state")
