"""OpenTelemetry Collector: traces without prompts, kept whole where something went wrong."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.plan.types import Plan

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
    """The configuration; where traces go is the variable `TRACES_ENDPOINT`."""
    deletions: list[JsonValue] = [{"key": k, "action": "delete"} for k in PRIVATE_ATTRIBUTES]
    return {
        "receivers": {
            "otlp": {
                "protocols": {
                    "grpc": {"endpoint": "${env:POD_IP}:4317"},
                    "http": {"endpoint": "${env:POD_IP}:4318"},
                }
            }
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
            }
        },
        "extensions": {"health_check": {"endpoint": "${env:POD_IP}:13133"}},
        "service": {
            "extensions": ["health_check"],
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
                }
            },
        },
    }
