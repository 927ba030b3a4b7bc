"""Prometheus of one machine: what it scrapes, and the rules that judge a release on it."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base import conventions as names
from aegis.base.artifact import Artifact
from aegis.plan.types import Plan, Step
from aegis.render.host.containers import CANARY, STABLE, gateway_name, has_canary, is_managed
from aegis.render.shared import evidence
from aegis.render.shared.reading import duration, value
from aegis.render.shared.serving import GATEWAY_PORT, serving

_BECAUSE = ("monitoring-stack", "release-strategy")
SEEN = "aegis:release_seen:increase"


def scraping(plan: Plan) -> tuple[Artifact, ...]:
    """A configuration an environment; the environment is a label of every series."""
    return tuple(
        Artifact(
            path=f"host/{environment}/prometheus.yml",
            content=_scrape(plan, environment),
            because=_BECAUSE,
            environment=environment,
        )
        for environment in names.ENVIRONMENTS
    )


def _scrape(plan: Plan, environment: str) -> dict[str, JsonValue]:
    tracks = (STABLE, CANARY) if has_canary(plan) else (STABLE,)
    jobs: list[JsonValue] = [
        _job(plan, environment, track, gateway_name(plan, track), GATEWAY_PORT, "/metrics")
        for track in tracks
    ]
    if not is_managed(plan):
        start = serving(plan).start
        port = start.metrics_port or start.port
        jobs += [
            _job(plan, environment, track, f"{plan.service}-{track}", port, start.metrics)
            for track in tracks
        ]
    jobs.append(_job(plan, environment, "", f"{plan.service}-proxy", 8404, "/metrics"))
    return {
        "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
        "rule_files": ["/etc/prometheus/rules/*.yaml"],
        "alerting": {
            "alertmanagers": [
                {"static_configs": [{"targets": [f"{plan.service}-alertmanager:9093"]}]}
            ]
        },
        "scrape_configs": jobs,
    }


def _job(plan: Plan, environment: str, track: str, target: str, port: int, path: str) -> JsonValue:
    labels: dict[str, JsonValue] = {"service": plan.service, "environment": environment}
    if track:
        labels["track"] = track
    return {
        "job_name": target,
        "metrics_path": path,
        # Each version has a gateway of its own, which calls its one upstream stable: ours is right.
        "honor_labels": not track,
        "static_configs": [{"targets": [f"{target}:{port}"], "labels": labels}],
    }


def release_rules(plan: Plan) -> Artifact:
    """Whether the canary was seen, for the hold of each step; the judge's own rules lie beside it."""
    rules: list[JsonValue] = []
    for step in plan.release.steps:
        rules += _step(plan, step)
    return Artifact(
        path="host/rules/release.yaml",
        content={"groups": [{"name": f"aegis-{plan.service}-release", "rules": rules}]},
        because=_BECAUSE,
    )


def _step(plan: Plan, step: Step) -> list[JsonValue]:
    weight = round(value(plan, step.weight))
    window = duration(value(plan, step.hold_minutes) * 60)
    marks: dict[str, JsonValue] = {"service": plan.service, "step": str(weight)}
    return [{"record": SEEN, "expr": evidence.seen_requests(plan, window), "labels": marks}]
