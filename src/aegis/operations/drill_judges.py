"""The judges of Aegis, asked about a drill: the release's, and that of drift."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from aegis.base.verdict import Verdict
from aegis.drills.catalogue import Drill
from aegis.drills.counts import document
from aegis.drills.judge import Judgement
from aegis.drills.runner import Kept
from aegis.monitor.columns import Kind
from aegis.monitor.reference import Declared
from aegis.operations.drifting import DriftError, check_windows, fit_reference
from aegis.operations.rolling import RolloutError, judge_counts, load_policy

_TEXT = Declared(kinds={"answer": Kind.TEXT})  # short answers would be taken for categories


def judge_for(drill: Drill, rollout: Path) -> Callable[[Kept], Judgement | None]:
    """Who judges a drill; `rollout` is the policy of the release."""
    if drill.judge == "release":
        return lambda kept: _release(rollout, kept)
    return _drift if drill.judge == "drift" else lambda _: None


def _release(rollout: Path, kept: Kept) -> Judgement | None:
    """What the judge of the release says of the gateway's own counts."""
    try:
        policy, _ = load_policy(rollout)
        with tempfile.TemporaryDirectory() as folder:
            counts = Path(folder) / "counts.jsonl"
            lines = [json.dumps(document(policy, page, at_s=at)) for at, page in kept.pages]
            counts.write_text("\n".join(lines) + "\n", "utf-8")
            result = judge_counts(rollout, counts)
    except RolloutError:
        return None
    said = f"{result.outcome}, {result.evidence_of_harm:.3g} to 1 against it; back at {result.threshold:.3g}"
    return Judgement(right=result.outcome == "rolled-back", said=said)


def _drift(kept: Kept) -> Judgement | None:
    """Whether answers under the fault are told from those before it, and those afterwards are not."""
    before, during, after = (kept.texts.get(p, []) for p in ("steady", "fault", "recovery"))
    if not (before and during and after):
        return None
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            reference = folder / "reference.json"
            fit_reference([_rows(folder / "before.jsonl", before)], reference, declared=_TEXT)
            shifted, back = (
                check_windows(reference, [_rows(folder / f"{phase}.jsonl", texts)])
                for phase, texts in (("during", during), ("after", after))
            )
    except DriftError:
        return None
    said = f"during: {shifted.verdict}, evidence {shifted.evidence:.3g}; afterwards: {back.verdict}"
    right = shifted.verdict is Verdict.FAILED and back.verdict is not Verdict.FAILED
    return Judgement(right=right, said=said)


def _rows(path: Path, texts: list[str]) -> Path:
    path.write_text("".join(json.dumps({"answer": text}) + "\n" for text in texts), "utf-8")
    return path
