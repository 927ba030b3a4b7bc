"""Take one required thing from a good plan: its rule fires, and no other as grave does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.review.plans.good import DROP, changed, plan_named

from aegis.plan.types import Plan
from aegis.review.plans.judge import judge_plan


@dataclass(frozen=True)
class Mutant:
    """A good plan with one place changed, and the rule that has to see it."""

    code: str
    plan: str
    path: str
    new: object

    def __str__(self) -> str:
        return f"{self.code}-{self.plan}-{self.path}={self.new!s:.20}"

    def build(self) -> Plan:
        """The changed plan, unchecked."""
        plan = changed(plan_named(self.plan), self.path, self.new)
        assert isinstance(plan, Plan)
        return plan


def _drops() -> Iterator[Mutant]:
    chat, grave = plan_named("chat"), plan_named("high-impact")
    yield from (Mutant("AEG169", "chat", f"llm_controls/{c.id}", DROP) for c in chat.llm_controls)
    for item in ("data", "code", "model", "environment", "configuration", "prompt"):
        yield Mutant("AEG162", "chat", f"lineage/{item}", DROP)
    yield from (Mutant("AEG171", "chat", f"stages/{s.environment}", DROP) for s in chat.stages)
    yield from (
        Mutant("AEG170", "chat", f"not_applicable/{each.kind}", DROP)
        for each in chat.not_applicable
    )
    yield from (Mutant("AEG152", "chat", f"runbooks/{r.id}", DROP) for r in chat.runbooks)
    for review in ("security-review", "compliance-assessment", "red-team"):
        phase = next(p.id for p in grave.roadmap for t in p.tasks if t.id == review)
        yield Mutant(
            "AEG157", "high-impact", f"roadmap/{phase}/tasks/{review}/id", f"{review}-later"
        )
    for objective in chat.objectives:
        if len([a for a in chat.alerts if a.objective == objective.id]) == 1:
            alert = next(a for a in chat.alerts if a.objective == objective.id)
            yield Mutant("AEG151", "chat", f"alerts/{alert.id}/objective", None)
    yield Mutant("AEG165", "chat", "failure_modes/silent-drift", DROP)
    yield Mutant("AEG166", "chat", "failure_modes/oom-at-peak", DROP)
    yield Mutant("AEG172", "chat", "roadmap/phase-run", DROP)


def _emptied() -> Iterator[Mutant]:
    chat = plan_named("chat")
    for part in ("severities", "communication", "evidence", "branches", "roles"):
        yield Mutant("AEG163", "chat", f"incident/{part}", ())
    for part in ("detect", "diagnose", "mitigate", "verify"):
        yield Mutant("AEG152", "chat", f"runbooks/drift-detected/{part}", ())
    for part in ("cognitive_load", "maintenance", "lock_in", "compliance_drift"):
        yield Mutant("AEG174", "chat", f"decisions/release-strategy/second_order/{part}", " ")
    for part in ("trigger", "first_sign", "automatic", "manual"):
        yield Mutant("AEG164", "chat", f"failure_modes/silent-drift/{part}", "")
    yield from (Mutant("AEG160", "chat", f"controls/{c.id}/test", "") for c in chat.controls)
    yield from (
        Mutant("AEG169", "chat", f"llm_controls/{c.id}/privacy", "") for c in chat.llm_controls
    )
    for part, code in (
        ("controls", "AEG160"), ("cost/controls", "AEG161"), ("cost/lines", "AEG161"),
        ("cost/excludes", "AEG161"), ("lineage", "AEG162"), ("release/gates", "AEG155"),
        ("release/steps", "AEG154"), ("release/checks", "AEG153"), ("degradation", "AEG158"),
        ("flows", "AEG159"), ("llm_controls", "AEG169"), ("not_applicable", "AEG170"),
        ("stages", "AEG171"), ("decisions/engine/improves", "AEG187"), ("alerts", "AEG151"),
    ):  # fmt: skip
        yield Mutant(code, "chat", part, ())
    for part, code in (("continuous_training", "AEG186"), ("release/way_back", "AEG153"),
                       ("decisions/gateway/revisit_when", "AEG187"), ("verdict", "AEG177")):  # fmt: skip
        yield Mutant(code, "chat", part, "")
    yield Mutant("AEG180", "chat", "requirements/*/specialist", "")


def _wrong() -> Iterator[Mutant]:
    chat = plan_named("chat")
    yield Mutant("AEG153", "chat", "release/automatic", new=False)
    yield Mutant("AEG153", "chat", "release/checks/*/on_breach", "hold")
    yield Mutant("AEG153", "chat", "release/checks/*/no_data", "pass")
    for i in range(len(chat.release.steps)):
        yield Mutant("AEG153", "chat", f"release/steps/{i}/analysis", ())
    yield Mutant("AEG154", "chat", "release/steps/0/weight", chat.release.steps[-1].weight)
    yield Mutant("AEG155", "chat", "brief/evaluation", None)
    for review in ("security", "compliance", "red_team"):
        yield Mutant("AEG156", "high-impact", f"brief/reviews/{review}/status", "planned")
    yield Mutant("AEG156", "chat", "brief/model", None)
    yield Mutant("AEG156", "chat", "brief/model/revision", None)
    yield Mutant("AEG156", "chat", "brief/environments/staging", new=False)
    yield Mutant("AEG156", "chat", "brief/prompts/versioned", new=False)
    for objective in chat.objectives:
        yield Mutant("AEG150", "chat", f"objectives/{objective.id}/metric", "nobody_emits_this")
        yield Mutant("AEG150", "chat", f"objectives/{objective.id}/emitted_by", "nobody")
    yield Mutant("AEG158", "chat", "degradation/1/component", "nobody")
    yield Mutant("AEG159", "chat", "flows/0/target", "nobody")
    yield Mutant("AEG164", "chat", "failure_modes/silent-drift/runbook", "nothing")
    yield Mutant("AEG167", "chat", "roadmap/phase-run/tasks/retire/depends_on", ("nothing",))
    yield Mutant("AEG167", "chat", "roadmap/phase-run/tasks/retire/depends_on", ("retire",))
    yield Mutant("AEG167", "chat", "roadmap/phase-run/tasks/retire/done_when", "")
    yield Mutant("AEG168", "chat", "decisions/gateway/options/*/verdict", "chosen")
    yield Mutant("AEG168", "chat", "decisions/gateway/options/*/advantage", "")
    yield Mutant("AEG177", "chat", "verdict", "Deploy it " + "well and " * 60)
    yield Mutant("AEG179", "chat", "verdict", "Deploy it; the service is GDPR compliant.")
    yield Mutant("AEG181", "chat", "controls/egress/what", "a world-class way out")
    yield Mutant("AEG185", "chat", "alerts/shedding/metric", "nobody_emits_this")
    yield Mutant("AEG189", "robot", "degradation/3/behaviour", "it tries again")
    for path, new in (("slo.window/settled_by", ""), ("slo.window/value", math.nan),
                      ("traffic.peak/source/path", ""), ("evaluation.pairs_needed/low", 1e9),
                      ("evaluation.pairs_needed/formula", ""), ("evaluation.pairs_needed/inputs", ("x",)),
                      ("burn.page-quick.budget/source/locator", " "), ("burn.page-quick.budget/unit", "")):  # fmt: skip
        yield Mutant("AEG176", "chat", f"numbers/{path}", new)


def _kept_quiet() -> Iterator[Mutant]:
    """A question that decides nothing, a price of no day, an objective that is missed, a waiver in silence."""
    yield Mutant("AEG175", "waived", "questions/retention/decisions", ("nothing",))
    yield Mutant("AEG175", "waived", "questions/retention/field", "data.nothing")
    yield Mutant("AEG175", "waived", "questions/retention/meanwhile", " ")
    question = plan_named("waived").questions[0]
    yield Mutant("AEG175", "waived", "questions", (question,) * 4)
    yield Mutant("AEG178", "chat", "numbers/price.hour/source/locator", "a page of prices")
    for objective in ("ttft", "tpot"):
        yield Mutant("AEG183", "chat", f"numbers/capacity.{objective}/value", 1e9)
    yield Mutant("AEG182", "chat", "capacity/precision", "fp8")
    yield Mutant("AEG184", "waived", "waivers", ())
    yield Mutant("AEG184", "waived", "risks/*/against_advice", new=False)


MUTANTS = (*_drops(), *_emptied(), *_wrong(), *_kept_quiet())


def _seen(mutant: Mutant) -> tuple[bool, set[str]]:
    """Whether its rule fires, and which others as grave do."""
    findings = judge_plan(mutant.build())
    mine = [f for f in findings if f.code == mutant.code]
    grave = {(f.hard, f.severity) for f in mine}
    others = {f.code for f in findings if (f.hard, f.severity) in grave} - {mutant.code}
    return bool(mine), others


@pytest.mark.obligation(92, 93, 94, 99, 100, 101, 102, 103, 104, 105, 106)
def test_each_mutant_is_seen_by_its_rule_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The score is printed; every survivor and every false accusation is listed."""
    outcome = {str(mutant): _seen(mutant) for mutant in MUTANTS}
    assert len(outcome) == len(MUTANTS)

    killed = sum(seen for seen, _ in outcome.values())
    exact = sum(seen and not others for seen, others in outcome.values())
    with capsys.disabled():
        print(f"\nmutants {len(MUTANTS)}, killed {killed}, by their rule alone {exact}")  # noqa: T201
    assert {name: result for name, result in outcome.items() if result != (True, set())} == {}
