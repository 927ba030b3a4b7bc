"""The policy says what the plan decided, in types that read it back."""

from __future__ import annotations

import pytest

from aegis.plan.types import Plan
from aegis.render.gateway import Policy, policy, render_gateway


def test_only_what_serves_requests_has_a_gateway(plans: dict[str, Plan]) -> None:
    """A nightly job and a robot pass no gateway."""
    without = {name for name, plan in plans.items() if not render_gateway(plan)}

    assert without == {"batch", "robot"}


def test_the_file_reads_back_as_the_policy(plan: Plan) -> None:
    for artifact in render_gateway(plan):
        if artifact.path == "gateway/policy.yaml":
            assert Policy.model_validate(artifact.content) == policy(plan)


@pytest.mark.parametrize("name", ["cluster-chat", "host-rag", "managed", "air-gapped"])
def test_a_language_model_has_limits_guardrails_audit_and_a_ladder(
    plans: dict[str, Plan], name: str
) -> None:
    """The four answers that every LLM deployment owes stand in the file that is enforced."""
    found = policy(plans[name])

    assert {g.detector for g in found.guardrails} >= {"size", "injection", "personal", "secrets"}
    assert found.limits.tokens_per_s
    assert found.limits.output_tokens_per_request
    assert found.audit.retention_days > 0
    assert [r.order for r in found.ladder] == list(range(1, len(found.ladder) + 1))


def test_a_longest_question_leaves_room_for_the_longest_answer(plans: dict[str, Plan]) -> None:
    plan = plans["cluster-chat"]
    limits = policy(plan).limits

    assert limits.input_tokens_per_request
    assert limits.output_tokens_per_request
    total = limits.input_tokens_per_request + limits.output_tokens_per_request
    assert total == plan.capacity.max_model_len


def test_health_data_needs_two_people_and_trains_nothing(plans: dict[str, Plan]) -> None:
    audit = policy(plans["air-gapped"]).audit

    assert audit.readers == "two-person"
    assert audit.keep == "redacted"
    assert audit.training is False


def test_nobody_meets_the_canary_before_a_release(plan: Plan) -> None:
    if not render_gateway(plan):
        return
    weights = {u.track: u.weight_percent for u in policy(plan).upstreams}

    assert weights == {"stable": 100, "canary": 0}


def test_credentials_are_names_of_files(plans: dict[str, Plan]) -> None:
    found = policy(plans["managed"])

    assert {u.credential_file for u in found.upstreams} == {"upstream-key"}
