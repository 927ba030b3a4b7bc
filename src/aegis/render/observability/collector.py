"""OpenTelemetry Collector: traces without prompts; on a cluster the gateway's audit records too."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.base.conventions import AUDIT_MARK
from aegis.plan.types import Plan
from aegis.render.shared.pods import gateway_container

# Attributes of the GenAI conventions and of HTTP that can hold what people wrote.
PRIVATE_ATTRIBUTES = (
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "http.request.header.authorization",
    "http.request.header.cookie",
    "url.query",
    "enduser.id",
)


def collector(plan: Plan) -> dict[str, JsonValue]:
    """The configuration; the variables `TRACES_ENDPOINT` and `AUDIT_ENDPOINT` say where things go."""
    deletions: list[JsonValue] = [{"key": k, "action": "delete"} for k in PRIVATE_ATTRIBUTES]
    on_cluster = plan.chosen("run-where") == "cluster"
    return {
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": "${env:POD_IP}:4317"},
                    "http": {"endpoint": "${env:POD_IP}:4318"},
                }
            },
            **({"filelog/audit": _audit_lines(plan)} if on_cluster else {}),
        },
        "processors": {
            "memory_limiter": {
                "check_interval": "1s",
                "limit_percentage": 75,
                "spike_limit_percentage": 20,
            },
            "attributes/private": {"actions": deletions},
            "resource/plan": {
                "attributes": [
                    {"key": "service.name", "value": plan.service, "action": "upsert"},
                    {"key": "aegis.plan", "value": plan.id, "action": "upsert"},
                    {
                        "key": "deployment.environment.name",
                        "value": "${env:ENVIRONMENT}",
                        "action": "upsert",
                    },
                ]
            },
            "batch": {},
        },
        "exporters": {
            "otlp/traces": {
                "endpoint": "${env:TRACES_ENDPOINT}",
                "tls": {"ca_file": "/etc/otel/tls/ca.crt"},
            },
            **({"otlphttp/audit": _AUDIT_STORE} if on_cluster else {}),
        },
        "extensions": {
            "health_check": {"endpoint": "${env:POD_IP}:13133"},
            **({"file_storage": {"directory": CHECKPOINTS}} if on_cluster else {}),
        },
        "service": {
            "extensions": ["health_check", *(["file_storage"] if on_cluster else [])],
            "pipelines": {
                "traces": {
                    "receivers": ["otlp"],
                    "processors": [
                        "memory_limiter",
                        "attributes/private",
                        "resource/plan",
                        "batch",
                    ],
                    "exporters": ["otlp/traces"],
                },
                **({"logs/audit": _AUDIT_PIPELINE} if on_cluster else {}),
            },
        },
    }


CHECKPOINTS = "/var/lib/otelcol"
"""Where it notes how far it has read, and keeps what could not be sent: a restart loses no record."""
_AUDIT_STORE: dict[str, JsonValue] = {
    "endpoint": "${env:AUDIT_ENDPOINT}",
    "tls": {"ca_file": "/etc/otel/tls/ca.crt"},
    "sending_queue": {"storage": "file_storage"},
    # For ever: a record that is dropped is one that nobody can show.
    "retry_on_failure": {"max_elapsed_time": "0s"},
}
_AUDIT_PIPELINE: dict[str, JsonValue] = {
    "receivers": ["filelog/audit"],
    "processors": ["memory_limiter", "resource/plan", "batch"],
    "exporters": ["otlphttp/audit"],
}


def _audit_lines(plan: Plan) -> dict[str, JsonValue]:
    """The gateway's marked lines among the logs that a node keeps, as the filelog receiver reads them.

    Source: the receiver's page in opentelemetry-collector-contrib; `filter` drops what matches.
    """
    return {
        "include": [f"/var/log/pods/*_{plan.service}-*_*/{gateway_container(plan)}/*.log"],
        "start_at": "beginning",
        "storage": "file_storage",
        "operators": [
            {"type": "container"},
            {"type": "filter", "expr": f'not (body contains "{AUDIT_MARK}")'},
            {"type": "json_parser"},
        ],
    }
