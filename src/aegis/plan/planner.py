"""Brief → plan: intake, sizing, decisions in order, and everything that follows from them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from aegis.base.prose import name, parse, plain
from aegis.brief.schema import Brief
from aegis.plan.capacity import model_of, size
from aegis.plan.case import Case
from aegis.plan.choose import NoOptionError
from aegis.plan.decisions import (
    edge,
    engine,
    features,
    guard,
    guarded,
    hardware,
    operate,
    platform,
    release,
    tooling,
    watch,
    where,
)
from aegis.plan.intake import take_in
from aegis.plan.parts import (
    architecture,
    cost,
    degradation,
    failures,
    governance,
    objectives,
    risks,
    roadmap,
    runbooks,
    security,
)
from aegis.plan.parts.release import plan_release
from aegis.plan.sized import Sized
from aegis.plan.status import complete, promotable
from aegis.plan.types import AcceptedWaiver, Decision, Inputs, Plan, Question, Status
from aegis.plan.verdict import verdict

MAX_QUESTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What the plan was made with; passed in, so that planning stays a function."""

    catalog_sha256: str
    aegis_version: str


def make_plan(brief: Brief, versions: Versions) -> Plan:
    """The plan of a brief: same brief, same catalog, same bytes.

    Whether it may leave is not decided here: rules that share no code with the planner judge it
    (`aegis.review.plans`), and `admissible` is set from their findings by `with_findings`.

    Raises:
        NoOptionError: a decision has no option left; its message names what each one failed.
    """
    case = Case(brief=brief)
    take_in(case)
    sized = size(case)
    _decide(case, sized)
    watching = objectives.watch(case)
    released = plan_release(case, watching)
    parts = architecture.components(case)
    modes = failures.failure_modes(case, watching)
    waivers = tuple(
        AcceptedWaiver(rule=w.rule, owner=w.owner, reason=w.reason, until=w.until)
        for w in brief.waivers
    )
    priced = cost.cost(case)
    phases = roadmap.roadmap(case)
    questions = _ask(case)
    capacity = case.capacity
    if capacity is None:
        raise AssertionError("sizing always sets a capacity")
    draft = Plan(
        id="",
        service=brief.name,
        purpose=brief.purpose,
        kind=case.kind,
        inputs=Inputs(
            brief_sha256=digest_of_brief(brief),
            catalog_sha256=versions.catalog_sha256,
            aegis_version=versions.aegis_version,
        ),
        brief=brief,
        verdict=verdict(case),
        complete=complete(questions),
        admissible=Status(holds=False, because=("no rule has judged it yet",)),
        promotable=promotable(case),
        numbers=case.numbers.all(),
        assumptions=tuple(case.assumptions),
        questions=questions,
        decisions=tuple(case.decisions.values()),
        capacity=capacity,
        components=parts,
        flows=architecture.flows(case, parts),
        objectives=watching.objectives,
        not_applicable=watching.not_applicable,
        burn_windows=watching.windows,
        alerts=watching.alerts,
        release=released,
        degradation=degradation.ladder(case),
        failure_modes=modes,
        runbooks=runbooks.runbooks(case, watching),
        controls=security.controls(case),
        llm_controls=security.llm_controls(case),
        cost=priced,
        lineage=governance.lineage(case),
        requirements=governance.requirements(case),
        roadmap=phases,
        risks=risks.risks(case, modes, waivers),
        stages=governance.stages(case),
        incident=security.incident(case),
        continuous_training=_training(case),
        waivers=waivers,
    )
    return with_id(draft)


def with_id(plan: Plan) -> Plan:
    """The plan with the id that its content gives it."""
    content = plan.model_copy(update={"id": ""}).model_dump(mode="json")
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return plan.model_copy(update={"id": hashlib.sha256(text.encode()).hexdigest()[:16]})


def with_admission(plan: Plan, reasons: tuple[str, ...]) -> Plan:
    """The plan after the rules have judged it: admissible when no hard finding is left."""
    status = Status(holds=not reasons, because=reasons)
    return with_id(plan.model_copy(update={"admissible": status}))


def digest_of_brief(brief: Brief) -> str:
    """SHA-256 of the meaning of a brief: order of fields and layout do not matter."""
    data = brief.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _decide(case: Case, sized: Sized) -> None:
    """Every decision, in the order in which later ones may read earlier ones."""
    model = model_of(case)

    def take(*decisions: Decision | None) -> None:
        for decision in decisions:
            if decision is not None:
                case.decisions[decision.id] = decision

    take(where.decide(case))
    take(hardware.accelerator(case, sized))
    take(hardware.parallelism(case))
    take(*features.decide(case, model))
    take(platform.decide(case))
    take(engine.decide(case))
    take(hardware.quantization(case, model, sized), hardware.optimization(case), edge.decide(case))
    take(edge.precision(case, model))
    take(operate.scaling(case), operate.scheduling(case), operate.routing(case))
    take(guard.gateway(case), release.decide(case), watch.evaluation(case), watch.monitoring(case))
    take(*tooling.decide(case))
    take(watch.training(case), guard.secrets(case), guard.network(case), guard.retention(case))
    take(guard.environments(case), operate.recovery(case))
    take(guarded.admission(case), guarded.fault_injection(case))


def _ask(case: Case) -> tuple[Question, ...]:
    """At most three questions, those whose answer moves most of the plan first."""
    known = set(case.decisions)
    open_ones = [
        q.model_copy(update={"decisions": tuple(d for d in q.decisions if d in known)})
        for q in case.questions
    ]
    ranked = sorted((q for q in open_ones if q.decisions), key=lambda q: (-q.weight, q.id))
    return tuple(ranked[:MAX_QUESTIONS])


def _training(case: Case) -> str:
    decision = case.decisions["continuous-training"]
    reason = decision.reasons[0]
    return f"{decision.title}. {reason[0].upper()}{reason[1:]}"


__all__ = [
    "NoOptionError",
    "Versions",
    "digest_of_brief",
    "make_plan",
    "name",
    "parse",
    "plain",
    "with_admission",
    "with_id",
]
