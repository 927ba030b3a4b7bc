"""Every rule of a plan, and promtool's unit tests of every alert."""

from __future__ import annotations

import re

from pydantic import JsonValue

from aegis.plan.types import Objective, Plan
from aegis.render.observability.burn import burn_group
from aegis.render.observability.causes import cause_group
from aegis.render.observability.indicator import indicator
from aegis.render.observability.jobs import job_group
from aegis.render.observability.rule import AlertRule, Group, Scenario
from aegis.render.observability.shares import share_group
from aegis.render.observability.verdicts import verdict_group
from aegis.render.shared.reading import duration


def groups(plan: Plan) -> tuple[Group, ...]:
    """The rule groups of a plan: one an objective, one of shares over them, and one of causes."""
    objectives = (_group(plan, objective) for objective in plan.objectives)
    return (*objectives, *share_group(plan), cause_group(plan))


def _group(plan: Plan, objective: Objective) -> Group:
    match objective.alerting:
        case "burn-rate":
            return burn_group(plan, indicator(plan, objective))
        case "verdict":
            return verdict_group(plan, objective)
        case "ticket":
            return job_group(plan, objective)


def rules_file(found: tuple[Group, ...]) -> dict[str, JsonValue]:
    """Groups as one file of Prometheus."""
    return {"groups": [group.data() for group in found]}


def tests_files(group: Group, rules_path: str) -> dict[str, dict[str, JsonValue]]:
    """Files for `promtool test rules`, by how often rules are evaluated: each alert fires when it must.

    One file an interval, because promtool evaluates all scenarios of a file at one. Where the answer
    at the end rests on nothing that was evaluated before, it is evaluated there only: days of a
    burn rate in minutes are most of what a test would cost.
    """
    found: dict[str, list[JsonValue]] = {}
    if group.cases:
        found[duration(group.interval_s)] = list(group.cases)
    for alert in group.alerts:
        for scenario in alert.scenarios:
            every = scenario.at_s if _at_once(group, alert) else scenario.step_s
            found.setdefault(duration(every), []).append(_case(alert, scenario))
    return {
        step: {"rule_files": [rules_path], "evaluation_interval": step, "tests": cases}
        for step, cases in found.items()
    }


def _at_once(group: Group, alert: AlertRule) -> bool:
    """Whether one evaluation decides: no holding, and no range over what the group records."""
    ranged = re.findall(r"([A-Za-z_:][\w:]*)(?:\{[^}]*\})?\[", alert.expr)
    return not alert.hold_s and not {r.record for r in group.recordings} & set(ranged)


def _case(alert: AlertRule, scenario: Scenario) -> dict[str, JsonValue]:
    expected: list[JsonValue] = []
    if scenario.fires:
        expected.append(
            {
                "exp_labels": {**alert.labels, **alert.series_labels},
                "exp_annotations": dict(alert.annotations),
            }
        )
    series: list[JsonValue] = [{"series": s, "values": v} for s, v in scenario.series]
    return {
        "name": f"{alert.name}: {scenario.name}",
        "interval": duration(scenario.step_s),
        "input_series": series,
        "alert_rule_test": [
            {
                "eval_time": duration(scenario.at_s),
                "alertname": alert.name,
                "exp_alerts": expected,
            }
        ],
    }
