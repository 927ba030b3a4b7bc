"""Blocks of an answer from a plan: one function a block, short in an answer, whole when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aegis.advisor.blocks import Block, ProductionAnswer, Table
from aegis.base.prose import name
from aegis.brief.schema import LLM_KINDS
from aegis.operations.results import PlanResult
from aegis.operations.summary import figure_rows
from aegis.plan.types import Decision, Plan
from aegis.review.plans import BLOCKS_PRODUCTION


def _s(text: str) -> str:
    """A sentence without its stop, to stand inside another."""
    return text.rstrip(".")


_MAIN = (
    "run-where",
    "serving-platform",
    "engine",
    "accelerator",
    "quantization",
    "release-strategy",
)
_RANK = {"high": 0, "moderate": 1, "low": 2, "likely": 0, "possible": 1, "rare": 2}


def production_answer(
    result: PlanResult,
    plan: Plan,
    *,
    understood: Block | None = None,
    also_assumed: Sequence[str] = (),
) -> ProductionAnswer:
    """The whole answer to «how do I put this into production», from a judged plan."""
    return ProductionAnswer(
        verdict=verdict(result, plan),
        understood=understood,
        assumptions=assumptions(plan, also_assumed, limit=5),
        questions=questions(plan),
        architecture=architecture(plan),
        roadmap=roadmap(plan, whole=False),
        tradeoffs=tradeoffs(plan, whole=False),
        observability=observability(plan, limit=4),
        failure_modes=failure_modes(plan, limit=3),
        security=security(plan, limit=4),
        cost=cost(plan),
        lineage=lineage(plan, limit=4),
        incident=incident(plan, limit=3),
        llm_controls=llm_controls(plan),
        environments=environments(plan),
        second_order=second_order(plan),
        compliance_pointer=compliance(plan, limit=4),
        evidence=evidence(plan),
    )


def verdict(result: PlanResult, plan: Plan) -> Block:
    """The direct recommendation, the decisive figures, and what blocks production."""
    rows = _figures(plan)
    blocking = [f for f in result.findings if f.code in BLOCKS_PRODUCTION]
    rows += [f"**blocks production:** `{f.code}` {name(_quotable(f.message))}" for f in blocking]
    return Block(kind="verdict", title="Recommendation", lead=plan.verdict, items=tuple(rows))


def _quotable(text: str) -> str:
    return (
        text.replace("`", "")
        .replace("[", "(")
        .replace("]", ")")
        .replace("{", "(")
        .replace("}", ")")
    )


def _figures(plan: Plan) -> list[str]:
    return [f"**{label}:** {text}" if label else text for label, text in figure_rows(plan)]


def _way_back(plan: Plan) -> str:
    release = plan.release
    return f"**Way back:** {_s(release.way_back)}; after {{{release.way_back_minutes}}} without anybody."


def assumptions(plan: Plan, also: Sequence[str] = (), *, limit: int = 99) -> Block | None:
    """What was assumed because nobody said it."""
    items = (*also, *plan.assumptions)[:limit]
    return Block(kind="assumptions", title="Assumed meanwhile", items=items) if items else None


def questions(plan: Plan) -> Block | None:
    """At most three questions, each with the decision that its answer changes."""
    items = tuple(
        f"{q.asks} Decides {_s(q.decides)}. Meanwhile {_s(q.meanwhile)}."
        for q in plan.questions[:3]
    )
    return (
        Block(kind="questions", title="Questions that decide the rest", items=items)
        if items
        else None
    )


def architecture(plan: Plan) -> Block:
    """What runs, and why that."""
    items = [f"{d.title}: {_s(d.reasons[0])}" for d in _decisions(plan, _MAIN)]
    path = " → ".join(
        name(c.name) for c in plan.components if c.kind in {"client", "gateway", "engine", "device"}
    )
    return Block(kind="architecture", title="Recommended architecture", lead=f"The request path: {path}."
                 if path else "", items=tuple(items))  # fmt: skip


def _decisions(plan: Plan, wanted: Sequence[str]) -> Iterator[Decision]:
    by_id = {d.id: d for d in plan.decisions}
    yield from (by_id[each] for each in wanted if each in by_id)


def roadmap(plan: Plan, *, whole: bool = True) -> Block:
    """Phases in order, and the tasks that must be done before users."""
    items: list[str] = []
    for phase in plan.roadmap:
        items.append(f"**{phase.name}**: {phase.goal}")
        shown = [t for t in phase.tasks if whole or t.blocks_production]
        items += [
            f"[ ] {t.title} ({t.owner}; {', '.join(t.applies_to)}); done when {_s(t.done_when)}"
            for t in (shown if whole else shown[:2])
        ]
    return Block(kind="roadmap", title="Roadmap", items=tuple(items))


def tradeoffs(plan: Plan, *, whole: bool = True) -> Block:
    """Chosen, the next best, what each costs."""
    decisions = plan.decisions if whole else tuple(_decisions(plan, _MAIN))
    rows = []
    for decision in decisions:
        winner = decision.winners[0]
        others = decision.alternatives
        if not others:
            continue
        other = next((o for o in others if o.verdict == "possible"), others[0])
        chosen = " + ".join(o.name for o in decision.winners)
        rows.append((f"`{decision.id}`", f"**{name(chosen)}**: {winner.drawback}",
                     f"{name(other.name)}: {other.advantage}", other.because))  # fmt: skip
    head = ("decision", "chosen, and what it costs", "alternative, and what it gives", "why not")
    return Block(
        kind="tradeoffs",
        title="Trade-offs and alternatives",
        table=Table(head=head, rows=tuple(rows)),
    )


def observability(plan: Plan, *, limit: int = 99) -> Block:
    """Objectives and alerts."""
    items = [
        f"**{name(o.name)}**: {o.sli}; target {{{o.target}}}, over {{{o.window_days}}}"
        for o in plan.objectives[:limit]
    ]
    pages = [a for a in plan.alerts if a.severity == "page"] or list(plan.alerts)
    items += [
        f"**alert** `{a.id}` ({a.severity}): {a.condition}; first step: {a.first_step}"
        for a in pages[:limit]
    ]
    return Block(
        kind="observability",
        title="Observability",
        items=tuple(items),
        applies_to=("staging", "production"),
    )


def failure_modes(plan: Plan, *, limit: int = 99) -> Block:
    """How it breaks, what happens by itself, what a person does, and the way back."""
    ordered = sorted(plan.failure_modes, key=lambda f: (_RANK[f.impact], _RANK[f.likelihood], f.id))
    items = [f"**{f.title}** ({f.likelihood}, {f.impact}): {_s(f.first_sign)}. By itself: {_s(f.automatic)}. You: {_s(f.manual)}."
             for f in ordered[:limit]]  # fmt: skip
    lead = _way_back(plan)
    return Block(
        kind="failure_modes", title="Failure modes and rollback", lead=lead, items=tuple(items)
    )


def security(plan: Plan, *, limit: int = 99) -> Block:
    """Controls with owner and test."""
    items = tuple(
        f"**{c.title}**: {_s(c.what)}. Owner: {c.owner}. Test: {_s(c.test)}."
        for c in plan.controls[:limit]
    )
    return Block(kind="security", title="Security controls", items=items)


def cost(plan: Plan) -> Block:
    """The estimate, what it leaves out, and what keeps it in bounds."""
    items = [f"{line.name}: {{{line.amount}}}; {line.basis}" if line.amount else f"{line.name}: not priced; {line.basis}"
             for line in plan.cost.lines]  # fmt: skip
    if plan.cost.unpriced:
        items.append(f"Not priced: {plan.cost.unpriced}")
    items += [f"In bounds by: {text}" for text in plan.cost.controls[:3]]
    return Block(kind="cost", title="Cost", items=tuple(items))


def lineage(plan: Plan, *, limit: int = 99) -> Block:
    """What must be recorded so that an answer can be reproduced."""
    items = tuple(f"**{i.what}** ({i.status}): {i.identity}; kept in {i.where}; owner: {i.owner}"
                  for i in plan.lineage[:limit])  # fmt: skip
    return Block(kind="lineage", title="Data lineage and reproducibility", items=items)


def incident(plan: Plan, *, limit: int = 99) -> Block:
    """Who does what when it goes wrong."""
    items = [f"**{name(role)}**: {text}" for role, text in plan.incident.roles[:limit]]
    items += [f"**{name(level)}**: {text}" for level, text in plan.incident.severities[:2]]
    items += [f"{title}: {steps[0]}" for title, steps in plan.incident.branches[:limit] if steps]
    return Block(kind="incident", title="Incident response", items=tuple(items))


def llm_controls(plan: Plan) -> Block | None:
    """Guardrails, rate limits, logging with privacy, evaluation harness."""
    if not plan.llm_controls:
        if plan.kind in LLM_KINDS:
            raise ValueError("a language model without its four controls is no production advice")
        return None
    items = tuple(f"**{c.id}**: {_s(c.what)}. Privacy: {c.privacy}" for c in plan.llm_controls)
    return Block(kind="llm_controls", title="LLM controls", items=items)


def environments(plan: Plan) -> Block:
    """Development, staging, production, told apart."""
    items = tuple(f"**{s.environment}**: {s.purpose}; data: {s.data}; access: {s.access}; change: {s.change}"
                  for s in plan.stages)  # fmt: skip
    return Block(kind="environments", title="Environments", items=items)


def second_order(plan: Plan) -> Block:
    """What the main decision costs later."""
    main = next(_decisions(plan, _MAIN), plan.decisions[0])
    second = main.second_order
    return Block(
        kind="second_order", title="Second-order effects", lead=f"Of `{main.id}`, {main.title}:",
        items=(f"**cognitive load**: {second.cognitive_load}", f"**maintenance**: {second.maintenance}",
               f"**lock-in**: {second.lock_in}", f"**compliance drift**: {second.compliance_drift}"),
    )  # fmt: skip


def compliance(plan: Plan, *, limit: int = 99) -> Block | None:
    """What may apply, and who judges it; never a sign-off."""
    items = tuple(f"**{name(r.name)}**, {name(r.article)}: {_s(r.asks)}. Open: {_s(r.open)}. Ask: {name(r.specialist)}."
                  for r in plan.requirements[:limit])  # fmt: skip
    if not items:
        return None
    lead = "Requirements that may apply. Aegis signs nothing off; a specialist judges."
    return Block(kind="compliance_pointer", title="Compliance", lead=lead, items=items)


def evidence(plan: Plan) -> Block:
    """What the plan stands on."""
    lead = (
        f"Plan `{plan.id}`, from brief `{plan.inputs.brief_sha256[:12]}` and catalog "
        f"`{plan.inputs.catalog_sha256[:12]}`. Ask «where does … come from» for the origin of a figure."
    )
    return Block(kind="evidence", title="Evidence", lead=lead)


def risks(plan: Plan) -> Block:
    """The register, worst first."""
    ordered = sorted(plan.risks, key=lambda r: (_RANK[r.impact], _RANK[r.likelihood], r.id))
    items = tuple(f"**{r.title}** ({r.likelihood}, {r.impact}; left after treatment: {r.residual}): {_s(r.treatment)}. "
                  f"Owner: {r.owner}." for r in ordered)  # fmt: skip
    return Block(kind="explanation", title="Risks", items=items)


def capacity(plan: Plan) -> Block:
    """How much is needed and what limits it."""
    rows = _figures(plan)
    return Block(kind="explanation", title="Capacity", items=tuple(rows))


def release(plan: Plan) -> Block:
    """Steps, checks and the way back."""
    steps = [f"{{{s.weight}}} of traffic for at least {{{s.hold_minutes}}}, judged by {', '.join(f'`{a}`' for a in s.analysis)}"
             for s in plan.release.steps]  # fmt: skip
    lead = _way_back(plan)
    return Block(kind="explanation", title=f"Release: {plan.release.strategy}", lead=lead,
                 items=(*steps, *plan.release.detectability), applies_to=("production",))  # fmt: skip


_NO_GATE = (
    "No data set is named, so no gate can pass and **production stays closed**. Collect labelled examples "
    "from real requests, with consent, and name path, metric and threshold in the brief."
)


def gates(plan: Plan) -> Block:
    """Which evaluations must pass, or that none can."""
    items = [f"`{g.id}` before {g.before}: {name(g.metric)} on {name(g.dataset)}, threshold {{{g.threshold}}}, {{{g.items}}}; {g.detects}"
             for g in plan.release.gates]  # fmt: skip
    if not items:
        items = [_NO_GATE]
    return Block(kind="explanation", title="Evaluation gates", items=tuple(items))


def explained(decision: Decision) -> Block:
    """A decision: chosen, reasons, rejected with why, when to revisit."""
    items = [*decision.reasons]
    items += [f"**{name(o.name)}** ({o.verdict}): {_s(o.because)}. For it: {_s(o.advantage)}. Against it: {_s(o.drawback)}."
              for o in decision.options]  # fmt: skip
    items.append(f"Revisit when {_s(decision.revisit_when)}. Shown by {_s(decision.shown_by)}.")
    return Block(kind="explanation", title=f"Decision {decision.id}", lead=f"{decision.question} {decision.title}.",
                 items=tuple(items), applies_to=decision.applies_to)  # fmt: skip


def figure(plan: Plan, wanted: str) -> str:
    """The id of the number that somebody asks for, or an empty string."""
    words = {w for w in wanted.lower().replace("-", " ").split() if len(w) > 2}
    scored = [
        (len(words & set(key.replace(".", " ").replace("_", " ").split())), key)
        for key in plan.numbers
    ]
    best = max(scored, default=(0, ""))
    return best[1] if best[0] else ""
