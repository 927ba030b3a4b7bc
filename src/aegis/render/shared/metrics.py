"""What the metrics look like that the rules read: labels, values of labels, bucket edges.

The gateway, the monitors, the jobs and the devices keep this contract. Every series that a rule
needs exists from the start of the process, with the value zero, so that a missing series always
means missing telemetry.
"""

from __future__ import annotations

from aegis.base import conventions as names

SERVICE = "service"
ENVIRONMENT = "environment"  # added by the scrape configuration
TRACK = "track"  # stable or canary
OUTCOME = "outcome"

# Values of `outcome` on the counter of requests. `refused` is a guardrail's no and `invalid` a
# request that breaks the API's own contract: neither counts against availability, and an invalid
# request is no valid event at all.
OUTCOMES = ("ok", "error", "shed", "refused", "invalid")
BAD_OUTCOMES = ("error", "shed")
MET = ("yes", "no")  # values of `met`: every objective at once; an invalid request is not judged
DEVICE_OUTCOMES = ("ok", "error", "late")
DECISIONS = ("allow", "flag", "redact", "block")
RATINGS = ("up", "down")
# The interval around an evaluation score, one series a bound.
BOUNDS = ("low", "value", "high")

# Upper edges in seconds. An objective is measured at an edge, never between two.
_REQUEST_EDGES = (
    0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8,
    1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 15, 20, 30, 60, 120,
)  # fmt: skip
_TOKEN_EDGES = (
    0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1,
)  # fmt: skip
_AGE_EDGES = (
    1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800,
    604800,
)  # fmt: skip
_DEVICE_EDGES = (
    0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.033, 0.04, 0.05, 0.066, 0.08, 0.1, 0.15,
    0.2, 0.3, 0.5, 1, 2, 5,
)  # fmt: skip
BUCKET_EDGES: dict[str, tuple[float, ...]] = {
    names.GATEWAY_LATENCY: _REQUEST_EDGES,
    names.GATEWAY_TTFT: _REQUEST_EDGES,
    names.GATEWAY_TPOT: _TOKEN_EDGES,
    names.FEATURE_AGE: _AGE_EDGES,
    names.INDEX_AGE: _AGE_EDGES,
    names.DEVICE_LATENCY: _DEVICE_EDGES,
}


def edge_for(metric: str, threshold_s: float) -> float:
    """The edge an objective is measured at: the highest that is not above it.

    A threshold below the lowest edge is measured at the lowest.

    >>> edge_for("aegis_gateway_time_to_first_token_seconds", 0.9)
    0.8
    """
    edges = BUCKET_EDGES[metric]
    return max((e for e in edges if e <= threshold_s * (1 + 1e-9)), default=edges[0])


def edge_matcher(edge: float) -> str:
    """The label matcher of an edge; exporters write a whole number with and without a decimal.

    >>> edge_matcher(0.25), edge_matcher(2)
    ('le="0.25"', 'le=~"2|2[.]0"')
    """
    if edge == int(edge):
        return f'le=~"{int(edge)}|{int(edge)}[.]0"'
    return f'le="{edge:g}"'
