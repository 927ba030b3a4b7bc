"""`aegis schema`: JSON Schemas for editors and programs."""

from __future__ import annotations

import json

import click
from pydantic import BaseModel

from aegis.advisor.blocks import Answer
from aegis.base.finding import Finding
from aegis.brief.schema import Brief
from aegis.operations import results
from aegis.operations.benching import BenchResult
from aegis.operations.calibrating import CalibrateResult
from aegis.operations.conforming import ConformanceResult
from aegis.operations.drifting import DriftResult, ReferenceResult
from aegis.operations.evaluating import EvaluateResult
from aegis.operations.evaluating.comparing import CompareResult
from aegis.operations.evaluating.importing import ImportResult
from aegis.operations.evaluating.listing import SuitesResult
from aegis.operations.evaluating.running import RunResult
from aegis.operations.evaluating.watching import WatchResult
from aegis.operations.rendering import RenderResult
from aegis.operations.size_other import ClassicResult, EdgeResult, JobResult
from aegis.operations.size_results import SizeResult
from aegis.operations.slo import SloImport, SloList, SloMeasure
from aegis.operations.supplying import results as supplying
from aegis.plan.types import Plan
from aegis.review.report.json_report import ReviewDocument
from aegis.rollout.policy import Policy
from aegis.rollout.report import EvidenceResult, RolloutResult
from aegis.verify.report import Verification

SCHEMAS: dict[str, type[BaseModel]] = {
    "answer": Answer,
    "brief": Brief,
    "plan": Plan,
    "finding": Finding,
    "plan-result": results.PlanResult,
    "diff-result": results.DiffResult,
    "catalog-result": results.CatalogResult,
    "explain-result": results.ExplainResult,
    "message": results.Message,
    "bench-result": BenchResult,
    "calibrate-result": CalibrateResult,
    "conformance-result": ConformanceResult,
    "drift-reference-result": ReferenceResult,
    "drift-result": DriftResult,
    "drill-list": results.DrillList,
    "drill-result": results.DrillResult,
    "evaluate-compare-result": CompareResult,
    "evaluate-import-result": ImportResult,
    "evaluate-result": EvaluateResult,
    "evaluate-run-result": RunResult,
    "evaluate-suites-result": SuitesResult,
    "evaluate-watch-result": WatchResult,
    "render-result": RenderResult,
    "review-result": ReviewDocument,
    "rollout-evidence-result": EvidenceResult,
    "rollout-policy": Policy,
    "rollout-result": RolloutResult,
    "size-classic-result": ClassicResult,
    "size-edge-result": EdgeResult,
    "size-job-result": JobResult,
    "size-result": SizeResult,
    "slo-import-result": SloImport,
    "slo-list": SloList,
    "slo-measure-result": SloMeasure,
    "supply-attest-result": supplying.AttestResult,
    "supply-attestation-result": supplying.AttestationResult,
    "supply-inventory-result": supplying.InventoryResult,
    "supply-keys-result": supplying.KeyResult,
    "supply-sign-result": supplying.SignResult,
    "supply-signature-result": supplying.SignatureResult,
    "verification": Verification,
}


@click.command("schema")
@click.argument("of", type=click.Choice(sorted(SCHEMAS)), default="brief")
def schema(of: str) -> None:
    """Print the JSON Schema of a brief (the default), a plan, or a command's JSON.

    With `aegis schema > aegis-brief.schema.json` an editor completes briefs that begin with
    `# yaml-language-server: $schema=aegis-brief.schema.json`.
    """
    document = SCHEMAS[of].model_json_schema()
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
