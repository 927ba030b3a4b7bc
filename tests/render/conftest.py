"""Plans of six kinds, made by the real planner, for every renderer's tests."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from aegis.brief.schema import Brief
from aegis.plan.planner import Versions, make_plan
from aegis.plan.types import Plan

_LLAMA = {
    "reference": "meta-llama/Llama-3.1-8B-Instruct",
    "revision": "0e9e39f249a16976918f6564b8830bc894c89659",
    "licence": "llama3.1",
    "format": "safetensors",
}
_EVALUATION = [
    {
        "name": "answers",
        "path": "evaluation/answers.jsonl",
        "items": 1200,
        "metric": "exact match",
        "threshold": 80,
    }
]
BRIEFS: dict[str, dict[str, Any]] = {
    "cluster-chat": {
        "name": "support-assistant",
        "purpose": "answers questions of customers about their orders",
        "workload": {"kind": "chat", "traffic": {"peak_rps": 40, "mean_rps": 10}},
        "model": _LLAMA,
        "objectives": {
            "availability_percent": 99.9,
            "ttft_p95_ms": 800,
            "quality": [
                {"kind": "groundedness", "metric": "supported claims", "threshold": 90},
                {"kind": "satisfaction", "metric": "thumbs up", "threshold": 70},
            ],
        },
        "data": {"classes": ["personal"], "retention_days": 30},
        "evaluation": _EVALUATION,
        "placement": {
            "where": "cloud",
            "clouds": [{"provider": "aws", "regions": ["eu-central-1"]}],
            "managed_api_allowed": False,
        },
        "team": {
            "size": 8,
            "on_call": "24x7",
            "orchestrator": "kubernetes",
            "gitops": "argo-cd",
            "iac": "terraform",
            "pipelines": "github-actions",
        },
        "release": {"kpis": [{"name": "resolved", "margin_percent": 5}]},
    },
    "host-rag": {
        "name": "handbook",
        "purpose": "answers questions of the staff about the handbook",
        "workload": {
            "kind": "rag",
            "traffic": {"peak_rps": 0.5, "mean_rps": 0.1},
            "retrieval": {"documents": 4000, "freshness_hours": 24},
        },
        "model": _LLAMA,
        "evaluation": _EVALUATION,
        "placement": {"where": "on-premises", "managed_api_allowed": False},
        "team": {"size": 2, "on_call": "business-hours", "orchestrator": "compose"},
    },
    "managed": {
        "name": "drafts",
        "purpose": "drafts replies for two founders",
        "workload": {"kind": "chat", "traffic": {"peak_rps": 1, "mean_rps": 0.2}},
        "model": {"reference": "gpt-4o-mini", "source": "managed-api", "format": "api"},
        "budget": {"monthly_usd": 200},
        "placement": {"where": "cloud", "managed_api_allowed": True},
        "team": {"size": 2, "on_call": "none"},
    },
    "air-gapped": {
        "name": "discharge-letters",
        "purpose": "drafts discharge letters for physicians",
        "workload": {"kind": "chat", "traffic": {"peak_rps": 2, "mean_rps": 0.5}},
        "model": _LLAMA,
        "data": {"classes": ["health"]},
        "evaluation": _EVALUATION,
        "placement": {
            "where": "air-gapped",
            "accelerators": [{"id": "nvidia-l40s", "count": 4, "per_node": 4}],
        },
        "team": {"size": 5, "on_call": "24x7", "orchestrator": "kubernetes", "gitops": "flux"},
        "impact": {"level": "high", "areas": ["health"]},
    },
    "ranking": {
        "name": "feed-ranking",
        "purpose": "orders the feed of the shop",
        "workload": {
            "kind": "ranking",
            "traffic": {"peak_rps": 20000, "mean_rps": 6000},
            "request": {"candidates": 500, "features": 120},
            "feature_freshness_s": 60,
        },
        "model": {
            "reference": "feed-ranker",
            "source": "own",
            "format": "onnx",
            "training": {"by_us": True, "cadence": "weekly"},
            "measurements": [
                {
                    "hardware": "aws-graviton4",
                    "requests_per_s": 900,
                    "latency_p95_ms": 35,
                    "report": "reports/load.json",
                }
            ],
        },
        "objectives": {"availability_percent": 99.95, "latency_p95_ms": 60},
        "evaluation": _EVALUATION,
        "placement": {
            "where": "cloud",
            "clouds": [{"provider": "aws", "regions": ["eu-west-1"]}],
            "zones": 3,
        },
        "team": {"size": 12, "on_call": "24x7", "orchestrator": "kubernetes"},
    },
    "batch": {
        "name": "churn-scores",
        "purpose": "scores every customer each night",
        "workload": {"kind": "batch", "batch": {"items": 2000000, "deadline_hours": 4}},
        "model": {"reference": "churn", "source": "own", "format": "lightgbm"},
        "evaluation": _EVALUATION,
        "placement": {"where": "cloud"},
        "team": {"size": 4, "on_call": "business-hours", "orchestrator": "kubernetes"},
    },
    "robot": {
        "name": "aisle-vision",
        "purpose": "finds people and pallets in front of the robot",
        "workload": {
            "kind": "robotics",
            "device": {
                "device": "NVIDIA Jetson Orin NX",
                "fleet": 400,
                "latency_ms": 40,
                "power_w": 15,
                "safety_function": True,
            },
        },
        "model": {"reference": "aisle-detector", "source": "own", "format": "onnx"},
        "evaluation": _EVALUATION,
        "team": {"size": 6, "on_call": "business-hours"},
    },
}
VERSIONS = Versions(catalog_sha256="0" * 64, aegis_version="0.1.0")


@cache
def plan_named(name: str) -> Plan:
    """The plan of one of the briefs above."""
    return make_plan(Brief.model_validate(BRIEFS[name]), VERSIONS)


@pytest.fixture(params=sorted(BRIEFS))
def plan(request: pytest.FixtureRequest) -> Plan:
    """Each plan in turn."""
    return plan_named(request.param)


@pytest.fixture(scope="session")
def plans() -> dict[str, Plan]:
    """All plans by the name of their brief."""
    return {name: plan_named(name) for name in BRIEFS}
