"""Every name of a metric, label or header that we emit, once."""

from __future__ import annotations

ENVIRONMENTS = ("development", "staging", "production")

PLAN_LABEL = "aegis.dev/plan"
SERVICE_LABEL = "app.kubernetes.io/name"
PART_OF_LABEL = "app.kubernetes.io/part-of"
MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
ENVIRONMENT_LABEL = "aegis.dev/environment"
TRACK_LABEL = "aegis.dev/track"  # stable or canary
DECISION_ANNOTATION = "aegis.dev/because"
SPARE_ANNOTATION = "aegis.dev/spare-accelerators"
"""On a workload: how many devices are kept free for its updates."""

MANAGED_BY = "aegis"

RUNBOOK_ANNOTATION = "runbook_url"
SEVERITY_LABEL = "severity"  # page or ticket
SLO_LABEL = "slo"
SLO_KIND_LABEL = "aegis-kind"
AUDIT_MARK = "aegis.audit"  # field of an audit record among the lines of standard output
"""On an exported OpenSLO object: what its indicator is about, so that importing it loses nothing."""

# Metrics of the Aegis gateway, one line each; a rule may use only names of this list or of the
# engine's catalogue entry.
GATEWAY_REQUESTS = "aegis_gateway_requests_total"
GATEWAY_LATENCY = "aegis_gateway_request_duration_seconds"
GATEWAY_TTFT = "aegis_gateway_time_to_first_token_seconds"
GATEWAY_TPOT = "aegis_gateway_time_per_output_token_seconds"
GATEWAY_MET = "aegis_gateway_objectives_total"  # requests, by `met`: all objectives at once, or not
GATEWAY_TOKENS = "aegis_gateway_tokens_total"
GATEWAY_GUARDRAIL = "aegis_gateway_guardrail_decisions_total"
GATEWAY_SHED = "aegis_gateway_shed_requests_total"
GATEWAY_FEEDBACK = "aegis_gateway_feedback_total"
GATEWAY_COST = "aegis_gateway_cost_usd_total"
EVALUATION_SCORE = "aegis_evaluation_score"
EVALUATION_SCORES = "aegis_evaluation_scores"  # _sum and _count of scores in [0, 1], by kind
DRIFT_EVIDENCE = "aegis_drift_evidence"
BUSINESS_EVENTS = "aegis_business_events_total"
FEATURE_AGE = "aegis_feature_age_seconds"
INDEX_AGE = "aegis_index_age_seconds"
JOB_LAST_SUCCESS = "aegis_job_last_success_timestamp_seconds"
JOB_DURATION = "aegis_job_duration_seconds"
JOB_ITEMS = "aegis_job_items_total"
DEVICE_INFERENCES = "aegis_device_inferences_total"
DEVICE_LATENCY = "aegis_device_inference_duration_seconds"
DEVICE_FALLBACKS = "aegis_device_fallbacks_total"
ROLLOUT_WORSE = "aegis_rollout_worse"  # 1: go back
ROLLOUT_PROVED = "aegis_rollout_proved"  # 1: every margin is proved
ROLLOUT_BLIND = "aegis_rollout_blind"  # 1: a metric has no data
ROLLOUT_EVIDENCE = "aegis_rollout_log_evidence"
ROLLOUT_RULE_WORSE = "aegis_rollout:worse"  # the same, recorded by compiled rules
ROLLOUT_RULE_PROVED = "aegis_rollout:proved"

GATEWAY_METRICS = (
    GATEWAY_REQUESTS,
    GATEWAY_LATENCY,
    GATEWAY_TTFT,
    GATEWAY_TPOT,
    GATEWAY_MET,
    GATEWAY_TOKENS,
    GATEWAY_GUARDRAIL,
    GATEWAY_SHED,
    GATEWAY_FEEDBACK,
    GATEWAY_COST,
)
MONITOR_METRICS = (EVALUATION_SCORE, DRIFT_EVIDENCE, BUSINESS_EVENTS, FEATURE_AGE, INDEX_AGE)
JOB_METRICS = (JOB_LAST_SUCCESS, JOB_DURATION, JOB_ITEMS)
DEVICE_METRICS = (DEVICE_INFERENCES, DEVICE_LATENCY, DEVICE_FALLBACKS)
ROLLOUT_METRICS = (ROLLOUT_WORSE, ROLLOUT_PROVED, ROLLOUT_BLIND, ROLLOUT_EVIDENCE)
