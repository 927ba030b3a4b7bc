"""Plans of five kinds, and everything rendered from them once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from aegis.brief.read import read_brief
from aegis.plan.planner import Versions, make_plan, with_admission
from aegis.plan.types import Plan
from aegis.render.documents import render_documents
from aegis.render.documents.dossier import documents
from aegis.render.documents.emphasis import Emphasis
from aegis.render.documents.tree import Document

_CHAT = """
name: support-assistant
purpose: Answers customers' questions about orders & returns <fast>, hands over when unsure
users: {who: customers of our shop, count: 400000}
workload:
  kind: chat
  traffic: {peak_rps: 20, mean_rps: 5}
  input_tokens: {mean: 1200, p95: 3000}
  output_tokens: {mean: 250, p95: 600}
  shared_prefix_percent: 40
model: {reference: meta-llama/Llama-3.1-8B-Instruct, format: safetensors}
objectives: {availability_percent: 99.9, ttft_p95_ms: 800, tpot_p95_ms: 60}
data: {classes: [personal], residency: eu}
placement:
  where: cloud
  clouds: [{provider: aws, regions: [eu-west-1]}]
  zones: 2
  managed_api_allowed: false
team: {size: 6, on_call: 24x7, orchestrator: kubernetes, gitops: argo-cd, iac: terraform,
  observability: [prometheus, grafana], owners: {security: Ana | Novak}}
impact: {level: moderate}
jurisdictions: [eu]
"""
_AGENT = """
name: expense-agent
purpose: Books expenses from receipts, asks a person before money moves
users: {who: our own employees, external: false}
workload:
  kind: agent
  traffic: {peak_rps: 0.5, mean_rps: 0.1}
  tools: [{name: read-receipt, effect: read}, {name: pay, effect: irreversible, approval: true}]
model: {reference: some-vendor-model, source: managed-api}
prompts: {versioned: true, path: prompts/}
evaluation:
  - {name: receipts, path: data/receipts.jsonl, items: 300, metric: exact match, threshold: 92}
data: {classes: [personal], retention_days: 30, training_consent: "no"}
placement: {where: cloud, managed_api_allowed: true}
team: {size: 2, on_call: business-hours}
impact: {level: moderate}
jurisdictions: [eu]
"""
_FRAUD = """
name: fraud-classifier
purpose: Scores card payments before they are authorised
users: {who: the payment service, affected: card holders}
workload:
  kind: prediction
  traffic: {peak_rps: 900, mean_rps: 300}
  request: {features: 220}
  feature_freshness_s: 5
model: {reference: fraud-gbt, source: own, format: onnx, training: {by_us: true, cadence: weekly}}
objectives: {availability_percent: 99.95, latency_p95_ms: 40}
evaluation:
  - {name: labelled-q2, path: s3://evaluation/q2.parquet, items: 80000, metric: recall, threshold: 85}
data: {classes: [payment, personal], retention_days: 90}
placement: {where: cloud, clouds: [{provider: gcp, regions: [europe-west4]}], zones: 3}
team: {size: 9, on_call: 24x7, orchestrator: kubernetes, feature_store: feast, observability: [prometheus]}
impact: {level: high, areas: [credit], human_review: true}
jurisdictions: [eu]
release: {kpis: [{name: approval-rate, margin_percent: 2}]}
"""
_BATCH = """
name: nightly-churn
purpose: Scores every customer once a night for the retention team
users: {who: the retention team, external: false}
workload:
  kind: batch
  batch: {items: 4000000, deadline_hours: 5}
model: {reference: churn-gbt, source: own, format: lightgbm}
data: {classes: [personal], retention_days: 365}
team: {size: 3, orchestrator: kubernetes, pipelines: airflow}
impact: {level: low}
jurisdictions: [us]
"""
_ROBOT = """
name: dock-perception
purpose: Finds pallets for a mobile robot that docks by itself
users: {who: mobile robots in our warehouses, affected: people who work there, external: false}
workload:
  kind: robotics
  device: {device: Jetson AGX Orin, fleet: 120, latency_ms: 33, power_w: 30, safety_function: true}
model: {reference: pallet-detector, source: own, format: onnx}
data: {classes: [none]}
team: {size: 5, on_call: business-hours}
impact: {level: high, areas: [safety-component]}
jurisdictions: [eu]
"""
BRIEFS = {"chat": _CHAT, "agent": _AGENT, "fraud": _FRAUD, "batch": _BATCH, "robot": _ROBOT}


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A plan, its document trees and its files."""

    plan: Plan
    documents: tuple[Document, ...]
    files: Mapping[str, str]

    @property
    def html(self) -> str:
        return self.files["dossier/index.html"]

    @property
    def dossier(self) -> str:
        return self.files["dossier/README.md"]


def plan_of(text: str) -> Plan:
    """The plan of a brief, as if the rules had found nothing."""
    read = read_brief(text)
    assert read.brief is not None, read.findings
    plan = make_plan(read.brief, Versions(catalog_sha256="c" * 64, aegis_version="0.1.0"))
    return with_admission(plan, ())


def render(plan: Plan) -> Rendered:
    files = {a.path: a.content for a in render_documents(plan) if isinstance(a.content, str)}
    emphasis = Emphasis(plan)
    pages = tuple(emphasis.document(d) for d in documents(plan, {}))
    return Rendered(plan=plan, documents=pages, files=files)


_CACHE: dict[str, Rendered] = {}


@pytest.fixture(params=sorted(BRIEFS))
def rendered(request: pytest.FixtureRequest) -> Rendered:
    """Each kind in turn."""
    kind = str(request.param)
    if kind not in _CACHE:
        _CACHE[kind] = render(plan_of(BRIEFS[kind]))
    return _CACHE[kind]


@pytest.fixture
def chat() -> Rendered:
    if "chat" not in _CACHE:
        _CACHE["chat"] = render(plan_of(_CHAT))
    return _CACHE["chat"]


@pytest.fixture(scope="session")
def kinds() -> dict[str, Rendered]:
    """All kinds at once, to compare them."""
    for kind, text in BRIEFS.items():
        if kind not in _CACHE:
            _CACHE[kind] = render(plan_of(text))
    return dict(_CACHE)
