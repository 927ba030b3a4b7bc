"""Alertmanager: pages wake somebody, tickets wait; addresses of receivers are files of secrets."""

from __future__ import annotations

from pydantic import JsonValue

from aegis.plan.types import Plan

# Files that the secret store mounts; each holds one URL. `url_file` needs Alertmanager 0.26 or newer.
PAGE_URL_FILE = "/etc/alertmanager/secrets/page-url"
TICKET_URL_FILE = "/etc/alertmanager/secrets/ticket-url"


def alertmanager(plan: Plan) -> dict[str, JsonValue]:
    """Routes by severity; only production pages, and a page silences the ticket on the same SLO."""
    service = f'service="{plan.service}"'
    return {
        "route": {
            "receiver": "ticket",
            "group_by": ["service", "environment", "slo", "alertname"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "24h",
            "routes": [
                {
                    "receiver": "page",
                    "matchers": [service, 'severity="page"', 'environment="production"'],
                    "repeat_interval": "1h",
                }
            ],
        },
        "inhibit_rules": [
            {
                "source_matchers": [service, 'severity="page"'],
                "target_matchers": [service, 'severity="ticket"'],
                "equal": ["environment", "slo"],
            }
        ],
        "receivers": [_receiver("page", PAGE_URL_FILE), _receiver("ticket", TICKET_URL_FILE)],
    }


def _receiver(name: str, url_file: str) -> JsonValue:
    return {"name": name, "webhook_configs": [{"url_file": url_file, "send_resolved": True}]}
