"""Test runs of deepeval: `test_run_*.json`, or `.deepeval/.latest_run_full.json`.

Fields as deepeval 4.3.1 writes them (`TestRun`, `LLMApiTestCase`, `MetricData`): `testCases` with
`name`, `input`, `actualOutput`, `expectedOutput`, `context`, `retrievalContext`, `success` and
`metricsData` of `name`, `score`, `threshold`, `success`, `reason`. A list of goldens
(`input`, `expectedOutput`, `context`, `additionalMetadata`) gives samples without results.
"""

from __future__ import annotations

from aegis.evaluate.errors import InputError
from aegis.evaluate.importers.imported import (
    Imported,
    Object,
    a_list,
    a_score,
    a_text,
    an_object,
    document,
    texts,
)
from aegis.evaluate.jsonlines import loaded
from aegis.evaluate.records import Failure, Result
from aegis.evaluate.samples import Sample


def parse_deepeval(text: str, *, path: str) -> Imported:
    """Samples and results of a test run; samples alone of a list of goldens.

    The score is 1 when the test case succeeded; each metric stands under its name.

    Raises:
        InputError: the file is neither.
    """
    found = Imported(tool="deepeval")
    if text.lstrip().startswith("["):
        for index, golden in enumerate(_goldens(text, path)):
            sample = _sample(golden, str(index))
            found.samples[sample.id] = sample
        return found
    run = document(text, path=path)
    cases = run.get("testCases", run.get("test_cases"))
    if not isinstance(cases, list):
        raise InputError(f"{path} is no test run of deepeval: `testCases` is missing")
    for index, case in enumerate(map(an_object, cases)):
        sample = _sample(case, a_text(case.get("name")) or str(index))
        if sample.id in found.samples:
            sample = sample.model_copy(update={"id": f"{sample.id}#{index}"})
        found.add(sample, _outcome(sample.id, case))
    if a_list(run.get("conversationalTestCases")):
        found.problems.append(f"{path}: conversational test cases are not imported")
    return found


def _goldens(text: str, path: str) -> list[Object]:
    try:
        rows = loaded(text)
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from None
    goldens = [an_object(row) for row in a_list(rows)]
    if not all("input" in golden for golden in goldens):
        raise InputError(f"{path} is no list of goldens: `input` is missing")
    return goldens


def _sample(case: Object, name: str) -> Sample:
    target = case.get("expectedOutput", case.get("expected_output"))
    context = case.get("retrievalContext", case.get("retrieval_context")) or case.get("context")
    metadata = case.get("additionalMetadata", case.get("additional_metadata", case.get("metadata")))
    return Sample(
        id=name,
        input=a_text(case.get("input")),
        target=None if target is None else a_text(target),
        context=texts(context),
        metadata=an_object(metadata),
    )


def _outcome(name: str, case: Object) -> Result | Failure:
    metrics = [an_object(m) for m in a_list(case.get("metricsData", case.get("metrics_data")))]
    success = a_score(case.get("success"))
    if success is None:
        errors = [a_text(m.get("error")) for m in metrics if m.get("error")]
        return Failure(id=name, error=errors[0] if errors else "the test case has no verdict")
    answer = case.get("actualOutput", case.get("actual_output"))
    scores = {a_text(m.get("name")): a_score(m.get("score")) for m in metrics}
    return Result(
        id=name,
        score=success,
        scores={key: value for key, value in scores.items() if value is not None},
        reason="; ".join(a_text(m["reason"]) for m in metrics if m.get("reason"))[:500],
        answer=None if answer is None else a_text(answer),
    )
