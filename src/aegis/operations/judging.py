"""The judge of a plan's releases as rules of its bundle: one source of thresholds and evidence."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import JsonValue, TypeAdapter

from aegis.plan.types import Plan
from aegis.render.observability.rule import Group, Recording
from aegis.render.rollout import render_rollout
from aegis.rollout import rules
from aegis.rollout.policy import NoRouter, Policy
from aegis.rollout.rules_tests import cases

_RECORDS = TypeAdapter(list[dict[str, JsonValue]])


def judge_groups(plan: Plan) -> tuple[Group, ...]:
    """The rules that whoever moves the traffic reads; nothing where `aegis rollout run` moves it.

    They are compiled from `rollout/policy.yaml`, the file that `aegis rollout` obeys.
    """
    written = render_rollout(plan)
    if not written:
        return ()
    policy = Policy.model_validate(written[0].content)
    if not isinstance(policy.router, NoRouter):
        return ()
    compiled = rules.group(policy, alert=False)
    return (
        Group(
            name=str(compiled["name"]),
            interval_s=policy.look_s,
            recordings=tuple(map(_recording, _RECORDS.validate_python(compiled["rules"]))),
            alerts=(),
            cases=cases(policy, alert=False),
        ),
    )


def _recording(rule: Mapping[str, JsonValue]) -> Recording:
    labels = rule.get("labels", {})
    return Recording(
        record=str(rule["record"]),
        expr=str(rule["expr"]),
        labels={k: str(v) for k, v in labels.items()} if isinstance(labels, dict) else {},
    )
