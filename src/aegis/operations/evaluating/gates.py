"""Judges results against the gates of a plan; no data, or half of it, is never a pass."""

from __future__ import annotations

from pathlib import Path

import yaml

from aegis.base.model import Frozen
from aegis.base.verdict import Verdict
from aegis.evaluate.compare import Terms
from aegis.evaluate.gate import GateVerdict, judge_gate
from aegis.evaluate.jsonlines import read_lines
from aegis.evaluate.records import read_records
from aegis.render.evaluation.gates import Gates


class EvaluateResult(Frozen):
    """Every gate that opens the environment, and whether it opens."""

    service: str
    plan: str
    opens: str
    verdict: Verdict
    gates: tuple[GateVerdict, ...]
    problems: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()


def evaluate_gates(gates_file: Path, results: Path, *, opens: str) -> EvaluateResult:
    """The verdict over `<results>/<dataset>.jsonl` of every gate that opens the environment.

    Production asks every gate, staging those that open staging.

    Raises:
        pydantic.ValidationError: the gates file is not one that a plan rendered.
    """
    gates = Gates.model_validate(yaml.safe_load(gates_file.read_text("utf-8")))
    wanted = [g for g in gates.gates if opens == "production" or g.opens == "staging"]
    terms = Terms(
        alpha=gates.comparison.alpha,
        tolerated_drop=gates.comparison.tolerated_drop_points / 100,
        power=gates.comparison.power / 100,
    )
    verdicts: list[GateVerdict] = []
    problems: list[str] = []
    for gate in wanted:
        file = results / f"{gate.dataset}.jsonl"
        lines = read_lines(file) if file.is_file() else []
        records = read_records(lines, path=str(file))
        problems += records.problems
        made = records.run
        if gate.digest and made and gate.digest not in {made.dataset_digest, made.file_digest}:
            problems.append(
                f"{file}: the results are of {made.dataset_digest}, the plan pins {gate.digest}"
            )
        scale = 100.0 if gate.threshold > 1 else 1.0
        verdicts.append(
            judge_gate(
                gate.id,
                records.results,
                threshold=gate.threshold / scale,
                better=gate.better,
                planned=gate.items,
                terms=terms,
                slices=gate.slices,
            )
        )
    waits = gates.waits_for if opens == "production" and not gates.production_opens else ()
    return EvaluateResult(
        service=gates.service,
        plan=gates.plan,
        opens=opens,
        verdict=_together([v.verdict for v in verdicts], waiting=bool(waits) or bool(problems)),
        gates=tuple(verdicts),
        problems=tuple(problems),
        waits_for=waits,
    )


def _together(verdicts: list[Verdict], *, waiting: bool) -> Verdict:
    if Verdict.FAILED in verdicts:
        return Verdict.FAILED
    if not verdicts or waiting or any(v is not Verdict.PASSED for v in verdicts):
        return Verdict.INCONCLUSIVE
    return Verdict.PASSED
