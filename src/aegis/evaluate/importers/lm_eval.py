"""Samples of lm-evaluation-harness: `samples_TASK_DATE.jsonl`, written with `--log_samples`.

Fields as lm-eval 0.4.13 writes them (`evaluator.py`): `doc_id`, `doc`, `target`, `arguments`,
`resps`, `filtered_resps`, `filter`, `metrics`, `doc_hash`, `prompt_hash`, `target_hash`, and one
field for each metric. A task with several filters has several lines a document.
"""

from __future__ import annotations

from collections.abc import Iterable

from aegis.evaluate.errors import InputError
from aegis.evaluate.importers.imported import (
    Imported,
    Json,
    Object,
    a_list,
    a_score,
    a_text,
    objects,
)
from aegis.evaluate.records import Failure, Result
from aegis.evaluate.samples import Sample


def parse_lm_eval(lines: Iterable[str], *, path: str) -> Imported:
    """Samples and results of a task.

    The score is the first metric between 0 and 1. Of several filters the first counts, as in the
    harness' own table; the others stand under `metric,filter`.

    Raises:
        InputError: no line has `doc_id` and `resps`.
    """
    found = Imported(tool="lm-eval")
    by_doc: dict[str, list[Object]] = {}
    for number, row in objects(lines, path=path, problems=found.problems):
        if "doc_id" in row and "resps" in row:
            by_doc.setdefault(a_text(row["doc_id"]), []).append(row)
        else:
            found.problems.append(f"{path}:{number}: no sample: `doc_id` or `resps` is missing")
    if not by_doc:
        raise InputError(
            f"{path} has no samples of lm-eval; run it with --log_samples and give samples_*.jsonl"
        )
    for name, rows in by_doc.items():
        found.add(_sample(name, rows[0]), _outcome(name, rows))
    return found


def _sample(name: str, row: Object) -> Sample:
    prompt = _prompt(row.get("arguments"))
    return Sample(
        id=name,
        input=prompt or a_text(row.get("doc")),
        target=a_text(row.get("target")),
        metadata={"doc_hash": row.get("doc_hash"), "prompt_hash": row.get("prompt_hash")},
    )


def _prompt(arguments: Json) -> str:
    """The prompt of the first request: a list of calls, or an object `gen_args_0` of `arg_0` on disk."""
    first: Json = arguments
    while isinstance(first, list | dict) and first:
        first = first[0] if isinstance(first, list) else next(iter(first.values()))
    return first if isinstance(first, str) else ""


def _outcome(name: str, rows: list[Object]) -> Result | Failure:
    scores: dict[str, float] = {}
    for row in rows:
        for metric in a_list(row.get("metrics")):
            value = a_score(row.get(a_text(metric)))
            if value is not None:
                scores[f"{a_text(metric)},{a_text(row.get('filter')) or 'none'}"] = value
    if not scores:
        return Failure(id=name, error="no metric is a number between 0 and 1")
    return Result(
        id=name,
        score=next(iter(scores.values())),
        scores=scores if len(scores) > 1 else {},
        answer=_answer(rows[0].get("filtered_resps")),
    )


def _answer(responses: Json) -> str | None:
    """What was generated; log-likelihoods of choices are no answer in words."""
    first: Json = responses
    while isinstance(first, list) and first:
        first = first[0]
    return first if isinstance(first, str) else None
