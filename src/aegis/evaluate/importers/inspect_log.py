"""Logs of inspect_ai, in and out.

Read and written is the JSON form, `version` 2, as inspect_ai 0.3.285 writes it with
`--log-format json` or `inspect log dump` (fields of `EvalLog`, `EvalSample` and `Score` of its
`log` and `scorer` modules). The `.eval` form is a zip with Zstandard inside, which Python reads
from 3.14 on: it is opened by inspect_ai itself where that is installed (extra `inspect`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from aegis.evaluate.errors import InputError
from aegis.evaluate.importers.imported import (
    Imported,
    Json,
    Object,
    a_list,
    a_score,
    a_text,
    an_object,
    document,
    texts,
)
from aegis.evaluate.libraries import optional
from aegis.evaluate.records import Failure, Result, Run
from aegis.evaluate.samples import Input, Sample, Turn

# `CORRECT`, `INCORRECT`, `PARTIAL` and `NOANSWER` of inspect_ai.scorer, with its own values.
_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}


def read_inspect(path: Path) -> Imported:
    """Samples and results of a log.

    Raises:
        InputError: the file is no log of inspect, or an `.eval` one without inspect_ai.
    """
    if path.suffix == ".eval":
        library = optional("inspect_ai.log", "logs in the form .eval", package="inspect_ai")
        text: str = library.read_eval_log(str(path)).model_dump_json(exclude_none=True)
    else:
        text = path.read_text("utf-8")
    return parse_inspect(text, path=str(path))


def parse_inspect(text: str, *, path: str) -> Imported:
    """Samples and results of a log in JSON."""
    log = document(text, path=path)
    if "eval" not in log or "samples" not in log:
        raise InputError(
            f"{path} is no log of inspect: `eval` and `samples` are missing. "
            "`inspect log dump FILE` writes the whole log as JSON"
        )
    found = Imported(tool="inspect")
    rows = [an_object(row) for row in a_list(log["samples"])]
    epochs = {a_text(row.get("epoch")) for row in rows}
    for row in rows:
        sample = _sample(row)
        is_repeated = len(epochs) > 1
        name = f"{sample.id}#{a_text(row.get('epoch'))}" if is_repeated else sample.id
        cluster = sample.cluster or (sample.id if is_repeated else None)
        found.add(sample, _outcome(row, name, cluster, sample.slice))
    return found


def _sample(row: Object) -> Sample:
    metadata = an_object(row.get("metadata"))
    target = texts(row.get("target"))
    return Sample(
        id=a_text(row.get("id")) or "?",
        input=_input(row.get("input")),
        target=(target[0] if len(target) == 1 else target) if any(target) else None,
        cluster=_named(metadata, "cluster"),
        slice=_named(metadata, "slice"),
        metadata=metadata,
    )


def _input(value: Json) -> Input:
    if not isinstance(value, list):
        return a_text(value)
    return tuple(
        Turn.model_validate({"role": turn.get("role"), "content": _content(turn.get("content"))})
        for turn in map(an_object, value)
        if turn.get("role") in {"system", "user", "assistant"}
    )


def _content(value: Json) -> str:
    """The text of a message, also of one in parts."""
    if isinstance(value, list):
        return "".join(a_text(an_object(part).get("text")) for part in value)
    return a_text(value)


def _outcome(row: Object, name: str, cluster: str | None, part: str | None) -> Result | Failure:
    error = an_object(row.get("error"))
    if error:
        return Failure(id=name, error=a_text(error.get("message"))[:300] or "failed")
    scores = {key: _value(score) for key, score in an_object(row.get("scores")).items()}
    numbers = {key: value for key, value in scores.items() if value is not None}
    if not numbers:
        return Failure(id=name, error="no scorer gave a number between 0 and 1")
    output = an_object(row.get("output"))
    usage = an_object(output.get("usage"))
    taken = output.get("time")
    tokens_in, tokens_out = usage.get("input_tokens"), usage.get("output_tokens")
    return Result(
        id=name,
        score=next(iter(numbers.values())),
        scores=numbers if len(numbers) > 1 else {},
        cluster=cluster,
        slice=part,
        answer=a_text(output.get("completion")) or None,
        latency_s=float(taken) if isinstance(taken, int | float) else None,
        input_tokens=tokens_in if isinstance(tokens_in, int) else None,
        output_tokens=tokens_out if isinstance(tokens_out, int) else None,
    )


def _value(score: Json) -> float | None:
    value = an_object(score).get("value")
    return _LETTERS.get(value) if isinstance(value, str) else a_score(value)


def _named(metadata: Object, key: str) -> str | None:
    value = metadata.get(key)
    return a_text(value) if value is not None else None


def inspect_log(
    run: Run | None, samples: Mapping[str, Sample], results: Sequence[Result], *, task: str
) -> str:
    """A log of inspect in JSON, that `inspect view` and `read_eval_log` open.

    `samples` are those that the results are about; without one, the input is empty.
    """
    model = run.release.model if run else "unknown"
    scorers = list(run.scorers) if run else sorted({k for r in results for k in r.scores})
    names = scorers or ["score"]
    header: dict[str, JsonValue] = {
        "created": run.started if run else "1970-01-01T00:00:00+00:00",
        "task": task,
        "dataset": {"name": run.dataset if run else task, "samples": len(results)},
        "model": model,
        "config": {"epochs": 1},
        "scorers": [{"name": name} for name in names],
        "metadata": {
            "dataset_digest": run.dataset_digest, "release_digest": run.release.digest,
            "prompt_digest": run.release.prompt_digest,
        } if run else {},
    }  # fmt: skip
    log: dict[str, JsonValue] = {
        "version": 2,
        "status": "success",
        "eval": header,
        "results": {
            "total_samples": len(results),
            "completed_samples": len(results),
            "scores": [_total(name, names[0], results) for name in names],
        },
        "samples": [_row(samples.get(r.id), r, names[0], model) for r in results],
    }
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _total(name: str, first: str, results: Sequence[Result]) -> JsonValue:
    values = [r.scores.get(name, r.score if name == first else 0.0) for r in results]
    mean = sum(values) / len(values) if values else 0.0
    return {
        "name": name, "scorer": name,
        "metrics": {"mean": {"name": "mean", "value": mean}},
    }  # fmt: skip


def _row(sample: Sample | None, result: Result, first: str, model: str) -> JsonValue:
    scores: dict[str, JsonValue] = {
        name: {"value": value, "answer": result.answer}
        for name, value in (result.scores or {first: result.score}).items()
    }
    metadata = dict(sample.metadata) if sample else {}
    metadata |= {k: v for k, v in (("cluster", result.cluster), ("slice", result.slice)) if v}
    asked: JsonValue = ""
    if sample is not None:
        whole = sample.model_dump(mode="json")["input"]
        is_talk = isinstance(whole, list) and whole and isinstance(whole[0], dict)
        asked = whole if is_talk else sample.question
    message: JsonValue = {"role": "assistant", "content": result.answer or "", "source": "generate"}
    return {
        "id": result.id,
        "epoch": 1,
        "input": asked,
        "target": list(sample.targets) if sample else "",
        "messages": [],
        "output": {
            "model": model,
            "choices": [{"message": message, "stop_reason": "stop"}],
            "completion": result.answer or "",
        },
        "scores": scores,
        "metadata": metadata,
    }
