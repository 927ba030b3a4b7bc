"""The data plane that callers talk to: limits, guardrails, breaker, audit, metrics.

Ships alone: it imports only `aegis.base` and `aegis.detect`, and needs the extra `gateway`.
"""
