"""A fleet gets a model in the plan's stages, and each device can go back by itself."""

from __future__ import annotations

from aegis.plan.types import Plan
from aegis.render.edge import ModelManifest, Rollout, manifest, render_edge, rollout


def test_only_devices_get_a_fleet_rollout(plans: dict[str, Plan]) -> None:
    assert {name for name, plan in plans.items() if render_edge(plan)} == {"robot"}


def test_the_files_read_back(plans: dict[str, Plan]) -> None:
    model, *stages = render_edge(plans["robot"])

    assert ModelManifest.model_validate(model.content) == manifest(plans["robot"])
    assert [s.environment for s in stages] == ["development", "staging", "production"]
    for stage in stages:
        found = Rollout.model_validate(stage.content)
        assert found == rollout(plans["robot"], stage.environment)


def test_before_users_every_device_of_the_pilot_reports(plans: dict[str, Plan]) -> None:
    """A pilot is small: one stage, and a device that is silent holds it."""
    (stage,) = rollout(plans["robot"], "staging").stages

    assert (stage.share_percent, stage.minimum_reporting_share) == (100, 1)


def test_stages_are_those_of_the_plan(plans: dict[str, Plan]) -> None:
    """One for one; the first reaches few devices and never none."""
    plan = plans["robot"]
    stages = rollout(plan, "production").stages

    assert [s.share_percent for s in stages] == [
        plan.numbers[s.weight].value for s in plan.release.steps
    ]
    assert [s.devices for s in stages] == [4, 40, 200, 400]


def test_a_device_keeps_what_it_returns_to(plans: dict[str, Plan]) -> None:
    found = manifest(plans["robot"])

    assert found.fallback.keep_versions >= 2
    assert found.budget.latency_ms == 40
    assert found.safety_function
    assert found.ladder
