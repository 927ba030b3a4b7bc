"""Reports of promptfoo: `promptfoo eval -o report.json`.

Fields as promptfoo 0.121.20 writes them (`OutputFile`, `EvaluateSummaryV3`, `EvaluateResult`):
`results.version` 3 and `results.results` of `testIdx`, `promptIdx`, `provider.id`, `vars`,
`prompt.raw`, `response.output`, `success`, `score`, `namedScores`, `failureReason`, `error`,
`latencyMs`, `gradingResult.reason`, `testCase.metadata`.
"""

from __future__ import annotations

import json

from aegis.evaluate.errors import InputError
from aegis.evaluate.importers.imported import (
    Imported,
    Object,
    a_list,
    a_score,
    a_text,
    an_object,
    document,
)
from aegis.evaluate.records import Failure, Result
from aegis.evaluate.samples import Sample

_FAILED_TO_RUN = 2
"""`ResultFailureReason.ERROR`; 1 is an assertion that did not hold."""


def parse_promptfoo(text: str, *, path: str) -> Imported:
    """Samples and results of a report.

    With several providers or prompts in it, a test gives several results, named after both and in
    the cluster of the test.

    Raises:
        InputError: the file is no report of version 3.
    """
    summary = an_object(document(text, path=path).get("results"))
    if summary.get("version") != 3 or not isinstance(summary.get("results"), list):
        raise InputError(f"{path} is no report of promptfoo (`results.version` is not 3)")
    found = Imported(tool="promptfoo")
    rows = [an_object(row) for row in a_list(summary["results"])]
    variants = {(_provider(row), row.get("promptIdx")) for row in rows}
    for row in rows:
        sample = _sample(row)
        if len(variants) == 1:
            found.add(sample, _outcome(row, sample.id, sample.cluster))
        else:
            name = f"{sample.id}#{_provider(row)}#{a_text(row.get('promptIdx'))}"
            found.add(sample, _outcome(row, name, sample.cluster or sample.id))
    return found


def _provider(row: Object) -> str:
    chosen = an_object(row.get("provider"))
    return a_text(chosen.get("label") or chosen.get("id"))


def _sample(row: Object) -> Sample:
    variables = an_object(row.get("vars"))
    test = an_object(row.get("testCase"))
    metadata = an_object(test.get("metadata"))
    cluster = metadata.get("cluster")
    return Sample(
        id=a_text(row.get("testIdx")),
        input=_asked(row, variables),
        cluster=None if cluster is None else a_text(cluster),
        slice=a_text(metadata.get("pluginId")) or None,
        metadata={"vars": variables, "description": test.get("description"), **metadata},
    )


def _asked(row: Object, variables: Object) -> str:
    """The prompt as it was sent, else the variables."""
    raw = a_text(an_object(row.get("prompt")).get("raw"))
    return raw or json.dumps(variables, ensure_ascii=False)


def _outcome(row: Object, name: str, cluster: str | None) -> Result | Failure:
    answer = an_object(row.get("response")).get("output")
    if row.get("failureReason") == _FAILED_TO_RUN:
        return Failure(id=name, error=a_text(row.get("error"))[:300] or "failed")
    score = a_score(row.get("success"))
    if score is None:
        return Failure(id=name, error="the row has no verdict")
    named = {key: a_score(value) for key, value in an_object(row.get("namedScores")).items()}
    graded = a_score(row.get("score"))
    latency = row.get("latencyMs")
    return Result(
        id=name,
        score=score,
        scores={"score": graded if graded is not None else score}
        | {key: value for key, value in named.items() if value is not None},
        cluster=cluster,
        reason=a_text(an_object(row.get("gradingResult")).get("reason"))[:500],
        answer=None if answer is None else a_text(answer),
        latency_s=float(latency) / 1000 if isinstance(latency, int | float) else None,
    )
