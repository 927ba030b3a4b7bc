# ruff: noqa: E501  # one company, one row
"""The decisions of every example, as a table: a change of the planner shows here in words.

Regenerate with `pytest tests/plan/test_decisions.py --inline-snapshot=fix`, and read the difference
as you would read it as the company concerned.
"""

from pathlib import Path

from inline_snapshot import snapshot

from aegis.brief.read import read_brief
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan

ROOT = Path(__file__).parents[2]
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="test")
COLUMNS = (
    "run-where", "serving-platform", "engine", "accelerator", "quantization", "scaling", "gateway",
    "release-strategy", "pipeline-orchestrator", "monitoring-stack", "network", "data-retention",
    "disaster-recovery", "edge-runtime",
)  # fmt: skip


def _plan(name: str) -> Plan:
    brief = read_brief((ROOT / "examples" / name / "brief.yaml").read_text("utf-8")).brief
    assert brief is not None
    return make_plan(brief, VERSIONS)


def _table() -> dict[str, str]:
    names = sorted(path.parent.name for path in ROOT.glob("examples/*/brief.yaml"))
    return {name: _row(_plan(name)) for name in names}


def _row(plan: Plan) -> str:
    chosen = (plan.chosen(column) for column in COLUMNS)
    stage = "production" if plan.promotable.holds else "staging"
    questions = ", ".join(question.id for question in plan.questions)
    opens = f"{stage}; asks {questions}" if questions else stage
    return " | ".join((opens, *(each for each in chosen if each)))


def _features(plan: Plan) -> str:
    on = (d.id.removeprefix("feature-") for d in plan.decisions if d.chosen == "on")
    return " ".join(on)


def test_what_is_decided_for_each_company() -> None:
    """Where it runs, on what, how it is released, and how far it may go."""
    assert _table() == snapshot(
        {
            "agent-backoffice": "staging | cluster | kubernetes | vllm | amd-mi300x | as-published | fixed | aegis-gateway | canary | temporal | prometheus | deny-by-default | redacted | rebuild",
            "code-completion": "production | cluster | kubernetes | vllm | nvidia-a100-sxm-40gb | as-published | queue-signal | aegis-gateway | canary | github-actions | prometheus | deny-by-default | raw | rebuild",
            "embedding-search": "staging; asks managed-api, measurement | cluster | kubernetes | tei | measure-first | fixed | proxy | canary | ci | prometheus | deny-by-default | redacted | rebuild",
            "fraud-classifier": "production | cluster | kubernetes | treelite | intel-xeon-sapphire-rapids | queue-signal | proxy | shadow | airflow | prometheus | deny-by-default | redacted | zones",
            "hospital-triage": "staging | cluster | kubernetes | vllm | nvidia-l40s | fp8 | queue-signal | aegis-gateway | canary | gitlab-ci | prometheus | isolated | redacted | zones",
            "moe-multicloud": "production | cluster | kubernetes | vllm | nvidia-h200-sxm | as-published | queue-signal | aegis-gateway | canary | argo-workflows | prometheus | deny-by-default | redacted | region",
            "multi-lora-tutor": "staging | cluster | ray-serve | vllm | nvidia-l40s | as-published | queue-signal | aegis-gateway | canary | prefect | prometheus | deny-by-default | redacted | rebuild",
            "nightly-batch": "production | batch-job | job | treelite | job | job-swap | airflow | hosted | deny-by-default | redacted | rebuild",
            "phone-speech": "production | device | int8 | staged-fleet | github-actions | hosted | deny-by-default | none | rebuild | onnxruntime-mobile",
            "ranking-20k": "production | cluster | kubernetes | onnxruntime | nvidia-l4 | as-published | queue-signal | proxy | ab | kubeflow-pipelines | prometheus | deny-by-default | redacted | zones",
            "refused-no-way-back": "staging | cluster | kubernetes | treelite | intel-xeon-sapphire-rapids | fixed | proxy | canary | airflow | hosted | deny-by-default | raw | zones",
            "refused-skip-reviews": "staging | cluster | kubernetes | vllm | nvidia-a100-sxm-40gb | as-published | fixed | aegis-gateway | canary | github-actions | hosted | deny-by-default | redacted | rebuild",
            "robot-perception": "staging | device | fp16 | staged-fleet | gitlab-ci | prometheus | deny-by-default | redacted | rebuild | tensorrt",
            "sovereign-public-service": "staging | cluster | kubernetes | vllm | nvidia-h100-sxm | fp8 | fixed | aegis-gateway | canary | gitlab-ci | prometheus | deny-by-default | redacted | zones",
            "startup-two-people": "production | managed-api | vendor | aegis-gateway | blue-green | github-actions | prometheus | deny-by-default | raw | rebuild",
            "stopped-no-evaluation": "staging; asks evaluation | single-host | single-host | vllm | nvidia-a100-pcie-80gb | as-published | fixed | aegis-gateway | canary | gitlab-ci | prometheus | deny-by-default | raw | rebuild",
            "support-assistant": "staging; asks evaluation, retention | cluster | kubernetes | vllm | nvidia-a100-sxm-40gb | as-published | queue-signal | aegis-gateway | canary | github-actions | prometheus | deny-by-default | redacted | zones",
            "vision-inspection": "production | single-host | single-host | onnxruntime | nvidia-l4 | as-published | fixed | proxy | canary | ci | prometheus | deny-by-default | raw | rebuild",
        }
    )


def test_which_features_each_language_model_uses() -> None:
    """Batching is always on; the rest is earned by the traffic, the model or the adapters."""
    names = (
        "support-assistant",
        "hospital-triage",
        "moe-multicloud",
        "code-completion",
        "multi-lora-tutor",
    )

    assert {name: _features(_plan(name)) for name in names} == snapshot(
        {
            "support-assistant": "batching prefix-caching",
            "hospital-triage": "batching prefix-caching",
            "moe-multicloud": "batching prefix-caching expert-parallelism",
            "code-completion": "batching prefix-caching",
            "multi-lora-tutor": "batching prefix-caching multi-lora",
        }
    )
